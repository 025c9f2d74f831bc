"""A stored run measured again under another emission model or other electricity, without simulating."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from molosim.emissions import EmissionModel
from molosim.emissions.grid import conditions_of
from molosim.emissions.models import model_named
from molosim.evaluation.measures import allocation_measures, band, environment, measured
from molosim.evaluation.run_view import RunView
from molosim.experiments.run import write_measures
from molosim.inputs.components import EMISSION_MODELS, KIND, plain, record
from molosim.inputs.emission_settings import FileGrid
from molosim.inputs.scenario import Scenario
from molosim.results.folder import CONFIG
from molosim.results.input_copies import write_inputs
from molosim.results.provenance import check_sources
from molosim.results.results import Results
from molosim.runtime import written
from molosim.runtime.cache import content_key
from molosim.runtime.errors import Fault, ScenarioError, refuse
from molosim.runtime.files import remove, take_place, unfinished, writing

MEASURED = "measured"
"""Folder of what was measured again, within a result folder."""
COMPONENTS = "components.json"
"""In it, which models of the user's own it was measured by."""
_OF_EMISSIONS = {m.name for m in (*environment.MEASURES, *allocation_measures.MEASURES)}


def remeasure(folder: Path, model: str | EmissionModel, *, grid: Mapping[str, object] | None = None) -> Path:
    """Measure a run again with every vehicle by one emission model.

    Parameters
    ----------
    folder
        A result of `molosim.run`; its own tables stay as they are.
    model
        A name, ``module:Class``, or an object.
    grid
        In place of ``emissions.grid``: a file of hours, in the zone of the run's own file where it names none.

    Returns
    -------
    Path
        ``folder/measured/NAME`` (see `folder_name`) with the replications' measures, the comparison, the band over all
        models, and the configuration that these belong to. Measures that rest on counts not kept on disk are as the
        run had them.

    Raises
    ------
    ScenarioError
        No such model; no complete result of a run; tables that are missing, broken or not of this run.
    """
    model = _model(model)
    results = Results(folder)
    scenario = _by(results.scenario, model, grid)
    conditions_of(scenario)
    stored, rows, by_model = results.rows(), [], []
    runs = {(name, i) for name in scenario.alternatives for i in range(scenario.horizon.replications)}
    if set(stored) != runs:
        raise ScenarioError.at(str(results.path("replications")), "is of another run than config.toml")
    for number in range(scenario.horizon.replications):
        for alternative, view in results.views(scenario, number):
            _check_needs(results, model, view)
            rows.append(_again(stored[alternative, number], view))
            by_model += [
                {"alternative": alternative, "replication": number, "model": name, **values}
                for name, values in band(view).items()
            ]
    return _write(folder / MEASURED / folder_name(model), scenario, rows, by_model)


def _model(model: str | EmissionModel) -> EmissionModel:
    if not isinstance(model, str):
        return model
    try:
        return model_named(model)
    except ValidationError as error:
        keys = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        problem = f"'{model}' needs parameters ({keys}); measure by an object of it: molosim.measure(FOLDER, OBJECT)"
        raise ScenarioError.at("--emissions", problem) from None
    except ValueError as error:
        problem = str(error).partition("\n")[0]
        raise ScenarioError.at("--emissions", problem) from None


def folder_name(model: EmissionModel) -> str:
    """Name of the folder for what is measured by a model: its own, with a hash where parameters are not the usual.

    Raises
    ------
    ScenarioError
        Its class cannot be found again by a name.
    """
    said = plain(model, "--emissions")
    name = str(said.pop(KIND))
    try:
        is_usual = plain(model_named(name), "--emissions") == {KIND: name, **said}
    except ValidationError:  # it has no usual parameters
        is_usual = False
    return name.replace(":", ".") + ("" if is_usual else f"-{content_key(said)[:8]}")


def _check_needs(results: Results, model: EmissionModel, view: RunView) -> None:
    for need in model.needs:
        if need not in view.tables.trips:
            raise ScenarioError.at(
                str(results.path("trips")), f"has no column '{need}', which '{EMISSION_MODELS.name(model)}' needs"
            )


def _by(scenario: Scenario, model: EmissionModel, grid: Mapping[str, object] | None) -> Scenario:
    own = scenario.emissions.grid
    # The days stay where they were: other hours of theirs are in the same zone unless it is said again.
    there = {"zone": own.zone} if isinstance(own, FileGrid) else {}
    electricity = {} if grid is None else {"emissions.grid": {**there, **grid}}
    changed = scenario.but({"emissions.model": model, **electricity})
    vehicles = {name: v.model_copy(update={"emission_model": None}) for name, v in changed.vehicles.items()}
    return changed.model_copy(update={"vehicles": vehicles})


def _again(stored: Mapping[str, object], view: RunView) -> dict[str, object]:
    """A row with what can be measured from the tables; the rest as it was."""
    row: dict[str, object] = {name: stored[name] for name in ("alternative", "replication")}
    for name, value in measured(view, of=str(stored["alternative"])).items():
        known_now = name in _OF_EMISSIONS or math.isfinite(value)
        row[name] = value if known_now or stored.get(name) is None else stored[name]
    return row


def _write(out: Path, scenario: Scenario, rows: list[dict[str, object]], by_model: list[dict[str, object]]) -> Path:
    """The measures in their folder, which is whole or as it was before."""
    _check(out)
    with writing(out):
        out.parent.mkdir(exist_ok=True)
        work = unfinished(out)
        work.mkdir()
        try:
            write_measures(work, scenario.baseline, rows, by_model)
            write_inputs(work, scenario)
            models = [one for one in record(scenario) if one["key"].startswith("emissions.")]
            (work / COMPONENTS).write_text(json.dumps({"components": models}, indent=2) + "\n", encoding="utf-8")
            take_place(work, out)
        finally:
            remove(work)
    return out


def _check(out: Path) -> None:
    faults = [
        Fault(str(path), "is not a folder of molosim measure; move it")
        for path in (out.parent, out)
        if path.is_symlink() or (path.exists() and not path.is_dir())
    ]
    if out.is_dir() and not faults and written.home_of(out) is None:
        faults.append(Fault(str(out), f"is in a folder without {written.LIST} that says what molosim wrote; move it"))
    refuse(faults)
    written.check_ours(out)


def home_of(folder: Path, model: str | EmissionModel) -> Path:
    """Where a run has been measured again by a model.

    Raises
    ------
    ScenarioError
        No such model, nobody has done that yet, or a model of the user's own has another source now.
    """
    found = folder / MEASURED / folder_name(_model(model))
    name = model if isinstance(model, str) else EMISSION_MODELS.name(model)
    command = f"molosim measure {folder} --emissions {name}"
    if not (found / CONFIG).is_file():
        raise ScenarioError.at("--emissions", f"the run has not been measured by '{name}' yet; first: {command}")
    try:
        content = json.loads((found / COMPONENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ScenarioError.at(str(found / COMPONENTS), f"cannot be read; measure again: {command}") from None
    check_sources(found, content, mend=f"measure again: {command}")
    return found
