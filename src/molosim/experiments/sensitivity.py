"""Which factors a difference hangs on: Morris screening and Sobol' indices, by SALib, of a sweep's differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import CONFIDENCE, is_voided, undriven
from molosim.experiments.design import Design, Morris, Sobol, load_design
from molosim.experiments.points import base_scenario
from molosim.experiments.sampling import problem, unit_sample
from molosim.experiments.sequential import Contrast
from molosim.experiments.sweep_tables import RUNS
from molosim.results import schema
from molosim.results.reader import ResultReader
from molosim.results.writer import write_table
from molosim.runtime.arrays import Flags, Floats
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import writing

_FEWEST = 2
"""Blocks of points that indices need."""
_RESAMPLES = 1000
_SEED = 1


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One difference at every point."""

    means: Floats
    """Mean paired difference, shape (points,); not a number where no replication has one or a plan is infeasible."""
    noise_share: float
    """Share of the variance over points that is chance within them: it adds to total effects, not to first ones."""
    infeasible: int = 0
    """Points at which a plan could not be driven."""


def run(folder: Path, out: Path) -> pd.DataFrame:
    """Analyse the finished sweep in a folder and write ``sensitivity.csv`` into another, or the same.

    Raises
    ------
    ScenarioError
        As `analyse`, and for folders that hold no finished sweep.
    """
    if not (folder / RUNS).is_file():
        raise ScenarioError.at(str(folder), f"has no {RUNS}; sensitivity needs the folder of a finished sweep")
    table = analyse(ResultReader(folder).frame("runs"), load_design(folder))
    with writing(out):
        write_table(out, "sensitivity", table)
    return table


def analyse(runs: pd.DataFrame, design: Design, *, baseline: str | None = None) -> pd.DataFrame:
    """Sensitivity of every difference of a sweep.

    Parameters
    ----------
    runs
        ``runs.parquet`` of a sweep of ``design``.
    design
        Sampled by ``sobol`` or ``morris``.
    baseline
        The alternative that the others are compared with; the base configuration's by default.

    Returns
    -------
    DataFrame
        Columns of the schema, a row per alternative, measure, factor and index. Indices by Sobol' are ``first`` and
        ``total`` with 95 % intervals by bootstrap; by Morris ``mu_star`` (mean size of the effect of a factor's whole
        range, with its interval), ``mu`` (with its sign) and ``sigma`` (how much it varies with the other factors).
        A difference that is the same at all points has no indices and no rows, nor has one whose points are
        infeasible but for less than two blocks of them. Points are left out in whole blocks; ``points_infeasible`` of
        all were infeasible themselves, and indices then hold for the part of the factors' ranges that can be driven.

    Raises
    ------
    ScenarioError
        For designs of another sampling, and sweeps of which too few points are left.
    """
    if not isinstance(design.sampling, Sobol | Morris):
        fault = f"found '{design.sampling.kind}'; sensitivity needs a sweep of 'sobol' or 'morris'"
        raise ScenarioError.at("sampling.kind", fault)
    baseline = baseline or base_scenario(design).baseline
    unit = unit_sample(design)
    rows: list[dict[str, Any]] = []
    void = 0
    for alternative in (name for name in runs["alternative"].unique() if name != baseline):
        for measure in design.measures:
            outcomes = outcomes_of(runs, Contrast(alternative, baseline, measure), len(unit))
            if outcomes.infeasible and _whole(design, outcomes.means).sum() < _FEWEST:
                void = outcomes.infeasible
                continue
            told = {"alternative": alternative, "baseline": baseline, "measure": measure}
            told |= {"unit": MEASURES[measure].unit, "noise_share": outcomes.noise_share}
            told |= {"points_infeasible": outcomes.infeasible}
            rows += [told | row for row in indices(design, unit, outcomes.means)]
    if void and not rows:
        problem = f"{void} of {len(unit)} points are infeasible; needs {_FEWEST} or more blocks of points without any"
        raise ScenarioError.at("runs", problem)
    return pd.DataFrame(rows, columns=list(schema.table("sensitivity").names))


def outcomes_of(runs: pd.DataFrame, contrast: Contrast, points: int) -> Outcomes:
    """Means of a sweep's paired differences over the replications of each point."""
    if contrast.measure not in runs:
        return Outcomes(np.full(points, np.nan), np.nan)  # all runs have failed
    ours, theirs = (
        runs[runs["alternative"] == name].pivot_table(contrast.measure, "point", "replication", dropna=False)
        for name in (contrast.alternative, contrast.baseline)
    )
    table = (ours - theirs).reindex(range(points)).to_numpy(dtype=np.float64)
    counts = np.isfinite(table).sum(axis=1)
    means = np.where(counts > 0, np.nansum(table, axis=1) / np.maximum(counts, 1), np.nan)
    mine = runs["alternative"].isin((contrast.alternative, contrast.baseline)) & undriven(runs)
    void = np.isin(np.arange(points), runs.loc[mine, "point"]) & is_voided(contrast.measure)
    means[void] = np.nan
    return Outcomes(means, _noise_share(table[np.isfinite(table).all(axis=1) & ~void]), int(void.sum()))


