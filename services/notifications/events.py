"""The events of notices.v1, made from the rows as they are after a change."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.notifications.store import Row
from shared.contracts.envelope import Event, EventData, derived_id
from shared.contracts.notices import (
    DeliveryEventData,
    NoticeCorrected,
    NoticeDelivered,
    NoticeFailed,
    NoticeHeld,
    NoticeQueued,
    NoticeSent,
    NoticeUndeliverable,
)

SOURCE = "rollcall/notifications"


def delivery_events(rows: Iterable[Row], at: datetime) -> list[Event[EventData]]:
    """What to say about deliveries that changed. Nothing about an attempt, a repeated attempt, or a withdrawal."""
    said = ((row, _delivery_data(row, at)) for row in rows)
    return [
        Event(derived_id("delivery", row["delivery"], row["version"]), SOURCE, at, data) for row, data in said if data
    ]


def _delivery_data(row: Row, at: datetime) -> DeliveryEventData | None:
    common = _common(row, at)
    match row["state"]:
        case "queued":
            return None if row["attempts"] else NoticeQueued(**common)
        case "held":
            return NoticeHeld(**common, reason=row["reason"], until=row["until"])
        case "sent":
            return NoticeSent(**common, content_sha256=row["content_sha256"], provider_id=row["provider_id"])
        case "delivered":
            return NoticeDelivered(**common)
        case "failed":
            return NoticeFailed(**common, reason=row["reason"])
        case "unknown":
            return NoticeFailed(**common, reason=row["reason"], outcome_unknown=True)
    return None


def corrected_events(rows: Iterable[Row], at: datetime) -> list[Event[EventData]]:
    return [
        Event(
            derived_id("corrected", row["delivery"], row["correction"]), SOURCE, at, NoticeCorrected(**_common(row, at))
        )
        for row in rows
    ]


def undeliverable_events(rows: Iterable[Row], at: datetime) -> list[Event[EventData]]:
    return [
        Event(derived_id("undeliverable", row["notice"], row["version"]), SOURCE, at, _undeliverable(row, at))
        for row in rows
    ]


def _undeliverable(row: Row, at: datetime) -> NoticeUndeliverable:
    return NoticeUndeliverable(
        district=row["district"],
        student=row["student"],
        notice=row["notice"],
        kind=row["kind"],
        reason="no guardian can be reached by a channel that carries the whole notice",
        at=at,
    )


def _common(row: Row, at: datetime) -> dict[str, Any]:
    return {
        "district": row["district"],
        "student": row["student"],
        "notice": row["notice"],
        "kind": row["kind"],
        "delivery": row["delivery"],
        "guardian": row["guardian"],
        "channel": row["channel"],
        "languages": tuple(row["languages"]),
        "language_gap": row["language_gap"],
        "template": row["template"],
        "at": at,
    }
