"""Parts that are forms: the cover, declarations, enrolment, and what only a person can add."""

from services.referrals.case_file import words
from services.referrals.case_file.bases import basis_problems
from services.referrals.case_file.blocks import Content, Fields, Heading, Signature, Table
from services.referrals.case_file.known import Known, age, name
from shared.contracts.roster import Guardian


def cover(known: Known) -> Content:
    """Part 1: who is referred, who the parents are, and what is asked for."""
    student = known.student
    approved = known.approval
    gaps = list(basis_problems(known))
    gaps += [
        f"Guardian {one.id} has no address on file." for one in student.guardians if one.may_receive and not one.address
    ]
    gaps += [] if student.guardians else ["The roster names no parent or guardian."]
    return Content(
        (
            Fields(
                (
                    ("Pupil", known.pupil),
                    ("Pupil number", student.student),
                    ("Born", f"{words.short(student.birth_date)} (age {age(student.birth_date, known.scope.through)})"),
                    ("School", known.school(known.scope.calendar.school)),
                    ("Grade", _grade(known)),
                    ("Home language", words.language(student.home_language)),
                    ("Requested basis", approved.basis if approved else "not chosen yet"),
                    ("Approved by", f"{approved.by}, {known.day_of(approved.as_of)}" if approved else "not approved"),
                )
            ),
            Heading("Parents and guardians"),
            Table(
                ("Name", "Relation", "Language", "Address"),
                tuple(_guardian(one) for one in student.guardians),
                (3, 2, 0, 5),
            ),
        ),
        tuple(gaps),
    )


def _grade(known: Known) -> str:
    grades = [
        one.grade
        for one in known.student.enrolments
        if one.school == known.scope.calendar.school and one.grade is not None
    ]
    return (
        {-1: "transitional kindergarten", 0: "kindergarten"}.get(grades[-1], str(grades[-1]))
        if grades
        else "not stated"
    )


def _guardian(one: Guardian) -> tuple[str, ...]:
    address = one.address or "none on file"
    if not one.may_receive or one.restriction:
        address = "withheld: the district has a restriction on file, read it before use"
    return name(one), one.relation or "", words.language(one.language), address


def declarations(known: Known) -> Content:
    """Part 16: to be signed by people, so a draft never has it."""
    return Content(
        (
            Signature(
                f"I keep the attendance records of {known.school(known.scope.calendar.school)}. The record in part 3 was made "
                "at or near the time of each day by people whose duty it is to make it.",
                "Custodian of records",
            ),
            Signature(
                "I have read this file. The reports in part 5 were made to me and the notices in part 6 were given as stated.",
                "Attendance supervisor",
            ),
        ),
        ("Not signed: the declarations of the custodian of records and of the attendance supervisor.",),
    )


def enrolment(known: Known) -> Content:
    """Part 18 (optional)."""
    rows = tuple(
        (known.school(one.school), words.short(one.entered), words.short(one.exited) if one.exited else "enrolled")
        for one in known.student.enrolments
    )
    return Content(
        (Table(("School", "Entered", "Left"), rows, (4, 0, 0)),),
        ("Proof of residence and custody orders are not held here.",),
    )


def disability(_: Known) -> Content:
    """Part 19: a flag and a statement, never the detail."""
    return Content(
        gaps=("Not stated: whether an IEP or Section 504 plan exists, and that disability was considered as a cause.",)
    )


def disclosure(_: Known) -> Content:
    """Part 20: nothing has left the district while this is a draft."""
    return Content(
        gaps=("Nothing has been disclosed. The legal basis must be recorded before this file is given to anybody.",)
    )
