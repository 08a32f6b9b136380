"""The SMTP side."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP

from deploy.embedded.catcher.box import Box, MailFault

Result = TypeVar("Result")


class MailHandler:
    """aiosmtpd's hooks."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        if fault := self._fault("rcpt"):
            await asyncio.sleep(fault.hang)
            return fault.reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        fault = self._fault("data")
        if fault is None or fault.taken:
            self._box.put("email", envelope.mail_from, ", ".join(envelope.rcpt_tos), envelope.content)
        if fault:
            await asyncio.sleep(fault.hang)
            return fault.reply
        return "250 OK"

    def _fault(self, at: str) -> MailFault | None:
        faults = self._box.mail_faults
        return faults.popleft() if faults and faults[0].at == at else None


class MailServer:
    """An SMTP server in a thread with a loop of its own."""

    def __init__(self, box: Box, listener: socket.socket) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="catcher-smtp", daemon=True)
        self._thread.start()
        self._server = self._there(
            self._loop.create_server(lambda: SMTP(MailHandler(box), hostname="catcher", loop=self._loop), sock=listener)
        )

    def _there(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Done in the thread: the caller may have a running loop of its own."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        self._there(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
