"""Figures of sweeps that set two things against each other: cost and CO2e, and two factors' effects together."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import NEGLIGIBLE, summary
from molosim.evaluation.statistics import undriven as of_infeasible
from molosim.experiments.design import Grid
from molosim.report import style
from molosim.report.contrast_figures import quadrants
from molosim.report.drawing import Drawn
from molosim.report.language import tr
from molosim.report.study import Study, finite, undriven
from molosim.report.sweep_figures import MOST_ACROSS, Cells, changing, in_order, note, two_factors, worded
from molosim.runtime.arrays import Flags, Floats

CO2E = "co2e_wtw_city_kg"
COSTS = ("cost_city", "cost_operations", "cost_waste")
"""The first of these that a design compares stands against CO2e."""


def tradeoff(study: Study) -> Drawn | None:
    """Change of cost against change of CO2e at every feasible point, and the points that no other beats in both."""
    compared = set(study.differences["measure"]) if study.points else set()
    cost = next((name for name in COSTS if name in compared), None)
    if study.points < 2 or cost is None or CO2E not in compared:
        return None
    across = study.alternatives[:MOST_ACROSS]
    data = pd.concat([_points(study, alternative, cost) for alternative in across], ignore_index=True)
    if data.empty:
        return None
    fig = style.figure(4.0, width_in=style.WIDE_IN)
    panels = fig.subplots(1, len(across), squeeze=False, sharex=True, sharey=True)[0]
    for axes, alternative in zip(panels, across, strict=True):
        _scatter(axes, data[data["alternative"] == alternative])
        axes.set_title(alternative)
        axes.set_xlabel(tr("change of the city's CO2e, kg"), fontsize=8)
        axes.locator_params(nbins=5)
    quadrants(list(panels), finite(data["co2e_kg"]), finite(data["cost_eur"]), fontsize=7)
    panels[0].set_ylabel(changing(cost), fontsize=8)
    style.legend_outside(fig, panels[0], columns=3)
    text = tr("Against '{baseline}'; crosses: 95 % intervals.", baseline=study.baseline)
    return Drawn(fig, data, f"{text} {note(study)}")


def undominated(x: Floats, y: Floats) -> Flags:
    """Which points have no other that is lower in one and not higher in the other."""
    better = (x[None, :] <= x[:, None]) & (y[None, :] <= y[:, None])
    strictly = (x[None, :] < x[:, None]) | (y[None, :] < y[:, None])
    beaten: Flags = np.any(better & strictly, axis=1)
    return ~beaten


def interaction(study: Study) -> Drawn | None:
    """What two factors together change beyond what each does alone, seen from the grid's first corner."""
    if not isinstance(study.design.sampling, Grid) or len(study.design.factors) != 2 or study.runs.empty:
        return None
    across = study.alternatives[:MOST_ACROSS]
    data = pd.concat([_together(study, a, m) for a in across for m in study.measures], ignore_index=True)
    if data.empty:
        return None
    wide, tall = in_order(data["first"]), in_order(data["second"])

    def table_of(alternative: str, measure: str) -> Cells:
        rows = data[(data["measure"] == measure) & (data["alternative"] == alternative)]
        found = rows.pivot_table("interaction", "second", "first", dropna=False).reindex(index=tall, columns=wide)
        shown = rows.pivot_table("shown", "second", "first").reindex(index=tall, columns=wide)
        values, sure = found.to_numpy(dtype=np.float64), shown.to_numpy(dtype=np.float64) > 0.5
        void = _infeasible(study, alternative, wide, tall)
        return Cells(values, sure, void, [worded(v) for v in wide], [worded(v) for v in tall])

    fig = two_factors(study, table_of, zero=False, tick_size=9)
    text = tr(
        "Change by both factors less the changes by each alone; blue is better; dot: none shown at 95 %; hatched: "
        "infeasible."
    )
    return Drawn(fig, data, f"{text}\n{note(study)}")


