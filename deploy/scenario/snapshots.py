"""A scenario's pupils and schools as the ladder and as ingest take them."""

from dataclasses import asdict
from datetime import date
from typing import Any

from deploy.scenario.model import TIMEZONE, Guardian, School, Student
from services.escalation.ladder import Enrolment, Pupil


def pupil_of(student: Student, district: str) -> Pupil:
    """Before any entry of the timeline."""
    enrolment = Enrolment(student.school, student.enrolled, student.exited, student.grade)
    return Pupil(district, student.id, student.born, (enrolment,))


def calendar_body(school: School, year: str, days: tuple[date, ...]) -> dict[str, Any]:
    """As ingest takes a calendar."""
    return {
        "name": school.id,
        "lea_type": school.lea_type,
        "school_year": year,
        "timezone": TIMEZONE,
        "instructional_days": [day.isoformat() for day in days],
        "periods": list(school.periods),
        "language_share": school.language_share,
    }


def student_body(pupil: Pupil, guardians: tuple[Guardian, ...]) -> dict[str, Any]:
    """As ingest takes a student. Scenarios name people by their ids only."""
    return {
        "id": pupil.student,
        "given_name": pupil.student,
        "family_name": "of a scenario",
        "birth_date": pupil.birth_date.isoformat(),
        "enrolments": [_enrolment(enrolment) for enrolment in pupil.enrolments],
        "guardians": [
            {"given_name": guardian.id, "family_name": "of a scenario", **asdict(guardian)} for guardian in guardians
        ],
    }


def _enrolment(enrolment: Enrolment) -> dict[str, Any]:
    return {
        "school": enrolment.school,
        "entered": enrolment.entered.isoformat(),
        "exited": enrolment.exited.isoformat() if enrolment.exited else None,
        "grade": enrolment.grade,
    }
