"""Is what the file says good enough for a prosecutor? Each check answers for itself, from effective-dated rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.referrals.case_file import words
from services.referrals.case_file.bases import basis_problems
from services.referrals.case_file.known import Known, age
from services.referrals.case_file.notices import LEGAL
from services.referrals.case_file.story import Notice
from services.referrals.rules import ServiceRule
from shared.contracts.ladder import MeetingHeld, MeetingScheduled
from shared.contracts.notices import NoticeSent


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    title: str
    met: bool
    detail: str


def checks(known: Known) -> tuple[Check, ...]:
    return (
        _check("worksheet", "Every occasion is unexcused in the record as it stands now", _still_unexcused(known)),
        _check("ages", "The pupil was 6 to 17 years old on every occasion", _ages(known)),
        _check("reports", "At least three valid reports to the attendance supervisor", _reports(known)),
        _check("effort", "A conscientious effort after the first valid report (EC 48262)", _effort(known)),
        _check(
            "notice_texts", "Every legal notice that was sent had the text that was lawful on its date", _texts(known)
        ),
        _check("notice_dates", "Every legal notice that stands lists only days that still count", _dates(known)),
        _check(
            "service", "Notices of statutory meetings and SARB hearings were served in time and form", _service(known)
        ),
        _check("directive", "The SARB directive is old enough", _directive_age(known)),
        _check("basis", "The chosen basis is valid on the day on which it was chosen", basis_problems(known)),
        _check("reviews", "No review of this case is open", _reviews(known)),
    )


def _check(name: str, title: str, problems: Iterable[str]) -> Check:
    found = tuple(problems)
    return Check(name, title, not found, " ".join(found))


def _still_unexcused(known: Known) -> Iterable[str]:
    wrong = [one.day for one in known.story.occasions if not known.day(one.day).is_occasion]
    if wrong:
        yield f"Not unexcused now: {words.dates(wrong)}."
    if not known.story.occasions:
        yield "No occasion counts."


def _ages(known: Known) -> Iterable[str]:
    born = known.student.birth_date
    wrong = [one.day for one in known.story.occasions if not 6 <= age(born, one.day) < 18]
    if wrong:
        yield f"Outside compulsory age: {words.dates(wrong)}."


def _reports(known: Known) -> Iterable[str]:
    number = len(known.story.valid_reports)
    if number < 3:
        yield f"{words.count(number, 'report')} {'is' if number == 1 else 'are'} valid."


def _effort(known: Known) -> Iterable[str]:
    if not known.story.efforts():
        yield "None is recorded."


def _texts(known: Known) -> Iterable[str]:
    for kind in LEGAL:
        for notice in known.story.notices_of(kind):
            if notice.counts:
                yield from _wrong_texts(known, notice)


def _wrong_texts(known: Known, notice: Notice) -> Iterable[str]:
    texts = {text.version: text for text in known.rules.notice_texts.get(notice.required.kind, ())}
    sent = {
        (event.template, known.on(event.at))
        for events in notice.deliveries
        for event in events
        if isinstance(event, NoticeSent)
    }
    for template, day in sorted(sent) if texts else ():
        text = texts.get(template.rpartition("/")[2])
        if text is None or not text.valid_on(day):
            title = words.NOTICES[notice.required.kind]
            yield f"{title} of {words.short(day)} used the text {template}, which was not lawful on that day."


def _dates(known: Known) -> Iterable[str]:
    counting = {one.day for one in known.story.occasions}
    for kind in LEGAL:
        for notice in known.story.notices_of(kind):
            days = notice.withdrawn.days if notice.withdrawn else notice.required.days
            gone = [day for day in days if day not in counting]
            if notice.counts and gone:
                yield f"{words.NOTICES[kind]} lists {words.dates(gone)}."


def _service(known: Known) -> Iterable[str]:
    for act in known.story.acts_of(MeetingScheduled):
        rule = known.rules.service.get(act.kind)
        if rule and act.date and (act.statutory or not rule.statutory_only) and _was_held(known, act):
            yield from _served_wrongly(act, rule)


def _was_held(known: Known, scheduled: MeetingScheduled) -> bool:
    """A hearing that was put off and noticed anew does no harm."""
    return any(
        act.date in (None, scheduled.date) for act in known.story.acts_of(MeetingHeld) if act.kind == scheduled.kind
    )


def _served_wrongly(act: MeetingScheduled, rule: ServiceRule) -> Iterable[str]:
    meeting = f"{words.MEETINGS[act.kind]} of {words.short(act.date)}" if act.date else words.MEETINGS[act.kind]
    served = [one for one in act.served if one.method in rule.methods]
    if not served:
        yield f"{meeting}: no notice by {words.listed(words.METHODS[method] for method in rule.methods)}."
    late = [one for one in served if act.date and act.date - one.posted < timedelta(days=rule.days)]
    if late:
        yield f"{meeting}: notice to the {words.listed(one.to for one in late)} less than {rule.days} days before."


def _directive_age(known: Known) -> Iterable[str]:
    given = known.story.directive
    days = (known.scope.through - known.on(given.as_of)).days if given else None
    if days is None:
        yield "There is none."
    elif days < known.rules.directive_days:
        yield f"{words.count(days, 'day')} old; {known.rules.directive_days} are needed."


def _reviews(known: Known) -> Iterable[str]:
    for review in known.story.reviews:
        yield f"Asked for {known.day_of(review.as_of)}: {review.reason}."
