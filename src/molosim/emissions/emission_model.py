"""The seam of emission models: from trips to energy and emissions."""

from __future__ import annotations

from typing import Literal

import numpy as np

from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emitted import DANISH, DEFRA, JEC, Emitted, Fuels
from molosim.emissions.sources import (
    BIKE_KWH,
    CHARGE_KW,
    DIESEL_MJ,
    GRID,
    HVO_BIOGENIC,
    HVO_MJ,
    HVO_TTW,
    HVO_WTW,
    TRUCK_SCALE,
    EmissionFactor,
)
from molosim.inputs.components import Component
from molosim.runtime.arrays import Columns, Floats
from molosim.trips import Body, Energy

FuelChain = Literal["defra", "danish", "jec"]
FUELS: dict[FuelChain, Fuels] = {"defra": DEFRA, "danish": DANISH, "jec": JEC}
"""Chains of factors for diesel by the name that a parameter has."""
OTHER_CARRIERS = (DIESEL_MJ, HVO_MJ, HVO_TTW, HVO_WTW, HVO_BIOGENIC, GRID, CHARGE_KW, BIKE_KWH)
"""Factors of what does not burn diesel, the same in all shipped models."""


class EmissionModel(Component):
    """Turns trips into energy and emissions.

    A model of your own derives from this class, has its parameters as fields, and overrides `emit`; it must be in a
    module that can be imported, and be a pure function of what it is given, which it can read but not write to.

    Examples
    --------
    >>> import numpy as np
    >>> from molosim import EmissionModel
    >>> from molosim.seams import FUELS, Conditions, Trips, VehicleType, emitted, unknown
    >>> class PerKilometre(EmissionModel):
    ...     l_per_km: float = 0.1
    ...     label: str = "litres by kilometre"
    ...
    ...     def emit(self, trips, vehicles, conditions):
    ...         trips = Trips.of(trips)
    ...         return emitted(
    ...             trips, vehicles, conditions,
    ...             litres=self.l_per_km * trips.km, kwh=0.3 * trips.km, fuels=FUELS["defra"],
    ...             air=(unknown(trips), unknown(trips)),
    ...         )
    >>> van = VehicleType(volume_l=11000, payload_kg=1000, body="van", cost_per_km=0.2, cost_per_h=35)
    >>> two_trips = {"vehicle_type": np.array(["van", "van"]), "metres": np.array([10_000, 25_000])}
    >>> PerKilometre(l_per_km=0.08).emit(two_trips, {"van": van}, Conditions.steady(1)).diesel_l
    array([0.8, 2. ])
    """

    label: str = "a model of your own"
    """What a reader calls it."""

    @property
    def sources(self) -> tuple[EmissionFactor, ...]:
        """Factors that the model rests on, for the report."""
        return ()

    @property
    def cold_cars(self) -> bool:
        """Whether residents' cars start cold under it."""
        return False

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of columns of trips without which it cannot be applied, beside those that every table has."""
        return ()

    def emit(self, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
        """Energy and emissions of each trip.

        Parameters
        ----------
        trips
            Columns of the trips table by name, one entry for each trip: those under ``trips.parquet`` in
            docs/codebook.md but ``alternative`` and ``replication``. Always there are ``day``, ``vehicle_type``,
            ``purpose``, ``depart_s``, ``return_s``, ``metres``, ``driving_s``, ``service_s``, ``stops`` and
            ``box_stops``; name any other in `needs`. For reading alone; ``Trips.of(trips)`` has more to read them by.
        vehicles
            Types by name, as column ``vehicle_type`` has them.
        conditions
            Temperature and electricity of the measured days.

        Returns
        -------
        Emitted
            Of each trip, in the order of the table, from 0 up; NOx and particles may be not a number.
            `molosim.seams.emitted` makes it from litres and kilowatt-hours.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what trips emit: it has no emit()")


def times_a_van(trips: Trips, vehicles: Vehicles) -> Floats:
    """How many times a diesel van's fuel each trip's vehicle takes."""
    return trips.of_vehicles(vehicles, lambda v: 1.0 if v.body == Body.VAN else TRUCK_SCALE.value)


def exhaust(trips: Trips, vehicles: Vehicles, diesel_van_g: Floats) -> Floats:
    """A pollutant of exhausts, g: the source's for diesel vans, none of electric vehicles, NaN (unknown) of others."""
    grams = unknown(trips)
    for vehicle, rows in trips.by_type(vehicles):
        if vehicle.energy == Energy.ELECTRICITY:
            grams[rows] = 0.0
        elif vehicle.energy == Energy.DIESEL and vehicle.body == Body.VAN:
            grams[rows] = diesel_van_g[rows]
    return grams


def unknown(trips: Trips) -> Floats:
    """Not a number for each trip: the source has no such figure."""
    return np.full(trips.count, np.nan)
