"""`make bench`: what Rollcall is fast at, beside the same job done the usual way, in the same run on the same machine.

`python -m tests.bench NAME...` runs some of them: engine, backlog, district_close.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench import backlog, district_close, engine

ON_ENGINES: dict[str, Callable[[Path], Awaitable[None]]] = {
    "backlog": backlog.run,
    "district_close": district_close.run,
}


def main() -> None:
    wanted = sys.argv[1:] or ["engine", *ON_ENGINES]
    if "engine" in wanted:
        engine.run()
    for name in ON_ENGINES.keys() & set(wanted):
        with tempfile.TemporaryDirectory(prefix="rollcall-bench-", ignore_cleanup_errors=True) as folder:
            asyncio.run(_run(ON_ENGINES[name], Path(folder)))


async def _run(bench: Callable[[Path], Awaitable[None]], folder: Path) -> None:
    await bench(folder)


if __name__ == "__main__":
    main()
