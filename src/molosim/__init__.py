"""Shared parcel and waste boxes of a city, simulated: what taking waste back in delivery vans saves.

>>> import molosim
>>> scenario = molosim.load("gothenburg")               # doctest: +SKIP
>>> results = molosim.run(scenario, "results/mine")     # doctest: +SKIP
>>> results.comparison                                  # doctest: +SKIP

The names here are what programs may rely on; `molosim.seams` has what else the author of an own policy, emission model
or demand needs. All other modules are internal: their names may change from one version to the next.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molosim.api.demand_fit import fit
    from molosim.api.runs import rerun, run
    from molosim.api.sites import site
    from molosim.api.stored import account, compare, export, measure, replay, write_figures, write_report
    from molosim.api.studies import breakeven, decide, merge, replicate_until, sensitivity, sweep
    from molosim.demand.demand import Demand
    from molosim.emissions.emission_model import EmissionModel
    from molosim.experiments.design import Design, load_design
    from molosim.fitting.fitted import FitOptions
    from molosim.inputs.named_files import InputFile
    from molosim.inputs.scenario import Scenario, load
    from molosim.policies.policy import CollectionPolicy
    from molosim.results.results import Results
    from molosim.runtime.errors import ScenarioError
    from molosim.siting.site_options import SiteOptions

__version__ = "0.1.0"
__all__ = [
    "CollectionPolicy", "Demand", "Design", "EmissionModel", "FitOptions", "InputFile", "Results", "Scenario",
    "ScenarioError", "SiteOptions", "__version__", "account", "breakeven", "compare", "decide", "export", "fit", "load",
    "load_design", "measure", "merge", "replay", "replicate_until", "rerun", "run", "sensitivity", "site", "sweep",
    "write_figures", "write_report",
]  # fmt: skip

_MODULES = {
    "api.demand_fit": ("fit",),
    "api.runs": ("rerun", "run"),
    "api.sites": ("site",),
    "api.stored": ("account", "compare", "export", "measure", "replay", "write_figures", "write_report"),
    "api.studies": ("breakeven", "decide", "merge", "replicate_until", "sensitivity", "sweep"),
    "demand.demand": ("Demand",),
    "emissions.emission_model": ("EmissionModel",),
    "experiments.design": ("Design", "load_design"),
    "fitting.fitted": ("FitOptions",),
    "inputs.named_files": ("InputFile",),
    "inputs.scenario": ("Scenario", "load"),
    "policies.policy": ("CollectionPolicy",),
    "results.results": ("Results",),
    "runtime.errors": ("ScenarioError",),
    "siting.site_options": ("SiteOptions",),
}
"""Where a name's module is, which is imported when the name is first used, so that ``import molosim`` stays light."""
_HOME = {name: module for module, names in _MODULES.items() for name in names}

if not TYPE_CHECKING:  # a checker takes every name for known where a module has this function

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            from molosim.runtime.errors import did_you_mean  # noqa: PLC0415 - as all others, when it is needed

            raise AttributeError(f"module 'molosim' has no attribute '{name}'{did_you_mean(name, __all__)}")
        found = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
