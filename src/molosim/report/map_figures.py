"""Maps: what each box collected and refused, and one day's tours in two alternatives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from molosim.inputs.boxes import FRACTIONS
from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import day as in_words
from molosim.report.language import mark, ntr, tr
from molosim.report.number_text import number, tick
from molosim.report.run_data import RunData
from molosim.report.sum_figures import note
from molosim.results.reader import Feature
from molosim.runtime.arrays import Floats
from molosim.trips import VAN_PURPOSES, Purpose

ATTRIBUTION = mark("Map data (c) OpenStreetMap contributors, ODbL 1.0")
REFUSED = LinearSegmentedColormap.from_list("refused", ["#DCEBF5", style.SKY, style.BLUE, "#00263D"], N=10)
PURPOSES = (
    (Purpose.DELIVERY, mark("delivery tours"), "#9BB8CC", 0.7),
    (Purpose.EXTRA_DELIVERY, mark("extra delivery tours"), style.SKY, 0.9),
    (Purpose.COLLECTION, mark("collection tours"), style.RED, 1.8),
    (Purpose.TRANSFER, mark("transfer runs"), style.PINK, 1.8),
)


_EDGED: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.8}
EMPTIED = (
    (VAN_PURPOSES, mark("box emptied by a delivery van"), {"s": 38, "color": style.BLUE, "marker": "o", **_EDGED}),
    (
        (Purpose.COLLECTION,),
        mark("box emptied by a collection vehicle"),
        {"s": 32, "color": style.RED, "marker": "s", **_EDGED},
    ),
)
RADIUS, BESIDE, APART = 0.012, 0.026, 0.02
"""Of a box, from a box to a name beside it, and between two names' lines: shares of the map."""


def box_table(outcome: RunData, alternative: str) -> pd.DataFrame:
    """Per box, mean over replications: name, district, lon, lat, collected_kg, refused_share (%)."""
    mine = outcome.boxes[outcome.boxes["alternative"] == alternative]
    kg = {key: sum(mine[f"{key}_g_{f}"] for f in FRACTIONS) / 1000 for key in ("collected", "stored", "refused")}
    table = mine[["box", "name", "district", "lon", "lat"]].assign(**kg)
    sites = table.groupby("box", as_index=False).agg(
        {"name": "first", "district": "first", "lon": "first", "lat": "first"} | dict.fromkeys(kg, "mean")
    )
    tried = sites["stored"] + sites["refused"]
    sites["refused_share"] = 100 * sites["refused"] / tried.where(tried > 0)
    return sites.rename(columns={"collected": "collected_kg"})


@figure(
    "boxes",
    mark("Boxes: the larger, the more was collected; the darker, the more was refused."),
    section="map",
    place=1,
    wide=True,
)
def boxes(outcome: RunData) -> Drawn:
    """Boxes on their streets: area by kilograms collected, colour by the share of attempts refused."""
    alternative = outcome.sharing
    sites = box_table(outcome, alternative)
    fig, (axes,) = _maps(outcome, sites["lon"], sites["lat"], 1)
    most = float(sites["collected_kg"].max()) or 1.0
    points = axes.scatter(
        sites["lon"], sites["lat"], s=12 + 240 * sites["collected_kg"] / most, c=sites["refused_share"].fillna(0),
        cmap=REFUSED, vmin=0, edgecolor=style.INK, linewidth=0.7, zorder=3,
    )  # fmt: skip
    fig.colorbar(points, ax=axes, label=tr("attempts refused, % of kg"), shrink=0.7, aspect=25)
    for share in (0.25, 1.0):
        label = tr("{n} kg collected", n=number(share * most, 2))
        axes.scatter([], [], s=12 + 240 * share, color="white", edgecolor=style.INK, linewidth=0.7, label=label)
    style.legend_above(axes, columns=2)
    _name_districts(axes, sites)
    return Drawn(fig, sites, f"'{alternative}'. {note(outcome)} {tr(ATTRIBUTION)}")


