"""Carriers' own tours in a world: as the table has them, day by day, with the boxes in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.worlds import LAT, LON, STEP_LAT, STEP_LON

from molosim.inputs.table_files import write
from molosim.routing import tours as t
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import Prepared, prepare, simulate
from molosim.simulation.own_tours import days_repeated, driven_tours, overview, own_home_stops
from molosim.simulation.stop_export import exported
from molosim.simulation.world import World

Worlds = Callable[..., World]
NO_PARCELS = {"residents.parcels.per_household_year": 1e-6, "breakdowns.per_van_day": 0.0}
ALFA, BETA = 0, 1


def table(path: Path, **more: Any) -> dict[str, Any]:
    return {"kind": "table", "file": str(path), "merge_m": 0.0, **more}


@pytest.fixture
def own(world_of: Worlds, tmp_path: Path) -> Path:
    """Five days of Alfa's generated tours, as a table."""
    path = tmp_path / "stops.csv"
    world = world_of()
    write(path, exported(world, prepare(world, 0), [ALFA], 5))
    return path


def driven(world: World, prepared: Prepared, carrier: int, day: int) -> list[list[tuple[float, float]]]:
    """Where each tour of a day stops, boxes left out."""
    plans = prepared.plans[carrier]
    found = []
    for tour in plans.tours[plans.tours[:, t.TOUR_DAY] == day]:
        place = plans.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST], t.STOP_PLACE]
        homes = place[place < world.first_box]
        lon, lat = world.places.lon[homes].tolist(), world.places.lat[homes].tolist()
        found.append([(round(x, 6), round(y, 6)) for x, y in zip(lon, lat, strict=True)])
    return found


def test_what_was_exported_is_driven_again(world_of: Worlds, tmp_path: Path) -> None:
    generated = world_of(NO_PARCELS)
    drawn = prepare(generated, 0)
    path = tmp_path / "stops.csv"
    columns = exported(generated, drawn, [ALFA], 5)
    write(path, columns)
    world = world_of(NO_PARCELS | {"carriers.0.home": table(path)})
    again = prepare(world, 0)
    first = generated.days.warmup
    for day in range(first, first + 7):
        assert driven(world, again, ALFA, day) == driven(generated, drawn, ALFA, day)
    tours, before = (plans[ALFA].tours for plans in (again.plans, drawn.plans))
    same = tours[(tours[:, t.TOUR_DAY] >= first) & (tours[:, t.TOUR_DAY] < first + 7)]
    then = before[(before[:, t.TOUR_DAY] >= first) & (before[:, t.TOUR_DAY] < first + 7)]
    assert same[:, t.TOUR_METRES] == pytest.approx(then[:, t.TOUR_METRES], abs=30)
    assert same[:, t.TOUR_START_G].tolist() == then[:, t.TOUR_START_G].tolist()
    assert (np.abs(same[:, t.TOUR_RETURN] - then[:, t.TOUR_RETURN]) < 30).all()
    told = driven_tours(world, ALFA)
    assert told["km"] == pytest.approx((then[:, t.TOUR_METRES] / 1000).tolist(), abs=0.03)
    assert np.abs(told["late_min"]).max() < 0.5
    assert set(told["breaks"]) == {""}


def test_boxes_are_put_into_own_tours(world_of: Worlds, own: Path) -> None:
    world = world_of({"carriers.0.home": table(own)})
    prepared = prepare(world, 0)
    homes = prepared.draws.home[ALFA]
    plans = prepared.plans[ALFA]
    boxes = 0
    for day in range(world.days.count):
        tours = plans.tours[plans.tours[:, t.TOUR_DAY] == day]
        mine = homes.day == day
        expected = [
            homes.address[mine & (homes.tour == number)].tolist() for number in np.unique(homes.tour[mine]).tolist()
        ]
        found = []
        for tour in tours:
            place = plans.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST], t.STOP_PLACE]
            boxes += int((place >= world.first_box).sum())
            if (place < world.first_box).any():
                found.append(place[place < world.first_box].tolist())
        assert found == expected  # the sequence is the carrier's, whatever was put in between
        limits = world.fleets[ALFA].limits[0]
        assert all(t.fault(tour, limits) == 0 for tour in tours)
    parcels = prepared.draws.parcels
    due = parcels[(parcels[:, 2] == ALFA) & (parcels[:, 0] < world.days.count)]
    assert boxes == len(np.unique(due[:, [0, 1]], axis=0)) > 10


