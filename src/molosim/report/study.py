"""The folder of a sweep or a search as its report reads it; nothing here knows the simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from molosim.evaluation.statistics import INFEASIBLE, together
from molosim.experiments.design import Design, Factor, load_design
from molosim.inputs.components import POLICIES
from molosim.report.language import tr
from molosim.report.number_text import number
from molosim.results.folder import found_manifest
from molosim.results.reader import ResultReader
from molosim.results.schema import FACTOR
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import read_toml

FIRST = ("co2e_wtw_city_kg", "km_city", "cost_waste", "waste_treated_share")
"""Measures drawn where a design compares them; others take their places where it does not."""
DRAWN = 4
FOLLOWED = ("decisions", "known")
"""Tables of searches that follow every point until something is known."""


@dataclass(frozen=True)
class Study:
    """What a sweep or a search has found."""

    design: Design
    sharing: frozenset[str]
    """Alternatives in which vans take waste."""
    differences: pd.DataFrame
    """A row per point, alternative and measure; may be empty.

    Of a sweep, with Holm's correction over all points of each; else of a search that followed every point.
    """
    roots: pd.DataFrame
    tried: pd.DataFrame
    """Of a break-even search; empty where there was none."""
    decided: pd.DataFrame
    """Of searches that followed every point until something was known; empty where there was none."""
    sensitivity: pd.DataFrame
    """Empty where there was none."""
    failed: int
    """Runs that ended in an error."""
    runs: pd.DataFrame
    """A row per point, replication and alternative, without those that failed; may be empty."""
    language: str = "en"
    """In which its base says that a report is written."""
    about_map: Mapping[str, Any] = field(default_factory=dict)
    """What its manifest says of the map."""

    @cached_property
    def alternatives(self) -> tuple[str, ...]:
        """Those compared with the baseline, the sharing ones first."""
        names = [str(name) for table in self._compared for name in table["alternative"].unique()]
        return tuple(sorted(dict.fromkeys(names), key=lambda name: name not in self.sharing))

    @cached_property
    def baseline(self) -> str:
        """What they are compared with."""
        return str(next(table["baseline"].iloc[0] for table in self._compared))

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Those to draw, the most important first."""
        there = [str(name) for table in self._compared for name in table["measure"].unique()]
        wanted = [name for name in FIRST if name in there]
        return tuple(dict.fromkeys([*wanted, *there]))[:DRAWN]

    @cached_property
    def points(self) -> int:
        """Points that were tried."""
        return int(self.differences["point"].nunique()) if len(self.differences) else 0

    @cached_property
    def n(self) -> str:
        """Paired replications a point, in words."""
        counts = self.differences["n"] if len(self.differences) else self.tried["n"]
        low, high = int(counts.min()), int(counts.max())
        return number(low) if low == high else tr("{low} to {high}", low=number(low), high=number(high))

    @property
    def _compared(self) -> list[pd.DataFrame]:
        return [table for table in (self.differences, self.roots) if len(table)]

    def infeasible(self, alternative: str) -> int:
        """Points at which a plan of it, or of the baseline, could not be driven."""
        if not self.points:
            return 0
        table = self.differences
        return int(table[(table["alternative"] == alternative) & undriven(table)]["point"].nunique())

    def of(self, alternative: str, measure: str) -> pd.DataFrame:
        """Differences of one measure, a row per point."""
        table = self.differences
        return table[(table["alternative"] == alternative) & (table["measure"] == measure)]

    def factor(self, name: str) -> Factor:
        """A factor by its name."""
        return next(factor for factor in self.design.factors if factor.name == name)

    def axis(self, name: str) -> str:
        """Label of a factor's axis."""
        factor = self.factor(name)
        unit = factor.unit or (tr("times the base's") if factor.relative else "")
        return f"{name} ({unit})" if unit else name