def _noise_share(table: Floats) -> float:
    """Of points x replications, the share of the variance between means that is chance of the points' own.

    Chance that all points share, since their replications are the same, moves all alike and does not count.
    """
    points, replications = table.shape
    if points < 2 or replications < 2 or np.ptp(table.mean(axis=1)) == 0:
        return float("nan")
    own = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    chance = (own**2).sum() / ((points - 1) * (replications - 1)) / replications
    return float(min(chance / table.mean(axis=1).var(ddof=1), 1.0))


def indices(design: Design, unit: Floats, outcomes: Floats) -> list[dict[str, Any]]:
    """Indices of one outcome: rows with method, factor, index, estimate, low, high, points, points_left_out.

    Parameters
    ----------
    design
        Sampled by ``sobol`` or ``morris``.
    unit
        Its points in the unit cube, shape (points, factors).
    outcomes
        Shape (points,). Whole blocks of points that belong together are left out where one is not a number.

    Raises
    ------
    ScenarioError
        If fewer than two blocks are left.
    """
    whole = _whole(design, outcomes)
    if whole.sum() < _FEWEST:
        raise ScenarioError.at("runs", f"{int(whole.sum())} of {len(whole)} blocks of points have run; needs 2 or more")
    kept = np.repeat(whole, _block(design))
    unit, values = unit[kept], outcomes[kept]
    told = {"method": design.sampling.kind, "points": int(kept.sum()), "points_left_out": int((~kept).sum())}
    if np.ptp(values) <= 1e-9 * np.abs(values).max():
        return []
    rows = _sobol(design, values) if isinstance(design.sampling, Sobol) else _morris(design, unit, values)
    return [told | row for row in rows]


def _whole(design: Design, outcomes: Floats) -> Flags:
    """Which blocks of points have all their outcomes."""
    return np.asarray(np.isfinite(outcomes.reshape(-1, _block(design))).all(axis=1), dtype=np.bool_)


def _block(design: Design) -> int:
    """Points that belong together: a base point with its changes, or a trajectory."""
    factors = len(design.factors)
    if isinstance(design.sampling, Sobol):
        return 2 * factors + 2 if design.sampling.second_order else factors + 2
    return factors + 1


def _sobol(design: Design, values: Floats) -> list[dict[str, Any]]:
    from SALib.analyze import sobol  # noqa: PLC0415 - takes more than a second to import

    second = isinstance(design.sampling, Sobol) and design.sampling.second_order
    # Centred values have the same indices, with less error in their estimates.
    found = sobol.analyze(
        problem(design),
        values - values.mean(),
        calc_second_order=second,
        num_resamples=_RESAMPLES,
        conf_level=CONFIDENCE,
        seed=_SEED,
    )
    rows = [
        _row(name, index, found[key][i], found[f"{key}_conf"][i])
        for index, key in (("first", "S1"), ("total", "ST"))
        for i, name in enumerate(design.names)
    ]
    return rows + (_pairs(design.names, found) if second else [])


def _pairs(names: Sequence[str], found: Mapping[str, Floats]) -> list[dict[str, Any]]:
    return [
        _row(f"{names[i]} x {names[j]}", "second", found["S2"][i, j], found["S2_conf"][i, j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]


def _morris(design: Design, unit: Floats, values: Floats) -> list[dict[str, Any]]:
    from SALib.analyze import morris  # noqa: PLC0415 - as above

    levels = design.sampling.levels if isinstance(design.sampling, Morris) else 4
    found = morris.analyze(
        problem(design), unit, values, num_levels=levels, num_resamples=_RESAMPLES, conf_level=CONFIDENCE, seed=_SEED
    )
    rows = [_row(name, "mu_star", found["mu_star"][i], found["mu_star_conf"][i]) for i, name in enumerate(design.names)]
    return rows + [
        _row(name, index, found[index][i], np.nan) for index in ("mu", "sigma") for i, name in enumerate(design.names)
    ]


def _row(factor: str, index: str, estimate: float, half: float) -> dict[str, Any]:
    value = float(estimate)
    return {
        "factor": factor,
        "index": index,
        "estimate": value,
        "low": value - float(half),
        "high": value + float(half),
    }
