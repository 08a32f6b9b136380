"""From a question to its answer: finds the district, judges, counts."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from deploy.commands.output import errors, fail
from deploy.policy.difference import Change, Values, differences
from deploy.policy.packs import values_of
from deploy.simulation.result import Result, result_of
from deploy.simulation.run import NothingToJudge, Question, Simulated, simulate
from deploy.simulation.words import assumed
from services.escalation import store_districts
from services.escalation.ladder import Policy, initial_state
from services.escalation.policies import Choice, in_force
from services.escalation.simulation.assumed import Assumptions
from shared.db.pool import open_pool


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the district's own policies the one in force on the last day is meant by `before`."""

    simulated: Simulated
    result: Result
    called: str
    """What the first policy is called in tables: today, or against."""
    before: str
    after: str
    values_before: Values
    values_after: Values
    assumed: list[str]

    @property
    def changes(self) -> list[Change]:
        return differences(self.values_before, self.values_after)

    @property
    def rate(self) -> float:
        """Closes of pupils that were judged in a second, both policies counted."""
        return self.simulated.closes / max(self.simulated.seconds, 1e-9)

    def values(self) -> dict[str, Any]:
        """For a program."""
        simulated = self.simulated
        return {
            "district": simulated.question.district,
            "from": simulated.span.first,
            "to": simulated.span.last,
            "before": self.before,
            "after": self.after,
            "differences": [asdict(change) for change in self.changes],
            "assumed": self.assumed,
            "result": _plain(asdict(self.result)),
            "closes": simulated.closes,
            "decided": simulated.decided,
            "seconds": round(simulated.seconds, 2),
        }


def _plain(value: Any) -> Any:
    """Named tuples as objects."""
    if hasattr(value, "_asdict"):
        return {key: _plain(inner) for key, inner in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def ask(
    database_url: str,
    *,
    district: str | None,
    after: Policy,
    before: Policy | None,
    first: date | None = None,
    last: date | None = None,
    assumptions: Assumptions,
    suppress: bool = True,
) -> Answer:
    """Judge and count, with progress on standard error. Ends the command where there is no such district."""
    district, choices = asyncio.run(_district(database_url, district))
    question = Question(database_url, district, before, after, first, last, assumptions)
    with errors.status("reading the history") as status:

        def progress(done: int, of: int) -> None:
            status.update(f"judged {done:,} of {of:,} pupils under both policies")

        try:
            simulated = simulate(question, progress)
        except NothingToJudge as problem:
            fail(str(problem))
    today = before or in_force(choices, initial_state(""), simulated.span.last)
    return Answer(
        simulated,
        result_of(simulated.tally, simulated.school_days, suppress),
        "against" if before else "today",
        _name(today) if before else f"{_name(today)}, as {district} uses it",
        _name(after),
        values_of(today),
        values_of(after),
        assumed(before, assumptions),
    )


def _name(policy: Policy) -> str:
    return f"{policy.id} version {policy.version}"


async def _district(database_url: str, named: str | None) -> tuple[str, list[Choice]]:
    """The district, and what it chose."""
    async with open_pool(database_url, "escalation", max_size=1) as pool, pool.acquire() as connection:
        names = await store_districts.names(connection)
        if named is None and len(names) > 1:
            fail(f"the stack has several districts; name one with --district: {', '.join(names)}")
        if not names or named not in (None, *names):
            fail(f"there is no district {named}; there are: {', '.join(names) or 'none'}")
        district = named or names[0]
        rows = await store_districts.policy_choices(connection, [district])
    return district, [Choice(row["policy"], row["overrides"], row["effective_from"] or date.min) for row in rows]
