"""Figures of vans' tours: how full they are, and how long waste keeps them."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.number_text import fixed, number
from molosim.report.run_data import RunData
from molosim.report.style import spread_of
from molosim.report.sum_figures import note
from molosim.runtime.arrays import Floats
from molosim.trips import VAN_PURPOSES, Purpose

COLOURS = (style.GREY, style.BLUE, style.GREEN, style.ORANGE, style.PINK, style.SKY)
WHO = {
    Purpose.DELIVERY: mark("delivery vans"),
    Purpose.EXTRA_DELIVERY: mark("delivery vans"),
    Purpose.COLLECTION: mark("collection vehicles"),
    Purpose.TRANSFER: mark("transfer runs"),
}
TRIP = ("replication", "day", "operator", "vehicle", "vehicle_type", "depart_s")
"""Columns that tell which trip of an alternative a row is about."""
ADR_LIMIT = 1000
"""Points that ADR 1.1.3.6 allows a transport unit without full ADR."""
MOMENTS = (("fill_start", mark("at departure"), style.SKY), ("fill_peak", mark("at the fullest moment"), style.BLUE))


@figure("fill", mark("How full the vans are: what is left is spare space."), section="drivers", place=4)
def fill(outcome: RunData) -> Drawn:
    """Vans' fill by volume at departure and at the fullest moment, per alternative."""
    fig, axes = style.single(1.5 + 0.55 * len(outcome.alternatives))
    vans, data = _vans(outcome), []
    for row, alternative in enumerate(outcome.alternatives):
        mine = vans[vans["alternative"] == alternative]
        for shift, (column, label, colour) in zip((-0.17, 0.17), MOMENTS, strict=True):
            spread = spread_of(100 * mine[column])
            style.spread(axes, row + shift, spread, (colour, tr(label) if row == 0 else None), height=0.26)
            data.append({"alternative": alternative, "moment": column, **spread})
    axes.axvline(100, color=style.RED, linewidth=1)
    axes.set_xlim(0, 103)
    axes.set_yticks(range(len(outcome.alternatives)), list(outcome.alternatives))
    axes.invert_yaxis()
    axes.set_xlabel(tr("% of the van's volume"))
    style.grid(axes)
    style.legend_above(axes, columns=2)
    text = tr("Bar: middle half of tours; line: 5 to 95 %; notch: median.")
    return Drawn(fig, pd.DataFrame(data), f"{text} {note(outcome)}")


@figure("detours", mark("How long waste keeps the tours that it makes longer."), section="drivers", place=3)
def detours(outcome: RunData) -> Drawn:
    """How many minutes waste adds to the tours that it adds to."""
    fig, axes = style.single(2.6)
    vans = _vans(outcome)
    added = {a: _added_min(vans[vans["alternative"] == a]) for a in outcome.alternatives}
    longest = max((minutes.max() for minutes in added.values() if minutes.size), default=1.0)
    edges = np.linspace(0, longest, 31)
    data: list[dict[str, object]] = []
    looks = cycle(zip(COLOURS, ("-", "--", ":") * 2, strict=True))
    for (colour, dashes), (alternative, minutes) in zip(looks, added.items(), strict=False):
        if not minutes.size:
            continue
        tours = int((vans["alternative"] == alternative).sum())
        share, median = fixed(100 * minutes.size / tours, 1), fixed(float(np.median(minutes)), 1)
        heights, _ = np.histogram(minutes, edges)
        label = tr(
            "{alternative}: {share} % of tours, median {median} min",
            alternative=alternative,
            share=share,
            median=median,
        )
        data += [
            {"alternative": alternative, "from_min": a, "to_min": b, "share_of_tours": h / tours}
            for a, b, h in zip(edges[:-1], edges[1:], heights, strict=True)
        ]
        axes.stairs(100 * heights / tours, edges, color=colour, linestyle=dashes, linewidth=1.8, label=label)
    if axes.has_data():
        style.legend_above(axes, columns=1)
    else:
        axes.text(0.5, 0.5, tr("no tour is made longer by waste"), transform=axes.transAxes, ha="center")
    axes.set_xlabel(tr("minutes added by waste: driving and handling"))
    axes.set_ylabel(tr("% of all vans' tours"))
    style.grid(axes, "y")
    text = tr("Share of all tours; those without a waste detour are not drawn.")
    return Drawn(fig, pd.DataFrame(data), f"{text} {note(outcome)}")