@figure(
    "tours",
    mark("One day's tours, without and with sharing."),
    section="map",
    place=2,
    wide=True,
    needs=mark("tours on the sampled day"),
)
def tours(outcome: RunData) -> Drawn | None:
    """One day's tours in the baseline and in the alternative that shares; none where nobody drove on that day."""
    lines = [f for f in outcome.sample_day if f["geometry"]["type"] == "LineString"]
    if not lines:
        return None
    sites = box_table(outcome, outcome.sharing)
    fig, panels = _maps(outcome, sites["lon"], sites["lat"], 2)
    day, parts = int(lines[0]["properties"].get("day", 0)), []
    for axes, alternative in zip(panels, (outcome.scenario.baseline, outcome.sharing), strict=True):
        mine = [f for f in lines if f["properties"]["alternative"] == alternative]
        parts.append(_day(axes, mine, sites, _emptied(outcome, alternative, day)).assign(alternative=alternative))
        axes.set_title(alternative)
    data = pd.concat(parts)
    driven, emptied = (data.groupby("purpose")[column].sum() for column in ("tours", "boxes_emptied"))
    for purpose, label, colour, width in PURPOSES:
        if driven[purpose]:
            panels[0].plot([], [], color=colour, linewidth=max(width, 1.5), label=tr(label))
    panels[0].scatter([], [], s=9, color=style.INK, label=tr("boxes"))
    for purposes, label, look in EMPTIED:
        if emptied[list(purposes)].sum():
            panels[0].scatter([], [], label=tr(label), **look)
    style.legend_outside(fig, panels[0], columns=5)
    text = tr("{day}, first replication; simulated by molosim.", day=date_of(outcome, day))
    return Drawn(fig, data[["alternative", "purpose", "tours", "km", "boxes_emptied"]], f"{text} {tr(ATTRIBUTION)}")


def date_of(outcome: RunData, day: int) -> str:
    """A measured day, counted from the first one, as its date in words."""
    horizon = outcome.scenario.horizon
    return in_words((horizon.start + timedelta(days=horizon.warmup_days + day)).isoformat())


def _day(axes: Axes, lines: list[Feature], sites: pd.DataFrame, emptied: pd.DataFrame) -> pd.DataFrame:
    """Draw the tours of one alternative and whom boxes were emptied by; a row per purpose: tours, km, boxes_emptied."""
    rows: list[dict[str, Any]] = []
    for purpose, _, colour, width in PURPOSES:
        mine = [f for f in lines if f["properties"]["purpose"] == purpose]
        _draw(axes, map(_points, mine), colour, width)
        boxes = emptied.loc[emptied["purpose"] == purpose, "box"].nunique()
        rows.append({"purpose": purpose, "tours": len(mine), "km": _km(mine), "boxes_emptied": boxes})
    axes.scatter(sites["lon"], sites["lat"], s=9, color=style.INK, zorder=3)
    for purposes, _, look in EMPTIED:
        there = sites[sites["box"].isin(emptied.loc[emptied["purpose"].isin(purposes), "box"])]
        axes.scatter(there["lon"], there["lat"], zorder=4, **look)
    told = [f"{number(row['tours'])} {tr(label)}" for row, (_, label, *_) in zip(rows, PURPOSES, strict=True)]
    told = [words for words, row in zip(told, rows, strict=True) if row["tours"]]
    if len(emptied):
        told.append(ntr("{n} box emptied", "{n} boxes emptied", int(emptied["box"].nunique())))
    axes.set_xlabel(", ".join(told) or tr("no tours"), fontsize=8)
    return pd.DataFrame(rows)


def _emptied(outcome: RunData, alternative: str, day: int) -> pd.DataFrame:
    """Box and purpose of each pick-up of a day of the first replication."""
    columns = ["alternative", "replication", "day", "purpose", "box"]
    mine = (pc.field("replication") == 0) & (pc.field("day") == day) & (pc.field("alternative") == alternative)
    return outcome.table("pickups", columns, where=mine).astype({"purpose": str})


Spot = tuple[float, float]


