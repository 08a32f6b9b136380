"""`rollcall verify`"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, errors, fail, print_json, running_stack
from deploy.commands.staff import only_district

if TYPE_CHECKING:
    from deploy.seams import SeamResult
    from services.escalation.proof.verify import Verification

District = Annotated[str | None, typer.Option("--district", help="Only this district.")]
Pupil = Annotated[str | None, typer.Option("--pupil", help="Only this pupil, or DISTRICT/PUPIL where several have it.")]
PAUSE = 5.0
"""Seconds between two words about how far it is."""


def verify(district: District = None, pupil: Pupil = None, data_dir: DataDir = HERE, as_json: Json = False) -> None:
    """Prove that every state, report, notice and status follows from what was taken.

    All of escalation's tables are built again beside the real ones, from the record of marks, closes, rosters, acts and
    policies in the order in which they were taken, and compared row by row. Then the event logs are compared with what was
    taken and decided: nothing may be lost, invented or changed on the way. The stack may run meanwhile. Exit code 1 if
    anything differs; the rows are named.
    """
    stack = running_stack(data_dir)
    if pupil:
        named, _, pupil = pupil.rpartition("/")
        district = district or named or only_district(stack, pupil)
    begun = time.monotonic()
    found, seams = asyncio.run(_verify(stack.database_url, district, pupil))
    report = _report(found, seams, time.monotonic() - begun)
    if as_json:
        print_json(report)
    else:
        _show(report)
    if not report["proven"]:
        raise typer.Exit(Exit.FAILED)


async def _verify(
    urls: Callable[[str], str], district: str | None, student: str | None
) -> tuple["Verification", list["SeamResult"]]:
    from deploy.seams import check_seams
    from services.escalation.proof.journal import Scope
    from services.escalation.proof.verify import verify
    from shared.db.pool import open_pool

    scope = Scope(district, student)
    async with open_pool(urls("escalation"), "escalation", max_size=1) as pool:
        found = await verify(pool, urls("escalation"), scope, _Progress())
    if not found.taken and not found.older:
        fail(f"nothing was ever taken about {district or 'any district'}{f'/{student}' if student else ''}")
    return found, await check_seams(urls, district, student)


class _Progress:
    """Says now and then on standard error how far it is."""

    def __init__(self) -> None:
        self._begun = self._said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said > PAUSE:
            self._said = now
            rate = done / (now - self._begun)
            errors.print(f"{done:,} of {total:,} facts taken again, {rate:,.0f} a second", style="dim")


def _report(found: "Verification", seams: list["SeamResult"], seconds: float) -> dict[str, Any]:
    return {
        "proven": found.proven and all(seam.tight for seam in seams),
        "facts": found.taken,
        "facts_before_the_record": found.older,
        "seconds": round(seconds, 2),
        "not_taken_again": [row._asdict() for row in found.not_taken],
        "tables": [
            {
                "table": table.table,
                "kept": table.kept,
                "built_again": table.built,
                "equal": table.equal,
                "different": table.wrong,
                "first": [difference._asdict() for difference in table.shown],
            }
            for table in found.tables
        ],
        "seams": [asdict(seam) for seam in seams],
    }


def _show(report: dict[str, Any]) -> None:
    from rich.table import Table

    grid = Table(box=None, pad_edge=False)
    grid.add_column("table")
    for name in ("kept", "built again", "equal", "different"):
        grid.add_column(name, justify="right")
    for table in report["tables"]:
        grid.add_row(table["table"], *(f"{table[name]:,}" for name in ("kept", "built_again", "equal", "different")))
    console.print(grid)
    console.print()
    for seam in report["seams"]:
        console.print(_seam(seam), markup=False, soft_wrap=True)
    console.print()
    for line in _findings(report):
        console.print(line, markup=False, soft_wrap=True)
    rate = report["facts"] / max(report["seconds"], 0.01)
    verdict = "Proven: everything follows" if report["proven"] else "NOT proven: not everything follows"
    console.print(f"{verdict} from {report['facts']:,} facts ({report['seconds']} s, {rate:,.0f} a second)")


def _findings(report: dict[str, Any]) -> list[str]:
    lines = [
        f"{row['table']} {row['key']}: is not taken a second time ({row['why']})" for row in report["not_taken_again"]
    ]
    if report["facts_before_the_record"]:
        lines.append(
            f"{report['facts_before_the_record']:,} facts were taken before the record began, so nothing is proven of them"
        )
    for table in report["tables"]:
        lines += [_difference(row) for row in table["first"]]
        if (more := table["different"] - len(table["first"])) > 0:
            lines.append(f"{table['table']}: {more:,} more")
    return lines + [f"{seam['seam']}, {line}" for seam in report["seams"] for line in seam["first"]]


def _seam(seam: dict[str, Any]) -> str:
    """`marks and closes: 510 equal, 3 on the way`: what is not there is left out."""
    names = ("on_the_way", "overtaken", "dead", "older", "lost", "invented", "changed")
    counts = [f"{seam[name]:,} {name.replace('_', ' ')}" for name in ("equal", *names) if seam[name] or name == "equal"]
    return f"{seam['seam']}: {', '.join(counts)}"


def _difference(row: dict[str, Any]) -> str:
    words = {
        "only kept": "is kept, but does not follow from the record",
        "only built again": "follows from the record, but is not kept",
        "differs": f"differs in {', '.join(row['fields'])}",
    }
    return f"{row['table']} {row['key']}: {words[row['problem']]}"
