"""Maps: what each box collected and refused, and one day's tours in two alternatives."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from molosim.boxes import FRACTIONS
from molosim.report import style
from molosim.report.folder import Feature, Outcome
from molosim.report.text import number

ATTRIBUTION = "Map data (c) OpenStreetMap contributors, ODbL 1.0"
REFUSED = LinearSegmentedColormap.from_list("refused", ["#DCEBF5", style.SKY, style.BLUE, "#00263D"], N=10)
PURPOSES = (
    ("delivery", "delivery tours", "#9BB8CC", 0.7),
    ("extra delivery", "extra delivery tours", style.SKY, 0.9),
    ("collection", "collection tours", style.RED, 1.8),
    ("transfer", "transfer runs", style.PINK, 1.8),
)


def box_table(outcome: Outcome, alternative: str) -> pd.DataFrame:
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


def boxes(outcome: Outcome, alternative: str) -> Figure:
    """Boxes on their streets: area by kilograms collected, colour by the share of attempts refused."""
    sites = box_table(outcome, alternative)
    fig, axes = _map(outcome, sites["lon"], sites["lat"])
    most = float(sites["collected_kg"].max()) or 1.0
    points = axes.scatter(
        sites["lon"], sites["lat"], s=12 + 240 * sites["collected_kg"] / most, c=sites["refused_share"].fillna(0),
        cmap=REFUSED, vmin=0, edgecolor=style.INK, linewidth=0.7, zorder=3,
    )  # fmt: skip
    fig.colorbar(points, ax=axes, label="attempts refused, % of kg", shrink=0.7, aspect=25)
    for share in (0.25, 1.0):
        label = f"{number(share * most, 2)} kg collected"
        axes.scatter([], [], s=12 + 240 * share, color="white", edgecolor=style.INK, linewidth=0.7, label=label)
    style.legend_above(axes, columns=2)
    text = f"'{alternative}', mean of {outcome.n} replications of {outcome.scenario.horizon.days} days."
    style.source_line(fig, f"{text} {ATTRIBUTION}")
    return fig


def tours(outcome: Outcome) -> Figure | None:
    """One day's tours in the baseline and in the alternative that shares; none where no day was kept."""
    lines = [f for f in outcome.sample_day if f["geometry"]["type"] == "LineString"]
    if not lines:
        return None
    sites = box_table(outcome, outcome.sharing)
    fig, panels = _maps(outcome, sites["lon"], sites["lat"], 2)
    for axes, alternative in zip(panels, (outcome.scenario.baseline, outcome.sharing), strict=True):
        mine = [f for f in lines if f["properties"]["alternative"] == alternative]
        for purpose, _, colour, width in PURPOSES:
            _draw(axes, (_points(f) for f in mine if f["properties"]["purpose"] == purpose), colour, width)
        axes.scatter(sites["lon"], sites["lat"], s=9, color=style.INK, zorder=3)
        counts = [f"{n} {label}" for purpose, label, _, _ in PURPOSES if (n := _count(mine, purpose))]
        axes.set_title(alternative)
        axes.set_xlabel(", ".join(counts) or "no tours", fontsize=8)
    drawn = {f["properties"]["purpose"] for f in lines}
    for purpose, label, colour, width in PURPOSES:
        if purpose not in drawn:
            continue
        panels[0].plot([], [], color=colour, linewidth=max(width, 1.5), label=label)
    panels[0].scatter([], [], s=9, color=style.INK, label="boxes")
    fig.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=5)
    day = lines[0]["properties"].get("day", 0)
    style.source_line(fig, f"Day {day} after the warm-up, first replication. {ATTRIBUTION}")
    return fig


def _map(outcome: Outcome, lon: pd.Series[float], lat: pd.Series[float]) -> tuple[Figure, Axes]:
    fig, panels = _maps(outcome, lon, lat, 1)
    return fig, panels[0]


def _maps(outcome: Outcome, lon: pd.Series[float], lat: pd.Series[float], count: int) -> tuple[Figure, list[Axes]]:
    """Empty maps side by side with roads, as far as the boxes reach and a little more."""
    stretch = 1 / np.cos(np.radians(float(lat.mean())))
    margin_lat = 0.06 * float(np.ptp(lat)) + 0.004
    west, east = float(lon.min()) - stretch * margin_lat, float(lon.max()) + stretch * margin_lat
    south, north = float(lat.min()) - margin_lat, float(lat.max()) + margin_lat
    width_in = 8.6
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


def _draw(axes: Axes, lines: Iterable[NDArray[np.float64]], colour: str, width: float) -> None:
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
    style.beside(axes, f"{km:g} km", (west + length, south))


def _points(feature: Feature) -> NDArray[np.float64]:
    return np.asarray(feature["geometry"]["coordinates"], dtype=np.float64)


def _count(features: list[Feature], purpose: str) -> int:
    return sum(f["properties"]["purpose"] == purpose for f in features)
