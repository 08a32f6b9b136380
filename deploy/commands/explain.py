"""`rollcall explain PUPIL`"""

from typing import Annotated, Any

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, fail, print_json, running_stack
from deploy.commands.staff import only_district

Pupil = Annotated[str, typer.Argument(metavar="PUPIL", help="The pupil's id, or DISTRICT/PUPIL where several have it.")]


def explain(pupil: Pupil, data_dir: DataDir = HERE, as_json: Json = False) -> None:
    """Why a pupil is where the pupil is: marks, rules and human acts, in the order in which they became known."""
    stack = running_stack(data_dir)
    district, _, student = pupil.rpartition("/")
    story = _fetch(stack, district or only_district(stack, student), student)
    if as_json:
        print_json(story)
    else:
        _show(story)


def _fetch(stack: Any, district: str, student: str) -> dict[str, Any]:
    import httpx

    url = f"{stack.urls['escalation']}/v1/districts/{district}/pupils/{student}/explanation"
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {stack.staff_token}"}, timeout=30)
    except httpx.TransportError as error:
        fail(f"escalation does not answer ({type(error).__name__})", Exit.NOT_RUNNING)
    if answer.status_code == 404:
        fail(f"nothing is known about pupil {student} of district {district}")
    if not answer.is_success:
        fail(f"escalation answered {answer.status_code}: {answer.text[:500]}")
    return dict(answer.json())


def _show(story: dict[str, Any]) -> None:
    console.print(f"[bold]{story['district']}/{story['student']}[/], times in UTC")
    for step in story["steps"]:
        console.print(f"{step['at'][:16].replace('T', ' ')}  {step['text']}", markup=False, soft_wrap=True)
        if because := step["because"]:
            console.print(f"{'':18}{_why(because)}", style="dim", markup=False, soft_wrap=True)


def _why(because: dict[str, Any]) -> str:
    values = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in because["values"].items())
    days = f"days {', '.join(because['days'])}" if because["days"] else ""
    policy = f" of {because['policy']}" if because["policy"] else ""
    return "; ".join(part for part in (f"rule {because['rule']}{policy}", values, days) if part)
