"""Decides who is told, in which languages, by which channel and at which hour. Values in, values out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

from shared.contracts.terms import NoticeChannel, NoticeKind

ENGLISH = "en"
PERCENT_BY_LAW = 15
QUIET_FROM, QUIET_UNTIL = time(20), time(8)

FULL_CHANNELS: dict[NoticeKind, tuple[NoticeChannel, ...]] = {
    "same_day_alert": ("sms", "email"),
    "truancy_notice_1": ("email", "letter"),
    "truancy_notice_2": ("email", "letter"),
    "sarb_notice": ("email", "letter"),
    "meeting_invitation": ("email", "letter"),
    "correction": ("email", "letter"),
    "recognition": ("email", "letter"),
    "parent_warning": ("email", "letter"),
    "absence_notice": ("email", "letter"),
}
"""Channels that carry the whole notice, the preferred one first; the next one is used where the first cannot be."""

POINTER_KINDS = frozenset[NoticeKind](
    {"truancy_notice_1", "truancy_notice_2", "sarb_notice", "meeting_invitation", "parent_warning"}
)
"""Where the notice goes by post, a neutral text tells the family that a letter is on its way."""

TextClass = Literal["alert", "school"]
"""Classes of texts that a family can opt out of: same-day alerts (for safety), and everything else from school."""

Permission = Literal["yes", "no", "unread"]
"""`unread`: the roster has a restriction (court order or the like) that nobody has read yet."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How one guardian can be reached now: only usable addresses, opted-out phones left out."""

    guardian: str
    language: str
    email: str | None
    phone: str | None
    address: str | None
    permission: Permission

    def destination(self, channel: NoticeChannel) -> str | None:
        return {"email": self.email, "sms": self.phone, "letter": self.address}[channel]


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now. `until` None: a person must act first."""

    reason: Literal["quiet_hours", "switch", "restriction"]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Not this way: the delivery cannot or must not go out any more."""

    reason: Literal["may_not_receive", "no_longer_reachable"]


@dataclass(frozen=True, slots=True)
class Planned:
    guardian: str
    channel: NoticeChannel
    languages: tuple[str, ...]


def languages_for(language: str, channel: NoticeChannel, available: Collection[str]) -> tuple[str, ...]:
    """The guardian's language first, English always (EC 48985); a text message is in one language."""
    own = language if language in available else ENGLISH
    return (own,) if channel == "sms" or own == ENGLISH else (own, ENGLISH)


def language_gap(language: str, served_in: Collection[str]) -> str | None:
    """The recipient's language if the delivery is not in it, which staff must see (EC 48985)."""
    return None if language in served_in else language


def is_due_by_law(percent_of_school: float | None) -> bool:
    """Whether every notice to parents must be in a language that this share of a school's pupils has (EC 48985)."""
    return percent_of_school is not None and percent_of_school >= PERCENT_BY_LAW


def text_class(kind: NoticeKind) -> TextClass:
    return "alert" if kind == "same_day_alert" else "school"


def carries_all(kind: NoticeKind, channel: NoticeChannel) -> bool:
    """False for the text message that only points to a letter."""
    return channel in FULL_CHANNELS[kind]


def next_channel(kind: NoticeKind, reach: Reach, tried: Collection[NoticeChannel]) -> NoticeChannel | None:
    """The best channel that carries the whole notice to this guardian and was not tried yet."""
    usable = (channel for channel in FULL_CHANNELS[kind] if channel not in tried and reach.destination(channel))
    return next(usable, None)


def plan_guardian(
    kind: NoticeKind, reach: Reach, tried: Collection[NoticeChannel], available: Collection[str]
) -> list[Planned]:
    """The deliveries of one notice to one guardian: one that carries it, and a pointer where that is a letter."""
    channel = None if reach.permission == "no" else next_channel(kind, reach, tried)
    wants_pointer = kind in POINTER_KINDS and channel != "email" and reach.permission != "no"
    channels = [channel] if channel else []
    if wants_pointer and reach.phone and "sms" not in tried:
        channels.append("sms")
    return [Planned(reach.guardian, each, languages_for(reach.language, each, available)) for each in channels]


def plan_notice(
    kind: NoticeKind,
    reaches: Sequence[Reach],
    tried: dict[str, set[NoticeChannel]],
    available: Collection[str],
) -> list[Planned]:
    """All deliveries of a notice that are still to be made. `tried`: per guardian the channels that have a delivery."""
    return [
        planned
        for reach in reaches
        for planned in plan_guardian(kind, reach, tried.get(reach.guardian, set()), available)
    ]


def quiet_until(now: datetime, zone: tzinfo) -> datetime | None:
    """The end of the quiet hours (20:00 to 08:00 in `zone`) if `now` lies in them, in UTC, else None."""
    local = now.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, tzinfo=zone).astimezone(UTC)


def gate(channel: NoticeChannel, reach: Reach | None, stopped: bool, now: datetime, zone: tzinfo) -> Hold | Drop | None:
    """What stands in the way of sending this delivery now; None if nothing does.

    `reach` None: the roster no longer names this guardian. Asked when the delivery is planned and again before it is sent.
    """
    if reach is None or reach.permission == "no":
        return Drop("may_not_receive")
    if reach.permission == "unread":
        return Hold("restriction")
    if not reach.destination(channel):
        return Drop("no_longer_reachable")
    if stopped:
        return Hold("switch")
    until = quiet_until(now, zone) if channel == "sms" else None
    return Hold("quiet_hours", until) if until else None


def retry_after(attempt: int) -> timedelta:
    """How long to wait before attempt number `attempt` + 1: 2 s doubling, at most 15 minutes."""
    return timedelta(seconds=min(2 ** min(attempt, 16), 900))
