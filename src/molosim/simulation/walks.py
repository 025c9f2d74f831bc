"""How far households walk to their box, and how many of them take part for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.residents import Participation
from molosim.inputs.scenario import Scenario, walk_file
from molosim.network.graph import RoadGraph
from molosim.network.places import Places, on_other_map, read_districts, snap
from molosim.runtime.arrays import Floats
from molosim.runtime.cache import content_key, kept
from molosim.runtime.errors import Fault, ScenarioError
from molosim.runtime.files import reading
from molosim.runtime.written import sha256
from molosim.simulation.roads import Roads

BIN_M = 10.0
"""Walks are counted in steps of this, metres."""
PIECE_M = 40.0
"""Length of street that stands for a home where no table says where they are."""
LEAST_M = 1e-6
"""Reach ends just before its last step does, metres."""


@dataclass(frozen=True, eq=False)
class BoxWalks:
    """Walks of households to the box that is nearest to them on foot.

    Attributes
    ----------
    names
        Of the boxes.
    counted
        f64[boxes, bins], households (or their weight, where streets stand for homes) by walk in steps of `BIN_M`.
    share_reached
        Of all households, those with a box within reach; nan where no table says how many there are.
    reach_m
        Longest walk that counts.
    """

    names: tuple[str, ...]
    counted: Floats
    share_reached: float
    reach_m: float

    @cached_property
    def mean_m(self) -> Floats:
        """f64[boxes], mean walk; nan for a box that no home is near."""
        return self._average(self._walk_m)

    def quantile_m(self, share: float, households: Floats) -> float:
        """Walk that a share of all households does not exceed; nan where no box has a home."""
        total = self.counted.sum(axis=1)
        known = total > 0
        if not known.any():
            return float("nan")
        weight = (households[known, None] * self.counted[known] / total[known, None]).sum(axis=0)
        cumulative = np.cumsum(weight)
        return float((1 + int(np.searchsorted(cumulative, share * cumulative[-1] * (1 - 1e-12)))) * BIN_M)

    def taking_part(self, curve: Participation) -> Floats:
        """f64[boxes], share of each box's households that take part.

        Raises
        ------
        ScenarioError
            Nobody knows how far the households of a box walk.
        """
        lonely = np.flatnonzero(self.counted.sum(axis=1) == 0)
        if lonely.size:
            problem = f"has no home within {self.reach_m:g} m of walk; residents.walking cannot tell who takes part"
            raise ScenarioError([Fault(f"box {self.names[k]!r}", problem) for k in lonely.tolist()])
        return self._average(np.array([curve.taking_part(walk_m) for walk_m in self._walk_m.tolist()]))

    @property
    def _walk_m(self) -> Floats:
        return np.asarray((np.arange(self.counted.shape[1]) + 0.5) * BIN_M, dtype=np.float64)

    def _average(self, values: Floats) -> Floats:
        total = self.counted.sum(axis=1)
        known = np.where(total > 0, total, 1)
        return np.asarray(np.where(total > 0, self.counted @ values / known, np.nan))


def walks_of(scenario: Scenario, roads: Roads, cache: Path) -> BoxWalks:
    """Walks to the boxes of a scenario, measured or from the cache.

    Raises
    ------
    ScenarioError
        The table of dwellings cannot be used, or none of its homes is on the map.
    """
    said, table, file = scenario.residents.walking, scenario.residents.walking.dwellings, walk_file(scenario.map)
    boxes = roads.places.take(roads.first_box + np.arange(len(roads.sites)))
    ground = RoadGraph.load(file) if file else roads.graph
    if file:
        boxes = on_other_map(ground, boxes, scenario.boxes.max_snap_m, "map.walk_source")
    people: tuple[object, ...] = (read_districts(Path(scenario.addresses.file)), scenario.addresses.spread_share)
    if table is not None:
        with reading(table):
            people = (sha256(Path(table)),)
    elif file:
        people = (*people, roads.graph.content_hash)
    at = (ground.content_hash, boxes.edge, boxes.along_m, boxes.access_m)
    key = content_key("walks 2", *at, *people, said.factor, said.reach_m)
    found = kept(cache / f"walks-{key}.npy", lambda: _measured(scenario, (roads.graph, ground), boxes))
    share = float(found[0, -1]) if table is not None else float("nan")
    return BoxWalks(boxes.names, np.asarray(found[:, :-1]), share, said.reach_m)


def _measured(scenario: Scenario, maps: tuple[RoadGraph, RoadGraph], boxes: Places) -> Floats:
    """f64[boxes, bins + 1]: households by walk; in the last column of each row the share of all that is in reach."""
    from molosim.network.walking import nearest, walks_within  # noqa: PLC0415 - only who has no walks kept

    said, (streets, ground) = scenario.residents.walking, maps
    homes, doors, weight = _homes(scenario, streets, ground)
    box, walk_m = nearest(ground, homes, boxes, said.factor, fronts=doors)
    near = (box >= 0) & (walk_m < said.reach_m)
    bins = int(np.ceil(said.reach_m / BIN_M))
    counted = _binned(box[near], walk_m[near], weight[near], (len(boxes), bins))
    # Of two boxes at one place all homes have the same as their nearest: the other has the homes around it.
    lonely = np.flatnonzero(counted.sum(axis=1) == 0)
    if lonely.size:
        walks = walks_within(ground, boxes.take(lonely), homes, said.reach_m - LEAST_M, said.factor, fronts=doors)
        row = np.repeat(lonely, np.diff(walks.first))
        counted += _binned(row, walks.metres, weight[walks.to], (len(boxes), bins))
    share = np.full((len(boxes), 1), weight[near].sum() / weight.sum())
    return np.hstack([counted, share])


def _binned(box: NDArray[np.integer], walk_m: Floats, weight: Floats, shape: tuple[int, int]) -> Floats:
    place = box * shape[1] + (walk_m // BIN_M).astype(np.int64)
    return np.bincount(place, weights=weight, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _homes(scenario: Scenario, streets: RoadGraph, ground: RoadGraph) -> tuple[Places, Places | None, Floats]:
    """Homes where they are walked from, their doors to the street where they have any, and how many live there.

    A table's, or pieces of streets by their length and the districts' density.
    """
    from molosim.network.siting import district_weights, street_pieces  # noqa: PLC0415 - as above

    table = scenario.residents.walking.dwellings
    if table is not None:
        from molosim.siting.dwellings import read_dwellings  # noqa: PLC0415 - as above
        from molosim.siting.streets import fronts, on_streets  # noqa: PLC0415 - as above

        homes, at = on_streets(ground, read_dwellings(Path(table)))
        return at, fronts(ground, at), homes.households
    pieces = street_pieces(streets, PIECE_M)
    spread = scenario.addresses.spread_share
    weight = spread * pieces.length_m / pieces.length_m.sum()
    if spread < 1:
        districts = read_districts(Path(scenario.addresses.file))
        dwellings = np.array([district.dwellings for district in districts], dtype=np.float64)
        weight = weight + (1 - spread) * (dwellings / dwellings.sum()) @ district_weights(pieces, districts)
    some = np.flatnonzero(weight > 0)
    names = tuple(f"street {k}" for k in some.tolist())
    along_m = pieces.from_m[some] + pieces.length_m[some] / 2
    lon, lat = pieces.lon[some], pieces.lat[some]
    at = Places(names, lon, lat, pieces.edge[some], along_m, np.zeros(len(some)))
    return (at if ground is streets else snap(ground, names, lon, lat, np.inf)), None, weight[some]
