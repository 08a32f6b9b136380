"""FastStream's broker objects: one that publishes, one that consumes. Nothing connects until they are started."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from faststream import AckPolicy, BaseMiddleware
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.message import StreamMessage

from shared.messaging.consumer import Batch, BatchConsumer, Handover
from shared.runtime.settings import Settings

LINGER_MS = 5
BATCH_BYTES = 256 * 1024
REQUEST_TIMEOUT_MS = 20_000
METADATA_AGE_MS = 30_000
"""Topics that are made, or made again, while we run are seen within this time."""
REBALANCE_TIMEOUT_MS = 60_000
SESSION_SECONDS = {"kafka": 30.0, "tansu": 6.0}
POLL_MS = 50


def publishing_broker(settings: Settings) -> KafkaBroker:
    """Waits for all replicas. Its logger is silent: FastStream's log texts quote what they handle."""
    return KafkaBroker(
        settings.kafka_bootstrap,
        acks="all",
        enable_idempotence=settings.broker_kind == "kafka",
        linger_ms=LINGER_MS,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=METADATA_AGE_MS,
        allow_auto_create_topics=False,
        apply_types=False,
        logger=None,
    )


def consuming_broker(settings: Settings, consumers: Sequence[BatchConsumer]) -> KafkaBroker:
    """One batch subscriber per consumer; every outcome goes to its `settle`."""
    broker = KafkaBroker(
        settings.kafka_bootstrap,
        consumer_only=True,
        ack_policy=AckPolicy.MANUAL,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=METADATA_AGE_MS,
        allow_auto_create_topics=False,
        apply_types=False,
        logger=None,
    )
    by_subscriber: dict[object, BatchConsumer] = {}
    for consumer in consumers:
        by_subscriber[_subscribe(broker, settings, consumer)] = consumer
    broker.add_middleware(_settling(by_subscriber))
    return broker


def _subscribe(broker: KafkaBroker, settings: Settings, consumer: BatchConsumer) -> object:
    async def parse(records: tuple[Any, ...]) -> StreamMessage[Any]:
        return KafkaMessage(records, b"", consumer=consumer.client, correlation_id=consumer.group)  # type: ignore[arg-type]

    async def read(message: StreamMessage[Any]) -> Batch:
        return consumer.read(message.raw_message)

    session_ms = int(1000 * (settings.session_timeout or SESSION_SECONDS[settings.broker_kind]))
    subscriber = broker.subscriber(
        consumer.subscription.topic,
        batch=True,
        group_id=consumer.group,
        group_instance_id=_instance(settings, consumer.group),
        auto_offset_reset="earliest",
        max_records=settings.max_records,
        batch_timeout_ms=POLL_MS,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 5,
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        listener=Handover(consumer),
        parser=parse,
        decoder=read,
    )
    subscriber(consumer.handle)
    return subscriber


def _instance(settings: Settings, group: str) -> str | None:
    """Static membership; on Tansu it would only make a join slower."""
    named = settings.instance and settings.broker_kind == "kafka"
    return f"{group}.{settings.instance}" if named else None


def _settling(consumers: Mapping[object, BatchConsumer]) -> type[BaseMiddleware[Any, Any]]:
    class Settling(BaseMiddleware[Any, Any]):
        """Sees how each batch ended, also when it could not even be parsed, and lets no error out: FastStream would log it."""

        async def __aexit__(
            self,
            exc_type: type[BaseException] | None = None,
            exc_val: BaseException | None = None,
            exc_tb: TracebackType | None = None,
        ) -> bool:
            subscriber = self.context.get_local("handler_")
            consumer = consumers[subscriber]
            consumer.client = subscriber.consumer
            await consumer.settle(self.msg, exc_val)
            return isinstance(exc_val, Exception)

    return Settling


async def start_consuming(broker: KafkaBroker, consumers: Sequence[BatchConsumer]) -> None:
    """Connect, join the groups, and watch the polls. Raises KafkaError or OSError; `broker.stop()` then cleans up."""
    await broker.start()
    for subscriber, consumer in zip(broker.subscribers, consumers, strict=True):
        consumer.client = subscriber.consumer  # type: ignore[attr-defined]
        consumer.watch(subscriber.consumer)  # type: ignore[attr-defined]
