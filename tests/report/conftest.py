"""A result folder without a simulation: tables drawn at random in the shape of the real ones."""

import itertools
import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tomli_w

from molosim.evaluation.compared_accounts import compare_accounts
from molosim.evaluation.evaluated import account_rows
from molosim.evaluation.measures import measure
from molosim.evaluation.run_view import Row, RunView
from molosim.evaluation.statistics import compare
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.scenario import Scenario
from molosim.report import write_report
from molosim.results.writer import write_table
from molosim.routing.haulage import HAULAGE
from molosim.runtime import bundled

ALTERNATIVES = ("dedicated", "shared", "hybrid", "none")
BOXES, VANS, DAYS = 12, 8, 10
NASTY = "<script>alert(1)</script>"
LON, LAT = 11.97, 57.70


def trips(rng: np.random.Generator, alternative: str, replication: int) -> dict[str, np.ndarray]:
    """Vans' tours alike in all alternatives but for detours; collection and transfer where there are such."""
    rounds = {"dedicated": 4, "hybrid": 1}.get(alternative, 0)
    transfers = {"shared": 2, "hybrid": 1}.get(alternative, 0)
    sharing = alternative in {"shared", "hybrid"}
    tours = VANS * DAYS
    n = tours + rounds + transfers
    purpose = np.array(["delivery"] * tours + ["collection"] * rounds + ["transfer"] * transfers, dtype=object)
    vans = purpose == "delivery"
    drawn = rng.random((3, tours))
    metres = np.where(vans, 60_000, 35_000)
    metres[:tours] += (drawn[0] * 20_000).astype(int)
    detour = np.zeros(n, dtype=np.int64)
    detour[:tours] = sharing * (drawn[1] < 0.2) * (300 + 4_000 * drawn[2]).astype(int)
    metres = metres + detour
    service = np.where(vans, 110 * 150, 6_000)
    driving = np.round(metres / 8.5).astype(int)
    fill = np.clip(0.15 + 0.5 * rng.random(n), 0, 1)
    columns = {
        "alternative": np.full(n, alternative, dtype=object),
        "replication": np.full(n, replication),
        "day": np.arange(n) % DAYS,
        "operator": np.where(purpose == "collection", "municipality", "Alfa").astype(object),
        "vehicle": np.arange(n) // DAYS,
        "vehicle_type": np.where(purpose == "collection", "collection_truck", "van").astype(object),
        "purpose": purpose,
        "depart_s": np.full(n, 28_800),
        "return_s": 28_800 + driving + service,
        "metres": metres,
        "driving_s": driving,
        "service_s": service,
        "stops": np.where(vans, 112, 12),
        "box_stops": np.where(vans, 2, 12),
        "detour_parcel_m": np.where(vans, 150, 0),
        "detour_parcel_s": np.where(vans, 60, 0),
        "detour_waste_m": detour,
        "detour_waste_s": np.where(detour > 0, 180 + detour // 8, 0),
        "waste_g": np.where(vans, 1_500 * (detour > 0), 45_000),
        "waste_containers": np.where(vans, detour > 0, 12),
        "waste_points_milli": np.where(vans, 4_500 * (detour > 0), 90_000),
        "parcels_l": fill * 11_000,
        "fill_start": fill,
        "fill_peak": np.clip(fill + 0.02 * (detour > 0), 0, 1),
        "breakdown": np.zeros(n, dtype=int),
        "charge_start_s": np.full(n, -1),
        "charge_kw": np.zeros(n),
        "charged_kwh": np.zeros(n),
        "waste_l": np.where(vans, 57.5 * (detour > 0), 690),
    }
    columns |= {name: np.zeros(n) for name in HAULAGE if name not in columns}
    for band in range(7):
        columns[f"metres_b{band}"] = metres if band == 2 else np.zeros(n, dtype=int)
        columns[f"seconds_b{band}"] = driving if band == 2 else np.zeros(n, dtype=int)
    return columns


def boxes(rng: np.random.Generator, alternative: str, replication: int, names: list[str]) -> dict[str, np.ndarray]:
    """Balanced kilograms: offered is collected, brought to a centre, lost, or still there."""
    n = len(names)
    columns = {
        "alternative": np.full(n, alternative, dtype=object),
        "replication": np.full(n, replication),
        "box": np.arange(n),
        "name": np.array(names, dtype=object),
        "district": np.array(["Majorna", "Bergsjön"] * n, dtype=object)[:n],
        "lon": LON + 0.08 * np.cos(np.arange(n)),
        "lat": LAT + 0.03 * np.sin(2.3 * np.arange(n)),
        "households": np.full(n, 300),
        "walk_m": np.full(n, 90.0),
        "taking_part_parcels": np.full(n, 0.7),
        "taking_part_waste": np.full(n, 0.6),
        "parcel_doors": np.full(n, 17),
        "open_h": np.full(n, 24.0 * DAYS),
    }
    counted = ("parcels_in parcels_placed parcels_redirected parcels_fetched parcels_expired parcels_returned"
               " parcels_waiting parcels_inside sends_offered sends_accepted sends_refused sends_collected dwell_h"
               " occupied_door_h blocked_h visits_van visits_collection pickups containers car_trips own_car_trips"
               " car_m car_s")  # fmt: skip
    for column in counted.split():
        columns[column] = rng.integers(1, 60, n)
    columns["pickups"] *= alternative != "none"
    weight = {"dedicated": 0.06, "shared": 0.1, "hybrid": 0.04, "none": 0.7}[alternative]
    columns["car_m"] = (weight * 60_000 * (1 + 0.1 * rng.random(n))).astype(int)
    for fraction in FRACTIONS:
        offered = rng.integers(5_000, 40_000, n)
        lost = (offered * weight).astype(int)
        kept = 0 if alternative == "none" else 1
        columns["pickups"] = kept * columns["pickups"]
        columns |= {
            f"offered_g_{fraction}": offered,
            f"stored_g_{fraction}": kept * (offered - lost),
            f"refused_g_{fraction}": kept * lost,
            f"moved_g_{fraction}": 0 * offered,
            f"centre_g_{fraction}": lost // 2 + (1 - kept) * (offered - lost),
            f"centre_n_{fraction}": lost // 2_000,
            f"residual_g_{fraction}": lost - lost // 2,
            f"collected_g_{fraction}": kept * (offered - lost),
            f"inside_g_{fraction}": 0 * offered,
            f"home_g_{fraction}": 0 * offered,
        }
    return columns


def pickups(trips: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Two on each trip with waste, halfway and at the end: the first has a third of the litres."""
    rows = np.flatnonzero(trips["waste_g"] > 0)
    named = ("alternative", "replication", "day", "operator", "vehicle", "vehicle_type", "purpose", "depart_s")
    back, out = trips["return_s"][rows], trips["depart_s"][rows]
    litres = trips["waste_l"][rows]
    columns = {name: np.tile(trips[name][rows], 2) for name in named}
    return columns | {
        "second": np.concatenate([out + (back - out) // 2, back]),
        "box": np.tile(rows % BOXES, 2),
        "containers": np.ones(2 * len(rows), dtype=int),
        "litres": np.concatenate([litres / 3, 2 * litres / 3]),
        **{f"g_{fraction}": np.full(2 * len(rows), 250) for fraction in FRACTIONS},
    }


def box_days(rng: np.random.Generator, alternative: str, replication: int) -> dict[str, np.ndarray]:
    """Box by box and day by day; doors are taken a share of the day that grows with the box's number."""
    n = BOXES * DAYS
    box, day = np.tile(np.arange(BOXES), DAYS), np.repeat(np.arange(DAYS), BOXES)
    return {
        "alternative": np.full(n, alternative, dtype=object),
        "replication": np.full(n, replication),
        "day": day,
        "box": box,
        "fill": rng.random(n).astype(np.float32),
        "occupied_s": (17 * 86_400 * box / (2 * BOXES)).astype(int),
    }


def stays(rng: np.random.Generator, alternative: str, replication: int) -> dict[str, np.ndarray]:
    """Some parcels each hour for two days, and one that was taken back."""
    hours = np.arange(49)
    return {
        "alternative": np.full(49, alternative, dtype=object),
        "replication": np.full(49, replication),
        "hours": hours,
        "fetched": np.where(hours < 48, rng.integers(0, 20, 49), 0),
        "returned": (hours == 48).astype(int),
    }


def band(comparison: pd.DataFrame) -> pd.DataFrame:
    """Three factor sets: the headline's own, one twice as high, one that shows nothing."""
    sides = ("co2e_wtw_city_kg", "co2e_wtw_operations_kg", "co2e_wtw_residents_kg")
    city = comparison.loc[comparison["measure"].isin(sides)]
    columns = ["alternative", "measure", "difference", "low", "high", "verdict"]
    sets = {"speed_stop": (1.0, None), "flat": (2.0, None), "doubtful": (0.0, "no difference shown")}
    return pd.concat(
        city[columns].assign(
            model=name,
            verdict=verdict or city["verdict"],
            **{c: scale * city[c] for c in ("difference", "low", "high")},
        )
        for name, (scale, verdict) in sets.items()
    )


def _sample_day(rng: np.random.Generator) -> dict[str, object]:
    def line(alternative: str, purpose: str) -> dict[str, object]:
        way = np.array([LON, LAT]) + np.cumsum(rng.normal(0, 0.004, (40, 2)), axis=0)
        properties = {"alternative": alternative, "operator": "Alfa", "vehicle": 0, "purpose": purpose, "day": 3}
        return {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "LineString", "coordinates": way.tolist()},
        }

    lines = [line(a, "delivery") for a in ("dedicated", "shared") for _ in range(5)]
    return {"type": "FeatureCollection", "features": [*lines, line("dedicated", "collection")]}


def _roads() -> dict[str, object]:
    across = [[[LON + 0.02 * i, LAT - 0.06], [LON + 0.02 * i, LAT + 0.06]] for i in range(-8, 9)]
    along = [[[LON - 0.2, LAT + 0.01 * i], [LON + 0.2, LAT + 0.01 * i]] for i in range(-6, 7)]
    geometry = {"type": "MultiLineString", "coordinates": across + along}
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geometry}]}


