"""The report of a sweep or a break-even search: figures and one page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from molosim.experiments.design import dump_design
from molosim.measures import MEASURES
from molosim.report import search_figures, style, sweep_figures
from molosim.report.figures import judged
from molosim.report.page import Shown
from molosim.report.study import Study, read
from molosim.report.sweep_answer import answer, counts
from molosim.report.text import difference, tick

PAGE = "report.html"
MOST_ROWS = 400
"""Points told in the page; all stand in the tables."""

Draw = Callable[[Study], Figure | None]
FIGURES: Mapping[str, tuple[str, Draw]] = {
    "response": ("What the factor does to the differences.", sweep_figures.response),
    "heat": ("Differences over both factors, with the line along which there is none.", sweep_figures.heat),
    "tornado": ("What each factor does alone, the widest on top.", sweep_figures.tornado),
    "breakeven": ("Where the difference changes sign.", search_figures.breakeven),
    "frontier": ("The frontier: where over both factors the difference is none.", search_figures.frontier),
    "sobol": ("What the differences hang on: Sobol' indices.", search_figures.sobol),
    "morris": ("What the differences hang on: Morris screening.", search_figures.morris),
    "scatter": ("Every point of the sample, against each factor.", sweep_figures.scatter),
}
"""Every figure by its file's name: caption and the function that draws it where there is something to draw."""


def write_sweep_report(folder: Path) -> Path:
    """Write ``figures/*.svg`` and ``report.html`` into the folder of a sweep or a break-even search.

    Read are ``design.toml`` and what there is of ``differences.parquet``, ``runs.parquet``, ``breakeven.csv``,
    ``breakeven_tried.csv``, ``sensitivity.csv`` and ``config.toml``.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScenarioError
        If the folder holds neither a finished sweep nor a search.
    """
    study = read(folder)
    (folder / "figures").mkdir(exist_ok=True)
    shown = {}
    for name, (caption, draw) in FIGURES.items():
        with style.settings():
            drawn = draw(study)
            if drawn is None:
                (folder / "figures" / f"{name}.svg").unlink(missing_ok=True)
                continue
            text = style.svg(drawn)
        (folder / "figures" / f"{name}.svg").write_text(text, encoding="utf-8", newline="\n")
        label = caption.replace("'", "")
        shown[name] = Shown(Markup(style.inline(text, name, label)), caption)  # noqa: S704 - matplotlib escapes names
    path = folder / PAGE
    path.write_text(render(study, shown), encoding="utf-8", newline="\n")
    return path


def render(study: Study, shown: Mapping[str, Shown]) -> str:
    """The page's HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("molosim.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sweep.html.jinja").render(
        study=study,
        answer=answer(study),
        figures=shown,
        overview=overview(study),
        measures=[MEASURES[name] for name in study.measures],
        rows=points(study),
        roots=roots(study),
        most=MOST_ROWS,
        design=dump_design(study.design),
    )


def overview(study: Study) -> list[tuple[str, str, list[tuple[int, int, int]]]]:
    """Of every measure label, unit, and per alternative the points at which it is better, worse, neither."""
    if not study.points:
        return []
    return [
        (MEASURES[name].label, MEASURES[name].unit, [counts(study, other, name) for other in study.alternatives])
        for name in study.differences["measure"].unique()
        if MEASURES[name].better is not None
    ]


def roots(study: Study) -> list[tuple[str, ...]]:
    """Of every change of sign: alternative, measure, second factor's value, break-even, interval, what it is."""
    if study.roots.empty:
        return []
    found: list[tuple[str, ...]] = []
    for row in study.roots.to_dict("records"):
        second = f"{row['second']} {tick(row['second_value'], 3)}" if isinstance(row["second"], str) else ""
        told = (row["alternative"], MEASURES[row["measure"]].label, second)
        if math.isfinite(row["value"]):
            sides = f"{row['below']} below, {row['above']} above"
            found.append((*told, tick(row["value"], 3), f"{tick(row['low'], 3)} to {tick(row['high'], 3)}", sides))
        else:
            found.append((*told, "none", "", row["verdict"]))
    return found


def points(study: Study) -> list[tuple[list[str], list[tuple[str, str, int]]]]:
    """Of every point the factors' values, and the first alternative's differences with interval and judgement."""
    if not study.points:
        return []
    found = []
    tables = {name: study.of(study.alternatives[0], name).set_index("point") for name in study.measures}
    first = tables[study.measures[0]]
    for point in first.index[:MOST_ROWS]:
        values = [_value(first.loc[point, f"factor_{name}"]) for name in study.design.names]
        cells = []
        for name, table in tables.items():
            row = table.loc[point]
            words = difference(float(row["difference"]), float(row["low"]), float(row["high"]))
            cells.append((*words, judged(name, str(row["verdict"]))))
        found.append((values, cells))
    return found


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
