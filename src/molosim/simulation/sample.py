"""Records of chosen days: tours as driven, place by place, and whole plans for the study of their quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from molosim.policies.policy import BoxStatus, Today
from molosim.routing import tours as t
from molosim.runtime.arrays import Column, Ints
from molosim.simulation.world import World


@dataclass(slots=True)
class SampleTour:
    """The places that a vehicle passed, depot to depot, with its arrival and leaving at each in seconds of the day."""

    operator: str
    vehicle: int
    vehicle_type: str
    purpose: str
    places: list[int]
    arrive_s: list[int]
    leave_s: list[int]

    def delay(self, order: int, by_s: int) -> None:
        """Let it leave a place later than planned, and be later from there on."""
        self.leave_s[order] += by_s
        for later in range(order + 1, len(self.places)):
            self.arrive_s[later] += by_s
            self.leave_s[later] += by_s

    def call_at(self, place: int, arrive_s: int, leave_s: int, back_s: int) -> None:
        """Let it come by one more place before it returns."""
        self.places.insert(-1, place)
        self.arrive_s[-1:] = [arrive_s, back_s]
        self.leave_s[-1:] = [leave_s, back_s]


@dataclass(frozen=True, eq=False, slots=True)
class StudiedDay:
    """A carrier's plan of a day with its insertions, and what the boxes reported that morning."""

    today: Today
    carrier: int
    tours: Ints
    stops: Ints
    waste: Ints
    """(boxes, 4): containers, volume, mass, points; see `Residents.contents`."""
    boxes: tuple[BoxStatus, ...]
    """What planners knew of them."""


@dataclass
class Sample:
    """Collects chosen days of a run; days count from its start."""

    map_day: int | None = None
    study_days: frozenset[int] = frozenset()
    events: bool = False
    """Whether everything that residents do is logged."""
    tours: list[SampleTour] = field(default_factory=list)
    studied: list[StudiedDay] = field(default_factory=list)

    def keep(
        self, tour: Ints, stops: Ints, *, operator: str, vehicle_type: str, purpose: str, depot: int
    ) -> SampleTour:
        """Keep a tour as its plan has it; whoever drives it adds its delays."""
        arrive_s = stops[:, t.STOP_ARRIVE].tolist()
        leave_s = (stops[:, t.STOP_ARRIVE] + stops[:, t.STOP_SERVICE]).tolist()
        depart, back = int(tour[t.TOUR_DEPART]), int(tour[t.TOUR_RETURN])
        places = [depot, *stops[:, t.STOP_PLACE].tolist(), depot]
        kept = SampleTour(
            operator, int(tour[t.TOUR_VEHICLE]), vehicle_type, purpose, places, [depart, *arrive_s, back],
            [depart, *leave_s, back],
        )  # fmt: skip
        self.tours.append(kept)
        return kept


def stops(world: World, tours: Sequence[SampleTour]) -> dict[str, Column]:
    """A row per place of each tour, depots included, in the order of tours and of their driving."""
    sizes = [len(tour.places) for tour in tours]
    place = np.array([place for tour in tours for place in tour.places], np.int32)
    at_box = (place >= world.first_box) & (place < world.last_box)

    def of_tours(values: Sequence[object], dtype: type) -> Column:
        return np.repeat(np.array(values, dtype), sizes)

    return {
        "operator": of_tours([tour.operator for tour in tours], str),
        "vehicle": of_tours([tour.vehicle for tour in tours], np.int32),
        "vehicle_type": of_tours([tour.vehicle_type for tour in tours], str),
        "purpose": of_tours([tour.purpose for tour in tours], str),
        "order": np.array([order for size in sizes for order in range(size)], np.int32),
        "place": place,
        "box": np.where(at_box, place - world.first_box, -1).astype(np.int32),
        "lon": world.places.lon[place],
        "lat": world.places.lat[place],
        "arrive_s": np.array([s for tour in tours for s in tour.arrive_s], np.int32),
        "leave_s": np.array([s for tour in tours for s in tour.leave_s], np.int32),
    }
