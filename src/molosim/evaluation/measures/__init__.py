"""Tables of one run in, one row of numbers out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from molosim.emissions import MODELS, EmissionModel
from molosim.emissions.own_models import models_by_key
from molosim.evaluation import guards
from molosim.evaluation.measures import allocation_measures, environment, operations, service, tour_measures
from molosim.evaluation.run_view import Measure, RunView, Tables
from molosim.inputs.components import EMISSION_MODELS
from molosim.inputs.scenario import Scenario
from molosim.runtime.files import read_rows

__all__ = ["HEADLINE", "MEASURES", "PLAUSIBILITY", "Measure", "RunView", "Tables", "band", "measure", "measured"]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        m.name: m
        for m in (
            *environment.MEASURES,
            *allocation_measures.MEASURES,
            *operations.MEASURES,
            *tour_measures.MEASURES,
            *service.MEASURES,
        )
    }
)
"""Every measure by its name, in the order of the columns of ``replications.parquet``."""

_SHOWN = read_rows(Path(__file__).with_name("shown.csv"))
HEADLINE = tuple(row["measure"] for row in _SHOWN if row["list"] == "headline")
"""Names of the measures that a reader sees first, in this order."""

PLAUSIBILITY = tuple(row["measure"] for row in _SHOWN if row["list"] == "plausibility")
"""Names of the measures by which an expert sees whether a run makes sense."""


def measure(tables: Tables, scenario: Scenario, *, of: str = "this run") -> dict[str, float]:
    """Every measure of one run; not a number where one is not defined, such as kilograms per tour without tours.

    Parameters
    ----------
    tables, scenario
        What it left behind, and what it was told.
    of
        Its alternative; errors name it.

    Raises
    ------
    ScenarioError
        A key figure lies outside its plausible range: the run is no result.
    """
    return measured(RunView(tables, scenario), of=of)


def measured(view: RunView, *, of: str = "this run") -> dict[str, float]:
    """As `measure`, of a view that others read too."""
    guards.check(view, of)
    return {name: float(m.value(view)) for name, m in MEASURES.items()}


def band(view: RunView) -> dict[str, dict[str, float]]:
    """Measures of CO2e by each emission model that can be applied, all vehicles by it: what depends on the method.

    Models are those that ship, by name, then a user's own: the headline, those of vehicles, and ``emissions.compared``.
    """
    return {
        name: {measure: value(view, model) for measure, value in environment.BAND.items()}
        for name, model in models_of(view.scenario).items()
        if view.applicable(model)
    }


def models_of(scenario: Scenario) -> dict[str, EmissionModel]:
    """Every emission model that a scenario's results are measured by: those that ship, then those that it names."""
    found = dict(MODELS)
    for model in models_by_key(scenario).values():
        if model not in found.values():
            name = EMISSION_MODELS.name(model)
            others = sum(key.partition(" ")[0] == name for key in found)
            found[f"{name} {others + 1}" if others else name] = model
    return found
