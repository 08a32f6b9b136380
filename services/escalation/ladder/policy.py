"""A policy pack: the numbers and choices that the ladder judges with. Values that this engine does not implement are errors."""

from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.escalation.ladder.policy_counting import (
    Counting,
    ExcuseCaps,
    ExcusedExcessive,
    SarbCounts,
)
from services.escalation.ladder.policy_ladder import (
    BlastRadius,
    Corrections,
    Delay,
    Letters,
    Levels,
    Release,
    ReleaseRule,
)
from services.escalation.ladder.policy_rules import OwnRules
from services.escalation.ladder.policy_statute import (
    ChargeBasis,
    ChronicAbsent,
    ChronicTruant,
    Effort,
    FirstNotice,
    Habitual,
    Petition,
    Reports,
)
from services.escalation.ladder.policy_values import Count, Section, Threshold

__all__ = ["BlastRadius", "Counting", "Delay", "Effort", "Letters", "Levels", "Policy", "ReleaseRule"]


class Texts(Section):
    """When a family is texted. Only these values: notifications is quiet from 20:00 to 08:00, which lies within."""

    quiet: tuple[Literal["21:00"], Literal["08:00"]] = ("21:00", "08:00")
    stop_scope: Literal["class"] = "class"


class Policy(OwnRules):
    id: str
    version: Count
    effective: tuple[date, date | None]
    counting: Counting = Counting()
    reports: Reports = Reports()
    habitual: Habitual = Habitual()
    chronic_truant: ChronicTruant = ChronicTruant()
    chronic_absent: ChronicAbsent = ChronicAbsent()
    petition_601b: Petition = Petition()
    notice_48260_5: FirstNotice = FirstNotice()
    letters: Letters = Letters()
    levels: Levels = Levels()
    release: Release = Release()
    after_leaving: Literal["decide", "records_only"] = "decide"
    """Once a pupil has left the district: go on with what is known of the days before, or only put the record right."""
    agreement_validity: Annotated[str, Field(pattern=r"^(school_year|[1-9]\d{0,2}d|months:[1-9]\d?)$")] = "school_year"
    """`school_year`, a number of days (`365d`), or of months (`months:6`)."""
    corrections: Corrections = Corrections()
    charge_basis: tuple[ChargeBasis, ...] = ()
    excused_excessive: ExcusedExcessive = ExcusedExcessive()

    sarb_counts: SarbCounts = SarbCounts()
    excuse_caps: ExcuseCaps = Field(default_factory=dict)
    sms: Texts = Texts()

    @model_validator(mode="after")
    def _spans_end_after_they_begin(self) -> Self:
        spans = {
            "effective": self.effective,
            **{f"notice_48260_5.template.{name}": span for name, span in self.notice_48260_5.template.items()},
            **{f"charge_basis.{each.id}": (each.valid_from, each.valid_to) for each in self.charge_basis},
        }
        for key, (begins, ends) in spans.items():
            if begins and ends and ends < begins:
                raise ValueError(f"{key}: {ends} is before {begins}")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        letters = self.letters
        for lower, higher in (("L1", "L2"), ("L2", "L3")):
            first, second = getattr(letters, lower), getattr(letters, higher)
            if _alike(first, second) and first.least > second.least:
                raise ValueError("letters: L1, L2 and L3 must not decrease")
        first_report = self.reports.first_at_occasions
        if letters.L1.plain and letters.L1.least < first_report:
            raise ValueError(
                f"letters.L1 goes with a report: it must not be below reports.first_at_occasions ({first_report})"
            )
        return self

    @model_validator(mode="after")
    def _rules_fit(self) -> Self:
        watched, plan = self.levels.L1.monitor_school_days, self.plan_max_school_days
        if plan and watched > plan:
            raise ValueError(
                f"levels.L1.monitor_school_days ({watched}) must not be above plan_max_school_days ({plan})"
            )
        for rule in self.rules:
            if rule.any_pct not in (None, self.chronic_absent.any_pct_gte):
                raise ValueError(f"rules: any_pct {rule.any_pct:g} must be chronic_absent.any_pct_gte")
        return self

    @model_validator(mode="after")
    def _units_fit(self) -> Self:
        """Parts of a day that are no occasions are not kept, so only a policy that counts parts can count them."""
        if self.counting.unit == "full_day" and not self.counting.full_day:
            raise ValueError("counting.full_day: false leaves nothing to count where counting.unit is full_day")
        for threshold in self.thresholds:
            if threshold.unit == "day_or_part" != self.counting.unit:
                raise ValueError("a threshold in day_or_part needs counting.unit: day_or_part")
        return self

    @cached_property
    def thresholds(self) -> tuple[Threshold, ...]:
        own = self.levels.L1.own
        of_rules = [rule.threshold for rule in self.rules if rule.threshold]
        return (self.letters.L1, self.letters.L2, self.letters.L3, *([own] if own else []), *of_rules)

    @cached_property
    def looks_into_days(self) -> bool:
        """Does it matter what an occasion is like, and not only that there is one?"""
        return self.sarb_counts != SarbCounts() or any(not threshold.plain for threshold in self.thresholds)


def _alike(first: Threshold, second: Threshold) -> bool:
    return (first.unit, first.window, first.pct) == (second.unit, second.window, second.pct)
