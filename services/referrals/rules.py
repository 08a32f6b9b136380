"""What a case file is checked against, as effective-dated data (`policies/*.yaml`)."""

from datetime import date
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from shared.contracts.terms import MeetingKind, NoticeKind, ServiceMethod

Need = Literal["directive_ignored", "age_12_to_17", "four_reports"]


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dated(Value):
    """Valid from and to these days, both inclusive; None is open."""

    valid_from: date | None = None
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class ChargeBasis(Dated):
    id: str
    title: str
    needs: tuple[Need, ...] = ()
    note: str | None = None


class NoticeText(Dated):
    version: str


class ServiceRule(Value):
    days: int
    methods: tuple[ServiceMethod, ...]
    statutory_only: bool


class Rules(Value):
    id: str
    version: int
    charge_basis: tuple[ChargeBasis, ...]
    notice_texts: dict[NoticeKind, tuple[NoticeText, ...]]
    service: dict[MeetingKind, ServiceRule]
    directive_days: int
    after_decline: dict[str, tuple[str, ...]]
    """Reason of the District Attorney -> what must be put right; `other` for a reason that is not in the table."""

    def tasks_after(self, reason: str | None) -> tuple[str, ...]:
        return self.after_decline.get(reason or "other", self.after_decline["other"])


def load_rules(name: str) -> Rules:
    """The rules of `policies/<name>.yaml`. Raises FileNotFoundError or pydantic.ValidationError, which name what is wrong."""
    text = files("services.referrals").joinpath("policies", f"{name}.yaml").read_text(encoding="utf-8")
    return Rules.model_validate(yaml.safe_load(text))
