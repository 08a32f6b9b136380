"""Understands what a family answers to a text: no more texts, or texts again? Pure."""

import re
import unicodedata
from typing import Literal

STOP_WORDS = frozenset(
    (
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "pare",
        "parar",
        "alto",
        "basta",
        "baja",
    )
)
STOP_PHRASES = ("opt out", "no more", "do not text", "dont text", "stop texting", "no mas", "no me escriba", "no envie")
START_WORDS = frozenset(("start", "unstop", "yes", "si", "iniciar"))
POLITE = frozenset(
    (
        "please",
        "por",
        "favor",
        "thanks",
        "thank",
        "you",
        "gracias",
        "the",
        "this",
        "these",
        "all",
        "messages",
        "mensajes",
    )
)


def wish(text: str) -> Literal["stop", "start"] | None:
    """`stop` for a stop word alone or with polite words around it, or a phrase that says so; None if it says neither."""
    words = _words(text)
    meaning = [word for word in words if word not in POLITE]
    if any(phrase in " ".join(words) for phrase in STOP_PHRASES) or (meaning and set(meaning) <= STOP_WORDS):
        return "stop"
    return "start" if len(meaning) == 1 and meaning[0] in START_WORDS else None


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (
        "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("'", "").replace("\u2019", "")
    )
    return re.findall(r"[a-z]+", letters)
