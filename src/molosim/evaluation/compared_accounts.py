"""Accounts of all runs compared: means over replications, and paired differences from the baseline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from molosim.evaluation import cost_account, inventory
from molosim.evaluation.run_view import Row, RunView
from molosim.evaluation.shipments import shipments
from molosim.evaluation.statistics import INFEASIBLE, paired
from molosim.evaluation.trip_cost import judged
from molosim.inputs.accounting import By
from molosim.inputs.scenario import Scenario
from molosim.runtime.arrays import Columns

_SHOWN = ("less", "more")
_PRICE = "eur_per_t_co2e_saved"
_FINDINGS = ("verdict", "co2e_verdict", "together")
"""Columns that say what was found, as far as a table has them."""
_COMPARED = ("baseline", "difference", "low", "high", "verdict")
_DIGITS = {"mass_kg": 3, "volume_l": 3, "sfd_km": 4, "gcd_km": 4, "transport_tkm": 9}
"""Of shipments; shares and emissions are written in full, so that they add up."""
Rows = Mapping[str, Sequence[Sequence[Row]]]
"""Rows of a table by alternative and replication; all of one length, in one order."""


def compare_accounts(rows: Mapping[str, Rows], scenario: Scenario, broken: Collection[str]) -> dict[str, pd.DataFrame]:
    """Tables of the accounts by their names.

    Parameters
    ----------
    rows
        Of each account the rows of every run; see `molosim.evaluation.evaluated.account_rows`.
    scenario
        What was run.
    broken
        Alternatives that nobody could drive, of which nothing is found.
    """
    void = [name for name in scenario.alternatives if name in broken or scenario.baseline in broken]
    tables = {
        "inventory": _inventory(rows["inventory"], scenario),
        "allocated": _allocated(rows["allocated"], scenario.baseline),
        "costs": _costs(rows["costs"], scenario),
    }
    return {name: _voided(table, void) for name, table in tables.items()}


def listed_shipments(run: RunView, by: By) -> Columns:
    """Shipments of a run but those of confidential operators, rounded."""
    columns = shipments(run, by)
    shown = ~np.isin(columns["operator"].astype(str), run.scenario.accounts.confidential)
    rounded = {name: columns[name].astype(np.float64).round(digits) for name, digits in _DIGITS.items()}
    return {name: rounded.get(name, column)[shown] for name, column in columns.items()}


def _voided(table: pd.DataFrame, alternatives: Collection[str]) -> pd.DataFrame:
    """No finding about alternatives that nobody could drive, or that are compared with such a one."""
    mine = table["alternative"].isin(alternatives)
    for name in _FINDINGS:
        if name in table.columns:
            table.loc[mine & table[name].notna() & table[name].ne(""), name] = INFEASIBLE
    if _PRICE in table.columns:
        table.loc[mine, _PRICE] = float("nan")
    return table


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
    start = scenario.horizon.start + timedelta(days=scenario.horizon.warmup_days)
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
