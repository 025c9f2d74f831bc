"""Hours of the grid: made up, or from a user's file in its time zone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from molosim.emissions.grid import conditions, factors_of, profile
from molosim.inputs.emission_settings import Emissions, FileGrid, MeanGrid, ProfileGrid
from molosim.inputs.validation import checked
from molosim.runtime.errors import ScenarioError

DENMARK = ZoneInfo("Europe/Copenhagen")
WINTER = date(2025, 1, 6)
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)
"""Clocks go forward at 02:00, back at 03:00."""


def utc_hours(first: date, days: int) -> list[datetime]:
    """Every hour that local days have, in UTC."""
    start = datetime(first.year, first.month, first.day, tzinfo=DENMARK).astimezone(UTC)
    last = first + timedelta(days=days)
    end = datetime(last.year, last.month, last.day, tzinfo=DENMARK).astimezone(UTC)
    return [start + timedelta(hours=n) for n in range(round((end - start).total_seconds() / 3600))]


def value(at: datetime) -> float:
    """Another for every instant: the hour of the UTC day, and a tenth of the day of the year."""
    return 100 + at.hour + at.timetuple().tm_yday / 10


def written(folder: Path, text: str) -> Path:
    (folder / "grid.csv").write_text(text, encoding="utf-8")
    return folder / "grid.csv"


def energi_data(folder: Path, first: date, days: int, *, newest_first: bool = False, local: bool = False) -> Path:
    """As Energi Data Service writes it: semicolons, commas for the decimals, UTC and Danish time."""
    rows = []
    for at in utc_hours(first, days):
        there = at.astimezone(DENMARK)
        times = f"{there:%Y-%m-%d %H:%M}" if local else f"{at:%Y-%m-%d %H:%M};{there:%Y-%m-%d %H:%M}"
        for area, more in (("DK2", 50), ("DK1", 0)):
            rows.append(f"{times};{area};" + f"{value(at) + more:.1f}".replace(".", ","))
    header = "HourDK;PriceArea;CO2PerkWh" if local else "HourUTC;HourDK;PriceArea;CO2PerkWh"
    return written(folder, "\n".join([header, *(rows[::-1] if newest_first else rows)]) + "\n")


def hours(path: Path, first: date, days: int, **more: str) -> np.ndarray:
    return conditions(Emissions(grid=FileGrid(file=str(path), **more)), first, days).grid_g_per_kwh


def fault(path: Path, first: date = WINTER, days: int = 1, **more: str) -> str:
    with pytest.raises(ScenarioError) as error:
        hours(path, first, days, **more)
    (only,) = error.value.faults
    assert "\n" not in str(only)
    return str(only)


def test_one_mean_for_every_hour() -> None:
    found = conditions(Emissions(grid=MeanGrid(g_per_kwh=80)), WINTER, 3)
    assert (found.grid_g_per_kwh == 80).all()
    assert len(found.grid_g_per_kwh) == 72


def test_the_profile_has_its_mean_over_a_year_and_is_cheapest_on_summer_noons() -> None:
    found = conditions(Emissions(grid=ProfileGrid(g_per_kwh=96)), date(2023, 1, 1), 365)
    assert found.grid_g_per_kwh.mean() == pytest.approx(96, rel=1e-12)
    assert np.unravel_index(profile().argmin(), (12, 24)) == (5, 12)
    assert 0.3 < profile().min() < profile().max() < 1.8


def test_the_profile_goes_hour_by_hour_and_month_by_month_at_any_mean() -> None:
    found = conditions(Emissions(grid=ProfileGrid(g_per_kwh=200)), date(2024, 2, 29), 2).grid_g_per_kwh
    assert found == pytest.approx(200 * np.concatenate([profile()[1], profile()[2]]))


def test_a_run_says_what_its_electricity_and_weather_were(tmp_path: Path) -> None:
    """What a reader sees: the run's own mean, and an assumption called one unless it is read in a file."""

    def told(**said: object) -> dict[str, tuple[float, str, str]]:
        own = Emissions.model_validate(said)
        found = factors_of(own, conditions(own, WINTER, 2))
        return {f.name.partition(" ")[0]: (f.value, f.certainty, f.source) for f in found}

    assert told() == {"outdoor": (pytest.approx(1.6), "GK", "months of Denmark, about 1991-2020")}
    assert told(temperature_c=[20] * 12)["outdoor"][2] == "emissions.temperature_c of the configuration"
    coal = told(grid={"kind": "mean", "g_per_kwh": 700})["electricity"]
    assert coal == (0.7, "GK", "emissions.grid.g_per_kwh of the configuration")
    kg, certainty, source = told(grid={"kind": "profile"})["electricity"]
    assert (kg, certainty) == (pytest.approx(0.096 * profile()[0].mean()), "GK")
    assert source.startswith("made-up profile")
    file = {"kind": "file", "file": str(energi_data(tmp_path, WINTER, 2)), "area": "DK1"}
    kg, certainty, source = told(grid=file)["electricity"]
    assert (certainty, source) == ("R", "hours of grid.csv, in Europe/Copenhagen")
    assert kg == pytest.approx(np.mean([value(at) for at in utc_hours(WINTER, 2)]) / 1000, rel=1e-3)


