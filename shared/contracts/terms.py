"""The field's words, as closed sets: a value outside them is an error, never a guess."""

from typing import Literal

Status = Literal["present", "absent", "tardy", "left_early"]
Excuse = Literal["excused", "unexcused", "unverified"]
Suspension = Literal["oss", "iss"]
Reason = Literal[
    "ILL", "QUA", "MED", "GRV", "VIC", "JUR", "PCT", "CHD", "JPR", "MIL", "NAT", "CUL", "CIV", "MEPS", "ADM",
    "ENT", "CMS", "RLG", "PPL", "IMM", "HOM", "ACT",
]  # fmt: skip
"""Excused reasons (EC 48205 and neighbours; domain table of codes). CMS = confidential medical service (EC 46010.1)."""

Subgroup = Literal[
    "english_learner", "socioeconomically_disadvantaged", "students_with_disabilities", "foster", "homeless", "migrant",
    "RB", "RI", "RA", "RF", "RH", "RP", "RT", "RW",
]  # fmt: skip
"""Groups in which the state reports absence. Race and ethnicity by its codes (CDE, file structure of the chronic absenteeism
data): Black or African American, American Indian or Alaska Native, Asian, Filipino, Hispanic or Latino, Pacific Islander, two
or more, White. Who did not say has none of them."""

Level = Literal["prevention", "level_1", "level_2", "level_3", "enforcement"]
LEVELS: tuple[Level, ...] = ("prevention", "level_1", "level_2", "level_3", "enforcement")

MeetingKind = Literal["sart", "mediation", "sarb", "conference", "child_study_team"]
"""The last two are of other states: the conference of Texas, the child study team of Florida."""
MeetingForm = Literal["group", "individual"]
MeetingStatus = Literal["scheduled", "held", "no_show", "cancelled"]
Role = Literal[
    "school_administrator",
    "district_attendance_administrator",
    "attendance_liaison",
    "school_linked_services_coordinator",
    "school_resource_officer",
    "district_attorney",
    "sarb_member",
    "parent",
    "student",
    "interpreter",
]
"""Who takes part in a meeting."""
AgreementOutcome = Literal["signed", "refused", "none"]
ServiceMethod = Literal["certified", "personal", "first_class", "email"]
ContactChannel = Literal["phone", "email", "sms", "letter", "visit"]
ContactOutcome = Literal["reached", "voicemail", "no_answer", "delivered", "bounced"]
DirectiveItemKind = Literal["counselling", "csp_hours", "attendance", "other"]

NoticeKind = Literal[
    "same_day_alert",
    "truancy_notice_1",
    "truancy_notice_2",
    "sarb_notice",
    "meeting_invitation",
    "correction",
    "recognition",
    "parent_warning",
    "absence_notice",
]
LEGAL_NOTICES: frozenset[NoticeKind] = frozenset({"truancy_notice_1", "truancy_notice_2", "sarb_notice"})
CaseEnd = Literal["aged_out", "moved", "transferred_to_charter"]
WaitCause = Literal["policy_person", "policy_delay", "kill_switch", "blast_radius"]
"""Why a step waits although its rule is met: for a person, for some days, or because it was stopped from outside."""
NoticeChannel = Literal["email", "sms", "letter"]

RuleAction = Literal[
    "parent_warning",
    "contact_home",
    "request_conference",
    "principal_report",
    "child_study_team",
    "habitual_truant",
    "petition_review",
    "truancy_court_referral",
    "chronic_absent",
]
"""What a rule of a pack asks for, where the pack counts by rules of its own."""
