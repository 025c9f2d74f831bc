"""Accounts of one morning, every figure worked out here: a shared tour, a plain one, a collection, a transfer run."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from tests.accounts.made_run import MadeRun, endpoints

from molosim.emissions import Emitted
from molosim.evaluation import allocated_account, cost_account, inventory
from molosim.evaluation.allocation import waste_share
from molosim.evaluation.shipments import shipments
from molosim.evaluation.trip_cost import TripCost, detour_cost, judged
from molosim.inputs.accounting import Costs, PlausibleRange
from molosim.inputs.fleet import VehicleType
from molosim.inputs.plausible_ranges import GUARDS, Figure, faults, ranges

DEPOTS = {"municipality": "yard", "Alfa": "north", "Beta": "south"}
PLACES = endpoints(DEPOTS, {"municipality": "tip", "Alfa": "north, store", "Beta": "tip"}, "tip")


def columns(*rows: dict[str, object]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


EMPTY = {"waste_g": 0, "waste_containers": 0, "waste_l": 0.0, "parcels_n": 0, "parcels_kg": 0.0, "parcels_l": 0.0}
EMPTY |= {f"{goods}_{work}": 0.0 for goods in ("parcel", "waste") for work in ("kgm_sfd", "kgm_gcd", "lm_sfd", "m_sfd")}
PARCELS = {"parcels_n": 50, "parcels_kg": 100.0, "parcels_l": 1250.0}
PARCELS |= {"parcel_kgm_sfd": 3e5, "parcel_kgm_gcd": 2e5, "parcel_lm_sfd": 3e6, "parcel_m_sfd": 1.5e5}


def morning() -> MadeRun:
    """Of 10 (shared), 5 (plain), 6 (collection) and 2 kg (transfer) CO2e at the exhaust, half as much before it."""
    who = {"day": 0, "vehicle": 0, "depart_s": 28_800}
    shared = (
        who | {"operator": "Alfa", "vehicle_type": "van", "purpose": "delivery", "metres": 40_000} | EMPTY | PARCELS
    )
    # Box A: 4 kg, 60 l, 3 km (2 km as the crow flies); box B: 8 kg, 20 l, 1 km (500 m).
    shared |= {"waste_g": 12_000, "waste_containers": 3, "waste_l": 80.0}
    shared |= {"waste_kgm_sfd": 20e3, "waste_kgm_gcd": 12e3, "waste_lm_sfd": 200e3, "waste_m_sfd": 4e3}
    plain = who | {"operator": "Beta", "vehicle_type": "bike", "purpose": "delivery", "metres": 20_000} | EMPTY
    plain |= PARCELS | {"parcel_kgm_sfd": 6e5}
    round_trip = who | {"operator": "municipality", "vehicle_type": "truck", "purpose": "collection", "metres": 30_000}
    round_trip |= EMPTY
    run = who | {"operator": "Alfa", "vehicle_type": "van", "purpose": "transfer", "metres": 8_000, "vehicle": 7}
    run |= EMPTY | {"waste_g": 30_000, "waste_containers": 8, "waste_l": 450.0}
    run |= {"waste_kgm_sfd": 120e3, "waste_kgm_gcd": 90e3, "waste_lm_sfd": 1.8e6, "waste_m_sfd": 4e3}
    trips = columns(shared, plain, round_trip, run)
    names = {name: shared[name] for name in ("day", "operator", "vehicle", "vehicle_type", "purpose", "depart_s")}
    none = {"g_electronics": 0, "g_textiles": 0, "points": 0}
    box_a = names | none | {"box": 0, "second": 30_000, "containers": 1, "litres": 60.0, "g_hazardous": 4_000}
    box_b = names | none | {"box": 1, "second": 31_000, "containers": 2, "litres": 20.0, "g_hazardous": 8_000}
    pickups = columns(box_a | {"sfd_m": 3000.0, "gcd_m": 2000.0}, box_b | {"sfd_m": 1000.0, "gcd_m": 500.0})
    boxes = {f"{what}_g_{f}": np.zeros(2) for what in ("collected", "residual") for f in ("electronics", "textiles")}
    boxes |= {"collected_g_hazardous": np.array([4e3, 8e3]), "residual_g_hazardous": np.array([500.0, 250.0])}
    boxes |= {"households": np.array([30, 70]), "car_m": np.array([6e3, 4e3])}
    ttw, zero = np.array([10.0, 5.0, 6.0, 2.0]), np.zeros(4)
    emitted = Emitted(ttw, ttw / 2, zero, ttw / 2.5, zero, zero, zero, zero)
    two = np.zeros(2)
    cars = Emitted(np.array([0.6, 0.4]), np.array([0.15, 0.1]), two, two, two, two, two, two)
    boxes["name"] = np.array(["A", "B"])
    return MadeRun(
        tables=SimpleNamespace(trips=trips, pickups=pickups, boxes=boxes), **PLACES,
        energy=np.array(["diesel"] * 4), emissions=emitted, cars=cars, cars_electric_share=0.0, cars_electricity_kg=0.0,
        trip_cost=TripCost(np.array([8.0, 2, 12, 2]), np.array([200.0, 100, 120, 30]), zero, np.array([3.0, 0, 0, 8])),
        residents_eur=3.0,
    )  # fmt: skip


SHARES = {  # of the shared tour: waste's part, and box A's part of that
    "mass_sfd": (20 / 320, 12 / 20),
    "mass_gcd": (12 / 212, 8 / 12),
    "volume_sfd": (200 / 3200, 180 / 200),
    "stops": (4 / 154, 3 / 4),
}


@pytest.mark.parametrize("by", SHARES)
def test_a_box_pays_by_each_measure_of_its_own_goods_and_distance(by: str) -> None:
    listed = shipments(morning(), by)  # type: ignore[arg-type]
    waste, box_a = SHARES[by]
    assert listed["goods"].tolist() == ["parcels", "waste", "waste", "parcels", "waste", "waste"]
    share = [1 - waste, waste * box_a, waste * (1 - box_a), 1, 1, 1]
    assert listed["share"] == pytest.approx(share)
    of_trip = np.array([10, 10, 10, 5, 6, 2]) * share
    assert listed["co2e_ttw_kg"] == pytest.approx(of_trip)
    assert listed["co2e_wtw_kg"] == pytest.approx(1.5 * of_trip)


def test_a_shipment_s_own_figures() -> None:
    listed = shipments(morning(), "mass_sfd")
    told = {name: listed[name].tolist() for name in ("items", "mass_kg", "volume_l", "box", "second", "destination")}
    assert told == {
        "items": [50, 1, 2, 50, 0, 8],
        "mass_kg": [100, 4, 8, 100, 0, 30],
        "volume_l": [1250, 60, 20, 1250, 0, 450],
        "box": [-1, 0, 1, -1, -1, -1],
        "second": [-1, 30_000, 31_000, -1, -1, -1],
        "destination": ["stops of the tour", "north, store", "north, store", "stops of the tour", "tip", "tip"],
    }
    assert listed["sfd_km"] == pytest.approx([3, 3, 1, 6, 0, 4])
    assert listed["gcd_km"] == pytest.approx([2, 2, 0.5, 2, 0, 3])
    assert listed["transport_tkm"] == pytest.approx([0.3, 0.012, 0.008, 0.6, 0, 0.12])


def test_parcels_that_travel_nowhere_are_listed_at_no_share() -> None:
    """A box at the depot's gate: its parcels' distance is none, so that the waste has the trip, and they are told."""
    run = morning()
    nowhere = {name: np.zeros(4) for name in run.tables.trips if name.startswith("parcel_")}
    listed = shipments(run.but(trips={**run.tables.trips, **nowhere}), "mass_sfd")
    first = [(listed["goods"][i], listed["items"][i], listed["share"][i]) for i in range(2)]
    assert first == [("parcels", 50, 0), ("waste", 1, pytest.approx(0.6))]


def of(run: MadeRun, allocation: str, vehicles: str, goods: str) -> dict[str, str | float]:
    named = (allocation, vehicles, goods)
    (row,) = [r for r in allocated_account.rows(run) if (r["allocation"], r["vehicles"], r["goods"]) == named]
    return row


def test_the_allocated_table_by_hand() -> None:
    run = morning()
    waste = of(run, "mass_sfd", "delivery vans", "waste")
    assert (waste["co2e_ttw_kg"], waste["co2e_wtw_kg"]) == pytest.approx((10 / 16, 15 / 16))
    assert (waste["transport_tkm"], waste["units"], waste["households"]) == pytest.approx((0.02, 12, 100))
    assert of(run, "mass_gcd", "delivery vans", "waste")["transport_tkm"] == pytest.approx(0.012)
    everything = of(run, "mass_sfd", "all operators", "waste")
    assert everything["units"] == 12  # what left the boxes, and not once more on its way from the store
    assert everything["transport_tkm"] == pytest.approx(0.14)
    assert of(run, "mass_sfd", "transfer runs", "waste")["units"] == 30
    parcels = of(run, "mass_sfd", "all operators", "parcels")
    assert (parcels["units"], parcels["unit"]) == (100, "parcel")
    assert parcels["co2e_wtw_kg"] == pytest.approx(15 * 15 / 16 + 7.5)


def test_pools_are_of_one_operator_one_vehicle_type_and_one_purpose() -> None:
    """A second tour like the shared one but without waste dilutes waste's part where it is of the same pool alone."""
    run = morning()
    emitted = run.emissions.wtw_kg

    def waste_kg(**changes: str) -> float:
        trips = {**run.tables.trips, **{name: run.tables.trips[name].astype("<U20") for name in changes}}
        for name, value in changes.items():
            trips[name][1] = value
        return float(allocated_account.split(trips, emitted, allocated_account.POOLED)[1][:2].sum())

    assert waste_kg() == pytest.approx(15 / 16)
    for apart in ("operator", "vehicle_type", "purpose"):
        alike = {"operator": "Alfa", "vehicle_type": "van", "purpose": "delivery"}
        other = {"operator": "Beta", "vehicle_type": "bike", "purpose": "extra delivery"}
        assert waste_kg(**(alike | {apart: other[apart]})) == pytest.approx(15 / 16), apart
    together = waste_kg(operator="Alfa", vehicle_type="van")
    assert together == pytest.approx(22.5 * 20 / 920)


