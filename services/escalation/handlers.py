"""What arrives by Kafka: batches of attendance, of the roster, and of what became of notices."""

from collections.abc import Sequence
from functools import partial

from services.escalation import deliveries, escalate
from shared.contracts.attendance import DayClosed, MarkRecorded, MarkRetracted
from shared.contracts.notices import NoticeSent
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.contracts.topics import ATTENDANCE, NOTICES, ROSTER
from shared.messaging.consumer import Subscription
from shared.runtime.service import Runtime


def subscriptions(runtime: Runtime) -> Sequence[Subscription]:
    log = runtime.log
    return (
        Subscription(
            topic=ATTENDANCE,
            group="escalation.attendance",
            types=(MarkRecorded, MarkRetracted, DayClosed),
            handler=partial(escalate.take_attendance, log),
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
