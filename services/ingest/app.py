"""Wiring of ingest, nothing else."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from services.ingest import http
from services.ingest.edfi import http as edfi
from services.ingest.edfi.http import install_problems
from services.ingest.requests import install_errors
from services.ingest.settings import IngestSettings
from shared.runtime.service import Runtime, build_service


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    return (*http.routers(runtime), *edfi.routers(runtime))


def install(app: FastAPI) -> FastAPI:
    """What a refusal looks like, everywhere in `app`."""
    install_errors(app)
    install_problems(app)
    return app


def build_app() -> FastAPI:
    """The ASGI application: `uvicorn services.ingest.app:build_app --factory`."""
    return install(build_service("ingest", IngestSettings(), routers=routers, needs_broker=False))
