"""A map's roads on paper, with places on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from molosim.network.graph import DRIVE, WAYS, RoadGraph
from molosim.report import style
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import replace, write_text

SUFFIXES = (".svg", ".png", ".pdf")
_LINES = (
    ("motorways, trunk roads", ("motorway", "trunk"), style.RED, 2.0),
    ("main roads", ("primary", "secondary"), style.ORANGE, 1.5),
    ("cycleways", ("cycleway",), style.GREEN, 1.1),
    ("other streets", (), "#9AA5B1", 0.7),
)
"""Label, OSM classes (their links too), colour, width; a class of none of them is drawn as the last."""
_M_PER_DEGREE = 111_195.0
_DPI = 200


@dataclass(frozen=True, slots=True)
class Marks:
    """Places of one kind to draw: lon, lat in degrees."""

    label: str
    points: Sequence[tuple[float, float]]
    marker: str
    colour: str
    names: Sequence[str] = ()
    """Written beside the points where given."""


def road_map(graph: RoadGraph, marks: Sequence[Marks] = ()) -> Figure:
    """Draw a graph; call it within `style.settings`."""
    west, south, east, north = graph.bbox
    stretch = 1 / np.cos(np.radians((south + north) / 2))
    width_in = 8.6
    height_in = min(max(width_in * stretch * (north - south) / max(east - west, 1e-9), 3.0), 12.0)
    fig, axes = style.single(height_in + 0.8, width_in=width_in)
    of_class = np.array([_line_of(name) for name in graph.classes])[graph.edge_class]
    for i, (label, _, colour, width) in enumerate(_LINES):
        points = _joined(graph, np.flatnonzero(of_class == i))
        if points.size:
            axes.plot(points[:, 0], points[:, 1], color=colour, linewidth=width, label=label, zorder=2 - i / 10)
    for mark in marks:
        lon, lat = np.array(mark.points, dtype=np.float64).reshape(-1, 2).T
        axes.scatter(
            lon, lat, marker=mark.marker, color=mark.colour, s=46, edgecolor="white", linewidth=0.7, label=mark.label,
            zorder=4,
        )  # fmt: skip
        for name, point in zip(mark.names, mark.points, strict=False):
            style.beside(axes, name, point)
    axes.set(aspect=stretch, xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    _scale_bar(axes, graph, stretch)
    style.legend_above(axes, columns=4)
    network = "" if graph.network == DRIVE else f", {WAYS[graph.network]}"
    style.source_line(fig, f"{graph.name}{network}. Data of {graph.date}. {graph.attribution}")
    return fig


def save_map(path: Path, graph: RoadGraph, marks: Sequence[Marks] = ()) -> None:
    """Draw a graph to a file whose name says the format.

    Raises
    ------
    ScenarioError
        The name says none of `SUFFIXES`.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ScenarioError.at(str(path), f"is no figure by its name; allowed are {', '.join(SUFFIXES)}")
    with style.settings():
        fig = road_map(graph, marks)
        if suffix == ".svg":
            write_text(path, style.svg(fig))
        else:
            # Nothing of the moment, so that the same map is the same file.
            metadata = {"CreationDate": None} if suffix == ".pdf" else None
            content = style.picture(fig, suffix, _DPI, metadata)
            replace(path, lambda work: work.write_bytes(content))


def _line_of(road: str) -> int:
    """Which of `_LINES` a road class is drawn as."""
    plain = road.removesuffix("_link")
    return next((i for i, (_, classes, _, _) in enumerate(_LINES) if plain in classes), len(_LINES) - 1)


def _joined(graph: RoadGraph, edges: Ints) -> Floats:
    """Lon/lat of edges as one path with gaps; of a street open both ways only one."""
    once = edges[(graph.twin[edges] < 0) | (graph.twin[edges] > edges)]
    gap = np.full((1, 2), np.nan)
    parts = [part for edge in once.tolist() for part in (graph.shape(edge), gap)]
    return np.concatenate(parts) if parts else np.empty((0, 2))


def _scale_bar(axes: Axes, graph: RoadGraph, stretch: float) -> None:
    west, south, east, _ = graph.bbox
    across_km = (east - west) * _M_PER_DEGREE / 1000 / stretch
    km = max(size for size in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if size <= max(across_km / 4, 0.1))
    length = km * 1000 / _M_PER_DEGREE * stretch
    axes.plot([west, west + length], [south, south], color=style.INK, linewidth=2, clip_on=False)
    style.beside(axes, f"{km:g} km", (west + length, south))
