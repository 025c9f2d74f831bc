"""Accounts in a result folder: written anew from a stored run, and summed up in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from molosim.evaluation import cost_account
from molosim.evaluation.compared_accounts import compare_accounts, listed_shipments
from molosim.evaluation.evaluated import account_rows
from molosim.evaluation.run_view import Row
from molosim.evaluation.statistics import infeasible
from molosim.inputs.accounting import By, Currency
from molosim.inputs.scenario import load
from molosim.results.folder import ACCOUNTS, CONFIG
from molosim.results.reader import ResultReader
from molosim.results.schema import COMPARED_ACCOUNTS
from molosim.results.writer import write_shipments, write_table
from molosim.runtime.arrays import Columns
from molosim.runtime.errors import ScenarioError


def write_accounts(folder: Path, *, by: By | None = None, replication: int = 0, measured: Path | None = None) -> Path:
    """Write the accounts of a run whose tables and configuration are in ``folder``; returns their folder.

    Parameters
    ----------
    folder
        Of the run.
    by
        Split of shared trips in the list of shipments; the configuration's by default.
    replication
        The one whose shipments are listed.
    measured
        Folder with the configuration that the run was measured again by, in which its accounts are written then.

    Raises
    ------
    ScenarioError
        Tables lack what accounts need, or there is no such replication.
    """
    home = measured or folder
    scenario = load(home / CONFIG)
    if not 0 <= replication < scenario.horizon.replications:
        raise ScenarioError.at("replication", f"found {replication}; the last is {scenario.horizon.replications - 1}")
    by = by or scenario.accounts.allocation
    stored = ResultReader(folder)
    rows: dict[str, dict[str, list[list[Row]]]] = {
        name: {alternative: [] for alternative in scenario.alternatives} for name in COMPARED_ACCOUNTS
    }
    listed: dict[str, Columns] = {}
    for number in range(scenario.horizon.replications):
        for alternative, view in stored.views(scenario, number):
            for name, mine in account_rows(view).items():
                rows[name][alternative].append(mine)
            if number == replication:
                listed[alternative] = listed_shipments(view, by)
    broken = infeasible(stored.frame("replications"))
    (home / ACCOUNTS).mkdir(exist_ok=True)
    for name, table in compare_accounts(rows, scenario, broken).items():
        write_table(home, name, table)
    write_shipments(home, listed)
    return home / ACCOUNTS


def summary(out: Path, baseline: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of accounts in a folder: total costs beside CO2e of the other alternatives, and waste's part by every split."""
    money, split = pd.read_csv(out / "costs.csv"), pd.read_csv(out / "allocated.csv")
    totals = (money["item"] == cost_account.TOTAL) & money["who"].isin(("all operators", "whole city"))
    waste = (split["vehicles"] == "all operators") & (split["goods"] == "waste") & (split["units"] > 0)
    return money[totals & (money["alternative"] != baseline)], split[waste]


def told(money: pd.DataFrame, waste: pd.DataFrame, currency: Currency) -> Iterator[str]:
    """A `summary` in words, a line for each thing."""
    for row in money.to_dict("records"):
        cost = _interval(row, f"_{currency.lower()}", currency)
        co2e = _interval(row, "_co2e_kg", "kg CO2e")
        yield f"{row['alternative']} against {row['baseline']}, {row['who']}: {row['together']} ({cost}; {co2e})"
    for alternative, rows in waste.groupby("alternative", sort=False):
        each = ", ".join(f"{row.co2e_per_unit_kg:.3g} by {row.allocation}" for row in rows.itertuples())
        yield f"{alternative}: allocated kg CO2e per kg of waste {each}"


def _interval(row: Mapping[Hashable, object], ending: str, unit: str) -> str:
    mean, low, high = (float(str(row[f"{name}{ending}"])) for name in ("difference", "low", "high"))
    digits = 0 if abs(mean) >= 100 else 1 if abs(mean) >= 10 else 2
    between = f" [{low:+,.{digits}f}, {high:+,.{digits}f}]" if np.isfinite(low) else ""
    return f"{mean:+,.{digits}f} {unit}{between}"
