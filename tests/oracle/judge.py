"""The ladder of one pupil, replayed from the first day of the timeline."""

from datetime import date, datetime
from typing import Any

from deploy.scenario.model import ActEntry, CloseEntry, MarkEntry, RetractEntry, RosterEntry, Scenario, Step
from deploy.scenario.plan import steps
from tests.oracle.arrivals import Arrivals
from tests.oracle.attendance import stays, tally, winners
from tests.oracle.case import LEVELS, Notice, Report


class Judge(Arrivals):
    """Feed it the steps of a scenario in order."""

    def take(self, step: Step) -> None:
        entry = step.entry
        if isinstance(entry, CloseEntry):
            self.close(entry.day, step.at)
        elif entry.student != self.student.id:
            return
        elif isinstance(entry, MarkEntry | RetractEntry):
            self.statement(step.at, entry)
        elif isinstance(entry, RosterEntry):
            self.moves.append((step.at.date(), entry))
        elif isinstance(entry, ActEntry):
            getattr(self, f"on_{entry.act.kind}")(entry.act)

    def close(self, day: date, at: datetime) -> None:
        self.closed, self.now = day, at
        born, where = stays(self.student, self.moves)
        absent_before = self.days.absent
        self.days = tally(winners(self.said), born, where, self.scenario.days, self.periods, self.rules, day)
        fewer_absences = self.days.absent < absent_before
        self.correct(self.counted - self.days.occasions, fewer_absences)
        self.counted = set(self.days.occasions)
        reported = self.report()
        self.habitual = self.is_habitual()
        self.climb(reported)
        self.step_down()
        self.propose()
        self.chronic_truant = self.is_chronic_truant()
        self.chronic_absent = self.is_chronic_absent()

    def correct(self, gone: set[date], fewer_absences: bool) -> None:
        """Occasions that stopped counting: off the reports, and what follows for notices and levels."""
        rests_on_it = bool(gone) or (fewer_absences and self.referred == "chronic_absent")
        if self.level in LEVELS[3:] and rests_on_it:
            self.review = True
            self.events.add("review.required")
        if not gone:
            return
        listed: set[date] = set()
        for report in self.reports:
            report.days -= gone
            listed |= report.days
            if not report.void and (not report.days or len(listed) < self.first_at):
                report.void = True
                self.events.add("truancy.report.voided")
        for notice in list(self.notices):
            if notice.counts and notice.kind in ("truancy_notice_1", "truancy_notice_2"):
                self.correct_notice(notice, gone)
        self.rescind()

    def correct_notice(self, notice: Notice, gone: set[date]) -> None:
        stands = self.valid if notice.kind == "truancy_notice_1" else self.count >= self.rules["letters"]["L2"]
        if not stands:
            notice.state = "corrected"
        elif notice.basis & gone:
            notice.state = "basis_changed"
        else:
            return
        notice.basis -= gone
        self.notices.append(Notice("correction", self.now))

    def rescind(self) -> None:
        before = self.level
        if self.level == "level_2" and not self.now_counts("truancy_notice_2"):
            self.level = "level_1"
        if self.level == "level_1" and not self.valid:
            self.level = "prevention"
        if self.level == before:
            return
        self.events.add("level.rescinded")
        for kind, level in (("sart", "level_1"), ("mediation", "level_2")):
            if LEVELS.index(self.level) < LEVELS.index(level) <= LEVELS.index(before) and self.is_scheduled(kind):
                self.events.add("meeting.cancel_offered")

    def report(self) -> bool:
        """Issue the report that is due, if one is."""
        listed = set().union(*(report.days for report in self.reports)) if self.valid else set()
        fresh = self.days.occasions - listed
        if self.count < self.first_at or not fresh:
            return False
        initial = not self.valid
        self.reports.append(Report(self.now, set(fresh)))
        self.events.add("truancy.report.issued")
        if initial:
            self.notices.append(Notice("truancy_notice_1", self.now, set(fresh)))
        return True

    def climb(self, reported: bool) -> None:
        if self.level in ("prevention", "level_1") and self.may_enter_2(reported):
            if not self.now_counts("truancy_notice_2"):
                self.notices.append(Notice("truancy_notice_2", self.now, set(self.days.occasions)))
            self.enter("level_2", self.now, "mediation")
        elif self.level == "prevention" and reported:
            self.enter("level_1", self.now, "sart")

    def propose(self) -> None:
        step = {"level_2": "level_3", "level_3": "enforcement"}.get(self.level, "none")
        due = (step == "level_3" and self.may_propose_3()) or (step == "enforcement" and self.may_propose_enforcement())
        refused = self.turned_down.get(step)
        if refused and not any(day > refused for day in self.days.occasions):
            due = False
        if due and self.proposed != step:
            self.events.add("level.proposed" if step == "level_3" else "enforcement.proposed")
        self.proposed = step if due else "none"

    def step_down(self) -> None:
        """After a month of school without an occasion."""
        if self.level not in ("level_1", "level_2"):
            return
        assert self.closed
        last = max([self.monitored_from[self.level], *self.days.occasions])
        monitor = self.rules["levels"]["L1" if self.level == "level_1" else "L2"]["monitor_school_days"]
        if self.between(last, self.closed) < monitor:
            return
        self.level = LEVELS[LEVELS.index(self.level) - 1]
        self.monitored_from[self.level] = self.closed
        self.notices.append(Notice("recognition", self.now))
        self.events |= {"level.stepped_down", "recognition.due"}


def judge(scenario: Scenario, student: str) -> list[tuple[dict[str, Any], set[str]]]:
    """Where the pupil stands after each step, before the first one too; and the events until then."""
    case = Judge(scenario, student)
    found = [(case.standing(), set(case.events))]
    for step in steps(scenario):
        case.take(step)
        found.append((case.standing(), set(case.events)))
    return found
