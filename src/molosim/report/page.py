"""The page: figures drawn, tables filled, one HTML file written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from molosim.files import write_text
from molosim.measures import HEADLINE, MEASURES, PLAUSIBILITY
from molosim.report import (
    accounts,
    band,
    boxes,
    contrasts,
    figures,
    flow,
    maps,
    parcels,
    stress,
    tables,
    templates,
    tours,
)
from molosim.report.answer import answer, planning
from molosim.report.drawing import Plot, Shown, write_all
from molosim.report.folder import Outcome
from molosim.report.language import day, mark, tr

PAGE = "report.html"
TWO_REPLICATIONS = mark("two replications")
STAYS = mark("the file stays.parquet")

FIGURES: Mapping[str, Plot[Outcome]] = {
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
    "detours": Plot(mark("How long waste keeps the tours that it makes longer."), tours.detours),
    "fill": Plot(mark("How full the vans are: what is left is spare space."), tours.fill),
    "along": Plot(
        mark("On board along a tour that takes waste, and the spare space that waste uses."),
        tours.along,
        mark("the file pickups.parquet, and tours with waste"),
    ),
    "points": Plot(mark("ADR points on trips with waste."), tours.points),
    "flow": Plot(mark("From household to treatment, or loss."), flow.waste),
    "fates": Plot(mark("Where the waste that residents brought went."), figures.fates),
    "occupancy": Plot(
        mark("How full the boxes are, over the weeks."), boxes.occupancy, mark("the file box_days.parquet")
    ),
    "stays": Plot(mark("How long a parcel lies in the box."), parcels.stays, STAYS),
    "parcels": Plot(mark("Parcels: how long they stay, how many are redirected."), parcels.parcels, STAYS),
    "boxes": Plot(mark("Boxes: the larger, the more was collected; the darker, the more was refused."), maps.boxes),
    "tours": Plot(mark("One day's tours, without and with sharing."), maps.tours, mark("the file sample_day.geojson")),
}
"""Every figure by its file's name."""


def write(outcome: Outcome, folder: Path) -> Path:
    """Write the figures and the page into ``folder`` in the language of now; returns the page's path."""
    shown = write_all(FIGURES, outcome, folder)
    path = folder / PAGE
    write_text(path, render(outcome, shown))
    return path


def render(outcome: Outcome, shown: Mapping[str, Shown]) -> str:
    """The page's HTML."""
    about_map = outcome.manifest.get("map", {})
    return templates.page(
        "page.html.jinja",
        outcome=outcome,
        scenario=outcome.scenario,
        answer=answer(outcome),
        survives=band.survives(outcome),
        band=band.rows(outcome),
        allocated=accounts.rows(outcome),
        figures=shown,
        plots=FIGURES,
        headline=tables.compared(outcome, [name for name in HEADLINE if outcome.has(name)]),
        every=tables.compared(outcome, [name for name in MEASURES if outcome.has(name)]),
        plausible=tables.plausible(outcome, [name for name in PLAUSIBILITY if outcome.has(name)]),
        planning=planning(outcome.manifest.get("insertion_gap", {})),
        worst_boxes=tables.worst_boxes(outcome, outcome.sharing),
        boundary=tables.boundary(outcome),
        certainty=tables.SPELLED,
        assumptions=tables.assumptions(outcome),
        factors=tables.factors(outcome),
        stress=stress.checklist(outcome),
        stress_source=stress.SOURCE,
        reproducibility=tables.reproducibility(outcome.manifest),
        map_source=about_map,
        map_date=day(str(about_map.get("date", ""))),
        attribution=tr(maps.ATTRIBUTION),
    )
