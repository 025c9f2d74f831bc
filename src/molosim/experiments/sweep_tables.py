"""Final tables of a sweep: made from the store alone, in the order of the design, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import DRY, INFEASIBLE, compared, is_voided
from molosim.experiments.design import Design
from molosim.experiments.points import Point
from molosim.experiments.task_store import Done
from molosim.results.schema import file_of
from molosim.results.writer import write_table

RUNS = file_of("runs")
DIFFERENCES = (file_of("differences"), "differences.csv")
TABLES = (RUNS, *DIFFERENCES)
_TYPES = ((bool, pa.bool_()), (int, pa.int64()), ((int, float), pa.float64()))


def runs_table(points: Sequence[Point], outcomes: Sequence[Sequence[tuple[int, Done]]]) -> pa.Table:
    """A row per point, replication and alternative.

    Parameters
    ----------
    points
        In their order.
    outcomes
        Of each point, its replications' numbers with what came of them.

    Returns
    -------
    Table
        Columns point, replication, alternative, ``factor_NAME`` of each factor, every measure, infeasible, error; of a
        task that failed, each alternative's row has its error and no measures. Infeasible is a run in which a plan
        could not be driven: tours took more than their batteries had, or none could be planned at all.
    """
    rows: list[tuple[Point, int, str, Mapping[str, Any], str | None]] = []
    void: list[bool] = []
    for point, its in zip(points, outcomes, strict=True):
        for replication, done in its:
            if done.error is None:
                rows += [(point, replication, str(row["alternative"]), row, None) for row in done.rows]
                void += [bool(row.get(DRY)) for row in done.rows]
            else:
                rows += [(point, replication, name, {}, done.error) for name in point.scenario.alternatives]
                void += [done.infeasible] * len(point.scenario.alternatives)
    there = {name for _, _, _, row, _ in rows for name in row}
    measures = [name for name in MEASURES if name in there]
    columns = {
        "point": pa.array([row[0].number for row in rows], pa.int32()),
        "replication": pa.array([row[1] for row in rows], pa.int32()),
        "alternative": pa.array([row[2] for row in rows], pa.string()),
        **_factors(points, [row[0] for row in rows]),
        **{name: pa.array([row[3].get(name) for row in rows], pa.float64()) for name in measures},
        INFEASIBLE: pa.array(void, pa.bool_()),
        "error": pa.array([row[4] for row in rows], pa.string()),
    }
    return pa.table(columns)


def differences_table(design: Design, points: Sequence[Point], runs: pa.Table) -> pa.Table:
    """Of each point, measure and other alternative the paired difference from the baseline with its interval.

    ``n_infeasible`` counts the replications in which a plan of either could not be driven; one is enough to void the
    verdict.
    """
    keys = zip(*(runs[name].to_pylist() for name in ("point", "alternative", "replication")), strict=True)
    at = {key: i for i, key in enumerate(keys)}
    nothing = np.full(runs.num_rows, np.nan)
    # A failed run has no measures: not a number, as where a measure is not defined.
    values = {
        name: runs[name].to_numpy(zero_copy_only=False) if name in runs.column_names else nothing
        for name in design.measures
    }
    infeasible = runs[INFEASIBLE].to_numpy(zero_copy_only=False)
    replications = sorted({replication for _, _, replication in at})
    rows, of = [], []
    for point in points:
        baseline = point.scenario.baseline
        mine = [i for i in replications if (point.number, baseline, i) in at]
        base = [at[point.number, baseline, i] for i in mine]
        for other in (name for name in point.scenario.alternatives if name != baseline):
            ours = [at[point.number, other, i] for i in mine]
            void = int((infeasible[ours] | infeasible[base]).sum())
            rows += [
                _difference(other, baseline, name, values[name][ours], values[name][base], void=void)
                for name in design.measures
            ]
            of += [point] * len(design.measures)
    columns = {"point": pa.array([point.number for point in of], pa.int32()), **_factors(points, of)}
    return pa.table(columns | {name: pa.array([row[name] for row in rows]) for name in rows[0]})


def _difference(alternative: str, baseline: str, name: str, ours: Any, base: Any, *, void: int) -> dict[str, Any]:
    row = compared(alternative, baseline, MEASURES[name], ours, base)
    verdict = row.pop("verdict")
    return {**row, "n_infeasible": void, "verdict": INFEASIBLE if void and is_voided(name) else verdict}


def _factors(points: Sequence[Point], of: Sequence[Point]) -> dict[str, pa.Array]:
    """Values of the factors at given points; a column's type is that of all values of its factor."""
    return {
        f"factor_{name}": _column([point.values[name] for point in points], [point.values[name] for point in of])
        for name in points[0].values
    }


def _column(every: Iterable[Any], values: Sequence[Any]) -> pa.Array:
    some = [value for value in every if value is not None]
    for kinds, arrow in _TYPES:
        if all(isinstance(v, kinds) and (kinds is bool or not isinstance(v, bool)) for v in some):
            return pa.array([None if v is None else arrow_value(v, arrow) for v in values], arrow)
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def arrow_value(value: Any, kind: pa.DataType) -> Any:
    """A number as a column of decimal ones wants it."""
    return float(value) if kind == pa.float64() else value


def write_tables(folder: Path, design: Design, points: Sequence[Point], runs: pa.Table) -> None:
    """All tables, each whole or not there."""
    differences = differences_table(design, points, runs)
    write_table(folder, "runs", runs)
    write_table(folder, "differences", differences)
    write_table(folder, "differences", differences, file=DIFFERENCES[1])
