"""Figures of differences from the baseline: how large, how sure, whose, in each replication, at what cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from molosim.evaluation.measures import HEADLINE, MEASURES
from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.run_data import RunData
from molosim.report.sum_figures import note
from molosim.runtime.arrays import Floats

PANELS_ACROSS = 3
_TICKS = 4
"""Labels of a scale of powers that stand beside each other in a panel."""
Looks = Sequence[tuple[str, str, str]]
"""Words, colour and marker of what a legend explains."""
VERDICTS: Looks = (
    (mark("better"), style.BLUE, "o"),
    (mark("worse"), style.RED, "s"),
    (mark("no difference shown, or neither better nor worse"), style.GREY, "D"),
)
SIDES = (
    ("co2e_wtw_operations_kg", mark("operators")),
    ("co2e_wtw_residents_kg", mark("residents' cars")),
    ("co2e_wtw_city_kg", mark("whole city")),
)
REPLICATED = ("co2e_wtw_city_kg", "km_city", "cost_waste", "trips_waste_vehicles")
QUADRANTS = (
    ((0.02, 0.03), mark("cheaper and greener"), "left"),
    ((0.02, 0.97), mark("greener but dearer"), "left"),
    ((0.98, 0.03), mark("cheaper but more CO2e"), "right"),
    ((0.98, 0.97), mark("dearer and more CO2e"), "right"),
)
WORDED_SHARE = 0.3
"""A quadrant narrower than this share of its panel has no room for words."""
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.PINK, style.SKY, style.RED, style.YELLOW, style.GREY)


def judged(name: str, verdict: str) -> int:
    """Index into `VERDICTS`: 0 better, 1 worse, 2 neither."""
    better = MEASURES[name].better
    if verdict not in {"less", "more"} or better is None:
        return 2
    return 0 if verdict == better else 1


def verdict_legend(fig: Figure, more: Looks = ()) -> None:
    """Legend of `VERDICTS`, and of further marks, above all panels."""
    looks = (*VERDICTS, *more)
    handles = [Line2D([], [], linestyle="", marker=m, color=c, label=tr(w), markersize=5) for w, c, m in looks]
    fig.legend(handles=handles, loc="outside upper left", ncols=3)


@figure("differences", mark("Paired differences of the headline measures."), section="certainty", place=3, wide=True)
def differences(outcome: RunData) -> Drawn:
    """Headline measures' paired differences in per cent of the baseline, with intervals, a panel per alternative."""
    others = outcome.alternatives[1:]
    shown = [name for name in HEADLINE if outcome.mean(outcome.scenario.baseline, name)]
    fig, panels = style.panels(len(others), PANELS_ACROSS, head_in=1.0, row_in=0.5 + 0.27 * len(shown), sharey=True)
    data = pd.concat([_per_cent(outcome, alternative, shown) for alternative in others])
    for axes, alternative in zip(panels, others, strict=True):
        _forest(axes, data[data["alternative"] == alternative])
        axes.set_title(alternative)
    panels[0].set_yticks(range(len(shown)), [tr(MEASURES[name].label) for name in shown])
    panels[0].invert_yaxis()
    verdict_legend(fig)
    text = tr("95 % intervals of paired differences; the scale is linear within 1 %.")
    return Drawn(fig, data, f"{text} {note(outcome)}")


