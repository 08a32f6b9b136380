"""`rollcall queue`, `rollcall release`, `rollcall switch`: what waits for a person, and what is stopped."""

from typing import Annotated, Any, Literal
from uuid import uuid4

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, errors, fail, print_json, running_stack
from deploy.commands.staff import Escalation, districts, moment

Step = Literal["level_1", "level_2"]
District = Annotated[str, typer.Argument(metavar="DISTRICT")]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence. It is kept and shown.")]
At = Annotated[str | None, typer.Option("--at", help="When, on a stack with a driven clock.", metavar="TIME")]
WORDS = {
    "kill_switch": "a kill switch stops the step",
    "blast_radius": "too many pupils of the school would have taken the step at one close",
    "policy_person": "the policy wants a person to release it",
    "policy_delay": "the policy lets it wait",
}


def queue(
    district: Annotated[str | None, typer.Option("--district", help="Only this one.")] = None,
    school: Annotated[str | None, typer.Option("--school", help="Only this one.")] = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """What waits for a person, the oldest first: proposals, steps that are not released, cases under review; and which steps
    are stopped. Decide with `rollcall act decide`, many at once with `rollcall release`."""
    stack = running_stack(data_dir)
    query = {"school": school} if school else {}
    names = [district] if district else districts(stack)
    found = {name: Escalation(stack, name).get("/queue", **query) for name in names}
    if as_json:
        print_json(found)
        return
    for name, waits in found.items():
        _show(name, waits)


def _show(district: str, waits: dict[str, Any]) -> None:
    console.print(f"[bold]{district}[/]: {waits['count']} waiting")
    for stop in waits["stopped"]:
        when = _minute(stop["at"])
        console.print(
            f"{stop['step']} is stopped since {when} by {stop['by']}: {stop['reason']}", style="red", markup=False
        )
    for stop in waits["blast_radius"]:
        text = f"{stop['pupils']} of {stop['enrolled']} pupils of {stop['school']} would have taken {stop['step']}"
        console.print(f"{stop['day']}  {text}: stopped at that close", style="red", markup=False)
    for item in waits["waiting"]:
        _show_item(district, item)


def _show_item(district: str, item: dict[str, Any]) -> None:
    held = " (on hold)" if item["on_hold"] else ""
    console.print(
        f"{_minute(item['since'])}  {district}/{item['student']}  {item['sort']} {item['step']}{held}, "
        f"school {item['school']}, now at {item['level']}, version {item['version']}",
        markup=False,
        soft_wrap=True,
    )
    until = f" until {item['until']}" if item["until"] else ""
    why = f"{WORDS[item['cause']]}{until}" if item["cause"] else item["why"]
    console.print(f"{'':18}{why}", style="dim", markup=False, soft_wrap=True)


def release(
    district: District,
    step: Annotated[Step, typer.Argument(metavar="STEP", help="level_1 or level_2.")],
    by: By,
    reason: Reason,
    pupils: Annotated[
        list[str] | None, typer.Argument(metavar="[PUPIL...]", help="Not said: all who wait for the step.")
    ] = None,
    school: Annotated[str | None, typer.Option("--school", help="Only who waits at this school.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Of the release, to be able to send it again.")] = None,
    at: At = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """Let a step that waits go, for many pupils at once: their families get the notice.

    rollcall release lincoln level_1 --school north --by "C. Supervisor" --reason "the marks of that day are right"
    """
    when = moment(at)
    body = {
        "id": id or str(uuid4()),
        "step": step,
        "school": school,
        "students": pupils or None,
        "by": by,
        "reason": reason,
    }
    answer = Escalation(running_stack(data_dir), district).send("POST", "/queue/release", body, when)
    if as_json:
        print_json(answer)
    else:
        console.print(f"released: {len(answer['released'])}")
        for refused in answer["refused"]:
            errors.print(
                f"{district}/{refused['student']}: {refused['detail']}", style="red", markup=False, soft_wrap=True
            )
    if answer["refused"]:
        raise typer.Exit(Exit.FAILED)


def switch(
    district: District,
    step: Annotated[
        Step | None, typer.Argument(metavar="[STEP]", help="level_1 or level_2. Not said: show both.")
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="From the next close on nobody takes the step.")] = False,
    go: Annotated[bool, typer.Option("--go", help="Who waits takes it at the next close, if it is still due.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who decides.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")] = "",
    at: At = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """Stop a step for the whole district, or let it go again. No notice of a stopped step reaches a family.

    rollcall switch lincoln level_1 --stop --by "C. Supervisor" --reason "the letters name the wrong law"
    """
    if step and (stop == go or not by or not reason):
        fail("say --stop or --go, --by whom, and the --reason", Exit.USAGE)
    when = moment(at)
    escalation = Escalation(running_stack(data_dir), district)
    if step:
        escalation.send("PUT", f"/switches/{step}", {"stopped": stop, "by": by, "reason": reason}, when)
    answer = escalation.get("/switches")
    if as_json:
        print_json(answer)
        return
    for each in answer["switches"]:
        since = f" since {_minute(each['at'])}, by {each['by']}: {each['reason']}" if "at" in each else ""
        console.print(
            f"{each['step']}: {'stopped' if each['stopped'] else 'goes'}{since}", markup=False, soft_wrap=True
        )


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
