"""The page: figures drawn, tables filled, one HTML file written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from molosim.emissions import CERTAINTY
from molosim.measures import HEADLINE, MEASURES, PLAUSIBILITY
from molosim.report import figures, maps, style, tables, tours
from molosim.report.answer import answer, planning
from molosim.report.folder import Outcome


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure of the page."""

    svg: Markup
    caption: str


Draw = Callable[[Outcome], Figure | None]
FIGURES: Mapping[str, tuple[str, Draw]] = {
    "co2e_change": ("Change of the whole city's CO2e, by source.", figures.co2e_change),
    "differences": ("Paired differences of the headline measures.", figures.differences),
    "kilometres": ("Kilometres beyond planned deliveries: who drives, and why.", figures.kilometres),
    "co2e_by_source": ("CO2e beyond deliveries alone, by source.", figures.co2e_by_source),
    "fates": ("Where the waste that residents brought went.", figures.fates),
    "fill": ("How full the vans are: what is left is spare space.", tours.fill),
    "detours": ("How long waste keeps the tours that it makes longer.", tours.detours),
    "boxes": (
        "Boxes: the larger, the more was collected; the darker, the more was refused.",
        lambda outcome: maps.boxes(outcome, outcome.sharing),
    ),
    "tours": ("One day's tours, without and with sharing.", maps.tours),
}
"""Every figure by its file's name: caption and the function that draws it."""


def write(outcome: Outcome, folder: Path) -> Path:
    """Write the figures and the page into ``folder``; returns the page's path."""
    (folder / "figures").mkdir(exist_ok=True)
    shown = {}
    for name, (caption, draw) in FIGURES.items():
        with style.settings():
            drawn = draw(outcome)
            if drawn is None:
                continue
            text = style.svg(drawn)
        (folder / "figures" / f"{name}.svg").write_text(text, encoding="utf-8", newline="\n")
        shown[name] = Shown(Markup(style.inline(text, name, caption)), caption)  # noqa: S704 - matplotlib escapes names
    path = folder / "report.html"
    path.write_text(render(outcome, shown), encoding="utf-8", newline="\n")
    return path


def render(outcome: Outcome, shown: Mapping[str, Shown]) -> str:
    """The page's HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("molosim.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        outcome=outcome,
        scenario=outcome.scenario,
        answer=answer(outcome),
        figures=shown,
        headline=tables.compared(outcome, HEADLINE),
        every=tables.compared(outcome, MEASURES),
        plausible=tables.plausible(outcome, PLAUSIBILITY),
        planning=planning(outcome.manifest.get("insertion_gap", {})),
        worst_boxes=tables.worst_boxes(outcome, outcome.sharing),
        boundary=tables.BOUNDARY,
        certainty=CERTAINTY,
        assumptions=tables.assumptions(outcome),
        factors=tables.factors(),
        reproducibility=tables.reproducibility(outcome.manifest),
        map_source=outcome.manifest.get("map", {}),
        attribution=maps.ATTRIBUTION,
    )
