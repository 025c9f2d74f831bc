"""Who drives: vehicle types, shifts, carriers with their home deliveries, the municipality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
)

from molosim.inputs.components import EmissionModel
from molosim.inputs.named_files import InputFile
from molosim.inputs.validation import Name, Spec, once_each
from molosim.trips import Body, Energy

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekdays = Annotated[tuple[Weekday, ...], AfterValidator(once_each)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class Place(Spec):
    """A named point."""

    name: Name
    lon: Longitude
    lat: Latitude


class VehicleType(Spec):
    """A kind of vehicle."""

    volume_l: PositiveFloat
    payload_kg: PositiveFloat
    adr_points: NonNegativeFloat = 1000
    """Limit of ADR 1.1.3.6 per transport unit; more would need full ADR."""
    body: Body
    """Which emission figures apply; bikes drive on a network of their own."""
    energy: Energy = Energy.DIESEL
    battery_kwh: PositiveFloat | None = None
    """Usable, of an electric vehicle; without it the vehicle's range is no limit and its charging is not simulated."""
    reserve_share: float = Field(default=0.1, ge=0, lt=1)
    """Of a full battery, left untouched by plans."""
    charge_kw: PositiveFloat = 50
    """Most power that it takes at a socket."""
    emission_model: EmissionModel | None = None
    """In the headline figures, in place of ``emissions.model``; a model's own figures count all types by it."""
    cost_per_km: NonNegativeFloat
    cost_per_h: NonNegativeFloat
    """With its crew."""


class Shift(Spec):
    """When vehicles are out."""

    weekdays: Weekdays = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1)
    start_h: float = Field(ge=0, lt=24)
    hours: float = Field(gt=0, le=16)
    on_holidays: bool = False


class HomeDeliveries(Spec):
    """Explicit stops at addresses, drawn anew each day."""

    kind: Literal["generated"] = "generated"
    stops_per_van_day: PositiveFloat
    stop_s: PositiveFloat
    """Handling at a stop: park, walk, hand over."""
    litres_per_stop: PositiveFloat
    kg_per_stop: PositiveFloat
    sigma: NonNegativeFloat = 0.8
    """Of the log of volume and mass."""


class OwnTours(Spec):
    """The carrier's own tours, from a table of stops; every replication has the same."""

    kind: Literal["table"]
    file: Annotated[str, InputFile("stops")]
    """CSV or Parquet, see ``docs/stop_tables.md``."""
    carrier: str | None = None
    """Its name in the table, where that is another one."""
    order: Literal["kept", "improved", "anew"] = "kept"
    """``kept``: tours and sequence as in the table; ``improved``: each tour's stops in a shorter order; ``anew``: a
    day's stops shared out among the vans by territory, as generated ones are."""
    repeat: Literal["weekday", "in_turn"] = "weekday"
    """Dates that the table lacks take its days of the same weekday in turn, or all its days in turn."""
    litres_per_stop: PositiveFloat = 25
    """Of stops whose volume the table does not say, as the next two."""
    kg_per_stop: PositiveFloat = 2
    stop_s: PositiveFloat = 150
    max_snap_m: PositiveFloat = 200
    """A stop farther than this from any road is an error."""
    merge_m: NonNegativeFloat = 25
    """Stops in the same square of this width are at one place."""


def _kind_of_home(value: Any) -> str:
    """Which home deliveries are meant; generated ones need not say so."""
    kind = value.get("kind", "generated") if isinstance(value, Mapping) else getattr(value, "kind", "generated")
    return str(kind)


Home = Annotated[
    Annotated[HomeDeliveries, Tag("generated")] | Annotated[OwnTours, Tag("table")], Discriminator(_kind_of_home)
]


