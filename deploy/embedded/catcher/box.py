"""What was caught, in memory, and what is to go wrong next."""

import email
import email.policy
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property
from typing import Any, Literal

KEEP = 10_000
"""Messages kept; older ones are forgotten, but still counted."""


@dataclass(frozen=True)
class Caught:
    """One message as a family would get it."""

    number: int
    at: datetime
    channel: Literal["email", "sms"]
    sender: str
    to: str
    raw: bytes

    @cached_property
    def _mail(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @cached_property
    def kind(self) -> str:
        return str(self._mail["X-Rollcall-Notice"] or "") if self.channel == "email" else "text"

    @property
    def subject(self) -> str:
        return str(self._mail["Subject"] or "") if self.channel == "email" else ""

    @property
    def message_id(self) -> str:
        return str(self._mail["Message-ID"] or "") if self.channel == "email" else ""

    @property
    def text(self) -> str:
        return self._body("plain") if self.channel == "email" else self.raw.decode()

    @property
    def html(self) -> str:
        return self._body("html") if self.channel == "email" else ""

    def _body(self, subtype: Literal["plain", "html"]) -> str:
        part = self._mail.get_body((subtype,))
        return str(part.get_content()) if part else ""

    def as_json(self) -> dict[str, Any]:
        names = ("number", "channel", "kind", "sender", "to", "subject", "message_id", "text", "html")
        return {"at": self.at.isoformat(), **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Filter:
    channel: str = ""
    kind: str = ""
    to: str = ""

    def fits(self, message: Caught) -> bool:
        wanted = ((self.channel, message.channel), (self.to, message.to))
        return all(want in has for want, has in wanted) and (not self.kind or self.kind == message.kind)


@dataclass(frozen=True, slots=True)
class MailFault:
    """How one email goes wrong: an SMTP `reply` at RCPT or after DATA, or silence of `hang` seconds first."""

    reply: str = "450 try again later"
    at: Literal["rcpt", "data"] = "rcpt"
    hang: float = 0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class TextFault:
    """How one text goes wrong: an HTTP `status` with an error `code`, garbage as body, or silence of `hang` seconds first.
    `taken`: the message was accepted all the same."""

    status: int = 500
    code: int | None = None
    hang: float = 0
    taken: bool = False
    garbage: bool = False


@dataclass(slots=True)
class Box:
    """What was caught, and what is to go wrong next. For many threads at once."""

    messages: deque[Caught] = field(default_factory=lambda: deque(maxlen=KEEP))
    count: int = 0
    mail_faults: deque[MailFault] = field(default_factory=deque)
    text_faults: deque[TextFault] = field(default_factory=deque)
    opted_out: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, channel: Literal["email", "sms"], sender: str, to: str, raw: bytes) -> Caught:
        with self.lock:
            self.count += 1
            message = Caught(self.count, datetime.now(UTC), channel, sender, to, raw)
            self.messages.append(message)
        return message

    def newest(self, wanted: Filter, limit: int) -> list[Caught]:
        with self.lock:
            messages = list(self.messages)
        found: Iterator[Caught] = (message for message in reversed(messages) if wanted.fits(message))
        return [message for message, _ in zip(found, range(limit), strict=False)]

    def get(self, number: int) -> Caught | None:
        with self.lock:
            return next((message for message in self.messages if message.number == number), None)
