"""Wiring of escalation, nothing else."""

from fastapi import FastAPI

from services.escalation.handlers import subscriptions
from services.escalation.http import routers
from services.escalation.settings import EscalationSettings
from shared.runtime.service import build_service


def build_app() -> FastAPI:
    """The ASGI application: `uvicorn services.escalation.app:build_app --factory`."""
    settings = EscalationSettings()
    return build_service("escalation", settings, subscriptions=subscriptions, routers=routers)
