"""The intervention ladder: values in, values out. No I/O, no clock, no randomness.

Start with `decide.py`: it names the steps of a close in their order, one module each.
"""

from services.escalation.ladder.acts import (
    Act,
    ActError,
    Contact,
    DaAnswer,
    Directive,
    Import,
    ImportedReport,
    Meeting,
    PersonDecision,
    Progress,
    act_to_json,
    parse_act,
)
from services.escalation.ladder.alerts import same_day_alert
from services.escalation.ladder.blast_radius import STEPS, steps_taken, too_many
from services.escalation.ladder.decide import Decision, decide
from services.escalation.ladder.facts import Close, Enrolment, Mark, Pupil, SchoolCalendar
from services.escalation.ladder.moment import NOT_HELD, HeldSteps
from services.escalation.ladder.pinning import has_begun
from services.escalation.ladder.policy import BlastRadius, Policy
from services.escalation.ladder.policy_errors import PolicyError
from services.escalation.ladder.policy_text import PackFile, load_pack, load_policy, merge, policy_on
from services.escalation.ladder.record import record_act
from services.escalation.ladder.rollover import carry_again, next_year_state
from services.escalation.ladder.state import PupilState, initial_state, state_from_json, state_to_json
from services.escalation.ladder.summary import Alert, summary

__all__ = [
    "NOT_HELD",
    "STEPS",
    "Act",
    "ActError",
    "Alert",
    "BlastRadius",
    "Close",
    "Contact",
    "DaAnswer",
    "Decision",
    "Directive",
    "Enrolment",
    "Import",
    "ImportedReport",
    "HeldSteps",
    "Mark",
    "Meeting",
    "PackFile",
    "PersonDecision",
    "Policy",
    "PolicyError",
    "Progress",
    "Pupil",
    "PupilState",
    "SchoolCalendar",
    "act_to_json",
    "carry_again",
    "decide",
    "has_begun",
    "initial_state",
    "load_pack",
    "load_policy",
    "merge",
    "next_year_state",
    "parse_act",
    "policy_on",
    "record_act",
    "same_day_alert",
    "state_from_json",
    "state_to_json",
    "steps_taken",
    "summary",
    "too_many",
]
