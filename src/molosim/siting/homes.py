"""Where households live: from a map's buildings, from districts, or from streets where nothing else is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from molosim.network.graph import RoadGraph
from molosim.network.places import District
from molosim.network.siting import district_weights, street_pieces
from molosim.runtime.arrays import Flags, Floats
from molosim.runtime.errors import ScenarioError

if TYPE_CHECKING:
    from molosim.network.buildings import Buildings

APARTMENTS = frozenset({"apartments", "dormitory"})
"""Values of ``building`` that say that several households live in it."""
RESIDENTIAL = frozenset(
    {"residential", "house", "detached", "semidetached_house", "semi", "terrace", "bungalow", "farm", "duplex"}
)
"""Other values of ``building`` that say that people live in it."""
STOREYS = 3
"""From so many storeys on, a building that is only called residential holds apartments."""
TAGGED = 20
"""From so many buildings with a number of storeys, their median is taken for the others."""
STREET_PIECE_M = 60.0
"""Length of street that stands for a home where there are no buildings."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is assumed where the map does not count dwellings; no value is a measurement.

    Attributes
    ----------
    gross_m2_per_dwelling
        Floor area of an apartment building per dwelling, stairs and walls included.
    storeys
        Of an apartment building without a number of storeys, on a map where few have one.
    smallest_m2
        Footprint below which a building of unknown use is a shed or garage.
    dwellings_per_km
        Along residential streets, on a map without buildings.
    """

    gross_m2_per_dwelling: float = 95.0
    storeys: float = 3.0
    smallest_m2: float = 60.0
    dwellings_per_km: float = 60.0


@dataclass(frozen=True, eq=False, slots=True)
class Homes:
    """n places where households live.

    Attributes
    ----------
    lon, lat
        f64[n], degrees.
    households
        f64[n], whole numbers above 0, or shares of them where streets stand for buildings.
    basis
        What they were made from, in words for a reader.
    assumptions
        Sentences on what was assumed on the way.
    buildings
        How many of them are buildings.
    """

    lon: Floats
    lat: Floats
    households: Floats
    basis: str
    assumptions: tuple[str, ...] = ()
    buildings: int = 0

    def __len__(self) -> int:
        """Number of places."""
        return len(self.lon)

    def among(self, mask: Flags, *why: str) -> Homes:
        """Those of a mask; ``why`` tells what became of the others."""
        return replace(
            self,
            lon=self.lon[mask],
            lat=self.lat[mask],
            households=self.households[mask],
            assumptions=(*self.assumptions, *why),
            buildings=int(mask.sum()) if self.buildings else 0,
        )


def homes_from_buildings(buildings: Buildings, least: int, rules: Rules | None = None) -> Homes | None:
    """Homes in apartment buildings; on a map with too few of them in all residential, then in all plausible buildings.

    Parameters
    ----------
    buildings
        As the map has them.
    least
        So many buildings must be found, or the next wider group is taken; None where none is wide enough.
    rules
        What is assumed.
    """
    rules = rules or Rules()
    kinds = np.array(buildings.kinds, dtype=object)
    storeys, told = _storeys(buildings, kinds, rules)
    flats = np.nan_to_num(buildings.flats)
    named = np.isin(kinds, list(APARTMENTS)) | (flats >= STOREYS)
    residential = np.isin(kinds, list(RESIDENTIAL))
    apartments = named | ((kinds == "residential") & (buildings.levels >= STOREYS))
    unknown = (kinds == "yes") & (buildings.footprint_m2 >= rules.smallest_m2) & (buildings.addresses > 0)
    tall = apartments | (unknown & (buildings.levels >= STOREYS))
    groups = (
        ("apartment buildings", apartments),
        ("residential buildings", apartments | residential),
        ("residential buildings and buildings of unknown use with an address", apartments | residential | unknown),
    )
    chosen = next(((name, mask) for name, mask in groups if mask.sum() >= least), None)
    if chosen is None:
        return None
    basis, mask = chosen
    by_area = np.rint(buildings.footprint_m2 * storeys / rules.gross_m2_per_dwelling)
    # A house is one dwelling, or one per address where it is a row.
    dwellings = np.maximum(np.where(tall, by_area, 0), np.maximum(1, buildings.addresses))
    dwellings = np.where(flats > 0, flats, dwellings)
    homes = Homes(
        buildings.lon, buildings.lat, dwellings.astype(np.float64), basis, (_counted(mask, flats, rules), *told), 1
    )
    left_out = int((unknown & ~mask).sum())
    why = [f"{left_out} buildings of unknown use with an address are not counted as homes."] if left_out else []
    return homes.among(mask, *why)


def _counted(mask: Flags, flats: Floats, rules: Rules) -> str:
    tagged = int((mask & (flats > 0)).sum())
    return (
        f"Dwellings: the tag building:flats in {tagged} of {int(mask.sum())} buildings, else footprint x storeys / "
        f"{rules.gross_m2_per_dwelling:g} m2 in apartment buildings and one per address in others (assumption)."
    )


def _storeys(buildings: Buildings, kinds: np.ndarray, rules: Rules) -> tuple[Floats, tuple[str, ...]]:
    """Storeys of every building, and what was assumed."""
    tagged = np.isfinite(buildings.levels)
    here = buildings.levels[np.isin(kinds, list(APARTMENTS)) & tagged]
    assumed, source = rules.storeys, "assumption"
    if len(here) >= TAGGED:
        assumed, source = float(np.median(here)), f"median of {len(here)} apartment buildings here"
    storeys = np.where(tagged, buildings.levels, assumed)
    return storeys, (f"Storeys where the map has none: {assumed:g} ({source}).",) if not tagged.all() else ()


def homes_along_streets(graph: RoadGraph, districts: Sequence[District] = (), rules: Rules | None = None) -> Homes:
    """Homes in pieces of residential streets: the districts' dwellings, or so many per kilometre where there are none.

    Raises
    ------
    ScenarioError
        The map has no such streets, or a district none within its radius.
    """
    rules = rules or Rules()
    pieces = street_pieces(graph, STREET_PIECE_M)
    if districts:
        households = np.array([d.dwellings for d in districts], dtype=np.float64) @ district_weights(pieces, districts)
        basis = "districts"
        told = f"The dwellings of {len(districts)} districts are spread along their streets (assumption)."
    else:
        households = pieces.length_m / 1000 * rules.dwellings_per_km
        basis = "streets"
        told = (
            f"The map has no buildings: {rules.dwellings_per_km:g} dwellings per km of residential street (assumption)."
        )
    some = households > 0
    if not some.any():
        raise ScenarioError.at(f"map {graph.name}", "has no residential street that a household could live on")
    return Homes(pieces.lon, pieces.lat, households, basis, (told,)).among(some)
