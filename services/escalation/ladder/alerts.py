"""The same-day alert: the family hears of an absence on the day itself (EC 48340)."""

from services.escalation.ladder.facts import Mark, Pupil, SchoolCalendar
from services.escalation.ladder.leaving import is_adult
from services.escalation.ladder.policy import Policy
from services.escalation.ladder.school_days import local_day
from shared.contracts.envelope import derived_id
from shared.contracts.ladder import Because, NoticeRequired

CONFIDENTIAL = "CMS"


def same_day_alert(pupil: Pupil, calendar: SchoolCalendar, mark: Mark, policy: Policy) -> NoticeRequired | None:
    """The alert that a newly holding mark asks for. Its notice id is the same for every mark of the pupil and day, so that
    only the first one of the day is sent. No value of the policy has a say in it; it is named as the one in force."""
    if not _asks(mark) or local_day(mark.known_at, calendar) != mark.day or not _at_school(pupil, calendar, mark):
        return None
    return NoticeRequired(
        district=pupil.district,
        student=pupil.student,
        school=calendar.school,
        school_year=calendar.school_year,
        as_of=mark.known_at,
        because=Because(
            rule="same_day_alert",
            policy=policy.id,
            policy_version=policy.version,
            days=(mark.day,),
            marks=(mark.id,),
        ),
        notice=derived_id("notice", pupil.district, pupil.student, "same_day_alert", mark.day.isoformat()),
        kind="same_day_alert",
        days=(mark.day,),
        to_student=is_adult(pupil, mark.day),
    )


def _asks(mark: Mark) -> bool:
    return (
        mark.period is None
        and mark.status == "absent"
        and mark.excuse in ("unexcused", "unverified")
        and mark.suspension is None
        and mark.reason != CONFIDENTIAL
    )


def _at_school(pupil: Pupil, calendar: SchoolCalendar, mark: Mark) -> bool:
    return mark.day in calendar.positions and any(
        enrolment.entered <= mark.day and (enrolment.exited is None or mark.day < enrolment.exited)
        for enrolment in pupil.enrolments
    )
