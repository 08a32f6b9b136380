"""Wiring of notifications, nothing else."""

from fastapi import FastAPI

from services.notifications.handlers import subscriptions
from services.notifications.http import routers
from services.notifications.notify import Notifier
from services.notifications.prepare import Preparer
from services.notifications.render import Renderer
from services.notifications.send import Sender
from services.notifications.settings import NotificationsSettings
from services.notifications.templates import Templates
from shared.runtime.service import Runtime, build_service


def build_app() -> FastAPI:
    """The ASGI application: `uvicorn services.notifications.app:build_app --factory`."""
    settings = NotificationsSettings()
    templates = Templates()

    def notifier(runtime: Runtime) -> Notifier:
        return Notifier(runtime.log, runtime.clock, templates)

    def sender(runtime: Runtime) -> Sender:
        return Sender(settings, runtime.pool, notifier(runtime), Preparer(settings, templates, Renderer()))

    return build_service(
        "notifications",
        settings,
        subscriptions=lambda runtime: subscriptions(notifier(runtime)),
        routers=lambda runtime: routers(runtime, settings, notifier(runtime)),
        background=lambda runtime: [sender(runtime).run],
    )
