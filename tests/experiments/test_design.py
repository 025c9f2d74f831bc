"""Designs say what is varied; whatever cannot be is told at once, before anything runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from molosim.experiments.design import Design, dump_design, is_design, load_design
from molosim.experiments.points import point_at, points
from molosim.experiments.sampling import problem, sample, unit_sample, value_at
from molosim.inputs.validation import checked
from molosim.runtime.errors import ScenarioError

RANGE = {"name": "volume", "key": "vehicles.van.volume_l", "unit": "l", "low": 6000, "high": 12000}
CHOICE = {"name": "regime", "key": "boxes.regime", "values": ["reserved", "shared"]}
WHOLE = {"name": "vans", "key": "carriers.0.vans", "low": 28, "high": 33}
KILOGRAMS = {
    "name": "kg",
    "key": "residents.deposits.wastes.*.kg_per_household_year",
    "relative": True,
    "low": 0.5,
    "high": 2.0,
    "scale": "log",
}
SAMPLED = [
    ({"kind": "latin_hypercube", "n": 7}, 7),
    ({"kind": "sobol", "n": 8}, 8 * 4),
    ({"kind": "sobol", "n": 8, "second_order": True}, 8 * 6),
    ({"kind": "morris", "n": 4}, 4 * 3),
]
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a design on the bundled configuration."""

    def write(*factors: dict[str, Any], **more: Any) -> Path:
        data = {"question": "When?", "base": "gothenburg", "replications": 2, "sampling": {"kind": "grid"}}
        (tmp_path / "design.toml").write_text(tomli_w.dumps(data | {"factors": list(factors)} | more), encoding="utf-8")
        return tmp_path

    return write


def faults(action: Callable[[], object]) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        action()
    return [str(fault) for fault in caught.value.faults]


def test_a_grid_is_every_value_with_every_other(make: Make) -> None:
    found = points(load_design(make(RANGE, CHOICE, sampling={"kind": "grid", "levels": 3})))
    assert [point.number for point in found] == list(range(6))
    assert [tuple(point.values.values()) for point in found] == [
        (volume, regime) for volume in (6000, 9000, 12000) for regime in ("reserved", "shared")
    ]
    assert {(p.scenario.vehicles["van"].volume_l, p.scenario.boxes.regime.value) for p in found} == {
        tuple(point.values.values()) for point in found
    }


def test_one_at_a_time_starts_from_the_base(make: Make) -> None:
    base, *others = points(load_design(make(RANGE, KILOGRAMS, sampling={"kind": "one_at_a_time", "levels": 3})))
    volume = base.scenario.vehicles["van"].volume_l
    assert base.values == {"volume": volume, "kg": 1.0}
    assert len(others) == 6
    assert all(
        (point.values["volume"] == volume) != (point.values["kg"] == 1.0) for point in others if point.number != 5
    )


@pytest.mark.parametrize(("sampling", "count"), SAMPLED)
def test_samples_are_as_large_as_they_say_and_the_same_each_time(
    make: Make, sampling: dict[str, Any], count: int
) -> None:
    design = load_design(make(RANGE, KILOGRAMS, sampling=sampling))
    values = sample(design)
    assert len(values) == len(unit_sample(design)) == count
    assert values == sample(design)
    assert problem(design)["names"] == ["volume", "kg"]
    other = sample(load_design(make(RANGE, KILOGRAMS, sampling={**sampling, "seed": 2})))
    assert other != values


def test_a_latin_hypercube_covers_each_factor_evenly(make: Make) -> None:
    units = unit_sample(load_design(make(RANGE, KILOGRAMS, sampling={"kind": "latin_hypercube", "n": 20})))
    assert all(sorted((column * 20).astype(int)) == list(range(20)) for column in units.T)


def test_multiples_move_every_matching_key(make: Make) -> None:
    design = load_design(make(KILOGRAMS, sampling={"kind": "grid", "levels": 2}))
    half, double = (
        np.array([waste.kg_per_household_year for waste in point.scenario.residents.deposits.wastes])
        for point in points(design)
    )
    assert double == pytest.approx(4 * half)


def test_whole_numbers_stay_whole(make: Make) -> None:
    found = points(load_design(make(WHOLE, sampling={"kind": "grid", "levels": 4})))
    assert [point.values["vans"] for point in found] == [28, 30, 31, 33]
    assert [point.scenario.carriers[0].vans for point in found] == [28, 30, 31, 33]


def test_quantiles_of_distributions(make: Make) -> None:
    def factor(**distribution: Any) -> Any:
        keys = {"name": "x", "key": "plan_h", "distribution": distribution}
        return load_design(make(keys)).factors[0]

    normal = factor(kind="normal", mean=5.0, sd=2.0)
    assert [value_at(normal, u) for u in (0.5, 0.975)] == pytest.approx([5, 5 + 2 * 1.959964], rel=1e-6)
    assert np.isfinite([value_at(normal, 0), value_at(normal, 1)]).all()
    assert value_at(factor(kind="lognormal", median=3.0, sigma=1.0), 0.5) == pytest.approx(3)
    triangle = factor(kind="triangular", low=0.0, mode=1.0, high=4.0)
    assert [value_at(triangle, u) for u in (0, 0.25, 1)] == pytest.approx([0, 1, 4])


def test_overrides_as_tables_and_as_key_paths(make: Make) -> None:
    design = load_design(make(RANGE, overrides={"horizon": {"days": 9}, "map.speeds": {"factor": 0.4}}, seed=5))
    scenario = points(design)[0].scenario
    assert (scenario.horizon.days, scenario.horizon.replications, scenario.seed) == (9, 2, 5)
    assert (scenario.map.speeds.factor, scenario.map.speeds.by_class) == (0.4, {})


