"""Figures of a sweep: what factors do to differences. Study in, figure out; None where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from molosim.evaluation.measures import MEASURES
from molosim.experiments.design import Grid, OneAtATime
from molosim.report import style
from molosim.report.contrast_figures import COLOURS, VERDICTS, judged, verdict_legend
from molosim.report.drawing import Drawn
from molosim.report.language import tr
from molosim.report.number_text import number, tick
from molosim.report.study import Study, finite, undriven

MOST_ACROSS = 4
MOST_TOLD = (10, 16)
"""Rows of a table, and columns of all tables side by side, up to which cells have room for their numbers."""
PALE = 0.6
"""Share of the scale's end up to which a cell is pale enough for dark words."""


def note(study: Study) -> str:
    """The line under every figure."""
    return tr(
        "{n} paired replications a point; {points} points; simulated by molosim.",
        n=study.n,
        points=number(study.points),
    )


def driven(rows: pd.DataFrame, column: str = "difference") -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column of differences, not a number where a plan could not be driven."""
    return np.where(undriven(rows), np.nan, finite(rows[column]))


def infeasible_marks(axes: Axes, x: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    """A cross on the zero line for each place at which a plan could not be driven."""
    if len(x):
        axes.plot(x, np.zeros(len(x)), "x", color=style.INK, markersize=6, label=tr("infeasible"))


def drawn_rows(study: Study, alternatives: Sequence[str]) -> pd.DataFrame:
    """Differences that a figure of these alternatives and of the study's measures shows."""
    table = study.differences
    mine = table["alternative"].isin(alternatives) & table["measure"].isin(study.measures)
    return table[mine].reset_index(drop=True)


def response(study: Study) -> Drawn | None:
    """Differences along the only factor, a panel per measure, a line with its band per alternative."""
    if not isinstance(study.design.sampling, Grid) or len(study.design.factors) != 1 or not study.points:
        return None
    (name,) = study.design.names
    fig, panels = style.panels(len(study.measures), 2, head_in=0.7, row_in=2.3)
    for axes, measure in zip(panels, study.measures, strict=True):
        for colour, alternative in zip(COLOURS, study.alternatives, strict=False):
            rows = study.of(alternative, measure)
            x, joined = _along(axes, study, name, rows), _counts(rows[f"factor_{name}"])
            _band(axes, x, rows, (colour, alternative), joined=joined)
        _zero(axes, "y")
        axes.set_title(tr(MEASURES[measure].label))
        axes.set_ylabel(tr("change, {unit}", unit=tr(MEASURES[measure].unit)))
        axes.set_xlabel(study.axis(name))
        style.thousands(axes, "y")
    for axes, measure in zip(panels, study.measures, strict=True):
        rows = pd.concat([study.of(alternative, measure) for alternative in study.alternatives[: len(COLOURS)]])
        infeasible_marks(axes, np.unique(_along(axes, study, name, rows)[undriven(rows)]))
    _legend(fig, panels[0])
    text = tr("Difference from '{baseline}' with 95 % intervals; open: no difference shown.", baseline=study.baseline)
    return Drawn(fig, drawn_rows(study, study.alternatives[: len(COLOURS)]), f"{text} {note(study)}")


def heat(study: Study) -> Drawn | None:
    """Differences over two factors, the zero line drawn; a row per measure, a column per alternative."""
    if not isinstance(study.design.sampling, Grid) or len(study.design.factors) != 2 or not study.points:
        return None
    fig = two_factors(study, partial(_table, study))
    text = tr(
        "Difference from '{baseline}'; blue is better. Black line: zero; dot: no difference shown at 95 %; "
        "hatched: infeasible.",
        baseline=study.baseline,
    )
    return Drawn(fig, drawn_rows(study, study.alternatives[:MOST_ACROSS]), f"{text}\n{note(study)}")


