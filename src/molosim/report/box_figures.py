"""Figure of boxes over time: how full they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from matplotlib.axes import Axes

from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.run_data import RunData
from molosim.report.sum_figures import note

DAY_S = 86_400
SHORT_DAYS = 28
"""A run no longer than this is drawn by day, a longer one by week."""
MOST_NAMED = 60


@figure("occupancy", mark("How full the boxes are, over the weeks."), section="boxes", place=1, wide=True)
def occupancy(outcome: RunData) -> Drawn:
    """Share of parcel doors' time taken, and fill of the fullest waste door each morning: by box, over weeks."""
    data = over_time(outcome, outcome.sharing)
    sites = outcome.boxes.drop_duplicates("box").sort_values(["district", "name"])[["box", "name"]]
    step = str(data.columns[1])
    fig = style.figure(1.4 + max(0.13 * min(len(sites), MOST_NAMED), 1.6), width_in=style.WIDE_IN)
    panels = fig.subplots(1, 2, sharey=True)
    most = float(np.nanmax(data[["doors_percent", "fill_percent"]].to_numpy(), initial=1))
    titles = (tr("parcel doors taken, % of their time"), tr("fullest waste door in the morning, % of what it holds"))
    for axes, column, title in zip(panels, ("doors_percent", "fill_percent"), titles, strict=True):
        cells = data.pivot_table(column, "box", step).reindex(sites["box"])
        image = _cells(axes, cells, most, title)
        axes.set_xlabel(tr("week after the warm-up") if step == "week" else tr("day after the warm-up"))
    if len(sites) <= MOST_NAMED:
        panels[0].set_yticks(np.arange(len(sites)) + 0.5, list(sites["name"]), fontsize=6)
    panels[0].invert_yaxis()
    bar = fig.colorbar(image, ax=list(panels), pad=0.01, aspect=40, label="%")
    bar.ax.tick_params(labelsize=7)
    style.thousands(bar.ax, "y")
    whole = f" {tr('Whole weeks only.')}" if step == "week" else ""
    return Drawn(fig, data, f"'{outcome.sharing}'.{whole} {note(outcome)}")


def over_time(outcome: RunData, alternative: str) -> pd.DataFrame:
    """Means over replications of each box and whole week (or day): box, week, doors_percent, fill_percent.

    Days behind the last whole week are left out: one day is no week to be seen beside others.
    """
    columns = ["box", "day", "fill", "occupied_s"]
    days = outcome.table("box_days", columns, where=pc.field("alternative") == alternative)
    doors = outcome.boxes.drop_duplicates("box").set_index("box")["parcel_doors"].astype(np.float64)
    doors = doors.where(doors > 0)
    step, length = ("day", 1) if outcome.scenario.horizon.days <= SHORT_DAYS else ("week", 7)
    first = int(days["day"].min())
    days = days[days["day"] < first + days["day"].nunique() // length * length]
    table = pd.DataFrame(
        {
            "box": days["box"],
            step: (days["day"] - first) // length + 1,
            "doors_percent": 100 * days["occupied_s"] / (days["box"].map(doors) * DAY_S),
            "fill_percent": 100 * days["fill"],
        }
    )
    return table.groupby(["box", step], as_index=False).mean()


def _cells(axes: Axes, cells: pd.DataFrame, most: float, title: str) -> Any:
    values = cells.to_numpy(dtype=np.float64)
    edges = np.arange(values.shape[1] + 1) + 0.5
    image = axes.pcolormesh(
        edges, np.arange(values.shape[0] + 1), values, cmap="cividis", vmin=0, vmax=most, rasterized=True
    )
    axes.set_title(title, fontsize=8)
    style.thousands(axes)
    return image