class ToStore(Spec):
    """Waste is unloaded into the depot's own store; transfer runs bring it to the reception."""

    kind: Literal["store"] = "store"
    mass_limit_kg: PositiveFloat
    points_limit: PositiveFloat
    """ADR points the store may hold."""
    empty_at: float = Field(default=0.8, gt=0, le=1)
    """Fill (mass or points) at which a transfer run is ordered."""
    max_age_days: PositiveInt
    vehicle: str
    """Vehicle type of the transfer run."""
    unload_s: NonNegativeFloat = 900


class ToReception(Spec):
    """A van with waste drives to the reception at its tour's end."""

    kind: Literal["reception"] = "reception"
    unload_s: NonNegativeFloat = 600


class FleetFrom(Spec):
    """Vehicles by type from a year on, until a later entry."""

    from_year: int = Field(ge=1990, le=2150)
    mix: dict[str, NonNegativeInt] = Field(min_length=1)
    """Number by vehicle type; those that it does not make up are of the type that ``vehicle`` names."""


class Charging(Spec):
    """Sockets at a depot, where vehicles with batteries charge from their return on."""

    sockets: PositiveInt | None = None
    """As many vehicles charge at a time, the next one when one is full; one for each vehicle where it is not given."""
    kw: PositiveFloat = 11


class Charger(Place):
    """Sockets on the map: a vehicle may charge here during its tour, the driver waiting."""

    sockets: PositiveInt = 1
    kw: PositiveFloat = 50


class Tender(Spec):
    """A rule of the municipality's: which vehicles may come to boxes."""

    from_year: int = Field(ge=1990, le=2150)
    energy: tuple[Energy, ...] = Field(default=(Energy.ELECTRICITY,), min_length=1)
    """Allowed; what is for boxes goes with such vehicles, others make no visits there."""


class Carrier(Spec):
    """A parcel company."""

    name: Name
    depot: Place
    shift: Shift
    vans: PositiveInt
    """Vehicles, and the measure of its home deliveries."""
    vehicle: str
    """Their type."""
    fleet: tuple[FleetFrom, ...] = ()
    """Other types; the year in which the horizon starts decides."""
    charging: Charging = Charging()
    parcel_share: float = Field(gt=0, le=1)
    """Of the boxes' parcels."""
    home: Home
    takes_waste: bool = True
    waste_to: Annotated[ToStore | ToReception, Field(discriminator="kind")]


class BoxStop(Spec):
    """Time a driver spends at a box."""

    fixed_s: NonNegativeFloat = 240
    parcel_s: NonNegativeFloat = 20
    container_s: NonNegativeFloat = 60


class Municipality(Spec):
    """Dedicated collection and where waste goes."""

    depot: Place
    shift: Shift
    vehicle: str
    vehicles: PositiveInt = 1
    fleet: tuple[FleetFrom, ...] = ()
    """Other types; the year in which the horizon starts decides."""
    charging: Charging = Charging()
    reception: Place
    recycling_centres: tuple[Place, ...] = Field(min_length=1)
    unload_s: NonNegativeFloat = 900


class Breakdowns(Spec):
    """Vans that do not finish."""

    per_van_day: float = Field(default=0, ge=0, le=1)
    """Probability that a tour ends early, at a moment uniform over its length."""


def mix_in(year: int, fleet: Sequence[FleetFrom], vehicle: str, number: int) -> dict[str, int]:
    """Number of vehicles by type in a year.

    Of ``fleet`` the last entry that has begun counts. What it does not make up of ``number`` vehicles is of type
    ``vehicle``, and comes first; types of which there is none are left out.
    """
    begun = [entry for entry in fleet if entry.from_year <= year]
    mix: Mapping[str, int] = max(begun, key=lambda entry: entry.from_year).mix if begun else {}
    rest = max(0, number - sum(mix.values()))
    every = ({vehicle: rest + mix.get(vehicle, 0)} if rest else {}) | {
        name: count + (rest if name == vehicle else 0) for name, count in mix.items()
    }
    return {name: count for name, count in every.items() if count}
