"""The page: figures drawn, tables filled, one HTML file written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from molosim.evaluation.measures import HEADLINE, MEASURES, PLAUSIBILITY
from molosim.report import (
    allocated_rows,
    band,
    box_figures,
    contrasts,
    figures,
    flow,
    map_figures,
    page_tables,
    parcel_figures,
    stress,
    templates,
    tour_figures,
)
from molosim.report.answer import answer, planning
from molosim.report.drawing import Plot, Shown, write_all
from molosim.report.language import day, mark, tr
from molosim.report.run_data import RunData
from molosim.runtime.files import write_text

PAGE = "report.html"
TWO_REPLICATIONS = mark("two replications")
STAYS = mark("the file stays.parquet")

FIGURES: Mapping[str, Plot[RunData]] = {
    "co2e_change": Plot(mark("Change of the whole city's CO2e, by source."), figures.co2e_change),
    "co2e_by_source": Plot(mark("CO2e beyond deliveries alone, by source."), figures.co2e_by_source),
    "sides": Plot(mark("Operators' side and residents' side apart."), contrasts.sides),
    "band": Plot(mark("The emission band: what other factor sets say."), band.draw, mark("the file band")),
    "quadrant": Plot(
        mark("Cost against CO2e: cheaper and greener, or not."), contrasts.quadrant, mark("the measure cost_city")
    ),
    "paired": Plot(mark("Paired differences, replication by replication."), contrasts.paired, TWO_REPLICATIONS),
    "differences": Plot(mark("Paired differences of the headline measures."), contrasts.differences),
    "trips": Plot(mark("Trips beyond daily deliveries: who drives, and why."), figures.trips),
    "kilometres": Plot(mark("Kilometres beyond planned deliveries: who drives, and why."), figures.kilometres),
    "detours": Plot(mark("How long waste keeps the tours that it makes longer."), tour_figures.detours),
    "fill": Plot(mark("How full the vans are: what is left is spare space."), tour_figures.fill),
    "along": Plot(
        mark("On board along a tour that takes waste, and the spare space that waste uses."),
        tour_figures.along,
        mark("the file pickups.parquet, and tours with waste"),
    ),
    "points": Plot(mark("ADR points on trips with waste."), tour_figures.points),
    "flow": Plot(mark("From household to treatment, or loss."), flow.waste),
    "fates": Plot(mark("Where the waste that residents brought went."), figures.fates),
    "occupancy": Plot(
        mark("How full the boxes are, over the weeks."), box_figures.occupancy, mark("the file box_days.parquet")
    ),
    "stays": Plot(mark("How long a parcel lies in the box."), parcel_figures.stays, STAYS),
    "parcels": Plot(mark("Parcels: how long they stay, how many are redirected."), parcel_figures.parcels, STAYS),
    "boxes": Plot(
        mark("Boxes: the larger, the more was collected; the darker, the more was refused."), map_figures.boxes
    ),
    "tours": Plot(
        mark("One day's tours, without and with sharing."), map_figures.tours, mark("the file sample_day.geojson")
    ),
}
"""Every figure by its file's name."""


def write(outcome: RunData, folder: Path) -> Path:
    """Write the figures and the page into ``folder`` in the language of now; returns the page's path."""
    shown = write_all(FIGURES, outcome, folder)
    path = folder / PAGE
    write_text(path, render(outcome, shown))
    return path


def render(outcome: RunData, shown: Mapping[str, Shown]) -> str:
    """The page's HTML."""
    about_map = outcome.manifest.get("map", {})
    return templates.page(
        "page.html.jinja",
        outcome=outcome,
        scenario=outcome.scenario,
        answer=answer(outcome),
        survives=band.survives(outcome),
        band=band.rows(outcome),
        allocated=allocated_rows.rows(outcome),
        figures=shown,
        plots=FIGURES,
        headline=page_tables.compared(outcome, [name for name in HEADLINE if outcome.has(name)]),
        every=page_tables.compared(outcome, [name for name in MEASURES if outcome.has(name)]),
        plausible=page_tables.plausible(outcome, [name for name in PLAUSIBILITY if outcome.has(name)]),
        planning=planning(outcome.manifest.get("insertion_gap", {})),
        worst_boxes=page_tables.worst_boxes(outcome, outcome.sharing),
        boundary=page_tables.boundary(outcome),
        certainty=page_tables.SPELLED,
        assumptions=page_tables.assumptions(outcome),
        factors=page_tables.factors(outcome),
        stress=stress.checklist(outcome),
        stress_source=stress.SOURCE,
        reproducibility=page_tables.reproducibility(outcome.manifest),
        map_source=about_map,
        map_date=day(str(about_map.get("date", ""))),
        attribution=tr(map_figures.ATTRIBUTION),
    )
