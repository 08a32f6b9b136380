"""HTTP of referrals, for staff tools: cases, their packets, and whether a packet is still what its manifest says.

Nothing here sends anything out of the district: what there is are drafts.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, HTTPException, Query, Response

from services.referrals import store_cases
from services.referrals.manifest import verify
from services.referrals.settings import ReferralSettings
from shared.runtime.auth import require_staff
from shared.runtime.service import Runtime

Version = Annotated[int | None, Query(ge=1, description="an earlier version; the latest without it")]


def routers(runtime: Runtime, settings: ReferralSettings) -> Sequence[APIRouter]:
    staff = [Depends(require_staff(settings.staff_token))]
    return (_cases(runtime, staff), _packets(runtime, staff))


def _cases(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["cases"], dependencies=staff)

    @router.get("/summary")
    async def summary() -> dict[str, int]:
        """Counts over all districts: cases, packets (every version), cases that wait for facts."""
        async with runtime.pool.acquire() as connection:
            return await store_cases.summary(connection)

    @router.get("/cases")
    async def cases(
        district: str | None = None,
        state: str | None = None,
        after: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        """Cases in the order of their ids; `next` is the `after` of the next page."""
        async with runtime.pool.acquire() as connection:
            rows = await store_cases.cases(connection, district, state, after, limit)
        return {"cases": [dict(row) for row in rows], "next": rows[-1]["id"] if len(rows) == limit else None}

    @router.get("/cases/{case}")
    async def one(case: UUID) -> dict[str, Any]:
        """A case with the versions of its packet. `waiting_for` says what must come before there is one."""
        async with runtime.pool.acquire() as connection:
            found = await store_cases.case(connection, case)
            versions = await store_cases.versions(connection, case)
        if found is None:
            raise HTTPException(404, f"there is no case {case}")
        return dict(found) | {"versions": [dict(row) for row in versions]}

    return router


def _packets(runtime: Runtime, staff: list[Any]) -> APIRouter:
    router = APIRouter(prefix="/v1/cases/{case}", tags=["packets"], dependencies=staff)

    async def packet(case: UUID, version: Version = None) -> asyncpg.Record:
        async with runtime.pool.acquire() as connection:
            found = await store_cases.packet(connection, case, version)
        if found is None:
            wanted = f"version {version} of a packet" if version else "packet"
            raise HTTPException(404, f"there is no {wanted} of case {case} yet")
        return found

    Found = Annotated[asyncpg.Record, Depends(packet)]

    @router.get("/packet.pdf", response_class=Response)
    async def pdf(found: Found) -> Response:
        """The packet as PDF. It names people: for staff of the district only."""
        headers = {"Content-Disposition": f'inline; filename="case-{found["case_id"]}-v{found["version"]}.pdf"'}
        return Response(found["pdf"], media_type="application/pdf", headers=headers | _tag(found["pdf_sha256"]))

    @router.get("/manifest.json", response_class=Response)
    async def manifest(found: Found) -> Response:
        """The manifest in its canonical bytes, which `manifest_sha256` is of."""
        return Response(found["manifest"], media_type="application/json", headers=_tag(found["manifest_sha256"]))

    @router.get("/contents.json", response_class=Response)
    async def contents(found: Found) -> Response:
        """What the packet says, as data: what the hashes of the parts are of. It names people."""
        return Response(found["contents"], media_type="application/json", headers=_tag(found["contents_sha256"]))

    @router.get("/verify")
    async def check(found: Found) -> dict[str, Any]:
        """Every hash computed anew. `wrong` says in plain words what is not as it was."""
        wrong = verify(found["manifest"], found["contents"], found["pdf"], found["manifest_sha256"])
        return {"case": found["case_id"], "version": found["version"], "whole": not wrong, "wrong": wrong}

    return router


def _tag(sha256: str) -> dict[str, str]:
    return {"ETag": f'"{sha256}"', "Cache-Control": "private, no-store"}
