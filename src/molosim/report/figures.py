"""Figures of sums and differences: outcome in, figure out, one function each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from molosim.boxes import FRACTIONS
from molosim.measures import HEADLINE, MEASURES
from molosim.report import style
from molosim.report.folder import Outcome
from molosim.report.text import number, quantity

DRIVEN = (
    ("km_detour_waste", "vans, waste detours", style.BLUE),
    ("km_detour_parcel", "vans, parcel detours", style.SKY),
    ("km_extra", "vans, extra tours", style.GREY),
    ("km_collection", "collection vehicles", style.ORANGE),
    ("km_transfer", "transfer runs", style.YELLOW),
    ("km_residents", "residents' cars", style.PINK),
)
EMITTED = (
    ("co2e_wtw_vans_kg", "delivery vans", style.BLUE),
    ("co2e_wtw_collection_kg", "collection vehicles", style.ORANGE),
    ("co2e_wtw_transfer_kg", "transfer runs", style.YELLOW),
    ("co2e_wtw_residents_kg", "residents' cars", style.PINK),
)
FATES = (
    ("stored", "put into boxes", style.GREEN),
    ("home", "kept at home at the end", style.YELLOW),
    ("centre", "recycling centre", style.ORANGE),
    ("residual", "residual bin (lost)", style.RED),
)
PANELS_ACROSS = 4
VERDICTS = (
    ("better", style.BLUE, "o"),
    ("worse", style.RED, "s"),
    ("no difference shown, or neither better nor worse", style.GREY, "D"),
)


def note(outcome: Outcome) -> str:
    """The line under every figure."""
    horizon = outcome.scenario.horizon
    return f"Mean of {outcome.n} replications of {horizon.days} days; simulated by molosim."


def kilometres(outcome: Outcome) -> Figure:
    """Kilometres beyond planned deliveries, by who drives and why, stacked per alternative."""
    fig, axes = _bars(outcome)
    _stack(axes, outcome.means, DRIVEN)
    axes.set_xlabel("km beyond planned deliveries")
    planned = number(float(outcome.means["km_planned"].mean()))
    style.source_line(fig, f"Not drawn: planned deliveries, about {planned} km in each.\n{note(outcome)}")
    return fig


def co2e_by_source(outcome: Outcome) -> Figure:
    """CO2e beyond deliveries alone, by source, stacked per alternative.

    Deliveries alone are what the vans emit in the alternative in which they emit least.
    """
    fig, axes = _bars(outcome)
    least = float(outcome.means["co2e_wtw_vans_kg"].min())
    beyond = outcome.means.assign(co2e_wtw_vans_kg=outcome.means["co2e_wtw_vans_kg"] - least)
    _stack(axes, beyond, EMITTED)
    axes.set_xlabel("kg CO2e beyond deliveries alone, well-to-wheel")
    text = f"Not drawn: deliveries alone, {quantity(least, 'kg CO2e')} in each."
    style.source_line(fig, f"{text}\n{note(outcome)}")
    return fig


def co2e_change(outcome: Outcome) -> Figure:
    """Change of the city's CO2e against the baseline, by source, with the net change and its interval."""
    fig = style.figure(1.6 + 0.5 * (len(outcome.alternatives) - 1))
    axes = fig.subplots()
    others = outcome.alternatives[1:]
    change = outcome.means.loc[list(others)] - outcome.means.loc[outcome.scenario.baseline]
    rows = np.arange(len(others))
    ahead, behind = np.zeros(len(others)), np.zeros(len(others))
    for column, label, colour in EMITTED:
        values = change[column].to_numpy(dtype=np.float64)
        left = np.where(values >= 0, ahead, behind)
        axes.barh(rows, values, left=left, color=colour, label=label, height=0.55)
        ahead, behind = ahead + np.maximum(values, 0), behind + np.minimum(values, 0)
    city = [outcome.found(name, "co2e_wtw_city_kg") for name in others]
    net = [found.difference for found in city]
    reach = np.nan_to_num([[f.difference - f.low for f in city], [f.high - f.difference for f in city]])
    label = "net, with 95 % interval"
    axes.errorbar(net, rows, xerr=reach, fmt="D", color=style.INK, mfc="white", capsize=4, label=label)
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.set_yticks(rows, others)
    axes.invert_yaxis()
    axes.set_xlabel(f"change of kg CO2e, well-to-wheel, against {outcome.scenario.baseline}")
    style.grid(axes)
    style.thousands(axes)
    style.legend_above(axes, columns=3)
    style.source_line(fig, f"Left of zero is saved. {note(outcome)}")
    return fig


