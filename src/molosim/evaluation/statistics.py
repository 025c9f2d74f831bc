"""Alternatives compared on the same draws: paired differences with their intervals.

Replications share their arrivals between alternatives (common random numbers), so the difference is taken
within each replication; Student's t over the replications' differences gives its 95 % interval, the bootstrap
another that assumes no normal differences. Each measure has its own interval: of a hundred measures that do not
differ, about five show a difference by chance; `together` is for comparisons that are read as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from molosim.evaluation.measures import MEASURES, Measure
from molosim.runtime.arrays import Flags, Floats

CONFIDENCE = 0.95
NEGLIGIBLE = 1e-9
"""Differences below this share of the values are rounding, not findings."""

DRY = "breaches_range"
"""Measure: tours that took more than their vehicles' batteries had."""
INFEASIBLE: Final = "infeasible"
"""Verdict in place of a finding where plans could not be driven: what the tables then hold never happens. Also the
column of ``runs.parquet`` that says so of a run."""
UNDRIVEN = np.inf
"""In the place of a paired difference of which a plan could not be driven; not a number is one that is not known."""
Verdict = Literal[
    "less", "more", "no difference shown", "identical", "one replication, no interval", "not defined", "infeasible"
]


@dataclass(frozen=True, slots=True)
class Paired:
    """Mean difference of paired values and its 95 % interval."""

    difference: float
    low: float
    high: float
    """Not a number where there is no interval."""
    n: int
    """Pairs in which both values are defined."""
    verdict: Verdict


def paired(values: Floats, baseline: Floats) -> Paired:
    """Compare ``values`` with ``baseline``, both of shape (replications,) and in the same order.

    Pairs in which either is not a number are left out. The verdict is ``less`` or ``more`` only where the interval
    lies wholly on one side of zero; ``identical`` where no replication differs.
    """
    return summary(paired_differences(values, baseline))


def paired_differences(values: Floats, baseline: Floats) -> Floats:
    """Differences of the pairs in which both values are defined; what is only rounding is zero."""
    defined = np.isfinite(values) & np.isfinite(baseline)
    ours, theirs = values[defined], baseline[defined]
    differences: Floats = ours - theirs
    differences[np.abs(differences) <= NEGLIGIBLE * np.maximum(np.abs(ours), np.abs(theirs))] = 0
    return differences


def summary(differences: Floats) -> Paired:
    """Mean of paired differences with its interval by Student's t.

    Those that are not a number are left out. One that is `UNDRIVEN` voids them all: no numbers, `INFEASIBLE`.
    """
    if np.isinf(differences).any():
        return Paired(np.nan, np.nan, np.nan, int((~np.isnan(differences)).sum()), INFEASIBLE)
    differences = differences[np.isfinite(differences)]
    n = len(differences)
    if n < 2:
        return _without_interval(differences)
    mean, half = float(differences.mean()), half_width(differences)
    return Paired(mean, mean - half, mean + half, n, _verdict(differences, mean - half, mean + half))


def bootstrap(differences: Floats, *, resamples: int = 9999, seed: int = 0) -> Paired:
    """Mean of paired differences with its bias-corrected and accelerated bootstrap interval.

    It assumes no normal distribution, but sees only what the sample holds: below about 15 replications it is
    narrower than it should be, and Student's interval is the safer one.

    Parameters
    ----------
    differences
        Shape (replications,).
    resamples, seed
        Of the bootstrap; the same seed gives the same interval.
    """
    n = len(differences)
    if n < 2:
        return _without_interval(differences)
    mean = float(differences.mean())
    if np.ptp(differences) == 0:
        return Paired(mean, mean, mean, n, _verdict(differences, mean, mean))
    from scipy import stats  # noqa: PLC0415 - takes more than a second to import

    found = stats.bootstrap(
        (differences,), np.mean, n_resamples=resamples, confidence_level=CONFIDENCE, rng=np.random.default_rng(seed)
    )
    low, high = map(float, found.confidence_interval)
    return Paired(mean, low, high, n, _verdict(differences, low, high))


