"""Sends what is due. The attempt is recorded before a provider is called and the outcome after it, so that a crash in
between leaves "outcome unknown", which a person or a callback resolves, and never a second message."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from services.notifications import deliveries, holds
from services.notifications.contacts import textable
from services.notifications.deliveries import Change
from services.notifications.notify import Notifier
from services.notifications.people import load_people
from services.notifications.policy import retry_after
from services.notifications.prepare import NOT_RENDERED, Prepared, Preparer
from services.notifications.providers.mail import Mailer
from services.notifications.providers.outcome import Later, Outcome, Refused, Sent, Unknown
from services.notifications.providers.sms import Texter
from services.notifications.settings import NotificationsSettings
from services.notifications.store import Row
from shared.db.pool import TRANSIENT_ERRORS, Connection, Pool

LOCK = 0x53656E64  # "Send"; one sending process per database
TEXT_CLASSES = ("alert", "school")


class Sender:
    """One sends at a time; another replica takes over when this one's connection ends."""

    def __init__(self, settings: NotificationsSettings, pool: Pool, notifier: Notifier, preparer: Preparer) -> None:
        self._settings = settings
        self._pool = pool
        self._notifier = notifier
        self._preparer = preparer
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled; a round that has begun is finished first. Raises transient database errors: start it again."""
        async with AsyncExitStack() as stack:
            lock = await stack.enter_async_context(self._pool.acquire())
            await self._become_the_sender(lock)
            mailer, texter = Mailer(self._settings), Texter(self._settings)
            stack.push_async_callback(mailer.close)
            stack.push_async_callback(texter.close)
            await self.recover()
            while True:
                await lock.execute("SELECT 1")
                if not await _finish(self.round(mailer, texter)):
                    await asyncio.sleep(self._settings.send_poll)

    async def _become_the_sender(self, connection: Connection) -> None:
        """Wait for the lock, looking now and then: a query that waits in the server would run into its timeout."""
        while True:
            if await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext(current_schema()))", LOCK):
                return
            await asyncio.sleep(self._settings.send_poll)

    async def recover(self) -> None:
        """What was being sent when a process ended has an unknown outcome. Templates may have been mended meanwhile."""
        async with self._notifier.log.transaction() as connection:
            if latest := await deliveries.latest_change(connection):
                self._notifier.clock.advance(latest)
            await deliveries.release(connection, NOT_RENDERED, self._notifier.clock.now())
            left = await deliveries.attempting(connection)
            reason = "the service ended before the provider's answer was recorded"
            await self._notifier.record(connection, [Change(delivery, "unknown", reason) for delivery in left])
        if left:
            self._log.warning("outcomes unknown", count=len(left), state="unknown")

    async def round(self, mailer: Mailer, texter: Texter) -> int:
        """Plan what has waited, send one batch of what is due; return how much was done."""
        async with self._notifier.log.transaction() as connection:
            planned = await self._notifier.plan_waiting(connection)
        prepared = await self._prepare()
        started = await self._record_attempts(prepared)
        calls = [_call(each, mailer, texter) for each in started]
        outcomes = await asyncio.gather(*calls)
        await self._record_outcomes(list(zip(started, outcomes, strict=True)))
        return planned + len(prepared)

    async def _prepare(self) -> list[Prepared]:
        now = self._notifier.clock.now()
        async with self._pool.acquire() as connection:
            rows = await deliveries.due(connection, now, self._settings.send_batch)
            people = await load_people(connection, rows)
        return await asyncio.to_thread(self._preparer.prepare, rows, people, now) if rows else []

    async def _record_attempts(self, prepared: Sequence[Prepared]) -> list[Prepared]:
        """Keep what goes out and that it goes out now; return what a provider is to be called for."""
        for fault in {each.fault for each in prepared if each.fault}:
            self._log.error("notice not rendered", reason=fault)
        async with self._notifier.log.transaction() as connection:
            changed = await self._notifier.record(connection, [each.change for each in prepared])
            states = {row["delivery"]: row["state"] for row in changed}
            documents = [each.document for each in prepared if each.document and each.change.delivery in states]
            await deliveries.save_documents(connection, documents)
        return [each for each in prepared if states.get(each.change.delivery) == "attempting"]

    async def _record_outcomes(self, sent: Sequence[tuple[Prepared, Outcome]]) -> None:
        """Until the database has it: an outcome that is known must not become unknown."""
        while sent:
            try:
                async with self._notifier.log.transaction() as connection:
                    await self._note_opt_outs(connection, sent)
                    changes = [self._change(each.row, outcome) for each, outcome in sent]
                    await self._notifier.record(connection, changes)
                return
            except TRANSIENT_ERRORS as error:
                self._log.warning("outcomes not yet recorded", count=len(sent), error_class=type(error).__name__)
                await asyncio.sleep(self._settings.send_poll)

    async def _note_opt_outs(self, connection: Connection, sent: Sequence[tuple[Prepared, Outcome]]) -> None:
        refused = [each for each, outcome in sent if isinstance(outcome, Refused) and outcome.opted_out]
        phones = {phone for each in refused if each.document and (phone := textable(each.document.destination))}
        await holds.opt_out(connection, phones, TEXT_CLASSES, "provider", self._notifier.clock.now())

    def _change(self, row: Row, outcome: Outcome) -> Change:
        match outcome:
            case Sent(provider_id):
                return Change(row["delivery"], "sent", provider_id=provider_id)
            case Refused(reason):
                return Change(row["delivery"], "failed", reason)
            case Unknown(reason):
                return Change(row["delivery"], "unknown", reason)
            case Later(reason):
                return self._try_later(row, reason)

    def _try_later(self, row: Row, reason: str) -> Change:
        attempts = row["attempts"] + 1
        if attempts >= self._settings.retry_limit:
            return Change(row["delivery"], "failed", f"given up after {attempts} attempts: {reason}")
        return Change(row["delivery"], "queued", reason, retry_after=retry_after(attempts) / timedelta(seconds=1))


def _call(prepared: Prepared, mailer: Mailer, texter: Texter) -> Awaitable[Outcome]:
    document = prepared.document
    assert document, "an attempt has something to send"
    if prepared.row["channel"] == "email":
        return mailer.send(document.destination, document.content)
    return texter.send(document.destination, document.content.decode(), document.delivery)


async def _finish(work: Awaitable[int]) -> int:
    """Await `work`; if cancelled meanwhile, let it come to its end first."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
