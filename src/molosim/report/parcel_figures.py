"""Figures of parcels: how long they lie in the boxes, and how many find no door."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from molosim.evaluation.statistics import summary
from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.number_text import fixed, number
from molosim.report.run_data import RunData
from molosim.report.sum_figures import note

DAY_H = 24
MARKED = ((0.5, "-"), (0.9, "--"))
"""Shares of parcels of which the figure says when they are gone, and the dashes of their lines."""


@figure(
    "stays",
    mark("How long a parcel lies in the box."),
    section="boxes",
    place=2,
    wide=True,
    needs=mark("parcels that residents fetched"),
)
def stays(outcome: RunData) -> Drawn | None:
    """Parcels by the hours that they lie in the box until they are fetched; None where nobody fetched any."""
    table = outcome.table("stays", ["alternative", "hours", "fetched", "returned"])
    mine = table[table["alternative"] == outcome.sharing]
    table = mine.groupby("hours", as_index=False)[["fetched", "returned"]].sum()
    fetched, returned = int(table["fetched"].sum()), int(table["returned"].sum())
    if not fetched:
        return None
    percent = 100 * table["fetched"] / fetched
    data = pd.DataFrame({"from_h": table["hours"], "to_h": table["hours"] + 1, "percent_of_fetched": percent})
    fig, axes = style.single(2.9, width_in=style.WIDE_IN)
    last_h = int(table.loc[table["fetched"] > 0, "hours"].max()) + 1
    axes.stairs(percent, [*data["from_h"], data["to_h"].iloc[-1]], fill=True, color=style.SKY)
    for share, dashes in MARKED:
        hours = quantile(table, share)
        label = tr("{share} % are fetched within {hours} hours", share=fixed(100 * share, 0), hours=fixed(hours, 0))
        axes.axvline(hours, color=style.INK, linestyle=dashes, linewidth=1.4, label=label)
    axes.set_xlim(0, last_h)
    axes.set_xticks(np.arange(0, last_h + 1, _step_h(last_h)))
    axes.set_xlabel(tr("hours in the box"))
    axes.set_ylabel(tr("% of parcels fetched, per hour"))
    style.grid(axes, "y")
    style.thousands(axes)
    style.thousands(axes, "y")
    style.legend_above(axes, columns=2)
    text = tr(
        "'{alternative}': {n} parcels fetched; {returned} more were taken back, {percent} % of all that left.",
        alternative=outcome.sharing, n=number(fetched), returned=number(returned),
        percent=fixed(100 * returned / (fetched + returned), 1),
    )  # fmt: skip
    every = tr("Sum of {n} replications of {days} days; simulated by molosim.", n=outcome.n, days=_days(outcome))
    return Drawn(fig, data, f"{text} {every}")


@figure("parcels", mark("Parcels: how long they stay, how many are redirected."), section="boxes", place=3, wide=True)
def parcels(outcome: RunData) -> Drawn:
    """How long parcels lie in the box in each alternative, and how many are redirected."""
    table = outcome.table("stays", ["alternative", "hours", "fetched"])
    fig = style.figure(1.6 + 0.42 * len(outcome.alternatives), width_in=style.WIDE_IN)
    stay, lost = fig.subplots(1, 2, sharey=True)
    data = []
    for row, alternative in enumerate(outcome.alternatives):
        mine = table[table["alternative"] == alternative].groupby("hours", as_index=False)[["fetched"]].sum()
        spread = {name: quantile(mine, share) for name, share in style.QUANTILES.items()}
        style.spread(stay, row, spread, (style.BLUE, None), height=0.45)
        ends = _redirected(lost, row, outcome, alternative)
        data.append({"alternative": alternative, **{f"stay_h_{key}": h for key, h in spread.items()}, **ends})
    stay.set_yticks(range(len(outcome.alternatives)), list(outcome.alternatives))
    stay.set_ylim(len(outcome.alternatives) - 0.5, -0.5)
    stay.set_xlabel(tr("hours in the box until a parcel is fetched"))
    stay.set_xlim(left=0)
    lost.set_xlabel(tr("parcels redirected to a shop, %"))
    lost.set_xlim(left=0)
    for axes in (stay, lost):
        axes.locator_params(axis="x", nbins=6)
        style.ruled(axes)
    text = tr("Left, bar: middle half of parcels; line: 5 to 95 %; notch: median. Right: 95 % intervals.")
    return Drawn(fig, pd.DataFrame(data), f"{text} {note(outcome)}")


def quantile(stays: pd.DataFrame, share: float) -> float:
    """Hours within which a share of the parcels is fetched, an hour's parcels spread evenly over it; 0 without any."""
    counts = stays["fetched"].to_numpy(dtype=np.float64)
    edges = np.append(stays["hours"].to_numpy(dtype=np.float64), stays["hours"].max() + 1.0)
    gone = np.concatenate([[0.0], np.cumsum(counts)])
    return float(np.interp(share * gone[-1], gone, edges)) if gone[-1] else 0.0


def _redirected(axes: Axes, row: int, outcome: RunData, alternative: str) -> dict[str, float]:
    """Draw the share of parcels redirected with its interval, and hand it over."""
    rows = outcome.replications.loc[outcome.replications["alternative"] == alternative, "parcels_redirected_share"]
    share = summary(rows.dropna().to_numpy(dtype=np.float64))
    axes.plot(share.difference, row, "o", color=style.RED, markersize=6)
    style.whisker(axes, row, (share.low, share.high))
    return {"redirected_percent": share.difference, "low": share.low, "high": share.high}


def _step_h(last_h: int) -> int:
    """Between ticks: a day, or several."""
    return DAY_H * -(-last_h // (12 * DAY_H))


def _days(outcome: RunData) -> str:
    return number(outcome.scenario.horizon.days)
