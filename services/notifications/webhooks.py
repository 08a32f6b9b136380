"""What the SMS provider tells us: what became of a text, and what families answer. Every call must be signed."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response

from services.notifications import holds
from services.notifications.contacts import textable
from services.notifications.deliveries import Change, State
from services.notifications.notify import Notifier
from services.notifications.providers.sms import REFUSALS, incoming_url, is_signed, status_url
from services.notifications.replies import wish
from services.notifications.send import TEXT_CLASSES
from services.notifications.settings import NotificationsSettings
from shared.runtime.service import Runtime

STEPS: dict[str, tuple[State, ...]] = {
    "sent": ("sent",),
    "delivered": ("sent", "delivered"),
    "read": ("sent", "delivered"),
    "undelivered": ("failed",),
    "failed": ("failed",),
}
"""Statuses that say something new. A callback may come before the answer to our own call: then it says that one too."""

Form = dict[str, str]


def webhooks(runtime: Runtime, settings: NotificationsSettings, notifier: Notifier) -> APIRouter:
    router = APIRouter(prefix="/v1/sms", tags=["webhooks"])
    log = structlog.get_logger()

    async def status_form(request: Request) -> Form:
        return await _signed_form(request, settings, status_url)

    async def incoming_form(request: Request) -> Form:
        return await _signed_form(request, settings, incoming_url)

    @router.post("/status", status_code=204)
    async def status(delivery: UUID, form: Annotated[Form, Depends(status_form)]) -> None:
        """What became of a text. Late, repeated and reordered calls never move a delivery backwards."""
        reason = _reason(form.get("ErrorCode", ""))
        async with runtime.log.transaction() as connection:
            for state in STEPS.get(form.get("MessageStatus", ""), ()):
                change = Change(
                    delivery, state, reason if state == "failed" else None, provider_id=form.get("MessageSid")
                )
                await notifier.record(connection, [change])

    @router.post("/incoming")
    async def incoming(form: Annotated[Form, Depends(incoming_form)]) -> Response:
        """A family's answer: STOP (and free words for it) ends texts, never email or letters; START brings them back."""
        phone, wanted = textable(form.get("From")), wish(form.get("Body", ""))
        async with runtime.log.transaction() as connection:
            if phone and wanted == "stop":
                await holds.opt_out(connection, {phone}, TEXT_CLASSES, "reply", notifier.clock.now())
            elif phone and wanted == "start":
                await holds.opt_in(connection, phone)
        log.info("text came in", kind=wanted or "other")
        return Response("<Response/>", media_type="application/xml")

    return router


async def _signed_form(request: Request, settings: NotificationsSettings, address: Callable[[str], str]) -> Form:
    if settings.public_url is None:
        raise HTTPException(404, "callbacks are not set up: ROLLCALL_PUBLIC_URL is not set")
    form = [(key, value) for key, value in (await request.form()).multi_items() if isinstance(value, str)]
    query = f"?{request.url.query}" if request.url.query else ""
    given = request.headers.get("X-Twilio-Signature", "")
    if not is_signed(settings.sms_token.get_secret_value(), address(settings.public_url) + query, form, given):
        raise HTTPException(403, "the signature does not fit")
    return dict(form)


def _reason(code: str) -> str:
    known = REFUSALS.get(int(code)) if code.isdecimal() else None
    return f"not delivered (code {code or 'missing'}): {known or 'a person should look it up'}"