def build(
    folder: Path, *, replications: int = 3, alternatives: tuple[str, ...] = ALTERNATIVES, nasty: bool = False
) -> Path:
    folder.mkdir()
    config = tomllib.loads((bundled.folder("configs") / "gothenburg.toml").read_text(encoding="utf-8"))
    config["horizon"] |= {"replications": replications, "days": DAYS}
    config["alternatives"] = {name: config["alternatives"][name] for name in alternatives}
    names = [f"{NASTY if nasty else 'Box'} {i}" for i in range(BOXES)]
    if nasty:
        config["title"] = f"{NASTY} & Söner"
    (folder / "config.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
    _write_tables(folder, Scenario.model_validate(config), names)
    (folder / "sample_day.geojson").write_text(json.dumps(_sample_day(np.random.default_rng(5))))
    (folder / "roads.geojson").write_text(json.dumps(_roads()))
    about = {"name": "a map", "source": "a test", "date": "2016", "attribution": "a test", "sha256": "0"}
    manifest = {
        "program": "molosim",
        "format": 2,
        "version": "0",
        "seed": 1,
        "replications": replications,
        "map": about,
    }
    manifest |= {"versions": {}, "machine": {}, "wall_s": 12.3}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def result_folder(tmp_path: Path) -> Callable[..., Path]:
    """``result_folder(replications=3, alternatives=..., nasty=False)``: a new folder, without its report."""
    numbers = itertools.count()
    return lambda **options: build(tmp_path / f"result-{next(numbers)}", **options)


@pytest.fixture
def folder(reported: Path, tmp_path: Path) -> Path:
    """A copy of the reported folder, to be changed."""
    return shutil.copytree(reported, tmp_path / "result")


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its report, not to be changed."""
    folder = build(tmp_path_factory.mktemp("reported") / "result")
    write_report(folder)
    return folder


def _write_tables(folder: Path, scenario: Scenario, names: list[str]) -> None:
    all_trips, all_boxes, all_pickups, all_days, all_stays, rows = [], [], [], [], [], []
    accounts: dict[str, dict[str, list[list[Row]]]] = {}
    for replication in range(scenario.horizon.replications):
        for alternative in scenario.alternatives:
            rng = np.random.default_rng([replication, 7])
            tables = SimpleNamespace(
                charges={},
                trips=trips(rng, alternative, replication),
                boxes=boxes(rng, alternative, replication, names),
                totals={"breaches_adr": 0},
            )
            all_trips.append(pd.DataFrame(tables.trips))
            all_boxes.append(pd.DataFrame(tables.boxes))
            all_pickups.append(pd.DataFrame(pickups(tables.trips)))
            all_days.append(pd.DataFrame(box_days(rng, alternative, replication)))
            all_stays.append(pd.DataFrame(stays(rng, alternative, replication)))
            rows.append({"alternative": alternative, "replication": replication, **measure(tables, scenario)})
            for name, mine in account_rows(RunView(tables, scenario)).items():
                accounts.setdefault(name, {}).setdefault(alternative, []).append(mine)
    pd.concat(all_trips).to_parquet(folder / "trips.parquet")
    pd.concat(all_boxes).to_parquet(folder / "boxes.parquet")
    pd.concat(all_pickups).to_parquet(folder / "pickups.parquet")
    pd.concat(all_days).to_parquet(folder / "box_days.parquet")
    pd.concat(all_stays).to_parquet(folder / "stays.parquet")
    replications = pd.DataFrame(rows)
    replications.to_parquet(folder / "replications.parquet")
    comparison = compare(replications, scenario.baseline)
    comparison.to_csv(folder / "comparison.csv", index=False)
    band(comparison).to_csv(folder / "band.csv", index=False)
    (folder / "accounts").mkdir()
    for name, account in compare_accounts(accounts, scenario, ()).items():
        write_table(folder, name, account)
