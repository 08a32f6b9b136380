"""Turns a notice into what a family reads: an email, a text message or a letter, in its languages."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.settings import SchoolContact
from services.notifications.templates import FOLDER, Block, TemplateName, Templates
from shared.contracts.terms import NoticeKind

LAYOUT = FOLDER / "layout"
SMS_LIMIT = 1600
BRACES = ("{{", "}}", "{%", "%}")
"""What is left when a text went out without its values: a whole district was once texted that."""


class NotRendered(Exception):
    """A notice could not be put into words; the text names the template and the cause, never the pupil."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The notice that a correction speaks of: when it was sent and whether it still stands (with other days)."""

    sent_on: date
    stands: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice says, before it is put into words. Only this pupil, no reasons for absences."""

    given_name: str
    family_name: str
    school: str
    contact: SchoolContact
    dated: date
    days: tuple[date, ...]
    meeting: str | None = None
    corrected: Corrected | None = None
    to_student: bool = False
    """The pupil is an adult and reads it."""


@dataclass(frozen=True, slots=True)
class FilledBlock:
    text: str | None = None
    days: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """A notice in one language."""

    language: str
    letterhead: str
    page_title: str
    date: str
    subject: str
    greeting: str
    blocks: list[FilledBlock]
    closing: str
    signature: str
    foot: list[str]
    sms: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, and the ids that make a repeated message recognisable."""

    sender: str
    recipient: str
    message_id: str
    dated: datetime
    kind: NoticeKind
    reply_to: str | None = None


def put_into_words(templates: Templates, name: TemplateName, languages: Sequence[str], subject: Subject) -> list[Part]:
    """Raises NotRendered if a text is missing or names something unknown, or if a brace survives."""
    return [_part(templates, name, language, subject) for language in languages]


def _part(templates: Templates, name: TemplateName, language: str, subject: Subject) -> Part:
    try:
        part = _fill(templates, name, language, subject)
    except Exception as error:
        raise NotRendered(f"{name}/{language}: {type(error).__name__}") from None
    if any(brace in sentence for sentence in _sentences(part) for brace in BRACES):
        raise NotRendered(f"{name}/{language}: a brace was left in the text")
    return part


def _sentences(part: Part) -> list[str]:
    blocks = [sentence for block in part.blocks for sentence in (block.text or "", *block.days, *block.statements)]
    return [part.letterhead, part.subject, part.greeting, *blocks, part.closing, part.signature, *part.foot, part.sms]


def _fill(templates: Templates, name: TemplateName, language: str, subject: Subject) -> Part:
    text, words = templates.text(name, language, subject.to_student), templates.words[language]
    context = _context(subject, words.locale)

    def fill(sentence: str) -> str:
        return templates.fill(sentence, context)

    def block(block: Block) -> FilledBlock:
        if block.text is not None:
            return FilledBlock(text=fill(block.text))
        statements = [fill(statement.text) for statement in block.statements]
        return FilledBlock(days=context["days"] if block.days else [], statements=statements)

    return Part(
        language=language,
        letterhead=subject.school,
        page_title=words.page_title,
        date=_long(subject.dated, words.locale),
        subject=fill(text.subject),
        greeting=fill(text.greeting),
        blocks=[block(each) for each in text.blocks if templates.holds(each.when, context)],
        closing=fill(text.closing),
        signature=fill(text.signature),
        foot=[fill(words.contact), fill(words.access)] if text.contact else [],
        sms=fill(text.sms),
    )


def _context(subject: Subject, locale: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "pupil": {"given_name": subject.given_name, "name": f"{subject.given_name} {subject.family_name}"},
        "school": {"name": subject.school},
        "contact": subject.contact.model_dump(),
        "days": [format_date(day, "full", locale=locale) for day in subject.days],
        "meeting": subject.meeting,
    }
    if subject.days:
        context["day"] = context["days"][0]
        context["day_short"] = format_date(subject.days[0], "MMMEd", locale=locale)
    if subject.corrected:
        sent_on = _long(subject.corrected.sent_on, locale)
        context["corrected"] = {"sent_on": sent_on, "stands": subject.corrected.stands}
    return context


def _long(day: date, locale: str) -> str:
    return format_date(day, "long", locale=locale)


def sms_text(parts: Sequence[Part]) -> str:
    """Raises NotRendered if the text is longer than the provider takes."""
    text = parts[0].sms
    if len(text) > SMS_LIMIT:
        raise NotRendered(f"the text message has more than {SMS_LIMIT} characters")
    return text


class Renderer:
    """Layouts of emails and letters. Not for two threads at once (one typst compiler)."""

    def __init__(self, folder: Path = LAYOUT) -> None:
        loader = FileSystemLoader(folder)
        text = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701  (plain text)
        html = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, autoescape=True)
        self._text, self._html = text.get_template("email.txt"), html.get_template("email.html")
        self._compiler = typst.Compiler(str(folder / "letter.typ"), root=str(folder), ignore_system_fonts=True)

    def email(self, parts: Sequence[Part], envelope: Envelope) -> bytes:
        """The message as it goes over SMTP. The same envelope and parts always give the same bytes."""
        message = EmailMessage(policy=SMTP)
        message["From"] = formataddr((parts[0].letterhead, envelope.sender))
        message["To"] = envelope.recipient
        message["Subject"] = " / ".join(part.subject for part in parts)
        message["Date"] = format_datetime(envelope.dated)
        message["Message-ID"] = envelope.message_id
        message["Auto-Submitted"] = "auto-generated"
        message["X-Rollcall-Notice"] = envelope.kind
        if envelope.reply_to:
            message["Reply-To"] = envelope.reply_to
        message.set_content(self._text.render(parts=parts), cte="base64")
        message.add_alternative(self._html.render(parts=parts), subtype="html", cte="base64")
        message.set_boundary(f"=={envelope.message_id.strip('<>').partition('@')[0]}==")
        return message.as_bytes()

    def letter(self, parts: Sequence[Part], address: Sequence[str], reference: str, dated: datetime) -> bytes:
        """The letter as an accessible PDF (PDF/UA-1); `address` are the lines on the envelope. Raises NotRendered."""
        data = {"parts": [asdict(part) for part in parts], "address": address, "reference": reference}
        inputs, seconds = {"letter": json.dumps(data)}, int(dated.timestamp())
        try:
            pdf = self._compiler.compile(format="pdf", sys_inputs=inputs, timestamp=seconds, pdf_standards=["ua-1"])
        except typst.TypstError:
            raise NotRendered("the letter could not be set") from None
        assert isinstance(pdf, bytes)
        return pdf
