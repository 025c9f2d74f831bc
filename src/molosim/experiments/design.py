"""Designs: a question, the factors that answer it, and the points at which they are tried, from ``design.toml``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, PrivateAttr, model_validator

from molosim.evaluation.measures import HEADLINE, MEASURES
from molosim.inputs.cross_checks import known, repeated
from molosim.inputs.validation import Spec, checked
from molosim.results.folder import DESIGN
from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse, within
from molosim.runtime.files import read_toml

Value = bool | int | float | str
"""What a factor may be set to: a number, a choice, a file."""


class Normal(Spec):
    """Normal, cut at 0.1 and 99.9 %."""

    kind: Literal["normal"]
    mean: float
    sd: PositiveFloat


class LogNormal(Spec):
    """Log-normal by its median, cut at 0.1 and 99.9 %."""

    kind: Literal["lognormal"]
    median: PositiveFloat
    sigma: PositiveFloat
    """Standard deviation of the logarithm."""


class Triangular(Spec):
    """Triangular between ``low`` and ``high``."""

    kind: Literal["triangular"]
    low: float
    mode: float
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> Triangular:
        if not self.low <= self.mode <= self.high or self.low == self.high:
            raise ValueError(f"low, mode, high must ascend; found {self.low:g}, {self.mode:g}, {self.high:g}")
        return self


Distribution = Annotated[Normal | LogNormal | Triangular, Field(discriminator="kind")]


class Factor(Spec):
    """One thing that is varied: by a list of values, a range or a distribution."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    """Column ``factor_NAME`` of the tables."""
    key: str | tuple[str, ...]
    """Key path of the configuration, or several that are moved together; ``*`` stands for any one key."""
    unit: str = ""
    """For plots."""
    relative: bool = False
    """Values are multiples of what the base says, in place of what to put there."""
    values: tuple[Value, ...] | None = Field(default=None, min_length=1)
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    """How a range is divided."""
    distribution: Distribution | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key paths."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @model_validator(mode="after")
    def _one_way(self) -> Factor:
        ranged = self.low is not None or self.high is not None
        if (self.values is not None) + ranged + (self.distribution is not None) != 1:
            raise ValueError("needs one of: values; low and high; distribution")
        if ranged and (self.low is None or self.high is None or not self.low < self.high):
            raise ValueError(f"found low {self.low}, high {self.high}; both are needed, and low below high")
        if self.scale == "log" and (self.low is None or self.low <= 0):
            raise ValueError("scale 'log' needs a range above 0")
        if self.relative and any(isinstance(value, bool | str) for value in self.values or ()):
            raise ValueError("multiples must be numbers")
        return self


class Grid(Spec):
    """Every value of each factor with every value of the others."""

    kind: Literal["grid"]
    levels: int = Field(default=5, ge=2)
    """Values of a range; of a distribution, quantiles."""


class OneAtATime(Spec):
    """The base, then each factor's values with all others as in the base."""

    kind: Literal["one_at_a_time"]
    levels: int = Field(default=5, ge=2)


class LatinHypercube(Spec):
    """``n`` points that cover each factor evenly."""

    kind: Literal["latin_hypercube"]
    n: PositiveInt
    seed: NonNegativeInt = 1


class Sobol(Spec):
    """Saltelli's sample for Sobol' indices: ``n`` times the factors plus 2; twice the factors for second order."""

    kind: Literal["sobol"]
    n: PositiveInt
    second_order: bool = False
    seed: NonNegativeInt = 1

    @model_validator(mode="after")
    def _power_of_two(self) -> Sobol:
        if self.n & (self.n - 1):
            raise ValueError(f"n must be a power of 2, such as {2 ** round(math.log2(self.n))}; found {self.n}")
        return self


class Morris(Spec):
    """``n`` trajectories for Morris screening, each of the factors plus 1."""

    kind: Literal["morris"]
    n: int = Field(ge=2)
    levels: int = Field(default=4, ge=2)
    seed: NonNegativeInt = 1

    @model_validator(mode="after")
    def _even(self) -> Morris:
        if self.levels % 2:
            raise ValueError(f"levels must be even; found {self.levels}")
        return self


