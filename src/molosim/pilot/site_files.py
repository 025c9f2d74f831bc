"""Proposed sites as files: sites, districts, dwellings where they were counted, and a picture."""

from __future__ import annotations

from pathlib import Path

from molosim.network.graph import RoadGraph
from molosim.network.places import write_box_sites, write_districts
from molosim.report import style
from molosim.report.road_map import Marks, save_map
from molosim.runtime.files import writing
from molosim.siting import Proposal
from molosim.siting.dwellings import write_dwellings

CERTAINTY = "GK"
"""Of sites and dwellings that nobody has looked at."""
DRAWN = 10_000
"""More homes than this would be a blot on the picture."""


_BESIDE = {"districts": "districts.geojson", "dwellings": "dwellings.csv", "picture": "map.svg"}


def possible_files(out: Path) -> dict[str, Path]:
    """Files that a proposal may have whose sites are in ``out``, the others named after it."""
    return {"sites": out} | {what: out.with_name(f"{out.stem}_{name}") for what, name in _BESIDE.items()}


def files_of(proposal: Proposal, out: Path) -> dict[str, Path]:
    """Files of a proposal."""
    return {what: path for what, path in possible_files(out).items() if what != "dwellings" or proposal.buildings}


def write_sites(proposal: Proposal, out: Path, graph: RoadGraph) -> None:
    """Write `files_of` a proposal; raises ScenarioError where they cannot be written."""
    note = f"Proposed on {graph.name}, data of {graph.date}; {graph.attribution}. " + " ".join(proposal.assumptions)
    files = files_of(proposal, out)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_districts(files["districts"], proposal.districts, note=note, certainty=CERTAINTY)
        if "dwellings" in files:
            write_dwellings(files["dwellings"], proposal.homes)
        save_map(files["picture"], graph, _marks(proposal))
        write_box_sites(out, proposal.sites, note=note, certainty=CERTAINTY)  # last: where it is, the others are


def _marks(proposal: Proposal) -> list[Marks]:
    homes, sites = proposal.homes, proposal.sites
    marks = [Marks("boxes", [(s.lon, s.lat) for s in sites], "s", style.BLUE, [s.name for s in sites])]
    if len(homes) <= DRAWN:
        places = list(zip(homes.lon.tolist(), homes.lat.tolist(), strict=True))
        marks.insert(0, Marks(f"homes ({homes.basis})", places, ".", style.GREEN))
    return marks
