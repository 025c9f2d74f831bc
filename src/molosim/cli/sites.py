"""Commands for the sites of boxes: propose, compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen

if TYPE_CHECKING:
    from molosim.inputs.scenario import Map
    from molosim.network.graph import RoadGraph
    from molosim.network.places import BoxSite, District
    from molosim.siting import Proposal, Wanted
    from molosim.siting.equity import Equity
    from molosim.siting.homes import Homes

PROPOSE = "propose"
CERTAINTY = "GK"
"""Of sites and dwellings that nobody has looked at."""
DRAWN = 10_000
"""More homes than this would be a blot on the picture."""


class _Group(TyperGroup):
    """`molosim site MAP` is short for `molosim site propose MAP`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = [PROPOSE, *args]
        return super().parse_args(ctx, args)


site_app = typer.Typer(
    cls=_Group, help="Where boxes should stand.", no_args_is_help=True, rich_markup_mode=None, add_completion=False
)
app.add_typer(site_app, name="site")

WalkLimit = Annotated[float, typer.Option("--walk-m", min=50, max=5000, help="Longest walk to a box, metres.")]
WalkFactor = Annotated[
    float, typer.Option(min=0.5, max=3, help="Walked metres per metre of street; below 1 where footpaths cut corners.")
]
Dwellings = Annotated[
    Path | None, typer.Option(help="Table of lon, lat, dwellings, .csv or .parquet, in place of the map's buildings.")
]
BuildingsFrom = Annotated[
    Path | None, typer.Option(help="Extract to take buildings from, where the map is a prepared one.")
]
WalkMap = Annotated[
    str | None,
    typer.Option(
        help="A prepared map or an extract to walk on; the extract's own ways on foot by default, where it has them."
    ),
]
Districts = Annotated[Path | None, typer.Option(help="GeoJSON of districts, in place of ones gathered from homes.")]
Effort = Annotated[
    int,
    typer.Option(
        min=0, help="For a proof that no choice is better: steps of the search; 0 for none, 20 for a long one."
    ),
]
Capacity = Annotated[
    int | None, typer.Option(min=1, help="Dwellings that a new box serves at most; no limit by default.")
]
Objective = Annotated[
    Literal["walk", "cover"], typer.Option(help="Least walking, or most households within the longest walk.")
]
Spacing = Annotated[float, typer.Option("--spacing-m", min=0, help="Boxes keep so far from each other, metres.")]
KeepClearOf = Annotated[Path | None, typer.Option("--keep-clear", help="GeoJSON of polygons where no box may stand.")]


@command(site_app, PROPOSE)
def propose_sites(  # noqa: PLR0913 - a command has the options that it has
    source: Annotated[str, typer.Argument(metavar="MAP|FILE.osm.pbf", help="A prepared map, or an extract.")],
    *,
    boxes: Annotated[int, typer.Option(min=1, help="How many new sites.")] = 50,
    out: Annotated[Path, typer.Option(help="GeoJSON file for the sites; its siblings are named after it.")] = Path(
        "sites.geojson"
    ),
    objective: Objective = "walk",
    walk_m: WalkLimit = 600,
    walk_factor: WalkFactor = 1.0,
    dwellings: Dwellings = None,
    buildings: BuildingsFrom = None,
    walk_map: WalkMap = None,
    districts: Districts = None,
    standing: Annotated[Path | None, typer.Option(help="GeoJSON of boxes that stand already and stay.")] = None,
    keep_clear: KeepClearOf = None,
    spacing_m: Spacing = 100,
    capacity: Capacity = None,
    effort: Effort = 1,
    screen: Screen,
) -> None:
    """Propose sites for boxes: those from which households walk least, or that most households reach."""
    from molosim.network.places import read_box_sites
    from molosim.siting import propose

    wanted = _wanted(boxes, objective, (walk_m, walk_factor), (spacing_m, keep_clear), effort)
    wanted = replace(wanted, capacity=capacity, standing=read_box_sites(standing) if standing else ())
    graph, extract = _map(source, buildings)
    proposal = propose(
        extract,
        graph,
        wanted,
        homes=_table(dwellings),
        districts=_read_districts(districts),
        walk=_walk_map(walk_map, graph, extract),
    )
    _tell(proposal, wanted, screen)
    written = _write(proposal, out, graph)
    for path in written:
        screen.say(f"Written: {path}")
    found = {"boxes": len(proposal.sites), "kerbs": proposal.candidates, "walks": _walks(proposal.equity)}
    screen.outcome("site propose", {"file": out, "files": written[1:], **found, **_basis(proposal, wanted)})


