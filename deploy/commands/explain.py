"""`rollcall explain PUPIL`"""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from deploy.commands.output import HERE, DataDir, Exit, Json, console, fail, print_json, running_stack
from deploy.commands.staff import only_district

Pupil = Annotated[str, typer.Argument(metavar="PUPIL", help="The pupil's id, or DISTRICT/PUPIL where several have it.")]

On = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="What was known by the close of this day.")
]


def explain(pupil: Pupil, on: On = None, data_dir: DataDir = HERE, as_json: Json = False) -> None:
    """Why a pupil is where the pupil is: marks, rules and human acts, in the order in which they became known.

    With --on it is the answer that would have been given after the close of that day: nothing that came later is in it.
    """
    stack = running_stack(data_dir)
    district, _, student = pupil.rpartition("/")
    story = _fetch(stack, district or only_district(stack, student), student, on)
    if as_json:
        print_json(story)
    else:
        _show(story)


def _fetch(stack: Any, district: str, student: str, on: datetime | None) -> dict[str, Any]:
    import httpx

    url = f"{stack.urls['escalation']}/v1/districts/{district}/pupils/{student}/explanation"
    asked, headers = {"on": f"{on:%Y-%m-%d}"} if on else {}, {"Authorization": f"Bearer {stack.staff_token}"}
    try:
        answer = httpx.get(url, params=asked, headers=headers, timeout=60)
    except httpx.TransportError as error:
        fail(f"escalation does not answer ({type(error).__name__})", Exit.NOT_RUNNING)
    if answer.status_code == 404:
        fail(str(answer.json()["detail"]))
    if not answer.is_success:
        fail(f"escalation answered {answer.status_code}: {answer.text[:500]}")
    return dict(answer.json())


def _show(story: dict[str, Any]) -> None:
    then = f", as known after the close of {story['on']}" if "on" in story else ""
    console.print(f"[bold]{story['district']}/{story['student']}[/]{then}, times at the school ({story['timezone']})")
    zone = ZoneInfo(story["timezone"])
    for line in story["stands"]:
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print()
    for step in story["steps"]:
        at = datetime.fromisoformat(step["at"]).astimezone(zone)
        console.print(f"{at:%Y-%m-%d %H:%M}  {step['text']}", markup=False, soft_wrap=True)
        if (because := step["because"]) and (why := _why(because)):
            console.print(f"{'':18}{why}", style="dim", markup=False, soft_wrap=True)


def _why(because: dict[str, Any]) -> str:
    text = f"because {because['text']}" if because["text"] else ""
    return "; ".join(part for part in (text, f"by {because['policy']}" if because["policy"] and text else "") if part)
