"""Everything that was decided about one pupil in one school year."""

from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter

from shared.contracts.terms import LEGAL_NOTICES, CaseEnd, Level, MeetingKind, NoticeKind, WaitCause

Disposition = Literal["open", "held", "no_show_documented", "waived"]
Proposed = Literal["none", "level_3", "enforcement"]
NoticeState = Literal["required", "withdrawn", "corrected", "basis_changed"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """A school day that counts towards truancy."""

    day: date
    full_day: bool
    marks: tuple[UUID, ...]
    periods: int = 1
    """Whole periods missed without excuse; those of a full day are all scheduled ones, 1 where the school names none."""
    verified: bool = True
    """False: only because an unverified mark matured is it an occasion, or a full day."""
    imported: bool = False
    """Verified by another district."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report to the attendance supervisor. `days` are the occasions that it still lists."""

    id: UUID
    day: date
    """The day whose close issued it."""
    at: AwareDatetime
    initial: bool
    days: tuple[date, ...]
    voided: bool = False
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that a family was to be given. `days` are the occasions that it rests on and that still count."""

    id: UUID
    kind: NoticeKind
    day: date
    at: AwareDatetime
    days: tuple[date, ...] = ()
    state: NoticeState = "required"
    act: UUID | None = None
    """For an invitation: the act that scheduled the meeting."""
    past: bool = False
    """Of an earlier school year: kept, but no longer in the sequence."""

    @property
    def counts(self) -> bool:
        """Does it count in the sequence of legal notices?"""
        return not self.past and self.kind in LEGAL_NOTICES and self.state in ("required", "basis_changed")


@dataclass(frozen=True, slots=True)
class Entry:
    """When a level was last entered. A level can be entered again, after it was left."""

    level: Level
    at: AwareDatetime
    monitored_from: date
    """Improvement is counted from here: the entry, or the step down into this level."""
    acts_since: AwareDatetime | None = None
    """Entered again: only what people did later counts for the disposition. None: the whole year counts."""


@dataclass(frozen=True, slots=True)
class Referral:
    """A named person referred the pupil to the SARB."""

    at: AwareDatetime
    day: date
    basis: str | None


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A named person said no to a step. Only an occasion after `day` brings it back."""

    step: Level
    day: date
    basis: str | None = None
    """A fact that bars the step for the whole school year, where the policy names such facts."""


@dataclass(frozen=True, slots=True)
class MetRule:
    """A rule of the pack that is met, and what followed from it."""

    rule: str
    day: date
    """The day whose close found it met."""
    days: tuple[date, ...]
    due_by: date | None = None
    notice: UUID | None = None
    report: UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step whose rule is met and that is not released yet."""

    step: Level
    since: date
    cause: WaitCause
    until: date | None = None
    gate: Literal["policy", "person", "released"] = "policy"
    """Who may still keep it back: the policy, only a person, or nobody but a kill switch."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A named person waived the meeting that a level asks for."""

    level: Level
    at: AwareDatetime


AgreementState = Literal["open", "breached", "completed", "expired", "set_aside"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement that the family signed. `act` is the meeting's, `until` the last day of its term."""

    act: UUID
    kind: MeetingKind
    signed: date
    until: date
    state: AgreementState = "open"
    breached_on: date | None = None


@dataclass(frozen=True, slots=True)
class DirectiveState:
    """What was said about the latest directive of the SARB."""

    act: UUID
    breached: tuple[str, ...] = ()
    """Items."""
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The SARB watches from the day after `since`; `reported` progress reports were due."""

    since: date
    reported: int = 0


@dataclass(frozen=True, slots=True)
class PupilState:
    school_year: str
    through: date | None = None
    """The latest day whose close was judged."""
    occasions: tuple[Occasion, ...] = ()
    reports: tuple[Report, ...] = ()
    notices: tuple[Notice, ...] = ()
    level: Level = "prevention"
    entries: tuple[Entry, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    rules_met: tuple[MetRule, ...] = ()
    proposed: Proposed = "none"
    on_hold: bool = False
    dismissals: tuple[Dismissal, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    level_1_disposition: Disposition = "open"
    level_2_disposition: Disposition = "open"
    meetings_required: tuple[MeetingKind, ...] = ()
    habitual: bool = False
    chronic_truant: bool = False
    chronic_absent: bool = False
    severely_absent: bool = False
    days_absent: int = 0
    reportable_from: date | None = None
    """The day from which the state counts this pupil's absences (31 expected days)."""
    review: bool = False
    referral: Referral | None = None
    enforcement_basis: str | None = None
    agreements: tuple[Agreement, ...] = ()
    directive: DirectiveState | None = None
    monitoring: Monitoring | None = None
    imported_days: tuple[date, ...] = ()
    adult: bool = False
    closed: CaseEnd | None = None
    agency: str = ""
    """Whose record this is: the district's (empty), or that of a charter school."""
    elsewhere: tuple["PupilState", ...] = ()
    """The records of other agencies in this school year, as they stand."""
    carried_days: tuple[date, ...] = ()
    """Occasions of earlier school years since level 3 was entered: they still count for the breach of a directive."""

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(occasion.day for occasion in self.occasions)

    @property
    def court_grade_full_days(self) -> int:
        """Verified unexcused full days: what a juvenile court that ignores periods and unverified marks counts."""
        return sum(occasion.full_day and occasion.verified for occasion in self.occasions)

    @property
    def valid_reports(self) -> tuple[Report, ...]:
        return tuple(report for report in self.reports if not report.voided)

    @property
    def notices_that_count(self) -> tuple[Notice, ...]:
        return tuple(notice for notice in self.notices if notice.counts)

    def counts(self, kind: NoticeKind) -> bool:
        return any(notice.kind == kind and notice.counts for notice in self.notices)

    def waits_for(self, step: Level) -> Waiting | None:
        return next((waiting for waiting in self.waiting if waiting.step == step), None)

    def met_rule(self, name: str) -> MetRule | None:
        return next((met for met in self.rules_met if met.rule == name), None)

    def entry(self, level: Level) -> Entry | None:
        return next((entry for entry in self.entries if entry.level == level), None)


def initial_state(school_year: str) -> PupilState:
    """A pupil about whom nothing was decided yet in this school year."""
    return PupilState(school_year)


_fields_of = attrgetter(*(each.name for each in fields(PupilState)))


def judged_through(state: PupilState, day: date) -> PupilState:
    """The same state, judged through `day`. This runs at every close, where dataclasses.replace takes thrice the time."""
    if state.through == day:
        return state
    school_year, _, *others = _fields_of(state)
    return PupilState(school_year, day, *others)


_ADAPTER = TypeAdapter(PupilState)


def state_to_json(state: PupilState) -> dict[str, Any]:
    """JSON values only; `state_from_json` gives back an equal state."""
    data: dict[str, Any] = _ADAPTER.dump_python(state, mode="json", exclude_defaults=True)
    return data


def state_from_json(data: dict[str, Any]) -> PupilState:
    return _ADAPTER.validate_python(data)
