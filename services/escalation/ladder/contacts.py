"""Did somebody try to reach the family, and when? Answers for the effort, the interventions and the dispositions."""

from collections.abc import Sequence
from datetime import date, datetime

from services.escalation.ladder.acts import Act, Contact, Meeting
from services.escalation.ladder.policy import Effort


def attempts_after(acts: Sequence[Act], at: datetime) -> list[Contact]:
    """An unanswered call is an attempt; a message that bounced is none."""
    return [act for act in acts if isinstance(act, Contact) and act.at > at and act.outcome != "bounced"]


def held_after(acts: Sequence[Act], day: date, at: datetime) -> list[Meeting]:
    """Meetings held after the close of `day` at `at`. One that is only written down later was held on its own date."""
    return [
        act
        for act in acts
        if isinstance(act, Meeting) and act.status == "held" and act.at > at and (act.date is None or act.date > day)
    ]


def interventions_after(acts: Sequence[Act], day: date, at: datetime) -> int:
    return len(attempts_after(acts, at)) + len(held_after(acts, day, at))


def efforts_after(acts: Sequence[Act], day: date, at: datetime, effort: Effort) -> int:
    """Attempts that can be the conscientious effort of EC 48262, and conferences that were held."""
    attempts = [
        act
        for act in acts
        if isinstance(act, Contact)
        and act.at > at
        and act.channel in effort.channels
        and (act.outcome != "bounced" or effort.hard_bounce_counts)
    ]
    return len(attempts) + len(held_after(acts, day, at))