def test_temperature_follows_the_months() -> None:
    months = tuple(float(month) for month in range(12))
    found = conditions(Emissions(temperature_c=months), date(2025, 1, 31), 2)
    assert list(found.temperature_c) == [0, 1]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("first", [WINTER, SPRING - timedelta(days=1), AUTUMN - timedelta(days=1)])
def test_every_hour_is_where_the_clock_on_the_wall_has_it(
    tmp_path: Path, first: date, *, newest_first: bool, local: bool
) -> None:
    found = hours(energi_data(tmp_path, first, 3, newest_first=newest_first, local=local), first, 3, area="DK1")
    for number, got in enumerate(found):
        clock = datetime(first.year, first.month, first.day) + timedelta(hours=number)  # noqa: DTZ001 - wall clock
        both = [value(clock.replace(tzinfo=DENMARK, fold=fold).astimezone(UTC)) for fold in (0, 1)]
        left_out = clock.date() == SPRING and clock.hour == 2
        assert got == pytest.approx(both[0] if left_out else np.mean(both)), clock


def test_days_on_which_clocks_change_have_24_hours(tmp_path: Path) -> None:
    spring = hours(energi_data(tmp_path, SPRING, 1), SPRING, 1, area="DK1")
    assert len(spring) == 24
    assert spring[2] == spring[3]  # 02:00 is left out: it counts as 03:00
    autumn = hours(energi_data(tmp_path, AUTUMN, 1), AUTUMN, 1, area="DK1")
    twice = [value(datetime(2025, 10, 26, hour, tzinfo=UTC)) for hour in (0, 1)]
    assert autumn[2] == pytest.approx(np.mean(twice))  # 02:00 comes twice


def test_parts_of_hours_are_averaged(tmp_path: Path) -> None:
    rows = [f"{at + timedelta(minutes=m):%Y-%m-%dT%H:%MZ},{m}" for at in utc_hours(WINTER, 1) for m in range(0, 60, 5)]
    assert hours(written(tmp_path, "\n".join(["Minutes5UTC,CO2Emission", *rows])), WINTER, 1) == pytest.approx(27.5)


def test_an_hour_that_lacks_a_part_is_missing(tmp_path: Path) -> None:
    at = [f"{at + timedelta(minutes=m):%Y-%m-%dT%H:%MZ},50" for at in utc_hours(WINTER, 1) for m in range(0, 60, 15)]
    assert "has no value for 2025-01-06 02:00" in fault(
        written(tmp_path, "\n".join(["TimeUTC,g_per_kwh", *at[:9], *at[10:]]))
    )


