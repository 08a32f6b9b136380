"""The case file: twenty parts, each present, missing or not applicable, with the checks that it passes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.referrals.case_file import attendance, contacts, forms, meetings, notices, sarb, words
from services.referrals.case_file.bases import Basis, bases
from services.referrals.case_file.blocks import Content, Part, State
from services.referrals.case_file.checks import Check, checks
from services.referrals.case_file.facts import Case, PupilFacts
from services.referrals.case_file.known import Known, known
from services.referrals.case_file.narrative import narrative
from services.referrals.case_file.scope import Scope
from services.referrals.rules import Rules
from shared.contracts.ladder import LadderEventData

Writer = Callable[[Known], Content]
REQUIRED, OPTIONAL = True, False

PARTS: tuple[tuple[str, str, bool, Writer], ...] = (
    ("referral_form", "Cover referral form", REQUIRED, forms.cover),
    ("narrative", "Narrative summary", REQUIRED, narrative),
    ("attendance_record", "Record of attendance, day by day", REQUIRED, attendance.record),
    ("attendance_worksheet", "Attendance worksheet: occasions of truancy", REQUIRED, attendance.worksheet),
    ("truancy_reports", "Reports to the attendance supervisor", REQUIRED, notices.reports),
    ("notices", "Notices to the family with proof of delivery", REQUIRED, notices.notices),
    ("conscientious_effort", "Conscientious effort to hold a conference", REQUIRED, contacts.effort),
    ("sart_record", "SART record", REQUIRED, meetings.sart),
    ("mediation_record", "Mediation record", REQUIRED, meetings.mediation),
    ("sarb_referral", "SARB referral, notice and hearing", REQUIRED, meetings.sarb),
    ("sarb_directive", "SARB directive and evidence received", REQUIRED, sarb.directive),
    ("attendance_since_sarb", "Attendance since the SARB directive", REQUIRED, attendance.since_directive),
    ("services", "Services and referrals offered", REQUIRED, sarb.services),
    ("home_visits", "Home visits", REQUIRED, contacts.home_visits),
    ("sarb_determination", "SARB determination and direction to file", REQUIRED, sarb.determination),
    (
        "declarations",
        "Declarations of the custodian of records and the attendance supervisor",
        REQUIRED,
        forms.declarations,
    ),
    ("witnesses", "Witnesses", REQUIRED, contacts.witnesses),
    ("enrolment", "Enrolment and residence", OPTIONAL, forms.enrolment),
    ("disability", "IEP or Section 504 status", REQUIRED, forms.disability),
    ("disclosure", "Disclosure log and legal basis", REQUIRED, forms.disclosure),
)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`known_at`: when the latest of its facts became known, in the school's time. `sources`: ids of the events behind it.
    `policies`: ladder policies that judged, as (id, version)."""

    case: Case
    parts: tuple[Part, ...]
    checks: tuple[Check, ...]
    bases: tuple[Basis, ...]
    known_at: datetime
    heading: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    policies: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if part.required and part.state == "missing")

    @property
    def unmet(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.checks if not one.met)


def build(case: Case, scope: Scope, facts: PupilFacts, rules: Rules) -> CaseFile:
    """The same facts give the same file, whatever the order in which they came and whatever came after the proposal
    without changing it."""
    of = known(case, scope, facts, rules)
    return CaseFile(
        case=case,
        parts=tuple(_part(number, of, *entry) for number, entry in enumerate(PARTS, start=1)),
        checks=checks(of),
        bases=bases(of),
        known_at=scope.local(_known_at(of.facts)),
        heading=_heading(of),
        sources=_sources(of.facts),
        policies=_policies(of.facts, rules),
    )


def _part(number: int, of: Known, name: str, title: str, required: bool, write: Writer) -> Part:
    content = write(of)
    state: State = "not applicable" if content.unused else "missing" if content.gaps else "present"
    return Part(number, name, title, required, state, content.unused or " ".join(content.gaps), content.blocks)


def _heading(of: Known) -> tuple[tuple[str, str], ...]:
    return (
        ("District", of.case.district),
        ("School year", of.scope.school_year),
        ("Attendance through", words.short(of.scope.through)),
        ("Legal bases judged for", words.short(of.judged_on)),
    )


def _known_at(facts: PupilFacts) -> datetime:
    times = [event.time for event in (facts.student, *facts.calendars, *facts.events)]
    return max((*times, *(one.known_at for one in facts.statements)))


def _sources(facts: PupilFacts) -> tuple[str, ...]:
    events = (facts.student, *facts.calendars, *facts.events)
    return tuple(sorted((*(str(event.id) for event in events), *(str(one.id) for one in facts.statements))))


def _policies(facts: PupilFacts, rules: Rules) -> tuple[tuple[str, int], ...]:
    judged = {(event.data.because.policy, event.data.because.policy_version) for event in facts.all(LadderEventData)}
    return tuple(sorted(judged))


def contents(file: CaseFile) -> dict[str, Any]:
    """Everything that a reader sees, as plain JSON values: what the PDF is printed from and what the hashes are of."""
    return {
        "case": str(file.case.id),
        "heading": [list(row) for row in file.heading],
        "known_at": f"{words.moment(file.known_at)} {file.known_at:%Z}",
        "known_on": file.known_at.date().isoformat(),
        "parts": [part.as_json() for part in file.parts],
        "checks": [{"name": one.name, "title": one.title, "met": one.met, "detail": one.detail} for one in file.checks],
        "bases": [{"id": one.id, "title": one.title, "open": one.open, "detail": one.detail} for one in file.bases],
        "policies": [list(policy) for policy in file.policies],
    }
