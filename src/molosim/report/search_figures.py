"""Figures of break-even searches and of sensitivity. Study in, figure out; None where there is nothing to draw."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from molosim.evaluation.measures import MEASURES
from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.language import mark, tr
from molosim.report.number_text import number
from molosim.report.study import Study, finite, undriven
from molosim.report.sweep_figures import MOST_ACROSS, infeasible_marks, note

ABOVE, BELOW = mark("above: {verdict}"), mark("below: {verdict}")
SOBOL = (("total", mark("with all interactions (total)"), style.SKY), ("first", mark("alone (first)"), style.BLUE))


def breakeven(study: Study) -> Drawn | None:
    """Differences tried along the factor, and the value at which each changes sign with its interval."""
    if study.tried.empty or study.roots["second"].notna().any():
        return None
    fig, panels = _grid(study, study.tried, height_in=2.0, sharex=True)
    for (measure, alternative), axes in panels.items():
        rows, roots = _of(study.tried, alternative, measure), _of(study.roots, alternative, measure)
        middle = finite(rows["difference"])
        reach = np.nan_to_num([middle - finite(rows["low"]), finite(rows["high"]) - middle])
        axes.errorbar(finite(rows["value"]), middle, yerr=reach, fmt="o", color=style.BLUE, markersize=3, linewidth=1)
        infeasible_marks(axes, finite(rows["value"])[undriven(rows)])
        for root in roots[roots["value"].notna()].to_dict("records"):
            axes.axvspan(root["low"], root["high"], color=style.ORANGE, alpha=0.45, linewidth=0)
            axes.axvline(root["value"], color=style.ORANGE, linewidth=1.2)
        if roots["value"].isna().all():
            axes.set_title(f"{axes.get_title(loc='left')}: {_short(roots['verdict'].iloc[0])}", fontsize=8)
        if study.factor(study.design.names[0]).scale == "log":
            axes.set_xscale("log")
        axes.axhline(0, color=style.INK, linewidth=1)
        axes.set_xlabel(study.axis(study.design.names[0]), fontsize=8)
        axes.set_ylabel(tr("change, {unit}", unit=tr(MEASURES[measure].unit)), fontsize=8)
        style.grid(axes, "y")
        style.thousands(axes)
        style.thousands(axes, "y")
        axes.label_outer()
    text = tr(
        "Points: difference from '{baseline}'; orange: where it changes sign; both with 95 % intervals. Crosses: "
        "infeasible.",
        baseline=study.baseline,
    )
    return Drawn(fig, study.tried, f"{text}\n{_search_note(study)}")


def frontier(study: Study) -> Drawn | None:
    """Over two factors the line along which each difference is none, a panel per measure and alternative."""
    if study.roots.empty or study.roots["second"].isna().all():
        return None
    fig, panels = _grid(study, study.roots, height_in=2.4, sharex=True)
    for (measure, alternative), axes in panels.items():
        rows = _of(study.roots, alternative, measure)
        found = rows[rows["value"].notna()]
        x, y = finite(found["second_value"]), finite(found["value"])
        reach = [y - finite(found["low"]), finite(found["high"]) - y]
        axes.errorbar(x, y, yerr=reach, fmt="o-", color=style.BLUE, markersize=4, capsize=3)
        for row in rows[rows["value"].isna()].to_dict("records"):
            axes.annotate(
                _short(row["verdict"]), (row["second_value"], 0.5), xycoords=("data", "axes fraction"), rotation=90,
                ha="center", va="center", fontsize=7, color="#52606D",
            )  # fmt: skip
        axes.set_xlim(*_padded(rows["second_value"]))
        if len(found):
            for side, at, va in ((ABOVE, 0.98, "top"), (BELOW, 0.02, "baseline")):
                told = tr(side, verdict=tr(str(found[side.partition(":")[0]].iloc[0])))
                axes.text(0.02, at, told, transform=axes.transAxes, va=va, fontsize=8)
        axes.set_ylabel(study.axis(study.design.names[0]), fontsize=8)
        axes.set_xlabel(study.axis(study.design.names[1]), fontsize=8)
        axes.set_ylim(*_padded(study.tried["value"]))
        style.ruled(axes, "both")
        axes.label_outer()
    text = tr(
        "Where the difference from '{baseline}' is none, with 95 % intervals; the line between is a guide only.",
        baseline=study.baseline,
    )
    return Drawn(fig, study.roots, f"{text}\n{_search_note(study)}")


def sobol(study: Study) -> Drawn | None:
    """Sobol' indices with their intervals."""
    if study.sensitivity.empty or not study.sensitivity["method"].eq("sobol").any():
        return None
    fig, panels = _grid(
        study, study.sensitivity, height_in=0.5 + 0.3 * len(study.design.names), sharex=True, sharey=True
    )
    for (measure, alternative), axes in panels.items():
        rows = _of(study.sensitivity, alternative, measure)
        for shift, (index, label, colour) in zip((0.18, -0.18), SOBOL, strict=True):
            _index_bars(axes, rows[rows["index"] == index], study.design.names, shift, (tr(label), colour))
        axes.set_xlim(0, 1.05)
        axes.set_xlabel(tr("share of the difference's variance"), fontsize=8)
        axes.label_outer()
    style.legend_outside(fig, next(iter(panels.values())), columns=2)
    text = tr("Sobol' indices with 95 % intervals by bootstrap.")
    return Drawn(fig, study.sensitivity, f"{text} {note(study)}")


