"""Judges a district's history twice, pupil by pupil, on all cores."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from typing import NamedTuple

from services.escalation import store_history
from services.escalation.ladder import Policy
from services.escalation.simulation.assumed import NOTHING_ASSUMED, Assumptions
from services.escalation.simulation.history import DistrictHistory, PupilHistory
from services.escalation.simulation.outcome import Span, outcome_of
from services.escalation.simulation.reading import read_district, read_pupils
from services.escalation.simulation.replay import Rules, replay
from services.escalation.simulation.tally import Tally, Who, count_pupil
from shared.db.pool import open_pool

CHUNK = 400
"""Pupils that are read and judged together."""


class NothingToJudge(Exception):
    """The district has no closed day in the span; the message says so."""


@dataclass(frozen=True, slots=True)
class Question:
    """`before` None: what the district had chosen."""

    database_url: str
    district: str
    before: Policy | None
    after: Policy
    first: date | None = None
    """None: the first day of the latest school year."""
    last: date | None = None
    """None: the latest closed day."""
    assumptions: Assumptions = NOTHING_ASSUMED


class Part(NamedTuple):
    """What came of some pupils. Both policies are counted in `closes` and `decided`."""

    tally: Tally
    pupils: int
    closes: int
    decided: int


@dataclass(frozen=True, slots=True)
class Simulated:
    question: Question
    span: Span
    tally: Tally
    school_days: tuple[date, ...]
    pupils: int
    closes: int
    decided: int
    seconds: float


def simulate(question: Question, progress: Callable[[int, int], None], workers: int | None = None) -> Simulated:
    """`progress` hears how many of how many pupils are done. Raises NothingToJudge."""
    begun = time.perf_counter()
    through, students, history = asyncio.run(_begin_reading(question))
    span, school_days = span_of(history, question)
    chunks = [students[start : start + CHUNK] for start in range(0, len(students), CHUNK)]
    job = Job(question, span, through)
    whole = Part(Counter(), 0, 0, 0)
    for part in _parts(job, history, chunks, workers or os.cpu_count() or 1):
        whole.tally.update(part.tally)
        whole = Part(whole.tally, *(mine + its for mine, its in zip(whole[1:], part[1:], strict=True)))
        progress(whole.pupils, len(students))
    seconds = time.perf_counter() - begun
    return Simulated(question, span, whole.tally, school_days, *whole[1:], seconds)


async def _begin_reading(question: Question) -> tuple[int, list[str], DistrictHistory]:
    async with open_pool(question.database_url, "escalation", max_size=1) as pool, pool.acquire() as connection:
        through = await store_history.latest_taken(connection)
        students = await store_history.students(connection, question.district)
        return through, students, await read_district(connection, question.district, through)


def span_of(history: DistrictHistory, question: Question) -> tuple[Span, tuple[date, ...]]:
    """The days that are asked about, and which of them are school days somewhere in the district."""
    closed = [it.close.day for closes in history.closes.values() for it in closes]
    last = min(question.last or date.max, max(closed, default=date.min))
    calendars = [known.calendar for each in history.calendars.values() for known in each]
    begun = [calendar for calendar in calendars if calendar.days and calendar.days[0] <= last]
    if not begun:
        raise NothingToJudge(f"district {question.district} has no closed day to judge")
    year = max(calendar.school_year for calendar in begun)
    of_year = {day for calendar in begun if calendar.school_year == year for day in calendar.days}
    span = Span(question.first or min(of_year), last)
    if span.first > span.last:
        raise NothingToJudge(f"district {question.district} has no closed day from {span.first} to {span.last}")
    days = {day for calendar in begun for day in calendar.days if day in span}
    return span, tuple(sorted(days))


@dataclass(frozen=True, slots=True)
class Job:
    """What every process needs to know. Things taken later than the number `through` are left out."""

    question: Question
    span: Span
    through: int


def _parts(job: Job, history: DistrictHistory, chunks: Sequence[Sequence[str]], workers: int) -> Iterator[Part]:
    if len(chunks) < 2 or workers < 2:
        yield from (_judge(job, history, chunk) for chunk in chunks)
        return
    context = get_context("forkserver")
    with ProcessPoolExecutor(min(workers, len(chunks)), context, _begin, (job,)) as pool:
        yield from pool.map(_judge_here, chunks)


_here: list[tuple[Job, DistrictHistory]] = []


def _begin(job: Job) -> None:
    """Each process reads the district once."""
    _here.append((job, asyncio.run(_read_district(job))))


def _judge_here(students: Sequence[str]) -> Part:
    return _judge(*_here[0], students)


async def _read_district(job: Job) -> DistrictHistory:
    question = job.question
    async with open_pool(question.database_url, "escalation", max_size=1) as pool, pool.acquire() as connection:
        return await read_district(connection, question.district, job.through)


def _judge(job: Job, history: DistrictHistory, students: Sequence[str]) -> Part:
    tally: Tally = Counter()
    closes = decided = 0
    for pupil in asyncio.run(_read_pupils(job, students)):
        sides = [
            replay(history, pupil, Rules(policy, job.question.assumptions), job.span.last)
            for policy in (job.question.before, job.question.after)
        ]
        closes += sum(side.closes for side in sides)
        decided += sum(side.decided for side in sides)
        if sides[0].closes and _enrolled(pupil, job.span):
            before, after = (outcome_of(side, job.span) for side in sides)
            tally.update(count_pupil(_who(pupil, job.span), before, after))
    return Part(tally, len(students), closes, decided)


async def _read_pupils(job: Job, students: Sequence[str]) -> list[PupilHistory]:
    question = job.question
    async with open_pool(question.database_url, "escalation", max_size=1) as pool, pool.acquire() as connection:
        return await read_pupils(connection, question.district, students, job.through)


def _enrolled(pupil: PupilHistory, span: Span) -> bool:
    return any(
        enrolment.entered <= span.last and (enrolment.exited is None or enrolment.exited > span.first)
        for enrolment in pupil.latest.pupil.enrolments
    )


def _who(pupil: PupilHistory, span: Span) -> Who:
    """School and grade of the last enrolment that began by the end of the span."""
    begun = [enrolment for enrolment in pupil.latest.pupil.enrolments if enrolment.entered <= span.last]
    last = max(begun, key=lambda enrolment: enrolment.entered)
    return Who(last.school, last.grade, pupil.subgroups)
