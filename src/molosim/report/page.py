"""The page: figures drawn, tables filled, one HTML file written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from molosim.emissions import CERTAINTY
from molosim.evaluation.measures import HEADLINE, MEASURES, PLAUSIBILITY
from molosim.report import allocated_rows, band_figures, page_tables, stress, templates
from molosim.report.answer import answer, planning
from molosim.report.drawing import Shown, write_all
from molosim.report.figure_registry import Placement, figures
from molosim.report.language import day, tr
from molosim.report.map_figures import ATTRIBUTION
from molosim.report.run_data import RunData
from molosim.runtime.files import write_text

PAGE = "report.html"


def write(outcome: RunData, folder: Path) -> Path:
    """Write the figures and the page into ``folder`` in the language of now; returns the page's path."""
    shown = write_all(figures(), outcome, folder)
    path = folder / PAGE
    write_text(path, render(outcome, shown))
    return path


def render(outcome: RunData, shown: Mapping[str, Shown]) -> str:
    """The page's HTML.

    Raises
    ------
    LookupError
        The template has no place for a figure.
    """
    placement = Placement(figures())
    about_map = outcome.manifest.get("map", {})
    text = templates.page(
        "page.html.jinja",
        outcome=outcome,
        scenario=outcome.scenario,
        answer=answer(outcome),
        survives=band_figures.survives(outcome),
        band=band_figures.rows(outcome),
        allocated=allocated_rows.rows(outcome),
        figures=shown,
        placement=placement,
        headline=page_tables.compared(outcome, HEADLINE),
        every=page_tables.compared(outcome, [name for name in MEASURES if name in outcome.replications]),
        plausible=page_tables.plausible(outcome, PLAUSIBILITY),
        planning=planning(outcome.manifest.get("insertion_gap", {})),
        worst_boxes=page_tables.worst_boxes(outcome, outcome.sharing),
        boundary=page_tables.boundary(outcome),
        certainty=CERTAINTY,
        assumptions=page_tables.assumptions(outcome),
        factors=page_tables.factors(outcome),
        stress=stress.checklist(outcome),
        stress_source=stress.SOURCE,
        reproducibility=page_tables.reproducibility(outcome.manifest),
        map_source=about_map,
        map_date=day(str(about_map.get("date", ""))),
        attribution=tr(ATTRIBUTION),
    )
    placement.check()
    return text
