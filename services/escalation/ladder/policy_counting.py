"""What a policy says about days: which are occasions of truancy, and how far an excuse reaches."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.escalation.ladder.policy_values import Count, CountingUnit, Days, Percent, Section
from shared.contracts.terms import Reason


class Unverified(Section):
    """An absence whose reason nobody knows yet."""

    counts: bool = False
    """At once, like an unexcused one."""
    matures_after_school_days: Count = 3
    to: Literal["unexcused"] = "unexcused"


class Age(Section):
    min: Annotated[int, Field(ge=0, le=21)] = 6
    max_exclusive: Annotated[int, Field(ge=1, le=26)] = 18
    test_on: Literal["mark_date"] = "mark_date"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min >= self.max_exclusive:
            raise ValueError(f"min {self.min} must be below max_exclusive {self.max_exclusive}")
        return self


class Counting(Section):
    """When a school day is an occasion. Every threshold counts occasions, each in its own unit and window."""

    unit: CountingUnit = "occasion_day"
    window: Literal["school_year"] = "school_year"
    year_start: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] = "07-01"
    full_day: bool = True
    minutes_gt: Annotated[int, Field(ge=0, le=1440)] = 30
    period_minutes: Annotated[int, Field(ge=1, le=1440)] = 50
    """Minutes of a missed period, where the mark does not say."""
    contiguous: Literal[True] = True
    max_per_day: Literal[1] = 1
    early_out_counts: bool = True
    unverified: Unverified = Unverified()
    age: Age = Age()


class SarbCounts(Section):
    """Whether the SARB's threshold counts these too (San Diego: neither)."""

    unverified: bool = True
    """Days that count only because an unverified mark matured."""
    period: bool = True
    """Days of which only a part was missed."""


class ExcuseCap(Section):
    """For how many school days an excuse reaches; the days beyond are unexcused, unless an administrator excuses them (ADM,
    EC 48260(c)). An incident is an unbroken run of school days with that excuse; a semester is a half of the school days."""

    days: Days
    per: Literal["incident", "school_year", "calendar_month", "semester"] = "incident"


ExcuseCaps = dict[Reason, ExcuseCap]


class ExcusedExcessive(Section):
    """After many absences an illness needs a note; without one the day is unexcused. A mark says what the school knows: `ILL`
    that a family said so; with a note the school gives the reason that the note proves (`MED`), or excuses the day (`ADM`).

    `trigger_pct_enrolled_gt`: more than that part of the earlier school days enrolled was missed, for any reason; where it
    is not given, `doctor_note_after` so many earlier days excused. Both look at what the school said about earlier days, so
    that the rule never feeds itself. `letter_at` is for the district's own letter, which is not sent from here.
    """

    letter_at: Count = 10
    doctor_note_after: Count = 14
    trigger_pct_enrolled_gt: Percent | None = None
    min_school_days: Count = 10
    """A percentage says nothing before so many school days enrolled."""
    reasons: frozenset[Literal["ILL", "QUA"]] = frozenset({"ILL"})
    """For a pupil's own child (CHD) no note may be asked for (EC 48205)."""
    unnoted_becomes: Literal["unexcused"] = "unexcused"
    enabled: bool = False
