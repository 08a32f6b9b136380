"""The pages on which the caught messages are read."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from deploy.embedded.catcher.box import Box, Caught, Filter

PAGE, LIST, ROW, MESSAGE = (
    Template((Path(__file__).parent / "pages" / f"{name}.html").read_text(encoding="utf-8"))
    for name in ("page", "list", "row", "message")
)
REFRESH = '<meta http-equiv="refresh" content="5">'


def page(box: Box, wanted: Filter) -> str:
    """The newest 200 messages that fit, the newest first."""
    shown = box.newest(wanted, 200)
    kinds = sorted({message.kind for message in box.newest(Filter(), 1000) if message.kind} | {wanted.kind} - {""})
    body = LIST.substitute(
        channels=options("every channel", ("email", "sms"), wanted.channel),
        kinds=options("every kind", kinds, wanted.kind),
        to=escape(wanted.to),
        rows="".join(map(row, shown)) or '<tr><td colspan="5">Nothing yet.</td></tr>',
    )
    note = f"{box.count} caught, the newest {len(shown)} shown" if shown else f"{box.count} caught"
    return PAGE.substitute(refresh=REFRESH, note=note, body=body)


def options(every: str, names: Iterable[str], chosen: str) -> str:
    choices = "".join(f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in names)
    return f'<option value="">{every}</option>{choices}'


def row(message: Caught) -> str:
    return ROW.substitute(
        number=message.number,
        at=f"{message.at:%H:%M:%S}",
        kind=escape(message.kind or "email"),
        to=escape(message.to),
        title=escape(message.subject or message.text[:200]),
    )


def message_page(message: Caught) -> str:
    """One message; an email's HTML in a frame that can run nothing."""
    text = f"<pre>{escape(message.text)}</pre>"
    frame = f'<iframe sandbox title="the message" src="/messages/{message.number}/html"></iframe>'
    details = {name: escape(getattr(message, name)) for name in ("sender", "to", "kind", "subject")}
    content = frame + f"<h2>As plain text</h2>{text}" if message.html else text
    body = MESSAGE.substitute(**details, at=f"{message.at:%Y-%m-%d %H:%M:%S}", content=content)
    return PAGE.substitute(refresh="", note=f"message {message.number}", body=body)
