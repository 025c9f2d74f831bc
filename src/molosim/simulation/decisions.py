"""What a policy decides, in the simulation's numbers; an answer that nobody could carry out is refused."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from molosim.policies.policy import BoxStatus, CollectionPolicy, Detour, Today
from molosim.runtime.errors import ScenarioError
from molosim.simulation.box_state import NO_WASTE_PPM

_PPM = 1_000_000


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

    def visits(
        self, boxes: Sequence[BoxStatus], today: Today, vehicles: Collection[str]
    ) -> dict[str | None, list[int]]:
        """Boxes that collection vehicles visit, by the type that has to come; those that any may visit under None."""
        found: dict[str | None, list[int]] = {}
        for box, vehicle in self.policy.visits(boxes, today):
            self._check_box(box, "visits")
            if vehicle is not None and vehicle not in vehicles:
                self._refuse("visits", f"sends a '{vehicle}'; the municipality has {', '.join(vehicles)}")
            found.setdefault(vehicle, []).append(box)
        if sum(map(len, found.values())) > len({box for due in found.values() for box in due}):
            self._refuse("visits", "names a box twice on one day")
        return found

    def detours(self, boxes: Sequence[BoxStatus], today: Today, carriers: Collection[str]) -> Sequence[Detour]:
        """Boxes that vans visit for waste alone, in the order in which they are asked for."""
        found = self.policy.detours(boxes, today)
        for detour in found:
            self._check_box(detour.box, "detours")
            if not (math.isfinite(detour.most_s) and detour.most_s >= 0):
                self._refuse("detours", f"allows {detour.most_s} seconds; must be a number from 0 up")
            if strange := [name for name in detour.carriers or () if name not in carriers]:
                self._refuse("detours", f"asks '{strange[0]}'; carriers are {', '.join(carriers)}")
        return found

    def pickup_ppm(self, boxes: Sequence[BoxStatus], today: Today, carrier: str) -> list[int]:
        """Fill in millionths from which a carrier's vans take containers today, for each box."""
        said = self.policy.pickup_fill(boxes, today, carrier)
        if said is None:
            return [NO_WASTE_PPM] * self._boxes
        fills = [said] * self._boxes if isinstance(said, int | float) else list(said)
        if len(fills) != self._boxes:
            self._refuse("pickup_fill", f"has {len(fills)} entries; there are {self._boxes} boxes")
        if wrong := [fill for fill in fills if not 0 <= fill <= 1]:
            self._refuse("pickup_fill", f"says {wrong[0]}; a fill is a share from 0 to 1")
        return [round(fill * _PPM) for fill in fills]

    def _check_box(self, box: int, method: str) -> None:
        if not 0 <= box < self._boxes:
            self._refuse(method, f"names box {box}; boxes are numbered 0 to {self._boxes - 1}")

    def _refuse(self, method: str, problem: str) -> None:
        raise ScenarioError.at(self._place, f"{type(self.policy).__name__}.{method} {problem}")
