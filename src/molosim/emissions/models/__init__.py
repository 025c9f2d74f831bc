"""Emission models that ship, by their name in a configuration; a new one is a file here with a ``BUILT_IN``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emission_model import EmissionModel
from molosim.emissions.emitted import Emitted
from molosim.emissions.own_models import emit_by
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
    found = emit_by("emissions.model", model, trips, vehicles, conditions)
    for name, rows in trips.rows_by_type():
        own = vehicles[name].emission_model
        if own not in (None, model):
            of_own = emit_by(f"vehicles.{name}.emission_model", own, trips, vehicles, conditions)
            found = found.with_rows_of(of_own, rows)
    return found
