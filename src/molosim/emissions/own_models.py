"""What emission models are asked by a scenario, and what those of a user's own may answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from types import MappingProxyType

import numpy as np

from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips, Vehicles
from molosim.emissions.emission_model import EmissionModel
from molosim.emissions.emitted import Emitted
from molosim.emissions.sources import EmissionFactor
from molosim.inputs.asked import asking, name_of
from molosim.inputs.scenario import Scenario
from molosim.runtime.errors import ScenarioError, did_you_mean
from molosim.runtime.source import is_own

_MAY_BE_UNKNOWN = ("nox_g", "particles_g")


def models_by_key(scenario: Scenario) -> dict[str, EmissionModel]:
    """Every emission model that a scenario names, by its key path."""
    said = scenario.emissions
    named = {
        "emissions.model": said.model,
        **{f"vehicles.{name}.emission_model": vehicle.emission_model for name, vehicle in scenario.vehicles.items()},
        **{f"emissions.compared.{number}": model for number, model in enumerate(said.compared)},
    }
    return {key: model for key, model in named.items() if model is not None}


def check_models(scenario: Scenario, columns: Collection[str]) -> None:
    """Refuse models that could not be applied after a run, before it.

    Parameters
    ----------
    scenario
        Which names them.
    columns
        Those that every table of trips has.

    Raises
    ------
    ScenarioError
        A column that no table has, a source that is none, or an error of the model's own.
    """
    for key, model in models_by_key(scenario).items():
        with asking(key, model, "needs"):
            if lacking := [name for name in model.needs if name not in columns]:
                problem = f"needs a column '{lacking[0]}' of trips" + did_you_mean(lacking[0], columns)
                raise ScenarioError.at("", problem)
        with asking(key, model, "sources"):
            if wrong := [one for one in model.sources if not isinstance(one, EmissionFactor)]:
                problem = f"{name_of(model, 'sources')} has {wrong[0]!r:.60}; each must be an EmissionFactor"
                raise ScenarioError.at("", problem)
        with asking(key, model, "cold_cars"):
            bool(model.cold_cars)


def emit_by(key: str, model: EmissionModel, trips: Trips, vehicles: Vehicles, conditions: Conditions) -> Emitted:
    """What a model, which stands at a key path, says of trips.

    Raises
    ------
    ScenarioError
        A model of a user's own fails, or says what cannot be.
    """
    with asking(key, model, "emit"):
        found = model.emit(trips, MappingProxyType(vehicles), conditions)
        if not is_own(type(model)):
            _check(found, trips.count, name_of(model, "emit"))
    return found


def _check(found: object, trips: int, of: str) -> None:
    if not isinstance(found, Emitted):
        raise ScenarioError.at("", f"{of} returned {found!r:.60}; must be an Emitted, as molosim.seams.emitted makes")
    for name in (field.name for field in fields(Emitted)):
        values = getattr(found, name)
        if type(values) is not np.ndarray or values.dtype != np.float64 or values.shape != (trips,):
            what = f"{values.dtype} {values.shape}" if isinstance(values, np.ndarray) else f"{values!r:.60}"
            raise ScenarioError.at("", f"{of} returned {name} {what}; must be an array float64 ({trips},), one a trip")
        possible = (values >= 0) & (values < np.inf)
        unknown = " or not a number" if name in _MAY_BE_UNKNOWN else ""
        if len(rows := np.flatnonzero(~(possible | np.isnan(values)) if unknown else ~possible)):
            problem = f"{of} returned {name} {values[rows[0]]} for trip {rows[0]}; must be a number from 0 up{unknown}"
            raise ScenarioError.at("", problem)