def together(table: pd.DataFrame) -> pd.DataFrame:
    """Comparisons read as one family, by Holm's correction.

    Parameters
    ----------
    table
        Rows of `compare`, or any with columns difference, low, high and n, whose intervals are Student's.

    Returns
    -------
    DataFrame
        The table with columns ``p`` (two-sided, of no difference; not a number without an interval, or where a plan is
        infeasible), ``p_holm`` and ``verdict_together``: the chance that any ``less`` or ``more`` of the family is
        wrong about a difference that is none is at most 5 %.
    """
    p = np.where(table["verdict"] == INFEASIBLE, np.nan, p_values(table))
    adjusted = holm(p)
    shown = adjusted < 1 - CONFIDENCE
    verdicts = table["verdict"].where(~table["verdict"].isin(("less", "more")) | shown, "no difference shown")
    return table.assign(p=p, p_holm=adjusted, verdict_together=verdicts)


def p_values(table: pd.DataFrame) -> Floats:
    """Two-sided p values of no difference, from the Student intervals of a table."""
    mean, low, high, n = (table[name].to_numpy(dtype=np.float64) for name in ("difference", "low", "high", "n"))
    freedom = np.maximum(n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(mean) / ((high - low) / 2) * stdtrit(freedom, (1 + CONFIDENCE) / 2)
    p = 2 * stdtr(freedom, -np.where((mean == 0) & (high == low), 0.0, t))
    return np.asarray(np.where(np.isfinite(high - low), p, np.nan), dtype=np.float64)


def holm(p: Floats) -> Floats:
    """Holm's adjusted p values; what is not a number stays so and does not count.

    The lowest of ``m`` counts ``m``-fold, the next ``m - 1``-fold, and none less than one before it.
    """
    # statsmodels has this too, and would bring six packages for these lines.
    order = np.argsort(p)[: np.isfinite(p).sum()]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1)
    return adjusted


def mean_of_defined(values: Floats) -> float:
    """Mean of what is defined; not a number where nothing is."""
    defined = ~np.isnan(values)
    return float(np.where(defined, values, 0).sum() / defined.sum()) if defined.any() else float("nan")


