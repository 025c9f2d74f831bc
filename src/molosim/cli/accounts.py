"""Command for the accounts of a stored run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen, rows
from molosim.inputs.accounting import By, Currency


@command(app)
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
    screen: Screen,
) -> None:
    """Write inventory, allocated CO2e, cost and shipments of a stored run again, without simulating."""
    from molosim.api import stored
    from molosim.results.account_tables import summary, told
    from molosim.results.results import Results

    out = stored.account(folder, by=by, replication=replication, model=emissions)
    money, waste = summary(out, Results(folder).scenario.baseline)
    for line in told(money, waste, currency):
        screen.say(line)
    screen.say(f"Accounts: {out}")
    screen.outcome("account", {"folder": out, "costs": rows(money), "waste": rows(waste)})
