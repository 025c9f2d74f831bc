"""What was driven, as energy and CO2e: pure functions of the trip table, each figure with its source.

Tank-to-wheel (TTW) is what leaves the exhaust; well-to-wheel (WTW) adds the making of fuel or electricity. CO2 from
biomass is kept apart from both.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""

from __future__ import annotations

from collections.abc import Iterable

from molosim.emissions import cars
from molosim.emissions.conditions import Conditions
from molosim.emissions.driven import Trips
from molosim.emissions.emission_model import EmissionModel
from molosim.emissions.emitted import Emitted
from molosim.emissions.models import MODELS, emit_as_configured
from molosim.emissions.models.average_speed import AverageSpeed
from molosim.emissions.models.flat import Flat
from molosim.emissions.models.speed_stop import SpeedStop
from molosim.emissions.sources import CERTAINTY, EmissionFactor
from molosim.runtime.arrays import Floats

__all__ = [
    "CERTAINTY",
    "MODELS",
    "AverageSpeed",
    "Conditions",
    "EmissionModel",
    "Emitted",
    "Factor",
    "Flat",
    "Floats",
    "SpeedStop",
    "Trips",
    "emit_as_configured",
    "factors",
]


def factors(models: Iterable[EmissionModel] = MODELS.values()) -> list[EmissionFactor]:
    """Every factor of some models, and of residents' cars, once, in the order in which they use them."""
    of_models = [factor for model in models for factor in model.sources]
    return list(dict.fromkeys([*of_models, *cars.SOURCES]))
