"""Runs made by chance: trips that shared, collected or carried on waste, with their pick-ups and emissions."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from tests.accounts.made_run import MadeRun, endpoints

from molosim.emissions import Emitted
from molosim.evaluation.trip_cost import TripCost
from molosim.inputs.boxes import FRACTIONS

PURPOSES = np.array(["delivery", "extra delivery", "collection", "transfer"])
NAMES = {name: f"{name}'s depot" for name in ("municipality", "Alfa", "Beta")}
PLACES = endpoints(NAMES, {**NAMES, "municipality": "tip"}, "tip")
ENERGY = np.array(["diesel", "hvo100", "electricity"])


def emitted(rng: np.random.Generator, energy: np.ndarray) -> Emitted:
    """Litres or kilowatt-hours of each trip by its carrier, and round factors."""
    amount = rng.uniform(0.5, 20, len(energy))
    diesel, hvo, kwh = (np.where(energy == name, amount, 0.0) for name in ENERGY)
    nothing = np.full(len(energy), np.nan)
    wtt = 0.6 * diesel + 0.3 * hvo + 0.1 * kwh
    return Emitted(2.5 * diesel, wtt, 0.2 * diesel + 2.4 * hvo, diesel, hvo, kwh, nothing, nothing)


def pickups_of(rng: np.random.Generator, trips: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One to four pick-ups of most tours that may have some; the trips' waste columns are theirs."""
    names = ("day", "operator", "vehicle", "vehicle_type", "purpose", "depart_s")
    rows: list[int] = []
    for i, purpose in enumerate(trips["purpose"]):
        rows += [i] * (0 if purpose == "transfer" else int(rng.integers(0, 5)))
    row, count = np.array(rows, int), len(rows)
    grams = {f"g_{fraction}": rng.integers(0, 9_000, count) for fraction in FRACTIONS}
    own = {"litres": rng.uniform(1, 200, count), "sfd_m": rng.choice([0.0, 900.0, 7_000.0], count)}
    own["gcd_m"] = 0.7 * own["sfd_m"]
    kg = sum(grams.values()) / 1000 if count else np.zeros(0)
    for name, work in {
        "waste_kgm_sfd": kg * own["sfd_m"],
        "waste_kgm_gcd": kg * own["gcd_m"],
        "waste_lm_sfd": own["litres"] * own["sfd_m"],
        "waste_m_sfd": own["sfd_m"],
    }.items():
        trips[name] = trips[name] + np.bincount(row, work, len(trips["purpose"]))
    where = {name: trips[name][row] for name in names}
    place = {"box": rng.integers(0, 9, count), "second": rng.integers(0, 86_400, count)}
    return where | place | {"containers": rng.integers(1, 4, count)} | grams | own


def random_run(seed: int, count: int = 12) -> MadeRun:
    """A run of ``count`` trips."""
    rng = np.random.default_rng(seed)
    purpose, energy = rng.choice(PURPOSES, count), rng.choice(ENERGY, count)
    operator = np.where(purpose == "collection", "municipality", rng.choice(["Alfa", "Beta"], count))
    trips: dict[str, np.ndarray] = {
        "day": np.arange(count) // 3,
        "operator": operator,
        "vehicle": np.arange(count),
        "vehicle_type": np.char.add("a ", energy),
        "purpose": purpose,
        "depart_s": rng.integers(0, 40_000, count),
        "metres": rng.integers(0, 90_000, count),
        "parcels_n": np.where(np.isin(purpose, ["delivery", "extra delivery"]), rng.integers(0, 90, count), 0),
    }
    trips["parcels_kg"] = trips["parcels_n"] * 2.0
    trips["parcels_l"] = trips["parcels_n"] * 20.0
    distance = rng.uniform(100, 9_000, count)
    for name, each in {"kgm_sfd": 2.0, "kgm_gcd": 1.4, "lm_sfd": 20.0, "m_sfd": 0.9}.items():
        trips[f"parcel_{name}"] = trips["parcels_n"] * distance * each
        trips[f"waste_{name}"] = np.where(purpose == "transfer", distance * each * 50, 0.0)
    for name in ("waste_g", "waste_containers", "waste_l"):
        trips[name] = np.where(purpose == "transfer", rng.integers(1, 500, count), 0)
    pickups = pickups_of(rng, trips)
    boxes = {f"{what}_g_{f}": rng.integers(0, 9_000, 5) for what in ("collected", "residual") for f in FRACTIONS}
    boxes |= {"households": rng.integers(1, 90, 5), "car_m": rng.integers(0, 20_000, 5)}
    cars = emitted(rng, np.full(5, "electricity"))
    nothing = np.zeros(count)
    boxes["name"] = np.array([f"box {i}" for i in range(9)])
    return MadeRun(
        tables=SimpleNamespace(trips=trips, pickups=pickups, boxes=boxes),
        **PLACES,
        energy=energy,
        emissions=emitted(rng, energy),
        cars=cars,
        cars_electric_share=0.25,
        cars_electricity_kg=float(cars.wtt_kg.sum()) / 2,
        trip_cost=TripCost(trips["metres"] / 1000, nothing + 7, np.nan_to_num(nothing), nothing + 0.5),
        residents_eur=float(rng.uniform(0, 50)),
    )


@pytest.fixture(scope="session")
def run_of() -> Callable[..., MadeRun]:
    """A run by its seed, and its number of trips."""
    return random_run
