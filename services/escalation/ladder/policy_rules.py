"""Rules of their own, for packs that do not count by California's reports and letters (Texas, Florida, New York)."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.escalation.ladder.policy_values import Count, Measured, Percent, Section, Threshold
from shared.contracts.terms import MeetingKind, RuleAction

BarringFact = Literal["pregnancy", "foster", "homeless", "severe_illness"]
DeferringFact = Literal["prevention_succeeding"]

MEETINGS: dict[RuleAction, MeetingKind] = {"request_conference": "conference", "child_study_team": "child_study_team"}
"""Actions that enter level 1, and the meeting that each asks for."""
REFERRALS: frozenset[RuleAction] = frozenset({"petition_review", "truancy_court_referral"})


class Rule(Measured):
    """When so much was missed within a window, these things are to be done. Windows never leave the school year."""

    id: str | None = None
    any_pct: Percent | None = None
    """Absent for any reason on that part of the school days enrolled; goes with `do: [chronic_absent]`."""
    same_year: Literal[True] = True
    do: Annotated[tuple[RuleAction, ...], Field(min_length=1)]
    within_school_days: Count | None = None
    defer_if: DeferringFact | None = None
    bar_if: tuple[BarringFact, ...] = ()

    @model_validator(mode="after")
    def _one_sort(self) -> Self:
        numbers = [number for number in (self.n, self.gt, self.pct, self.any_pct) if number is not None]
        if len(numbers) != 1:
            raise ValueError("exactly one of n, gt, pct and any_pct is needed")
        if (self.any_pct is not None) != (self.do == ("chronic_absent",)):
            raise ValueError("any_pct goes with do: [chronic_absent], and chronic_absent with any_pct")
        return self

    @cached_property
    def name(self) -> str:
        """Its id, or what it says, such as `3_in_4_weeks`."""
        if self.id:
            return self.id
        if self.any_pct is not None:
            return f"{self.any_pct:g}_percent_absent"
        number = f"{self.pct:g}_percent" if self.pct is not None else str(self.least)
        return f"{number}_in_{self.window}"

    @cached_property
    def threshold(self) -> Threshold | None:
        if self.any_pct is not None:
            return None
        return Threshold(**{name: getattr(self, name) for name in Measured.model_fields})

    @property
    def meetings(self) -> tuple[MeetingKind, ...]:
        return tuple(MEETINGS[action] for action in self.do if action in MEETINGS)

    @property
    def refers(self) -> bool:
        return not REFERRALS.isdisjoint(self.do)


class OwnRules(Section):
    """The part of a policy that is about such rules. Without rules the Californian ladder runs."""

    rules: tuple[Rule, ...] = ()
    plan_max_school_days: Count | None = None
    """A plan of prevention runs for at most so many school days: level 1 is watched no longer."""
    statutory_truancy_number: None = None
    """The statute names no number (New York)."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [rule.name for rule in self.rules]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"rules: {repeated[0]!r} stands here twice; give each rule an id of its own")
        return self

    @cached_property
    def rule_meetings(self) -> tuple[MeetingKind, ...]:
        """The meetings of level 1."""
        return tuple(dict.fromkeys(kind for rule in self.rules for kind in rule.meetings))

    @cached_property
    def bars(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(fact for rule in self.rules for fact in rule.bar_if))

    @cached_property
    def deferrals(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule.defer_if for rule in self.rules if rule.defer_if))
