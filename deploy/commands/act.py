"""`rollcall act`: what people did about a pupil."""

from datetime import datetime
from typing import Annotated, Literal, get_args

import typer

from deploy.commands.output import HERE, DataDir, Json
from deploy.commands.recording import How, day, item_of, record, record_group, report_of, service
from shared.contracts.terms import (
    AgreementOutcome,
    ContactChannel,
    ContactOutcome,
    Level,
    MeetingForm,
    MeetingKind,
    MeetingStatus,
    Role,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Record what people did about a pupil: calls, meetings, agreements, directives, decisions. Everything is kept with "
    "who did it and when; what the rules do not allow is refused with the reason (exit code 1). An act sent twice with the "
    "same --id counts once. `rollcall queue` shows what waits for a decision, `rollcall explain PUPIL` what came of it.",
)

Pupils = Annotated[list[str], typer.Argument(metavar="PUPIL...", help="A pupil's id, or DISTRICT/PUPIL.")]
By = Annotated[str, typer.Option("--by", help="Who did it: a name or a role that the district can find again.")]
At = Annotated[
    str | None, typer.Option("--at", help="When: 2025-10-03 (9:00) or 2025-10-03T14:30. Not said: now.", metavar="TIME")
]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, in a sentence.")]
Id = Annotated[
    str | None, typer.Option("--id", help="The act's id (UUID), to be able to send it again. Made if not given.")
]
Version = Annotated[
    int | None,
    typer.Option("--expect-version", min=0, help="Refuse if the case is no longer at the version that you saw."),
]
Kind = Annotated[MeetingKind, typer.Option("--kind", help="Which meeting: sart (level 1), mediation (level 2), sarb.")]
Date = Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the meeting.")]
Form = Annotated[MeetingForm | None, typer.Option("--form", help="With several families at once, or with one.")]


