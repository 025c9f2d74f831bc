"""Figures of a fit: what was seen beside what was fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from molosim.fitting import dwell
from molosim.fitting.fitted import Fitted
from molosim.fitting.goodness import seen_share
from molosim.fitting.intensity import Factors, Intensity
from molosim.report import style
from molosim.report.drawing import FOLDER, Shown, shown_inline
from molosim.report.number_text import number
from molosim.runtime.files import write_text

_TICKS = {
    "weekday": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
    "month": ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D"),
}


def write_figures(fitted: Fitted, folder: Path) -> dict[str, Shown]:
    """Draw what was fitted, SVG files in the ``figures`` of a folder, and hand them over for a page."""
    (folder / FOLDER).mkdir(exist_ok=True)
    with style.settings():
        drawn = {}
        if fitted.dwell is not None:
            drawn["dwell"] = "How long parcels stay.", _dwell(fitted, fitted.dwell)
        if fitted.intensities:
            drawn["profiles"] = "When residents and carriers come.", _profiles(fitted)
        shown = {}
        for name, (caption, figure) in drawn.items():
            text = style.svg(figure)
            write_text(folder / FOLDER / f"{name}.svg", text)
            shown[name] = shown_inline(text, name, caption)
        return shown


def _source(fitted: Fitted) -> str:
    return f"{fitted.log.sheet.file.name}, {fitted.period}; fitted by molosim."


def _dwell(fitted: Fitted, found: dwell.Fit) -> Figure:
    fig = style.figure(3.2)
    axes = fig.subplots()
    data = found.observed
    # What is only known to lie in the closed hours is drawn where it was seen to end.
    time = np.where(np.isfinite(data.high), data.high, data.low)
    times, share = seen_share(time, np.isfinite(data.high))
    axes.step(times, share, where="post", color=style.GREY, label="seen (Kaplan-Meier)")
    hours = np.linspace(0.05, max(float(times.max()), 24.0), 400)
    for which, line, label in (
        (found.dwell, "-", "fitted log-normal"),
        (found.low, ":", "ends of the intervals"),
        (found.high, ":", ""),
    ):
        share = (1 - which.never_share) * which.wanted_by(hours)
        axes.plot(hours, share, line, color=style.BLUE, label=label or None)
    axes.set_xlabel("hours in the box")
    axes.set_ylabel("share fetched")
    axes.set_xlim(0, float(hours[-1]))
    axes.set_ylim(0, 1)
    axes.set_xticks(np.arange(0, hours[-1] + 1, 24 * max(1, round(hours[-1] / 240))))
    style.grid(axes, "both")
    axes.legend(loc="lower right")
    style.source_line(fig, f"{number(len(data))} parcels, {number(data.fetched)} of them fetched. {_source(fitted)}")
    return fig


def _profiles(fitted: Fitted) -> Figure:
    columns = [n for n in ("weekday", "hour", "month") if any(_shown(i, n) for i in fitted.intensities.values())]
    rows = list(fitted.intensities)
    fig = style.figure(0.5 + 1.7 * len(rows), width_in=style.WIDTH_IN + 2)
    ratios = [2.0 if name == "hour" else 1.0 for name in columns]
    grid = fig.subplots(len(rows), len(columns), squeeze=False, width_ratios=ratios)
    for row, name in enumerate(rows):
        for column, axis in enumerate(columns):
            axes, found = grid[row][column], fitted.intensities[name]
            if _shown(found, axis):
                _bars(axes, axis, found.factors[axis])
            else:
                axes.set_axis_off()
                axes.text(0.5, 0.5, "not fitted", transform=axes.transAxes, ha="center", fontsize=8, color=style.GREY)
            if row == 0:
                axes.set_title(f"by {axis}")
        # What a fit with a free rate expects sums to what was counted.
        grid[row][0].set_ylabel(f"{name}\nn = {number(round(float(fitted.intensities[name].expected.sum())))}")
    text = (
        "Factors of mean 1 with 95 % intervals. Hatched: the log cannot tell them apart. Nothing drawn: not in the log."
    )
    style.source_line(fig, f"{text}\n{_source(fitted)}")
    return fig


def _shown(found: Intensity, axis: str) -> bool:
    return axis in found.factors and int((~np.isnan(found.factors[axis].value)).sum()) > 1


def _bars(axes: Axes, name: str, factors: Factors) -> None:
    at = np.arange(len(factors.value))
    value = np.nan_to_num(factors.value)
    reach = np.nan_to_num([value - factors.low, factors.high - value])
    apart = np.asarray(factors.told_apart, dtype=bool)
    axes.bar(at[apart], value[apart], color=style.SKY)
    axes.bar(at[~apart], value[~apart], color="#DDE1E6", hatch="////", edgecolor=style.GREY, linewidth=0)
    axes.errorbar(at, value, yerr=np.maximum(reach, 0), fmt="none", ecolor=style.INK, elinewidth=0.8)
    # An hour in which nothing happened has an interval far above all others.
    axes.set_ylim(0, 1.15 * max(1.0, float(np.nanmax(np.where(value > 0, factors.high, 0)))))
    ticks = _TICKS.get(name)
    if ticks:
        axes.set_xticks(at, ticks)
    else:
        axes.set_xticks(range(0, len(at) + 1, 6))
    style.grid(axes, "y")
