"""Callbacks are signed as the provider's own library signs them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from services.notifications.providers.sms import is_signed, signature

URL = "https://rollcall.example.org/v1/sms/status?delivery=0f0f"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+14085550101"}


def test_a_known_signature() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
    }  # fmt: skip
    assert (
        signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form.items())
        == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"))),
    st.text("abc0", min_size=1),
)
def test_both_ways_agree_with_the_providers_library(form: dict[str, str], token: str) -> None:
    validator = RequestValidator(token)
    assert validator.validate(URL, form, signature(token, URL, form.items()))
    assert is_signed(token, URL, form.items(), validator.compute_signature(URL, form))


@pytest.mark.parametrize(
    ("token", "url", "form"),
    [
        ("other", URL, FORM),
        ("token", URL + "x", FORM),
        ("token", URL, {**FORM, "MessageStatus": "failed"}),
        ("token", URL, {}),
    ],
)
def test_anything_changed_does_not_fit(token: str, url: str, form: dict[str, str]) -> None:
    assert not is_signed(token, url, form.items(), signature("token", URL, FORM.items()))


def test_a_missing_signature_does_not_fit() -> None:
    assert not is_signed("token", URL, FORM.items(), "")
