"""Email over SMTP: a few connections that stay open, one message after another on each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from services.notifications.providers.outcome import Later, Outcome, Refused, Sent, Unknown
from services.notifications.settings import NotificationsSettings


class Mailer:
    """Sends at most `smtp_connections` messages at a time. A message whose end was not acknowledged is Unknown."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._sender = settings.mail_from
        self._idle: asyncio.LifoQueue[SMTP] = asyncio.LifoQueue()
        for _ in range(settings.smtp_connections):
            self._idle.put_nowait(_client(settings))

    async def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    async def send(self, recipient: str, message: bytes) -> Outcome:
        async with self._client() as client:
            begun = await self._begin(client, recipient)
            return begun or await _transfer(client, message)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[SMTP]:
        client = await self._idle.get()
        try:
            yield client
        finally:
            self._idle.put_nowait(client)

    async def _begin(self, client: SMTP, recipient: str) -> Outcome | None:
        """Connect and name sender and recipient; None if the message may follow."""
        try:
            if not client.is_connected:
                await client.connect()
            await client.mail(self._sender)
            await client.rcpt(recipient)
        except SMTPConnectError:
            return Later("the mail server cannot be reached")
        except SMTPRecipientRefused as error:
            await _reset(client)
            return _judge(error, "the recipient's address")
        except SMTPResponseException as error:
            client.close()
            return Later(f"the mail server does not let us send (SMTP {error.code})")
        except (SMTPException, OSError) as error:
            client.close()
            return Later(f"the mail server did not answer ({type(error).__name__})")
        return None


async def _transfer(client: SMTP, message: bytes) -> Outcome:
    """From here on a missing answer leaves open whether the server has the message."""
    try:
        await client.data(message)
    except SMTPResponseException as error:
        return _judge(error, "the message")
    except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
        client.close()
        return Unknown(f"no answer after the message was sent ({type(error).__name__})")
    return Sent(None)


def _judge(error: SMTPResponseException, what: str) -> Outcome:
    if 500 <= error.code < 600:
        return Refused(f"the mail server refused {what} (SMTP {error.code})")
    return Later(f"the mail server put off {what} (SMTP {error.code})")


async def _reset(client: SMTP) -> None:
    try:
        await client.rset()
    except (SMTPException, OSError):
        client.close()


def _client(settings: NotificationsSettings) -> SMTP:
    password = settings.smtp_password
    return SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        timeout=settings.provider_timeout,
    )
