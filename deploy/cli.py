"""The `rollcall` command."""

import typer

from deploy.commands import act, contracts, dlq, keys, load, policy, scenario
from deploy.commands.doctor import doctor
from deploy.commands.explain import explain
from deploy.commands.queue import queue, release, switch
from deploy.commands.replay import replay
from deploy.commands.up import demo, up
from deploy.commands.verify import verify

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed or differences found, 2 wrong usage, 3 no stack is running.",
    help="Rollcall takes school attendance, moves pupils through a district's intervention ladder, reaches families, "
    "and builds the District Attorney's case file. Start with `rollcall up --demo`; `rollcall doctor` says what is "
    "missing on this machine.",
)

app.command()(up)
app.command()(demo)
app.command()(explain)
app.add_typer(act.app, name="act")
app.command()(queue)
app.command()(release)
app.command()(switch)
app.command()(replay)
app.command()(verify)
app.command()(doctor)
app.add_typer(load.app, name="load")
app.add_typer(scenario.app, name="scenario")
app.add_typer(policy.app, name="policy")
app.add_typer(dlq.app, name="dlq")
app.add_typer(keys.app, name="keys")
app.add_typer(contracts.app, name="contracts")


def main() -> None:
    app()
