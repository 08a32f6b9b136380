"""What a roster entry changes in a pupil's enrolments. The live runner sends what comes out."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.escalation.ladder import Enrolment, Pupil


def changed(pupil: Pupil, change: dict[str, Any], on: date) -> Pupil:
    """`change` by the names of a scenario's student. Another school: enrolled there from `enrolled`, else from `on`."""
    current = pupil.enrolments[-1]
    earlier = pupil.enrolments[:-1]
    if "school" in change and change["school"] != current.school:
        entered = change.get("enrolled", on)
        left = current if current.exited else replace(current, exited=entered)
        earlier = (*earlier, left)
        current = Enrolment(change["school"], entered, None, current.grade)
    elif "enrolled" in change and current.exited is not None and change["enrolled"] >= current.exited:
        earlier = (*earlier, current)
        current = Enrolment(current.school, change["enrolled"], None, current.grade)
    elif "enrolled" in change:
        current = replace(current, entered=change["enrolled"])
    current = replace(current, exited=change.get("exited", current.exited), grade=change.get("grade", current.grade))
    return replace(pupil, birth_date=change.get("born", pupil.birth_date), enrolments=(*earlier, current))


def school_on(pupil: Pupil, day: date) -> str | None:
    """The school at which the pupil is enrolled on `day`."""
    for enrolment in reversed(pupil.enrolments):
        if enrolment.entered <= day and (enrolment.exited is None or day < enrolment.exited):
            return enrolment.school
    return None
