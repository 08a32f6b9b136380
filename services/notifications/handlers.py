"""What arrives by Kafka: the roster, and the ladder's notices."""

from collections.abc import Sequence

from services.notifications.notify import Notifier
from shared.contracts.ladder import NoticeRequired, NoticeWithdrawn
from shared.contracts.roster import CalendarChanged, StudentChanged
from shared.contracts.topics import LADDER, ROSTER
from shared.messaging.subscription import Subscription


def subscriptions(notifier: Notifier) -> Sequence[Subscription]:
    return (
        Subscription(
            topic=ROSTER,
            group="notifications.roster",
            types=(StudentChanged, CalendarChanged),
            handler=notifier.take_roster,
        ),
        Subscription(
            topic=LADDER,
            group="notifications.ladder",
            types=(NoticeRequired, NoticeWithdrawn),
            handler=notifier.take_ladder,
        ),
    )
