"""Catches email (SMTP) and texts (HTTP of the Twilio shape) instead of sending them, and shows them on a page.

For trying out and for tests, never for production. Needs nothing but aiosmtpd and the standard library, so that it also runs
alone: `python -m deploy.embedded.catcher`. What it caught is in memory and gone with it.
"""

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from deploy.embedded.catcher.box import KEEP, Box, Caught, Filter, MailFault, TextFault
from deploy.embedded.catcher.mail import MailServer
from deploy.embedded.catcher.texts import HttpServer

__all__ = ["Box", "Catcher", "Caught", "MailFault", "TextFault", "start_catcher"]


@dataclass(frozen=True, slots=True)
class Catcher:
    """A running catcher."""

    smtp_port: int
    http_port: int
    box: Box
    servers: tuple[MailServer | HttpServer, ...]

    @property
    def url(self) -> str:
        """Of the page; also the address of the SMS provider that it plays."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def count(self) -> int:
        """Messages caught since the start."""
        return self.box.count

    def messages(self, channel: str = "", kind: str = "", to: str = "") -> list[Caught]:
        """The kept messages that fit, the newest first."""
        return self.box.newest(Filter(channel, kind, to), KEEP)

    def stop(self) -> None:
        for server in self.servers:
            server.stop()


def start_catcher(smtp_port: int = 0, http_port: int = 0, host: str = "127.0.0.1") -> Catcher:
    """Start on these ports (0: a free one), in threads of its own. Raises OSError if a port is taken."""
    with ExitStack() as opened:
        mail = opened.enter_context(socket.create_server((host, smtp_port), backlog=128))
        http = opened.enter_context(socket.create_server((host, http_port), backlog=128))
        opened.pop_all()
    box = Box()
    ports = mail.getsockname()[1], http.getsockname()[1]
    return Catcher(*ports, box, (MailServer(box, mail), HttpServer(box, http)))
