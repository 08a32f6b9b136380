"""Who is told, in which language, by which channel, at which hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notifications.policy import (
    FULL_CHANNELS,
    POINTER_KINDS,
    Drop,
    Hold,
    Permission,
    Planned,
    Reach,
    gate,
    is_due_by_law,
    language_gap,
    languages_for,
    next_channel,
    plan_notice,
    quiet_until,
    retry_after,
)
from shared.contracts.terms import LEGAL_NOTICES, NoticeChannel, NoticeKind

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOON = datetime(2025, 9, 8, 12, tzinfo=LOS_ANGELES)
LANGUAGES = frozenset({"en", "es"})
KINDS = tuple(FULL_CHANNELS)


def reach(
    guardian: str = "g1",
    language: str = "en",
    email: str | None = "rosa@example.org",
    phone: str | None = "+14085550101",
    address: str | None = "1 Elm St, San Jose CA 95112",
    permission: Permission = "yes",
) -> Reach:
    return Reach(guardian, language, email, phone, address, permission)


def plan(kind: NoticeKind, *reaches: Reach, tried: dict[str, set[NoticeChannel]] | None = None) -> list[Planned]:
    return plan_notice(kind, reaches, tried or {}, LANGUAGES)


def channels(kind: NoticeKind, one: Reach, *tried: NoticeChannel) -> list[NoticeChannel]:
    return [planned.channel for planned in plan(kind, one, tried={one.guardian: set(tried)})]


@pytest.mark.parametrize("kind", sorted(LEGAL_NOTICES))
def test_a_legal_notice_goes_by_email_else_by_letter_with_a_pointer(kind: NoticeKind) -> None:
    assert channels(kind, reach()) == ["email"]
    assert channels(kind, reach(email=None)) == ["letter", "sms"]
    assert channels(kind, reach(email=None, phone=None)) == ["letter"]


@pytest.mark.parametrize("kind", sorted(LEGAL_NOTICES))
def test_a_text_alone_never_carries_a_legal_notice(kind: NoticeKind) -> None:
    assert next_channel(kind, reach(email=None, address=None), ()) is None
    assert channels(kind, reach(email=None, address=None)) == ["sms"]


def test_a_refused_email_is_followed_by_a_letter() -> None:
    assert channels("truancy_notice_1", reach(), "email") == ["letter", "sms"]
    assert channels("truancy_notice_1", reach(), "email", "letter", "sms") == []


def test_a_same_day_alert_is_a_text_else_an_email_and_never_a_letter() -> None:
    assert channels("same_day_alert", reach()) == ["sms"]
    assert channels("same_day_alert", reach(phone=None)) == ["email"]
    assert channels("same_day_alert", reach(), "sms") == ["email"]
    assert channels("same_day_alert", reach(phone=None, email=None)) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in POINTER_KINDS | {"same_day_alert"}])
def test_nobody_is_texted_about_good_news_or_corrections(kind: NoticeKind) -> None:
    assert "sms" not in channels(kind, reach(email=None))


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_not_receive_gets_nothing(kind: NoticeKind) -> None:
    assert channels(kind, reach(permission="no")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_guardian_is_told_separately_and_once_per_channel(kind: NoticeKind) -> None:
    planned = plan(kind, reach("g1"), reach("g2", email=None, phone=None), reach("g3", permission="no"))
    pairs = [(each.guardian, each.channel) for each in planned]
    assert len(set(pairs)) == len(pairs)
    assert {guardian for guardian, _ in pairs} == ({"g1"} if kind == "same_day_alert" else {"g1", "g2"})


@pytest.mark.parametrize(
    ("language", "channel", "expected"),
    [
        ("en", "email", ("en",)),
        ("es", "email", ("es", "en")),
        ("es", "letter", ("es", "en")),
        ("es", "sms", ("es",)),
        ("vi", "email", ("en",)),
        ("vi", "sms", ("en",)),
    ],
)
def test_the_own_language_comes_first_and_english_always(
    language: str, channel: NoticeChannel, expected: tuple[str, ...]
) -> None:
    assert languages_for(language, channel, LANGUAGES) == expected


def test_a_language_without_a_text_is_seen() -> None:
    served = {language: languages_for(language, "letter", LANGUAGES) for language in ("en", "es", "vi")}
    gaps = {language: language_gap(language, languages) for language, languages in served.items()}
    assert gaps == {"en": None, "es": None, "vi": "vi"}


@pytest.mark.parametrize(("percent", "due"), [(None, False), (14.9, False), (15.0, True), (18.0, True)])
def test_fifteen_percent_of_a_school_have_a_right_to_their_language(percent: float | None, due: bool) -> None:
    assert is_due_by_law(percent) is due


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2025-09-08T19:59:59", None),
        ("2025-09-08T20:00:00", "2025-09-09T15:00:00"),
        ("2025-09-09T00:00:00", "2025-09-09T15:00:00"),
        ("2025-09-09T07:59:59", "2025-09-09T15:00:00"),
        ("2025-09-09T08:00:00", None),
        (
            "2026-03-07T20:00:00",
            "2026-03-08T15:00:00",
        ),  # clocks go forward in the night: 08:00 is an hour earlier in UTC
        ("2026-03-08T01:59:00", "2026-03-08T15:00:00"),
        ("2026-03-08T07:59:00", "2026-03-08T15:00:00"),
        ("2026-03-08T08:00:00", None),
        ("2025-11-01T20:00:00", "2025-11-02T16:00:00"),  # and back
        ("2025-11-02T07:59:00", "2025-11-02T16:00:00"),
        ("2025-11-02T08:00:00", None),
        ("2025-11-02T19:59:00", None),
    ],
)
def test_quiet_hours_are_eight_in_the_evening_to_eight_in_the_morning_at_school(
    local: str, expected: str | None
) -> None:
    until = quiet_until(datetime.fromisoformat(local).replace(tzinfo=LOS_ANGELES), LOS_ANGELES)
    assert until == (datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None)


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_is_quiet_both_times(fold: int) -> None:
    now = datetime(2025, 11, 2, 1, 30, tzinfo=LOS_ANGELES, fold=fold)
    assert quiet_until(now, LOS_ANGELES) == datetime(2025, 11, 2, 16, tzinfo=UTC)


def test_quiet_hours_are_those_of_the_school_not_of_the_server() -> None:
    now = datetime(2025, 9, 8, 4, tzinfo=UTC)  # 21:00 in Los Angeles, 06:00 in Berlin
    assert quiet_until(now, LOS_ANGELES) == datetime(2025, 9, 8, 15, tzinfo=UTC)
    assert quiet_until(now, ZoneInfo("Pacific/Honolulu")) is None


@pytest.mark.parametrize("channel", ["email", "letter"])
def test_only_texts_keep_quiet_hours(channel: NoticeChannel) -> None:
    assert gate(channel, reach(), False, NOON.replace(hour=23), LOS_ANGELES) is None


def test_a_text_at_night_waits_for_the_morning() -> None:
    assert gate("sms", reach(), False, NOON, LOS_ANGELES) is None
    obstacle = gate("sms", reach(), False, NOON.replace(hour=22), LOS_ANGELES)
    assert obstacle == Hold("quiet_hours", datetime(2025, 9, 9, 15, tzinfo=UTC))


@pytest.mark.parametrize("channel", ["email", "sms", "letter"])
def test_what_stands_in_the_way(channel: NoticeChannel) -> None:
    def at_the_gate(one: Reach | None, stopped: bool = False) -> Hold | Drop | None:
        return gate(channel, one, stopped, NOON, LOS_ANGELES)

    assert at_the_gate(reach()) is None
    assert at_the_gate(reach(), stopped=True) == Hold("switch")
    assert at_the_gate(reach(permission="unread")) == Hold("restriction")
    assert at_the_gate(reach(permission="no")) == Drop("may_not_receive")
    assert at_the_gate(None) == Drop("may_not_receive")
    assert at_the_gate(reach(email=None, phone=None, address=None)) == Drop("no_longer_reachable")


def test_who_may_not_receive_is_not_held_by_a_switch() -> None:
    assert gate("email", reach(permission="no"), True, NOON, LOS_ANGELES) == Drop("may_not_receive")


def test_attempts_are_further_and_further_apart() -> None:
    waits = [retry_after(attempt) for attempt in range(1, 30)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=2)
    assert waits[-1] == timedelta(minutes=15)