def test_parcels_on_a_tour_made_for_waste_pay_for_it() -> None:
    """What the trip was made for decides only where it carried nothing."""
    trips = {"purpose": np.array(["collection"]), "parcel_kgm_sfd": np.array([5.0]), "waste_kgm_sfd": np.array([0.0])}
    assert waste_share(trips, "mass_sfd")[0] == 0


def test_totals_of_cost_stand_beside_their_own_co2e() -> None:
    rows = {
        r["who"]: (r["cost_eur"], r["co2e_wtw_kg"])
        for r in cost_account.rows(morning())
        if r["item"] == cost_account.TOTAL
    }
    assert rows["delivery vans"] == pytest.approx((313, 22.5))
    assert rows["collection vehicles"] == pytest.approx((132, 9))
    assert rows["transfer runs"] == pytest.approx((40, 3))
    assert rows["all operators"] == pytest.approx((485, 34.5))
    assert rows["residents' cars"] == pytest.approx((3, 1.25))
    assert rows["whole city"] == pytest.approx((488, 35.75))


def test_the_inventory_by_hand() -> None:
    run = morning()
    rows = [inventory.shown(r) for r in inventory.rows(replace(run, energies=("diesel",)))]
    found = {(str(r["source"]), str(r["gpc_ref"]), str(r["scope"])): r for r in rows}
    truck, made = (found["collection vehicles", ref, scope] for ref, scope in (("II.1.1", "1"), ("VI.1", "3")))
    assert (truck["co2e_t"], made["co2e_t"]) == pytest.approx((0.006, 0.003))
    assert (truck["activity"], truck["activity_unit"]) == (30, "vehicle-km")
    assert truck["energy_mwh"] == pytest.approx(6 / 2.5 * 35.7 / 3600)
    alfa = found["Alfa, vans and transfer runs", "II.1.1", "1"]
    assert (alfa["co2e_t"], alfa["activity"]) == pytest.approx((0.012, 48))
    cars, of_fuel = (found["residents' cars, for waste alone", *at] for at in (("II.1.1", "1"), ("VI.1", "3")))
    assert (cars["co2e_t"], of_fuel["co2e_t"], cars["activity"]) == pytest.approx((0.001, 0.00025, 10))
    electricity = found[inventory.TOTAL, "II.1", "2"]
    assert (electricity["notation"], electricity["co2e_t"]) == ("", 0)  # a total of nothing is nought, and not a key
    assert found[inventory.TOTAL, "II.1", "1"]["co2e_t"] == pytest.approx(0.024)
    assert found[inventory.TOTAL, "", "1+2+3"]["co2e_t"] == pytest.approx(0.03575)
    memo = found["memo: waste on carriers' vehicles, allocated", "", "3"]
    assert memo["co2e_t"] == pytest.approx((15 / 16 + 3) / 1000)
    assert found["waste in residual bins", "III.3", "1, 3"]["activity"] == pytest.approx(0.75)
    for row in rows:
        own = row["covenant_category"] == "Municipal fleet" or row is memo
        assert bool(row["local_government_scope"]) == own, row["source"]


