"""What arrives by Kafka: attendance, the roster, the steps of the ladder, and what became of notices. All of it is kept."""

from collections.abc import Sequence
from typing import Any

from services.referrals import refer, store
from shared.contracts.attendance import DayClosed, MarkEventData, MarkRecorded, MarkRetracted
from shared.contracts.envelope import Event
from shared.contracts.registry import types_of
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.contracts.topics import ATTENDANCE, LADDER, NOTICES, ROSTER
from shared.db.pool import Connection
from shared.messaging.subscription import Subscription
from shared.runtime.service import Runtime


def subscriptions(_: Runtime) -> Sequence[Subscription]:
    return (
        Subscription(ATTENDANCE, "referrals.attendance", (MarkRecorded, MarkRetracted, DayClosed), take_attendance),
        Subscription(ROSTER, "referrals.roster", (StudentChanged, CalendarChanged), take_roster),
        Subscription(LADDER, "referrals.ladder", tuple(types_of(LADDER).values()), take_ladder),
        Subscription(NOTICES, "referrals.notices", tuple(types_of(NOTICES).values()), store.keep_pupil_events),
    )


async def take_attendance(connection: Connection, events: Sequence[Event[Any]]) -> None:
    await store.keep_statements(connection, [event for event in events if isinstance(event.data, MarkEventData)])
    await store.keep_closes(connection, [event for event in events if isinstance(event.data, DayClosed)])


async def take_roster(connection: Connection, events: Sequence[Event[Any]]) -> None:
    await store.keep_students(connection, [event for event in events if isinstance(event.data, StudentChanged)])
    await store.keep_calendars(connection, [event for event in events if isinstance(event.data, CalendarChanged)])


async def take_ladder(connection: Connection, events: Sequence[Event[Any]]) -> None:
    await store.keep_pupil_events(connection, events)
    await refer.open_cases(connection, events)
