"""A shared trip split between parcels and waste: the worked example of the documentation, and what must always hold."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.made_run import MadeRun

from molosim.emissions import Emitted
from molosim.evaluation.allocated_account import POOLED, split
from molosim.evaluation.allocation import VARIANTS, WORK, allocate, transport_tkm, waste_share
from molosim.evaluation.shipments import shipments

TEXT = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")
EXAMPLE = TEXT.partition("## A worked example")[2].partition("\n## ")[0]
QUANTITY = {"mass_sfd": ("kg", "sfd"), "mass_gcd": ("kg", "gcd"), "volume_sfd": ("l", "sfd"), "stops": ("one", "sfd")}


def trip(purpose: str = "delivery", **work: float) -> dict[str, np.ndarray]:
    zero = {f"{goods}_{column}": np.zeros(1) for goods in ("parcel", "waste") for column in WORK.values()}
    return zero | {name: np.array([value]) for name, value in work.items()} | {"purpose": np.array([purpose])}


def table(first: str) -> list[list[str]]:
    """Body of the example's table whose head begins with ``first``."""
    rows = EXAMPLE[EXAMPLE.index(f"| {first}") :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows]


def the_example() -> tuple[dict[str, np.ndarray], float, int]:
    """Trip, its emissions and its parcels, from the document's own numbers."""
    work = dict.fromkeys((f"{g}_{c}" for g in ("parcel", "waste") for c in WORK.values()), 0.0)
    parcels = 0
    for _, goods, n, kg, litres, sfd, gcd in table("consignment"):
        amount = {"kg": float(kg), "l": float(litres), "one": 1.0}
        metres = {"sfd": 1000 * float(sfd), "gcd": 1000 * float(gcd)}
        for by in VARIANTS:
            quantity, distance = QUANTITY[by]
            work[f"{goods.removesuffix('s')}_{WORK[by]}"] += amount[quantity] * metres[distance]
        parcels += int(n)
    (emitted,) = re.findall(r"whole round emits ([\d.]+) kg", EXAMPLE)
    return trip(**work), float(emitted), parcels


def test_the_worked_example_is_what_the_documentation_says() -> None:
    trips, emitted, _ = the_example()
    told = {row[0]: tuple(map(float, row[1:])) for row in table("allocation")}
    assert tuple(told) == VARIANTS
    for by in VARIANTS:
        parcels, waste = allocate(trips, np.array([emitted]), by)
        found = (parcels[0], waste[0], 100 * waste[0] / emitted)
        assert [f"{x:.3f}" for x in found[:2]] == [f"{x:.3f}" for x in told[by][:2]]
        assert f"{found[2]:.2f}" == f"{told[by][2]:.2f}"


def test_the_examples_intensity_parcel_and_chain() -> None:
    trips, emitted, n = the_example()
    tkm = sum(part[0] for part in transport_tkm(trips))
    assert f"or {tkm:.3f} tkm: the round has an intensity of {emitted / tkm:.0f} kg" in EXAMPLE
    parcels, waste = allocate(trips, np.array([emitted]), "mass_sfd")
    assert f"{parcels[0]:.3f} / {n} = {parcels[0] / n:.3f} kg" in EXAMPLE
    text = " ".join(EXAMPLE.split())
    (stored, run_kg, part) = map(float, re.findall(r"brings (\d+) kg .* emits ([\d.]+) kg CO2e; (\d+) of", text)[0])
    _, run = allocate(trip("transfer", waste_kgm_sfd=stored * 5000), np.array([run_kg]), "mass_sfd")
    chain = waste[0] + run[0] * part / stored
    assert f"= {chain:.3f} kg CO2e, {chain / part:.3f} per kilogram" in text


def test_the_examples_two_days_pooled() -> None:
    first, emitted, _ = the_example()
    text = " ".join(EXAMPLE.split())
    ((second_kg, pooled_kg),) = re.findall(r"no waste, and emits ([\d.]+) kg .* waste's 32 have ([\d.]+) kg", text)
    days = {name: np.repeat(values, 2) for name, values in first.items()}
    for work in WORK.values():
        days[f"waste_{work}"][1] = 0
    days |= {"operator": np.array(["Alfa"] * 2), "vehicle_type": np.array(["van"] * 2)}
    both = np.array([emitted, float(second_kg)])
    parcels, waste = split(days, both, POOLED)
    assert f"{waste.sum():.3f}" == pooled_kg
    assert parcels.sum() + waste.sum() == pytest.approx(both.sum())
    assert split(days, both, "mass_sfd")[1].tolist() == pytest.approx([2.4, 0])


