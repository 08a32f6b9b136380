"""A full run, with dead letters in every topic: no personal value of its input stands in a log, a metric or a DLQ header."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from deploy.demo.district import District, build_district
from deploy.demo.run import run_demo
from deploy.embedded.stack import Stack, StackOptions
from shared.contracts.topics import CASES, TOPICS
from shared.messaging.dead_letters import list_letters

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(240)]

PUPILS, SEED, DAYS = 60, 11, 25


async def test_no_personal_value_outside_its_places(tmp_path: Path) -> None:
    district = build_district(PUPILS, SEED, f"demo-{PUPILS}-{SEED}")
    async with Stack(StackOptions(tmp_path / "data", clock="driven")) as stack:
        await run_demo(stack.info, PUPILS, SEED, DAYS)
        await _send_poison(stack.info.bootstrap, district)
        headers = await _dead_letter_headers(stack.info.bootstrap)
        async with httpx.AsyncClient() as client:
            metrics = "".join([(await client.get(f"{url}/metrics")).text for url in stack.info.urls.values()])
        caught = stack.catcher.messages()
    logs = "".join(path.read_text(errors="replace") for path in (tmp_path / "data" / "logs").iterdir())
    assert caught, "no notice went out: the run was not a full one"
    assert len(logs) > 1000
    assert "rollcall_consumer_lag" in metrics
    found = {
        name: sorted(_personal_values_in(text, district))
        for name, text in {"logs": logs, "metrics": metrics, "headers": headers}.items()
    }
    counts = {name: len(values) for name, values in found.items() if values}
    assert not counts, f"personal values were found (not shown here); how many, and where: {counts}"
    assert _personal_values_in(str(district.pupils[0]), district), "the search itself finds nothing"


async def _send_poison(bootstrap: str, district: District) -> None:
    """A record with personal values in each topic that somebody reads, wrong in a way that makes an error about its body."""
    pupil = district.pupils[0]
    body = (
        f'{{"district":"{district.id}","student":"{pupil.id}","given_name":"{pupil.given_name}","family_name":'
        f'"{pupil.family_name}","birth_date":"{pupil.birth_date}","email":"{pupil.guardians[0].email}",'
        f'"revision":"{pupil.guardians[0].phone}","day":"{pupil.family_name}"}}'
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for topic, kind in POISON.items():
            headers = [("ce_id", b"not an id"), ("ce_type", kind.encode()), ("ce_source", b"test")]
            await producer.send_and_wait(topic, body.encode(), key=b"test", headers=headers)
    finally:
        await producer.stop()


POISON = {
    "attendance.v1": "attendance.mark.recorded",
    "roster.v1": "roster.student.changed",
    "ladder.v1": "notice.required",
    "notices.v1": "notice.delivered",
}


async def _dead_letter_headers(bootstrap: str) -> str:
    """What our own headers of the dead letters say, once there is one of each topic that has consumers."""
    topics = [topic.name for topic in TOPICS if topic.name != CASES]
    for _ in range(60):
        letters = [await list_letters(bootstrap, topic) for topic in topics]
        if all(letters):
            return "\n".join(
                f"{one.group} {one.error_class} {one.reason} {one.topic}" for many in letters for one in many
            )
        await asyncio.sleep(0.5)
    raise AssertionError("the poison did not reach the dead letters")


def _personal_values_in(text: str, district: District) -> set[str]:
    return {value for value in _personal_values(district) if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)}


def _personal_values(district: District) -> Iterator[str]:
    for pupil in district.pupils:
        yield from (pupil.given_name, pupil.family_name, str(pupil.birth_date))
        for guardian in pupil.guardians:
            values = (guardian.given_name, guardian.family_name, guardian.email, guardian.phone, guardian.address)
            yield from (value for value in values if value)
