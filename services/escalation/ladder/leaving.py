"""A case ends with the pupil's eighteenth birthday (the end of the compulsory age), or when the pupil leaves."""

from dataclasses import replace
from datetime import date

from services.escalation.ladder.facts import Pupil
from services.escalation.ladder.moment import Moment
from services.escalation.ladder.school_days import is_of_age
from services.escalation.ladder.state import PupilState
from services.escalation.ladder.transfers import close_case, has_case, reopen

OF_AGE = 18
"""Rights pass to the student (FERPA, 34 CFR 99.5; EC 49061)."""


def is_adult(pupil: Pupil, day: date) -> bool:
    return is_of_age(pupil.birth_date, OF_AGE, day)


def settle_leaving(moment: Moment, state: PupilState) -> PupilState:
    """Is the pupil of age, and still at a school of this district or charter?"""
    if not state.adult and is_adult(moment.pupil, moment.day):
        state = replace(state, adult=True)
    if not has_case(state):
        return state
    gone = has_left(moment.pupil, moment.day)
    if state.closed == "moved" and not gone:
        state = reopen(moment, state)
    if state.closed is not None:
        return state
    if is_of_age(moment.pupil.birth_date, moment.policy.counting.age.max_exclusive, moment.day):
        return close_case(moment, state, "aged_out")
    return close_case(moment, state, "moved") if gone else state


def has_left(pupil: Pupil, day: date) -> bool:
    """Every enrolment has ended, and none is to come."""
    for enrolment in pupil.enrolments:
        if enrolment.exited is None or enrolment.exited > day:
            return False
    return bool(pupil.enrolments)
