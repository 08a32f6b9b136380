"""What can be said about a message after a provider was called."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message."""

    provider_id: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never take this message. `opted_out`: because the person wants no texts."""

    reason: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """It has certainly not taken it; another attempt may succeed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have taken it: to be found out by a callback or a person, never by sending again."""

    reason: str


Outcome = Sent | Refused | Later | Unknown
