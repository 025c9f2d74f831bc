"""Accounts of a stored run: read from its tables, compared over replications, written as CSV files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from molosim.evaluation import allocated_account, cost_account, inventory
from molosim.evaluation.account_run import Row, Run
from molosim.evaluation.shipments import COLUMNS as SHIPMENTS
from molosim.evaluation.shipments import shipments
from molosim.evaluation.statistics import INFEASIBLE, infeasible, paired
from molosim.evaluation.trip_cost import judged
from molosim.inputs.accounting import By, Currency
from molosim.inputs.scenario import Scenario, load
from molosim.results.checked_tables import reading
from molosim.results.folder import ACCOUNTS, CONFIG
from molosim.results.stored_runs import first_day, runs
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import replace
from molosim.trips import MUNICIPALITY

COMPARED = ("inventory.csv", "allocated.csv", "costs.csv")
"""Files in a run's folder ``accounts`` that hold all replications; beside them is ``shipments.csv`` of one."""
_SHOWN = ("less", "more")
_PRICE = "eur_per_t_co2e_saved"
_FINDINGS = ("verdict", "co2e_verdict", "together")
"""Columns that say what was found, as far as a table has them."""
_COMPARED = ("baseline", "difference", "low", "high", "verdict")
_DIGITS = {"mass_kg": 3, "volume_l": 3, "sfd_km": 4, "gcd_km": 4, "transport_tkm": 9}
"""Of shipments; shares and emissions are written in full, so that they add up."""
Rows = Mapping[str, Sequence[Sequence[Row]]]
"""Rows of a table by alternative and replication; all of one length, in one order."""


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
    of: dict[str, Callable[[Run], list[Row]]] = {
        "inventory": lambda run: _lines(run, scenario),
        "allocated": allocated_account.rows,
        "costs": cost_account.rows,
    }
    rows: dict[str, dict[str, list[list[Row]]]] = {name: {a: [] for a in scenario.alternatives} for name in of}
    listed: list[pa.Table] = []
    for number in range(scenario.horizon.replications):
        for alternative, run in runs(folder, scenario, number):
            for name, rows_of in of.items():
                rows[name][alternative].append(rows_of(run))
            if number == replication:
                listed.append(_shipments(run, scenario, alternative, by))
    out = home / ACCOUNTS
    out.mkdir(exist_ok=True)
    with reading(folder / "replications.parquet"):
        broken = infeasible(pd.read_parquet(folder / "replications.parquet"))
    void = [name for name in scenario.alternatives if name in broken or scenario.baseline in broken]
    _write(out / "inventory.csv", _voided(_inventory(rows["inventory"], scenario), void))
    _write(out / "allocated.csv", _voided(_allocated(rows["allocated"], scenario.baseline), void))
    _write(out / "costs.csv", _voided(_costs(rows["costs"], scenario), void))
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    replace(out / "shipments.csv", lambda path: pyarrow.csv.write_csv(pa.concat_tables(listed), path, options))
    return out


def _voided(table: pd.DataFrame, alternatives: Collection[str]) -> pd.DataFrame:
    """No finding about alternatives that nobody could drive, or that are compared with such a one."""
    mine = table["alternative"].isin(alternatives)
    for name in _FINDINGS:
        if name in table.columns:
            table.loc[mine & table[name].notna() & table[name].ne(""), name] = INFEASIBLE
    if _PRICE in table.columns:
        table.loc[mine, _PRICE] = float("nan")
    return table


def _lines(run: Run, scenario: Scenario) -> list[Row]:
    operators = (MUNICIPALITY, *(carrier.name for carrier in scenario.carriers))
    used = {vehicle.energy for vehicle in scenario.vehicles.values()}
    carriers = [carrier for carrier in inventory.CARRIERS if carrier in used]
    return inventory.rows(run, operators, carriers, scenario.accounts.confidential, scenario.accounts.allocation)


def _compared(rows: Rows, baseline: str, value: str) -> Iterator[tuple[str, Row]]:
    """Means over replications of each row, with the paired difference of one figure from the baseline's."""
    for alternative, of in rows.items():
        for i, first in enumerate(of[0]):
            mean: Row = {
                name: figure if isinstance(figure, str) else float(np.mean([run[i][name] for run in of]))
                for name, figure in first.items()
            }
            yield alternative, mean | _difference(rows, alternative, baseline, i, value)


