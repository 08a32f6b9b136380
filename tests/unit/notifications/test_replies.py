"""What a family's answer to a text means."""

import pytest

from services.notifications.replies import wish


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Stop please", "STOPALL", "unsubscribe", "CANCEL", "End", "quit", "revoke", "opt out", "Please opt-out",
     "PARE", "Alto", "no más", "NO MAS por favor", "basta, gracias", "Don't text me",
     "do not text this number", "stop all messages"],
)  # fmt: skip
def test_no_more_texts(text: str) -> None:
    assert wish(text) == "stop"


@pytest.mark.parametrize("text", ["START", "Yes", "sí", "unstop", "iniciar"])
def test_texts_again(text: str) -> None:
    assert wish(text) == "start"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "Ana is at the bus stop",
        "Ana está enferma",
        "she will be there at the end of the day",
        "Thank you!",
        "ok",
        "please",
    ],
)
def test_anything_else_is_for_people_to_read(text: str) -> None:
    assert wish(text) is None
