"""One look for all figures, and the same bytes for the same data."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from markupsafe import escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from molosim.report.number_text import tick

# Okabe and Ito's palette: told apart by colour-blind readers too.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, YELLOW, GREY, INK = "#56B4E9", "#CC79A7", "#F0E442", "#8A8F94", "#1F2933"

HATCHES = {PINK: "////", GREY: "----", SKY: "\\\\\\\\", RED: "xxxx"}
"""Of colours that are as dark as another one of the palette, so that stacked bars are told apart in black and white."""

DRAWN_IN = "DejaVu Sans"
"""Comes with matplotlib, so that figures are laid out alike everywhere; it is wide, so other fonts fit in its place."""
SHOWN_IN = "'DejaVu Sans', Verdana, Arial, sans-serif"

_SETTINGS = mpl.rc_params_from_file(Path(__file__).with_name("figures.mplstyle"), use_default_template=False)

_DECIMALS = re.compile(r"(\.\d\d)\d+")
"""Past these, coordinates of paths say nothing that a reader could see; a day's tours are half a file without them."""

WIDTH_IN, WIDE_IN = 170 / 25.4, 250 / 25.4
"""The text of an A4 page, upright and lying: what is drawn this wide is printed without being scaled."""
PRINT_DPI = 300


def figure(height_in: float, *, width_in: float = WIDTH_IN) -> Figure:
    """An empty figure; draw on it within `settings`."""
    return Figure(figsize=(width_in, height_in), layout="constrained")


def single(height_in: float, *, width_in: float = WIDTH_IN) -> tuple[Figure, Axes]:
    """An empty figure of one drawing."""
    fig = figure(height_in, width_in=width_in)
    return fig, fig.subplots()


def panels(
    count: int, most_across: int, *, head_in: float, row_in: float, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """A wide figure of so many drawings in rows."""
    across = min(count, most_across)
    down = -(-count // across)
    fig = figure(head_in + row_in * down, width_in=WIDE_IN)
    every = list(fig.subplots(down, across, sharey=sharey, squeeze=False).ravel())
    for axes in every[count:]:
        axes.set_axis_off()
    return fig, every[:count]


def settings() -> AbstractContextManager[None]:
    """Context in which figures are made and saved."""
    return mpl.rc_context(_SETTINGS)


def source_line(fig: Figure, text: str) -> None:
    """Say below the figure how many replications it shows and where it comes from."""
    fig.supxlabel(text, fontsize=7, color="#52606D", x=0.01, ha="left")


def thousands(axes: Axes, axis: str = "x") -> None:
    """Tick labels with thousands set apart and a real minus sign."""
    getattr(axes, f"{axis}axis").set_major_formatter(FuncFormatter(lambda value, _: tick(value)))


def grid(axes: Axes, axis: str = "x") -> None:
    """Faint lines across the axis of values."""
    axes.grid(axis=axis, color="#DDE1E6", linewidth=0.7)  # type: ignore[arg-type]


def ruled(axes: Axes, axis: str = "x") -> None:
    """`grid` and `thousands` of an axis, or of ``both``."""
    grid(axes, axis)
    for one in ("x", "y") if axis == "both" else axis:
        thousands(axes, one)


def bars(axes: Axes, rows: Any, widths: Any, *, left: Any, colour: str, label: str, height: float) -> None:
    """A part of stacked bars."""
    axes.barh(
        rows, widths, left=left, color=colour, label=label, height=height, hatch=HATCHES.get(colour), edgecolor="white",
        linewidth=0,
    )  # fmt: skip


def beside(axes: Axes, text: str, point: tuple[float, float]) -> None:
    """Write a small text a little to the right of a point of the drawing."""
    axes.annotate(text, point, xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)


QUANTILES = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


def spread_of(values: pd.Series[float]) -> dict[str, float]:
    """Quantiles of a sample by `QUANTILES`, and the most."""
    return {**{name: float(values.quantile(share)) for name, share in QUANTILES.items()}, "most": float(values.max())}


def spread(axes: Axes, row: float, of: Mapping[str, Any], look: tuple[str, str | None], *, height: float) -> None:
    """A sample's spread along the axis of values: bar of the middle half, line of 5 to 95 %, notch at the median."""
    colour, label = look
    axes.plot([of["p5"], of["p95"]], [row, row], color=colour, linewidth=1.5)
    axes.barh(row, of["p75"] - of["p25"], left=of["p25"], height=height, color=colour, label=label)
    axes.plot([of["p50"]] * 2, [row - height / 2, row + height / 2], color="white", linewidth=1.5)


def whisker(axes: Axes, row: float, interval: tuple[float, float]) -> None:
    """An interval along the axis of values; nothing where there is none."""
    low, high = interval
    if low < high:  # also not where either is not a number
        axes.plot([low, high], [row, row], "|-", color=INK, linewidth=1.1, markersize=6)


def legend_above(axes: Axes, *, columns: int) -> None:
    """Legend above the drawing, where it covers nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.2, columnspacing=1.2)


def legend_outside(fig: Figure, axes: Axes, *, columns: int) -> None:
    """Legend of one panel's marks above all panels."""
    fig.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=columns, columnspacing=1.2)


def svg(fig: Figure) -> str:
    """The figure as SVG text; the same bytes for the same figure."""
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().replace(f"'{DRAWN_IN}'", SHOWN_IN)
    return re.sub(r'(?<= d=")[^"]+', lambda path: _DECIMALS.sub(r"\1", path.group()), text)


def save(fig: Figure, path: Path) -> None:
    """Write a figure as a picture of its file's suffix, without the time at which that was."""
    metadata = {"CreationDate": None} if path.suffix == ".pdf" else {"Software": None}
    path.write_bytes(picture(fig, path.suffix, PRINT_DPI, metadata))


def picture(fig: Figure, suffix: str, dpi: float, metadata: dict[str, None] | None) -> bytes:
    """A figure as a picture; in memory, as a full disk would make matplotlib fail in ways of its own."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format=suffix.removeprefix("."), dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def inline(text: str, name: str, label: str) -> str:
    """An SVG file's text as an element of a page: no prologue, ids of its own, a label for screen readers.

    ``label`` is escaped.
    """
    element = text[text.index("<svg") :]
    element = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", element)
    element = re.sub(r'(<image\b[^>]*?) id="[^"]*"', r"\1", element)  # nobody refers to them, and equal ones share it
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
