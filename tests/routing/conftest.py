"""Travel made up for tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from molosim.network.travel import Travel

RUSH_HOURS = (9, 10)


def make_travel(n: int, seed: int, *, rush: float = 2.0) -> Travel:
    """Places at random on a square of 20 minutes, driven at about 30 km/h; ways there and back differ by up to a third.

    The second period, in `RUSH_HOURS`, is slower by ``rush``.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1200, (2, n))
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    free = np.rint(apart * rng.uniform(1, 4 / 3, (n, n)) + 1).astype(np.int32)
    np.fill_diagonal(free, 0)
    # Fastest ways obey the triangle inequality.
    for via in range(n):
        free = np.minimum(free, free[:, via, None] + free[None, via])
    seconds = np.stack([free, np.rint(free * rush).astype(np.int32)])
    metres = np.stack([np.rint(free * 8.3).astype(np.int32)] * 2)
    hours = np.isin(np.arange(24), RUSH_HOURS).astype(np.int64)
    return Travel(seconds, metres, hours, ("free", "rush"), x / 1e5, y / 1e5)


@pytest.fixture(scope="session")
def travel_of() -> Callable[..., Travel]:
    """``travel_of(n, seed, rush=2.0)``."""
    return make_travel
