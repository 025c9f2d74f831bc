"""Maps: what each box collected and refused, and one day's tours in two alternatives."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from molosim.boxes import FRACTIONS
from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figures import note
from molosim.report.folder import Feature, Outcome
from molosim.report.language import mark, tr
from molosim.report.text import number, tick

ATTRIBUTION = mark("Map data (c) OpenStreetMap contributors, ODbL 1.0")
REFUSED = LinearSegmentedColormap.from_list("refused", ["#DCEBF5", style.SKY, style.BLUE, "#00263D"], N=10)
PURPOSES = (
    ("delivery", mark("delivery tours"), "#9BB8CC", 0.7),
    ("extra delivery", mark("extra delivery tours"), style.SKY, 0.9),
    ("collection", mark("collection tours"), style.RED, 1.8),
    ("transfer", mark("transfer runs"), style.PINK, 1.8),
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


def boxes(outcome: Outcome) -> Drawn:
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
    style.source_line(fig, f"'{alternative}'. {note(outcome)} {tr(ATTRIBUTION)}")
    return Drawn(fig, sites)


def tours(outcome: Outcome) -> Drawn | None:
    """One day's tours in the baseline and in the alternative that shares; none where no day was kept."""
    lines = [f for f in outcome.sample_day if f["geometry"]["type"] == "LineString"]
    if not lines:
        return None
    sites = box_table(outcome, outcome.sharing)
    fig, panels = _maps(outcome, sites["lon"], sites["lat"], 2)
    data: list[dict[str, object]] = []
    for axes, alternative in zip(panels, (outcome.scenario.baseline, outcome.sharing), strict=True):
        mine = [f for f in lines if f["properties"]["alternative"] == alternative]
        for purpose, _, colour, width in PURPOSES:
            _draw(axes, (_points(f) for f in mine if f["properties"]["purpose"] == purpose), colour, width)
        axes.scatter(sites["lon"], sites["lat"], s=9, color=style.INK, zorder=3)
        counts = {purpose: sum(f["properties"]["purpose"] == purpose for f in mine) for purpose, *_ in PURPOSES}
        told = [f"{number(counts[purpose])} {tr(label)}" for purpose, label, _, _ in PURPOSES if counts[purpose]]
        axes.set_title(alternative)
        axes.set_xlabel(", ".join(told) or tr("no tours"), fontsize=8)
        data += [{"alternative": alternative, "purpose": p, "tours": n, "km": _km(mine, p)} for p, n in counts.items()]
    drawn = {f["properties"]["purpose"] for f in lines}
    for purpose, label, colour, width in PURPOSES:
        if purpose not in drawn:
            continue
        panels[0].plot([], [], color=colour, linewidth=max(width, 1.5), label=tr(label))
    panels[0].scatter([], [], s=9, color=style.INK, label=tr("boxes"))
    style.legend_outside(fig, panels[0], columns=5)
    day = number(lines[0]["properties"].get("day", 0))
    text = tr("Day {day} after the warm-up, first replication; simulated by molosim.", day=day)
    style.source_line(fig, f"{text} {tr(ATTRIBUTION)}")
    return Drawn(fig, pd.DataFrame(data))


def _name_districts(axes: Axes, sites: pd.DataFrame) -> None:
    """Names where the districts' boxes are, the larger districts first; a name that would lie on another is left."""
    groups = sites[sites["district"] != ""].groupby("district")
    middles = groups.agg(lon=("lon", "mean"), lat=("lat", "max"), boxes=("box", "size"))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    taken: list[tuple[float, float, float]] = []
    for name, row in middles.sort_values("boxes", ascending=False, kind="stable").iterrows():
        x, y = (row["lon"] - west) / (east - west), (row["lat"] - south) / (north - south) + 0.02
        half = 0.006 * len(str(name))
        if any(abs(x - other) < half + width and abs(y - above) < 0.03 for other, above, width in taken):
            continue
        taken.append((x, y, half))
        axes.text(
            x, y, str(name), transform=axes.transAxes, ha="center", fontsize=7, zorder=2.5,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip


def _maps(outcome: Outcome, lon: pd.Series[float], lat: pd.Series[float], count: int) -> tuple[Figure, list[Axes]]:
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
    style.beside(axes, f"{tick(km)} km", (west + length, south))


def _points(feature: Feature) -> NDArray[np.float64]:
    return np.asarray(feature["geometry"]["coordinates"], dtype=np.float64)


def _km(features: list[Feature], purpose: str) -> float:
    """Length of tours' lines on the map."""
    lines = [_points(f) for f in features if f["properties"]["purpose"] == purpose]
    return sum(float(_steps_km(line).sum()) for line in lines)


def _steps_km(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    east = np.diff(lonlat[:, 0]) * np.cos(np.radians(lonlat[:-1, 1]))
    steps: NDArray[np.float64] = 111.32 * np.hypot(east, np.diff(lonlat[:, 1]))
    return steps
