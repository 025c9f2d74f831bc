"""A run as lines of a city's greenhouse-gas inventory, in the references of GPC and the Covenant of Mayors.

Scope 1 is fuel burnt on the territory (tank-to-wheel), scope 2 electricity from the grid, scope 3 the making of fuel.
In the community's inventory both fleets are on-road transportation; in that of the local government itself its own
fleet is scope 1 and 2, and waste that carriers take along for it is scope 3, by the allocated account. References and
notation keys are those of the GPC, version 1.1 (general knowledge, not read in the source).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from molosim.emissions.sources import DIESEL_MJ, HVO_MJ
from molosim.evaluation.allocation import allocate
from molosim.evaluation.run_view import Row, RunView
from molosim.inputs.accounting import By
from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Flags, Floats
from molosim.runtime.files import read_rows
from molosim.trips import MUNICIPALITY, VAN_PURPOSES, Energy, Purpose

CARRIERS: Mapping[str, str] = MappingProxyType(
    {Energy.DIESEL: "diesel (B7)", Energy.HVO100: "biofuel (HVO100)", Energy.ELECTRICITY: "electricity"}
)
"""Energy carriers of vehicles, and what the inventory calls them."""
TOTAL = "total"
_MWH_PER_MJ = 1 / 3600
_ROAD = ("Transportation", "On-road transportation")
_OTHER = ("Other scope 3", "Making and bringing of fuels")
_FLEET, _PRIVATE = "Municipal fleet", "Private and commercial transport"


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the inventory is about."""

    ref: str
    """Of the GPC."""
    sector: str
    subsector: str
    scope: str
    covenant: str
    """Category of the Covenant of Mayors."""
    source: str
    carrier: str = ""
    notation: str = ""
    note: str = ""


_BURNT = "III.3"
ELSEWHERE = tuple(Line(**row) for row in read_rows(Path(__file__).with_name("inventory_elsewhere.csv")))
"""What an inventory asks for and a run does not tell, and why."""


def rows(run: RunView) -> list[Row]:
    """Lines of one run, by operator and by the energy carriers that the scenario's vehicles use.

    Lines of confidential operators show no figures; totals have them.
    """
    scenario = run.scenario
    operators = (MUNICIPALITY, *(carrier.name for carrier in scenario.carriers))
    used = {vehicle.energy for vehicle in scenario.vehicles.values()}
    carriers = [carrier for carrier in CARRIERS if carrier in used]
    found: list[Row] = []
    for operator in operators:
        own = run.tables.trips["operator"].astype(str) == operator
        for carrier in carriers:
            lines = _lines(run, operator, carrier, own & (run.energy == carrier))
            if operator in scenario.accounts.confidential:
                lines = [line | {"notation": "C", "note": "the operator's figures are confidential"} for line in lines]
            found += lines
    found += _residents(run)
    found += _totals(run)
    found += _memo(run, scenario.accounts.allocation)
    residual_kg = run.boxes(*(f"residual_g_{fraction}" for fraction in FRACTIONS)) / 1000
    burnt: Row = {"activity": residual_kg, "activity_unit": "kg"}
    return found + [_row(line) | (burnt if line.ref == _BURNT else {}) for line in ELSEWHERE]


def _row(line: Line) -> Row:
    """A line without figures."""
    nothing = float("nan")
    return {
        "gpc_ref": line.ref,
        "sector": line.sector,
        "subsector": line.subsector,
        "scope": line.scope,
        "local_government_scope": line.scope if line.covenant == _FLEET else "",
        "covenant_category": line.covenant,
        "source": line.source,
        "energy_carrier": line.carrier,
        "notation": line.notation,
        "note": line.note,
        "activity": nothing,
        "activity_unit": "",
        "energy_mwh": nothing,
        "co2e_t": nothing,
        "t_per_mwh": nothing,
        "biogenic_co2_t": nothing,
    }


def _lines(run: RunView, operator: str, carrier: str, mine: Flags) -> list[Row]:
    """Fuel: burnt (scope 1) and made (scope 3); electricity: drawn (scope 2)."""
    covenant = _FLEET if operator == MUNICIPALITY else _PRIVATE
    source = "collection vehicles" if operator == MUNICIPALITY else f"{operator}, vans and transfer runs"
    ttw_t, wtt_t, biogenic_t = (
        float(values[mine].sum()) / 1000
        for values in (run.emissions.ttw_kg, run.emissions.wtt_kg, run.emissions.biogenic_kg)
    )
    driven: Row = {
        "activity": float(run.tables.trips["metres"][mine].sum()) / 1000,
        "activity_unit": "vehicle-km",
        "energy_mwh": float(_mwh(run)[mine].sum()),
    }
    name = CARRIERS[carrier]
    if carrier == Energy.ELECTRICITY:
        drawn: Row = {"co2e_t": ttw_t + wtt_t, "biogenic_co2_t": biogenic_t}
        return [_row(Line("II.1.2", *_ROAD, "2", covenant, source, name)) | driven | drawn]
    burnt = _row(Line("II.1.1", *_ROAD, "1", covenant, source, name))
    made = _row(Line("VI.1", *_OTHER, "3", covenant, source, name))
    return [burnt | driven | {"co2e_t": ttw_t, "biogenic_co2_t": biogenic_t}, made | {"co2e_t": wtt_t}]