def differences(outcome: Outcome) -> Figure:
    """Headline measures' paired differences in per cent of the baseline, with intervals, a panel per alternative."""
    others = outcome.alternatives[1:]
    shown = [name for name in HEADLINE if outcome.mean(outcome.scenario.baseline, name)]
    across = min(len(others), PANELS_ACROSS)
    down = -(-len(others) // across)
    fig = style.figure(1.0 + down * (0.3 + 0.27 * len(shown)), width_in=max(style.WIDTH_IN, 3.2 + 2.3 * across))
    panels = fig.subplots(down, across, sharey=True, squeeze=False).ravel()
    for axes, alternative in zip(panels, others, strict=False):
        _forest(axes, outcome, alternative, shown)
    for axes in panels[len(others) :]:
        axes.set_axis_off()
    panels[0].set_yticks(range(len(shown)), [MEASURES[name].label for name in shown])
    panels[0].invert_yaxis()
    handles = [
        panels[0].plot([], [], marker, color=colour, label=label, markersize=5)[0] for label, colour, marker in VERDICTS
    ]
    fig.legend(handles=handles, loc="outside upper left", ncols=3)
    style.source_line(fig, f"95 % intervals of paired differences; the scale is linear within 1 %. {note(outcome)}")
    return fig


def fates(outcome: Outcome) -> Figure:
    """Where the waste that residents offered went, a panel per fraction."""
    fig = style.figure(1.5 + 0.34 * len(outcome.alternatives), width_in=8.6)
    panels = fig.subplots(1, len(FRACTIONS), sharey=True)
    for axes, fraction in zip(panels, FRACTIONS, strict=True):
        parts = tuple((f"waste_{key}_{fraction}_kg", label, colour) for key, label, colour in FATES)
        _stack(axes, outcome.means, parts, totals=False)
        axes.set_title(fraction)
        axes.set_xlabel("kg")
        axes.locator_params(axis="x", nbins=4)
    handles, labels = panels[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=5)
    style.source_line(fig, f"Each panel has its own scale. {note(outcome)}")
    return fig


def _bars(outcome: Outcome) -> tuple[Figure, Axes]:
    fig = style.figure(1.7 + 0.4 * len(outcome.alternatives))
    return fig, fig.subplots()


def _stack(axes: Axes, means: pd.DataFrame, parts: tuple[tuple[str, str, str], ...], *, totals: bool = True) -> None:
    rows = np.arange(len(means))
    end = np.zeros(len(rows))
    for column, label, colour in parts:
        values = means[column].fillna(0).to_numpy(dtype=np.float64)
        axes.barh(rows, values, left=end, color=colour, label=label, height=0.6)
        end += values
    if totals:
        for row, value in enumerate(end):
            style.beside(axes, number(value), (float(value), row))
        axes.set_xlim(right=float(end.max(initial=0)) * 1.14 or 1)
        style.legend_above(axes, columns=3)
    axes.set_yticks(rows, [str(name) for name in means.index])
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
    style.grid(axes)
    style.thousands(axes)


def _forest(axes: Axes, outcome: Outcome, alternative: str, shown: list[str]) -> None:
    ends = [0.0]
    for row, name in enumerate(shown):
        found = outcome.found(alternative, name)
        per_cent = 100 / abs(found.mean_baseline)
        _, colour, marker = VERDICTS[judged(name, found.verdict)]
        if np.isfinite(found.low):
            axes.plot([found.low * per_cent, found.high * per_cent], [row, row], color=colour, linewidth=1.6)
        axes.plot(found.difference * per_cent, row, marker, color=colour, markersize=5)
        ends += [end * per_cent for end in (found.low, found.difference, found.high) if np.isfinite(end)]
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.set_xscale("symlog", linthresh=1, linscale=0.7)
    axes.set_xticks([-100, -10, 0, 10, 100, 1000])
    axes.minorticks_off()
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlim(min(1.6 * min(ends), -1.5), max(1.6 * max(ends), 1.5))
    axes.set_xlabel("change in % of the baseline")
    axes.set_title(alternative)
    style.grid(axes)
    style.thousands(axes)


def judged(name: str, verdict: str) -> int:
    """Index into `VERDICTS`: 0 better, 1 worse, 2 neither."""
    better = MEASURES[name].better
    if verdict not in {"less", "more"} or better is None:
        return 2
    return 0 if verdict == better else 1
