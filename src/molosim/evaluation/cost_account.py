"""What a run cost as a table: each item of each group of vehicles, residents' driving, totals beside their CO2e."""

from __future__ import annotations

from molosim.evaluation.run_view import WHO, Row, RunView
from molosim.evaluation.trip_cost import ITEMS

TOTAL = "total"


def rows(run: RunView) -> list[Row]:
    """A row for each item and total; totals have the CO2e of the same vehicles, well-to-wheel."""
    found: list[Row] = []
    cars_kg = float(run.cars.wtw_kg.sum())
    for who, purposes in WHO.items():
        mine = run.rows(*purposes)
        found += [_row(who, item, float(getattr(run.trip_cost, item)[mine].sum())) for item in ITEMS]
        found.append(_row(who, TOTAL, float(run.trip_cost.total[mine].sum()), float(run.emissions.wtw_kg[mine].sum())))
    operators = found[-1]
    found.append(_row("residents' cars", TOTAL, run.residents_cost(), cars_kg))
    city_eur = float(operators["cost_eur"]) + run.residents_cost()
    found.append(_row("whole city", TOTAL, city_eur, float(operators["co2e_wtw_kg"]) + cars_kg))
    return found


def _row(who: str, item: str, eur: float, co2e_kg: float = float("nan")) -> Row:
    return {"who": who, "item": item, "cost_eur": eur, "co2e_wtw_kg": co2e_kg}
