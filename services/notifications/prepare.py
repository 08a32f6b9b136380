"""Makes due deliveries ready: the last checks, then the exact words. No database, no provider: it runs in a thread."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notifications.contacts import address_lines
from services.notifications.deliveries import Change, Document, State
from services.notifications.people import People
from services.notifications.policy import Drop, Hold, Reach, gate
from services.notifications.render import (
    Corrected,
    Envelope,
    NotRendered,
    Part,
    Renderer,
    Subject,
    put_into_words,
    sms_text,
)
from services.notifications.settings import NotificationsSettings, SchoolContact
from services.notifications.store import Row
from services.notifications.templates import TemplateName, Templates

NOT_RENDERED = "not_rendered"
MEDIA_TYPES = {"email": "message/rfc822", "sms": "text/plain; charset=utf-8", "letter": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The step that a delivery takes now, and what goes out with it (if anything)."""

    row: Row
    change: Change
    document: Document | None = None
    fault: str | None = None
    """Which template could not be rendered, and why."""


@dataclass(frozen=True, slots=True)
class Preparer:
    settings: NotificationsSettings
    templates: Templates
    renderer: Renderer

    def prepare(self, rows: Sequence[Row], people: People, now: datetime) -> list[Prepared]:
        return [self._prepare(row, people, now) for row in rows]

    def _prepare(self, row: Row, people: People, now: datetime) -> Prepared:
        pupil, zone = (row["district"], row["student"]), ZoneInfo(row["timezone"])
        reach = people.reach(pupil, row["guardian"], row["kind"], row["to_student"])
        obstacle = gate(row["channel"], reach, row["stopped"], now, zone)
        if obstacle:
            return Prepared(row, _not_now(row, obstacle))
        assert reach, "the gate lets nobody pass who is not in the roster"
        try:
            document = self._document(
                row, reach, people.name(pupil, reach.guardian, row["to_student"]), now.astimezone(zone)
            )
        except NotRendered as fault:
            return Prepared(row, _change(row, "held", NOT_RENDERED), fault=str(fault))
        state: State = "sent" if row["channel"] == "letter" else "attempting"
        digest = hashlib.sha256(document.content).hexdigest()
        return Prepared(row, Change(row["delivery"], state, content_sha256=digest, version=row["version"]), document)

    def _document(self, row: Row, reach: Reach, name: str, now: datetime) -> Document:
        """What this guardian gets, exactly. `now` is in the school's time zone."""
        parts = put_into_words(
            self.templates, TemplateName.parse(row["template"]), row["languages"], self._subject(row, now)
        )
        destination = reach.destination(row["channel"]) or ""
        content = self._content(row, parts, destination, name, now)
        return Document(row["delivery"], destination, MEDIA_TYPES[row["channel"]], content)

    def _content(self, row: Row, parts: list[Part], destination: str, name: str, now: datetime) -> bytes:
        match row["channel"]:
            case "email":
                return self.renderer.email(parts, self._envelope(row, destination, now))
            case "sms":
                return sms_text(parts).encode()
            case _:
                lines = [name, *address_lines(destination)]
                return self.renderer.letter(parts, lines, str(row["delivery"])[:8], now)

    def _contact(self, row: Row) -> SchoolContact:
        return self.settings.school_contacts.get(f"{row['district']}/{row['school']}", SchoolContact())

    def _subject(self, row: Row, now: datetime) -> Subject:
        sent_at = row["corrected_sent_at"]
        corrected = Corrected(sent_at.astimezone(now.tzinfo).date(), row["corrected_stands"]) if sent_at else None
        return Subject(
            given_name=row["given_name"],
            family_name=row["family_name"],
            school=row["school_name"],
            contact=self._contact(row),
            dated=now.date(),
            days=tuple(row["days"]),
            meeting=row["meeting"],
            corrected=corrected,
            to_student=row["to_student"],
        )

    def _envelope(self, row: Row, recipient: str, now: datetime) -> Envelope:
        domain = self.settings.mail_from.rpartition("@")[2]
        return Envelope(
            sender=self.settings.mail_from,
            recipient=recipient,
            message_id=f"<{row['delivery']}@{domain}>",
            dated=now,
            kind=row["kind"],
            reply_to=self._contact(row).email,
        )


def _not_now(row: Row, obstacle: Hold | Drop) -> Change:
    if isinstance(obstacle, Hold):
        return Change(row["delivery"], "held", obstacle.reason, obstacle.until, version=row["version"])
    return _change(row, "withdrawn" if obstacle.reason == "may_not_receive" else "failed", obstacle.reason)


def _change(row: Row, state: State, reason: str) -> Change:
    return Change(row["delivery"], state, reason, version=row["version"])
