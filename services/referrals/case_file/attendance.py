"""Parts about attendance: the record day by day, the worksheet of occasions, attendance since the directive."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from services.referrals.case_file import words
from services.referrals.case_file.blocks import Block, Content, Fields, Heading, Paragraph, Register, Table
from services.referrals.case_file.days import LEGEND, Day, missed_minutes
from services.referrals.case_file.facts import Statement
from services.referrals.case_file.known import Known


def record(known: Known) -> Content:
    """Part 3: every school day with its code, the days that were not plainly present in detail, and every correction."""
    return Content(
        (
            Fields(_totals(known, known.school_days)),
            Register(tuple(_months(known)), LEGEND),
            Heading("Days that were not simply present"),
            Table(
                ("Day", "Code", "What the school recorded", "School's code", "Recorded by"),
                tuple(row for day in sorted(known.days) for row in _detail(known.days[day])),
                (0, 0, 5, 2, 2),
            ),
            Heading("Corrections"),
            _corrections(known),
        )
    )


def _totals(known: Known, days: Iterable[date]) -> tuple[tuple[str, str], ...]:
    days = tuple(days)
    found = [known.day(day) for day in days]
    absent = sum(day.is_absent for day in found)
    unexcused = sum(day.is_unexcused_full_day for day in found)
    unverified = sum(day.is_unverified_full_day for day in found)
    return (
        ("Period", f"{words.short(days[0])} to {words.short(days[-1])}" if days else "no school day"),
        ("School days enrolled", str(len(days))),
        ("Absent all day, any reason", f"{absent} ({words.per_cent(absent, len(days))})"),
        ("Of these, unexcused", f"{unexcused} ({words.per_cent(unexcused, len(days))})"),
        ("Of these, not verified", str(unverified)),
        ("Part of a day, unexcused", str(sum(day.code == "p" for day in found))),
    )


def _months(known: Known) -> Iterable[tuple[str, tuple[str, ...]]]:
    for (year, month), days in groupby(known.school_days, key=lambda day: (day.year, day.month)):
        codes = {day.day: known.day(day).code for day in days}
        yield f"{words.MONTHS[month - 1]} {year}", tuple(codes.get(number, "") for number in range(1, 32))


def _detail(day: Day) -> Iterable[tuple[str, ...]]:
    if day.code in ("P", "-"):
        return
    for one in day.holding:
        if one.status != "present":
            yield words.long(day.date), day.code, describe(one), one.code or "", one.recorded_by or one.source


def describe(one: Statement) -> str:
    """For example: absent, period 3, 50 minutes, unexcused."""
    minutes = missed_minutes(one)
    said = (
        words.STATUSES[one.status] if one.status else "mark taken back",
        f"period {one.period}" if one.period is not None else "all day" if one.status == "absent" else "",
        f"{minutes} minutes" if minutes else "",
        {"oss": "suspended", "iss": "suspended in school"}.get(one.suspension or "", ""),
        {"unverified": "not verified"}.get(one.excuse or "", one.excuse or ""),
    )
    return ", ".join(filter(None, said))


def _corrections(known: Known) -> Block:
    rows = tuple(
        (
            words.long(day),
            describe(before),
            describe(after),
            known.moment(after.known_at),
            after.recorded_by or after.source,
        )
        for day in sorted(known.days)
        for before, after in known.days[day].corrections
    )
    if not rows:
        return Paragraph("No mark of this pupil was corrected.")
    return Table(("Day", "Recorded first", "Corrected to", "Known since", "By"), rows, (0, 3, 3, 2, 2))


def worksheet(known: Known) -> Content:
    """Part 4: the occasions that count, each with the mark that it rests on now and the report that lists it."""
    reports = {day: report.number for report in known.story.valid_reports for day in report.days}
    rows = tuple(
        (
            str(number),
            words.long(one.day),
            "full day" if one.full_day else "over 30 min",
            *_now(known, one.day, reports),
        )
        for number, one in enumerate(known.story.occasions, start=1)
    )
    taken_off = known.story.taken_off
    blocks: tuple[Block, ...] = (
        Table(("No.", "Day", "Occasion", "What the record says now", "Report"), rows, (0, 0, 0, 4, 0)),
    )
    if taken_off:
        blocks += (
            Paragraph(
                f"Taken off after a correction and counted nowhere in this file: {words.dates(one.day for one in taken_off)}."
            ),
        )
    return Content(blocks, () if rows else ("No occasion of truancy counts any more.",))


def _now(known: Known, day: date, reports: dict[date, int | None]) -> tuple[str, str]:
    marks = "; ".join(describe(one) for one in known.day(day).holding if one.status != "present")
    return marks or "no unexcused mark", str(reports.get(day) or "none")


def since_directive(known: Known) -> Content:
    """Part 12: did attendance change after the SARB's directive?"""
    directive = known.story.directive
    if directive is None:
        return Content(gaps=("There is no SARB directive to measure attendance from.",))
    given = known.on(directive.as_of)
    days = [day for day in known.school_days if day > given]
    occasions = [one.day for one in known.story.occasions if one.day > given]
    said = f"Occasions of truancy since: {words.dates(occasions)}." if occasions else "No occasion of truancy since."
    return Content((Fields((("Directive given", words.short(given)), *_totals(known, days))), Paragraph(said)))
