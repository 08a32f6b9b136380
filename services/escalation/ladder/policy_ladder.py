"""What a policy says about letters and levels: mostly the district's own ladder, and how its steps are released."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.escalation.ladder.policy_values import Count, Days, Measured, Percent, Section, Threshold
from shared.contracts.terms import ServiceMethod


class Letters(Section):
    """The legal notices: how many occasions each needs, and what must lie between two of them."""

    L1: Threshold = Threshold(n=3)
    L2: Threshold = Threshold(n=6)
    L3: Threshold = Threshold(n=9)
    min_school_days_between: Days = 5
    need_new_occasion_since_last: bool = True
    need_intervention_between: bool = True
    max_per_day: Literal[1] = 1
    strict_sequence: Literal[True] = True


class LevelOne(Measured):
    """Entered with the first notice; with a threshold of its own (`n`, `gt` or `pct`, `unit`, `window`) when that is met,
    whatever was reported."""

    on: Literal["report_1"] = "report_1"
    notice_days: Days = 10
    group_first: Literal[True] = True
    monitor_school_days: Count = 30

    @cached_property
    def own(self) -> Threshold | None:
        """The threshold of its own, if it has one."""
        if self.n is None and self.gt is None and self.pct is None:
            return None
        return Threshold(**{name: getattr(self, name) for name in Measured.model_fields})


class LevelTwo(Section):
    """`on: not_used`: the second letter goes out when it is due, and changes no level; the SARB follows level 1."""

    on: Literal["L2_letter", "not_used"] = "L2_letter"
    after: tuple[Literal["L1_disposition"], ...] = ("L1_disposition",)
    kind: Literal["local_forum"] = "local_forum"
    notice_days: Days = 10
    statutory_notice_days: Days = 5
    statutory_service: frozenset[ServiceMethod] = frozenset({"certified", "personal"})
    monitor_school_days: Count = 30


AfterStep = Literal["habitual", "L1_disposition", "L2_disposition_or_waiver", "SART_held"]
Service = Annotated[ServiceMethod, BeforeValidator(lambda value: "first_class" if value == "mail" else value)]
"""`mail` says first-class mail."""


class LevelThree(Section):
    on: Literal["L3_letter"] = "L3_letter"
    after: tuple[AfterStep, ...] = ("habitual", "L2_disposition_or_waiver")
    notice_days: Days = 10
    service: frozenset[Service] = frozenset({"certified", "first_class"})
    monitor_school_days: Count = 90
    progress_report_every: Count = 30
    csp_min_age: Annotated[int, Field(ge=0, le=18)] = 12
    human: Literal[True] = True


class Breach(Section):
    new_occasions: Count = 3
    or_directive_item_failed: bool = True


class Enforcement(Section):
    after: tuple[Literal["sarb_directive>=30d"]] = ("sarb_directive>=30d",)
    directive_days: Days = 30
    breach: Breach = Breach()
    human: Literal[True] = True


class Levels(Section):
    L1: LevelOne = LevelOne()
    L2: LevelTwo = LevelTwo()
    L3: LevelThree = LevelThree()
    ENF: Enforcement = Enforcement()


class Delay(Section):
    after_school_days: Count


ReleaseRule = Literal["automatic", "person"] | Delay


class BlastRadius(Section):
    """More pupils of one school than this at one close, and the step waits for a person. Not said: no limit."""

    pupils: Count | None = None
    share_pct: Percent | None = None
    """Of the pupils enrolled at the school."""


class Release(Section):
    """Whether a step that touches the family goes at once. Level 3 and enforcement are a person's in any case."""

    level_1: ReleaseRule = "automatic"
    level_2: ReleaseRule = "automatic"
    blast_radius: BlastRadius = BlastRadius()


class Corrections(Section):
    auto_rescind_max_level: Literal["L2"] = "L2"
    da_correction_sla_school_days: Days = 2
    reissue_after_rescission: Literal[True] = True