def half_width(values: Floats) -> float:
    """Half the 95 % interval of the mean of at least two values, by Student's t."""
    n = len(values)
    return float(stdtrit(n - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / np.sqrt(n))


def infeasible(replications: pd.DataFrame) -> dict[str, int]:
    """Tours that took more than their vehicles' batteries had, by alternative; those without any are left out."""
    if DRY not in replications.columns:
        return {}
    tours = replications.groupby("alternative", sort=False)[DRY].sum()
    return {str(name): int(number) for name, number in tours.items() if number > 0}


def undriven(runs: pd.DataFrame) -> Flags:
    """Which rows of a sweep's runs are of plans that nobody could drive, shape (rows,)."""
    if INFEASIBLE in runs.columns:
        return np.asarray(runs[INFEASIBLE], dtype=np.bool_)
    dry: Flags = np.asarray(runs[DRY] > 0) if DRY in runs.columns else np.zeros(len(runs), np.bool_)
    return dry


def infeasible_points(runs: pd.DataFrame) -> list[str]:
    """A line for each alternative of a sweep that has points with a plan that nobody could drive."""
    found = runs[undriven(runs)].groupby("alternative", sort=False)["point"].nunique()
    return [
        f"infeasible: '{name}' at {number} of {runs['point'].nunique()} points, which are no findings"
        f" (column '{INFEASIBLE}' of runs.parquet)"
        for name, number in found.items()
    ]


def is_voided(measure: str) -> bool:
    """Whether a plan that could not be driven leaves nothing to find in a measure: all but counts of breaches."""
    return not measure.startswith("breaches_")


def compare(
    replications: pd.DataFrame,
    baseline: str,
    measures: Mapping[str, Measure] = MEASURES,
    *,
    impossible: Collection[str] | None = None,
) -> pd.DataFrame:
    """Every measure of every other alternative against the baseline.

    Parameters
    ----------
    replications
        A row per alternative and replication: columns ``alternative``, ``replication`` and the measures.
    baseline
        The alternative that the others are compared with.
    measures
        Those to compare; each must be a column.
    impossible
        Alternatives that nobody could drive; those of `infeasible` where it is not given.

    Returns
    -------
    DataFrame
        Columns alternative, baseline, measure, unit, mean_baseline, mean, difference, low, high, n, verdict;
        alternatives in their order of appearance, measures in their own. Of alternatives that nobody could drive, or
        compared with one, every verdict but those on breaches is `INFEASIBLE`.
    """
    broken = infeasible(replications) if impossible is None else impossible
    indexed = replications.set_index("replication")
    first = indexed[indexed["alternative"] == baseline]
    base = _by_measure(first, measures)
    rows = []
    for alternative in replications["alternative"].unique():
        if alternative == baseline:
            continue
        other = _by_measure(indexed[indexed["alternative"] == alternative].reindex(first.index), measures)
        rows += [compared(alternative, baseline, m, other[i], base[i]) for i, m in enumerate(measures.values())]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    void = table["alternative"].isin(broken) | (baseline in broken)
    table.loc[void & table["measure"].map(is_voided), "verdict"] = INFEASIBLE
    return table


def compare_models(rows: pd.DataFrame, baseline: str, *, impossible: Collection[str] = ()) -> pd.DataFrame:
    """Measures of CO2e compared under each emission model: what of a conclusion hangs on the method.

    Parameters
    ----------
    rows
        A row per alternative, replication and model: columns ``alternative``, ``replication``, ``model`` and measures.
    baseline
        The alternative that the others are compared with.
    impossible
        Alternatives that nobody could drive; see `infeasible`.

    Returns
    -------
    DataFrame
        Columns of `compare` with ``model`` after the first; models in their order of appearance.
    """
    measures = {name: MEASURES[name] for name in rows.columns if name in MEASURES}
    parts = []
    for model in rows["model"].unique():
        part = compare(rows[rows["model"] == model], baseline, measures, impossible=impossible)
        part.insert(1, "model", model)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def different(differences: Iterable[float]) -> int:
    """How many figures these are, rounding aside.

    Emission models that know a fleet alike, as those of engines do of batteries, come to one and the same: they bear
    out each other no further.
    """
    return len({f"{difference:.9g}" for difference in differences})


COLUMNS = (
    "alternative", "baseline", "measure", "unit", "mean_baseline", "mean", "difference", "low", "high", "n", "verdict",
)  # fmt: skip


def _by_measure(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> Floats:
    """Values of shape (measures, replications)."""
    return np.ascontiguousarray(rows[list(measures)].to_numpy(dtype=np.float64).T)


def compared(alternative: str, baseline: str, m: Measure, values: Floats, base: Floats) -> dict[str, object]:
    """A row of `compare`: a measure's means and its paired difference, of values in the same order."""
    result = paired(values, base)
    return {
        "alternative": alternative,
        "baseline": baseline,
        "measure": m.name,
        "unit": m.unit,
        "mean_baseline": mean_of_defined(base),
        "mean": mean_of_defined(values),
        **asdict(result),
    }


def _without_interval(differences: Floats) -> Paired:
    if len(differences) == 0:
        return Paired(np.nan, np.nan, np.nan, 0, "not defined")
    return Paired(float(differences[0]), np.nan, np.nan, 1, "one replication, no interval")


def _verdict(differences: Floats, low: float, high: float) -> Verdict:
    if not differences.any():
        return "identical"
    if high < 0:
        return "less"
    return "more" if low > 0 else "no difference shown"