def _points(study: Study, alternative: str, cost: str) -> pd.DataFrame:
    parts = []
    for measure, key in ((CO2E, "co2e"), (cost, "cost")):
        rows = study.of(alternative, measure)
        rows = rows[~undriven(rows)].set_index("point")[["difference", "low", "high"]]
        unit = "kg" if key == "co2e" else "eur"
        parts.append(rows.set_axis([f"{key}_{unit}", f"{key}_low", f"{key}_high"], axis=1))
    table = pd.concat(parts, axis=1).dropna(subset=["co2e_kg", "cost_eur"]).reset_index()
    best = undominated(finite(table["co2e_kg"]), finite(table["cost_eur"]))
    return table.assign(alternative=alternative, undominated=best, measure=cost)


def _scatter(axes: Axes, rows: pd.DataFrame) -> None:
    x, y = finite(rows["co2e_kg"]), finite(rows["cost_eur"])
    best = rows["undominated"].to_numpy(dtype=bool)
    axes.hlines(y, rows["co2e_low"], rows["co2e_high"], color=style.GREY, linewidth=0.6)
    axes.vlines(x, rows["cost_low"], rows["cost_high"], color=style.GREY, linewidth=0.6)
    axes.plot(x[~best], y[~best], "o", color=style.SKY, markersize=4, label=tr("point"))
    axes.plot(x[best], y[best], "D", color=style.BLUE, markersize=5, label=tr("no other point is better in both"))
    order = np.argsort(x[best])
    for (x0, y0), (x1, y1) in pairwise(zip(x[best][order], y[best][order], strict=True)):
        axes.plot([x0, x1, x1], [y0, y0, y1], color=style.BLUE, linewidth=0.8)


def _infeasible(study: Study, alternative: str, wide: list[Any], tall: list[Any]) -> Flags:
    """Of each cell whether a plan there, or at a point that it is compared with, could not be driven."""
    first, second = (f"factor_{name}" for name in study.design.names)
    corner = in_order(study.differences[first])[0], in_order(study.differences[second])[0]
    rows = study.differences[undriven(study.differences) & (study.differences["alternative"] == alternative)]
    void = set(zip(rows[first], rows[second], strict=True))
    return np.array([[bool(void & set(product((corner[0], a), (corner[1], b)))) for a in wide] for b in tall])


def _together(study: Study, alternative: str, measure: str) -> pd.DataFrame:
    """Of every cell beyond the first row and column: both values, the interaction, its interval, whether shown."""
    first, second = (f"factor_{name}" for name in study.design.names)
    ours, theirs = (
        study.runs[study.runs["alternative"] == name].pivot_table(measure, "replication", [first, second])
        for name in (alternative, study.baseline)
    )
    mine = study.runs["alternative"].isin((alternative, study.baseline)) & of_infeasible(study.runs)
    void = set(zip(study.runs.loc[mine, first], study.runs.loc[mine, second], strict=True))
    rows: list[dict[str, object]] = []
    firsts, seconds = (in_order(study.runs[name]) for name in (first, second))
    at = {key: finite(values) for key, values in (ours - theirs).items() if key not in void}
    for a in firsts[1:]:
        for b in seconds[1:]:
            corners = [at.get(key) for key in ((a, b), (a, seconds[0]), (firsts[0], b), (firsts[0], seconds[0]))]
            if any(corner is None for corner in corners):
                continue
            both, one, other, none = (corner for corner in corners if corner is not None)
            extra = both - one - other + none
            extra[np.abs(extra) <= NEGLIGIBLE * np.max(np.abs(np.stack([both, one, other, none])), axis=0)] = 0
            found = summary(extra[np.isfinite(extra)])
            ends = {"interaction": found.difference, "low": found.low, "high": found.high}
            shown = found.verdict in {"less", "more", "identical"}
            rows.append({"first": a, "second": b, **ends, "shown": shown, "n": found.n})
    return pd.DataFrame(rows).assign(alternative=alternative, measure=measure, unit=MEASURES[measure].unit)
