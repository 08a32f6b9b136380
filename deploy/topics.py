"""Creates the topics of `shared.contracts.topics` and their dead-letter topics where they do not exist yet.

As a job (`python -m deploy.topics`): `ROLLCALL_KAFKA_BOOTSTRAP`, and `ROLLCALL_REPLICAS` (1) copies of each partition.
"""

import asyncio
import os

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.contracts.topics import TOPICS, TopicShape, dead_letter_topic

COMPACTED = {"cleanup.policy": "compact"}


def _new_topics(topic: TopicShape, replicas: int) -> list[NewTopic]:
    return [
        NewTopic(topic.name, topic.partitions, replicas, topic_configs=COMPACTED if topic.compacted else {}),
        NewTopic(dead_letter_topic(topic.name), 1, replicas),
    ]


async def create_topics(bootstrap: str, replicas: int = 1) -> list[str]:
    """Create what is missing and return the names that were created. Raises KafkaError for anything but 'exists already'."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        wanted = [new for topic in TOPICS for new in _new_topics(topic, replicas) if new.name not in existing]
        if not wanted:
            return []
        answer = await admin.create_topics(wanted)
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error
        return [new.name for new in wanted]
    finally:
        await admin.close()


def main() -> None:
    """The job: settings from the environment, one line with what was created."""
    replicas = int(os.environ.get("ROLLCALL_REPLICAS", "1"))
    created = asyncio.run(create_topics(os.environ["ROLLCALL_KAFKA_BOOTSTRAP"], replicas))
    print(f"created: {', '.join(created) or 'nothing new'}")


if __name__ == "__main__":
    main()
