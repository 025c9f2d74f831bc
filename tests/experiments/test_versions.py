"""Two results of one town side by side: on two versions of its map, and with other demand."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from scipy import stats
from tests.network.towns import STREETS, write
from tests.worlds import as_if_run, small_data, small_sites, town, town_files
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.experiments.compared_results import COLUMNS, compare_results
from molosim.inputs.scenario import Scenario
from molosim.inputs.validation import checked
from molosim.network.graph import RoadGraph
from molosim.network.osm import read_map
from molosim.results.provenance import about_map
from molosim.results.results import Results
from molosim.runtime.errors import ScenarioError

Made = dict[str, Results]


def slower() -> RoadGraph:
    """The town five years later: the rim is a street as any other."""
    graph = town()
    return replace(graph, date="2030-01-01", edge_kph=np.full(graph.edge_count, 30, np.float32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("versions")
    files = town_files(folder, small_sites(3))
    slower().save(folder / "later.npz")
    usual = {**files, "horizon.days": 4, "horizon.warmup_days": 1, "horizon.replications": 3}
    maps = {"then": {}, "later": {"map.source": str(folder / "later.npz")}}
    scenarios = {name: checked(Scenario, small_data({**usual, **more})) for name, more in maps.items()}
    results = {name: molosim.run(scenario, folder / name, workers=1) for name, scenario in scenarios.items()}
    rows = results["later"].replications
    other = pd.concat([rows, rows.assign(replication=rows["replication"] + 3)], ignore_index=True)
    scatter = 1 + np.random.default_rng(1).normal(0, 0.01, len(other))
    other = other.assign(km_city=other["km_city"] * scatter)
    return {
        **results,
        "otherwise": stored(results["later"], folder / "otherwise", other, seed=7, replications=6),
        "once": stored(results["later"], folder / "once", rows[rows["replication"] == 0], replications=1),
        "none": stored(results["later"], folder / "none", rows, baseline="none"),
    }


def stored(
    result: Results,
    folder: Path,
    rows: pd.DataFrame,
    *,
    seed: int = 1,
    replications: int = 3,
    baseline: str = "dedicated",
) -> Results:
    """A copy of a result with other rows, as another configuration would have left them."""
    shutil.copytree(result.folder, folder)
    rows.to_parquet(folder / "replications.parquet")
    config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    config |= {"seed": seed, "baseline": baseline}
    config["horizon"]["replications"] = replications
    as_if_run(folder, tomli_w.dumps(config))
    return Results(folder)


def test_the_manifest_names_the_maps_date_and_size(made: Made) -> None:
    about = made["later"].manifest["map"]
    assert (about["date"], about["nodes"], about["edges"]) == ("2030-01-01", 49, 168)
    assert about["lanes_km"] == pytest.approx(168 * 0.3)
    assert about["imputed_speeds"] == 0


def test_the_manifest_tells_of_rules_where_the_map_has_them(tmp_path: Path) -> None:
    ways = STREETS | {2: (STREETS[2][0], STREETS[2][1] | {"access": "destination"})}
    town = write(tmp_path, ways=ways)
    assert about_map(read_map(town)).items() >= {"turn_restrictions": 0, "limited_km": 1.0}.items()
    assert "limited_km" not in about_map(read_map(town, rules=False))


def test_changes_are_paired_where_only_the_map_differs(made: Made) -> None:
    found = compare_results(made["then"], made["later"])
    assert [about["date"] for about in found.maps] == ["2025-01-01", "2030-01-01"]
    assert found.differing == ()
    assert found.is_paired
    assert tuple(found.table.columns) == COLUMNS
    row = found.table.set_index(["alternative", "measure"]).loc[("shared", "co2e_wtw_city_kg")]
    differences = [
        result.replications.pivot_table(index="replication", columns="alternative", values="co2e_wtw_city_kg")
        for result in (made["then"], made["later"])
    ]
    a, b = (table["shared"] - table["dedicated"] for table in differences)
    assert row["difference_a"] == pytest.approx(a.mean())
    assert row["difference_b"] == pytest.approx(b.mean())
    assert row["change"] == pytest.approx((b - a).mean())
    low, high = stats.t.interval(0.95, 2, (b - a).mean(), stats.sem(b - a))
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))


def test_changes_are_unpaired_where_the_demand_differs(made: Made) -> None:
    found = compare_results(made["then"], made["otherwise"])
    assert found.differing == ("seed", "horizon.replications")
    assert not found.is_paired
    row = found.table.set_index(["alternative", "measure"]).loc[("shared", "km_city")]
    a, b = (
        (table["shared"] - table["dedicated"]).to_numpy()
        for table in (
            result.replications.pivot_table(index="replication", columns="alternative", values="km_city")
            for result in (made["then"], made["otherwise"])
        )
    )
    low, high = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))


def test_one_replication_has_no_interval(made: Made) -> None:
    found = compare_results(made["then"], made["once"]).table
    assert set(found["verdict_b"]) <= {"one replication, no interval", "not defined"}
    assert found["low"].isna().all()


def test_only_like_can_be_compared(made: Made) -> None:
    with pytest.raises(ScenarioError, match="compares with 'none'"):
        compare_results(made["then"], made["none"])


def told(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["compare", *map(str, arguments)], env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_tells_both_maps_and_every_headline_difference(made: Made, tmp_path: Path) -> None:
    text = told(made["then"].folder, made["later"].folder, "--out", tmp_path / "both.csv")
    assert "A: town, data of 2025-01-01, 49 nodes, 168 edges, 50 km; (c) OpenStreetMap contributors" in text
    assert "B: town, data of 2030-01-01" in text
    assert "within replications (same draws)" in text
    assert "Kilometres, whole city" in text
    assert (tmp_path / "both.csv").read_text(encoding="utf-8").startswith(",".join(COLUMNS))
    text = told(made["then"].folder, made["otherwise"].folder)
    assert "2 keys differ, so changes are not the map's alone: seed, horizon.replications" in text
    assert "unpaired (other draws)" in text