def two_factors(
    study: Study, table_of: Callable[[str, str], Cells], *, zero: bool = True, tick_size: float = 7
) -> Figure:
    """Tables of changes over both factors, by alternative and measure; a row per measure, a column per alternative."""
    across = study.alternatives[:MOST_ACROSS]
    fig = style.figure(0.8 + 2.3 * len(study.measures), width_in=style.WIDE_IN)
    panels = fig.subplots(len(study.measures), len(across), squeeze=False, sharex=True, sharey=True)
    for i, measure in enumerate(study.measures):
        tables = [table_of(alternative, measure) for alternative in across]
        reach = max(float(np.nanmax(np.abs(table.changes), initial=0)) for table in tables) or 1.0
        for axes, alternative, table in zip(panels[i], across, tables, strict=True):
            image = cells(axes, measure, table, reach, zero=zero)
            tell(axes, table, reach, across=len(across))
            axes.set_title(alternative if i == 0 else "", pad=4)
        bar = fig.colorbar(image, ax=list(panels[i]), shrink=0.9, pad=0.01)
        bar.set_label(changing(measure).replace(": ", ":\n"), fontsize=8)
        bar.ax.tick_params(labelsize=tick_size)
        style.thousands(bar.ax, "y")
        panels[i][0].set_ylabel(study.axis(study.design.names[1]))
    for axes in panels[-1]:
        axes.set_xlabel(study.axis(study.design.names[0]))
    return fig


def tornado(study: Study) -> Drawn | None:
    """How far each factor alone moves the differences from the base's, the widest first."""
    if not isinstance(study.design.sampling, OneAtATime) or not study.points:
        return None
    names, across = study.design.names, study.alternatives[:MOST_ACROSS]
    height = 0.9 + len(study.measures) * (0.75 + 0.3 * len(names))
    fig = style.figure(height, width_in=style.WIDE_IN)
    panels = fig.subplots(len(study.measures), len(across), squeeze=False, sharex="row", sharey="row")
    data: list[dict[str, object]] = []
    for i, measure in enumerate(study.measures):
        swings = {alternative: _swings(study, alternative, measure) for alternative in across}
        order = sorted(names, key=lambda name: max(np.nan_to_num(s[name][1] - s[name][0]) for s in swings.values()))
        for axes, alternative in zip(panels[i], across, strict=True):
            _bars(axes, swings[alternative], order, study.of(alternative, measure))
            axes.set_xlabel(changing(measure), fontsize=8)
            axes.set_title(alternative if i == 0 else "")
            told = {"measure": measure, "alternative": alternative}
            keys = ("least", "greatest", "at_least", "at_greatest")
            data += [{**told, "factor": f, **dict(zip(keys, s, strict=True))} for f, s in swings[alternative].items()]
        panels[i][0].set_yticks(range(len(order)), order)
        ends = [end for swing in swings.values() for low, high, _, _ in swing.values() for end in (low, high, 0.0)]
        ends = [end for end in ends if np.isfinite(end)]
        margin = 0.15 * (max(ends) - min(ends))
        panels[i][0].set_xlim(min(ends) - margin, max(ends) + margin)
    text = tr(
        "Difference from '{baseline}' between the ends of each factor, values of the factor at the bar's ends; "
        "infeasible points are left out.",
        baseline=study.baseline,
    )
    return Drawn(fig, pd.DataFrame(data), f"{text}\n{tr('Thin line: the base; thick line: zero.')} {note(study)}")


def scatter(study: Study) -> Drawn | None:
    """Differences at every point of a sample against each factor, coloured by what is shown."""
    sampled = not isinstance(study.design.sampling, Grid | OneAtATime) or len(study.design.factors) > 2
    if not sampled or isinstance(study.design.sampling, OneAtATime) or not study.points:
        return None
    names, alternative = study.design.names, study.alternatives[0]
    fig = style.figure(0.9 + 1.7 * len(study.measures), width_in=style.WIDE_IN)
    panels = fig.subplots(len(study.measures), len(names), squeeze=False, sharex="col", sharey="row")
    for (i, measure), (j, name) in product(enumerate(study.measures), enumerate(names)):
        axes, rows = panels[i][j], study.of(alternative, measure)
        x = _along(axes, study, name, rows)
        for k, (_, colour, marker) in enumerate(VERDICTS):
            mine = np.array([judged(measure, verdict) == k for verdict in rows["verdict"]], dtype=bool)
            axes.plot(x[mine], driven(rows)[mine], marker, color=colour, markersize=2.5, alpha=0.7)
        infeasible_marks(axes, x[undriven(rows)])
        _zero(axes, "y")
        axes.locator_params(axis="y", nbins=5)
        style.thousands(axes, "y")
        if j == 0:
            axes.set_ylabel(f"{_wrapped(tr(MEASURES[measure].label))},\n{tr(MEASURES[measure].unit)}", fontsize=8)
        if i == len(study.measures) - 1:
            axes.set_xlabel(study.axis(name))
    verdict_legend(fig, [("infeasible", style.INK, "x")] if study.infeasible(alternative) else [])
    told = {"alternative": alternative, "baseline": study.baseline}
    text = tr("Difference of '{alternative}' from '{baseline}' at 95 %.", **told)
    return Drawn(fig, drawn_rows(study, (alternative,)), f"{text} {note(study)}")


