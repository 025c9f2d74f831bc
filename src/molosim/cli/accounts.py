"""Command for the accounts of a stored run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.cli.frame import app, errors_told
from molosim.cli.screen import Json, Quiet, Screen, rows
from molosim.inputs.accounting import By, Currency


@app.command()
def account(
    folder: Annotated[Path, typer.Argument(help="A result of molosim run.", show_default=False)],
    *,
    by: Annotated[
        By | None, typer.Option(help="How shared trips are split in the list of shipments; as configured.")
    ] = None,
    replication: Annotated[int, typer.Option(min=0, help="The one whose shipments are listed.")] = 0,
    emissions: Annotated[
        str | None, typer.Option(help="Emission model by which molosim measure has measured the run again.")
    ] = None,
    currency: Annotated[Currency, typer.Option(help="Of what is told here; the files have both.")] = "EUR",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write inventory, allocated CO2e, cost and shipments of a stored run again, without simulating."""
    screen = Screen(quiet, as_json)
    with errors_told():
        from molosim.experiments.remeasure import home_of
        from molosim.results.account_tables import summary, told, write_accounts
        from molosim.results.folder import require_kind
        from molosim.results.results import Results
        from molosim.runtime.files import writing

        require_kind(folder, "account")
        results = Results(folder)
        measured = None if emissions is None else home_of(folder, emissions)
        with writing(folder):
            out = write_accounts(folder, by=by, replication=replication, measured=measured)
        money, waste = summary(out, results.scenario.baseline)
        for line in told(money, waste, currency):
            screen.say(line)
        screen.say(f"Accounts: {out}")
        screen.outcome("account", {"folder": out, "costs": rows(money), "waste": rows(waste)})
