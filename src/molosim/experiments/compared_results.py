"""The same city twice: two results, usually on two versions of its map, beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from molosim.evaluation.measures import HEADLINE, MEASURES
from molosim.evaluation.statistics import (
    CONFIDENCE,
    DRY,
    UNDRIVEN,
    Paired,
    infeasible,
    is_voided,
    paired_differences,
    summary,
)
from molosim.inputs.cross_checks import entries
from molosim.results.results import Results
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError

MAP_KEYS = ("map.source", "map.place")
"""Keys of a configuration that say which map, not what is done on it."""
COLUMNS = (
    "alternative", "measure", "unit", "mean_baseline_a", "mean_baseline_b", "difference_a", "low_a", "high_a",
    "verdict_a", "difference_b", "low_b", "high_b", "verdict_b", "change", "low", "high", "verdict",
)  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Versions:
    """Two results side by side.

    Attributes
    ----------
    maps
        Of each result what its manifest says of its map.
    differing
        Key paths, beside the map's, in which the two configurations differ: where there are any, a change is not the
        map's alone.
    is_paired
        Whether changes are taken within replications: only where both have the same draws.
    table
        `COLUMNS`: per alternative and headline measure the difference from the baseline in either result, and its
        change from the first to the second, each with a 95 % interval.
    """

    maps: tuple[Mapping[str, Any], Mapping[str, Any]]
    differing: tuple[str, ...]
    is_paired: bool
    table: pd.DataFrame


def compare_results(first: Results, second: Results) -> Versions:
    """Put two results side by side.

    Raises
    ------
    ScenarioError
        They have another baseline each, or no other alternative in common; tables or manifests are broken.
    """
    baselines = [result.scenario.baseline for result in (first, second)]
    if baselines[0] != baselines[1]:
        problem = f"compares with '{baselines[1]}', {first.folder} with '{baselines[0]}'; only like can be compared"
        raise ScenarioError.at(str(second.folder), problem)
    others = [a for a in first.scenario.alternatives if a in second.scenario.alternatives and a != baselines[0]]
    if not others:
        raise ScenarioError.at(str(second.folder), f"has no alternative in common with {first.folder} but the baseline")
    tables = tuple(
        result.frame("replications", ("alternative", "replication", DRY, *HEADLINE)) for result in (first, second)
    )
    for result, table in zip((first, second), tables, strict=True):
        there = set(table["alternative"])
        if missing := [name for name in (baselines[0], *others) if name not in there]:
            problem = f"has no rows of '{missing[0]}', which config.toml names"
            raise ScenarioError.at(str(result.path("replications")), problem)
    differing = tuple(_differing(_keys(first), _keys(second)))
    is_paired = not differing
    rows = [
        _row(alternative, baselines[0], name, tables, is_paired=is_paired)
        for alternative in others
        for name in HEADLINE
    ]
    maps = (first.manifest["map"], second.manifest["map"])
    return Versions(maps, differing, is_paired, pd.DataFrame(rows, columns=list(COLUMNS)))


def _row(
    alternative: str, baseline: str, name: str, tables: Sequence[pd.DataFrame], *, is_paired: bool
) -> dict[str, object]:
    """One alternative's measure in the replications of both results."""
    bases, found, differences = [], [], []
    for table in tables:
        by_alternative = table.set_index(["alternative", "replication"])[name]
        base, other = by_alternative.loc[baseline], by_alternative.loc[alternative]
        bases.append(float(base.mean()))
        values = (other.reindex(base.index).to_numpy(np.float64), base.to_numpy(np.float64))
        # One replication that could not be driven voids a result's difference, and the change from or to it.
        if is_voided(name) and {alternative, baseline} & set(infeasible(table)):
            values = np.full_like(values[0], UNDRIVEN), np.zeros_like(values[1])
            found.append(summary(values[0]))
        else:
            found.append(summary(paired_differences(*values)))
        differences.append(values[0] - values[1])
    change = _change(*differences, is_paired=is_paired)
    of_each = {
        f"{key}_{letter}": getattr(one, key)
        for letter, one in zip("ab", found, strict=True)
        for key in ("difference", "low", "high", "verdict")
    }
    return {
        "alternative": alternative,
        "measure": name,
        "unit": MEASURES[name].unit,
        "mean_baseline_a": bases[0],
        "mean_baseline_b": bases[1],
        **of_each,
        "change": change.difference,
        "low": change.low,
        "high": change.high,
        "verdict": change.verdict,
    }


def _change(first: Floats, second: Floats, *, is_paired: bool) -> Paired:
    """Change of a mean difference; unpaired by Welch's interval, which lets the two scatter differently."""
    for values in (first, second):
        if np.isinf(values).any():
            return summary(values)
    if is_paired and len(first) == len(second):
        return summary(paired_differences(second, first))
    a, b = (values[np.isfinite(values)] for values in (first, second))
    if not len(a) or not len(b):
        return Paired(np.nan, np.nan, np.nan, 0, "not defined")
    mean = float(b.mean() - a.mean())
    if min(len(a), len(b)) < 2:
        return Paired(mean, np.nan, np.nan, 1, "one replication, no interval")
    parts = np.array([values.var(ddof=1) / len(values) for values in (a, b)])
    if not parts.any():
        return Paired(mean, mean, mean, len(b), "identical" if mean == 0 else "less" if mean < 0 else "more")
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([len(a), len(b)]) - 1)).sum()
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2) * np.sqrt(parts.sum()))
    verdict = "less" if mean + half < 0 else "more" if mean - half > 0 else "no difference shown"
    return Paired(mean, mean - half, mean + half, len(b), verdict)  # type: ignore[arg-type]  # one of the verdicts


def _keys(result: Results) -> dict[str, object]:
    """Every value of a configuration by its key path, with files by what they hold."""
    said = entries(result.scenario.model_dump(mode="json"))
    flat: dict[str, object] = {key: value for key, value in said if not isinstance(value, dict | list)}
    for key in MAP_KEYS:
        flat.pop(key, None)
    for key in [key for key in flat if key == "title" or key.startswith("provenance.")]:
        del flat[key]
    for key, name in (("boxes.file", result.scenario.boxes.file), ("addresses.file", result.scenario.addresses.file)):
        flat[key] = Path(name).read_bytes()
    return flat


def _differing(first: Mapping[str, object], second: Mapping[str, object]) -> Iterator[str]:
    for key in dict.fromkeys([*first, *second]):
        if first.get(key) != second.get(key):
            yield key
