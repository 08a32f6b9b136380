"""Part 2: the summary, written from the facts and nothing else."""

from collections.abc import Iterable

from services.referrals.case_file import words
from services.referrals.case_file.blocks import Content, Paragraph
from services.referrals.case_file.known import Known, age
from services.referrals.case_file.notices import LEGAL, is_sent
from services.referrals.case_file.sarb import state
from services.referrals.case_file.story import Notice
from shared.contracts.ladder import ContactLogged, MeetingChange, MeetingHeld, MeetingNoShow
from shared.contracts.statuses import HabitualSet
from shared.contracts.terms import MeetingKind

MEETINGS: tuple[MeetingKind, ...] = ("sart", "mediation", "sarb")


def narrative(known: Known) -> Content:
    paragraphs = (_who(known), _attendance(known), _reports(known), _family(known), _meetings(known), _directive(known))
    return Content(tuple(Paragraph(" ".join(sentences)) for sentences in map(tuple, paragraphs) if sentences))


def _who(known: Known) -> Iterable[str]:
    student, through = known.student, known.scope.through
    yield f"{known.pupil}, {age(student.birth_date, through)} years old, attends {known.school(known.scope.calendar.school)}."
    yield (
        f"This file covers the school year {known.scope.school_year} through {words.short(through)}. The rules of the attendance "
        f"ladder proposed enforcement {known.moment(known.scope.proposed_at)}."
    )


def _attendance(known: Known) -> Iterable[str]:
    occasions = known.story.occasions
    full = sum(one.full_day for one in occasions)
    enrolled = len(known.school_days)
    unexcused = sum(known.day(day).is_unexcused_full_day for day in known.school_days)
    yield (
        f"The pupil was truant on {words.count(len(occasions), 'occasion')}: {words.count(full, 'full day')} and "
        f"{words.count(len(occasions) - full, 'day')} with a missed stretch of more than 30 minutes."
    )
    yield (
        f"Of {words.count(enrolled, 'school day')} enrolled, {unexcused} ({words.per_cent(unexcused, enrolled)}) were unexcused "
        "absences of the whole day."
    )
    unverified = sum(known.day(day).is_unverified_full_day for day in known.school_days)
    if unverified:
        yield f"{words.count(unverified, 'further whole-day absence')} {_was(unverified)} never verified by the family."
    if known.story.taken_off:
        yield f"{words.count(len(known.story.taken_off), 'occasion')} no longer counts after corrections by the school."


def _reports(known: Known) -> Iterable[str]:
    valid, voided = known.story.valid_reports, len(known.story.reports) - len(known.story.valid_reports)
    if valid:
        yield (
            f"The attendance supervisor received {words.count(len(valid), 'report')} of truancy that "
            f"{'is' if len(valid) == 1 else 'are'} valid, the first {known.day_of(valid[0].issued)}, the last "
            f"{known.day_of(valid[-1].issued)}."
        )
    if voided:
        yield f"{words.count(voided, 'further report')} {_was(voided)} voided and not counted."
    habitual = [one for one in known.story.statuses if isinstance(one, HabitualSet)]
    if habitual:
        yield f"The pupil has been a habitual truant (EC 48262) since {known.day_of(habitual[-1].as_of)}."


def _family(known: Known) -> Iterable[str]:
    sent = [
        _sent(known, notice)
        for kind in LEGAL
        for notice in known.story.notices_of(kind)
        if notice.counts and is_sent(notice)
    ]
    if sent:
        yield f"The family was sent {words.listed(sent)}."
    contacts = known.story.acts_of(ContactLogged)
    reached = sum(one.outcome == "reached" for one in contacts)
    if contacts:
        yield f"{words.count(len(contacts), 'attempt')} to reach the family {_was(len(contacts))} logged; {reached} reached it."


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _sent(known: Known, notice: Notice) -> str:
    title = words.NOTICES[notice.required.kind]
    return f"the {title[0].lower()}{title[1:]} required {known.day_of(notice.required.as_of)}"


def _meetings(known: Known) -> Iterable[str]:
    for kind in MEETINGS:
        acts = [act for act in known.story.acts_of(MeetingChange) if act.kind == kind]
        held = [act for act in acts if isinstance(act, MeetingHeld)]
        missed = [act for act in acts if isinstance(act, MeetingNoShow)]
        if missed:
            yield f"The family did not come to {words.count(len(missed), words.MEETINGS[kind])}."
        if held:
            yield f"A {words.MEETINGS[kind]} was held {known.day_of(held[-1].as_of)}."


def _directive(known: Known) -> Iterable[str]:
    given = known.story.directive
    if given is None:
        return
    since = [one for one in known.story.occasions if one.day > known.on(given.as_of)]
    states = [state(known, item) for item in given.items]
    yield (
        f"The SARB gave a directive {known.day_of(given.as_of)} with {words.count(len(given.items), 'item')}: "
        f"{states.count('done')} done, {states.count('failed')} failed, "
        f"{len(states) - states.count('done') - states.count('failed')} open or overdue."
    )
    yield f"Since then the pupil was truant on {words.count(len(since), 'occasion')}."
