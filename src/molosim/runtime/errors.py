"""Errors about what a user gave: every fault found, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TOLD = 20
"""Allowed names told at most; a line with hundreds helps nobody."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    Attributes
    ----------
    place
        Where: a key path such as ``carriers.0.vans``, a file, a place's name.
    problem
        What was found and what is allowed, in one line.
    """

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class ScenarioError(Exception):
    """An input that cannot be used; carries every fault found, each with its place.

    The command line prints one line per fault and exits with code 2.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        # Process pools and SimPy make errors anew from their arguments: these are the faults, not the text they make.
        super().__init__(tuple(faults))
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))

    @classmethod
    def at(cls, place: str, problem: str) -> ScenarioError:
        """The error of a single fault."""
        return cls([Fault(place, problem)])


def refuse(faults: Sequence[Fault]) -> None:
    """Raise a `ScenarioError` of all faults where there are any."""
    if faults:
        raise ScenarioError(faults)


@contextmanager
def within(place: str | Path) -> Iterator[None]:
    """Faults found inside the block are those of a file or of a part: its name stands before their places."""
    try:
        yield
    except ScenarioError as error:
        raise ScenarioError([Fault(f"{place}: {fault.place}", fault.problem) for fault in error.faults]) from None


class InfeasiblePlanError(ScenarioError):
    """A plan that no vehicle of the fleet could drive; sweeps know it from runs that failed for another reason."""


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where a near name exists, else what is allowed; to be appended to a problem."""
    names = list(allowed)
    near = difflib.get_close_matches(found, names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    some = [*names[:_TOLD], "..."] if len(names) > _TOLD else names
    return f"; allowed: {', '.join(some)}" if names else "; none is allowed here"
