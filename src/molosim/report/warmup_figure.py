"""Figure of a warm-up: the daily series, and how sure its mean is by the days left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from molosim.experiments.mser import WarmUp
from molosim.report import style


def warm_up(found: Mapping[str, WarmUp], label: str) -> Figure:
    """A row per alternative: the series with the days left out shaded, and MSER with its least value.

    To be drawn and saved within `molosim.report.style.settings`.

    Parameters
    ----------
    found
        By alternative.
    label
        What the series is, with its unit.
    """
    fig = style.figure(0.6 + 1.9 * len(found), width_in=8.6)
    panels = fig.subplots(len(found), 2, squeeze=False, sharex=True)
    for (series, errors), (alternative, one) in zip(panels, found.items(), strict=True):
        series.plot(np.arange(len(one.series)), one.series, color=style.BLUE, linewidth=0.9)
        series.axvspan(0, one.days, color=style.YELLOW, alpha=0.5, linewidth=0)
        settled = f"{one.days} days left out" if one.settled else "too short to say: does not settle in its first half"
        series.set_title(f"{alternative}: {settled}", fontsize=9)
        series.set_ylabel(label, fontsize=8)
        over = len(one.series) % one.batch_days
        days = np.arange(len(one.errors)) * one.batch_days
        days[1:] += over
        errors.plot(days, one.errors, ".-", color=style.GREY, markersize=3, linewidth=0.9)
        errors.axvline(one.days, color=style.ORANGE, linewidth=1.2)
        errors.set_title(f"MSER-{one.batch_days} by days left out", fontsize=9)
        for axes in (series, errors):
            style.grid(axes, "y")
            style.thousands(axes)
    for axes in panels[-1]:
        axes.set_xlabel("day")
    style.source_line(fig, "Mean of replications; least MSER leaves the mean of the rest surest. Simulated by molosim.")
    return fig
