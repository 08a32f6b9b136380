"""Loads how the guardians of pupils can be reached: the roster, what people decided, and who wants no texts."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.notifications import holds, store
from services.notifications.contacts import reach_of, textable
from services.notifications.policy import Reach, text_class
from services.notifications.store import Row
from shared.contracts.roster import Guardian
from shared.contracts.terms import NoticeKind
from shared.db.pool import Connection

PupilKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """The guardians of some pupils (district, student)."""

    guardians: dict[PupilKey, tuple[Guardian, ...]]
    persons: dict[PupilKey, Guardian]
    """The pupils themselves, for notices to adults."""
    decisions: dict[tuple[str, str, str], dict[str, bool]]
    """(district, student, guardian) -> restriction_sha256 -> may receive."""
    opted_out: frozenset[tuple[str, str]]

    def reaches(self, pupil: PupilKey, kind: NoticeKind, to_student: bool) -> list[Reach]:
        """Of everybody to whom a notice goes: the guardians, or the pupil who is an adult."""
        blocked = {phone for phone, of in self.opted_out if of == text_class(kind)}
        return [
            reach_of(guardian, self.decisions.get((*pupil, guardian.id), {}), blocked)
            for guardian in self._recipients(pupil, to_student)
        ]

    def _recipients(self, pupil: PupilKey, to_student: bool) -> tuple[Guardian, ...]:
        return (self.persons[pupil],) if to_student else self.guardians[pupil]

    def reach(self, pupil: PupilKey, guardian: str, kind: NoticeKind, to_student: bool) -> Reach | None:
        reaches = self.reaches(pupil, kind, to_student)
        return next((reach for reach in reaches if reach.guardian == guardian), None)

    def name(self, pupil: PupilKey, guardian: str, to_student: bool) -> str:
        found = next((each for each in self._recipients(pupil, to_student) if each.id == guardian), None)
        return f"{found.given_name} {found.family_name}".strip() if found else ""


async def load_people(connection: Connection, rows: Iterable[Row]) -> People:
    """For rows with district, student, guardians and person (as the roster's JSON)."""
    rows = list(rows)
    guardians = {
        (row["district"], row["student"]): tuple(Guardian.model_validate(each) for each in row["guardians"])
        for row in rows
    }
    persons = {(row["district"], row["student"]): Guardian.model_validate(row["person"]) for row in rows}
    everybody = [*persons.values(), *(guardian for each in guardians.values() for guardian in each)]
    phones = {textable(each.phone) for each in everybody if each.phone} - {None}
    decisions: dict[tuple[str, str, str], dict[str, bool]] = {}
    for row in await holds.readings(connection, *store.columns(sorted(guardians), 2)):
        of_guardian = decisions.setdefault((row["district"], row["student"], row["guardian"]), {})
        of_guardian[row["restriction_sha256"]] = row["may_receive"]
    blocked = await holds.opted_out(connection, {phone for phone in phones if phone})
    return People(guardians, persons, decisions, frozenset(blocked))