@pytest.mark.parametrize("column", ["HourUTC", "time_local"])
def test_a_time_with_an_offset_of_its_own_is_what_it_says(tmp_path: Path, column: str) -> None:
    """Hours of Denmark as a file of Helsinki has them, whatever its column of times is called."""
    helsinki = ZoneInfo("Europe/Helsinki")
    rows = [f"{at.astimezone(helsinki).isoformat()},{value(at):.1f}" for at in utc_hours(WINTER, 1)]
    found = hours(written(tmp_path, "\n".join([f"{column},g_per_kwh", *rows])), WINTER, 1)
    assert found == pytest.approx([value(at) for at in utc_hours(WINTER, 1)])


def test_a_local_time_that_comes_thrice_is_there_twice(tmp_path: Path) -> None:
    rows = [f"2025-10-26 {hour:02d}:00,50" for hour in (0, 1, 2, 2, 2, 3)]
    told = fault(written(tmp_path, "\n".join(["HourDK,g_per_kwh", *rows])), AUTUMN)
    assert "line 6: 2025-10-26 02:00 is there twice" in told


def test_one_way_of_allocating_fuel_is_chosen(tmp_path: Path) -> None:
    both = (("125%", 80), ("200%", 60))
    rows = [f"{at:%Y-%m-%dT%H:%M:%S};DK1;{way};{g}" for at in utc_hours(WINTER, 1) for way, g in both]
    path = written(tmp_path, "\n".join(["HourUTC;PriceArea;FuelAllocationMethod;CO2PerkWh", *rows]))
    assert (hours(path, WINTER, 1, method="200%") == 60).all()
    assert "emissions.grid.method: missing; " in fault(path)
    assert "has 125%, 200%" in fault(path)
    assert "found '150%'; did you mean" in fault(path, method="150%")


def test_kilograms_are_understood_when_said(tmp_path: Path) -> None:
    rows = [f"{at:%Y-%m-%d %H:%M},0.096" for at in utc_hours(WINTER, 1)]
    path = written(tmp_path, "\n".join(["HourUTC,kg_per_kwh", *rows]))
    assert hours(path, WINTER, 1, unit="kg/kWh") == pytest.approx(96)
    assert "is its unit kg/kWh? (emissions.grid.unit)" in fault(path)
    grams = written(tmp_path, "\n".join(["HourUTC,g_per_kwh", *(row.replace("0.096", "96") for row in rows)]))
    assert "line 2: found '96'; expected is 0 to 2.5 kg/kWh (emissions.grid.unit)" in fault(grams, unit="kg/kWh")


def test_an_hour_of_wind_alone_is_no_other_unit(tmp_path: Path) -> None:
    rows = [f"{at:%Y-%m-%d %H:%M},{0.2 if at.hour == 3 else 50}" for at in utc_hours(WINTER, 1)]
    assert hours(written(tmp_path, "\n".join(["HourUTC,g_per_kwh", *rows])), WINTER, 1).min() == 0.2


def test_utc_is_read_where_a_file_has_both_and_tabs_part_columns_too(tmp_path: Path) -> None:
    """Danish time in a file alone cannot say which pass of an hour is meant; UTC can, whatever stands beside it."""
    rows = [f"{at:%Y-%m-%d %H:%M}\t2000-01-01 00:00\t{value(at):.1f}".replace(".", ",") for at in utc_hours(AUTUMN, 1)]
    found = hours(written(tmp_path, "\n".join(["HourUTC\tHourDK\tCO2PerkWh", *rows])), AUTUMN, 1)
    assert found[5] == pytest.approx(value(datetime(2025, 10, 26, 4, tzinfo=UTC)))


def test_another_zone_shifts_the_hours(tmp_path: Path) -> None:
    path = energi_data(tmp_path, WINTER, 3)
    copenhagen = hours(path, WINTER + timedelta(days=1), 1, area="DK1")
    london = hours(path, WINTER + timedelta(days=1), 1, area="DK1", zone="Europe/London")
    assert london[:-1] == pytest.approx(copenhagen[1:])


