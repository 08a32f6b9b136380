"""Text messages through an HTTP API of the Twilio shape, and the signatures of its callbacks."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import httpx

from services.notifications.providers.outcome import Later, Outcome, Refused, Sent, Unknown
from services.notifications.settings import NotificationsSettings

OPTED_OUT = 21610
REFUSALS = {
    OPTED_OUT: "the recipient wants no texts",
    21211: "not a phone number",
    21408: "texts to this region are not enabled",
    21612: "the carrier cannot be reached",
    21614: "not a mobile number",
    30003: "the phone cannot be reached",
    30004: "the message was blocked",
    30005: "the number is not in service",
    30006: "a land line, or a carrier that cannot be reached",
    30007: "the carrier filtered the message",
    30034: "our number is not registered with the carriers",
}


class Texter:
    """Sends at most `sms_connections` messages at a time. There is no idempotency key: no answer means Unknown."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._from = settings.sms_from
        self._callback = status_url(settings.public_url) if settings.public_url else None
        self._path = f"/2010-04-01/Accounts/{settings.sms_account}/Messages.json"
        self._turns = asyncio.Semaphore(settings.sms_connections)
        self._http = httpx.AsyncClient(
            base_url=settings.sms_url,
            auth=(settings.sms_account, settings.sms_token.get_secret_value()),
            timeout=settings.provider_timeout,
            limits=httpx.Limits(max_connections=settings.sms_connections),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, recipient: str, text: str, delivery: UUID) -> Outcome:
        form = {"To": recipient, "From": self._from, "Body": text}
        if self._callback:
            form["StatusCallback"] = f"{self._callback}?delivery={delivery}"
        async with self._turns:
            try:
                return _judge(await self._http.post(self._path, data=form))
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                return Later(f"the SMS provider cannot be reached ({type(error).__name__})")
            except httpx.HTTPError as error:
                return Unknown(f"no answer from the SMS provider ({type(error).__name__})")


def status_url(public_url: str) -> str:
    return f"{public_url.rstrip('/')}/v1/sms/status"


def incoming_url(public_url: str) -> str:
    return f"{public_url.rstrip('/')}/v1/sms/incoming"


def _judge(response: httpx.Response) -> Outcome:
    body = _body(response)
    if response.is_success:
        return (
            Sent(body["sid"])
            if isinstance(body.get("sid"), str)
            else Unknown("the SMS provider's answer made no sense")
        )
    if response.status_code in (401, 403, 408, 429) or response.status_code >= 500:
        return Later(f"the SMS provider answered {response.status_code}")
    code = body.get("code")
    known = REFUSALS.get(code, "a person should look it up") if isinstance(code, int) else "without a code"
    return Refused(f"the SMS provider refused ({response.status_code}, code {code}): {known}", code == OPTED_OUT)


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def signature(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """X-Twilio-Signature over a callback: HMAC-SHA1 of the full address and the sorted form fields, base64."""
    text = url + "".join(key + value for key, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(token: str, url: str, form: Iterable[tuple[str, str]], given: str) -> bool:
    return hmac.compare_digest(signature(token, url, form).encode(), given.encode())
