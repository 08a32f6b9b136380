"""Everything that the parts of one case file are written from."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from services.referrals.case_file import words
from services.referrals.case_file.days import Day, days_of
from services.referrals.case_file.facts import Case, PupilFacts
from services.referrals.case_file.relevant import relevant
from services.referrals.case_file.scope import Scope
from services.referrals.case_file.story import Story, tell
from services.referrals.rules import Rules
from shared.contracts.ladder import EnforcementApproved
from shared.contracts.notices import THE_STUDENT
from shared.contracts.roster import Enrolment, Guardian, StudentChanged


@dataclass(frozen=True)
class Known:
    """`facts`: only the relevant ones."""

    case: Case
    scope: Scope
    facts: PupilFacts
    rules: Rules

    @cached_property
    def story(self) -> Story:
        return tell(self.facts)

    @cached_property
    def days(self) -> dict[date, Day]:
        return days_of(self.facts.statements)

    def day(self, day: date) -> Day:
        return self.days.get(day, Day(day, (), ()))

    @cached_property
    def school_days(self) -> tuple[date, ...]:
        """The days of this year on which the pupil was enrolled and school was held, through the last one of the file."""
        calendars = {event.data.school: event.data for event in self.facts.calendars}
        return tuple(
            sorted(
                {
                    day
                    for enrolment in self.student.enrolments
                    if enrolment.school in calendars
                    for day in calendars[enrolment.school].instructional_days
                    if self.scope.covers(day) and enrolled(enrolment, day)
                }
            )
        )

    @property
    def student(self) -> StudentChanged:
        return self.facts.student.data

    @cached_property
    def approval(self) -> EnforcementApproved | None:
        """The latest approval of enforcement since it was proposed."""
        return max(
            (act for act in self.story.acts_of(EnforcementApproved) if act.as_of >= self.scope.proposed_at),
            key=lambda act: act.as_of,
            default=None,
        )

    @property
    def judged_on(self) -> date:
        """The day for which a basis is judged: the last of the file, or a later one on which a person chose. Submitting judges
        again."""
        return max(self.scope.through, self.on(self.approval.as_of)) if self.approval else self.scope.through

    @property
    def pupil(self) -> str:
        return f"{self.student.given_name} {self.student.family_name}"

    @property
    def zone(self) -> ZoneInfo:
        return self.scope.zone

    def guardian(self, id: str) -> str:
        """The name of a guardian, or its id where the roster no longer has that person; of an adult pupil the pupil's own."""
        if id == THE_STUDENT:
            return self.pupil
        return next((name(person) for person in self.student.guardians if person.id == id), f"guardian {id}")

    def school(self, id: str) -> str:
        return next((event.data.name for event in self.facts.calendars if event.data.school == id), f"school {id}")

    def moment(self, at: datetime) -> str:
        return words.moment(at.astimezone(self.zone))

    def on(self, at: datetime) -> date:
        """The school's date at that moment."""
        return at.astimezone(self.zone).date()

    def day_of(self, at: datetime) -> str:
        return words.short(self.on(at))


def enrolled(enrolment: Enrolment, day: date) -> bool:
    return enrolment.entered <= day and (enrolment.exited is None or day < enrolment.exited)


def name(guardian: Guardian) -> str:
    return f"{guardian.given_name} {guardian.family_name}"


def age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def known(case: Case, scope: Scope, facts: PupilFacts, rules: Rules) -> Known:
    return Known(case, scope, relevant(facts, scope), rules)