def morris(study: Study) -> Drawn | None:
    """Mean size of each factor's elementary effects, with its interval, and their spread."""
    if study.sensitivity.empty or not study.sensitivity["method"].eq("morris").any():
        return None
    height_in = 0.5 + 0.3 * len(study.design.names)
    fig, panels = _grid(study, study.sensitivity, height_in=height_in, sharex="row", sharey=True)
    for (measure, alternative), axes in panels.items():
        rows = _of(study.sensitivity, alternative, measure)
        sizes, spread = rows[rows["index"] == "mu_star"], rows[rows["index"] == "sigma"]
        _index_bars(axes, sizes, study.design.names, 0.0, (tr("mean size of the effect"), style.SKY))
        places = [study.design.names.index(name) for name in spread["factor"]]
        axes.plot(
            finite(spread["estimate"]), places, "D", color=style.RED, markersize=4, label=tr("its spread (sigma)")
        )
        axes.set_xlabel(tr("{unit} over the factor's range", unit=tr(MEASURES[measure].unit)), fontsize=8)
        axes.set_xlim(left=0)
    style.legend_outside(fig, next(iter(panels.values())), columns=2)
    return Drawn(fig, study.sensitivity, f"{tr('Morris screening; 95 % intervals by bootstrap.')} {note(study)}")


Panels = dict[tuple[str, str], Axes]


Shared = bool | Literal["row"]


def _grid(
    study: Study, table: pd.DataFrame, *, height_in: float, sharex: Shared, sharey: Shared = "row"
) -> tuple[Figure, Panels]:
    """A row of panels per measure, a column per alternative; those that share a measure share its axis."""
    measures = [name for name in study.measures if name in set(table["measure"])] or [str(table["measure"].iloc[0])]
    across = [name for name in study.alternatives if name in set(table["alternative"])][:MOST_ACROSS]
    fig = style.figure(0.8 + height_in * len(measures), width_in=style.WIDE_IN)
    drawn = fig.subplots(len(measures), len(across), squeeze=False, sharex=sharex, sharey=sharey)
    panels = {}
    for row, measure in zip(drawn, measures, strict=True):
        for axes, alternative in zip(row, across, strict=True):
            label = tr(MEASURES[measure].label)
            axes.set_title(f"{label}\n{alternative}", fontsize=8)
            panels[measure, alternative] = axes
    return fig, panels


def _of(table: pd.DataFrame, alternative: str, measure: str) -> pd.DataFrame:
    return table[(table["alternative"] == alternative) & (table["measure"] == measure)]


def _index_bars(axes: Axes, rows: pd.DataFrame, names: tuple[str, ...], shift: float, look: tuple[str, str]) -> None:
    label, colour = look
    places = np.array([names.index(name) for name in rows["factor"]]) + shift
    middle = finite(rows["estimate"])
    reach = np.nan_to_num([middle - finite(rows["low"]), finite(rows["high"]) - middle])
    axes.barh(places, middle, height=0.34 if shift else 0.6, color=colour, label=label, xerr=reach, ecolor=style.INK)
    axes.set_yticks(range(len(names)), names)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
    style.ruled(axes)


def _search_note(study: Study) -> str:
    low, high = int(study.tried["n"].min()), int(study.tried["n"].max())
    span = number(low) if low == high else tr("{low} to {high}", low=number(low), high=number(high))
    return tr("{n} paired replications at each value tried; simulated by molosim.", n=span)


def _short(verdict: str) -> str:
    if verdict == "no sign change shown within range":
        return tr("not shown")
    return tr(verdict.removeprefix("no sign change within range: "))


def _padded(values: pd.Series[float]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.1 * (high - low) or 1.0
    return low - margin, high + margin
