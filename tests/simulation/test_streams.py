"""Chance: every source has its own stream, alternatives meet the same draws, the same seed gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from tests.worlds import small_scenario, small_sites

from molosim.inputs.days import days_of
from molosim.inputs.scenario import Scenario
from molosim.network.places import BoxSite
from molosim.runtime.streams import stream
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import RunTables, prepare, simulate
from molosim.simulation.box_layout import lay_out
from molosim.simulation.box_ledger import BOX_LEDGER
from molosim.simulation.chance import Draws, draw
from molosim.simulation.residents import ResidentsState
from molosim.simulation.world import World

ALTERNATIVES = ("dedicated", "shared", "hybrid", "none")


def drawn(scenario: Scenario, sites: tuple[BoxSite, ...], replication: int = 0) -> Draws:
    return draw(scenario, sites, days_of(scenario.horizon), 50, replication)


def of_box(draws: Draws, box: int) -> list[list[list[int]]]:
    """Everything drawn for one box, its own number taken out."""
    rows = []
    for table, column in ((draws.parcels, c.P_BOX), (draws.sends, c.S_BOX), (draws.deposits, c.W_BOX)):
        mine = table[table[:, column] == box].copy()
        mine[:, column] = 0
        if table is draws.deposits:
            mine[:, c.W_AT] = 0
        rows.append(mine.tolist())
    outages = draws.outages[draws.outages[:, 1] == box]
    return [*rows, outages[:, [0, 2]].tolist()]


def bytes_of(tables: RunTables) -> list[object]:
    told: list[object] = [tables.totals, tables.sample_tours]
    for table in (tables.trips, tables.boxes):
        told += [(name, column.dtype.str, column.tobytes()) for name, column in table.items()]
    return told


@pytest.mark.parametrize("where", [0, 2, 4])
def test_a_box_more_moves_no_other_box_s_draws(where: int) -> None:
    scenario, sites = small_scenario({"boxes.outages_per_year": 60}), small_sites(5)
    fewer = sites[:where] + sites[where + 1 :]
    before, after = drawn(scenario, fewer), drawn(scenario, sites)
    for box, site in enumerate(fewer):
        assert of_box(before, box) == of_box(after, sites.index(site))
    # Nor what carriers draw.
    for mine, theirs in zip(before.home, after.home, strict=True):
        for field in fields(mine):
            assert np.array_equal(getattr(mine, field.name), getattr(theirs, field.name))
    for mine, theirs in zip(before.breakdowns, after.breakdowns, strict=True):
        assert np.array_equal(mine, theirs, equal_nan=True)


def test_a_box_more_moves_no_other_box_s_residents_where_nobody_walks() -> None:
    """Parcels come with vans whose tours a new box may move by minutes, so only what residents do is compared."""
    scenario, sites = small_scenario({"boxes.walking_limit_m": 0}), small_sites(5)
    ledgers = []
    for some in (sites[1:], sites):
        layout = lay_out(scenario.boxes, some, scenario.residents.parcels.formats)
        residents = ResidentsState(layout, drawn(scenario, some), scenario.residents, waste=True)
        ledgers.append(residents.accounts(10 * 86_400))
    assert np.array_equal(ledgers[0], ledgers[1][1:])
    assert ledgers[0][:, BOX_LEDGER.index("stored_g_hazardous")].all()


def test_without_waste_doors_a_box_more_changes_no_other_box_s_waste(world_of: Callable[..., World]) -> None:
    sites = small_sites(4)
    tables = []
    for some in (sites[:3], sites):
        world = world_of({"boxes.walking_limit_m": 0}, sites=some)
        tables.append(simulate(world, prepare(world, 0), "none").boxes)
    waste = [name for name in tables[0] if "_g_" in name or "_n_" in name or name.startswith(("car_", "own_car"))]
    assert len(waste) > 30
    for name in waste:
        assert np.array_equal(tables[0][name], tables[1][name][:3]), name


def test_all_alternatives_meet_the_same_parcels_sendings_and_deposits(world_of: Callable[..., World]) -> None:
    world = world_of()
    prepared = prepare(world, 0)
    boxes = [simulate(world, prepared, name).boxes for name in ALTERNATIVES]
    offered = [name for name in boxes[0] if name.startswith("offered_")]
    for other in boxes[1:]:
        for name in ("parcels_in", "sends_offered", *offered):
            assert np.array_equal(boxes[0][name], other[name]), name


def test_a_run_leaves_what_it_shares_untouched(world_of: Callable[..., World]) -> None:
    """Else the order of alternatives would count."""
    world = world_of()
    prepared = prepare(world, 0)
    alone = bytes_of(simulate(world, prepared, "hybrid"))
    for name in ALTERNATIVES:
        simulate(world, prepared, name)
    assert bytes_of(simulate(world, prepared, "hybrid")) == alone


def test_the_same_seed_gives_the_same_bytes_and_another_replication_others(world_of: Callable[..., World]) -> None:
    world = world_of()
    first, again, other = (prepare(world, replication) for replication in (0, 0, 1))
    for name in ALTERNATIVES:
        told = bytes_of(simulate(world, first, name))
        assert told == bytes_of(simulate(world, again, name))
        assert told != bytes_of(simulate(world, other, name))


def test_a_world_built_anew_gives_the_same_bytes(world_of: Callable[..., World]) -> None:
    told = [bytes_of(simulate(world, prepare(world, 0), "shared")) for world in (world_of(), world_of())]
    assert told[0] == told[1]


def test_streams_differ_by_every_part_of_their_name() -> None:
    names = [(1, 0, "parcels", "a"), (2, 0, "parcels", "a"), (1, 1, "parcels", "a"), (1, 0, "dwell", "a")]
    names += [(1, 0, "parcels", "b"), (1, 0, "parcels"), (1, 0, "parcels", "a", "b"), (10, 0, "parcels", "a")]
    firsts = [stream(*name).integers(1 << 62) for name in names]
    assert len(set(firsts)) == len(names)
    assert [stream(*name).integers(1 << 62) for name in names] == firsts


def test_a_stream_is_the_same_on_every_machine() -> None:
    assert stream(1, 0, "parcels", "box").integers(0, 1000, 6).tolist() == [967, 187, 515, 952, 877, 572]


def test_no_two_sources_share_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def noted(*name: Any) -> np.random.Generator:
        asked.append(name)
        return stream(*name)

    monkeypatch.setattr("molosim.simulation.chance.stream", noted)
    drawn(small_scenario(), small_sites(3))
    assert len(asked) == len(set(asked)) > 20


def test_sources_of_chance_are_independent() -> None:
    draws = [stream(1, 0, name, "box").random(4000) for name in ("parcels", "dwell", "deposits", "sends")]
    assert abs(np.corrcoef(draws) - np.eye(4)).max() < 4 / np.sqrt(4000)
