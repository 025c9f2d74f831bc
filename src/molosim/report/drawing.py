"""What a figure is: a drawing with the data that it shows, written in any of the formats that a reader asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from molosim.report import style
from molosim.report.language import tr
from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse
from molosim.runtime.files import discard, replace, write_text

PICTURES, TABLES = ("svg", "png", "pdf"), ("csv", "parquet")
FORMATS = (*PICTURES, *TABLES)
ALWAYS = ("svg", "csv")
"""Formats written beside a page."""
FOLDER = "figures"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure and its data."""

    figure: Figure
    data: pd.DataFrame
    """A row for each bar, point, cell or line of the figure, in the same units."""
    source: str
    """The line below the figure: how it is read, how many replications it shows and where it comes from."""


@dataclass(frozen=True, slots=True)
class Plot(Generic[T]):
    """One kind of figure."""

    caption: str
    """In English; `tr` has its other languages."""
    draw: Callable[[T], Drawn | None]
    """None where there is nothing to draw."""
    needs: str = ""
    """Without what there is nothing to draw, in words."""
    section: str = ""
    """Of the page, where it has sections for figures."""
    place: float = 0.0
    """Among the figures of the section."""
    wide: bool = False
    """Whether it takes the page's whole width."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure of a page."""

    svg: Markup
    caption: str


def write_all(plots: Mapping[str, Plot[T]], subject: T, folder: Path) -> dict[str, Shown]:
    """Write every figure that can be drawn beside a page, and hand them over for it; others' files go."""
    shown = {}
    for name, plot in plots.items():
        caption = tr(plot.caption)
        text = _write(plot, subject, folder / FOLDER, name, ALWAYS)
        if text is not None:
            shown[name] = shown_inline(text, name, caption)
    return shown


def shown_inline(text: str, name: str, caption: str) -> Shown:
    """A figure of a page from its SVG file's text."""
    return Shown(Markup(style.inline(text, name, caption)), caption)  # noqa: S704 - matplotlib escapes


def write_chosen(
    plots: Mapping[str, Plot[T]], subject: T, folder: Path, names: Iterable[str], formats: Iterable[str]
) -> list[Path]:
    """Write some figures in some formats.

    Raises
    ------
    ScenarioError
        For names and formats that do not exist, and for figures that the folder has nothing for.
    """
    names, formats = list(names) or list(plots), list(formats) or list(ALWAYS)
    faults = [*_known("--figures", names, plots), *_known("--format", formats, FORMATS)]
    refuse(faults)
    files, missing = [], []
    for name in names:
        if _write(plots[name], subject, folder / FOLDER, name, formats) is None:
            missing.append(name)
        else:
            files += [folder / FOLDER / f"{name}.{form}" for form in formats]
    if missing and len(names) < len(plots):
        told = [Fault(f"--figures: {name}", f"nothing to draw; it needs {plots[name].needs}") for name in missing]
        raise ScenarioError(told)
    return files


def _write(plot: Plot[T], subject: T, folder: Path, name: str, formats: Iterable[str]) -> str | None:
    """The figure's SVG text, its files written; None, and no file left, where there is nothing to draw."""
    folder.mkdir(exist_ok=True)
    with style.settings():
        drawn = plot.draw(subject)
        if drawn is None:
            for form in FORMATS:
                discard(folder / f"{name}.{form}")
            return None
        style.source_line(drawn.figure, drawn.source)
        text = style.svg(drawn.figure)
        for form in formats:
            path = folder / f"{name}.{form}"
            if form == "svg":
                write_text(path, text)
            elif form in PICTURES:
                replace(path, partial(style.save, drawn.figure))
            elif form == "csv":
                replace(path, partial(drawn.data.to_csv, index=False, lineterminator="\n"))
            else:
                replace(path, partial(drawn.data.to_parquet, index=False))
    return text


def _known(place: str, found: Iterable[str], allowed: Iterable[str]) -> list[Fault]:
    allowed = list(allowed)
    return [
        Fault(place, f"found '{name}'; allowed: {', '.join(allowed)}" + did_you_mean(name, allowed))
        for name in found
        if name not in allowed
    ]
