"""Break-even of a design: along its factor the value at which sharing stops to pay; over two factors the frontier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import Paired
from molosim.experiments.axes import axes
from molosim.experiments.design import Design
from molosim.experiments.points import base_scenario
from molosim.experiments.root_search import BreakEven, Curve, RootSearch, find
from molosim.experiments.sequential import Contrast, Evaluate
from molosim.results import schema
from molosim.results.writer import write_table
from molosim.runtime.files import writing

MEASURED = ("km_city", "co2e_wtw_city_kg", "cost_waste")
"""Measures whose change of sign is looked for, as far as the design compares them; if none, all that it compares."""

Told = Callable[[str], object]


def run(
    design: Design, evaluate: Evaluate, out: Path, *, search: RootSearch | None = None, tell: Told | None = None
) -> pd.DataFrame:
    """Find every break-even of a design and write ``breakeven.csv`` and ``breakeven_tried.csv``.

    Parameters
    ----------
    design
        Of one factor, along which is searched, or two: at each value of the second is searched along the first.
        Its sampling and replications are not used: the search asks for what it needs.
    evaluate
        Runs a point, and keeps what it has run: measures and alternatives share their runs.
    out
        Folder for the tables; made where it is not.
    search
        How hard to look.
    tell
        Told in a line what has been found, as it is found.

    Returns
    -------
    DataFrame
        Columns of the schema: a row per change of sign, or one row with the verdict and no value where there is none.
        ``infeasible`` is the number of values tried at which a plan could not be driven.

    Raises
    ------
    ScenarioError
        If the factors are not one or two of numbers, and for what cannot be written.
    """
    over, seconds = axes(design)
    rows: list[dict[str, object]] = []
    tried: list[dict[str, object]] = []
    for contrast, second in ((c, s) for c in _contrasts(design) for s in seconds):
        found = find(_curve(evaluate, contrast, design, second), over, search)
        told = _told(contrast, design, second)
        said = {"verdict": found.verdict, "infeasible": len(found.infeasible)}
        rows += [{**told, **row, **said} for row in _roots(found)]
        tried += [{**told, "value": t.value, **_paired(t.found)} for t in found.tried]
        if tell is not None:
            tell(sentence({**rows[-1]}))
    table = pd.DataFrame(rows, columns=list(schema.table("breakeven").names))
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        write_table(out, "breakeven_tried", pd.DataFrame(tried, columns=list(schema.table("breakeven_tried").names)))
        write_table(out, "breakeven", table)
    return table


def sentence(row: Mapping[str, Any]) -> str:
    """A row of `run` in words."""
    where = f", {row['second']} {_said(row['second_value'])}" if row["second"] else ""
    lead = f"{MEASURES[row['measure']].label}{where}: '{row['alternative']}'"
    void = f" ({row['infeasible']} values tried are infeasible)" if row["infeasible"] else ""
    if not row["verdict"].startswith("changes sign"):
        return f"{lead} against '{row['baseline']}' along {row['factor']}: {row['verdict']}{void}"
    interval = f"95 % interval {_said(row['low'])} to {_said(row['high'])}"
    below = f"{row['below']} than '{row['baseline']}' below {row['factor']} {_said(row['value'])} ({interval})"
    return f"{lead} has {below} and {row['above']} above{void}"


def _said(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _contrasts(design: Design) -> Iterator[Contrast]:
    base = base_scenario(design)
    measures = [name for name in MEASURED if name in design.measures] or design.measures
    for alternative in base.alternatives:
        if alternative != base.baseline:
            yield from (Contrast(alternative, base.baseline, measure) for measure in measures)


def _curve(evaluate: Evaluate, contrast: Contrast, design: Design, second: float | None) -> Curve:
    fixed = {} if second is None else {design.names[1]: second}
    return lambda value, replications: contrast.sample(evaluate, {design.names[0]: value, **fixed})(replications)


def _told(contrast: Contrast, design: Design, second: float | None) -> dict[str, object]:
    return {
        "alternative": contrast.alternative,
        "baseline": contrast.baseline,
        "measure": contrast.measure,
        "unit": MEASURES[contrast.measure].unit,
        "factor": design.names[0],
        "second": design.names[1] if second is not None else None,
        "second_value": second,
    }


def _roots(found: BreakEven) -> Iterator[dict[str, object]]:
    for root in found.roots:
        yield {name: getattr(root, name) for name in ("value", "low", "high", "below", "above", "n", "reached")}
    if not found.roots:
        yield {"n": max(tried.found.n for tried in found.tried)}


def _paired(found: Paired) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("difference", "low", "high", "n", "verdict")}
