"""Random school years that reach every level: what becomes known on which day, in which order."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from services.escalation.ladder import Act, Contact, Directive, Mark, Meeting, PersonDecision, Progress, PupilState
from shared.contracts.ladder import DirectiveItem
from shared.contracts.terms import MeetingKind
from tests.unit.escalation.ladder.builders import DAYS, Year, at

STATUSES = ("absent", "absent", "absent", "tardy", "left_early", "present")
EXCUSES = ("unexcused", "unexcused", "excused", "unverified")


@dataclass
class Script:
    """Per school day: the marks and acts that become known on it, before its close."""

    marks: dict[date, list[Mark]] = field(default_factory=dict)
    acts: dict[date, list[Act]] = field(default_factory=dict)


@dataclass
class RandomYear:
    """Writes a script as it goes, because people act on what was decided."""

    random: Random
    number: int = 110
    year: Year = field(default_factory=Year)
    script: Script = field(default_factory=Script)
    ids: int = 0

    def __post_init__(self) -> None:
        self.absence = self.random.choice([0.05, 0.25, 0.5])
        self.busy_until = self.random.choice([30, 60, self.number])

    def days(self) -> tuple[date, ...]:
        return DAYS[: self.number]

    def write(self, day: date) -> None:
        """Make up what becomes known on `day`, and let the year know it."""
        place = DAYS.index(day)
        self.script.marks[day] = self._marks(place)
        self.year.say(*self.script.marks[day])
        self.script.acts[day] = []
        for act in self._acts(place, self.year.state):
            before = len(self.year.acts)
            self.year.act(act)
            if len(self.year.acts) > before:
                self.script.acts[day].append(act)

    def _id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def _marks(self, place: int) -> list[Mark]:
        marks = []
        if place < self.busy_until and self.random.random() < self.absence:
            marks.append(self._mark(DAYS[place]))
        if self.random.random() < 0.08:
            marks.append(self._mark(DAYS[max(0, place - self.random.randrange(12))]))
        if self.random.random() < 0.02:
            marks.append(self._mark(DAYS[place + self.random.randrange(4)]))
        if self.year.marks and self.random.random() < 0.06:
            marks.append(self._mark(self.random.choice(list(self.year.marks))[0]))
        return marks

    def _mark(self, day: date) -> Mark:
        period = self.random.choice([None, None, None, 1, 2])
        minutes = self.random.choice([None, 20, 31, 50])
        status, excuse = self.random.choice(STATUSES), self.random.choice(EXCUSES)
        suspension = self.random.choice([None] * 9 + ["oss", "iss"])
        return Mark(self._id(), day, period, status, excuse, minutes, None, suspension, at(day))  # type: ignore[arg-type]

    def _acts(self, place: int, state: PupilState) -> list[Act]:
        acts: list[Act] = []
        if self.random.random() < 0.1:
            outcome = self.random.choice(["reached", "voicemail", "bounced"])
            channel = self.random.choice(["phone", "email", "sms", "visit"])
            acts.append(Contact(self._id(), self._at(place), "clerk", channel, outcome))  # type: ignore[arg-type]
        kind = self._meeting_due(state)
        if kind and self.random.random() < 0.15:
            acts.append(self._meeting(place, kind))
        if self.random.random() < 0.1:
            acts.append(self._decision(place, state))
        given = any(isinstance(act, Directive) for act in self.year.acts)
        if state.level == "level_3" and self.random.random() < (0.01 if given else 0.3):
            item = DirectiveItem(id="item", kind=self.random.choice(["attendance", "counselling"]), due=DAYS[-1])
            acts.append(Directive(self._id(), self._at(place), "chair", (item,)))
        if self.random.random() < 0.02:
            acts.append(
                Progress(self._id(), self._at(place), "chair", "item", None, self.random.choice(["done", "failed"]))
            )  # type: ignore[arg-type]
        return acts

    def _meeting_due(self, state: PupilState) -> MeetingKind | None:
        if state.level == "level_1" and state.level_1_disposition == "open":
            return "sart"
        if state.level == "level_2" and state.level_2_disposition == "open":
            return "mediation"
        return self.random.choice([None, None, None, "sart", "mediation", "sarb"])  # type: ignore[return-value]

    def _meeting(self, place: int, kind: MeetingKind) -> Meeting:
        status = self.random.choice(["held", "held", "scheduled", "no_show", "cancelled"])
        form = self.random.choice(["group", "individual"])
        meets = DAYS[place] + timedelta(days=self.random.randrange(15)) if status == "scheduled" else None
        return Meeting(self._id(), self._at(place), "clerk", kind, status, form, meets)  # type: ignore[arg-type]

    def _decision(self, place: int, state: PupilState) -> PersonDecision:
        do = self.random.choice(["hold", "release", "dismiss", "waive_disposition", "reject_enforcement", "close_case"])
        if state.proposed != "none" and self.random.random() < 0.8:
            do = "refer_to_sarb" if state.proposed == "level_3" else "approve_enforcement"
        basis = self.random.choice(["EC48293", "PC270.1"]) if do == "approve_enforcement" else None
        if self.random.random() < 0.03:
            do, basis = "refer_to_sarb", "chronic_absent"
        return PersonDecision(self._id(), self._at(place), "supervisor", do, None, basis)  # type: ignore[arg-type]

    def _at(self, place: int):  # type: ignore[no-untyped-def]
        """Mostly in the morning, sometimes after the close of the day."""
        return at(DAYS[place], self.random.choice([9, 9, 9, 9, 19]), self.ids % 60)
