"""`rollcall up`: a stack in the foreground, with or without the demo, until it is told to stop."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from rich.console import Console
from rich.live import Live

from deploy.embedded.stack import Stack, StackOptions
from deploy.embedded.state import StackInfo
from deploy.numbers import collect
from deploy.terminal import View, addresses, plain

SCREEN_SECONDS = 0.5
PLAIN_SECONDS = 2.0
QUIET_SECONDS = 30.0
"""Without news, a plain line is printed this often all the same."""
SETTLED_AFTER = 2.0

Work = Callable[[StackInfo, Callable[[str], None]], Awaitable[None]]
"""Something to do with a serving stack; it reports one line of progress at a time."""


async def serve(options: StackOptions, work: Work | None = None, leave: bool = False) -> int:
    """Serve until Ctrl-C or SIGTERM, or with `leave` until `work` is done and everything that follows from it has settled.

    Returns the exit code: 1 if `work` failed, else 0. Raises what `Stack` raises.
    """
    screen = Screen()
    _end_on_signals(screen)
    try:
        async with Stack(options, screen.say) as stack, screen.showing(stack.info):
            await _work(stack.info, work, screen)
            if leave:
                await screen.settle()
            else:
                await asyncio.Event().wait()
    except asyncio.CancelledError:
        screen.print("stopped")
    return 1 if screen.failed else 0


def _end_on_signals(screen: "Screen") -> None:
    """The first signal cancels the main task; more of them do not disturb the stopping."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    def end() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: None)
        screen.print("stopping …")
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)


async def _work(stack: StackInfo, work: Work | None, screen: "Screen") -> None:
    if work is None:
        return
    try:
        await work(stack, screen.report)
    except Exception as error:
        screen.failed = True
        screen.say(f"the demo ended early: {plainly(error)}")


def plainly(error: Exception) -> str:
    """What went wrong, also where several things at once did."""
    if isinstance(error, ExceptionGroup):
        return "; ".join(plainly(each) for each in error.exceptions)
    return f"{type(error).__name__}: {error}"


class Screen:
    """A live view on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self.failed = False
        self.console = Console(highlight=False)
        self.live_wanted = sys.stdout.isatty()
        self.started = time.monotonic()
        self.view: View | None = None
        self.changed = time.monotonic()
        self.settled = asyncio.Event()

    def say(self, text: str) -> None:
        """Something happened to the stack itself."""
        if self.view:
            self.view.said.append(text)
        if not (self.view and self.live_wanted):
            self.print(text)

    def report(self, text: str) -> None:
        """How far the demo has come."""
        if self.view:
            self.view.progress = text

    def print(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    @asynccontextmanager
    async def showing(self, stack: StackInfo) -> AsyncIterator[None]:
        self.view = View(stack)
        if not self.live_wanted:
            self.print(f"serving after {time.monotonic() - self.started:.1f} s")
            for name, url in addresses(stack).items():
                self.print(f"{name}: {url}")
        async with asyncio.TaskGroup() as group:
            refresher = group.create_task(self._refresh(self.view))
            try:
                yield
            finally:
                refresher.cancel()
        self.print(plain(time.monotonic() - self.started, self.view.numbers, self.view.progress))

    async def _refresh(self, view: View) -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            if self.live_wanted:
                with Live(view, console=self.console, auto_refresh=False) as live:
                    while True:
                        await self._look(client, view)
                        live.refresh()
                        await asyncio.sleep(SCREEN_SECONDS)
            await self._print_changes(client, view)

    async def _print_changes(self, client: httpx.AsyncClient, view: View) -> None:
        shown, shown_at = None, 0.0
        while True:
            await self._look(client, view)
            if (view.numbers, view.progress) != shown or time.monotonic() - shown_at > QUIET_SECONDS:
                shown, shown_at = (view.numbers, view.progress), time.monotonic()
                self.print(plain(shown_at - self.started, *shown))
            await asyncio.sleep(PLAIN_SECONDS)

    async def _look(self, client: httpx.AsyncClient, view: View) -> None:
        numbers = await collect(client, view.stack)
        if numbers != view.numbers:
            view.numbers, self.changed = numbers, time.monotonic()
        elif numbers.waiting == 0 and time.monotonic() - self.changed > SETTLED_AFTER:
            self.settled.set()

    async def settle(self) -> None:
        """Wait until no event waits and no number has changed for a while."""
        self.changed = time.monotonic()
        self.settled.clear()
        await self.settled.wait()
