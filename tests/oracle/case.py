"""What is known and decided about one pupil, and what follows from it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import yaml

from deploy.scenario.model import RosterEntry, Scenario
from tests.oracle.attendance import Days, Said, school_on, stays, winners

POLICIES = Path(__file__).parents[2] / "services" / "escalation" / "policies"
EVENTS = {
    "truancy.report.issued", "truancy.report.voided", "level.entered", "level.rescinded", "level.stepped_down",
    "recognition.due", "level.proposed", "enforcement.proposed", "enforcement.approved", "review.required", "act.refused",
    "meeting.cancel_offered", "meeting.notice_defective",
}  # fmt: skip
"""The events that the oracle speaks about."""
LEVELS = ["prevention", "level_1", "level_2", "level_3", "enforcement"]


def rules_of(pack: str, overrides: dict[str, Any]) -> dict[str, Any]:
    """The pack's table, with the overrides laid over it key by key."""
    rules: dict[str, Any] = yaml.safe_load((POLICIES / f"{pack}.yaml").read_text())
    _lay_over(rules, overrides)
    return rules


def _lay_over(below: dict[str, Any], above: dict[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay_over(below[key], value)
        else:
            below[key] = value


@dataclass
class Report:
    at: datetime
    days: set[date]
    void: bool = False


@dataclass
class Notice:
    kind: str
    at: datetime
    basis: set[date] = field(default_factory=set)
    state: str = ""
    meeting: tuple[str, str] = ("", "")

    @property
    def on(self) -> date:
        return self.at.date()

    @property
    def counts(self) -> bool:
        return self.state in ("", "basis_changed")

    def __str__(self) -> str:
        return f"{self.kind}:{self.state}" if self.state else self.kind


LEGAL = ("truancy_notice_1", "truancy_notice_2", "sarb_notice")


def is_attempt(act: Any) -> bool:
    return bool(act.kind == "contact" and act.outcome != "bounced")


def is_intervention_after(act: Any, since: datetime) -> bool:
    """A contact, or a meeting that was held: on its own date, where it was only written down later."""
    if act.kind == "meeting":
        return act.status == "held" and act.at > since and (act.date is None or act.date > since.date())
    return is_attempt(act) and act.at > since


class Case:
    """One pupil's case. `standing` says where the pupil is, by the names of the scenario language."""

    def __init__(self, scenario: Scenario, student: str) -> None:
        self.scenario = scenario
        self.rules = rules_of(scenario.policy, scenario.overrides)
        self.student = next(each for each in scenario.students if each.id == student)
        self.periods = {school.id: school.periods for school in scenario.schools}
        self.said: list[Said] = []
        self.moves: list[tuple[date, RosterEntry]] = []
        self.acts: list[Any] = []
        self.reports: list[Report] = []
        self.notices: list[Notice] = []
        self.meetings: list[str] = []
        self.events: set[str] = set()
        self.counted: set[date] = set()
        self.level = "prevention"
        self.monitored_from: dict[str, date] = {}
        self.entered_again: dict[str, datetime] = {}
        self.proposed = "none"
        self.turned_down: dict[str, date] = {}
        self.review = False
        self.referred = ""
        self.directive: Any = None
        self.failed_on: dict[str, date] = {}
        self.closed: date | None = None
        self.now: datetime
        self.days = Days(frozenset(), 0, 0, 0)
        self.habitual = self.chronic_truant = self.chronic_absent = False

    @property
    def count(self) -> int:
        return len(self.days.occasions)

    @property
    def valid(self) -> list[Report]:
        return [report for report in self.reports if not report.void]

    @property
    def first_at(self) -> int:
        return int(self.rules["reports"]["first_at_occasions"])

    def between(self, since: date, until: date) -> int:
        """School days after `since`, up to `until`."""
        return sum(since < day <= until for day in self.scenario.days)

    def here(self, day: date) -> bool:
        return school_on(stays(self.student, self.moves)[1], day) is not None

    def now_counts(self, kind: str) -> bool:
        return any(notice.kind == kind and notice.counts for notice in self.notices)

    def is_habitual(self) -> bool:
        if len(self.valid) < self.rules["habitual"]["reports"]:
            return False
        since = self.valid[0].at
        channels = self.rules["habitual"]["effort"]["channels"]
        return any(
            is_intervention_after(act, since) and (act.kind != "contact" or act.channel in channels)
            for act in self.acts
        )

    def is_chronic_truant(self) -> bool:
        share = 100 * self.days.unexcused_full >= self.rules["chronic_truant"]["unexcused_pct_gte"] * self.days.enrolled
        chain = bool(self.valid) and self.now_counts("truancy_notice_1") and self.habitual and bool(self.referred)
        return share and chain and self.days.unexcused_full > 0

    def is_chronic_absent(self) -> bool:
        rule = self.rules["chronic_absent"]
        enough = self.days.enrolled >= rule["early_warning_min_days"]
        return bool(enough and 100 * self.days.absent >= rule["any_pct_gte"] * self.days.enrolled)

    def disposition(self, kind: str, level: str) -> str:
        since = self.entered_again.get(level)
        acts = [act for act in self.acts if since is None or act.at > since]
        meetings = [act for act in acts if act.kind == "meeting" and act.meeting == kind]
        if any(act.status == "held" for act in meetings):
            return "held"
        group, individual = self.missed(meetings, "group"), self.missed(meetings, "individual")
        if group and individual and any(is_attempt(act) and act.at > max(group, individual) for act in acts):
            return "no_show_documented"
        waived = any(act.kind == "act" and act.step == level for act in acts)
        return "waived" if waived else "open"

    def missed(self, meetings: list[Any], form: str) -> datetime | None:
        """When a meeting was missed first. To stay away from one whose notice was defective says nothing."""
        defective = False
        for meeting in meetings:
            if meeting.status == "scheduled":
                defective = self.is_defective(meeting)
            elif meeting.status == "no_show" and meeting.form_held == form and not defective:
                return cast("datetime", meeting.at)
        return None

    def is_defective(self, act: Any) -> bool:
        """Was a notice of the meeting served too late, or in a way that does not count?"""
        level = self.rules["levels"]["L2" if act.meeting == "mediation" else "L3"]
        if act.meeting == "mediation" and act.statutory:
            days, methods = level["statutory_notice_days"], level["statutory_service"]
        elif act.meeting == "sarb":
            days, methods = level["notice_days"], None
        else:
            return False
        return any(
            (act.date is not None and (act.date - service.posted).days < days)
            or (methods and service.method not in methods)
            for service in act.served
        )

    def may_enter_2(self, reported: bool) -> bool:
        """By the second notice; or, where that was sent before the pupil stepped down, again by a new report."""
        if self.count < self.rules["letters"]["L2"] or not self.spaced():
            return False
        if self.now_counts("truancy_notice_2"):
            return reported
        return self.disposition("sart", "level_1") != "open" and (reported or self.level == "level_1")

    def may_propose_3(self) -> bool:
        enough = self.count >= self.rules["letters"]["L3"] and self.habitual
        return enough and self.disposition("mediation", "level_2") != "open" and self.spaced()

    def may_propose_enforcement(self) -> bool:
        if not self.directive or (self.referred == "chronic_absent" and not self.habitual):
            return False
        given, rule = self.directive.at.date(), self.rules["levels"]["ENF"]
        assert self.closed
        fresh = sum(day > given for day in self.days.occasions)
        old = (self.closed - given).days >= rule["directive_days"]
        return old and (fresh >= rule["breach"]["new_occasions"] or bool(self.failed_on))

    def spaced(self) -> bool:
        """Enough school days, a new occasion and an intervention since the last notice."""
        legal = [notice for notice in self.notices if notice.counts and notice.kind in LEGAL]
        if not legal:
            return False
        since, letters = legal[-1].at, self.rules["letters"]
        assert self.closed
        enough = self.between(since.date(), self.closed) >= letters["min_school_days_between"]
        fresh = any(day > since.date() for day in self.days.occasions)
        reached = any(is_intervention_after(act, since) for act in self.acts)
        return enough and fresh and reached

    def is_scheduled(self, kind: str) -> bool:
        latest = {act.form_held: act.status for act in self.acts if act.kind == "meeting" and act.meeting == kind}
        return "scheduled" in latest.values()

    def parked(self) -> int:
        return sum(mark.day not in self.scenario.days for mark in winners(self.said))

    def standing(self) -> dict[str, Any]:
        """By the names of the scenario language."""
        return {
            "occasions": self.count,
            "reports": len(self.valid),
            "habitual": self.habitual,
            "chronic_truant": self.chronic_truant,
            "chronic_absent": self.chronic_absent,
            "state_reportable": self.days.enrolled >= self.rules["chronic_absent"]["state_report_min_days"],
            "days_absent": self.days.absent,
            "level": self.level,
            "proposed": self.proposed,
            "notices": [notice.kind for notice in self.notices if notice.kind in LEGAL and notice.counts],
            "sent": [str(notice) for notice in self.notices],
            "meetings_required": list(self.meetings),
            "disposition": {
                "level_1": self.disposition("sart", "level_1"),
                "level_2": self.disposition("mediation", "level_2"),
            },
            "review": self.review,
            "parked": self.parked(),
            "report_dates": [report.at.date().isoformat() for report in self.valid],
            "report_days": [[day.isoformat() for day in sorted(report.days)] for report in self.valid],
        }
