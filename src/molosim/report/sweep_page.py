"""The report of a sweep or of searches: figures and one page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import INFEASIBLE
from molosim.experiments.design import dump_design
from molosim.report import search_figures, sweep_figures, templates, tradeoff
from molosim.report.contrast_figures import judged
from molosim.report.drawing import Plot, Shown, write_all
from molosim.report.language import day, mark, speaking, tr
from molosim.report.number_text import difference, listed, number, tick
from molosim.report.study import Study, read, undriven
from molosim.report.sweep_answer import answer, counts, no_root
from molosim.results.schema import FACTOR
from molosim.runtime.files import write_text

PAGE = "report.html"
MOST_ROWS = 400
"""Points told in the page; all stand in the tables."""

ANOTHER = mark("a design of another kind")
DECIDED = (mark("within the indifference"), mark("undecided"))
"""What `molosim.experiments.selection` says beside the verdicts of differences."""

FIGURES: Mapping[str, Plot[Study]] = {
    "response": Plot(mark("What the factor does to the differences."), sweep_figures.response, ANOTHER),
    "heat": Plot(
        mark("Differences over both factors, with the line along which there is none."), sweep_figures.heat, ANOTHER
    ),
    "interaction": Plot(
        mark("What both factors do together beyond what each does alone."), tradeoff.interaction, ANOTHER
    ),
    "tradeoff": Plot(
        mark("Cost against CO2e at every point, and the points that none beats."), tradeoff.tradeoff, ANOTHER
    ),
    "tornado": Plot(mark("What each factor does alone, the widest on top."), sweep_figures.tornado, ANOTHER),
    "breakeven": Plot(mark("Where the difference changes sign."), search_figures.breakeven, ANOTHER),
    "frontier": Plot(
        mark("The frontier: where over both factors the difference is none."), search_figures.frontier, ANOTHER
    ),
    "sobol": Plot(mark("What the differences hang on: Sobol' indices."), search_figures.sobol, ANOTHER),
    "morris": Plot(mark("What the differences hang on: Morris screening."), search_figures.morris, ANOTHER),
    "scatter": Plot(mark("Every point of the sample, against each factor."), sweep_figures.scatter, ANOTHER),
}
"""Every figure by its file's name."""


def write_sweep_report(folder: Path, language: str | None = None) -> Path:
    """Write ``figures`` and ``report.html`` into the folder of a sweep or of searches.

    Read are ``design.toml`` and what there is of ``differences.parquet``, ``runs.parquet``, ``breakeven.csv``,
    ``breakeven_tried.csv``, ``decisions.csv``, ``known.csv``, ``sensitivity.csv``, ``config.toml`` and
    ``manifest.json``.

    Parameters
    ----------
    folder
        The folder.
    language
        ``en`` or ``da``; by default what ``config.toml`` says.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScenarioError
        If the folder holds neither a finished sweep nor a search, or there is no such language.
    """
    study = read(folder)
    with speaking(language or study.language):
        shown = write_all(FIGURES, study, folder)
        path = folder / PAGE
        write_text(path, render(study, shown))
    return path


def render(study: Study, shown: Mapping[str, Shown]) -> str:
    """The page's HTML."""
    return templates.page(
        "sweep.html.jinja",
        study=study,
        answer=answer(study),
        figures=shown,
        overview=overview(study),
        measures=[MEASURES[name] for name in study.measures],
        rows=points(study),
        roots=roots(study),
        decided=decided(study),
        infeasible=any(study.infeasible(name) for name in study.alternatives),
        most=MOST_ROWS,
        design=dump_design(study.design),
        attribution=tr(str(study.about_map.get("attribution", ""))),
        map_date=day(str(study.about_map.get("date", ""))),
    )


def overview(study: Study) -> list[tuple[str, str, list[tuple[int, int, int]]]]:
    """Of every measure label, unit, and per alternative the points at which it is better, worse, infeasible."""
    if not study.points:
        return []
    return [
        (
            tr(MEASURES[name].label),
            tr(MEASURES[name].unit),
            [(*counts(study, other, name)[:2], _infeasible(study, other, name)) for other in study.alternatives],
        )
        for name in study.differences["measure"].unique()
        if MEASURES[name].better is not None
    ]


def _infeasible(study: Study, alternative: str, measure: str) -> int:
    return int(undriven(study.of(alternative, measure)).sum())


def roots(study: Study) -> list[tuple[str, ...]]:
    """Of every change of sign: alternative, measure, second factor's value, break-even, interval, what it is."""
    if study.roots.empty:
        return []
    found: list[tuple[str, ...]] = []
    for row in study.roots.to_dict("records"):
        second = f"{row['second']} {tick(row['second_value'], 3)}" if isinstance(row["second"], str) else ""
        told = (row["alternative"], tr(MEASURES[row["measure"]].label), second)
        if math.isfinite(row["value"]):
            sides = tr("{below} below, {above} above", below=tr(row["below"]), above=tr(row["above"]))
            between = tr("{low} to {high}", low=tick(row["low"], 3), high=tick(row["high"], 3))
            found.append((*told, tick(row["value"], 3), between, sides))
        else:
            found.append((*told, tr("none"), "", no_root(row["verdict"])))
    return found


def decided(study: Study) -> list[tuple[str, ...]]:
    """Of every point that was followed: alternative, measure, values, difference, interval, replications, verdict."""
    return [
        (
            row["alternative"],
            f"{tr(MEASURES[row['measure']].label)}, {tr(row['unit'])}",
            listed([f"{name} {_value(row[f'{FACTOR}{name}'])}" for name in study.design.names]),
            *difference(float(row["difference"]), float(row["low"]), float(row["high"])),
            number(row["n"]),
            tr(row["verdict"]),
        )
        for row in study.decided.head(MOST_ROWS).to_dict("records")
    ]


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
            if row["verdict"] == INFEASIBLE:
                words = "", tr("infeasible")
            cells.append((*words, judged(name, str(row["verdict"]))))
        found.append((values, cells))
    return found


def _value(value: object) -> str:
    return tick(value, 4) if isinstance(value, float) else str(value)
