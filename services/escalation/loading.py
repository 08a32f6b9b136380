"""Loads what pupils are judged by: the calendars of their schools, the policies of their districts, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.escalation import store, store_decided, store_districts
from services.escalation.ladder import Close, PupilState, SchoolCalendar, state_from_json
from services.escalation.policies import Choice
from services.escalation.pupils import Calendars
from services.escalation.store import PupilKey
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class States:
    """What was decided about a pupil, the first school year first, and the version of the case."""

    by_year: list[PupilState]
    version: int


async def states_of(connection: Connection, keys: Sequence[PupilKey]) -> dict[PupilKey, States]:
    found: dict[PupilKey, States] = {key: States([], 0) for key in keys}
    for row in await store_decided.states_of(connection, keys):
        key = PupilKey(row["district"], row["student"])
        found[key].by_year.append(state_from_json(row["state"]))
        found[key] = States(found[key].by_year, max(found[key].version, row["version"]))
    return found


async def choices_of(connection: Connection, districts: set[str]) -> dict[str, list[Choice]]:
    """What each district chose to be judged by, in the order in which it did."""
    choices: dict[str, list[Choice]] = {district: [] for district in districts}
    for row in await store_districts.policy_choices(connection, districts):
        choices[row["district"]].append(Choice(row["policy"], row["overrides"], row["effective_from"] or date.min))
    return choices


Calendar = Sequence[SchoolCalendar]
"""A school year: the calendar of the closing school, then those of the pupil's other schools."""


def years_to_judge(
    row: store.Row, calendars: Calendars, close: Close, states: dict[PupilKey, States]
) -> list[Calendar]:
    """The school year of the close; before it those that are over and in which something changed since."""
    district, dirty_from = row["district"], row["dirty_from"]
    present = calendar_on(calendars, district, close.school, close.day)
    changed = []
    if dirty_from is not None and dirty_from < present.days[0]:
        names = [state.school_year for state in states[PupilKey(district, row["student"])].by_year]
        found = [calendars.of_year(district, close.school, name) for name in names if name < present.school_year]
        changed = [calendar for calendar in found if calendar and dirty_from <= calendar.days[-1] < close.day]
    return [[calendar, *other_calendars(row, calendars, calendar)] for calendar in [*changed, present]]


def span(year: Calendar) -> tuple[date, date]:
    return min(each.days[0] for each in year), max(each.days[-1] for each in year)


async def add_other_schools(connection: Connection, rows: Sequence[store.Row], calendars: Calendars) -> None:
    """Load the calendars of further schools of these pupils, where there are any."""
    schools = {(row["district"], school) for row in rows for school in row["schools"]}
    if missing := schools - calendars.schools:
        calendars.add(await store.calendars_of(connection, missing))


def other_calendars(row: store.Row, calendars: Calendars, calendar: SchoolCalendar) -> list[SchoolCalendar]:
    """Those of the pupil's other schools in the same school year."""
    others = [school for school in row["schools"] if school != calendar.school]
    found = [calendars.of_year(row["district"], school, calendar.school_year) for school in others]
    return [each for each in found if each]


def calendar_on(calendars: Calendars, district: str, school: str, day: date) -> SchoolCalendar:
    calendar = calendars.on(district, school, day)
    assert calendar is not None  # _require_calendar has looked
    return calendar
