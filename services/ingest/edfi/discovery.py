"""Where a client finds everything: read before anything is sent, and without a token."""

from typing import Any

from fastapi import APIRouter, Request

from services.ingest.edfi import openapi
from services.ingest.edfi.resources import RESOURCES

PREFIX = "/edfi"


def discovery() -> APIRouter:
    router = APIRouter(prefix=PREFIX, tags=["Ed-Fi"])

    @router.get("/", include_in_schema=False)
    @router.get("")
    async def root(request: Request) -> dict[str, Any]:
        base = _base(request)
        return {
            "version": "7.3",
            "apiMode": "Shared Instance",
            "dataModels": [{"name": "Ed-Fi", "version": "5.0.0"}],
            "urls": {
                "dependencies": f"{base}/metadata/data/v3/dependencies",
                "openApiMetadata": f"{base}/metadata/",
                "oauth": f"{base}/oauth/token",
                "dataManagementApi": f"{base}/data/v3/",
            },
        }

    @router.get("/metadata/data/v3/dependencies")
    async def dependencies() -> list[dict[str, Any]]:
        """The resources in the order in which they can be sent."""
        return [
            {"resource": f"/ed-fi/{name}", "order": order, "operations": ["Create", "Update"]}
            for order, name in enumerate(RESOURCES, 1)
        ]

    @router.get("/metadata/")
    async def metadata(request: Request) -> list[dict[str, str]]:
        base = f"{_base(request)}/metadata/data/v3"
        return [
            {"name": name, "endpointUri": f"{base}/{name.lower()}/swagger.json", "prefix": ""}
            for name in ("Resources", "Descriptors")
        ]

    @router.get("/metadata/data/v3/resources/swagger.json")
    async def resources(request: Request) -> dict[str, Any]:
        return openapi.document(_base(request))

    @router.get("/metadata/data/v3/descriptors/swagger.json")
    async def descriptors(request: Request) -> dict[str, Any]:
        return openapi.empty_document(_base(request))

    return router


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{PREFIX}"
