"""A policy pack: the numbers and choices that the ladder judges with. Values that this engine does not implement are errors."""

from datetime import date
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.contracts.terms import ContactChannel, ServiceMethod

Days = Annotated[int, Field(ge=0, le=400)]
Count = Annotated[int, Field(ge=1, le=400)]
Percent = Annotated[float, Field(gt=0, le=100)]


class PolicyError(ValueError):
    """The pack is not valid; the message names the file, the key, and what is allowed there."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Unverified(Section):
    counts: Literal[False] = False
    matures_after_school_days: Count = 3
    to: Literal["unexcused"] = "unexcused"


class Age(Section):
    min: Annotated[int, Field(ge=0, le=21)] = 6
    max_exclusive: Annotated[int, Field(ge=1, le=26)] = 18
    test_on: Literal["mark_date"] = "mark_date"


class Counting(Section):
    """When a school day is an occasion. Units other than the occasion day and windows other than the school year belong here."""

    unit: Literal["occasion_day"] = "occasion_day"
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


class ChronicTruant(Section):
    unexcused_pct_gte: Percent = 10
    denom: Literal["schooldays_since_enrolment"] = "schooldays_since_enrolment"
    requires: frozenset[Literal["48260", "48260.5", "48261", "48262", "48263", "48291"]] = frozenset(
        {"48260", "48260.5", "48261", "48262", "48263", "48291"}
    )


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

    template: dict[str, tuple[date, date | None]] = {
        "V1": (date(2010, 10, 19), date(2025, 6, 30)),
        "V2": (date(2025, 7, 1), None),
    }
    due_school_days: Days = 3
    forbid_words_V2: tuple[str, ...] = ("prosecut", "driv", "accompany")


class Letters(Section):
    """The legal notices: how many occasions each needs, and what must lie between two of them."""

    L1: Count = 3
    L2: Count = 6
    L3: Count = 9
    min_school_days_between: Days = 5
    need_new_occasion_since_last: bool = True
    need_intervention_between: bool = True
    max_per_day: Literal[1] = 1
    strict_sequence: Literal[True] = True


class LevelOne(Section):
    on: Literal["report_1"] = "report_1"
    notice_days: Days = 10
    group_first: Literal[True] = True
    monitor_school_days: Count = 30


class LevelTwo(Section):
    on: Literal["L2_letter"] = "L2_letter"
    after: tuple[Literal["L1_disposition"], ...] = ("L1_disposition",)
    kind: Literal["local_forum"] = "local_forum"
    notice_days: Days = 10
    statutory_notice_days: Days = 5
    statutory_service: frozenset[ServiceMethod] = frozenset({"certified", "personal"})
    monitor_school_days: Count = 30


class LevelThree(Section):
    on: Literal["L3_letter"] = "L3_letter"
    after: tuple[Literal["habitual", "L2_disposition_or_waiver"], ...] = ("habitual", "L2_disposition_or_waiver")
    notice_days: Days = 10
    service: frozenset[ServiceMethod] = frozenset({"certified", "first_class"})
    human: Literal[True] = True


class Breach(Section):
    new_occasions: Count = 3
    or_directive_item_failed: bool = True


class Enforcement(Section):
    after: tuple[Literal["sarb_directive>=30d"], ...] = ("sarb_directive>=30d",)
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


class ChargeBasis(Section):
    id: str
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day on which it may be used."""
    suggest: bool = True


class ExcusedExcessive(Section):
    letter_at: Count = 10
    doctor_note_after: Count = 14
    unnoted_becomes: Literal["unexcused"] = "unexcused"
    enabled: Literal[False] = False


class Policy(Section):
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
    agreement_validity: Literal["school_year"] = "school_year"
    corrections: Corrections = Corrections()
    charge_basis: tuple[ChargeBasis, ...] = ()
    excused_excessive: ExcusedExcessive = ExcusedExcessive()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        letters = self.letters
        if not letters.L1 <= letters.L2 <= letters.L3:
            raise ValueError("letters: L1, L2 and L3 must not decrease")
        if self.reports.first_at_occasions != letters.L1:
            raise ValueError("letters.L1 goes with the first report: it must equal reports.first_at_occasions")
        return self


def load_policy(text: str, source_name: str) -> Policy:
    """The pack in `text` (YAML). PolicyError names `source_name`, the key and what is allowed."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PolicyError(f"{source_name}: not YAML: {error}") from None
    return _validated(data, source_name)


def merge(policy: Policy, overrides: dict[str, Any]) -> Policy:
    """`overrides` laid over the pack, section by section; a list replaces a list. PolicyError names the key."""
    return _validated(_laid_over(policy.model_dump(), overrides), f"{policy.id} with overrides")


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = below.get(key)
        merged[key] = _laid_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _validated(data: Any, source_name: str) -> Policy:
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(_plain(problem) for problem in error.errors(include_url=False))
        raise PolicyError(f"{source_name}: {problems}") from None


def _plain(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"]) or "pack"
    return f"{where}: {'unknown key' if problem['type'] == 'extra_forbidden' else problem['msg']}"
