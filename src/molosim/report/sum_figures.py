"""Figures of sums: who drives how often, how far and with how much CO2e, and where the waste went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from molosim.evaluation.statistics import summary
from molosim.inputs.boxes import FRACTIONS
from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.number_text import number, quantity
from molosim.report.run_data import RunData

Parts = Sequence[tuple[str, str, str]]
"""Measure, what it is called in the legend, colour."""

MADE: Parts = (
    ("trips_extra", mark("vans, extra tours"), style.GREY),
    ("trips_collection", mark("collection vehicles"), style.ORANGE),
    ("trips_transfer", mark("transfer runs"), style.YELLOW),
    ("trips_residents", mark("residents' cars"), style.PINK),
)
DRIVEN: Parts = (
    ("km_detour_waste", mark("vans, waste detours"), style.BLUE),
    ("km_detour_parcel", mark("vans, parcel detours"), style.SKY),
    ("km_extra", mark("vans, extra tours"), style.GREY),
    ("km_collection", mark("collection vehicles"), style.ORANGE),
    ("km_transfer", mark("transfer runs"), style.YELLOW),
    ("km_residents", mark("residents' cars"), style.PINK),
)
EMITTED: Parts = (
    ("co2e_wtw_vans_kg", mark("delivery vans"), style.BLUE),
    ("co2e_wtw_collection_kg", mark("collection vehicles"), style.ORANGE),
    ("co2e_wtw_transfer_kg", mark("transfer runs"), style.YELLOW),
    ("co2e_wtw_residents_kg", mark("residents' cars"), style.PINK),
)
FATES = (
    ("stored", mark("put into boxes"), style.GREEN),
    ("home", mark("kept at home at the end"), style.YELLOW),
    ("centre", mark("recycling centre"), style.ORANGE),
    ("residual", mark("residual bin (lost)"), style.RED),
)


def note(outcome: RunData) -> str:
    """The line under every figure."""
    days = outcome.scenario.horizon.days
    return tr("Mean of {n} replications of {days} days; simulated by molosim.", n=outcome.n, days=number(days))


@figure("trips", mark("Trips beyond daily deliveries: who drives, and why."), section="drivers", place=1)
def trips(outcome: RunData) -> Drawn:
    """Trips beyond daily deliveries, by who drives and why, stacked per alternative."""
    daily = number(float(outcome.means["trips_delivery"].mean()))
    text = tr("Not drawn: delivery tours, about {n} in each. Line: 95 % interval of the sum.", n=daily)
    return _summed(outcome, outcome.replications, MADE, tr("trips beyond daily delivery tours"), text)


@figure("kilometres", mark("Kilometres beyond planned deliveries: who drives, and why."), section="drivers", place=2)
def kilometres(outcome: RunData) -> Drawn:
    """Kilometres beyond planned deliveries, by who drives and why, stacked per alternative."""
    planned = number(float(outcome.means["km_planned"].mean()))
    text = tr("Not drawn: planned deliveries, about {n} km in each. Line: 95 % interval of the sum.", n=planned)
    return _summed(outcome, outcome.replications, DRIVEN, tr("km beyond planned deliveries"), text)


@figure("co2e_by_source", mark("CO2e beyond deliveries alone, by source."), section="co2e", place=2)
def co2e_by_source(outcome: RunData) -> Drawn:
    """CO2e beyond deliveries alone, by source, stacked per alternative.

    Deliveries alone are what the vans of a replication emit in the alternative in which they emit least.
    """
    vans = "co2e_wtw_vans_kg"
    least = outcome.replications.groupby("replication")[vans].transform("min")
    beyond = outcome.replications.assign(**{vans: outcome.replications[vans] - least})
    alone = quantity(float(least.mean()), "kg CO2e")
    text = tr("Not drawn: deliveries alone, {n} in each. Line: 95 % interval of the sum.", n=alone)
    return _summed(outcome, beyond, EMITTED, tr("kg CO2e beyond deliveries alone, well-to-wheel"), text)


@figure("co2e_change", mark("Change of the whole city's CO2e, by source."), section="co2e", place=1)
def co2e_change(outcome: RunData) -> Drawn:
    """Change of the city's CO2e against the baseline, by source, with the net change and its interval."""
    fig, axes = style.single(1.6 + 0.5 * (len(outcome.alternatives) - 1))
    others = outcome.alternatives[1:]
    change = outcome.means.loc[list(others)] - outcome.means.loc[outcome.scenario.baseline]
    rows, data = np.arange(len(others)), []
    ahead, behind = np.zeros(len(others)), np.zeros(len(others))
    for column, label, colour in EMITTED:
        values = change[column].to_numpy(dtype=np.float64)
        left = np.where(values >= 0, ahead, behind)
        style.bars(axes, rows, values, left=left, colour=colour, label=tr(label), height=0.55)
        ahead, behind = ahead + np.maximum(values, 0), behind + np.minimum(values, 0)
        data += [{"alternative": a, "part": column, "value": v} for a, v in zip(others, values, strict=True)]
    city = [outcome.found(name, "co2e_wtw_city_kg") for name in others]
    net = [found.difference for found in city]
    reach = np.nan_to_num([[f.difference - f.low for f in city], [f.high - f.difference for f in city]])
    label = tr("net, with 95 % interval")
    axes.errorbar(net, rows, xerr=reach, fmt="D", color=style.INK, mfc="white", capsize=4, label=label)
    data += [
        {"alternative": a, "part": "net", "value": f.difference, "low": f.low, "high": f.high}
        for a, f in zip(others, city, strict=True)
    ]
    axes.axvline(0, color=style.INK, linewidth=1)
    axes.set_yticks(rows, others)
    axes.invert_yaxis()
    axes.set_xlabel(tr("change of kg CO2e, well-to-wheel, against {baseline}", baseline=outcome.scenario.baseline))
    style.ruled(axes)
    style.legend_above(axes, columns=3)
    return Drawn(fig, pd.DataFrame(data), f"{tr('Left of zero is saved.')} {note(outcome)}")


