"""`make bench`: what Rollcall is fast at, beside the same job done the usual way, in the same run on the same machine."""

import asyncio
import tempfile
from pathlib import Path

from tests.bench import backlog, engine


def main() -> None:
    engine.run()
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-", ignore_cleanup_errors=True) as folder:
        asyncio.run(backlog.run(Path(folder)))


if __name__ == "__main__":
    main()
