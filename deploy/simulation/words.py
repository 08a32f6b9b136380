"""The words of a what-if: what was counted, and what was assumed. Pure."""

from collections.abc import Iterator

from services.escalation.ladder import Policy
from services.escalation.simulation.assumed import Assumptions

LEVELS = {
    "prevention": "Prevention",
    "level_1": "Level 1 (SART)",
    "level_2": "Level 2 (mediation)",
    "level_3": "Level 3 (SARB)",
    "enforcement": "Enforcement",
}
NOTICES = {
    "truancy_notice_1": "First notice of truancy",
    "truancy_notice_2": "Second notice of truancy",
    "sarb_notice": "SARB notice",
    "parent_warning": "Warning to parents",
    "absence_notice": "Notice of an absence",
    "meeting_invitation": "Invitation to a meeting",
    "correction": "Correction of a notice",
    "recognition": "Recognition of improvement",
}
MEETINGS = {
    "sart": "SART meetings",
    "mediation": "Mediation meetings",
    "sarb": "SARB hearings",
    "conference": "Conferences",
    "child_study_team": "Child study teams",
}
MEASURES = {
    "first_notice": "First notice",
    "reached_level_1": "Level 1 or higher",
    "reached_level_2": "Level 2 or higher",
    "proposed": "Proposed to a person",
    "taken_back": "Told wrongly",
    "chronic_absent": "Chronically absent",
}
STATUSES = {"habitual": "Habitual truants", "chronic_truant": "Chronic truants", "chronic_absent": "Chronically absent"}
SUBGROUPS = {
    "english_learner": "English learners",
    "socioeconomically_disadvantaged": "Socioeconomically disadvantaged",
    "students_with_disabilities": "Students with disabilities",
    "foster": "Foster youth",
    "homeless": "Homeless youth",
    "migrant": "Migrant",
    "RB": "Black or African American",
    "RI": "American Indian or Alaska Native",
    "RA": "Asian",
    "RF": "Filipino",
    "RH": "Hispanic or Latino",
    "RP": "Pacific Islander",
    "RT": "Two or more races",
    "RW": "White",
}


def assumed(before: Policy | None, assumptions: Assumptions) -> list[str]:
    """What a reader must know before believing the numbers."""
    return [
        "Every close is judged with the marks, the roster and the calendars as they were known at that close.",
        "Contacts, meetings and directives stay as they were recorded. People's decisions stay too, where the policy allows "
        "them at that moment; the others are counted as refused.",
        *_people(assumptions),
        "Families would have behaved the same. The numbers say what would have been done, not what it would have changed.",
        "Steps that a kill switch stopped then are stopped here as well, under both policies. The blast radius of the proposed "
        "policy is not applied; the busiest close says whether it would have been touched.",
        "Charter schools keep the policy of their own.",
        *([] if before else ["Today means: each pupil by the policy that judged then, if the district changed it."]),
    ]


def _people(assumptions: Assumptions) -> Iterator[str]:
    if assumptions.meetings_after is None:
        yield (
            "No meeting is invented: who reaches level 1 only under the proposed policy waits there for a meeting that nobody "
            "held, so its numbers from level 2 on are a lower bound (--assume-meetings lifts that)."
        )
    else:
        yield (
            f"A meeting that is due and for which none is recorded is supposed to be held {assumptions.meetings_after} school "
            "days later, under both policies."
        )
    if assumptions.releases_after is None:
        yield "Nobody releases a step that waits for a person, unless that is recorded (--assume-releases lifts that)."
    else:
        yield f"A person is supposed to release what waits {assumptions.releases_after} school days later."
