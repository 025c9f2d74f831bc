"""What a policy decides, in the simulation's numbers; an answer that nobody could carry out is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from numbers import Integral, Real
from typing import Any, NoReturn, TypeVar

import numpy as np

from molosim.inputs.asked import asking, name_of
from molosim.policies.policy import BoxStatus, CollectionPolicy, Detour, Today, Visit
from molosim.runtime.errors import ScenarioError
from molosim.simulation.box_state import NO_WASTE_PPM

_PPM = 1_000_000
_MOST_S = 10**12
"""Beyond any detour, and within whole numbers of the compiled code."""
Boxes = Sequence[BoxStatus]
Named = TypeVar("Named", Visit, Detour)


class Decisions:
    """A policy as the carriers and the municipality of a run ask it.

    Parameters
    ----------
    alternative
        Name of the alternative whose policy it is, for errors.
    boxes
        Number of boxes.
    """

    def __init__(self, policy: CollectionPolicy, alternative: str, boxes: int) -> None:
        self.policy, self._place, self._boxes = policy, f"alternatives.{alternative}", boxes

    def visits(self, boxes: Boxes, today: Today, vehicles: Collection[str]) -> dict[str | None, list[int]]:
        """Boxes that collection vehicles visit, by the type that has to come; those that any may visit under None."""
        found: dict[str | None, list[int]] = {}
        with asking(self._place, self.policy, "visits"):
            for visit in self._named("visits", Visit, lambda: self.policy.visits(boxes, today)):
                if visit.vehicle is not None and visit.vehicle not in vehicles:
                    self._refuse("visits", f"sends a {visit.vehicle!r}; the municipality has {', '.join(vehicles)}")
                found.setdefault(visit.vehicle, []).append(int(visit.box))
        return found

    def detours(self, boxes: Boxes, today: Today, carriers: Collection[str]) -> Sequence[Detour]:
        """Boxes that vans visit for waste alone, in the order in which they are asked for."""
        with asking(self._place, self.policy, "detours"):
            found = self._named("detours", Detour, lambda: self.policy.detours(boxes, today))
            for detour in found:
                if not _within(detour.most_s, _MOST_S):
                    self._refuse("detours", f"allows {detour.most_s!r} seconds; must be a number from 0 to {_MOST_S:g}")
                if isinstance(detour.carriers, str):
                    self._refuse("detours", f"asks '{detour.carriers}'; must be a tuple of names, or None for all")
                if strange := [name for name in detour.carriers or () if name not in carriers]:
                    self._refuse("detours", f"asks {strange[0]!r}; carriers are {', '.join(carriers)}")
        return found

    def pickup_ppm(self, boxes: Boxes, today: Today, carrier: str) -> list[int]:
        """Fill in millionths from which a carrier's vans take containers today, for each box."""
        with asking(self._place, self.policy, "pickup_fill"):
            said = self.policy.pickup_fill(boxes, today, carrier)
            if said is None:
                return [NO_WASTE_PPM] * self._boxes
            for_each = list(said) if isinstance(said, Sequence | np.ndarray) else [said]
            if wrong := [fill for fill in for_each if not _within(fill, 1)]:
                self._refuse("pickup_fill", f"says {wrong[0]!r}; a fill is a share from 0 to 1")
            if isinstance(said, Real):
                for_each *= self._boxes
            if len(for_each) != self._boxes:
                self._refuse("pickup_fill", f"has {len(for_each)} entries; there are {self._boxes} boxes")
            return [round(float(fill) * _PPM) for fill in for_each]

    def _named(self, method: str, kind: type[Named], ask: Callable[[], Iterable[Named]]) -> list[Named]:
        """What a policy names: boxes that there are, each once."""
        said = ask()
        found: list[Any] = list(said) if isinstance(said, Sequence | Iterator) else [said]
        for one in found:
            if not isinstance(one, kind):
                self._refuse(method, f"returned {one!r:.60}; must be a list of {kind.__name__}")
            if isinstance(one.box, bool) or not isinstance(one.box, Integral) or not 0 <= one.box < self._boxes:
                self._refuse(method, f"names box {one.box!r}; boxes are numbered 0 to {self._boxes - 1}")
        if len({one.box for one in found}) < len(found):
            self._refuse(method, "names a box twice on one day")
        return found

    def _refuse(self, method: str, problem: str) -> NoReturn:
        raise ScenarioError.at("", f"{name_of(self.policy, method)} {problem}")


def _within(value: Any, most: float) -> bool:
    """Whether it is a number, and no truth value, from 0 to the most."""
    return not isinstance(value, bool) and isinstance(value, Real) and 0 <= float(value) <= most
