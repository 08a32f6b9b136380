"""What arrives between two closes: statements about attendance, moves, and what people do."""

from datetime import date, datetime
from typing import Any

from deploy.scenario.model import MarkEntry
from tests.oracle.attendance import Said, age, stays, winners
from tests.oracle.case import LEVELS, Case, Notice


class Arrivals(Case):
    def statement(self, at: datetime, said: Said) -> None:
        self.said.append(said)
        if not isinstance(said, MarkEntry) or said not in winners(self.said):
            return
        told = any(notice.kind == "same_day_alert" and notice.on == said.day for notice in self.notices)
        whole = said.period is None and said.status == "absent" and not said.suspension
        today = at.date() == said.day and said.day in self.scenario.days and self.here(said.day)
        if whole and today and not told and said.excuse in ("unexcused", "unverified") and said.reason != "CMS":
            self.notices.append(Notice("same_day_alert", at))

    def on_contact(self, act: Any) -> None:
        self.acts.append(act)

    def on_meeting(self, act: Any) -> None:
        self.acts.append(act)
        if act.status == "scheduled":
            meeting = (act.meeting, act.form_held)
            self.notices.append(Notice("meeting_invitation", act.at, meeting=meeting))
            if self.is_defective(act):
                self.events.add("meeting.notice_defective")
        elif act.status == "cancelled":
            for notice in self.notices:
                if notice.meeting == (act.meeting, act.form_held) and not notice.state:
                    notice.state = "withdrawn"

    def on_directive(self, act: Any) -> None:
        self.directive, self.failed_on = act, {}

    def on_progress(self, act: Any) -> None:
        kinds = {item.id: item.kind for item in self.directive.items} if self.directive else {}
        if act.item not in kinds:
            self.events.add("act.refused")
        if act.state == "failed" and kinds.get(act.item) == "attendance":
            self.failed_on[act.item] = act.at.date()
        elif act.state == "done":
            self.failed_on.pop(act.item, None)

    def on_act(self, act: Any) -> None:
        if not getattr(self, f"do_{act.do}")(act):
            self.events.add("act.refused")

    def do_release(self, act: Any) -> bool:
        was, self.review = self.review, False
        return was

    def do_waive_disposition(self, act: Any) -> bool:
        self.acts.append(act)
        return True

    def do_refer_to_sarb(self, act: Any) -> bool:
        chronic = act.basis == "chronic_absent" and self.chronic_absent and self.level in LEVELS[:3]
        if self.proposed != "level_3" and not chronic:
            return False
        self.enter("level_3", act.at)
        self.notices.append(Notice("sarb_notice", act.at, set(self.days.occasions)))
        self.referred = act.basis or "level_3"
        return True

    def do_approve_enforcement(self, act: Any) -> bool:
        valid = self.is_valid_basis(act.basis, act.at.date())
        if self.proposed != "enforcement" or self.review or not valid:
            return False
        self.enter("enforcement", act.at)
        self.events.add("enforcement.approved")
        return True

    def is_valid_basis(self, basis: str | None, day: date) -> bool:
        """In force on that day, and about a pupil of this age: a petition has its ages, the parents' duty ends at 18."""
        found = [each for each in self.rules["charge_basis"] if each["id"] == basis]
        years = age(stays(self.student, self.moves)[0], day)
        youngest, oldest = self.rules["petition_601b"]["ages"]
        of_age = {"WIC601b": youngest <= years <= oldest, "EC48293": years < 18}
        return bool(found) and day <= found[0].get("valid_to", date.max) and of_age.get(basis or "", True)

    def do_reject_enforcement(self, act: Any) -> bool:
        return self.turn_down("enforcement", act)

    def do_dismiss(self, act: Any) -> bool:
        return self.turn_down(self.proposed, act)

    def turn_down(self, step: str, act: Any) -> bool:
        if self.proposed == "none" or self.proposed != step:
            return False
        self.proposed = "none"
        self.turned_down[step] = act.at.date()
        return True

    def on_da(self, act: Any) -> None:
        if self.level == "enforcement" and act.decision == "declined":
            self.level = "level_3"
            self.events.add("level.stepped_down")
            self.turned_down["enforcement"] = act.at.date()

    def enter(self, level: str, at: datetime, meeting: str = "") -> None:
        """A level entered again asks for its meeting again: what was held before is history."""
        if level in self.monitored_from:
            self.entered_again[level] = at
        self.level, self.proposed = level, "none"
        self.monitored_from[level] = at.date()
        self.events.add("level.entered")
        if meeting and meeting not in self.meetings:
            self.meetings.append(meeting)
