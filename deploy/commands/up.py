"""`rollcall up` and `rollcall demo`"""

import asyncio
import subprocess
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, fail, print_json, running_stack

if TYPE_CHECKING:
    from deploy.demo.run import Progress
    from deploy.serve import Work

Pupils = Annotated[int, typer.Option("--pupils", min=1, help="How many pupils the demo district has.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same district and the same year.")]
Days = Annotated[int, typer.Option("--days", min=1, help="How many further school days to stream.")]
ALL_DAYS = 180


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Stream a demo district in time-lapse.")] = False,
    pupils: Pupils = 2000,
    seed: Seed = 1,
    days: Days = ALL_DAYS,
    leave: Annotated[
        bool, typer.Option("--exit", help="Stop when the demo is done and everything has settled.")
    ] = False,
    broker: Annotated[
        Literal["tansu", "kafka"], typer.Option(help="Tansu: in memory, no Java. Kafka: needs Java and Maven.")
    ] = "tansu",
    cluster: Annotated[
        str | None,
        typer.Option("--bootstrap", envvar="KAFKA_BOOTSTRAP", help="Use this running Kafka cluster instead."),
    ] = None,
    clock: Annotated[
        Literal["real", "driven"] | None, typer.Option(help="Driven: requests name the time. Default with --demo.")
    ] = None,
    data_dir: DataDir = HERE,
) -> None:
    """Start the whole system on this machine and serve until Ctrl-C.

    PostgreSQL, a broker, a catcher for mail and SMS, and the four services. A second `up` goes on with the same data.
    """
    from deploy.embedded.stack import StackOptions
    from deploy.serve import serve

    clock = clock or ("driven" if demo else "real")
    if demo and clock == "real":
        raise typer.BadParameter("the demo is a time-lapse: it needs --clock driven")
    options = StackOptions(data_dir, broker, cluster, clock, known_ports=True)
    work = demo_work(pupils, seed, days) if demo else None
    raise typer.Exit(_run(serve(options, work, leave)))


def _run(serving: Coroutine[Any, Any, int]) -> int:
    import asyncpg

    from deploy.embedded.process import DidNotStart
    from deploy.embedded.state import StackRunning

    try:
        return asyncio.run(serving)
    except (StackRunning, DidNotStart, asyncpg.PostgresError, OSError) as error:
        fail(f"{error}\n`rollcall doctor` may know more")
    except subprocess.SubprocessError as error:
        fail(f"PostgreSQL did not start ({error}); its log is postgres/log in the data folder")


def demo_work(pupils: int, seed: int, days: int) -> "Work":
    async def work(stack: Any, report: Any) -> None:
        from deploy.demo.run import run_demo

        await run_demo(stack, pupils, seed, days, lambda progress: report(describe(progress)))

    return work


def describe(progress: "Progress") -> str:
    refused = progress.refused_marks + progress.refused_acts
    said = f"day {progress.days_done} of {progress.days_wanted}, {progress.day}"
    said += f", {refused} refused" if refused else ""
    return said + (", no longer waits for messages" if progress.unheard else "")


def demo(
    pupils: Pupils = 2000, seed: Seed = 1, days: Days = ALL_DAYS, data_dir: DataDir = HERE, as_json: Json = False
) -> None:
    """Stream a demo district into a stack that already runs (with a driven clock)."""
    from dataclasses import asdict

    from deploy.demo.run import run_demo

    stack = running_stack(data_dir)
    if stack.clock != "driven":
        fail("the demo is a time-lapse: start the stack with `rollcall up --clock driven`", Exit.USAGE)
    with console.status("streaming") as status:
        done = asyncio.run(run_demo(stack, pupils, seed, days, lambda progress: status.update(describe(progress))))
    if as_json:
        print_json(asdict(done))
    else:
        console.print(f"{done.district}: {describe(done)}, {done.marks:,} marks, {done.acts:,} acts")
