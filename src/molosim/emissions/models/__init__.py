"""Emission models that ship, by their name in a configuration; a new one is a file here with a ``BUILT_IN``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emission_model import EmissionModel
from molosim.emissions.emitted import Emitted
from molosim.inputs.components import EMISSION_MODELS
from molosim.runtime.arrays import Columns

MODELS = cast("Mapping[str, EmissionModel]", EMISSION_MODELS.built_in)
"""Emission models by their name in the configuration."""


def model_named(name: str) -> EmissionModel:
    """An emission model by its name or ``module:Class``, with its defaults.

    Raises
    ------
    ValueError
        There is none, or it cannot do without parameters.
    """
    found = EMISSION_MODELS.find(name)
    return cast("EmissionModel", found() if isinstance(found, type) else found)


def emit_as_configured(model: EmissionModel, trips: Columns, vehicles: Vehicles, conditions: Conditions) -> Emitted:
    """Energy and emissions of each trip: vehicle types by the model that they name themselves, others by ``model``."""
    trips = Trips.of(trips)
    found = model.emit(trips, vehicles, conditions)
    for vehicle, rows in trips.by_type(vehicles):
        if vehicle.emission_model not in (None, model):
            found = found.with_rows_of(vehicle.emission_model.emit(trips, vehicles, conditions), rows)
    return found