@app.command()
def contact(
    pupils: Pupils,
    channel: Annotated[ContactChannel, typer.Option("--channel", help="How the family was called on.")],
    outcome: Annotated[ContactOutcome, typer.Option("--outcome", help="What came of it.")],
    by: By,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """An attempt to reach the family.

    It is part of the effort that the law asks for before a pupil is called a habitual truant.

    rollcall act contact 10417 --channel phone --outcome voicemail --by "A. Liaison"
    """
    fields = {"kind": "contact", "channel": channel, "outcome": outcome, "by": by}
    record(pupils, fields, How(data_dir, at, id, expect_version, as_json))


@app.command()
def meeting(
    pupils: Pupils,
    kind: Kind,
    status: Annotated[MeetingStatus, typer.Option("--status", help="What is known of it now.")],
    by: By,
    form: Form = None,
    date: Date = None,
    statutory: Annotated[
        bool,
        typer.Option("--statutory", help="A mediation under WIC 601.3: its notice must be served as it says there."),
    ] = False,
    served: Annotated[
        list[str] | None,
        typer.Option("--served", metavar="WHOM:HOW:DAY", help="The notice's service: parent:certified:2025-10-01."),
    ] = None,
    agreement: Annotated[
        AgreementOutcome, typer.Option("--agreement", help="Only at a meeting that was held.")
    ] = "none",
    participant: Annotated[
        list[str] | None,
        typer.Option("--participant", metavar="ROLE", help=f"Several times. {', '.join(get_args(Role))}."),
    ] = None,
    reason: Reason = None,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """A meeting is scheduled, held, missed or cancelled.

    With several pupils it is one group meeting: it is recorded for all of them or, if it does not fit one, for none.

    rollcall act meeting 10417 10533 --kind sart --status scheduled --date 2025-10-14 --by "B. Principal"

    A family that nobody met is asked once more, alone: a missed group meeting, a missed --form individual, and an attempt
    to reach the family after both are a documented no-show.
    """
    fields = {
        "status": status,
        "form": form,
        "date": day(date),
        "statutory": statutory,
        "agreement": agreement,
        "by": by,
        "served": [service(text) for text in served or ()],
        "participants": participant or [],
        "reason": reason,
    }
    if len(pupils) > 1:
        record_group(pupils, {**fields, "kind": kind}, How(data_dir, at, id, expect_version, as_json))
    else:
        record(pupils, {**fields, "kind": "meeting", "meeting": kind}, How(data_dir, at, id, expect_version, as_json))


@app.command()
def agreement(
    pupils: Pupils,
    kind: Kind,
    outcome: Annotated[Literal["signed", "refused"], typer.Option("--outcome")],
    by: By,
    form: Form = None,
    date: Date = None,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """The family signed, or refused, the agreement at a meeting.

    This also records that the meeting was held.

    rollcall act agreement 10417 --kind sart --outcome signed --by "B. Principal"
    """
    fields = {"status": "held", "form": form, "date": day(date), "agreement": outcome, "by": by}
    record(pupils, {**fields, "kind": "meeting", "meeting": kind}, How(data_dir, at, id, expect_version, as_json))


@app.command()
def directive(
    pupils: Pupils,
    item: Annotated[
        list[str],
        typer.Option("--item", metavar="ID:KIND:DUE[:TARGET]", help="csp:csp_hours:2026-03-01:20. Kinds: see above."),
    ],
    by: By,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """The SARB's directive, given at the meeting that was held.

    The kinds of items are counselling, csp_hours (community service), attendance, other. Each item has an id of your
    choice, a day on which it is due, and where it is counted a target.

    rollcall act directive 10417 --item talk:counselling:2026-03-01 --item csp:csp_hours:2026-04-01:20 --by "SARB chair"
    """
    fields = {"kind": "directive", "items": [item_of(text) for text in item], "by": by}
    record(pupils, fields, How(data_dir, at, id, expect_version, as_json))


@app.command()
def progress(
    pupils: Pupils,
    item: Annotated[str, typer.Option("--item", help="The item's id in the directive.")],
    by: By,
    hours: Annotated[float | None, typer.Option("--hours", min=0, help="Hours done since the last word.")] = None,
    state: Annotated[Literal["done", "failed"] | None, typer.Option("--state")] = None,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """Evidence on one item of a directive: hours, or that it is done or has failed.

    rollcall act progress 10417 --item csp --hours 4 --by "CSP coordinator"
    """
    fields = {"kind": "progress", "item": item, "hours": hours, "state": state, "by": by}
    record(pupils, fields, How(data_dir, at, id, expect_version, as_json))


Do = Literal[
    "release", "hold", "dismiss", "waive_disposition", "refer_to_sarb", "approve_enforcement", "reject_enforcement",
    "close_case",
]  # fmt: skip


@app.command()
def decide(
    pupils: Pupils,
    do: Annotated[Do, typer.Option("--do", help="The decision.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence. It is kept and shown.")],
    step: Annotated[Level | None, typer.Option("--step", help="Which step, where it is not the proposed one.")] = None,
    basis: Annotated[str | None, typer.Option("--basis", help="The charge or ground, for example EC48293.")] = None,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """A named person decides about a step.

    From level 3 on nothing happens without it: refer_to_sarb takes a proposed level 3, approve_enforcement (with a --basis)
    or reject_enforcement answers a proposed filing. release lets a waiting or held step go, hold keeps it back, dismiss
    says no to it. waive_disposition: the level's meeting is not needed. close_case: nothing more, until something new.

    rollcall act decide 10417 --do refer_to_sarb --by "C. Supervisor" --reason "support so far was not enough"
    """
    fields = {"kind": "act", "do": do, "by": by, "reason": reason, "step": step, "basis": basis}
    record(pupils, fields, How(data_dir, at, id, expect_version, as_json))


@app.command()
def da(
    pupils: Pupils,
    decision: Annotated[
        Literal["acknowledged", "returned_incomplete", "filed", "declined"], typer.Option("--decision")
    ],
    by: By,
    reason: Reason = None,
    basis: Annotated[str | None, typer.Option("--basis", help="The charge that was filed.")] = None,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """What the District Attorney's office answered.

    rollcall act da 10417 --decision declined --reason "first try a parenting course" --by "DA clerk"
    """
    fields = {"kind": "da", "decision": decision, "reason": reason, "basis": basis, "by": by}
    record(pupils, fields, How(data_dir, at, id, expect_version, as_json))


@app.command("import")
def import_record(
    pupil: Annotated[str, typer.Argument(metavar="PUPIL", help="A pupil's id, or DISTRICT/PUPIL.")],
    day: Annotated[
        list[datetime], typer.Option("--day", formats=["%Y-%m-%d"], help="An unexcused full day; several times.")
    ],
    source: Annotated[str, typer.Option("--source", help="Which district, and by which paper.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why it counts here, in a sentence.")],
    report: Annotated[
        list[str] | None,
        typer.Option("--report", metavar="DAY:DAY,DAY...", help="When it was made, and what it lists."),
    ] = None,
    at: At = None,
    id: Id = None,
    expect_version: Version = None,
    data_dir: DataDir = HERE,
    as_json: Json = False,
) -> None:
    """The verified record of another district, for a pupil who came from there in this school year.

    Its days and reports count here from now on, marked as imported.

    rollcall act import 10417 --day 2025-09-08 --day 2025-09-09 --source "Example USD, letter of 3 Oct" --by "D. Registrar"
    --reason "transferred on 1 October"
    """
    days = [each.date().isoformat() for each in day]
    reports = [report_of(text) for text in report or ()]
    fields = {"kind": "import", "days": days, "source": source, "reason": reason, "reports": reports, "by": by}
    record([pupil], fields, How(data_dir, at, id, expect_version, as_json))