@pytest.mark.parametrize("order", ["kept", "improved", "anew"])
@pytest.mark.parametrize("alternative", ["dedicated", "shared"])
def test_a_run_with_own_tours_balances_and_breaks_no_rule(
    world_of: Worlds, own: Path, order: str, alternative: str
) -> None:
    world = world_of({"carriers.0.home": table(own, order=order)})
    totals = simulate(world, prepare(world, 0), alternative).totals
    assert {name: count for name, count in totals.items() if name.startswith("breaches") and count} == {}
    assert totals["home_stops"] > 100


def test_a_shorter_order_is_shorter(world_of: Worlds, own: Path, tmp_path: Path) -> None:
    lines = own.read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines]
    at = rows[0].index("sequence")
    shuffled = np.random.default_rng(1).permutation(len(rows))
    for number, row in enumerate(rows[1:]):
        row[at] = str(shuffled[number])
    path = tmp_path / "shuffled.csv"
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    metres = {}
    for order in ("kept", "improved", "anew"):
        world = world_of(NO_PARCELS | {"carriers.0.home": table(path, order=order)})
        plans = prepare(world, 0).plans[ALFA]
        metres[order] = int(plans.tours[:, t.TOUR_METRES].sum())
        served = int((plans.stops[:, t.STOP_PLACE] < world.first_box).sum())
        assert order == "anew" or served == len(prepare(world, 0).draws.home[ALFA].day)
    assert metres["improved"] < 0.9 * metres["kept"]
    assert metres["anew"] < 0.9 * metres["kept"]


def test_other_carriers_meet_the_same_day(world_of: Worlds, own: Path) -> None:
    generated, world = world_of(), world_of({"carriers.0.home": table(own)})
    before, after = (prepare(w, 0).draws.home[BETA] for w in (generated, world))
    for name in ("day", "address", "ml", "g", "service_s"):
        assert getattr(before, name).tolist() == getattr(after, name).tolist()


def test_where_all_have_tables_no_address_is_drawn(world_of: Worlds, tmp_path: Path) -> None:
    path = tmp_path / "stops.csv"
    generated = world_of()
    write(path, exported(generated, prepare(generated, 0), [ALFA, BETA], 3))
    world = world_of({f"carriers.{i}.home": table(path) for i in (ALFA, BETA)})
    assert world.roads.addresses == 0
    assert world.first_box == sum(len(stops.places) for stops in world.roads.own if stops)
    simulate(world, prepare(world, 0), "hybrid")


def test_the_same_in_every_replication(world_of: Worlds, own: Path) -> None:
    world = world_of({"carriers.0.home": table(own)})
    homes = [prepare(world, replication).draws.home for replication in (0, 1)]
    assert homes[0][ALFA].address.tolist() == homes[1][ALFA].address.tolist()
    assert homes[0][BETA].address.tolist() != homes[1][BETA].address.tolist()


def stops_on(path: Path, *dates: str, column: str = "date", tours: int = 1) -> Path:
    """A table with one stop a tour; the stop's place tells its day."""
    lines = [f"{column},tour,sequence,lon,lat"]
    for number, day in enumerate(dates):
        spot = f"{LON + (number % 6) * STEP_LON},{LAT + (number // 6) * STEP_LAT}"
        lines += [f"{day},{tour},1,{spot}" for tour in range(tours)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("dates", "more", "expected"),
    [
        # Monday 6 January is the first day. Its own date, then weekdays in turn, then any.
        (["2025-01-07"], {}, [0, 0, 0, 0, 0, -1, -1, 0, 0]),
        (["2025-01-06", "2025-01-07", "2025-01-13"], {}, [0, 1, 0, 1, 2, -1, -1, 2, 1]),
        (["2024-12-02", "2024-12-03", "2024-12-09"], {}, [0, 1, 0, 1, 2, -1, -1, 2, 1]),
        (["2025-01-06", "2025-01-07", "2025-01-13"], {"repeat": "in_turn"}, [0, 1, 2, 0, 1, -1, -1, 2, 0]),
    ],
)
def test_days_of_the_table_are_repeated_by_weekday(
    world_of: Worlds, tmp_path: Path, dates: list[str], more: dict[str, Any], expected: list[int]
) -> None:
    path = stops_on(tmp_path / "stops.csv", *dates)
    world = world_of({"carriers.0.home": table(path, **more)})
    stops = world.roads.own[ALFA]
    assert stops is not None
    by_date = {str(date): number for number, date in enumerate(stops.table.dates)}
    assert days_repeated(world, ALFA, stops)[:9].tolist() == [
        -1 if number < 0 else by_date[dates[number]] for number in expected
    ]