@command(site_app, "compare")
def compare_sites(  # noqa: PLR0913 - a command has the options that it has
    given: Annotated[
        str, typer.Argument(metavar="CONFIG|SITES.geojson", help="A configuration, or the sites of boxes.")
    ],
    *,
    map_source: Annotated[
        str | None, typer.Option("--map", help="A prepared map or an extract; a configuration's own by default.")
    ] = None,
    objective: Objective = "walk",
    walk_m: WalkLimit = 600,
    walk_factor: WalkFactor = 1.0,
    dwellings: Dwellings = None,
    buildings: BuildingsFrom = None,
    walk_map: WalkMap = None,
    districts: Districts = None,
    keep_clear: KeepClearOf = None,
    spacing_m: Spacing = 100,
    effort: Effort = 1,
    screen: Screen,
) -> None:
    """Compare given sites with the best of as many on the same homes."""
    from molosim.inputs.scenario import map_file, walk_file
    from molosim.siting import propose
    from molosim.siting.compared_sites import measured, residents_of, rows
    from molosim.siting.proposal import homes_of

    sites, own_districts, maps = _given(given)
    graph, extract = _map(map_source or (maps and str(map_file(maps))) or _no_map(), buildings)
    own_walk = walk_file(maps) if maps and not map_source else None
    walk = _walk_map(walk_map or (str(own_walk) if own_walk else None), graph, extract)
    quarters = _read_districts(districts) or own_districts
    wanted = _wanted(len(sites), objective, (walk_m, walk_factor), (spacing_m, keep_clear), effort)
    homes = _table(dwellings) or homes_of(extract, graph, wanted, quarters)
    residents = residents_of(walk or graph, homes, quarters, walk_factor)
    ours = measured(residents, sites)
    proposal = propose(None, graph, wanted, homes=residents.homes, districts=quarters, walk=walk)
    count = residents.homes.households.sum()
    screen.say(f"{count:,.0f} households in {len(residents.homes)} places ({homes.basis})")
    screen.say(f"{'':40s} {'given':>18s} {'best of as many':>18s}")
    theirs = measured(residents, proposal.sites)
    for (label, value), (_, other) in zip(rows(ours), rows(theirs), strict=True):
        screen.say(f"{label:40s} {value:>18s} {other:>18s}")
    screen.say(_gap_told(proposal, wanted))
    _assumptions(proposal, screen)
    found = {"boxes": len(sites), "given": _walks(ours), "best": _walks(theirs)}
    screen.outcome("site compare", found | _basis(proposal, wanted))


def _no_map() -> str:
    from molosim.runtime.errors import ScenarioError

    raise ScenarioError.at("--map", "is missing; sites alone do not say on which map they are")


def _given(given: str) -> tuple[tuple[BoxSite, ...], tuple[District, ...], Map | None]:
    """Sites, and the districts and maps that a configuration names."""
    from molosim.network.places import read_box_sites, read_districts

    if Path(given).suffix in (".geojson", ".json"):
        return read_box_sites(Path(given)), (), None
    from molosim.inputs.scenario import load

    scenario = load(given)
    districts = read_districts(Path(scenario.addresses.file))
    return read_box_sites(Path(scenario.boxes.file)), districts, scenario.map


def _read_districts(path: Path | None) -> tuple[District, ...]:
    from molosim.network.places import read_districts

    return read_districts(path) if path else ()


def _map(source: str, buildings: Path | None) -> tuple[RoadGraph, Path | None]:
    """Streets, and the extract that holds the buildings."""
    from molosim.inputs.scenario import find_map
    from molosim.network.graph import RoadGraph

    path = Path(source)
    if path.is_file() and path.suffix != ".npz":
        from molosim.network.osm import is_extract, read_map

        return read_map(path), buildings or (path if is_extract(path) else None)
    return RoadGraph.load(find_map(source, key="MAP")), buildings


def _walk_map(source: str | None, graph: RoadGraph, extract: Path | None) -> RoadGraph | None:
    """Ways on foot: those that were named, else those of the extract with the buildings; None where it has none."""
    from molosim.inputs.scenario import find_map
    from molosim.network.graph import WALK, RoadGraph
    from molosim.network.osm import read_map, ways_on_foot

    if source is None:
        return ways_on_foot(extract, graph) if extract else None
    path = Path(source)
    if path.is_file() and path.suffix != ".npz":
        return read_map(path, network=WALK)
    return RoadGraph.load(find_map(source, key="--walk-map"))


