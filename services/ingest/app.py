"""Wiring of ingest, nothing else."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from services.ingest import http
from services.ingest.requests import install_errors
from services.ingest.settings import IngestSettings
from shared.runtime.service import Runtime, build_service


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    return (*http.routers(runtime),)


def build_app() -> FastAPI:
    """The ASGI application: `uvicorn services.ingest.app:build_app --factory`."""
    app = build_service("ingest", IngestSettings(), routers=routers)
    install_errors(app)
    return app
