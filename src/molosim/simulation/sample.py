"""What is kept of chosen days: tours place by place for the map, and whole plans for the study of their quality."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from molosim.routing import tours as t
from molosim.routing.rounds import Round
from molosim.simulation.journal import MUNICIPALITY

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SampleTour:
    """The places that a vehicle passed, depot to depot."""

    operator: str
    vehicle: int
    purpose: str
    places: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class StudiedDay:
    """A carrier's plan of a day with its insertions, and what the boxes reported that morning."""

    day: int
    carrier: int
    tours: Ints
    stops: Ints
    waste: Ints
    """(boxes, 4): containers, volume, mass, points; see `Residents.contents`."""
    fill_ppm: Ints


@dataclass
class Sample:
    """Collects chosen days of a run; days count from its start."""

    map_day: int | None = None
    study_days: frozenset[int] = frozenset()
    tours: list[SampleTour] = field(default_factory=list)
    studied: list[StudiedDay] = field(default_factory=list)

    def keep_tours(self, operator: str, tours: Ints, stops: Ints, depot: int) -> None:
        """Keep a carrier's tours as planned that morning."""
        for tour in tours:
            places = stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST], t.STOP_PLACE].tolist()
            self.tours.append(SampleTour(operator, int(tour[t.TOUR_VEHICLE]), "delivery", (depot, *places, depot)))

    def keep_round(self, one: Round, vehicle: int, depot: int) -> None:
        """Keep a collection round."""
        places = one.stops[:, t.STOP_PLACE].tolist()
        self.tours.append(SampleTour(MUNICIPALITY, vehicle, "collection", (depot, *places, depot)))
