"""Territories by what a vehicle can carry: a small one gets less of the master order, by its room on a mean day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.worlds import small_data

from molosim.simulation.world import World

VAN = small_data()["vehicles"]["van"]


@pytest.mark.parametrize(
    ("room", "share"),
    [
        ({"volume_l": 240.0}, 0.6),  # a mean day is 8 stops of 40 litres and 4 kg, of which four fifths are planned for
        ({"payload_kg": 20.0}, 0.5),
        ({"volume_l": 320.0}, 0.8),
        ({"volume_l": 500.0}, 1.0),
    ],
)
def test_a_small_van_has_a_small_territory(
    world_of: Callable[..., World], room: dict[str, float], share: float
) -> None:
    changes = {"vehicles.small": {**VAN, **room}, "carriers.0.fleet": [{"from_year": 2025, "mix": {"small": 1}}]}
    fleet = world_of(changes).fleets[0]
    work = np.diff(fleet.bounds)
    small = fleet.type_of[: fleet.vans] == fleet.types.index("small")
    assert work[small].sum() / work[~small].sum() == pytest.approx(share, abs=0.2)
