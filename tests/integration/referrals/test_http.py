"""What staff tools can fetch, and that nobody else can."""

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from fastapi import FastAPI

from services.referrals.http import routers
from services.referrals.manifest import sha256
from services.referrals.settings import ReferralSettings
from shared.contracts.envelope import derived_id
from shared.runtime.clock import RealClock
from shared.runtime.metrics import Metrics
from shared.runtime.service import Runtime
from tests.integration.referrals.conftest import Referrals
from tests.unit.referrals.history import CASE, DISTRICT, history

pytestmark = pytest.mark.db
PACKET = f"/v1/cases/{CASE.id}"


@pytest.fixture
async def staff(referrals: Referrals) -> AsyncIterator[httpx.AsyncClient]:
    await referrals.take_all(history())
    await referrals.assembler.round()
    settings = ReferralSettings(database_url="unused", kafka_bootstrap="unused", staff_token="invented-staff-token")
    app = FastAPI()
    for router in routers(
        Runtime(settings, referrals.pool, referrals.assembler.referrer.log, RealClock(), Metrics()), settings
    ):
        app.include_router(router)
    headers = {"Authorization": "Bearer invented-staff-token"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as client:
        yield client


async def test_staff_can_fetch_a_case_and_every_file_of_its_packet(staff: httpx.AsyncClient) -> None:
    assert (await staff.get("/v1/summary")).json() == {"cases": 1, "packets": 1, "waiting": 0}
    listed = (await staff.get(f"/v1/cases?district={DISTRICT}&limit=1")).json()
    assert (listed["cases"][0]["id"], listed["next"]) == (str(CASE.id), str(CASE.id))
    assert (await staff.get(f"/v1/cases?after={listed['next']}")).json() == {"cases": [], "next": None}
    latest = (await staff.get(PACKET)).json()["versions"][-1]
    pdf = await staff.get(f"{PACKET}/packet.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert sha256(pdf.content) == latest["pdf_sha256"]
    manifest = await staff.get(f"{PACKET}/manifest.json")
    assert sha256(manifest.content) == latest["manifest_sha256"]
    contents = await staff.get(f"{PACKET}/contents.json")
    assert sha256(contents.content) == manifest.json()["contents"]["sha256"]
    assert (await staff.get(f"{PACKET}/verify")).json()["whole"] is True


@pytest.mark.parametrize("file", ["", "/packet.pdf", "/manifest.json", "/contents.json", "/verify"])
async def test_strangers_get_nothing(staff: httpx.AsyncClient, file: str) -> None:
    assert (await staff.get(f"{PACKET}{file}", headers={"Authorization": "Bearer wrong"})).status_code == 401


async def test_what_is_not_there_is_404_and_says_so(staff: httpx.AsyncClient) -> None:
    unknown = derived_id("no such case")
    assert (await staff.get(f"/v1/cases/{unknown}")).status_code == 404
    answer = await staff.get(f"/v1/cases/{unknown}/packet.pdf?version=3")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        f"there is no version 3 of a packet of case {unknown} yet",
    )


async def test_a_packet_that_was_tampered_with_is_found(staff: httpx.AsyncClient, referrals: Referrals) -> None:
    said = orjson.loads(await referrals.pool.fetchval("SELECT contents FROM packet WHERE version = 1"))
    said["parts"][1]["title"] = "Another title"
    await referrals.pool.execute("UPDATE packet SET contents = $1", orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    answer = (await staff.get(f"{PACKET}/verify?version=1")).json()
    assert answer["whole"] is False
    assert answer["wrong"][0] == "part 2 (narrative) is not what the manifest names"
