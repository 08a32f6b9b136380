"""The use cases of notifications: what is known is kept, notices are planned, what became of deliveries is recorded.

Each runs in a transaction of its caller and first takes the locks of the pupils concerned, so that events of one pupil
stay in order.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications import deliveries, store
from services.notifications.deliveries import Change, NewDelivery
from services.notifications.events import corrected_events, delivery_events, undeliverable_events
from services.notifications.people import People, PupilKey, load_people
from services.notifications.policy import Hold, Planned, Reach, carries_all, gate, language_gap, plan_notice
from services.notifications.store import Row
from services.notifications.templates import Templates
from shared.contracts.envelope import Event, EventData, derived_id
from shared.contracts.ladder import LadderEventData, NoticeRequired, NoticeWithdrawn
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.contracts.terms import NoticeChannel
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog, lock_keys
from shared.runtime.clock import Clock

SETTLED_BADLY = frozenset({"failed", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Notifier:
    log: EventLog
    clock: Clock
    templates: Templates

    async def take_roster(self, connection: Connection, events: Sequence[Event[EventData]]) -> None:
        """Pupils and schools as they are now; notices that waited for them are planned."""
        pupils = [event.data for event in events if isinstance(event.data, StudentChanged)]
        keys = {(pupil.district, pupil.student) for pupil in pupils}
        await lock_pupils(connection, keys)
        await store.save_schools(
            connection, [event.data for event in events if isinstance(event.data, CalendarChanged)]
        )
        await store.save_pupils(connection, pupils)
        await deliveries.look_again(connection, keys, self.clock.now())
        await self.plan(connection, await store.required_of(connection, keys))

    async def take_ladder(self, connection: Connection, events: Sequence[Event[LadderEventData]]) -> None:
        """Notices that are required or withdrawn. A notice of a pupil not yet in the roster is kept and waits."""
        keys = {(event.data.district, event.data.student) for event in events}
        await lock_pupils(connection, keys)
        await store.save_required(connection, (e.data for e in events if isinstance(e.data, NoticeRequired)))
        withdrawn = [event.data for event in events if isinstance(event.data, NoticeWithdrawn)]
        if withdrawn:
            await store.save_withdrawn(connection, withdrawn)
            await deliveries.withdraw(connection, [notice.notice for notice in withdrawn], self.clock.now())
            await deliveries.look_again(connection, keys, self.clock.now())
        await self.plan(connection, await store.required_of(connection, keys))

    async def plan_waiting(self, connection: Connection, limit: int = 500) -> int:
        """Plan what can be planned by now but was not when it came (pupil or school arrived at the same moment)."""
        waiting = await store.required(connection, limit)
        if waiting:
            await lock_pupils(connection, await store.pupils_of(connection, waiting))
            await self.plan(connection, waiting)
        return len(waiting)

    async def plan(self, connection: Connection, notices: Collection[UUID]) -> None:
        """Add the deliveries that these notices still need; say of which nobody can be reached. Caller holds the locks."""
        rows = await store.to_plan(connection, notices) if notices else []
        if not rows:
            return
        people = await load_people(connection, rows)
        made = _Made(
            await deliveries.known(connection, [n for row in rows for n in (row["notice"], row["corrects"]) if n])
        )
        unneeded = [row["notice"] for row in rows if row["corrects"] and not made.received(row["corrects"])]
        new = [delivery for row in rows for delivery in self._new_deliveries(row, people, made)]
        added = await deliveries.insert(connection, new, self.clock.now())
        await self._say(connection, delivery_events(added, self.clock.now()))
        await store.mark_unneeded(connection, unneeded)
        undeliverable = await store.settle(connection, [row["notice"] for row in rows])
        await self._say(connection, undeliverable_events(undeliverable, self.clock.now()))

    def _new_deliveries(self, row: Row, people: People, made: "_Made") -> list[NewDelivery]:
        pupil, to_student = (row["district"], row["student"]), row["to_student"]
        reaches = {reach.guardian: reach for reach in people.reaches(pupil, row["kind"], to_student)}
        open_reaches = [reach for reach in reaches.values() if made.wants(row, reach.guardian)]
        template = self.templates.in_force(row["kind"], row["as_of"].astimezone(ZoneInfo(row["timezone"])).date())
        languages = self.templates.languages(template)
        planned = plan_notice(row["kind"], open_reaches, made.tried(row["notice"]), languages)
        return [self._new_delivery(row, each, reaches[each.guardian], str(template)) for each in planned]

    def _new_delivery(self, row: Row, planned: Planned, reach: Reach, template: str) -> NewDelivery:
        obstacle = gate(planned.channel, reach, row["stopped"], self.clock.now(), ZoneInfo(row["timezone"]))
        hold = obstacle if isinstance(obstacle, Hold) else None
        return NewDelivery(
            delivery=derived_id("delivery", row["notice"], planned.guardian, planned.channel),
            notice=row["notice"],
            guardian=planned.guardian,
            channel=planned.channel,
            whole=carries_all(row["kind"], planned.channel),
            languages=planned.languages,
            template=template,
            state="held" if hold else "queued",
            reason=hold.reason if hold else None,
            until=hold.until if hold else None,
            language_gap=language_gap(reach.language, planned.languages),
        )

    async def record(self, connection: Connection, changes: Collection[Change]) -> list[Row]:
        """Deliveries take steps: events are said, and what failed goes another way. Returns the rows that changed."""
        if not changes:
            return []
        await lock_pupils(connection, await deliveries.pupils_of(connection, [change.delivery for change in changes]))
        now = self.clock.now()
        changed = await deliveries.change(connection, changes, now)
        await self._say(connection, delivery_events(changed, now))
        corrections = [row["delivery"] for row in changed if row["state"] == "sent" and row["corrects"]]
        if corrections:
            await self._say(connection, corrected_events(await deliveries.corrected(connection, corrections), now))
        await self.plan(connection, {row["notice"] for row in changed if row["state"] in SETTLED_BADLY})
        return changed

    async def _say(self, connection: Connection, events: Sequence[Event[EventData]]) -> None:
        await self.log.append(connection, events)


class _Made:
    """The deliveries that exist, as planning asks for them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[UUID, list[Row]] = {}
        for row in rows:
            self._rows.setdefault(row["notice"], []).append(row)

    def wants(self, row: Row, recipient: str) -> bool:
        """Whether the notice is still to go to this person. A correction goes where the wrong notice went; an adult is told
        of what the parents got."""
        if recipient in self.covered(row["notice"]):
            return False
        received = self.received(row["corrects"]) if row["corrects"] else {recipient}
        return bool(received) if row["to_student"] else recipient in received

    def tried(self, notice: UUID) -> dict[str, set[NoticeChannel]]:
        channels: dict[str, set[NoticeChannel]] = {}
        for row in self._rows.get(notice, ()):
            channels.setdefault(row["guardian"], set()).add(row["channel"])
        return channels

    def covered(self, notice: UUID) -> set[str]:
        """Guardians to whom the whole notice is on its way."""
        rows = self._rows.get(notice, ())
        return {row["guardian"] for row in rows if row["whole"] and row["state"] not in SETTLED_BADLY}

    def received(self, notice: UUID) -> set[str]:
        """Guardians who have, or may have, something of the notice."""
        reached = {"attempting", "sent", "delivered", "unknown"}
        return {row["guardian"] for row in self._rows.get(notice, ()) if row["state"] in reached}


async def lock_pupils(connection: Connection, pupils: Collection[PupilKey]) -> None:
    await lock_keys(connection, [f"{district}/{student}" for district, student in pupils])
