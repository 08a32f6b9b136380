"""Personal data cannot pass into the logs, whatever a caller or a library puts there."""

import asyncio
import gc
import json
import logging
import logging.config
import re
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from uvicorn.config import LOGGING_CONFIG

from shared.runtime.logging import configure_logging

NAME = "Zebulon Quillfeather"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What stands on stderr; fails if the invented name is in it. The root logger is given back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers[:] = []  # configure_logging closes the handlers that it replaces, and these are pytest's
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging("ingest")
    yield written
    assert NAME not in written.getvalue()
    root.handlers[:], root.level = before
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def lines(text: StringIO) -> Lines:
    """What was logged, one dict a line."""
    return lambda: [json.loads(line) for line in text.getvalue().splitlines()]


def failing() -> None:
    raise ValueError(f"no such pupil: {NAME}")


def test_known_keys_pass(lines: Lines) -> None:
    structlog.get_logger().info("marks accepted", count=3, school="north-high")
    (line,) = lines()
    assert line["event"] == "marks accepted"
    assert (line["count"], line["school"], line["service"], line["level"]) == (3, "north-high", "ingest", "info")
    assert line["timestamp"].endswith("Z")


def test_an_unknown_key_is_dropped_and_named(lines: Lines) -> None:
    structlog.get_logger().info("marks accepted", count=3, given_name=NAME, guardian={"name": NAME})
    (line,) = lines()
    assert line["ids"] == ["given_name", "guardian"]
    assert line["count"] == 3


def test_an_unknown_key_bound_to_the_context_is_dropped_too(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(pupil_name=NAME):
        structlog.get_logger().warning("notice held")
    assert lines()[0]["ids"] == ["pupil_name"]


def test_of_an_exception_only_class_and_place_are_kept(lines: Lines) -> None:
    try:
        failing()
    except ValueError:
        structlog.get_logger().exception("batch failed", topic="attendance.v1")
    (line,) = lines()
    assert line["error_class"] == "ValueError"
    assert re.fullmatch(r"test_of_an_exception\w+:\d+ > failing:\d+", line["stack"])
    assert line["topic"] == "attendance.v1"


def test_an_exception_given_as_a_value_is_treated_alike(lines: Lines) -> None:
    try:
        failing()
    except ValueError as error:
        structlog.get_logger().error("batch failed", exc_info=error)
    assert lines()[0]["error_class"] == "ValueError"


def test_a_chained_exception_s_text_is_dropped_too(lines: Lines) -> None:
    try:
        try:
            failing()
        except ValueError as error:
            raise RuntimeError(f"while looking for {NAME}") from error
    except RuntimeError:
        structlog.get_logger().exception("batch failed")
    assert lines()[0]["error_class"] == "RuntimeError"


def test_a_library_s_arguments_are_dropped(lines: Lines) -> None:
    logging.getLogger("some.package").warning("could not deliver to %s", NAME)
    (line,) = lines()
    assert line["logger"] == "some.package"
    assert line["reason"] == "could not deliver to %s"


def test_a_library_s_ready_made_text_is_dropped(lines: Lines) -> None:
    logging.getLogger("some.package").error(f"could not deliver to {NAME}")  # noqa: G004
    (line,) = lines()
    assert line["logger"] == "some.package"
    assert line["level"] == "error"
    assert re.fullmatch(r"test_logging\.test_a_library_s_ready_made_text_is_dropped:\d+", line["stack"])


def test_a_library_s_exception_text_is_dropped(lines: Lines) -> None:
    try:
        failing()
    except ValueError:
        logging.getLogger("some.package").exception("failed")
    (line,) = lines()
    assert line["error_class"] == "ValueError"


def test_an_object_logged_as_a_message_is_dropped(lines: Lines) -> None:
    logging.getLogger("some.package").error(ValueError(NAME))
    assert len(lines()) == 1


async def test_a_task_that_fails_unseen_names_no_one(lines: Lines) -> None:
    async def fail() -> None:
        failing()

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    (line,) = lines()
    assert (line["logger"], line["error_class"]) == ("asyncio", "ValueError")


def test_a_library_with_its_own_handler_is_filtered_too(
    lines: Lines, text: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn brings its own before the service is built, and logs unhandled errors of a request with their texts."""
    monkeypatch.setattr(sys, "stderr", text)
    logging.config.dictConfig({**LOGGING_CONFIG, "disable_existing_loggers": False})
    configure_logging("ingest")
    try:
        failing()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    (line,) = lines()
    assert (line["logger"], line["error_class"]) == ("uvicorn.error", "ValueError")


def test_the_level_is_respected(lines: Lines) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("some.package").info("detail")
    assert lines() == []


def test_the_readable_form_is_filtered_alike(text: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", text)  # pytest puts its own there again before the test runs
    configure_logging("ingest", as_json=False)
    try:
        failing()
    except ValueError:
        structlog.get_logger().exception("batch failed", email=NAME)
    assert "batch failed" in text.getvalue()
    assert "failing" in text.getvalue()
