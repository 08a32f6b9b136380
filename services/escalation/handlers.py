"""What arrives by Kafka: batches of attendance, of the roster, and of what became of notices."""

from collections.abc import Sequence
from functools import partial

import structlog

from services.escalation import deliveries, escalate
from services.escalation.store_release import Stop
from shared.contracts.attendance import DayClosed, MarkRecorded, MarkRetracted
from shared.contracts.notices import NoticeSent
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.contracts.topics import ATTENDANCE, NOTICES, ROSTER
from shared.messaging.consumer import Subscription
from shared.runtime.metrics import Metrics
from shared.runtime.service import Runtime


def _report(metrics: Metrics, stop: Stop) -> None:
    """A person must look: perhaps a school's whole day was marked wrong."""
    metrics.steps_stopped.labels(stop.step).inc()
    structlog.get_logger().warning(
        "step stopped: too many pupils would take it at one close",
        district=stop.district,
        school=stop.school,
        day=stop.day.isoformat(),
        step=stop.step,
        pupils=stop.pupils,
    )


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    log = runtime.log
    return (
        Subscription(
            topic=ATTENDANCE,
            group="escalation.attendance",
            types=(MarkRecorded, MarkRetracted, DayClosed),
            handler=partial(escalate.take_attendance, log, on_stop=partial(_report, runtime.metrics)),
        ),
        Subscription(
            topic=ROSTER,
            group="escalation.roster",
            types=(StudentChanged, CalendarChanged),
            handler=partial(escalate.take_roster, log),
        ),
        Subscription(
            topic=NOTICES,
            group="escalation.notices",
            types=(NoticeSent,),
            handler=partial(deliveries.take_deliveries, log),
        ),
    )
