"""Ways to blur places that do not withstand attack: a grid, and a jitter whose seed is known."""

from __future__ import annotations

import numpy as np

from molosim.runtime.streams import stream

DEGREE_M = 111_195.0


def to_grid(lon, lat, cell_m):
    """Centres of square cells."""
    width, height = cell_m / (DEGREE_M * np.cos(np.radians(57.7))), cell_m / DEGREE_M
    return (np.floor(lon / width) + 0.5) * width, (np.floor(lat / height) + 0.5) * height


def jittered(lon, lat, radius_m, seed):
    """Evenly over a disc; one place always to the same spot."""
    pairs = zip(lon.tolist(), lat.tolist(), strict=True)
    chance = np.array([stream(seed, 0, "jitter", f"{x:.7f}", f"{y:.7f}").random(2) for x, y in pairs])
    away_m, turn = radius_m * np.sqrt(chance[:, 0]), 2 * np.pi * chance[:, 1]
    east = away_m * np.cos(turn) / (DEGREE_M * np.cos(np.radians(lat)))
    return lon + east, lat + away_m * np.sin(turn) / DEGREE_M


def rounded(records):
    """Volumes to 1 l, masses to 0.5 kg, service to 10 s, arrivals to 5 minutes."""
    steps = np.array([1.0, 0.5, 10.0, 300.0])
    return np.round(records / steps) * steps
