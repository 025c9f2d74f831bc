"""Command for the accounts of a stored run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.accounts.spec import By, Currency
from molosim.cli.frame import app, errors_told


@app.command()
def account(
    folder: Annotated[Path, typer.Argument(help="A result of molosim run.", show_default=False)],
    *,
    by: Annotated[
        By | None, typer.Option(help="How shared trips are split in the list of shipments; as configured.")
    ] = None,
    replication: Annotated[int, typer.Option(min=0, help="The one whose shipments are listed.")] = 0,
    currency: Annotated[Currency, typer.Option(help="Of what is told here; the files have both.")] = "EUR",
) -> None:
    """Write inventory, allocated CO2e, cost and shipments of a stored run again, without simulating."""
    with errors_told():
        from molosim.experiments.accounts import told, write_accounts
        from molosim.experiments.folder import writing
        from molosim.experiments.results import Results

        results = Results(folder)
        with writing(folder):
            out = write_accounts(folder, by=by, replication=replication)
        for line in told(out, results.scenario.baseline, currency):
            typer.echo(line)
        typer.echo(f"Accounts: {out}")