def _difference(rows: Rows, alternative: str, baseline: str, i: int, value: str) -> Row:
    if alternative == baseline:
        return {"baseline": "", **dict.fromkeys(_COMPARED[1:4], float("nan")), "verdict": ""}
    ours, theirs = (
        np.array([run[i][value] for run in rows[name]], dtype=np.float64) for name in (alternative, baseline)
    )
    found = paired(ours, theirs)
    return {"baseline": baseline} | {name: getattr(found, name) for name in _COMPARED[1:]}


def _inventory(rows: Rows, scenario: Scenario) -> pd.DataFrame:
    start = first_day(scenario)
    end = start + timedelta(days=scenario.horizon.days - 1)
    lines = []
    for alternative, row in _compared(rows, scenario.baseline, "co2e_t"):
        line = inventory.shown(row)
        if line["notation"] not in ("", "NO") or line["verdict"] == "not defined":
            line |= dict.fromkeys(("difference", "low", "high"), float("nan")) | {"verdict": ""}
        lines.append({"alternative": alternative, "period": f"{start} to {end}", **line})
    found = pd.DataFrame(lines).rename(columns={name: f"{name}_co2e_t" for name in ("difference", "low", "high")})
    return found.round(6)


def _allocated(rows: Rows, baseline: str) -> pd.DataFrame:
    found = pd.DataFrame([{"alternative": of, **row} for of, row in _compared(rows, baseline, "co2e_wtw_kg")])
    ratios = {
        "intensity_kg_per_tkm": found["co2e_wtw_kg"] / found["transport_tkm"],
        "co2e_per_unit_kg": found["co2e_wtw_kg"] / found["units"],
        "co2e_per_household_kg": found["co2e_wtw_kg"] / found["households"],
    }
    defined = {name: ratio.where(np.isfinite(ratio)) for name, ratio in ratios.items()}
    compared = found[list(_COMPARED)]
    return pd.concat([found.drop(columns=list(_COMPARED)).assign(**defined), compared], axis=1).round(6)


def _costs(rows: Rows, scenario: Scenario) -> pd.DataFrame:
    rate = scenario.costs.dkk_per_eur
    lines = []
    co2e = _compared(rows, scenario.baseline, "co2e_wtw_kg")
    for (alternative, row), (_, of_co2e) in zip(_compared(rows, scenario.baseline, "cost_eur"), co2e, strict=True):
        named = {"alternative": alternative, "who": row["who"], "item": row["item"]}
        money = {"cost": row["cost_eur"], **{name: row[name] for name in ("difference", "low", "high")}}
        for currency, factor in (("eur", 1.0), ("dkk", rate)):
            named |= {f"{name}_{currency}": float(amount) * factor for name, amount in money.items()}
        named |= {"dkk_per_eur": rate, "baseline": row["baseline"], "verdict": row["verdict"]}
        lines.append(named | beside(row, of_co2e))
    return pd.DataFrame(lines).round(4)


def beside(cost: Row, co2e: Row) -> Row:
    """What cost and CO2e of the same vehicles come to together; only totals have both.

    Parameters
    ----------
    cost, co2e
        Rows of the same vehicles, each with its difference from the baseline: euro and kilograms.
    """
    if cost["item"] != cost_account.TOTAL:
        return {}
    told: Row = {"co2e_wtw_kg": co2e["co2e_wtw_kg"]}
    told |= {f"{name}_co2e_kg": co2e[name] for name in ("difference", "low", "high")} | {
        "co2e_verdict": co2e["verdict"]
    }
    if not cost["baseline"]:
        return told
    shown = cost["verdict"] in _SHOWN and co2e["verdict"] == "less"
    price = float(cost["difference"]) / -(float(co2e["difference"]) / 1000) if shown else float("nan")
    together = judged(str(cost["verdict"]), str(co2e["verdict"]))
    return told | {"together": together, _PRICE: price}


def _shipments(run: Run, scenario: Scenario, alternative: str, by: By) -> pa.Table:
    columns = shipments(run, by)
    told = ~np.isin(columns["operator"].astype(str), scenario.accounts.confidential)
    rounded = {name: columns[name].astype(np.float64).round(digits) for name, digits in _DIGITS.items()}
    table = {name: rounded.get(name, columns[name])[told] for name in SHIPMENTS}
    return pa.table({"alternative": np.full(int(told.sum()), alternative), **table})


def _write(path: Path, frame: pd.DataFrame) -> None:
    replace(path, lambda part: frame.to_csv(part, index=False, lineterminator="\n"))


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
