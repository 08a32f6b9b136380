"""The use case of people: a named person did something about a pupil."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.escalation import store, store_decided
from services.escalation.deciding import gather_facts, ladder_events, policies_of, publish, saved, state_of
from services.escalation.ladder import (
    Act,
    SchoolCalendar,
    act_to_json,
    parse_act,
    record_act,
)
from services.escalation.pupils import Calendars
from services.escalation.store import PupilKey
from shared.contracts.envelope import Event, derived_id
from shared.contracts.ladder import ActRefused
from shared.contracts.notices import NoticeSent
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog


class UnknownPupil(Exception):
    """The roster does not know this pupil (yet), or the pupil's school has no calendar."""


@dataclass(frozen=True, slots=True)
class ActAnswer:
    """What became of an act: the types of the events that it caused, or why the rules do not allow it."""

    events: tuple[str, ...]
    refused: str | None
    repeated: bool = False


async def take_act(log: EventLog, key: PupilKey, act: Act) -> ActAnswer:
    """A person did something about a pupil. The same act id again gives the first answer again.

    Raises UnknownPupil.
    """
    async with log.transaction() as connection:
        return await record(log, connection, key, act)


async def record(log: EventLog, connection: Connection, key: PupilKey, act: Act) -> ActAnswer:
    """`take_act` inside a transaction that is open already."""
    row, calendar = await _pupil_on(connection, key, act.at)
    if earlier := await store_decided.find_act(connection, act.id):
        return ActAnswer((), earlier["refused"], repeated=True)
    facts = (await gather_facts(connection, [row], {key: calendar}))[key]
    policy = (await policies_of(connection, {key.district}))[key.district]
    so_far = tuple(earlier for earlier in facts.acts if earlier.at <= act.at)
    decision = record_act(facts.pupil, calendar, so_far, state_of(row), policy, act)
    events = ladder_events(decision)
    refused = next((event.reason for event in events if isinstance(event, ActRefused)), None)
    await store_decided.save_act(connection, act.id, key, act.at, act_to_json(act), refused)
    if refused is None:
        await store_decided.save_state(connection, saved(key, row["school_year"], decision, facts, act.at.date()))
    await publish(log, connection, events)
    return ActAnswer(tuple(event.type for event in events), refused)


async def _pupil_on(connection: Connection, key: PupilKey, at: datetime) -> tuple[store.Row, SchoolCalendar]:
    known = await store.pupils(connection, [key])
    if not known or known[0]["school"] is None:
        raise UnknownPupil(f"the roster of {key.district} does not know pupil {key.student}")
    school = (key.district, known[0]["school"])
    calendar = Calendars(await store.calendars_of(connection, {school})).on(*school, at.date())
    if calendar is None:
        raise UnknownPupil(f"school {school[1]} has no calendar for {at.date()}")
    return (await store.lock_pupils(connection, [(*key, calendar.school_year)]))[0], calendar


async def take_deliveries(log: EventLog, connection: Connection, events: Sequence[Event[NoticeSent]]) -> None:
    """An invitation that went out is an attempt to hold a conference (EC 48262): it comes back as a contact.

    A notice alone is not: it tells the family, it does not ask for a conversation (decision record 0021).
    """
    for event in events:
        if event.data.kind == "meeting_invitation" and event.data.channel != "letter":
            await record(log, connection, PupilKey(event.data.district, event.data.student), _contact(event))


def _contact(event: Event[NoticeSent]) -> Act:
    data = event.data
    return parse_act(
        {
            "id": str(derived_id("contact", data.delivery)),
            "at": data.at.isoformat(),
            "by": "notifications",
            "kind": "contact",
            "channel": data.channel,
            "outcome": "no_answer",
        }
    )
