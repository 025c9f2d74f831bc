"""Commands for the sites of boxes: propose, compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen

if TYPE_CHECKING:
    from molosim.inputs.scenario import Map
    from molosim.network.places import BoxSite, District
    from molosim.siting import Proposal
    from molosim.siting.equity import Equity

PROPOSE = "propose"


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
    out: Annotated[
        Path | None,
        typer.Option(help="GeoJSON file for the sites, sites.geojson by default; its siblings are named after it."),
    ] = None,
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
    from molosim.api import sites
    from molosim.pilot.site_files import files_of
    from molosim.runtime.files import new_file
    from molosim.siting.site_options import SiteOptions

    options = SiteOptions(
        boxes=boxes,
        objective=objective,
        walk_m=walk_m,
        walk_factor=walk_factor,
        spacing_m=spacing_m,
        capacity=capacity,
        effort=effort,
        standing=standing,
        keep_clear=keep_clear,
        dwellings=dwellings,
        buildings=buildings,
        walk_map=walk_map,
        districts=districts,
    )
    out = out or new_file(Path("sites.geojson"))
    proposal = sites.site(source, out, options)
    _tell(proposal, objective, screen)
    _, *beside = files_of(proposal, out).values()
    for path in (out, *beside):
        screen.say(f"Written: {path}")
    found = {"boxes": len(proposal.sites), "kerbs": proposal.candidates, "walks": _walks(proposal.equity)}
    screen.outcome("site propose", {"file": out, "files": beside, **found, **_basis(proposal, objective)})


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
    from molosim.siting.site_options import SiteOptions, town_of, wanted

    sites, own_districts, maps = _given(given)
    own = maps if maps and not map_source else None
    options = SiteOptions(
        boxes=len(sites),
        objective=objective,
        walk_m=walk_m,
        walk_factor=walk_factor,
        spacing_m=spacing_m,
        effort=effort,
        keep_clear=keep_clear,
        dwellings=dwellings,
        buildings=buildings,
        walk_map=walk_map or (walk_file(own) if own else None),
        districts=districts,
    )
    wishes, town = wanted(options), town_of(map_source or (map_file(own) if own else _no_map()), options)
    quarters = town.districts or own_districts
    homes = town.homes or homes_of(town.extract, town.graph, wishes, quarters)
    residents = residents_of(town.walk or town.graph, homes, quarters, walk_factor)
    ours = measured(residents, sites)
    proposal = propose(None, town.graph, wishes, homes=residents.homes, districts=quarters, walk=town.walk)
    count = residents.homes.households.sum()
    screen.say(f"{count:,.0f} households in {len(residents.homes)} places ({homes.basis})")
    screen.say(f"{'':40s} {'given':>18s} {'best of as many':>18s}")
    theirs = measured(residents, proposal.sites)
    for (label, value), (_, other) in zip(rows(ours), rows(theirs), strict=True):
        screen.say(f"{label:40s} {value:>18s} {other:>18s}")
    screen.say(_gap_told(proposal, objective))
    _assumptions(proposal, screen)
    found = {"boxes": len(sites), "given": _walks(ours), "best": _walks(theirs)}
    screen.outcome("site compare", found | _basis(proposal, objective))


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


def _tell(proposal: Proposal, objective: str, screen: Screen) -> None:
    from molosim.siting.compared_sites import rows

    homes = proposal.homes
    screen.say(
        f"{len(proposal.sites)} boxes among {proposal.candidates} kerbs for {homes.households.sum():,.0f} households "
        f"in {len(homes)} places ({homes.basis})"
    )
    for label, value in rows(proposal.equity):
        screen.say(f"  {label:40s} {value:>18s}")
    screen.say(_gap_told(proposal, objective))
    kinds = [f.kind.replace("_", " ") for f in proposal.facilities]
    if kinds:
        numbers = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        counted = ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in numbers.items())
        screen.say(f"The map also has: {counted}")
    _assumptions(proposal, screen)


def _gap_told(proposal: Proposal, objective: str) -> str:
    if proposal.gap == 0:
        return "Proven: no choice among these kerbs is better."
    what = "of the walking" if objective == "walk" else "of the households reached"
    return f"The best choice among these kerbs could be better by {proposal.gap:.2%} {what} at most."


def _walks(found: Equity) -> dict[str, object]:
    """Walks of all households, for programs."""
    from molosim.siting.equity import WITHIN_M

    within = {f"within_{metres}_m_share": share for metres, share in zip(WITHIN_M, found.within, strict=True)}
    walks = {"mean_m": found.mean_m, "median_m": found.median_m, "p90_m": found.p90_m, "gini": found.gini}
    worst = {"worst_district": found.worst or None, "worst_district_mean_m": found.worst_mean_m}
    return {**within, **walks, "unreached_share": found.unreached, **worst}


def _basis(proposal: Proposal, objective: str) -> dict[str, object]:
    """What a proposal rests on and how good it is, for programs."""
    homes = {
        "households": proposal.homes.households.sum(),
        "places": len(proposal.homes),
        "basis": proposal.homes.basis,
    }
    return {**homes, "objective": objective, "gap_share": proposal.gap, "assumptions": proposal.assumptions}


def _assumptions(proposal: Proposal, screen: Screen) -> None:
    screen.say("Assumed:")
    for line in proposal.assumptions:
        screen.say(f"  - {line}")
