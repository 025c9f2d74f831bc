"""Figures of vans' tours: how full they are, and how long waste keeps them."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from molosim.measures.account import VAN_PURPOSES
from molosim.report import style
from molosim.report.figures import note
from molosim.report.folder import Outcome
from molosim.report.text import fixed

COLOURS = (style.GREY, style.BLUE, style.GREEN, style.ORANGE, style.PINK, style.SKY)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOMENTS = (("fill_start", "at departure", style.SKY), ("fill_peak", "at the fullest moment", style.BLUE))


def fill(outcome: Outcome) -> Figure:
    """Vans' fill by volume at departure and at the fullest moment, per alternative."""
    fig = style.figure(1.5 + 0.55 * len(outcome.alternatives))
    axes = fig.subplots()
    vans = _vans(outcome)
    for row, alternative in enumerate(outcome.alternatives):
        mine = vans[vans["alternative"] == alternative]
        for shift, (column, label, colour) in zip((-0.17, 0.17), MOMENTS, strict=True):
            p5, p25, p50, p75, p95 = 100 * mine[column].quantile(QUANTILES).to_numpy()
            y = row + shift
            axes.plot([p5, p95], [y, y], color=colour, linewidth=1.5)
            axes.barh(y, p75 - p25, left=p25, height=0.26, color=colour, label=label if row == 0 else None)
            axes.plot([p50, p50], [y - 0.13, y + 0.13], color="white", linewidth=1.5)
    axes.axvline(100, color=style.RED, linewidth=1)
    axes.set_xlim(0, 103)
    axes.set_yticks(range(len(outcome.alternatives)), list(outcome.alternatives))
    axes.invert_yaxis()
    axes.set_xlabel("% of the van's volume")
    style.grid(axes)
    style.legend_above(axes, columns=2)
    style.source_line(fig, f"Bar: middle half of tours; line: 5 to 95 %; notch: median. {note(outcome)}")
    return fig


def detours(outcome: Outcome) -> Figure:
    """How many minutes waste adds to the tours that it adds to."""
    fig = style.figure(2.6)
    axes = fig.subplots()
    vans = _vans(outcome)
    added = {a: _added_min(vans[vans["alternative"] == a]) for a in outcome.alternatives}
    longest = max((minutes.max() for minutes in added.values() if minutes.size), default=1.0)
    edges = np.linspace(0, longest, 31)
    looks = cycle(zip(COLOURS, ("-", "--", ":") * 2, strict=True))
    for (colour, dashes), (alternative, minutes) in zip(looks, added.items(), strict=False):
        if not minutes.size:
            continue
        tours = int((vans["alternative"] == alternative).sum())
        share, median = fixed(100 * minutes.size / tours, 1), fixed(float(np.median(minutes)), 1)
        heights, _ = np.histogram(minutes, edges)
        label = f"{alternative}: {share} % of tours, median {median} min"
        axes.stairs(100 * heights / tours, edges, color=colour, linestyle=dashes, linewidth=1.8, label=label)
    if axes.has_data():
        style.legend_above(axes, columns=1)
    else:
        axes.text(0.5, 0.5, "no tour is made longer by waste", transform=axes.transAxes, ha="center")
    axes.set_xlabel("minutes added by waste: driving and handling")
    axes.set_ylabel("% of all vans' tours")
    style.grid(axes, "y")
    style.source_line(fig, f"Share of all tours; those without a waste detour are not drawn. {note(outcome)}")
    return fig


def _vans(outcome: Outcome) -> pd.DataFrame:
    return outcome.tours[outcome.tours["purpose"].isin(VAN_PURPOSES)]


def _added_min(tours: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    minutes = tours["detour_waste_s"].to_numpy(dtype=np.float64) / 60
    return minutes[minutes > 0]
