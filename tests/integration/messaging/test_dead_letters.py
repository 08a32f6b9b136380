"""What strangers put on a topic: buried once with its reason, byte for byte, while everything good goes on."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.contracts.envelope import Event
from shared.contracts.topics import ATTENDANCE
from shared.db.pool import Connection
from shared.messaging.dead_letters import Letter, NoSuchLetter, list_letters, replay_letters, show_letter
from shared.messaging.errors import Invalid
from shared.messaging.replay import refill
from shared.messaging.runner import Messaging
from tests.integration.messaging.town import Town, keep_and_answer, marks, produce, records_of, until
from tests.unit.messaging.examples import headers_of, mark, record_of

pytestmark = [pytest.mark.db, pytest.mark.broker]
NAME = "Ana Example"
"""A name that a broken record carries; it may stand in no header and no reason."""


def raw(event: Event[Any], **changed: Any) -> tuple[bytes | None, bytes | None, Any]:
    record = record_of(event)
    headers = list({**headers_of(event), **changed.pop("headers", {})}.items())
    return changed.get("key", record.key), changed.get("value", record.value), headers


async def letters_of(town: Town) -> list[Letter]:
    return await list_letters(town.bootstrap, ATTENDANCE)


async def buried(town: Town, count: int) -> bool:
    return await town.all_published() and len(await letters_of(town)) == count


async def test_every_kind_of_broken_record_is_buried_with_its_reason_and_the_good_ones_are_kept(town: Town) -> None:
    good = marks(12)
    broken = {
        "header ce_id is null": raw(marks(1)[0], headers={"ce_id": None}),
        "header ce_type is not UTF-8": raw(marks(1)[0], headers={"ce_type": b"\xff\xfe"}),
        "header ce_specversion is not 1.0": (b"k", NAME.encode(), []),
        "header ce_type names no known type": raw(marks(1)[0], headers={"ce_type": b"mark.of.the.future"}),
        "type truancy.report.issued does not belong on this topic": raw(
            marks(1)[0], headers={"ce_type": b"truancy.report.issued"}
        ),
        "header ce_time has no UTC offset": raw(marks(1)[0], headers={"ce_time": b"2025-09-08T12:00:00"}),
        "the value is null": raw(marks(1)[0], value=None),
        "body: json_invalid": raw(marks(1)[0], value=b'{"student": "' + NAME.encode()),
        "?: extra_forbidden": raw(
            marks(1)[0], value=mark().model_dump_json().replace('"rev"', f'"{NAME}":1,"rev"').encode(), key=None
        ),
    }
    mixed = [record for pair in zip((raw(item) for item in good), broken.values(), strict=False) for record in pair]
    rest = [raw(item) for item in good[len(broken) :]]
    async with town.at_work():
        await produce(town.bootstrap, *mixed, *rest)
        await until(lambda: town.has(len(good)))
        await until(lambda: buried(town, len(broken)))
    letters = await letters_of(town)
    assert {letter.reason: (letter.key, letter.value, letter.headers) for letter in letters} == broken
    assert [letter.offset for letter in letters] == [2 * number + 1 for number in range(len(broken))]
    assert {(letter.topic, letter.partition, letter.group) for letter in letters} == {
        (ATTENDANCE, 0, "escalation.attendance")
    }
    assert (await town.facts(), await town.answers()) == (len(good), len(good))
    headers = [record.headers for record in await records_of(town.bootstrap, f"{ATTENDANCE}.dlq")]
    assert NAME.encode() not in b"".join(value for pairs in headers for _, value in pairs)


async def test_a_record_that_comes_again_is_buried_once(town: Town) -> None:
    bad = raw(marks(1)[0], value=b"{")
    async with town.ingest.open(), town.escalation.open(town.marks()):
        await produce(town.bootstrap, bad, raw(marks(1)[0]))
        await until(lambda: buried(town, 1))
    async with town.escalation.open(town.marks()) as again:
        await until(lambda: is_assigned(again))
        client = again.consumers[0].client
        assert client is not None
        for partition in client.assignment():
            client.seek(partition, 0)
        await until(lambda: read_again(town, 4))
    assert await town.escalation.count("event_log WHERE dead_letter_headers IS NOT NULL") == 1
    assert await town.facts() == 1


async def is_assigned(messaging: Messaging) -> bool:
    client = messaging.consumers[0].client
    return client is not None and bool(client.assignment())


async def read_again(town: Town, records: int) -> bool:
    seen = town.escalation.metrics.registry.get_sample_value(
        "rollcall_batch_records_sum", {"group": "escalation.attendance"}
    )
    return seen == records


async def test_when_the_fault_is_mended_the_records_are_sent_again_byte_for_byte(town: Town) -> None:
    mended = False
    inner = keep_and_answer(town.escalation.log)

    async def handle(connection: Connection, events: Sequence[Event[Any]]) -> None:
        if not mended and any(item.data.sequence % 5 == 0 for item in events):
            raise Invalid("sequence is a multiple of five")
        await inner(connection, events)

    async with town.ingest.open(), town.escalation.open(town.marks(handle)):
        await town.ingest.say(marks(20))
        await until(lambda: buried(town, 4))
        assert await town.facts() == 16
        letters = await letters_of(town)
        assert {letter.reason for letter in letters} == {"sequence is a multiple of five"}
        mended = True
        assert await replay_letters(town.bootstrap, ATTENDANCE, [letters[0].position]) == 1
        await until(lambda: town.has(17))
        assert await replay_letters(town.bootstrap, ATTENDANCE) == 4
        await until(lambda: town.has(20))
    assert (await town.facts(), await town.answers()) == (20, 20)
    sent = [
        (record.key, record.value, tuple(record.headers)) for record in await records_of(town.bootstrap, ATTENDANCE)
    ]
    for letter in letters:
        copies = sent.count((letter.key, letter.value, tuple(letter.headers)))
        assert copies == (3 if letter == letters[0] else 2)


async def test_a_letter_is_found_by_its_position_and_one_that_is_not_there_is_named(town: Town) -> None:
    async with town.at_work():
        await produce(town.bootstrap, raw(marks(1)[0], value=b"{"), (None, None, [("x", None)]))
        await until(lambda: buried(town, 2))
    first, second = await letters_of(town)
    assert await show_letter(town.bootstrap, ATTENDANCE, first.position) == first
    with pytest.raises(NoSuchLetter, match="no dead letter at 99"):
        await replay_letters(town.bootstrap, ATTENDANCE, [first.position, 99])
    with pytest.raises(NoSuchLetter, match=f"at {second.position} has neither key nor value"):
        await replay_letters(town.bootstrap, ATTENDANCE)
    assert len(await records_of(town.bootstrap, ATTENDANCE)) == 2


async def test_dead_letters_are_not_refilled__their_records_come_again_by_themselves(town: Town) -> None:
    async with town.at_work():
        await produce(town.bootstrap, raw(marks(1)[0], value=b"{"))
        await until(lambda: buried(town, 1))
    async with town.escalation.log.transaction() as connection:
        assert await refill(connection) == 0