def test_a_confidential_carrier_tells_nothing_while_the_totals_stay(run_of: Callable[..., MadeRun]) -> None:
    run = run_of(7)
    plain, kept = (inventory.rows(replace(run, confidential=who)) for who in ((), ("Alfa",)))
    for before, after in zip(plain, map(inventory.shown, kept), strict=True):
        if str(before["source"]).startswith("Alfa"):
            assert after["notation"] == "C"
            figures = [after[name] for name in ("activity", "energy_mwh", "co2e_t", "biogenic_co2_t")]
            assert not np.isfinite(np.array(figures, float)).any()
        elif before["source"] == inventory.TOTAL:
            assert after["co2e_t"] == before["co2e_t"]


def test_detours_in_kroner_come_out_as_euro() -> None:
    van = VehicleType(volume_l=1, payload_kg=1, body="van", cost_per_km=0.2, cost_per_h=30)
    in_kroner = van.model_copy(update={"cost_per_km": 0.2 * 7.46, "cost_per_h": 30 * 7.46})
    trip = {"vehicle_type": "van", "metres": 40_000, "depart_s": 0, "return_s": 3600, "waste_containers": 3}
    trips = columns(trip | {"detour_waste_m": 4_000, "detour_waste_s": 600})
    euro = detour_cost(trips, {"van": van}, Costs(handling_per_container=1), np.zeros(1))
    prices = Costs(currency="DKK", handling_per_container=7.46)
    assert detour_cost(trips, {"van": in_kroner}, prices, np.zeros(1)) == pytest.approx(euro)
    assert euro[0] == pytest.approx(0.8 + 5 + 3)