@figure("sides", mark("Operators' side and residents' side apart."), section="co2e", place=3, wide=True)
def sides(outcome: RunData) -> Drawn:
    """Change of operators' CO2e and of residents' apart, and of the city's, with intervals."""
    others = outcome.alternatives[1:]
    fig = style.figure(1.5 + 0.34 * len(others), width_in=style.WIDE_IN)
    panels = fig.subplots(1, len(SIDES), sharey=True)
    data = []
    for axes, (name, label) in zip(panels, SIDES, strict=True):
        for row, alternative in enumerate(others):
            found = outcome.found(alternative, name)
            _, colour, marker = VERDICTS[judged(name, found.verdict)]
            axes.plot(found.difference, row, marker, color=colour, markersize=6)
            style.whisker(axes, row, (found.low, found.high))
            ends = {"difference": found.difference, "low": found.low, "high": found.high, "verdict": found.verdict}
            data.append({"alternative": alternative, "measure": name, **ends})
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.set_title(tr(label))
        axes.set_xlabel(tr("change, {unit}", unit="kg CO2e"))
        axes.margins(x=0.1)
        axes.locator_params(axis="x", nbins=4)
        style.ruled(axes)
    panels[0].set_yticks(range(len(others)), others)
    panels[0].set_ylim(len(others) - 0.5, -0.5)
    verdict_legend(fig)
    against = tr("Against '{baseline}', with 95 % intervals.", baseline=outcome.scenario.baseline)
    own = tr("Each panel has its own scale.")
    return Drawn(fig, pd.DataFrame(data), f"{against} {own} {note(outcome)}")


@figure(
    "paired",
    mark("Paired differences, replication by replication."),
    section="certainty",
    place=2,
    wide=True,
    needs=mark("two replications"),
)
def paired(outcome: RunData) -> Drawn | None:
    """Differences from the baseline replication by replication, a panel per measure."""
    if outcome.n < 2:
        return None
    others, baseline = outcome.alternatives[1:], outcome.scenario.baseline
    fig = style.figure(1.3 + 2 * (0.7 + 0.3 * len(others)), width_in=style.WIDE_IN)
    data = pd.concat([changes(outcome, name) for name in REPLICATED])
    for axes, name in zip(fig.subplots(2, 2, sharey=True).ravel(), REPLICATED, strict=True):
        for row, alternative in enumerate(others):
            mine = data[(data["measure"] == name) & (data["alternative"] == alternative)]
            spread = np.linspace(-0.16, 0.16, len(mine))
            axes.plot(mine["difference"], row + spread, "o", color=style.SKY, markersize=3.5, mec=style.BLUE, mew=0.4)
            axes.plot([mine["difference"].mean()] * 2, [row - 0.3, row + 0.3], color=style.INK, linewidth=1.6)
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.set_title(tr(MEASURES[name].label), fontsize=9)
        axes.set_xlabel(tr("change, {unit}", unit=tr(MEASURES[name].unit)))
        axes.set_yticks(range(len(others)), others)
        axes.set_ylim(len(others) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=5)
        style.ruled(axes)
    told = tr("A point a replication, in their order from above; line: mean. Against '{baseline}'.", baseline=baseline)
    return Drawn(fig, data, f"{told} {note(outcome)}")


def changes(outcome: RunData, name: str) -> pd.DataFrame:
    """Of a measure alternative, replication and its difference from the baseline in it."""
    table = outcome.replications.pivot_table(name, "replication", "alternative", dropna=False)
    base = table[outcome.scenario.baseline].to_numpy(dtype=np.float64)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "alternative": other,
                    "measure": name,
                    "replication": table.index,
                    "difference": table[other].to_numpy(dtype=np.float64) - base,
                }
            )
            for other in outcome.alternatives[1:]
        ]
    )


