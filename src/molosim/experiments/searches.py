"""Searches of a design, each with a record in its folder by which it can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from molosim.evaluation.measures import MEASURES
from molosim.experiments import breakeven as roots
from molosim.experiments import decisions
from molosim.experiments import sensitivity as indices
from molosim.experiments.design import Design, load_design
from molosim.experiments.executors import Opening
from molosim.experiments.root_search import RootSearch
from molosim.experiments.search_record import SEARCH_FILES, recording
from molosim.experiments.selection import Effort
from molosim.experiments.sequential import Rule
from molosim.experiments.sweep import Evaluator
from molosim.experiments.tasks import Model, simulated
from molosim.inputs.cross_checks import known
from molosim.inputs.validation import must_be
from molosim.results.folder import MANIFEST, require_kind
from molosim.runtime.errors import ScenarioError, refuse

_SEARCHES: Mapping[str, tuple[Callable[..., pd.DataFrame], Mapping[str, Callable[..., Any]]]] = {
    "breakeven": (roots.run, {"search": RootSearch}),
    "decide": (decisions.run_decide, {"measure": str, "indifference": float, "effort": Effort}),
    "until": (decisions.run_until, {"measure": str, "rule": Rule, "batch": int}),
}
"""What searches, and its parameters."""
_OBJECTS = (RootSearch, Effort, Rule)


@dataclass(frozen=True, eq=False, slots=True)
class Searched:
    """What a search has found.

    Attributes
    ----------
    rows
        The table that it has written.
    file
        Where that is, in the folder of the search.
    computed
        How many tasks were not there already.
    """

    rows: pd.DataFrame
    file: Path
    computed: int


def search(
    command: str,
    design: Design,
    out: Path,
    parameters: Mapping[str, Any],
    *,
    opening: Opening | None = None,
    model: Model = simulated,
    tell: Callable[[str], object] | None = None,
) -> Searched:
    """Search a design, and write the tables and a record into its folder.

    Parameters
    ----------
    command
        ``breakeven``: where differences change sign; ``decide``: which sign they have at each point; ``until``: how
        large they are, to a half-width.
    design
        Whose factors are searched; its number of replications is not used.
    out
        Folder of the search; may be that of a sweep, whose tasks are used.
    parameters
        ``search``, a `RootSearch`; or ``measure``, ``indifference`` and ``effort``, an `Effort`; or ``measure``,
        ``rule``, a `Rule`, and ``batch``. A mapping may stand in place of an object.
    opening, model
        As of `molosim.experiments.sweep.sweep`.
    tell
        Called with a line for each break-even as it is found.

    Raises
    ------
    ScenarioError
        For parameters, factors and folders that cannot be used.
    """
    must_be(design, Design, "design", "molosim.load_design")
    run, keys = _SEARCHES[command]
    asked = _checked(command, parameters, keys)
    told = {"tell": tell} if command == "breakeven" else {}
    plain = {key: asdict(value) if isinstance(value, _OBJECTS) else value for key, value in asked.items()}
    with (
        Evaluator(design, out, opening=opening, model=model) as evaluate,
        recording(out, design, model, command, plain) as work,
    ):
        table = run(design, evaluate, work, **asked, **told)
    return Searched(table, out / SEARCH_FILES[command][0], evaluate.computed)


def sensitivity(folder: Path, *, model: Model = simulated) -> pd.DataFrame:
    """Analyse a finished sweep, and write ``sensitivity.csv`` and a record into its folder.

    Raises
    ------
    ScenarioError
        The folder is of no finished sweep, or as `molosim.experiments.sensitivity.analyse`.
    """
    require_kind(folder, "sensitivity")
    with recording(folder, load_design(folder), model, "sensitivity", {}) as work:
        return indices.run(folder, work)


def repeat(record: Mapping[str, Any], design: Design, out: Path, *, opening: Opening | None, model: Model) -> None:
    """Repeat a search from its record; parameters otherwise as of `search`.

    Raises
    ------
    ScenarioError
        As `search`, and for records that molosim has not written.
    """
    if record["command"] == "sensitivity":
        sensitivity(out, model=model)
    else:
        search(record["command"], design, out, record["parameters"], opening=opening, model=model)


def _checked(command: str, parameters: Mapping[str, Any], keys: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """Parameters as the search takes them, also where they come from a record."""
    try:
        asked = {key: parameters[key] for key in keys}
        made = {key: keys[key](**one) if isinstance(one, dict) else one for key, one in asked.items()}
    except (KeyError, TypeError) as error:
        problem = f"has no parameters of '{command}' such as molosim writes: {error}"
        raise ScenarioError.at(MANIFEST, problem) from None
    refuse(known("measure", made["measure"], MEASURES) if "measure" in made else [])
    return made