def test_days_without_dates_come_in_turn(world_of: Worlds, tmp_path: Path) -> None:
    path = stops_on(tmp_path / "stops.csv", "1", "2", "3", column="day")
    world = world_of({"carriers.0.home": table(path)})
    stops = world.roads.own[ALFA]
    assert stops is not None
    assert days_repeated(world, ALFA, stops)[:9].tolist() == [0, 1, 2, 0, 1, -1, -1, 2, 0]


def test_without_columns_the_configuration_says_what_is_assumed(world_of: Worlds, tmp_path: Path) -> None:
    path = stops_on(tmp_path / "stops.csv", "2025-01-06")
    more = {"litres_per_stop": 33.0, "kg_per_stop": 4.0, "stop_s": 77.0}
    world = world_of({"carriers.0.home": table(path, **more)})
    home = prepare(world, 0).draws.home[ALFA]
    assert (home.ml[0], home.g[0], home.service_s[0]) == (33000, 4000, 77)
    lines = list(overview(world, ALFA))
    assert any(line.startswith("no column 'volume_l'") for line in lines)
    assert any("own tours of stops.csv: 1 stops on 1 day" in line for line in lines)


def test_tours_too_long_for_the_shift_lose_stops_to_others(world_of: Worlds, own: Path) -> None:
    world = world_of({"carriers.0.home": table(own), "carriers.0.shift.hours": 0.9})
    broken = [line for line in overview(world, ALFA) if "break a limit of their vehicle" in line]
    assert "shift" in broken[0]
    prepared = prepare(world, 0)
    limits = world.fleets[ALFA].limits[0]
    assert all(t.fault(tour, limits) == 0 for tour in prepared.plans[ALFA].tours)
    served = prepared.plans[ALFA].stops[:, t.STOP_PLACE] < world.first_box
    assert int(served.sum()) == len(prepared.draws.home[ALFA].day)


def test_stops_near_each_other_are_one_place(world_of: Worlds, own: Path) -> None:
    apart, near = (world_of({"carriers.0.home": table(own) | {"merge_m": m}}).roads.own[ALFA] for m in (0.0, 300.0))
    assert apart is not None
    assert near is not None
    assert len(near.places) < 0.8 * len(apart.places)
    assert len(near.place) == len(apart.place)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("sequence,lon,lat", "sequence,lat,lon"), "the two columns are exchanged"),
        (("11.95", "12.95"), "line 2': is outside the map town"),
        (("2025", "2O25"), "line 2, date: found '2O25-01-06'; must be a date"),
    ],
)
def test_tables_that_are_not_on_the_map(world_of: Worlds, tmp_path: Path, change: tuple[str, str], fault: str) -> None:
    path = stops_on(tmp_path / "stops.csv", "2025-01-06")
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        world_of({"carriers.0.home": table(path)})
    assert fault in str(error.value)


def test_more_tours_than_vans_are_a_fault(world_of: Worlds, tmp_path: Path) -> None:
    path = stops_on(tmp_path / "stops.csv", "2025-01-06", tours=3)
    world = world_of({"carriers.0.home": table(path)})
    with pytest.raises(ScenarioError, match=r"carriers.0.vans: found 2 vehicles; .*csv has 3 tours on 2025-01-06"):
        own_home_stops(world)
    assert own_home_stops(world_of({"carriers.0.home": table(path, order="anew")}))[ALFA] is not None


def test_a_carrier_that_the_table_does_not_know(world_of: Worlds, own: Path) -> None:
    with pytest.raises(ScenarioError, match="has no stops of 'Beta'; allowed: Alfa"):
        world_of({"carriers.1.home": table(own)})
    assert world_of({"carriers.1.home": table(own, carrier="Alfa")}).roads.own[BETA] is not None


def test_tours_of_no_known_order_are_driven_in_a_short_one(world_of: Worlds, own: Path, tmp_path: Path) -> None:
    """As those of an anonymised table, whose rows stand in an order of chance."""
    head, *rows = own.read_text(encoding="utf-8").splitlines()
    shuffled = [rows[i].split(",") for i in np.random.default_rng(1).permutation(len(rows)).tolist()]
    names = head.split(",")
    kept = [i for i, name in enumerate(names) if name != "sequence"]
    for row in shuffled:
        row[names.index("arrival")] = row[names.index("arrival")][:2] + ":00"
    path = tmp_path / "shuffled.csv"
    path.write_text("".join(",".join(row[i] for i in kept) + "\n" for row in [names, *shuffled]), encoding="utf-8")
    driven_km = [sum(driven_tours(world_of({"carriers.0.home": table(one)}), ALFA)["km"]) for one in (own, path)]
    assert driven_km[1] == pytest.approx(driven_km[0], rel=0.05)