def test_the_examples_collection_round(run_of: Callable[..., MadeRun]) -> None:
    rows = [[float(cell) for cell in row] for row in table("box | kg")]
    boxes, kg, km, kgkm, told = np.array(rows).T
    assert (kg * km).tolist() == kgkm.tolist()
    (emitted,) = re.findall(r"the round emits ([\d.]+) kg", " ".join(EXAMPLE.split()))
    template = run_of(0, 1)
    who = {"operator": "municipality", "vehicle_type": "truck", "purpose": "collection", "day": 0, "vehicle": 0}
    who |= {"depart_s": 25_200}
    trips = {
        **template.tables.trips,
        **{name: np.array([value]) for name, value in who.items()},
        "parcels_n": np.zeros(1),
    }
    trips |= {f"parcel_{work}": np.zeros(1) for work in WORK.values()}
    trips["waste_kgm_sfd"] = np.array([1000 * kgkm.sum()])
    nothing = {name: np.zeros(3) for name in ("second", "containers", "litres", "gcd_m", "g_electronics", "g_textiles")}
    pickups = {**{name: np.repeat(trips[name], 3) for name in who}, **nothing, "box": boxes}
    pickups |= {"g_hazardous": 1000 * kg, "sfd_m": 1000 * km}
    zero, litres = np.zeros(1), np.array([float(emitted)])
    round_trip = Emitted(litres, zero, zero, litres, zero, zero, zero, zero)
    listed = shipments(replace(template.but(trips=trips, pickups=pickups), emissions=round_trip), "mass_sfd")
    assert [f"{value:.3f}" for value in listed["co2e_wtw_kg"]] == [f"{value:.3f}" for value in told]


@pytest.mark.parametrize("by", VARIANTS)
@pytest.mark.parametrize(
    ("purpose", "share"), [("delivery", 0), ("extra delivery", 0), ("collection", 1), ("transfer", 1)]
)
def test_a_trip_that_carried_nothing_belongs_to_what_it_was_made_for(by: str, purpose: str, share: float) -> None:
    assert waste_share(trip(purpose), by)[0] == share


def test_a_van_that_takes_more_waste_gives_it_a_larger_part() -> None:
    shares = [waste_share(trip(parcel_kgm_sfd=900.0, waste_kgm_sfd=kgm), "mass_sfd")[0] for kgm in (0, 1, 50, 9e5)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[1] == pytest.approx(1 / 901)


amount = st.floats(0, 1e12) | st.just(5e-324) | st.just(1e-300)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["delivery", "collection", "transfer"]), amount, amount, st.floats(0, 1e6)),
        min_size=1,
        max_size=30,
    ),
    by=st.sampled_from(VARIANTS),
)
def test_parts_are_never_negative_and_add_up_to_the_trip(rows: list[tuple[str, float, float, float]], by: str) -> None:
    column = WORK[by]
    trips = {
        "purpose": np.array([row[0] for row in rows]),
        f"parcel_{column}": np.array([row[1] for row in rows]),
        f"waste_{column}": np.array([row[2] for row in rows]),
    }
    emitted = np.array([row[3] for row in rows])
    parcels, waste = allocate(trips, emitted, by)
    assert np.all(parcels >= 0)
    assert np.all(waste >= 0)
    np.testing.assert_allclose(parcels + waste, emitted, rtol=1e-12)
    assert parcels.sum() + waste.sum() == pytest.approx(emitted.sum(), rel=1e-9)


@given(scale=st.floats(1e-6, 1e6), parcels=st.floats(1e-3, 1e9), waste=st.floats(1e-3, 1e9))
def test_units_of_transport_work_do_not_matter(scale: float, parcels: float, waste: float) -> None:
    one = waste_share(trip(parcel_kgm_sfd=parcels, waste_kgm_sfd=waste), "mass_sfd")
    other = waste_share(trip(parcel_kgm_sfd=scale * parcels, waste_kgm_sfd=scale * waste), "mass_sfd")
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 0.1, 1.0, 1e6])
def test_little_transport_work_is_shared_as_much_is(scale: float) -> None:
    share = waste_share(trip(parcel_kgm_sfd=3 * scale, waste_kgm_sfd=scale), "mass_sfd")
    np.testing.assert_allclose(share, 0.25)