def _along(axes: Axes, study: Study, name: str, rows: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Places of a factor's values on the axis; choices stand side by side."""
    values = rows[f"factor_{name}"]
    if _counts(values):
        if study.factor(name).scale == "log":
            axes.set_xscale("log")
        style.thousands(axes)
        return finite(values)
    words = [str(value) for value in values.unique()]
    axes.set_xticks(range(len(words)), [worded(one) for one in words], rotation=35, ha="right", fontsize=7)
    return np.array([words.index(str(value)) for value in values], dtype=np.float64)


def _counts(values: pd.Series[Any]) -> bool:
    """Whether a factor's values are numbers, not choices."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _band(
    axes: Axes,
    x: np.ndarray[Any, np.dtype[np.float64]],
    rows: pd.DataFrame,
    look: tuple[str, str],
    *,
    joined: bool,
) -> None:
    colour, label = look
    order = np.argsort(x)
    x, middle = x[order], driven(rows)[order]
    low, high = driven(rows, "low")[order], driven(rows, "high")[order]
    if joined:
        axes.fill_between(x, low, high, color=colour, alpha=0.22, linewidth=0)
        axes.plot(x, middle, color=colour, linewidth=1.6, label=label)
    else:  # choices have nothing between them
        axes.vlines(x, low, high, color=colour, linewidth=1.6, label=label)
    shown = rows["verdict"].isin(("less", "more")).to_numpy()[order]
    axes.plot(x[shown], middle[shown], "o", color=colour, markersize=4)
    axes.plot(x[~shown], middle[~shown], "o", mec=colour, mfc="white", markersize=4)


def _zero(axes: Axes, axis: str) -> None:
    (axes.axhline if axis == "y" else axes.axvline)(0, color=style.INK, linewidth=1)
    style.grid(axes, axis)


def _legend(fig: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=4)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of changes to draw: down the second factor, across the first."""

    changes: np.ndarray[Any, np.dtype[np.float64]]
    """Not a number where there is none, or a plan is infeasible."""
    shown: np.ndarray[Any, np.dtype[np.bool_]]
    infeasible: np.ndarray[Any, np.dtype[np.bool_]]
    across: list[str]
    down: list[str]
    """Both factors' values in words."""


def _table(study: Study, alternative: str, measure: str) -> Cells:
    rows = study.of(alternative, measure)
    rows = rows.assign(difference=driven(rows), void=undriven(rows).astype(float))
    first, second = (f"factor_{name}" for name in study.design.names)
    across, down = (in_order(rows[name]) for name in (first, second))
    values = rows.pivot_table("difference", second, first, dropna=False).reindex(index=down, columns=across)
    found = rows.assign(shown=rows["verdict"].isin(("less", "more", "identical"))).pivot_table("shown", second, first)
    shown = found.reindex(index=down, columns=across).to_numpy(dtype=np.float64) > 0.5
    void = rows.pivot_table("void", second, first).reindex(index=down, columns=across).to_numpy(dtype=np.float64) > 0.5
    words = [worded(v) for v in across], [worded(v) for v in down]
    return Cells(values.to_numpy(dtype=np.float64), shown, void, *words)


def in_order(values: pd.Series[Any]) -> list[Any]:
    """Different values: numbers ascending, choices as the design has them."""
    return sorted(values.unique()) if _counts(values) else list(values.unique())


def worded(value: Any) -> str:
    """A factor's value on an axis."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return tick(float(value), 3) if number else PurePath(str(value)).stem


def cells(axes: Axes, measure: str, table: Cells, reach: float, *, zero: bool = True) -> Any:
    """Draw a table of changes, blue where better, with the zero line where asked for.

    A cell has a dot where no change is shown, and is hatched where a plan is infeasible.
    """
    values, shown = table.changes, table.shown
    colours = "RdBu" if MEASURES[measure].better == "more" else "RdBu_r"
    image = axes.pcolormesh(values, cmap=colours, vmin=-reach, vmax=reach, edgecolors="white", linewidth=0.5)
    places = [np.arange(size) + 0.5 for size in values.shape]
    if zero and min(values.shape) > 1 and (values[shown] < 0).any() and (values[shown] > 0).any():
        known = np.ma.masked_where(table.infeasible, np.nan_to_num(values))
        axes.contour(places[1], places[0], known, levels=[0], colors=style.INK, linewidths=2)
    y, x = np.nonzero(~shown & ~table.infeasible)
    axes.plot(x + 0.5, y + 0.5, ".", color=style.INK, markersize=5)
    for row, column in zip(*np.nonzero(table.infeasible), strict=True):
        axes.add_patch(Rectangle((column, row), 1, 1, fill=False, hatch="////", edgecolor=style.GREY, linewidth=0))
    axes.set_xticks(places[1], table.across, fontsize=8)
    axes.set_yticks(places[0], table.down, fontsize=8)
    return image


def tell(axes: Axes, table: Cells, reach: float, *, across: int) -> None:
    """Write each change into its cell where there is room, so that a table can be read without its colours."""
    rows, columns = table.changes.shape
    if rows > MOST_TOLD[0] or columns * across > MOST_TOLD[1]:
        return
    for (row, column), value in np.ndenumerate(table.changes):
        if np.isfinite(value):
            beside_dot = 0 if table.shown[row, column] else 8
            axes.annotate(
                number(float(value)), (column + 0.5, row + 0.5), xytext=(0, beside_dot), textcoords="offset points",
                ha="center", va="center", fontsize=7, color="white" if abs(value) > PALE * reach else style.INK,
            )  # fmt: skip


def _swings(study: Study, alternative: str, measure: str) -> dict[str, tuple[float, float, str, str]]:
    """Of each factor least and greatest difference, and the factor's values there; infeasible points are left out."""
    rows = study.of(alternative, measure)
    base = rows[rows["point"] == 0]
    found = {}
    for name in study.design.names:
        others = [f"factor_{other}" for other in study.design.names if other != name]
        same = (rows[others].astype(str) == base[others].astype(str).iloc[0]).all(axis=1)
        mine = rows[same]
        values, differences = mine[f"factor_{name}"].tolist(), driven(mine)
        if not np.isfinite(differences).any():
            found[name] = (np.nan, np.nan, "", "")
            continue
        least, greatest = int(np.nanargmin(differences)), int(np.nanargmax(differences))
        ends = float(differences[least]), float(differences[greatest])
        found[name] = (*ends, worded(values[least]), worded(values[greatest]))
    return found


def _bars(axes: Axes, swings: dict[str, tuple[float, float, str, str]], order: list[str], rows: pd.DataFrame) -> None:
    base = float(driven(rows[rows["point"] == 0])[0])
    for y, name in enumerate(order):
        low, high, at_low, at_high = swings[name]
        if not np.isfinite(low):
            axes.annotate(tr("infeasible"), (0, y), fontsize=7, ha="center", va="center")
            continue
        axes.barh(y, high - low, left=low, height=0.55, color=style.SKY)
        for x, text, shift, side in ((low, at_low, -3, "right"), (high, at_high, 3, "left")):
            place = {"xytext": (shift, 0), "textcoords": "offset points", "ha": side, "va": "center"}
            axes.annotate(text, (x, y), fontsize=7, **place)  # type: ignore[arg-type]
    if np.isfinite(base):
        axes.axvline(base, color=style.GREY, linewidth=1)
    _zero(axes, "x")
    axes.axvline(0, color=style.INK, linewidth=1.8)
    axes.locator_params(axis="x", nbins=5)
    style.thousands(axes)


def changing(measure: str) -> str:
    """Label of an axis of a measure's changes."""
    m = MEASURES[measure]
    return tr("{measure}: change in {unit}", measure=tr(m.label), unit=tr(m.unit))


def _wrapped(label: str) -> str:
    return label.replace(", ", ",\n") if "," in label else label.replace(" that ", "\nthat ")