def test_the_baseline_is_always_run(make: Make) -> None:
    scenario = points(load_design(make(RANGE, alternatives=["shared"])))[0].scenario
    assert list(scenario.alternatives) == ["dedicated", "shared"]


def test_files_are_looked_for_beside_the_design(make: Make) -> None:
    factor = {"name": "sites", "key": "boxes.file", "values": ["mine.geojson", "gothenburg_boxes.geojson"]}
    folder = make(factor)
    (folder / "mine.geojson").write_text("{}", encoding="utf-8")
    mine, bundled = points(load_design(folder))
    assert mine.scenario.boxes.file == str((folder / "mine.geojson").resolve())
    assert mine.values == {"sites": "mine.geojson"}
    assert Path(bundled.scenario.boxes.file).name == "gothenburg_boxes.geojson"


def test_points_that_are_not_of_the_design(make: Make) -> None:
    design = load_design(make(RANGE, KILOGRAMS))
    point = point_at(design, 0, {"volume": 7777})
    assert (point.scenario.vehicles["van"].volume_l, point.values) == (7777, {"volume": 7777, "kg": 1.0})
    assert "did you mean 'volume'?" in faults(lambda: point_at(design, 0, {"volum": 1}))[0]


def test_a_design_is_written_as_it_is_read(make: Make) -> None:
    design = load_design(make(RANGE, KILOGRAMS, CHOICE, sampling={"kind": "one_at_a_time"}, overrides={"seed": 3}))
    (design.folder / "design.toml").write_text(dump_design(design), encoding="utf-8")
    assert load_design(design.folder) == design


def test_designs_are_told_from_configurations(make: Make, tmp_path: Path) -> None:
    assert is_design(make(RANGE))
    assert not is_design(Path(__file__).parents[2] / "configs" / "gothenburg.toml")
    assert not is_design("gothenburg")


def test_every_invalid_factor_is_told_before_anything_runs(make: Make) -> None:
    negative = {**WHOLE, "low": -3}
    text = faults(lambda: points(load_design(make(negative, {**RANGE, "low": 100.0}, sampling={"kind": "grid"}))))
    assert any(line.startswith("point 0 (vans -3, volume 100): carriers.0.vans: found -3") for line in text)
    assert any("'van' is not large enough for parcel format" in line for line in text)
    assert len(text) == len(set(text)) <= 21


def test_every_unknown_key_is_told(make: Make) -> None:
    typo = {**RANGE, "key": "vehicles.van.volume"}
    other = {**CHOICE, "key": ["boxes.regime", "boxes.regim"]}
    first, second = faults(lambda: points(load_design(make(typo, other))))
    assert "factors.volume.key: no key 'vehicles.van.volume' in gothenburg" in first
    assert "did you mean 'boxes.regime'?" in second


@pytest.mark.parametrize(
    ("factors", "more", "told"),
    [
        ([{**RANGE, "values": [1]}], {}, "needs one of: values; low and high; distribution"),
        ([{"name": "x", "key": "seed"}], {}, "needs one of"),
        ([{**RANGE, "high": 10}], {}, "low below high"),
        ([{**RANGE, "low": 0, "scale": "log"}], {}, "'log' needs a range above 0"),
        ([RANGE, {**CHOICE, "name": "volume"}], {}, "'volume' stands 2 times"),
        ([RANGE, {**RANGE, "name": "again"}], {}, "'vehicles.van.volume_l' stands 2 times"),
        ([CHOICE], {"sampling": {"kind": "morris", "n": 4}}, "sobol and morris take ranges"),
        ([RANGE], {"sampling": {"kind": "sobol", "n": 12}}, "must be a power of 2"),
        ([RANGE], {"sampling": {"kind": "morris", "n": 4, "levels": 3}}, "must be even"),
        ([RANGE], {"sampling": {"kind": "grit"}}, "did you mean 'grid'?"),
        ([RANGE], {"measures": ["km_citi"]}, "did you mean 'km_city'?"),
        ([{**RANGE, "key": "horizon.replications"}], {}, "the design says replications itself"),
        ([{**CHOICE, "relative": True}], {}, "multiples must be numbers"),
        ([], {}, "factors"),
        ([RANGE], {"replication": 3}, "did you mean 'replications'?"),
    ],
)
def test_a_design_that_cannot_be(make: Make, factors: list[Any], more: dict[str, Any], told: str) -> None:
    assert told in "\n".join(faults(lambda: load_design(make(*factors, **more))))


@pytest.mark.parametrize(
    ("factors", "more", "told"),
    [
        ([RANGE], {"alternatives": ["share"]}, "did you mean 'shared'?"),
        ([RANGE], {"overrides": {"horizon.dais": 3}}, "overrides: horizon.dais: unknown key; did you mean 'days'?"),
        ([RANGE], {"base": "gotenburg"}, "did you mean 'gothenburg'?"),
        ([{"name": "r", "key": "boxes.regime", "relative": True, "values": [2]}], {}, "base values are numbers"),
    ],
)
def test_a_design_that_does_not_go_with_its_base(make: Make, factors: list[Any], more: Any, told: str) -> None:
    assert told in "\n".join(faults(lambda: points(load_design(make(*factors, **more)))))


def test_a_design_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "spare_room.toml").touch()
    assert "did you mean 'spare_room.toml'?" in faults(lambda: load_design(tmp_path / "spareroom.toml"))[0]
    assert "not a TOML file" in faults(lambda: load_design(_written(tmp_path / "bad.toml", "a = = 1")))[0]


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_checked_designs_are_frozen_and_strict() -> None:
    with pytest.raises(ScenarioError, match="question"):
        checked(Design, {"base": "gothenburg", "factors": [RANGE], "sampling": {"kind": "grid"}})
