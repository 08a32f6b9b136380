"""The use case of people: a named person did something about a pupil."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.escalation import store, store_decided
from services.escalation.cases import Case, Taken, cases_on
from services.escalation.ladder import Act, act_to_json
from services.escalation.saying import Said, publish
from services.escalation.store import PupilKey
from services.escalation.store_decided import SavedAct, SavedState
from services.escalation.store_districts import lock_districts
from shared.db.pool import Connection
from shared.messaging.event_log import EventLog

Problem = Literal["refused", "stale_version", "id_used", "unknown_pupil"]


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What a person says was done."""

    key: PupilKey
    act: Act
    at_named: bool = True
    """False: the time was not said, so the act's time is that of the request."""
    expected_version: int | None = None
    """The version of the case that the person saw."""


@dataclass(frozen=True, slots=True)
class ActAnswer:
    """What became of an act: the types of the events that it caused and the case's version after it; or what is wrong.

    Of the problems only a refusal by the rules is kept. After any other one nothing has happened, and the same id may come
    again.
    """

    version: int = 0
    events: tuple[str, ...] = ()
    problem: Problem | None = None
    why: str = ""
    repeated: bool = False


async def take_act(log: EventLog, request: ActRequest) -> ActAnswer:
    """A person did something about a pupil. The same act id again gives the first answer again."""
    async with log.transaction() as connection:
        return (await record(log, connection, [request]))[0]


async def record(log: EventLog, connection: Connection, requests: Sequence[ActRequest]) -> list[ActAnswer]:
    """`take_act` for many acts, in their order, inside a transaction that is open already."""
    await lock_districts(connection, (request.key.district for request in requests))
    earlier = await store_decided.find_acts(connection, [request.act.id for request in requests])
    new = {request.act.id: request for request in requests if request.act.id not in earlier}
    answers = dict(zip(new, await _record_new(log, connection, list(new.values())), strict=True))
    return [
        _answer_again(request, earlier[request.act.id]) if request.act.id in earlier else answers[request.act.id]
        for request in requests
    ]


def _answer_again(request: ActRequest, row: store.Row) -> ActAnswer:
    if not _is_same(request, row):
        return ActAnswer(problem="id_used", why=f"the id {request.act.id} was used for another act")
    problem: Problem | None = "refused" if row["refused"] else None
    return ActAnswer(row["version"] or 0, tuple(row["events"]), problem, row["refused"] or "", repeated=True)


def _is_same(request: ActRequest, row: store.Row) -> bool:
    """Fields that acts did not have yet when this one was kept do not count."""
    said, kept = act_to_json(request.act), dict(row["body"])
    if not request.at_named:
        said["at"] = kept["at"]
    return request.key == (row["district"], row["student"]) and said == {**said, **kept}


async def _record_new(log: EventLog, connection: Connection, requests: Sequence[ActRequest]) -> list[ActAnswer]:
    if not requests:
        return []
    cases = await cases_on(connection, [(request.key, request.act.at.date()) for request in requests])
    answers, acts, said = [], list[SavedAct](), list[Said]()
    for request, case in zip(requests, cases, strict=True):
        if isinstance(case, str) or request.expected_version not in (None, case.seen):
            answers.append(_not_taken(request, case))
            continue
        taken = case.take(request.act)
        said += taken.said
        acts.append(_to_save(request, case, taken))
        answers.append(ActAnswer(case.version, taken.events, "refused" if taken.refused else None, taken.refused or ""))
    await store_decided.save_acts(connection, acts)
    await store_decided.save_states(connection, _changed(cases))
    await publish(log, connection, said)
    return answers


def _not_taken(request: ActRequest, case: Case | str) -> ActAnswer:
    if isinstance(case, str):
        return ActAnswer(problem="unknown_pupil", why=case)
    why = f"the case of pupil {case.key.student} is at version {case.seen} now, not {request.expected_version}"
    return ActAnswer(case.seen, problem="stale_version", why=why)


def _to_save(request: ActRequest, case: Case, taken: Taken) -> SavedAct:
    act = request.act
    return SavedAct(act.id, case.key, act.at, act_to_json(act), taken.refused, taken.events, case.version)


def _changed(cases: Sequence[Case | str]) -> list[SavedState]:
    latest = [case.latest for case in cases if isinstance(case, Case)]
    return list({id(state): state for state in latest if state}.values())