def _mwh(run: RunView) -> Floats:
    """Final energy of each trip."""
    fuel_mj = run.emissions.diesel_l * DIESEL_MJ.value + run.emissions.hvo_l * HVO_MJ.value
    return np.asarray(fuel_mj * _MWH_PER_MJ + run.emissions.kwh / 1000, np.float64)


def _residents(run: RunView) -> list[Row]:
    """Residents' cars: the factors of fuel are per kilometre, so its energy is not known."""
    source, fuel, cars = "residents' cars, for waste alone", "petrol and diesel", run.cars
    drawn_t, kwh = run.cars_electricity_kg / 1000, float(cars.kwh.sum())
    burnt = _row(Line("II.1.1", *_ROAD, "1", _PRIVATE, source, fuel, note="energy NE: factors are per kilometre"))
    drawn = _row(Line("II.1.2", *_ROAD, "2", _PRIVATE, source, CARRIERS[Energy.ELECTRICITY]))
    made = _row(Line("VI.1", *_OTHER, "3", _PRIVATE, source, fuel))
    km, electric = run.boxes("car_m") / 1000, run.cars_electric_share
    by_fuel: Row = {"activity": (1 - electric) * km, "activity_unit": "vehicle-km"}
    by_battery: Row = {"activity": electric * km, "activity_unit": "vehicle-km"}
    return [
        burnt | by_fuel | {"co2e_t": float(cars.ttw_kg.sum()) / 1000},
        drawn | by_battery | {"energy_mwh": kwh / 1000, "co2e_t": drawn_t},
        made | {"co2e_t": float(cars.wtt_kg.sum()) / 1000 - drawn_t},
    ]


def _totals(run: RunView) -> list[Row]:
    battery = run.energy == Energy.ELECTRICITY
    electricity_kg = float(run.emissions.wtw_kg[battery].sum()) + run.cars_electricity_kg
    fuel_kg = float(run.emissions.ttw_kg[~battery].sum()) + float(run.cars.ttw_kg.sum())
    all_kg = float(run.emissions.wtw_kg.sum()) + float(run.cars.wtw_kg.sum())
    totals = (
        ("II.1", *_ROAD, "1", fuel_kg, "all lines of scope 1"),
        ("II.1", *_ROAD, "2", electricity_kg, "all lines of scope 2"),
        ("II.1", *_ROAD, "1+2", fuel_kg + electricity_kg, "what GPC BASIC asks for of transport"),
        ("", "All", "", "1+2+3", all_kg, "well-to-wheel, as co2e_wtw_city_kg"),
    )
    return [
        _row(Line(ref, sector, subsector, scope, "", TOTAL, "all", note=note)) | {"co2e_t": kg / 1000}
        for ref, sector, subsector, scope, kg, note in totals
    ]


def _memo(run: RunView, by: By) -> list[Row]:
    """The waste that carriers' vehicles took along, from the local government's own side."""
    _, waste_kg = allocate(run.tables.trips, run.emissions.wtw_kg, by)
    mine = run.rows(*VAN_PURPOSES, Purpose.TRANSFER)
    note = f"split by {by}; part of the carriers' lines, not to be added to them"
    line = Line("", *_ROAD, "3", "", "memo: waste on carriers' vehicles, allocated", "all", note=note)
    return [_row(line) | {"local_government_scope": "3", "co2e_t": float(waste_kg[mine].sum()) / 1000}]


def shown(row: Row) -> Row:
    """A line of means as it is written: no figures where a notation key stands, NO where nothing was driven."""
    nothing = row["co2e_t"] == 0 and not float(row["activity"]) > 0
    if row["notation"] == "" and row["source"] != TOTAL and nothing:
        row = row | {"notation": "NO", "note": "", "activity_unit": ""}
    if row["notation"] == "":
        mwh = float(row["energy_mwh"])
        return row | {"t_per_mwh": float(row["co2e_t"]) / mwh if mwh > 0 else float("nan")}
    kept = ("activity",) if row["gpc_ref"] == _BURNT else ()
    blank = {name: float("nan") for name in ("activity", "energy_mwh", "co2e_t", "biogenic_co2_t") if name not in kept}
    return row | blank
