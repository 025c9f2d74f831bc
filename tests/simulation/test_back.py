"""Runs of small towns are those of earlier versions, table by table; see `tests.simulation.back`."""

from __future__ import annotations

import json

import pytest
from tests.simulation.back import ALTERNATIVES, CASES, FILE, MEASURED, MEASURES_FILE, digests, figures, world_in

from molosim.simulation.alternative_run import Prepared, prepare, simulate
from molosim.simulation.world import World


@pytest.fixture(scope="module", params=CASES)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, World, Prepared]:
    world = world_in(tmp_path_factory.mktemp("back"), request.param)
    return request.param, world, prepare(world, 0)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_tables_and_measures_are_those_of_before(town: tuple[str, World, Prepared], alternative: str) -> None:
    case, world, prepared = town
    before = json.loads(FILE.read_text(encoding="utf-8"))[f"{case} {alternative}"]
    tables = simulate(world, prepared, alternative, sample_day=1)
    assert digests(tables) == before
    if (case, alternative) in MEASURED:
        was = json.loads(MEASURES_FILE.read_text(encoding="utf-8"))[f"{case} {alternative}"]
        found = figures(tables, world)
        assert {name: found.get(name) for name in was} == pytest.approx(was, rel=1e-7)