def test_faults_are_one_line_each(tmp_path: Path) -> None:
    good = energi_data(tmp_path, WINTER, 2).read_text(encoding="utf-8").splitlines()
    assert "missing; " in fault(tmp_path / "grid.csv")
    assert "emissions.grid.area: missing; " in fault(tmp_path / "grid.csv")
    assert "has DK1, DK2" in fault(tmp_path / "grid.csv")
    assert "found 'DK3'; did you mean" in fault(tmp_path / "grid.csv", area="DK3")
    assert "found 'Dk1'" in fault(tmp_path / "grid.csv", area="Dk1")
    cases = {
        "\n".join(good + good[-1:]): "line 98: 2025-01-07 22:00 is there twice",
        "\n".join(good[:20] + good[22:]): "has no value for 2025-01-06 09:00 in Europe/Copenhagen",
        "\n".join(good[:20]): "and for 14 more of the run's 24 hours",
        "\n".join(line for line in good if ";2025-01-06 04:00" not in line): "has no value for 2025-01-06 04:00",
        good[0]: "has no rows below its header",
        "": "is no CSV file",
        "a;b\n1;2": "has no column of times; its columns are a, b; known names are HourUTC",
        "HourUTC;b\n2025-01-01;2": "has no column of CO2e of a kilowatt-hour",
        "HourUTC,g_per_kwh\nyesterday,2": "line 2: found the time 'yesterday'",
        "HourUTC,g_per_kwh\n0001-01-01 00:00,2": "line 2: found the time '0001-01-01 00:00'",
        "HourUTC,g_per_kwh\n2025-01-05 23:00,lots": "line 2: found 'lots'; expected is 0 to 2500 g/kWh",
        "HourUTC,g_per_kwh\n2025-01-05 23:00,nan": "line 2: found 'nan'",
        "HourUTC,g_per_kwh\n2025-01-05 23:00,-1": "line 2: found '-1'",
        "HourUTC,g_per_kwh\n2025-01-05 23:00,96000": "line 2: found '96000'",
        "HourUTC,g_per_kwh\n2025-01-05 23:00": "line 2: has 1 cells, the header has 2",
        "HourUTC,g_per_kwh\n2025-01-05 23:00,9\n2025-01-06 02:00,9": "has steps of 180 minutes",
        "HourUTC,g_per_kwh\n2025-01-05 23:00,9\n2025-01-05 23:07,9": "has steps of 7 minutes",
        "HourDK,g_per_kwh\n2025-03-30 02:00,9": "line 2: 2025-03-30 02:00 is no time in Europe/Copenhagen",
    }
    for text, told in cases.items():
        assert told in fault(written(tmp_path, text), **({"area": "DK1"} if "PriceArea" in text else {})), told


def test_files_that_are_none(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in fault(tmp_path / "no.csv")
    (tmp_path / "grid.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert "is no text in UTF-8" in fault(tmp_path / "grid.csv")
    assert "cannot be read" in fault(tmp_path)
    assert "has no column PriceArea" in fault(written(tmp_path, "HourUTC,g_per_kwh\n2025-01-01,9"), area="DK1")


def test_what_the_configuration_says_is_checked() -> None:
    def line(**said: object) -> str:
        with pytest.raises(ScenarioError) as error:
            checked(Emissions, said)
        return str(error.value)

    assert "no such time zone" in line(grid={"kind": "file", "file": "a.csv", "zone": "Mars/Base"})
    assert "petrol_share + diesel_share + electric_share is 0.9; must be 1" in line(
        cars={"petrol_share": 0.5, "diesel_share": 0.4}
    )
    assert "grid.kind: found 'hourly'; allowed: mean, profile, file" in line(grid={"kind": "hourly"})
    assert "did you mean 'speed_stop'" in line(model="speed_stopp")
    assert "temperature_c" in line(temperature_c=[1, 2, 3])
