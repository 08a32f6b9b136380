"""The moving parts of one service's messaging, together: relay and consumers, connected whenever the broker answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from shared.db.pool import Pool
from shared.messaging.backoff import Backoff, pause
from shared.messaging.broker import consuming_broker, publishing_broker, start_consuming
from shared.messaging.consumer import BatchConsumer
from shared.messaging.event_log import EventLog
from shared.messaging.progress import Progress, Step
from shared.messaging.relay import Relay
from shared.messaging.subscription import Subscription
from shared.runtime.clock import Clock
from shared.runtime.metrics import Metrics
from shared.runtime.settings import Settings

PING_TIMEOUT = 2.0
OnStep = Callable[[str, Step], None]


@dataclass(slots=True)
class Messaging:
    """`run_relay` and `run_consumers` are to be run as tasks; both return after `stop`."""

    settings: Settings
    pool: Pool
    log: EventLog
    clock: Clock
    metrics: Metrics
    subscriptions: Sequence[Subscription]
    on_step: OnStep | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    publisher: KafkaBroker = field(init=False)
    relay: Relay = field(init=False)
    consumers: list[BatchConsumer] = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = publishing_broker(self.settings)
        self.relay = Relay(
            self.pool, self.log, self.publisher, self.metrics, self.settings.event_log_days, self._progress("relay")
        )
        self.consumers = [
            BatchConsumer(subscription, self.log, self.clock, self.metrics, self._progress(subscription.group))
            for subscription in self.subscriptions
        ]

    def _progress(self, loop: str) -> Progress:
        return Progress(loop, self.on_step) if self.on_step else Progress(loop)

    @property
    def progress(self) -> list[Progress]:
        return [self.relay.progress, *(consumer.progress for consumer in self.consumers)]

    def stop(self) -> None:
        """No new batch, no new round; what is in flight is finished."""
        self.stopping.set()
        self.relay.stop()
        for consumer in self.consumers:
            consumer.stopping.set()

    async def run_relay(self) -> None:
        try:
            if await self._connect(self.publisher, self.publisher.start, [self.relay.progress]):
                await self.relay.run()
        finally:
            await self.publisher.stop()

    async def run_consumers(self) -> None:
        if not self.consumers:
            return
        broker = consuming_broker(self.settings, self.consumers)
        progress = [consumer.progress for consumer in self.consumers]
        try:
            if await self._connect(broker, lambda: start_consuming(broker, self.consumers), progress):
                await self.stopping.wait()
        finally:
            await broker.stop()

    async def _connect(
        self, broker: KafkaBroker, start: Callable[[], Awaitable[None]], waiting: Sequence[Progress]
    ) -> bool:
        """True when connected, False when told to stop before."""
        backoff = Backoff(longest=5)
        while not self.stopping.is_set():
            for progress in waiting:
                progress.reach("waiting")
            try:
                await _knock(self.settings.kafka_bootstrap)
                await start()
                return True
            except (KafkaError, OSError) as error:
                delay = backoff.next()
                name = type(error).__name__
                structlog.get_logger().warning("broker does not answer", error_class=name, delay=delay)
                await broker.stop()
                await pause(delay, self.stopping)
        return False

    async def broker_answers(self) -> bool:
        return await self.publisher.ping(PING_TIMEOUT)


async def _knock(bootstrap: str) -> None:
    """A client that fails to start leaves connections behind: start it only when somebody listens. Raises OSError."""
    servers = [server.rpartition(":") for server in bootstrap.split(",")]
    for index, (host, _, port) in enumerate(servers):
        try:
            async with asyncio.timeout(2):
                _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            if index == len(servers) - 1:
                raise
        else:
            writer.close()
            await writer.wait_closed()
            return
