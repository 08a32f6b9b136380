"""The use case of a meeting with several pupils: recorded for all of them, or for none."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.escalation.act import ActAnswer, ActRequest, record
from shared.messaging.event_log import EventLog


class DoesNotFit(Exception):
    """The meeting cannot be recorded for these pupils, so it is recorded for none."""

    def __init__(self, wrong: dict[str, ActAnswer]) -> None:
        self.wrong = wrong
        """The problem by pupil."""
        super().__init__(f"the meeting does not fit {len(wrong)} of its pupils, so it is recorded for none")


@dataclass(frozen=True, slots=True)
class MeetingAnswer:
    pupils: dict[str, ActAnswer]
    repeated: bool


async def take_meeting(log: EventLog, requests: Sequence[ActRequest]) -> MeetingAnswer:
    """Record the meeting's act of each pupil, in one transaction. The same meeting again gives the first answer again.

    Raises DoesNotFit; then nothing is kept, also no refusal, so that the corrected meeting may come with the same id.
    """
    async with log.transaction() as connection:
        answers = await record(log, connection, requests)
        named = {request.key.student: answer for request, answer in zip(requests, answers, strict=True)}
        wrong = {student: answer for student, answer in named.items() if answer.problem}
        if wrong:
            raise DoesNotFit(wrong)
        repeated = [answer.repeated for answer in answers]
        if any(repeated) and not all(repeated):
            raise DoesNotFit(_added(named))
    return MeetingAnswer(named, all(repeated))


def _added(named: dict[str, ActAnswer]) -> dict[str, ActAnswer]:
    why = "the meeting of this id was recorded without this pupil"
    return {student: ActAnswer(problem="id_used", why=why) for student, answer in named.items() if not answer.repeated}
