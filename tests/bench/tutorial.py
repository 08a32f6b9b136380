"""Escalation's first step, written the way FastStream's tutorial writes a handler: one message, one transaction."""

import asyncio
import os
from typing import Annotated
from uuid import UUID

from faststream import AckPolicy, Context, FastStream
from faststream.kafka import KafkaBroker

from services.escalation import store
from shared.contracts.attendance import MarkRecorded
from shared.contracts.envelope import Event
from shared.db.pool import open_pool

broker = KafkaBroker(os.environ["ROLLCALL_KAFKA_BOOTSTRAP"], logger=None)
app = FastStream(broker)


async def main() -> None:
    async with open_pool(os.environ["ROLLCALL_DATABASE_URL"], "escalation") as pool:

        @broker.subscriber(
            "attendance.v1", group_id="tutorial", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
        )
        async def handle(mark: MarkRecorded, event_id: Annotated[str, Context("message.headers.ce_id")]) -> None:
            async with pool.acquire() as connection, connection.transaction():
                event = Event(UUID(event_id), "tutorial", mark.known_at, mark)
                await store.save_statements(connection, [event])

        await app.run()


if __name__ == "__main__":
    asyncio.run(main())