Sampling = Annotated[Grid | OneAtATime | LatinHypercube | Sobol | Morris, Field(discriminator="kind")]


class Design(Spec):
    """One experiment over many worlds: a base configuration, factors, and how they are sampled."""

    question: str
    base: str
    """Configuration that the factors vary: a file beside the design, or a bundled name."""
    overrides: dict[str, Any] = Field(default_factory=dict)
    """Key path -> value, at all points."""
    alternatives: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Those to run, of the base's; its baseline always is one."""
    factors: tuple[Factor, ...] = Field(min_length=1)
    sampling: Sampling
    replications: PositiveInt = 10
    seed: NonNegativeInt | None = None
    """Of the simulation, in place of the base's; all points share it."""
    measures: tuple[str, ...] = Field(default=HEADLINE, min_length=1)
    """Those compared in ``differences``; ``runs`` has all."""
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """Where files that it names are looked for."""
        return self._folder

    @property
    def names(self) -> tuple[str, ...]:
        """Of the factors."""
        return tuple(factor.name for factor in self.factors)

    def at(self, folder: Path) -> Design:
        """The same design with its files in another folder.

        Parameters
        ----------
        folder
            Where its base and the files that factors name are looked for.

        Returns
        -------
        Design
            The copy.
        """
        copy = self.model_copy()
        copy._folder = folder  # noqa: SLF001 - of its own class
        return copy

    @model_validator(mode="after")
    def _check_together(self) -> Design:
        moved = [key for factor in self.factors for key in factor.keys]
        faults = [
            *repeated("factors", self.names),
            *repeated("factors", moved),
            *(fault for i, name in enumerate(self.measures) for fault in known(f"measures.{i}", name, MEASURES)),
            *(
                Fault(f"factors.{factor.name}.key", f"found '{key}'; the design says replications itself")
                for factor in self.factors
                for key in factor.keys
                if key == "horizon.replications"
            ),
            *(
                Fault(
                    f"factors.{factor.name}", "found a list of values; sobol and morris take ranges and distributions"
                )
                for factor in self.factors
                if isinstance(self.sampling, Sobol | Morris) and factor.values is not None
            ),
        ]
        refuse(faults)
        return self


def is_design(source: str | Path) -> bool:
    """Whether a file or folder is a design rather than a configuration; false for what cannot be read."""
    try:
        content = read_toml(_file(source))
    except ScenarioError:
        return False
    return "factors" in content or "sampling" in content


def load_design(source: str | Path) -> Design:
    """Read and check a design by itself; its points are checked by `molosim.experiments.points.points`.

    Parameters
    ----------
    source
        A design's TOML file, or the folder that holds its ``design.toml``.

    Returns
    -------
    Design
        Whose files are looked for beside it.

    Raises
    ------
    ScenarioError
        With every fault found.

    Examples
    --------
    >>> import molosim
    >>> molosim.load_design("design").names
    ('walk',)
    """
    path = _file(source)

    def missing() -> str:
        near = [other.name for other in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        return "no such design" + (did_you_mean(path.name, near) if near else "")

    data = read_toml(path, source, missing)
    overrides = data.get("overrides")
    with within(source):
        if isinstance(overrides, dict):
            data["overrides"] = dict(_paths(overrides))
        return checked(Design, data).at(path.parent)


def dump_design(design: Design) -> str:
    """TOML text of a design; `load_design` reads an equal one from it."""
    return tomli_w.dumps(design.model_dump(mode="json", exclude_none=True))


def _file(source: str | Path) -> Path:
    path = Path(source)
    return path / DESIGN if path.is_dir() else path


def _paths(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Tables under single keys as key paths; a quoted key path keeps the table that it is to be replaced by."""
    for key, value in tables.items():
        if isinstance(value, dict) and "." not in key:
            yield from _paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def shown(values: Mapping[str, Value | None]) -> str:
    """Values of factors in a line."""
    told = {name: f"{value:g}" if isinstance(value, float) else value for name, value in values.items()}
    return ", ".join(f"{name} {value}" for name, value in told.items())