def _name_districts(axes: Axes, sites: pd.DataFrame) -> None:
    """Names beside the districts' boxes, the larger districts first; one that finds no free place is left out."""
    groups = sites[sites["district"] != ""].groupby("district")
    ends = groups.agg(west=("lon", "min"), east=("lon", "max"), south=("lat", "min"), north=("lat", "max"))
    ends = ends.assign(boxes=groups.size(), lon=groups["lon"].mean(), lat=groups["lat"].mean())
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()

    def spot(lon: float, lat: float) -> Spot:
        return (lon - west) / (east - west), (lat - south) / (north - south)

    taken = [(*spot(lon, lat), RADIUS) for lon, lat in zip(sites["lon"], sites["lat"], strict=True)]
    for name, row in ends.sort_values("boxes", ascending=False, kind="stable").iterrows():
        half, middle = 0.004 * len(str(name)), spot(row["lon"], row["lat"])
        places = (
            (middle[0], spot(row["lon"], row["north"])[1] + BESIDE),
            (middle[0], spot(row["lon"], row["south"])[1] - BESIDE),
            (spot(row["east"], row["lat"])[0] + BESIDE + half, middle[1]),
            (spot(row["west"], row["lat"])[0] - BESIDE - half, middle[1]),
        )
        free = [place for place in places if _is_free(place, half, taken)]
        if not free:
            continue
        taken.append((*free[0], half))
        axes.text(
            *free[0], str(name), transform=axes.transAxes, ha="center", va="center", fontsize=7, zorder=2.5,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip


def _is_free(place: Spot, half: float, taken: Iterable[tuple[float, float, float]]) -> bool:
    """Whether a name fits there between what has a place: middle and half its width, in shares of the map."""
    x, y = place
    return half < x < 1 - half and not any(
        abs(x - other) < half + width and abs(y - above) < APART for other, above, width in taken
    )


def _maps(outcome: RunData, lon: pd.Series[float], lat: pd.Series[float], count: int) -> tuple[Figure, list[Axes]]:
    """Empty maps side by side with roads, as far as the boxes reach and a little more."""
    stretch = 1 / np.cos(np.radians(float(lat.mean())))
    margin_lat = 0.06 * float(np.ptp(lat)) + 0.004
    west, east = float(lon.min()) - stretch * margin_lat, float(lon.max()) + stretch * margin_lat
    south, north = float(lat.min()) - margin_lat, float(lat.max()) + margin_lat
    width_in = style.WIDE_IN
    panel_in = width_in * (0.82 if count == 1 else 0.96) / count
    height_in = min(max(panel_in * stretch * (north - south) / (east - west), 2.5), 9)
    fig = style.figure(height_in + 1.0, width_in=width_in)
    panels = list(np.atleast_1d(fig.subplots(1, count)))
    for axes in panels:
        _draw(axes, outcome.roads, "#D5D9DE", 0.6)
        axes.set(xlim=(west, east), ylim=(south, north), aspect=stretch, xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        _scale_bar(axes, west, south, east, stretch)
    return fig, panels


def _draw(axes: Axes, lines: Iterable[Floats], colour: str, width: float) -> None:
    """All lines as one path, with gaps: matplotlib drops points too close to see from a path, not from a collection."""
    gap = np.full((1, 2), np.nan)
    parts = [part for line in lines for part in (line, gap)]
    if parts:
        points = np.concatenate(parts)
        axes.plot(points[:, 0], points[:, 1], color=colour, linewidth=width, solid_joinstyle="round")


def _scale_bar(axes: Axes, west: float, south: float, east: float, stretch: float) -> None:
    across_km = (east - west) * 111.32 / stretch
    km = max(size for size in (0.1, 0.5, 1, 2, 5, 10, 20, 50) if size <= max(across_km / 4, 0.1))
    length = km / 111.32 * stretch
    axes.plot([west, west + length], [south, south], color=style.INK, linewidth=2, clip_on=False)
    style.beside(axes, f"{tick(km)} km", (west + length, south))


def _points(feature: Feature) -> Floats:
    return np.asarray(feature["geometry"]["coordinates"], dtype=np.float64)


def _km(features: list[Feature]) -> float:
    """Length of tours' lines on the map."""
    return sum(float(_steps_km(_points(f)).sum()) for f in features)


def _steps_km(lonlat: Floats) -> Floats:
    east = np.diff(lonlat[:, 0]) * np.cos(np.radians(lonlat[:-1, 1]))
    steps: Floats = 111.32 * np.hypot(east, np.diff(lonlat[:, 1]))
    return steps
