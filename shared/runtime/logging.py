"""Structured logs that cannot carry a person: only known keys pass, with ids and counts as values."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SAFE_KEYS = frozenset(
    {
        "event", "level", "timestamp", "logger", "service", "topic", "partition", "offset", "group", "count", "seconds",
        "type", "id", "ids", "error_class", "reason", "attempt", "delay", "port", "status", "method", "route", "schema",
        "broker", "lag", "pending", "migration", "marks", "closes", "pupils", "events", "dead", "channel", "kind", "state",
        "stack", "district", "school", "day", "step", "version", "records",
    }
)  # fmt: skip


def keep_safe_keys(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not known to be free of personal data; say which, so that nobody wonders."""
    dropped = sorted(entry.keys() - SAFE_KEYS)
    kept = {key: value for key, value in entry.items() if key in SAFE_KEYS}
    return {**kept, "ids": dropped, "reason": "keys not on the safe list were dropped"} if dropped else kept


def only_the_error_class(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Exceptions may quote rows and bodies in their text: log the class and the code locations, never the message."""
    error = entry.pop("exc_info", None)
    if error:
        _, value, trace = (
            sys.exc_info() if error is True else (type(error), error, getattr(error, "__traceback__", None))
        )
        entry["error_class"] = type(value).__qualname__
        entry["stack"] = _locations(trace)
    return entry


def _locations(trace: Any) -> str:
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(lines[-6:])


class _ThirdParty(logging.Handler):
    """Records of libraries: their texts are not ours. Kept are logger, level, error class, the place in the code, and
    the message only where it is a template whose arguments (which may be personal) stand apart and are left out."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        place = {} if error else {"stack": f"{record.module}.{record.funcName}:{record.lineno}"}
        template = {"reason": str(record.msg)[:120]} if record.args else {}
        structlog.get_logger().log(
            record.levelno, "library message", logger=record.name, exc_info=error, **place, **template
        )


def configure_logging(service: str, level: str = "INFO", as_json: bool = True) -> None:
    """Set up structlog and route libraries' warnings through the same filters."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_the_error_class,
            keep_safe_keys,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, handlers=[_ThirdParty()], force=True)
    _leave_one_way_out()


def _leave_one_way_out() -> None:
    """A library with a handler of its own (uvicorn has one) would write around the filters, tracebacks and all."""
    for name in logging.root.manager.loggerDict:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
