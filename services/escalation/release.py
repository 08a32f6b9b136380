"""The use cases of the release queue: a step is stopped for a district or let go again, and many are released at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.escalation import store_release
from services.escalation.act import ActAnswer, ActRequest, record
from services.escalation.ladder import Act, parse_act
from services.escalation.store import PupilKey
from services.escalation.store_districts import lock_districts
from shared.contracts.envelope import derived_id
from shared.contracts.terms import Level
from shared.messaging.event_log import EventLog


@dataclass(frozen=True, slots=True)
class Who:
    """Who decides, when, and why."""

    by: str
    at: datetime
    reason: str


async def set_switch(log: EventLog, district: str, step: Level, stopped: bool, who: Who) -> bool:
    """Stop `step` for the whole district, or let it go again. False if it was so already; then nothing is written."""
    async with log.transaction() as connection:
        await lock_districts(connection, [district])
        now = (await store_release.stopped_steps(connection, [district])).get(district, set())
        if (step in now) == stopped:
            return False
        await store_release.save_switch(connection, district, step, stopped, who.by, who.reason, who.at)
        return True


async def release_many(
    log: EventLog, district: str, step: Level, students: Sequence[str] | None, school: str | None, act: UUID, who: Who
) -> dict[str, ActAnswer]:
    """Release the step of each of `students` (None: of all who wait, at `school` if it is named). Each gets an act of its
    own, whose id follows from `act`; who no longer waits is refused by name, the others are released."""
    async with log.transaction() as connection:
        await lock_districts(connection, [district])
        if students is None:
            students = await store_release.waiting_for(connection, district, step, school)
        requests = [
            ActRequest(PupilKey(district, it), _act(step, it, act, who), at_named=False)
            for it in dict.fromkeys(students)
        ]
        answers = await record(log, connection, requests)
    return {request.key.student: answer for request, answer in zip(requests, answers, strict=True)}


def _act(step: Level, student: str, act: UUID, who: Who) -> Act:
    return parse_act(
        {
            "id": str(derived_id("release", act, student)),
            "at": who.at.isoformat(),
            "by": who.by,
            "kind": "act",
            "do": "release",
            "step": step,
            "reason": who.reason,
        }
    )
