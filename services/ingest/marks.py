"""Where a new statement stands among those that ingest knows of the same pupil, day and period. Pure.

The statement with the highest `(rev, sequence)` holds. A parked one counts for nothing until it can be judged.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.ingest.codes import Meaning, ParkReason, Said

State = Literal["accepted", "parked", "superseded"]
"""`superseded`: it could not be judged, but another statement about the same makes it moot, earlier or later."""
Outcome = Literal["accepted", "duplicate", "parked", "rejected"]
Key = tuple[str, date, int | None]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a source says about one pupil, day and period (None: the whole day)."""

    student: str
    school: str
    day: date
    said: Said
    source: str
    period: int | None = None
    source_id: str | None = None
    rev: int | None = None
    """The source's own revision, where it has one."""
    recorded_at: datetime | None = None
    recorded_by: str | None = None

    @property
    def key(self) -> Key:
        return self.student, self.day, self.period


@dataclass(slots=True)
class Kept:
    """A statement with its place in the history. `receipt` is also the id of its event."""

    receipt: UUID
    sequence: int
    rev: int
    statement: Statement
    meaning: Meaning | None
    """None for a retraction, and for what cannot be judged yet."""
    state: State
    reason: ParkReason | None
    known_at: datetime

    @property
    def rank(self) -> tuple[int, int]:
        return self.rev, self.sequence


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one record. `field` only for rejected ones, `reason` for rejected and parked ones."""

    outcome: Outcome
    receipt: UUID | None = None
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A statement on its way in, with all that was found out about it before its place is known."""

    statement: Statement
    meaning: Meaning | None
    park: ParkReason | None
    receipt: UUID
    sequence: int
    known_at: datetime


ID_USED = Answer("rejected", field="id", reason="this id was already used for a record with other content")


@dataclass(slots=True)
class History:
    """The statements known for some keys. `admit` adds to it, so that records of one batch see each other."""

    added: list[Kept] = field(default_factory=list)
    superseded: list[Kept] = field(default_factory=list)
    _by_key: defaultdict[Key, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    _by_id: dict[tuple[str, str], Kept] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[Kept]) -> "History":
        history = cls()
        for kept in known:
            history._remember(kept)
        return history

    def admit(self, arrival: Arrival) -> Answer:
        """Classify one statement and keep it if it is new."""
        if repeated := self._repeats(arrival):
            return repeated
        holding = self._holding(arrival.statement.key)
        if holding is None and _needs_something_to_take_back(arrival.statement):
            return Answer("rejected", field="retract", reason="nothing is known for this student, day and period")
        kept = self._keep(arrival, holding)
        return Answer("accepted" if kept.state == "accepted" else "parked", kept.receipt, reason=kept.reason)

    def _repeats(self, arrival: Arrival) -> Answer | None:
        said = arrival.statement
        if said.source_id is not None and (earlier := self._by_id.get((said.source, said.source_id))):
            return _again(earlier) if _same_record(earlier.statement, said) else ID_USED
        if said.rev is not None and (earlier := self._latest_of_rev(said.key, said.rev)):
            return _again(earlier) if _same_content(earlier.statement, said) else None
        if said.source_id is None and said.rev is None and (holding := self._holding(said.key)):
            return _again(holding) if _means_the_same(holding, arrival) else None
        return None

    def _latest_of_rev(self, key: Key, rev: int) -> Kept | None:
        """A source that uses a revision again means its later word: a batch sent again ends where it ended before."""
        return max((kept for kept in self._by_key[key] if kept.statement.rev == rev), key=_rank, default=None)

    def _holding(self, key: Key) -> Kept | None:
        """The latest word, parked or not."""
        return max((kept for kept in self._by_key[key] if kept.state != "superseded"), key=_rank, default=None)

    def _keep(self, arrival: Arrival, holding: Kept | None) -> Kept:
        said = arrival.statement
        rev = said.rev if said.rev is not None else holding.rev if holding else 0
        kept = Kept(
            arrival.receipt, arrival.sequence, rev, said, arrival.meaning, "accepted", arrival.park, arrival.known_at
        )
        if arrival.park:
            kept.state = "superseded" if holding and holding.rank > kept.rank else "parked"
        for earlier in self._by_key[said.key]:
            if earlier.state == "parked" and earlier.rank < kept.rank:
                earlier.state = "superseded"
                self.superseded.append(earlier)
        self.added.append(kept)
        self._remember(kept)
        return kept

    def _remember(self, kept: Kept) -> None:
        said = kept.statement
        self._by_key[said.key].append(kept)
        if said.source_id is not None:
            self._by_id[said.source, said.source_id] = kept


def _rank(kept: Kept) -> tuple[int, int]:
    return kept.rank


def _again(earlier: Kept) -> Answer:
    if earlier.state == "parked":
        return Answer("parked", earlier.receipt, reason=earlier.reason)
    return Answer("duplicate", earlier.receipt)


def _needs_something_to_take_back(said: Statement) -> bool:
    """A retraction that relies on what is known here. With a revision or an id it may have overtaken its mark."""
    return said.said.retract and said.rev is None and said.source_id is None


def _same_content(one: Statement, other: Statement) -> bool:
    return one.said == other.said and one.school == other.school


def _same_record(one: Statement, other: Statement) -> bool:
    return _same_content(one, other) and one.key == other.key and one.rev == other.rev


def _means_the_same(holding: Kept, arrival: Arrival) -> bool:
    """Said in the same words, and still understood in the same way: code tables change."""
    same_state = holding.state == ("parked" if arrival.park else "accepted")
    return same_state and holding.meaning == arrival.meaning and _same_content(holding.statement, arrival.statement)
