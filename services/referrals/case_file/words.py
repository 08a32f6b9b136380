"""Dates and field terms as a reader in California expects them. No locale of the machine is asked."""

from collections.abc import Iterable
from datetime import date, datetime

from babel import Locale

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

NOTICES = {
    "same_day_alert": "Same-day absence alert",
    "truancy_notice_1": "First notice of truancy (EC 48260.5)",
    "truancy_notice_2": "Second notice of truancy",
    "sarb_notice": "Notice of referral to the SARB (EC 48263)",
    "meeting_invitation": "Invitation to a meeting",
    "correction": "Correction of an earlier notice",
    "recognition": "Recognition of better attendance",
    "parent_warning": "Warning to the parents",
    "absence_notice": "Notice of an absence",
}
MEETINGS = {
    "sart": "SART meeting",
    "mediation": "mediation meeting",
    "sarb": "SARB hearing",
    "conference": "parent conference",
    "child_study_team": "child study team meeting",
}
METHODS = {
    "certified": "certified mail, return receipt",
    "personal": "personal service",
    "first_class": "first-class mail",
    "email": "email",
}
LEVELS = {
    "prevention": "Prevention",
    "level_1": "Level 1 (SART)",
    "level_2": "Level 2 (Mediation)",
    "level_3": "Level 3 (SARB)",
    "enforcement": "Enforcement",
}
ITEMS = {
    "counselling": "Counselling",
    "csp_hours": "Community service project (hours)",
    "attendance": "Attendance",
    "other": "Other",
}
STATUSES = {"present": "present", "absent": "absent", "tardy": "tardy", "left_early": "left early"}


def language(code: str) -> str:
    """Spanish (es); the bare code where nobody knows it."""
    known = Locale("en").languages.get(code)
    return f"{known} ({code})" if known else code


def short(day: date) -> str:
    """Sep 8, 2025"""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def long(day: date) -> str:
    """Mon, Sep 8, 2025"""
    return f"{WEEKDAYS[day.weekday()]}, {short(day)}"


def moment(at: datetime) -> str:
    """Sep 8, 2025 18:00; `at` is already in the school's time."""
    return f"{short(at.date())} {at:%H:%M}"


def listed(items: Iterable[str]) -> str:
    """a, b and c"""
    *first, last = list(items) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def dates(days: Iterable[date]) -> str:
    return "; ".join(short(day) for day in days)


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def per_cent(part: int, whole: int) -> str:
    """One decimal, rounded half up in whole numbers: no binary fractions in a legal paper."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10}%"


def amount(number: float) -> str:
    return f"{number:g}"
