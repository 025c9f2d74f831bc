"""What driving costs, in euro and kroner, and what cost and CO2e together come to."""

import numpy as np
import pytest

from molosim.evaluation.compared_accounts import beside
from molosim.evaluation.trip_cost import GREENER, detour_cost, judged, trip_cost
from molosim.inputs.accounting import Costs
from molosim.inputs.fleet import VehicleType

VANS = {
    "van": VehicleType(volume_l=10_000, payload_kg=900, body="van", cost_per_km=0.2, cost_per_h=30),
    "truck": VehicleType(volume_l=20_000, payload_kg=900, body="truck", cost_per_km=0.5, cost_per_h=60),
}
TRIPS = {
    "vehicle_type": np.array(["van", "truck"]),
    "metres": np.array([40_000, 20_000]),
    "depart_s": np.array([28_800, 25_200]),
    "return_s": np.array([28_800 + 8 * 3600, 25_200 + 2 * 3600]),
    "waste_containers": np.array([3, 40]),
    "detour_waste_m": np.array([4_000, 0]),
    "detour_waste_s": np.array([600, 0]),
}
KWH = np.array([12.0, np.nan])


def test_a_day_by_hand() -> None:
    costs = Costs(electricity_per_kwh=0.25, handling_per_container=1.5)
    cost = trip_cost(TRIPS, VANS, costs, KWH)
    assert cost.kilometres.tolist() == pytest.approx([8, 10])
    assert cost.hours.tolist() == pytest.approx([240, 120])
    assert cost.electricity.tolist() == pytest.approx([3, 0])
    assert cost.handling.tolist() == pytest.approx([4.5, 60])
    assert cost.total.tolist() == pytest.approx([255.5, 190])
    # A tenth of the van's way, ten minutes, and all of the waste's handling.
    assert detour_cost(TRIPS, VANS, costs, KWH)[0] == pytest.approx(0.8 + 5 + 0.3 + 4.5)


def test_prices_in_kroner_come_out_as_euro_by_the_rate() -> None:
    euro = trip_cost(TRIPS, VANS, Costs(electricity_per_kwh=0.25, handling_per_container=1.5), KWH)
    in_kroner = {
        name: van.model_copy(update={"cost_per_km": 7.46 * van.cost_per_km, "cost_per_h": 7.46 * van.cost_per_h})
        for name, van in VANS.items()
    }
    prices = Costs(currency="DKK", electricity_per_kwh=0.25 * 7.46, handling_per_container=1.5 * 7.46)
    np.testing.assert_allclose(trip_cost(TRIPS, in_kroner, prices, KWH).total, euro.total, rtol=1e-12)


VERDICTS = ("less", "more", "no difference shown", "identical", "one replication, no interval", "not defined")


def test_the_four_corners_are_told_apart() -> None:
    assert judged("less", "less") == "cheaper and greener"
    assert judged("more", "less") == "greener but dearer"
    assert judged("less", "more") == "cheaper but dirtier"
    assert judged("more", "more").startswith("neither")
    assert len(set(GREENER.values())) == len(GREENER)


@pytest.mark.parametrize("cost", VERDICTS)
@pytest.mark.parametrize("co2e", VERDICTS)
def test_no_word_is_said_that_an_interval_does_not_carry(cost: str, co2e: str) -> None:
    words = judged(cost, co2e)
    assert ("cheaper" in words) <= (cost == "less")
    assert ("greener" in words) <= (co2e == "less")
    assert ("dearer" in words) <= (cost == "more")
    assert ("dirtier" in words) <= (co2e == "more")
    if "one replication, no interval" in (cost, co2e):
        assert words in ("one replication, no interval", "not defined")


def compared(difference: float, verdict: str) -> dict[str, str | float]:
    own = {"item": "total", "baseline": "dedicated", "difference": difference, "low": difference, "high": difference}
    return own | {"verdict": verdict, "co2e_wtw_kg": 5000.0}


def test_a_tonne_saved_has_its_price_where_both_are_shown() -> None:
    dearer = beside(compared(300, "more"), compared(-2000, "less"))
    assert (dearer["together"], dearer["eur_per_t_co2e_saved"]) == ("greener but dearer", 150)
    cheaper = beside(compared(-300, "less"), compared(-2000, "less"))
    assert (cheaper["together"], cheaper["eur_per_t_co2e_saved"]) == ("cheaper and greener", -150)
    assert (cheaper["difference_co2e_kg"], cheaper["co2e_verdict"]) == (-2000, "less")


@pytest.mark.parametrize(
    ("cost", "co2e"), [("no difference shown", "less"), ("identical", "less"), ("less", "more"), ("less", "identical")]
)
def test_no_price_stands_on_what_no_interval_carries(cost: str, co2e: str) -> None:
    assert np.isnan(float(beside(compared(-300, cost), compared(-2000, co2e))["eur_per_t_co2e_saved"]))


def test_parts_of_a_cost_and_the_baseline_itself_are_judged_with_nothing() -> None:
    assert beside(compared(1, "more") | {"item": "hours"}, compared(1, "more")) == {}
    assert "together" not in beside(compared(1, "") | {"baseline": ""}, compared(1, ""))
