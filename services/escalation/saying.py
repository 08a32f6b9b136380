"""What was decided becomes artefacts and events: each once, with an id that follows from what it says."""

from collections.abc import Iterable
from uuid import UUID

from services.escalation import store_decided
from shared.contracts.envelope import Event, EventData, derived_id
from shared.contracts.ladder import LadderEventData, NoticeRequired
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog

SOURCE = "rollcall/escalation"

Said = tuple[LadderEventData, int | None]
"""An event, and the version of the case that it came with; None where the case does not change by it."""


def ladder_events(events: Iterable[EventData]) -> list[LadderEventData]:
    return [event for event in events if isinstance(event, LadderEventData)]


async def publish(log: EventLog, connection: Connection, said: Iterable[Said]) -> None:
    """Keep the artefacts; those that are new go into the event log. Of several with one id the first counts, as it would
    have if they had come one after the other."""
    wrapped: dict[UUID, tuple[Event[LadderEventData], int | None]] = {}
    for data, version in said:
        event = wrap(data)
        wrapped.setdefault(event.id, (event, version))
    new = await store_decided.save_artefacts(connection, list(wrapped.values()))
    await log.append(connection, [event for event, _ in wrapped.values() if event.id in new])


def wrap(data: LadderEventData) -> Event[LadderEventData]:
    """The event's id follows from what it says, so that the same decision is the same event, also for a later version that
    knows further fields. A notice is required once."""
    says = data.notice if isinstance(data, NoticeRequired) else data.model_dump_json(exclude_defaults=True)
    return Event(derived_id(data.type, says), SOURCE, data.as_of, data, body=data.model_dump_json())