@figure("quadrant", mark("Cost against CO2e: cheaper and greener, or not."), section="certainty", place=1)
def quadrant(outcome: RunData) -> Drawn:
    """Change of the city's cost against change of its CO2e, with both intervals."""
    fig, axes = style.single(4.2)
    data = []
    looks = zip(COLOURS, MARKERS, strict=True)
    for alternative, (colour, marker) in zip(outcome.alternatives[1:], list(looks) * 9, strict=False):
        x, y = (outcome.found(alternative, name) for name in ("co2e_wtw_city_kg", "cost_city"))
        reach = [np.nan_to_num([[f.difference - f.low], [f.high - f.difference]]) for f in (x, y)]
        axes.errorbar(x.difference, y.difference, xerr=reach[0], yerr=reach[1], fmt=marker, color=colour, capsize=3)
        axes.plot([], [], marker, color=colour, label=alternative)  # a legend of intervals hides it
        ends = {"co2e_kg": x.difference, "co2e_low": x.low, "co2e_high": x.high}
        ends |= {"cost_eur": y.difference, "cost_low": y.low, "cost_high": y.high}
        data.append({"alternative": alternative, **ends})
    axes.annotate(outcome.scenario.baseline, (0, 0), xytext=(4, 4), textcoords="offset points", fontsize=8)
    table = pd.DataFrame(data)
    reached = (table.filter(like=key).to_numpy(dtype=np.float64) for key in ("co2e_", "cost_"))
    quadrants([axes], *reached, fontsize=8)
    axes.set_xlabel(tr("change of the city's CO2e, kg, well-to-wheel"))
    axes.set_ylabel(tr("change of the city's cost, EUR"))
    style.legend_above(axes, columns=4)
    against = tr("Against '{baseline}', with 95 % intervals.", baseline=outcome.scenario.baseline)
    return Drawn(fig, table, f"{against} {note(outcome)}")


def quadrants(panels: Sequence[Axes], x: Floats, y: Floats, *, fontsize: float) -> None:
    """Zero lines, limits that hold them and all of the data, and words in those corners that are quadrants."""
    room = []
    for along, values in (("x", x), ("y", y)):
        low, high = min(float(np.nanmin(values)), 0.0), max(float(np.nanmax(values)), 0.0)
        margin = 0.18 * ((high - low) or 1.0)
        for axes in panels:
            axes.set(**{f"{along}lim": (low - margin, high + margin)})
        zero = (margin - low) / (high - low + 2 * margin)
        room.append((zero, 1 - zero))
    for axes in panels:
        axes.axhline(0, color=style.INK, linewidth=1)
        axes.axvline(0, color=style.INK, linewidth=1)
        for (across, up), words, side in QUADRANTS:
            if room[0][across > 0.5] < WORDED_SHARE:
                continue
            where = "bottom" if up < 0.5 else "top"
            axes.text(
                across, up, tr(words), transform=axes.transAxes, ha=side, va=where, fontsize=fontsize, color="#52606D"
            )
        style.ruled(axes, "both")


def _per_cent(outcome: RunData, alternative: str, shown: list[str]) -> pd.DataFrame:
    rows = []
    for name in shown:
        found = outcome.found(alternative, name)
        scale = 100 / abs(outcome.mean(outcome.scenario.baseline, name))
        ends = {key: scale * getattr(found, key) for key in ("difference", "low", "high")}
        rows.append({"alternative": alternative, "measure": name, **ends, "verdict": found.verdict})
    return pd.DataFrame(rows)


def _forest(axes: Axes, rows: pd.DataFrame) -> None:
    for place, row in enumerate(rows.to_dict("records")):
        _, colour, marker = VERDICTS[judged(row["measure"], row["verdict"])]
        middle = row["difference"]
        reach = np.nan_to_num([[middle - row["low"]], [row["high"] - middle]])
        axes.errorbar(middle, place, xerr=reach, fmt=marker, color=colour, markersize=5, capsize=3)
    ends = rows[["difference", "low", "high"]].to_numpy(dtype=np.float64)
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.set_xscale("symlog", linthresh=1, linscale=0.7)
    low, high = min(1.6 * np.nanmin(ends, initial=0), -1.5), max(1.6 * np.nanmax(ends, initial=0), 1.5)
    ticks = [tick for tick in (-100, -10, 0, 10, 100, 1000) if low <= tick <= high]
    axes.set_xticks(ticks if len(ticks) <= _TICKS else [-100, 0, 100])
    axes.minorticks_off()
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlim(low, high)
    axes.set_xlabel(tr("change in % of the baseline"))
    style.ruled(axes)