def test_half_a_finding_is_told_as_half() -> None:
    assert (
        judged("identical", "less") == judged("no difference shown", "less") == "greener, no difference in cost shown"
    )
    assert judged("more", "identical") == "dearer, no difference in CO2e shown"
    assert judged("identical", "identical") == "identical"
    assert judged("no difference shown", "identical") == "no difference shown"


def test_a_guard_asks_from_its_least_count_on_and_a_range_of_nothing_is_a_fault() -> None:
    least = GUARDS["kg_per_pickup"].least
    told = [len(faults([Figure("kg_per_pickup", 99, count, "", "")], {})) for count in (least - 1, least)]
    assert told == [0, 1]
    assert ranges({"kg_per_pickup": PlausibleRange(low=2, high=2, reason="always the same")})


def test_trips_of_nobody_else_are_in_the_memo(run_of: Callable[..., MadeRun]) -> None:
    """The municipality's own collection is its scope 1, never its scope 3."""
    run = run_of(2)
    doubled = np.where(run.rows("collection"), 2.0, 1.0)
    dirtier = replace(run, emissions=replace(run.emissions, ttw_kg=run.emissions.ttw_kg * doubled))
    memo = [
        next(r["co2e_t"] for r in inventory.rows(replace(one, allocation="stops")) if "memo" in str(r["source"]))
        for one in (run, dirtier)
    ]
    assert memo[0] == memo[1]