def _table(path: Path | None) -> Homes | None:
    if path is None:
        return None
    from molosim.siting.dwellings import read_dwellings

    return read_dwellings(path)


def _wanted(
    boxes: int,
    objective: Literal["walk", "cover"],
    walk: tuple[float, float],
    keep: tuple[float, Path | None],
    effort: int,
) -> Wanted:
    from molosim.siting import Wanted
    from molosim.siting.candidates import KeepClear, read_areas

    spacing_m, areas = keep
    rules = KeepClear(box_m=spacing_m, areas=read_areas(areas) if areas else ())
    return Wanted(boxes, objective, walk[0], walk[1], rules, effort=effort)


def _tell(proposal: Proposal, wanted: Wanted, screen: Screen) -> None:
    from molosim.siting.compared_sites import rows

    homes = proposal.homes
    screen.say(
        f"{len(proposal.sites)} boxes among {proposal.candidates} kerbs for {homes.households.sum():,.0f} households "
        f"in {len(homes)} places ({homes.basis})"
    )
    for label, value in rows(proposal.equity):
        screen.say(f"  {label:40s} {value:>18s}")
    screen.say(_gap_told(proposal, wanted))
    kinds = [f.kind.replace("_", " ") for f in proposal.facilities]
    if kinds:
        numbers = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        counted = ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in numbers.items())
        screen.say(f"The map also has: {counted}")
    _assumptions(proposal, screen)


def _gap_told(proposal: Proposal, wanted: Wanted) -> str:
    if proposal.gap == 0:
        return "Proven: no choice among these kerbs is better."
    what = "of the walking" if wanted.objective == "walk" else "of the households reached"
    return f"The best choice among these kerbs could be better by {proposal.gap:.2%} {what} at most."


def _walks(found: Equity) -> dict[str, object]:
    """Walks of all households, for programs."""
    from molosim.siting.equity import WITHIN_M

    within = {f"within_{metres}_m_share": share for metres, share in zip(WITHIN_M, found.within, strict=True)}
    walks = {"mean_m": found.mean_m, "median_m": found.median_m, "p90_m": found.p90_m, "gini": found.gini}
    worst = {"worst_district": found.worst or None, "worst_district_mean_m": found.worst_mean_m}
    return {**within, **walks, "unreached_share": found.unreached, **worst}


def _basis(proposal: Proposal, wanted: Wanted) -> dict[str, object]:
    """What a proposal rests on and how good it is, for programs."""
    homes = {
        "households": proposal.homes.households.sum(),
        "places": len(proposal.homes),
        "basis": proposal.homes.basis,
    }
    return {**homes, "objective": wanted.objective, "gap_share": proposal.gap, "assumptions": proposal.assumptions}


def _assumptions(proposal: Proposal, screen: Screen) -> None:
    screen.say("Assumed:")
    for line in proposal.assumptions:
        screen.say(f"  - {line}")


def _write(proposal: Proposal, out: Path, graph: RoadGraph) -> list[Path]:
    """Sites, districts, dwellings where they were counted, and a picture."""
    from molosim.network.places import write_box_sites, write_districts
    from molosim.runtime.files import writing
    from molosim.siting.dwellings import write_dwellings

    note = f"Proposed on {graph.name}, data of {graph.date}; {graph.attribution}. " + " ".join(proposal.assumptions)
    names = ("districts.geojson", "dwellings.csv", "map.svg")
    quarters, table, picture = (out.with_name(f"{out.stem}_{name}") for name in names)
    written = [out, quarters]
    with writing(quarters):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_districts(quarters, proposal.districts, note=note, certainty=CERTAINTY)
    if proposal.buildings:
        write_dwellings(table, proposal.homes)
        written.append(table)
    written.append(_draw(proposal, picture, graph))
    with writing(out):  # last: where it is, the others are
        write_box_sites(out, proposal.sites, note=note, certainty=CERTAINTY)
    return written


def _draw(proposal: Proposal, path: Path, graph: RoadGraph) -> Path:
    """A picture of the boxes among the homes."""
    from molosim.report import style
    from molosim.report.road_map import Marks, save_map
    from molosim.runtime.files import writing

    homes, sites = proposal.homes, proposal.sites
    marks = [Marks("boxes", [(s.lon, s.lat) for s in sites], "s", style.BLUE, [s.name for s in sites])]
    if len(homes) <= DRAWN:
        places = list(zip(homes.lon.tolist(), homes.lat.tolist(), strict=True))
        marks.insert(0, Marks(f"homes ({homes.basis})", places, ".", style.GREEN))
    with writing(path):
        save_map(path, graph, marks)
    return path
