"""A design's points followed until something is known: the sign of each difference, or its size to a half-width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from molosim.evaluation.measures import MEASURES
from molosim.experiments.design import Design, Value
from molosim.experiments.points import base_scenario, points
from molosim.experiments.selection import Effort, decide, samples
from molosim.experiments.sequential import Contrast, Evaluate, Rule, replicate_until
from molosim.results.schema import FACTOR
from molosim.results.writer import write_table
from molosim.runtime.files import writing


def run_decide(
    design: Design, evaluate: Evaluate, out: Path, *, measure: str, indifference: float, effort: Effort
) -> pd.DataFrame:
    """Whether each point's difference is less or more, replications going to points that are undecided.

    Parameters
    ----------
    design
        Whose sampled points they are; its number of replications is not used.
    evaluate
        Runs a point, and keeps what it has run.
    out
        Folder of the sweep; gets ``decisions.csv``.
    measure
        Whose differences.
    indifference, effort
        As in `selection.decide`.

    Returns
    -------
    DataFrame
        A row per alternative and point: its factors, the measure, the decision, the difference with an interval that
        holds together with those of all other points, and its replications. A point at which a plan could not be driven
        is ``infeasible`` and has no difference.
    """
    every = [_set(point.values) for point in points(design)]
    rows = []
    for contrast in _contrasts(design, measure):
        found = decide(samples(evaluate, every, contrast), len(every), indifference=indifference, effort=effort)
        rows += [
            {**_told(contrast, every[one.point]), "decision": one.decision, "difference": one.difference}
            | {"low": one.low, "high": one.high, "n": one.n}
            for one in found
        ]
    return _written(rows, out, "decisions")


def run_until(design: Design, evaluate: Evaluate, out: Path, *, measure: str, rule: Rule, batch: int) -> pd.DataFrame:
    """Each point's difference, replicated until its interval is as narrow as asked for; ``known.csv``.

    Parameters are as in `run_decide` and `sequential.replicate_until`. The result has a row per alternative and point:
    difference, interval, replications, whether the target was met within the limit, and the verdict, which is
    ``infeasible``, without a difference, where a plan could not be driven.
    """
    rows = []
    for contrast in _contrasts(design, measure):
        for values in (_set(point.values) for point in points(design)):
            found = replicate_until(contrast.sample(evaluate, values), rule, batch=batch)
            paired = found.result
            rows.append(
                {**_told(contrast, values), "difference": paired.difference, "low": paired.low}
                | {"high": paired.high, "n": paired.n, "reached": found.reached, "verdict": paired.verdict}
            )
    return _written(rows, out, "known")


def _contrasts(design: Design, measure: str) -> Iterator[Contrast]:
    base = base_scenario(design)
    return (Contrast(name, base.baseline, measure) for name in base.alternatives if name != base.baseline)


def _set(values: Mapping[str, Value | None]) -> dict[str, Value]:
    """Factors that a point sets; the others are as in the base."""
    return {name: value for name, value in values.items() if value is not None}


def _told(contrast: Contrast, values: Mapping[str, Value]) -> dict[str, Any]:
    factors = {f"{FACTOR}{name}": value for name, value in values.items()}
    unit = MEASURES[contrast.measure].unit
    said = {name: getattr(contrast, name) for name in ("alternative", "baseline", "measure")}
    return factors | said | {"unit": unit}


def _written(rows: list[dict[str, Any]], folder: Path, name: str) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    with writing(folder):
        write_table(folder, name, table)
    return table
