"""What a policy says about reports and statuses: mostly statute (Education Code, Welfare and Institutions Code)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.escalation.ladder.policy_values import Count, Days, Percent, Section
from shared.contracts.terms import ContactChannel


class Reports(Section):
    first_at_occasions: Count = 3
    then: Literal["one_per_nightly_run_with_new_occasion"] = "one_per_nightly_run_with_new_occasion"
    recipient: Literal["attendance_supervisor"] = "attendance_supervisor"


class Effort(Section):
    """The conscientious effort to hold a conference (EC 48262)."""

    attempts: Count = 1
    after: Literal["report_1"] = "report_1"
    channels: frozenset[ContactChannel] = frozenset({"phone", "email", "letter", "visit"})
    hard_bounce_counts: bool = False


class Habitual(Section):
    reports: Count = 3
    effort: Effort = Effort()


Complied = Annotated[
    Literal["48260", "48260.5", "48261", "48262", "48263", "48291"],
    BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value),
]
"""A section of the Education Code that was complied with; YAML reads it as a number where it stands without quotes."""


class ChronicTruant(Section):
    unexcused_pct_gte: Percent = 10
    denom: Literal["schooldays_since_enrolment"] = "schooldays_since_enrolment"
    requires: frozenset[Complied] = frozenset({"48260", "48260.5", "48261", "48262", "48263", "48291"})


class ChronicAbsent(Section):
    any_pct_gte: Percent = 10
    state_report_min_days: Count = 31
    early_warning_min_days: Count = 10
    at_risk_pct: Percent = 5
    severe_pct: Percent = 20


class Petition(Section):
    """WIC 601(b)."""

    ages: tuple[int, int] = (12, 17)
    """Both included."""
    reports: Count = 4
    human_only: Literal[True] = True


class FirstNotice(Section):
    """Which text of the first notice (EC 48260.5) is in force when."""

    template: dict[str, tuple[date, date | None]] = Field(
        default_factory=lambda: {"V1": (date(2010, 10, 19), date(2025, 6, 30)), "V2": (date(2025, 7, 1), None)}
    )
    due_school_days: Days = 3
    forbid_words_V2: tuple[str, ...] = ("prosecut", "driv", "accompany")


class ChargeBasis(Section):
    id: str
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day on which it may be used."""
    suggest: bool = True
