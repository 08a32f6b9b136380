"""The use case of feedback: what notifications sent comes back as a contact with the family."""

from collections.abc import Sequence

from services.escalation.act import ActRequest, record
from services.escalation.ladder import Act, parse_act
from services.escalation.store import PupilKey
from shared.contracts.envelope import Event, derived_id
from shared.contracts.notices import NoticeSent
from shared.db.pool import Connection
from shared.messaging.errors import Invalid
from shared.messaging.event_log import EventLog


async def take_deliveries(log: EventLog, connection: Connection, events: Sequence[Event[NoticeSent]]) -> None:
    """An invitation that went out is an attempt to hold a conference (EC 48262): it comes back as a contact.

    A notice alone is not: it tells the family, it does not ask for a conversation (decision record 0021). Raises Invalid
    for a pupil whom the roster does not know: no notice could go out about one.
    """
    invitations = [
        event.data for event in events if event.data.kind == "meeting_invitation" and event.data.channel != "letter"
    ]
    requests = [ActRequest(PupilKey(sent.district, sent.student), _contact(sent)) for sent in invitations]
    for answer in await record(log, connection, requests):
        if answer.problem == "unknown_pupil":
            raise Invalid(answer.why)


def _contact(sent: NoticeSent) -> Act:
    return parse_act(
        {
            "id": str(derived_id("contact", sent.delivery)),
            "at": sent.at.isoformat(),
            "by": "notifications",
            "kind": "contact",
            "channel": sent.channel,
            "outcome": "no_answer",
        }
    )
