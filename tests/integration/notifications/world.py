"""Notifications on a real database and a real (caught) mail and SMS, driven round by round."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from deploy.embedded.catcher import Catcher
from services.notifications import deliveries
from services.notifications.notify import Notifier
from services.notifications.prepare import Preparer
from services.notifications.providers.mail import Mailer
from services.notifications.providers.sms import Texter
from services.notifications.render import Renderer
from services.notifications.send import Sender
from services.notifications.settings import NotificationsSettings
from services.notifications.templates import Templates
from shared.contracts.envelope import Event, EventData
from shared.contracts.ladder import Because, NoticeRequired, NoticeWithdrawn
from shared.contracts.registry import EVENT_TYPES
from shared.contracts.roster import CalendarChanged, Guardian, StudentChanged
from shared.contracts.terms import NoticeKind
from shared.db.pool import Pool, open_pool
from shared.messaging.event_log import EventLog
from shared.runtime.clock import DrivenClock

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOON = datetime(2025, 9, 22, 12, tzinfo=LOS_ANGELES)
TEMPLATES, RENDERER = Templates(), Renderer()
BECAUSE = Because(rule="report.first", policy="us-ca", policy_version=1)


def settings_for(database_url: str, catcher: Catcher, **changed: Any) -> NotificationsSettings:
    given: dict[str, Any] = {
        "database_url": database_url,
        "kafka_bootstrap": "127.0.0.1:1",
        "clock": "driven",
        "staff_token": "a token for tests only",
        "smtp_host": "127.0.0.1",
        "smtp_port": catcher.smtp_port,
        "smtp_tls": "none",
        "mail_from": "attendance@district.example.org",
        "sms_url": catcher.url,
        "sms_account": "AC0",
        "sms_token": "secret of the provider",
        "sms_from": "+14085550100",
        "provider_timeout": 0.5,
        "send_poll": 0.02,
        **changed,
    }
    return NotificationsSettings(**given)


def rosa(**changed: Any) -> Guardian:
    given: dict[str, Any] = {
        "id": "rosa",
        "given_name": "Rosa",
        "family_name": "Ejemplo",
        "language": "es",
        "email": "rosa@example.org",
        "phone": "+14085550101",
        "address": "1 Elm St, San Jose CA 95112",
        **changed,
    }
    return Guardian(**given)


def jo(**changed: Any) -> Guardian:
    given = {
        "id": "jo",
        "given_name": "Jo",
        "language": "en",
        "email": "jo@example.org",
        "phone": "+14085550102",
        **changed,
    }
    return rosa(**given)


@dataclass(slots=True)
class World:
    settings: NotificationsSettings
    pool: Pool
    catcher: Catcher
    clock: DrivenClock
    notifier: Notifier
    sender: Sender
    mailer: Mailer
    texter: Texter
    revision: int = 0
    notices: dict[UUID, NoticeRequired] = field(default_factory=dict)

    # What comes in

    def calendar(self, timezone: str = "America/Los_Angeles") -> CalendarChanged:
        return CalendarChanged(
            district="d1", school="north", name="Elm Street Middle School", revision=1, school_year="2025-2026",
            timezone=timezone, instructional_days=(date(2025, 9, 8),),
        )  # fmt: skip

    async def school(self) -> None:
        await self.roster(self.calendar())

    def pupil(self, *guardians: Guardian, student: str = "ana", name: str = "Ana", **own: str) -> StudentChanged:
        """`own`: the pupil's contact and language."""
        self.revision += 1
        return StudentChanged(
            district="d1", student=student, revision=self.revision, given_name=name, family_name="Ejemplo",
            birth_date=date(2012, 3, 2), enrolments=(), guardians=guardians, **own,
        )  # fmt: skip

    async def know(self, *guardians: Guardian, student: str = "ana", name: str = "Ana", **own: str) -> None:
        await self.roster(self.pupil(*guardians, student=student, name=name, **own))

    async def roster(self, *data: EventData) -> None:
        async with self.notifier.log.transaction() as connection:
            await self.notifier.take_roster(connection, [self._event(each) for each in data])

    def notice(self, kind: NoticeKind = "truancy_notice_1", student: str = "ana", **changed: Any) -> NoticeRequired:
        given: dict[str, Any] = {
            "district": "d1", "student": student, "school": "north", "school_year": "2025-2026",
            "as_of": self.clock.now(), "because": BECAUSE, "notice": uuid4(), "kind": kind,
            "days": (date(2025, 9, 8), date(2025, 9, 15), date(2025, 9, 22)), **changed,
        }  # fmt: skip
        return NoticeRequired(**given)

    async def require(self, kind: NoticeKind = "truancy_notice_1", student: str = "ana", **changed: Any) -> UUID:
        notice = self.notice(kind, student, **changed)
        await self.ladder(notice)
        return notice.notice

    async def withdraw(self, notice: UUID, state: str = "withdrawn", days: tuple[date, ...] = ()) -> None:
        values = self.notice(notice=notice, days=days).model_dump(
            exclude={"report", "meeting", "corrects", "to_student"}
        )
        await self.ladder(NoticeWithdrawn.model_validate({**values, "state": state}))

    async def ladder(self, *data: NoticeRequired | NoticeWithdrawn) -> None:
        async with self.notifier.log.transaction() as connection:
            await self.notifier.take_ladder(connection, [self._event(each) for each in data])

    def _event(self, data: EventData) -> Event[Any]:
        return Event(uuid4(), "test", self.clock.now(), data)

    # What it does

    async def round(self) -> int:
        return await self.sender.round(self.mailer, self.texter)

    async def rounds(self, at_most: int = 20) -> None:
        """Until nothing is due any more."""
        for _ in range(at_most):
            if not await self.round():
                return
        raise AssertionError(f"still something to do after {at_most} rounds")

    async def again(self) -> None:
        """What waits for another attempt need not wait any longer."""
        await self.pool.execute("UPDATE delivery SET retry_at = now()")
        await self.rounds()

    # What came of it

    async def states(self, notice: UUID) -> dict[tuple[str, str], str]:
        """(guardian, channel) -> state."""
        rows = await self.pool.fetch("SELECT guardian, channel, state FROM delivery WHERE notice = $1", notice)
        return {(row["guardian"], row["channel"]): row["state"] for row in rows}

    async def delivery(self, notice: UUID, channel: str) -> UUID:
        found: UUID = await self.pool.fetchval(
            "SELECT delivery FROM delivery WHERE notice = $1 AND channel = $2", notice, channel
        )
        return found

    async def events(self) -> list[EventData]:
        """Everything that was said, in order."""
        rows = await self.pool.fetch("SELECT type, value FROM event_log ORDER BY id")
        return [EVENT_TYPES[row["type"]].model_validate_json(row["value"]) for row in rows]

    async def types(self) -> list[str]:
        return [data.type for data in await self.events()]

    async def summary(self) -> dict[str, dict[str, int]]:
        async with self.pool.acquire() as connection:
            return await deliveries.summary(connection)

    def caught(self, channel: str = "") -> Sequence[tuple[str, str]]:
        """(channel, to) of what families got, sorted."""
        return sorted((message.channel, message.to) for message in self.catcher.messages(channel))


@asynccontextmanager
async def open_world(settings: NotificationsSettings, catcher: Catcher) -> AsyncIterator[World]:
    async with open_pool(settings.database_url, "notifications") as pool:
        clock = DrivenClock(NOON)
        notifier = Notifier(EventLog(pool, "notifications"), clock, TEMPLATES)
        sender = Sender(settings, pool, notifier, Preparer(settings, TEMPLATES, RENDERER))
        mailer, texter = Mailer(settings), Texter(settings)
        yield World(settings, pool, catcher, clock, notifier, sender, mailer, texter)
        await mailer.close()
        await texter.close()
