"""What a roster's contacts are good for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.contacts import address_lines, mailable, postable, reach_of, restriction_sha256, textable
from shared.contracts.roster import Guardian


@pytest.mark.parametrize("given", ["+14085550101", "(408) 555-0101", "408.555.0101", "1 408 555 0101", "4085550101"])
def test_a_number_in_any_writing_is_texted_as_e164(given: str) -> None:
    assert textable(given) == "+14085550101"


@pytest.mark.parametrize(
    "given", [None, "", "n/a", "(950) 325-9465", "555-0101", "911", "+1 408 555", "x" * 300, "+999"]
)
def test_what_is_no_number_falls_back_and_never_fails(given: str | None) -> None:
    assert textable(given) is None


@settings(max_examples=30)
@given(st.text())
def test_no_text_makes_judging_a_contact_fail(text: str) -> None:
    assert textable(text) is None or textable(text) == textable(textable(text))
    assert mailable(text) in (None, text.strip())
    assert all(address_lines(text))


@pytest.mark.parametrize("given", ["rosa@example.org", " rosa.ejemplo+school@mail.example.org "])
def test_a_plain_address_is_mailed(given: str) -> None:
    assert mailable(given) == given.strip()


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "none",
        "rosa@",
        "@example.org",
        "rosa@example",
        "rosa@example.org, jo@example.org",
        "rosa@example.org\nBcc: jo@example.org",
        "rosa <rosa@example.org>",
        "rosa@example.org>",
        "rosé@example.org",
        f"{'a' * 65}@example.org",
        f"rosa@{'a' * 64}.org",
    ],
)
def test_anything_else_is_not(given: str | None) -> None:
    assert mailable(given) is None


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ("1 Elm St, San Jose CA 95112", ["1 Elm St", "San Jose CA 95112"]),
        ("1 Elm St\nApt 4\nSan Jose CA 95112", ["1 Elm St", "Apt 4", "San Jose CA 95112"]),
        ("General Delivery", ["General Delivery"]),
    ],
)
def test_an_address_stands_in_lines(given: str, lines: list[str]) -> None:
    assert address_lines(given) == lines


def test_blank_is_no_address() -> None:
    assert postable("  ") is None


def guardian(**changed: object) -> Guardian:
    return Guardian.model_validate({"id": "g1", "given_name": "Rosa", "family_name": "Ejemplo", **changed})


@pytest.mark.parametrize(
    ("changed", "decisions", "expected"),
    [
        ({}, {}, "yes"),
        ({"restriction": "  "}, {}, "yes"),
        ({"restriction": "court order 1"}, {}, "unread"),
        ({"restriction": "court order 1"}, {restriction_sha256("court order 1"): True}, "yes"),
        ({"restriction": "court order 1"}, {restriction_sha256("court order 1"): False}, "no"),
        ({"restriction": "court order 2"}, {restriction_sha256("court order 1"): True}, "unread"),
        ({"may_receive": False, "restriction": "court order 1"}, {restriction_sha256("court order 1"): True}, "no"),
    ],
)
def test_a_restriction_blocks_until_this_text_was_read(
    changed: dict[str, object], decisions: dict[str, bool], expected: str
) -> None:
    assert reach_of(guardian(**changed), decisions, ()).permission == expected


def test_an_opted_out_phone_is_no_way_to_reach_somebody() -> None:
    rosa = guardian(phone="(408) 555-0101")
    assert reach_of(rosa, {}, {"+14085550102"}).phone == "+14085550101"
    assert reach_of(rosa, {}, {"+14085550101"}).phone is None
