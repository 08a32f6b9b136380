"""Topics, their owners and their shape. One topic per owner; `<topic>.dlq` beside each."""

from dataclasses import dataclass

ATTENDANCE = "attendance.v1"
ROSTER = "roster.v1"
LADDER = "ladder.v1"
NOTICES = "notices.v1"
CASES = "cases.v1"


@dataclass(frozen=True, slots=True)
class TopicShape:
    name: str
    owner: str
    partitions: int = 6
    compacted: bool = False


TOPICS: tuple[TopicShape, ...] = (
    TopicShape(ATTENDANCE, "ingest"),
    TopicShape(ROSTER, "ingest", compacted=True),
    TopicShape(LADDER, "escalation"),
    TopicShape(NOTICES, "notifications"),
    TopicShape(CASES, "referrals"),
)


def dead_letter_topic(topic: str) -> str:
    return f"{topic}.dlq"
