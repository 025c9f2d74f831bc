"""What the author of an own policy, emission model or demand needs beside the names of `molosim`.

Three seams are open. A component is a class of yours that derives from its seam's class, has its parameters as fields
(they are pydantic models: types, defaults and ranges are checked), and overrides what it decides:

``molosim.CollectionPolicy``, under ``alternatives.NAME``
    `visits`: boxes that collection vehicles visit today; `pickup_fill`: from which fill a passing van takes containers;
    `detours`: boxes that vans visit for waste alone. A `BoxStatus` is all that it may know of a box. A `Trigger` in
    place of the whole policy says which boxes are due, for the policies that ship.
``molosim.EmissionModel``, under ``emissions.model``
    `emit`: `Trips` and `Vehicles` under `Conditions` -> `Emitted`, best made by `emitted` from litres and
    kilowatt-hours, with one of `FUELS` and `unknown` for what its source has no figure of; figures with their sources
    are `EmissionFactor`; `needs` names columns of trips beside the usual ones.
``molosim.Demand``, under ``residents.demand``
    `parcels`, `sent`, `waste`: what arises in a box's `Catchment` of households over the days of a `DemandContext`,
    which `demand_context` makes of a scenario, for tests.

Each may have `faults`: what nobody could carry out or draw from, a `Fault` with the key as its place; they are asked
before anything runs. The other names here are types of what is given (`Carrier`, `Waste`, `Columns` ...).
docs/seams.md has every class with its methods, fields, units and meanings; what is given can be read but not changed.

What a component fails with, or returns that cannot be, ends the run with one line and exit code 2: its key, its class
and method, what was found and what is allowed, or the file and line that raised.

The class must be in a module that can be imported (on PYTHONPATH or installed), not in a script or a notebook. It is
named alike in a configuration and in Python:

    alternatives.mine = { kind = "my_policies:Weekly", day = 4 }                       # TOML
    scenario = scenario.but({"alternatives.mine": my_policies.Weekly(day=4)})          # Python

Each field is a key path from then on (``alternatives.mine.day``), for `Scenario.but` and as a factor of a design. A
field ``file: Annotated[str, InputFile()]`` names a file, which is found, hashed and copied into results as others are.

A result records the class, its parameters and a hash of every file of the package that defines it, and of what that
imports of yours; `molosim.rerun` refuses where the files are others today. Refused before anything runs: a class of a
script, notebook or function, with the line that mends it; one whose values TOML cannot hold; one that would be written
down as another class or with other values; one that was changed, or whose files were, since it was imported.
"""

from __future__ import annotations

from molosim.demand.demand import (
    Catchment,
    DemandContext,
    ParcelsAddressed,
    ParcelsSent,
    WasteArisen,
    demand_context,
)
from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emission_model import FUELS, unknown
from molosim.emissions.emitted import Emitted, Fuels, emitted
from molosim.emissions.sources import EmissionFactor
from molosim.inputs.days import DAY_S, Days
from molosim.inputs.fleet import WEEKDAYS, Carrier, Municipality, VehicleType, Weekday
from molosim.inputs.named_files import InputFile
from molosim.inputs.residents import Residents, Waste
from molosim.policies.policy import BoxStatus, Detour, Today, Visit
from molosim.policies.trigger import Trigger
from molosim.runtime.arrays import Columns, Floats, Ints
from molosim.runtime.errors import Fault
from molosim.trips import Body, Energy

__all__ = [
    "DAY_S", "FUELS", "WEEKDAYS", "Body", "BoxStatus", "Carrier", "Catchment", "Columns", "Conditions", "Days",
    "DemandContext", "Detour", "EmissionFactor", "Emitted", "Energy", "Fault", "Floats", "Fuels", "InputFile", "Ints",
    "Municipality", "ParcelsAddressed", "ParcelsSent", "Residents", "Today", "Trigger", "Trips", "VehicleType",
    "Vehicles", "Visit", "Waste", "WasteArisen", "Weekday", "demand_context", "emitted", "unknown",
]  # fmt: skip
