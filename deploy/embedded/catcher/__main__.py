"""`python -m deploy.embedded.catcher`: the catcher alone, until it is ended."""

import argparse
import signal
import sys
import threading

from deploy.embedded.catcher import start_catcher


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Catch email and texts instead of sending them, and show them on a page."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    asked = parser.parse_args()
    catcher = start_catcher(asked.smtp_port, asked.http_port, asked.host)
    print(f"SMTP on port {catcher.smtp_port}; the page, and texts, at {catcher.url}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        catcher.stop()


if __name__ == "__main__":
    main()
