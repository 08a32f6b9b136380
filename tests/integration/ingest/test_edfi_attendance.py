"""Ed-Fi's attendance events are many documents; a pupil's day has one mark."""

from itertools import permutations
from typing import Any

import pytest

from tests.integration.ingest.conftest import Ingest
from tests.integration.ingest.edfi_client import EdFi, event, with_a_student

pytestmark = pytest.mark.db
EVENTS = "studentSchoolAttendanceEvents"
UNEXCUSED, EXCUSED = event("Unexcused Absence"), event("Excused Absence")


async def holding(ingest: Ingest) -> str | None:
    """What holds for the day: the excuse of the mark with the highest rank, None if it was taken back."""
    said = await ingest.said("attendance.mark.recorded", "attendance.mark.retracted")
    last = max(said, key=lambda one: (one["rev"], one["sequence"]))
    return None if last["type"].endswith("retracted") else last["excuse"]


async def delete(client: EdFi, document: dict[str, Any]) -> None:
    """As clients do it: look the id up by the natural key; where there is none, there is nothing to delete."""
    category = document["attendanceEventCategoryDescriptor"].replace("#", "%23")
    query = f"attendanceEventCategoryDescriptor={category}&eventDate={document['eventDate']}"
    for item in (await client.ask("GET", f"{EVENTS}?{query}", 200)).json():
        await client.ask("DELETE", f"{EVENTS}/{item['id']}", 204)


# The unexcused event is there already, as in a re-code: it is posted again (a client that is not sure), the excused one
# is posted, the unexcused one is deleted. Only where the post comes after the delete does the unexcused absence stand
# again; then the later word holds.
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("UED", "excused"),
        ("UDE", "excused"),
        ("EUD", "excused"),
        ("EDU", "unexcused"),
        ("DUE", "excused"),
        ("DEU", "unexcused"),
    ],
)
@pytest.mark.parametrize("already_there", [True, False])
async def test_a_recode_in_any_order(ingest: Ingest, order: str, expected: str, already_there: bool) -> None:
    client = await with_a_student(ingest)
    if already_there:
        await client.post(EVENTS, UNEXCUSED)
    for step in order:
        if step == "D":
            await delete(client, UNEXCUSED)
        else:
            await client.http.post(
                f"/edfi/data/v3/ed-fi/{EVENTS}", json=UNEXCUSED if step == "U" else EXCUSED, headers=client.headers
            )
    assert await holding(ingest) == expected


def test_all_orders_are_there() -> None:
    assert {"".join(order) for order in permutations("UED")} == {"UED", "UDE", "EUD", "EDU", "DUE", "DEU"}


async def test_the_certification_script(ingest: Ingest) -> None:
    """Two created, a reason added to both, one deleted."""
    client = await with_a_student(ingest)
    first = await client.post(EVENTS, event("Unexcused Absence", "2025-09-08"))
    second = await client.post(EVENTS, event("Tardy", "2025-09-09"))
    await client.ask("PUT", first, 204, event("Unexcused Absence", "2025-09-08", attendanceEventReason="no note"))
    await client.ask("PUT", second, 204, event("Tardy", "2025-09-09", attendanceEventReason="bus"))
    await client.ask("DELETE", first, 204)
    said = await ingest.said("attendance.mark.recorded", "attendance.mark.retracted")
    assert [(one["type"].rpartition(".")[2], one["day"], one.get("status")) for one in said] == [
        ("recorded", "2025-09-08", "absent"),
        ("recorded", "2025-09-09", "tardy"),
        ("retracted", "2025-09-08", None),
    ]
    assert said[1]["minutes"] is None
    assert said[0]["source"] == "edfi"


async def test_what_cannot_be_judged_is_parked_and_leaves_the_queue_with_its_document(ingest: Ingest) -> None:
    client = await with_a_student(ingest)
    partial = await client.post(EVENTS, event("Partial"))
    await client.post(EVENTS, event("Unexcused Absence", "2025-09-07"))  # a Sunday
    unknown = {**event("Tardy", "2025-09-10"), "attendanceEventCategoryDescriptor": "uri://example.org/Codes#Z"}
    await client.post(EVENTS, unknown)
    counts = (await ingest.ask("GET", "/v1/parked?student=s1"))["counts"]
    assert counts == {"cannot_be_judged": 1, "not_instructional": 1, "unmapped_code": 1}
    assert await ingest.said("attendance.mark.recorded") == []
    await client.ask("DELETE", partial, 204)
    table = {"codes": {"uri://example.org/Codes#Z": {"status": "tardy", "excuse": "unexcused", "minutes": 31}}}
    assert (await ingest.ask("PUT", "/v1/codes", table, 200))["released"] == 1
    assert (await ingest.ask("GET", "/v1/parked?student=s1"))["counts"] == {"not_instructional": 1}


async def test_an_identical_event_again_says_nothing(ingest: Ingest) -> None:
    client = await with_a_student(ingest)
    await client.post(EVENTS, UNEXCUSED)
    await client.post(EVENTS, EXCUSED)
    await client.post(EVENTS, UNEXCUSED, 200)
    assert await holding(ingest) == "excused"
    assert len(await ingest.said("attendance.mark.recorded")) == 2