@figure("fates", mark("Where the waste that residents brought went."), section="waste", place=2, wide=True)
def fates(outcome: RunData) -> Drawn:
    """Where the waste that residents offered went, a panel per fraction."""
    fig = style.figure(1.5 + 0.34 * len(outcome.alternatives), width_in=style.WIDE_IN)
    panels = fig.subplots(1, len(FRACTIONS), sharey=True, squeeze=False)[0]
    data = []
    for axes, fraction in zip(panels, FRACTIONS, strict=True):
        parts = [(f"waste_{key}_{fraction}_kg", label, colour) for key, label, colour in FATES]
        data.append(_stacked(outcome.replications, outcome.alternatives, parts).assign(fraction=fraction))
        _stack(axes, data[-1], parts, totals=False)
        axes.set_title(tr(fraction))
        axes.set_xlabel("kg")
        axes.locator_params(axis="x", nbins=4)
    style.legend_outside(fig, panels[0], columns=5)
    text = tr("Each panel has its own scale. Line: 95 % interval of the sum.")
    return Drawn(fig, pd.concat(data), f"{text} {note(outcome)}")


def _summed(outcome: RunData, replications: pd.DataFrame, parts: Parts, across: str, text: str) -> Drawn:
    fig, axes = style.single(1.8 + 0.4 * len(outcome.alternatives))
    data = _stacked(replications, outcome.alternatives, parts)
    _stack(axes, data, parts)
    axes.set_xlabel(across)
    return Drawn(fig, data, f"{text}\n{note(outcome)}")


def _stacked(replications: pd.DataFrame, alternatives: Sequence[str], parts: Parts) -> pd.DataFrame:
    """Mean of each part and of their sum, a row per alternative and part; the sum with its 95 % interval."""
    columns = [column for column, _, _ in parts]
    rows: list[dict[str, object]] = []
    for alternative in alternatives:
        mine = replications.loc[replications["alternative"] == alternative, columns].fillna(0)
        rows += [{"alternative": alternative, "part": name, "value": float(mine[name].mean())} for name in columns]
        total = summary(mine.sum(axis=1).to_numpy(dtype=np.float64))
        ends = {"low": total.low, "high": total.high}
        rows.append({"alternative": alternative, "part": "sum", "value": total.difference, **ends})
    return pd.DataFrame(rows)


def _stack(axes: Axes, data: pd.DataFrame, parts: Parts, *, totals: bool = True) -> None:
    names = list(data["alternative"].unique())
    rows, end = np.arange(len(names)), np.zeros(len(names))
    for column, label, colour in parts:
        values = data.loc[data["part"] == column, "value"].to_numpy(dtype=np.float64)
        style.bars(axes, rows, values, left=end, colour=colour, label=tr(label), height=0.6)
        end += values
    sums = data[data["part"] == "sum"].to_dict("records")
    ends = [max(row["value"], row["high"] if np.isfinite(row["high"]) else 0) for row in sums]
    for place, (row, right) in enumerate(zip(sums, ends, strict=True)):
        style.whisker(axes, place, (row["low"], row["high"]))
        if totals:
            style.beside(axes, number(float(row["value"])), (right, place))
    if totals:
        axes.set_xlim(right=max(ends, default=0) * 1.14 or 1)
        style.legend_above(axes, columns=3)
    axes.set_yticks(rows, names)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
    style.ruled(axes)
