"""One service of the town as a process of its own, to be killed: `python -m tests.chaos.messaging.house`.

ROLLCALL_DATABASE_URL, ROLLCALL_KAFKA_BOOTSTRAP, ROLLCALL_BROKER_KIND as for any service; NAME=ingest|escalation;
KILL_LOOP, KILL_STEP, KILL_NTH: it kills itself (SIGKILL) when that loop reaches that step for the n-th time.
"""

import asyncio
import os
import signal

from shared.db.pool import open_pool
from shared.messaging.event_log import EventLog
from shared.messaging.progress import Step
from shared.messaging.runner import Messaging, OnStep
from shared.messaging.subscription import Subscription
from shared.runtime.clock import RealClock
from shared.runtime.logging import configure_logging
from shared.runtime.metrics import Metrics
from shared.runtime.settings import Settings
from tests.integration.messaging.town import marks_subscription


def killer(loop: str | None, step: str | None, nth: int) -> OnStep:
    reached = 0

    def on_step(at_loop: str, at_step: Step) -> None:
        nonlocal reached
        if (at_loop, at_step) == (loop, step):
            reached += 1
            if reached == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    return on_step


async def main() -> None:
    name, settings = os.environ["NAME"], Settings()
    configure_logging(name)
    on_step = killer(os.environ.get("KILL_LOOP"), os.environ.get("KILL_STEP"), int(os.environ.get("KILL_NTH", "1")))
    async with open_pool(settings.database_url, name) as pool:
        log = EventLog(pool, name)
        subscriptions: list[Subscription] = [marks_subscription(log)] if name == "escalation" else []
        messaging = Messaging(settings, pool, log, RealClock(), Metrics(), subscriptions, on_step)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, messaging.stop)
        await asyncio.gather(messaging.run_relay(), messaging.run_consumers())


if __name__ == "__main__":
    asyncio.run(main())