def read(folder: Path) -> Study:
    """Read the folder of a sweep, of searches, or of both.

    Raises
    ------
    ScenarioError
        If it holds neither, or files that this version did not write.
    """
    design, config = load_design(folder), _config(folder)
    stored = ResultReader(folder)
    needed = ("differences", "breakeven", *FOLLOWED)
    if not any(stored.has(name) for name in needed):
        files = ", ".join(stored.path(name).name for name in needed)
        problem = f"has none of {files}; a report needs a finished sweep or search"
        raise ScenarioError.at(str(folder), problem)
    try:
        differences, runs = _frame(stored, "differences"), _frame(stored, "runs")
        decided = _decided(stored, design)
        study = Study(
            design=design,
            sharing=frozenset(name for name, policy in config.get("alternatives", {}).items() if _shares(policy)),
            differences=_together(differences) if len(differences) else _as_differences(decided),
            roots=_searched(stored, "breakeven", design),
            tried=_searched(stored, "breakeven_tried", design),
            decided=decided,
            sensitivity=_analysed(stored, design),
            failed=int(runs["error"].notna().sum()) if "error" in runs else 0,
            runs=runs[runs["error"].isna()] if "error" in runs else runs,
            language=str(config.get("report", {}).get("language", "en")),
            about_map=found_manifest(folder).get("map", {}),
        )
    except (ValueError, KeyError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ScenarioError.at(str(folder), f"not a sweep that this version wrote: {reason}") from None
    if study.differences.empty and study.roots.empty:
        raise ScenarioError.at(str(folder), "compares nothing: there is no alternative but the baseline")
    return study


def _together(differences: pd.DataFrame) -> pd.DataFrame:
    """All points of one alternative and measure are one family: they answer one question."""
    groups = differences.groupby(["alternative", "measure"], sort=False)
    return pd.concat([together(group) for _, group in groups]).sort_index()


def _frame(stored: ResultReader, name: str) -> pd.DataFrame:
    return stored.frame(name) if stored.has(name) else pd.DataFrame()


def _searched(stored: ResultReader, name: str, design: Design) -> pd.DataFrame:
    """A search's table, unless it is left from another design in the same folder."""
    table = _frame(stored, name)
    named = {*table["factor"].unique(), *table["second"].dropna().unique()} if len(table) else set()
    return table if named == set(design.names) else pd.DataFrame()


def _decided(stored: ResultReader, design: Design) -> pd.DataFrame:
    """Both tables of such searches as one; ``verdict`` also has the words of decisions."""
    tables = [_frame(stored, name).rename(columns={"decision": "verdict"}) for name in FOLLOWED]
    factors = {f"{FACTOR}{name}" for name in design.names}
    found = [table.assign(search=number) for number, table in enumerate(tables) if factors <= set(table)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _as_differences(decided: pd.DataFrame) -> pd.DataFrame:
    """The first of these searches, as a sweep has its differences."""
    if decided.empty:
        return decided
    first: pd.DataFrame = decided[decided["search"] == decided["search"].min()]
    verdict = first["verdict"].replace(["within the indifference", "undecided"], "no difference shown")
    return first.assign(point=first.groupby(["alternative", "measure"]).cumcount(), verdict=verdict)


def _analysed(stored: ResultReader, design: Design) -> pd.DataFrame:
    """As `_searched`, of sensitivity."""
    table = _frame(stored, "sensitivity")
    if table.empty:
        return table
    single = set(table.loc[table["index"] != "second", "factor"])
    return table if single == set(design.names) and table["method"].eq(design.sampling.kind).all() else pd.DataFrame()


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.toml"
    return read_toml(path) if path.is_file() else {}


def _shares(policy: Mapping[str, Any]) -> bool:
    """Whether vans take waste; a policy whose class is not on this machine is called by its name alone."""
    try:
        found: Any = POLICIES.find(str(policy.get("kind")))
    except ValueError:
        return False
    return bool(found.shares)


def undriven(rows: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows of differences are no finding because a plan could not be driven."""
    return np.asarray(rows["verdict"] == INFEASIBLE, dtype=np.bool_)


def finite(values: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column as decimal numbers."""
    return np.asarray(values, dtype=np.float64)
