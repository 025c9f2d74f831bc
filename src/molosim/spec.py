"""Base of everything a configuration file may say: frozen, checked, unknown keys refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A frozen part of a scenario; unknown keys are faults, never swallowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input."""

    place: str
    """Where: a key path such as ``carriers.0.vans``, a file, a place's name."""
    problem: str
    """What was found and what is allowed, in one line."""

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class ScenarioError(Exception):
    """An input that cannot be used; carries every fault found, each with its place.

    The command line prints one line per fault and exits with code 2.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))

    @classmethod
    def at(cls, place: str, problem: str) -> ScenarioError:
        """The error of a single fault."""
        return cls([Fault(place, problem)])
