"""Accounts of one run: whatever was driven, every table adds up to it."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accounts.made_run import MadeRun

from molosim.evaluation import allocated_account, cost_account, inventory
from molosim.evaluation.allocation import VARIANTS
from molosim.evaluation.run_view import WHO
from molosim.evaluation.shipments import shipments, trips_of
from molosim.results import schema
from molosim.trips import Energy

Runs = Callable[..., MadeRun]
seeds = st.integers(0, 2**32 - 1)
SHIPMENTS = schema.table("shipments")
TEXT = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")


@settings(deadline=None, max_examples=60)
@given(seed=seeds, by=st.sampled_from(VARIANTS))
def test_shipments_share_out_every_trip_whole(run_of: Runs, seed: int, by: str) -> None:
    run = run_of(seed)
    listed = shipments(run, by)
    trip = trips_of(run.tables.trips, listed)
    shares = np.bincount(trip, listed["share"], len(run.energy))
    np.testing.assert_allclose(shares, 1, rtol=1e-12)
    for name in ("co2e_wtw_kg", "co2e_ttw_kg"):
        of_trips = getattr(run.emissions, name.removeprefix("co2e_"))
        np.testing.assert_allclose(np.bincount(trip, listed[name], len(of_trips)), of_trips, rtol=1e-9)
        assert listed[name].sum() == pytest.approx(of_trips.sum(), rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(seed=seeds, by=st.sampled_from(VARIANTS))
def test_every_pickup_and_every_kilogram_is_listed_once(run_of: Runs, seed: int, by: str) -> None:
    run = run_of(seed)
    listed = shipments(run, by)
    assert set(listed) == set(SHIPMENTS.names) - {"alternative"}
    taken = listed["box"] >= 0
    assert taken.sum() == len(run.tables.pickups["box"])
    assert listed["mass_kg"][taken].sum() == pytest.approx(
        sum(run.tables.pickups[f"g_{f}"].sum() for f in ("hazardous", "electronics", "textiles")) / 1000
    )
    assert listed["items"][listed["goods"] == "parcels"].sum() == run.tables.trips["parcels_n"].sum()
    assert list(listed["shipment"]) == list(range(len(taken)))


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_shipments_say_whence_whither_and_when(run_of: Runs, seed: int) -> None:
    run = run_of(seed)
    listed = shipments(run, "mass_sfd")
    for origin, destination, operator, goods, purpose, box, day, date in zip(
        *(listed[name].tolist() for name in (
            "origin", "destination", "operator", "goods", "purpose", "box", "day", "date",
        )), strict=True,
    ):  # fmt: skip
        assert origin == (f"box {box}" if box >= 0 else f"{operator}'s depot")
        tipped = operator == "municipality" or purpose == "transfer"
        if goods == "waste":
            assert destination == ("tip" if tipped else f"{operator}'s depot")
        assert date == f"2025-01-{6 + day:02}"


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_each_allocation_adds_up_to_what_each_group_emitted(run_of: Runs, seed: int) -> None:
    run = run_of(seed)
    rows = allocated_account.rows(run)
    assert len(rows) == len(allocated_account.ALLOCATIONS) * len(WHO) * 2
    for by in allocated_account.ALLOCATIONS:
        for who, purposes in WHO.items():
            parts = [r["co2e_wtw_kg"] for r in rows if (r["allocation"], r["vehicles"]) == (by, who)]
            whole = run.emissions.wtw_kg[run.rows(*purposes)].sum()
            assert sum(parts) == pytest.approx(whole, rel=1e-9, abs=1e-12)
            assert min(parts) >= -1e-12


def test_pooled_tours_of_one_carrier_have_one_intensity(run_of: Runs) -> None:
    run = run_of(3)
    alike = {**run.tables.trips, "operator": np.full(12, "Alfa"), "vehicle_type": np.full(12, "van")}
    alike["purpose"] = np.full(12, "delivery")
    parcels, waste = (
        part.sum() for part in allocated_account.split(alike, run.emissions.wtw_kg, allocated_account.POOLED)
    )
    work = [alike[f"{goods}_kgm_sfd"].sum() for goods in ("parcel", "waste")]
    assert parcels / work[0] == pytest.approx(waste / work[1], rel=1e-12)


def lines(run: MadeRun, confidential: tuple[str, ...] = ()) -> list[dict[str, str | float]]:
    return inventory.rows(replace(run, confidential=confidential))


def total(rows: list[dict[str, str | float]], scope: str) -> float:
    return sum(r["co2e_t"] for r in rows if r["source"] == inventory.TOTAL and r["scope"] == scope)


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_the_inventorys_lines_add_up_to_its_totals(run_of: Runs, seed: int) -> None:
    run = run_of(seed)
    rows = lines(run)
    own = [r for r in rows if r["gpc_ref"] in ("II.1.1", "II.1.2", "VI.1") and not r["notation"]]
    for scope in "12":
        assert sum(r["co2e_t"] for r in own if r["scope"] == scope) == pytest.approx(total(rows, scope), abs=1e-12)
    assert total(rows, "1+2") == pytest.approx(total(rows, "1") + total(rows, "2"))
    whole = (run.emissions.wtw_kg.sum() + run.cars.wtw_kg.sum()) / 1000
    assert sum(r["co2e_t"] for r in own) == pytest.approx(whole, rel=1e-9)
    assert total(rows, "1+2+3") == pytest.approx(whole, rel=1e-12)
    litres = run.emissions.diesel_l.sum() * 35.7 + run.emissions.hvo_l.sum() * 34.3
    mwh = sum(r["energy_mwh"] for r in own if np.isfinite(r["energy_mwh"]) and "residents" not in str(r["source"]))
    assert mwh == pytest.approx(litres / 3600 + run.emissions.kwh.sum() / 1000)


def test_fuel_is_scope_1_electricity_scope_2_and_the_making_of_fuel_scope_3(run_of: Runs) -> None:
    rows = [inventory.shown(row) for row in lines(run_of(5))]
    scopes = {(r["gpc_ref"], r["scope"]) for r in rows if r["gpc_ref"] in ("II.1.1", "II.1.2", "VI.1")}
    assert scopes == {("II.1.1", "1"), ("II.1.2", "2"), ("VI.1", "3")}
    for row in rows:
        electric = row["energy_carrier"] == "electricity"
        assert electric == (row["gpc_ref"] == "II.1.2"), row
        fleet = row["covenant_category"] == "Municipal fleet"
        assert fleet == (row["source"] == "collection vehicles")
        if fleet:
            assert row["local_government_scope"] == row["scope"]


def test_only_the_memo_gives_the_municipality_a_part_of_the_carriers(run_of: Runs) -> None:
    run = run_of(5)
    (memo,) = [r for r in lines(run) if str(r["source"]).startswith("memo")]
    assert (memo["local_government_scope"], memo["covenant_category"]) == ("3", "")
    (waste,) = [
        r["co2e_wtw_kg"]
        for r in allocated_account.rows(run)
        if (r["allocation"], r["vehicles"], r["goods"]) == ("mass_sfd", "all operators", "waste")
    ]
    own = run.emissions.wtw_kg[run.rows("collection")].sum()
    assert memo["co2e_t"] == pytest.approx((waste - own) / 1000)


def test_each_line_has_figures_or_a_key_with_a_reason(run_of: Runs) -> None:
    for row in map(inventory.shown, lines(run_of(7), ("Beta",))):
        if row["notation"]:
            assert row["notation"] in ("NO", "NE", "IE", "C")
            assert not np.isfinite(row["co2e_t"])
            assert row["note"] or row["notation"] == "NO"
        else:
            assert np.isfinite(row["co2e_t"])
        if str(row["source"]).startswith("Beta"):
            assert row["notation"] == "C"
            assert not np.isfinite(row["energy_mwh"])


def test_what_nobody_drove_is_not_occurring_but_a_dirty_kilometre_is() -> None:
    line = {"notation": "", "source": "x", "co2e_t": 0.0, "activity": 0.0, "energy_mwh": 0.0, "biogenic_co2_t": 0.0}
    assert inventory.shown({**line, "gpc_ref": "II.1.1", "co2e_t": 3.0, "energy_mwh": 12.0})["t_per_mwh"] == 0.25
    assert inventory.shown({**line, "gpc_ref": "II.1.1"})["notation"] == "NO"
    assert inventory.shown({**line, "gpc_ref": "II.1.1", "activity": 3.0})["notation"] == ""
    assert inventory.shown({**line, "gpc_ref": "VI.1", "activity": float("nan"), "co2e_t": 1e-9})["notation"] == ""


def residents(run: MadeRun) -> dict[tuple[str, str], dict[str, str | float]]:
    mine = [inventory.shown(r) for r in lines(run) if str(r["source"]).startswith("residents' cars")]
    return {(str(r["gpc_ref"]), str(r["energy_carrier"])): r for r in mine}


def test_residents_kilometres_stand_at_what_drove_them(run_of: Runs) -> None:
    run = run_of(11)
    km = run.tables.boxes["car_m"].sum() / 1000
    found = residents(run)
    assert found["II.1.1", "petrol and diesel"]["activity"] == pytest.approx(0.75 * km)
    assert found["II.1.2", "electricity"]["activity"] == pytest.approx(0.25 * km)
    assert sum(r["co2e_t"] for r in found.values()) == pytest.approx(run.cars.wtw_kg.sum() / 1000)
    # All by battery, of wind alone: driven, so neither "not occurring" nor a line of burnt fuel.
    zero = np.zeros_like(run.cars.kwh)
    wind = replace(run.cars, ttw_kg=zero, wtt_kg=zero)
    found = residents(replace(run, cars=wind, cars_electric_share=1.0, cars_electricity_kg=0.0))
    assert found["II.1.1", "petrol and diesel"]["notation"] == found["VI.1", "petrol and diesel"]["notation"] == "NO"
    assert found["II.1.2", "electricity"]["notation"] == ""
    assert found["II.1.2", "electricity"]["energy_mwh"] == pytest.approx(run.cars.kwh.sum() / 1000)
    assert found["II.1.2", "electricity"]["activity"] == pytest.approx(km)


def test_no_sector_of_a_city_is_said_not_to_occur_because_it_is_not_simulated() -> None:
    assert {line.notation for line in inventory.ELSEWHERE} == {"NE", "IE"}
    assert all(line.note for line in inventory.ELSEWHERE)


def test_each_energy_of_a_vehicle_has_a_name_in_the_inventory() -> None:
    assert set(inventory.CARRIERS) == set(Energy)


@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_items_add_up_to_totals_and_those_to_the_city(run_of: Runs, seed: int) -> None:
    cost = {(r["who"], r["item"]): r["cost_eur"] for r in cost_account.rows(run_of(seed))}
    groups = [who for who in WHO if who != "all operators"]
    for who in WHO:
        parts = sum(cost[who, item] for item in ("kilometres", "hours", "electricity", "handling"))
        assert cost[who, "total"] == pytest.approx(parts)
    assert cost["all operators", "total"] == pytest.approx(sum(cost[who, "total"] for who in groups))
    whole = cost["all operators", "total"] + cost["residents' cars", "total"]
    assert cost["whole city", "total"] == pytest.approx(whole)


def test_the_guide_tells_each_column_of_a_shipment() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT.partition("### shipments.csv")[2], flags=re.MULTILINE))
    assert {column.name: told[column.name] for column in SHIPMENTS.columns} == {
        column.name: column.meaning for column in SHIPMENTS.columns
    }
