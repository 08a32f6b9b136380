"""The values that a policy pack is made of: sections, and thresholds with their unit and window."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_serializer, model_validator

Days = Annotated[int, Field(ge=0, le=400)]
Count = Annotated[int, Field(ge=1, le=400)]
Percent = Annotated[float, Field(gt=0, le=100)]

CountingUnit = Literal["occasion_day", "full_day", "day_or_part", "period"]
"""When a school day is an occasion: one long stretch missed, the full day, any part of it, or any whole period."""
Unit = CountingUnit

FIXED_WINDOWS = ("school_year", "calendar_month", "six_months_same_year", "percent_since_enrolment")
SLIDING = re.compile(r"([1-9]\d{0,2})_(school_days|calendar_days|weeks|months)")
WINDOWS = (*FIXED_WINDOWS, "<N>_school_days", "<N>_calendar_days", "<N>_weeks", "<N>_months")


def _window(value: str) -> str:
    if value not in FIXED_WINDOWS and not SLIDING.fullmatch(value):
        raise ValueError(f"{value!r} is no window; windows are {', '.join(WINDOWS)}")
    return value


Window = Annotated[str, AfterValidator(_window)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(Section):
    """What a threshold may say: `n` or more, or strictly more than `gt`, of a unit within a window; or a percentage.

    A window is met if some window of that length within the school year holds enough. Weeks are seven days, months go from a
    day to the day before the same day; `six_months_same_year` is `6_months`, which never leave the school year here.
    """

    n: Count | None = None
    gt: Days | None = None
    pct: Percent | None = None
    """With `percent_since_enrolment`: at least that part of the school days enrolled so far."""
    unit: Unit | None = None
    """Not said: the occasions themselves."""
    window: Window = "school_year"
    min_school_days: Count = 10
    """With `percent_since_enrolment`: nothing is judged before so many school days enrolled."""

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        numbers = [name for name in ("n", "gt", "pct") if getattr(self, name) is not None]
        if len(numbers) > 1:
            raise ValueError(f"{' and '.join(numbers)}: only one of them")
        if numbers and (self.pct is not None) != (self.window == "percent_since_enrolment"):
            raise ValueError("pct goes with window percent_since_enrolment, and n or gt with the other windows")
        return self

    @property
    def least(self) -> int:
        """The smallest number that is enough; 1 for a percentage."""
        if self.gt is not None:
            return self.gt + 1
        return self.n if self.n is not None else 1


class Threshold(Measured):
    """A plain number `3` is `{n: 3}`."""

    @model_validator(mode="before")
    @classmethod
    def _plain_number(cls, value: Any) -> Any:
        return {"n": value} if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _some_number(self) -> Self:
        if self.n is None and self.gt is None and self.pct is None:
            raise ValueError("one of n, gt or pct is needed, or a plain number")
        return self

    @model_serializer
    def _short(self) -> int | dict[str, Any]:
        return self.n if self.plain and self.n is not None else self.written()

    @property
    def plain(self) -> bool:
        """Are only the occasions of the school year to be counted?"""
        return self.pct is None and self.unit in (None, "occasion_day") and self.window == "school_year"

    def written(self) -> dict[str, Any]:
        """As a pack writes it."""
        said = {name: getattr(self, name) for name in ("n", "gt", "pct", "unit")}
        window = {} if self.window == "school_year" else {"window": self.window}
        least = {"min_school_days": self.min_school_days} if self.pct is not None else {}
        return {name: value for name, value in {**said, **window, **least}.items() if value is not None}

    @property
    def said(self) -> int | str:
        """For an explanation: the number, or in words."""
        if self.plain:
            return self.least
        number = f"{self.pct}%" if self.pct is not None else f"more than {self.gt}" if self.gt is not None else self.n
        unit = f" {self.unit}" if self.unit else ""
        return f"{number}{unit} in {self.window}"