@figure("points", mark("ADR points on trips with waste."), section="drivers", place=6)
def points(outcome: RunData) -> Drawn:
    """ADR points on trips with waste, by who drives, against the limit of 1,000."""
    tours = outcome.tours[outcome.tours["waste_g"] > 0]
    who = tours["purpose"].map(WHO).astype(str)
    data: list[dict[str, Any]] = [
        {"alternative": alternative, "who": key, "trips": len(mine), **spread_of(mine)}
        for alternative in outcome.alternatives
        for key in dict.fromkeys(WHO.values())
        if len(mine := tours.loc[(tours["alternative"] == alternative) & (who == key), "waste_points_milli"] / 1000)
    ]
    fig, axes = style.single(1.6 + 0.34 * max(len(data), 2))
    for row, one in enumerate(data):
        style.spread(axes, row, one, (style.BLUE, None), height=0.5)
        axes.plot(one["most"], row, "D", color=style.ORANGE, markersize=5)
    axes.axvline(ADR_LIMIT, color=style.RED, linewidth=1.2)
    axes.set_xlim(0, 1.05 * max([ADR_LIMIT, *(float(one["most"]) for one in data)]))
    axes.set_yticks(range(len(data)), [f"{one['alternative']}, {tr(str(one['who']))}" for one in data])
    axes.set_ylim(max(len(data), 1) - 0.5, -0.5)
    axes.set_xlabel(tr("ADR points of the waste on a trip"))
    style.ruled(axes)
    text = tr("Bar: middle half of trips with waste; line: 5 to 95 %; notch: median; diamond: most. Red: the limit.")
    return Drawn(fig, pd.DataFrame(data), f"{text}\n{note(outcome)}")


@figure(
    "along",
    mark("On board along a tour that takes waste, and the spare space that waste uses."),
    section="drivers",
    place=5,
    wide=True,
    needs=mark("tours with waste"),
)
def along(outcome: RunData) -> Drawn | None:
    """What is on board of a van that takes waste, from departure to return, and how much spare space it uses."""
    found = on_board(outcome, outcome.sharing)
    if found is None:
        return None
    data, used = found
    fig = style.figure(3.3, width_in=style.WIDE_IN)
    way, share = fig.subplots(1, 2)
    looks = ((tr("parcels"), style.SKY), (tr("waste"), style.ORANGE), (tr("free"), "#EEF1F4"))
    labels, colours = zip(*looks, strict=True)
    way.stackplot(data["tour_percent"], *(data[k] for k in ("parcels", "waste", "free")), labels=labels, colors=colours)
    way.set(xlim=(0, 100), ylim=(0, 100))
    way.set_xlabel(tr("% of the tour's time"))
    way.set_ylabel(tr("% of the van's volume"))
    style.legend_above(way, columns=3)
    edges = np.linspace(0, max(float(used.max()), 1e-9), 31)
    heights, _ = np.histogram(used, edges)
    share.stairs(100 * heights / used.size, edges, fill=True, color=style.ORANGE)
    share.axvline(float(np.median(used)), color=style.INK, linewidth=1.4)
    share.set_xlabel(tr("% of the space free at departure that waste took"))
    share.set_ylabel(tr("% of tours with waste"))
    style.grid(share, "y")
    for axes in (way, share):
        style.thousands(axes)
        style.thousands(axes, "y")
    lead = tr("Mean of {n} tours with waste in '{alternative}'.", n=number(used.size), alternative=outcome.sharing)
    text = tr("Parcels are taken to leave evenly between departure and return. Right: line at the median.")
    return Drawn(fig, data, f"{lead} {text}\n{note(outcome)}")


def on_board(outcome: RunData, alternative: str) -> tuple[pd.DataFrame, Floats] | None:
    """Mean load of vans' tours with waste by time, and per cent of free space that each used; None without such tours.

    Returns
    -------
    tuple
        A table of tour_percent, parcels, waste, free (% of volume), and an array of shape (tours,).
    """
    mine = pc.field("alternative") == alternative
    vans = pc.field("purpose").isin(list(VAN_PURPOSES))
    trips = outcome.table("trips", [*TRIP, "return_s", "fill_start", "waste_l"], where=mine & vans)
    taken = outcome.table("pickups", [*TRIP, "second", "litres"], where=mine & vans)
    if not len(trips := trips[trips["waste_l"] > 0]):
        return None
    volume_l = {name: vehicle.volume_l for name, vehicle in outcome.scenario.vehicles.items()}
    trips = trips.assign(volume_l=trips["vehicle_type"].map(volume_l).astype(np.float64))
    key = [name for name in TRIP if name != "vehicle_type"]
    joined = taken.merge(trips[[*key, "return_s", "volume_l"]], on=key)
    when = 100 * (joined["second"] - joined["depart_s"]) / (joined["return_s"] - joined["depart_s"])
    steps = np.linspace(0, 100, 41)
    order = np.argsort(when.to_numpy())
    litres = (joined["litres"] / joined["volume_l"]).to_numpy(dtype=np.float64)[order]
    reached = np.searchsorted(when.to_numpy()[order], steps, side="right")
    waste = 100 * np.concatenate([[0.0], np.cumsum(litres)])[reached] / len(trips)
    parcels = 100 * float(trips["fill_start"].mean()) * (1 - steps / 100)
    table = {"tour_percent": steps, "parcels": parcels, "waste": waste, "free": 100 - parcels - waste}
    free_l = (1 - trips["fill_start"]) * trips["volume_l"]
    used = (100 * trips["waste_l"] / free_l.where(free_l > 0)).dropna()
    return pd.DataFrame(table), used.to_numpy(dtype=np.float64)


def _vans(outcome: RunData) -> pd.DataFrame:
    return outcome.tours[outcome.tours["purpose"].isin(VAN_PURPOSES)]


def _added_min(tours: pd.DataFrame) -> Floats:
    minutes = tours["detour_waste_s"].to_numpy(dtype=np.float64) / 60
    return minutes[minutes > 0]
