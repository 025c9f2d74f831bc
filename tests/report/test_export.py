"""Map layers hold what the tables say, where it lies."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from molosim.report.export import write_geojson, write_geopackage
from molosim.report.run_data import read
from molosim.runtime.errors import ScenarioError

Build = Callable[..., Path]
LAYERS = ["roads", "routes", "boxes", "places", "flows"]


@pytest.fixture(scope="module")
def package(reported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_geopackage(reported, tmp_path_factory.mktemp("layers") / "mine.gpkg")


def test_a_geopackage_has_every_layer_in_degrees(package: Path) -> None:
    assert [name for name, _ in pyogrio.list_layers(package)] == LAYERS
    for name in LAYERS:
        layer = gpd.read_file(package, layer=name)
        assert layer.crs == "EPSG:4326"
        west, south, east, north = layer.total_bounds
        assert 11 < west <= east < 13
        assert 57 < south <= north < 58.5
    assert [path.name for path in package.parent.iterdir()] == ["mine.gpkg"]


def test_flows_carry_every_kilogram_that_was_picked_up(package: Path, reported: Path) -> None:
    lines = gpd.read_file(package, layer="flows")
    taken = pd.read_parquet(reported / "pickups.parquet")
    kg = taken.filter(like="g_").sum(axis=1).groupby(taken["alternative"]).sum() / 1000 / read(reported).n
    from_boxes = lines[lines["source"].str.startswith("Box")].groupby("alternative")["kg"].sum()
    pd.testing.assert_series_equal(from_boxes, kg, check_names=False, check_index_type=False, atol=0.05)
    reception = read(reported).scenario.municipality.reception
    collected = lines[(lines["alternative"] == "dedicated")]
    assert set(collected["target"]) == {reception.name}
    assert collected.geometry.iloc[0].coords[-1] == (reception.lon, reception.lat)


def test_boxes_have_their_means_by_alternative(package: Path, reported: Path) -> None:
    points = gpd.read_file(package, layer="boxes").set_index(["alternative", "box"])
    table = pd.read_parquet(reported / "boxes.parquet")
    mine = table[(table["alternative"] == "shared") & (table["box"] == 3)]
    found = points.loc[("shared", 3)]
    assert found["parcels_in"] == pytest.approx(mine["parcels_in"].mean())
    assert found.geometry.coords[0] == pytest.approx((mine["lon"].iloc[0], mine["lat"].iloc[0]))


def test_geojson_has_the_same_features_in_a_file_each(package: Path, folder: Path) -> None:
    files = write_geojson(folder)
    assert [path.stem for path in files] == LAYERS
    assert files[0].parent == folder / "layers"
    for path in files:
        assert len(gpd.read_file(path)) == len(gpd.read_file(package, layer=path.stem))


def test_names_from_files_stay_names(result_folder: Build, tmp_path: Path) -> None:
    points = gpd.read_file(write_geopackage(result_folder(nasty=True), tmp_path / "nasty.gpkg"), layer="boxes")
    assert points["name"].iloc[0] == "<script>alert(1)</script> 0"


def test_layers_without_anything_to_show_are_left_out(folder: Path) -> None:
    (folder / "sample_day.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    names = [path.stem for path in write_geojson(folder)]
    assert "routes" not in names
    assert "boxes" in names


def test_a_full_disk_is_told_and_leaves_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise pyogrio.errors.DataSourceError("sqlite3_exec failed: database or disk is full")

    monkeypatch.setattr(gpd.GeoDataFrame, "to_file", full)
    with pytest.raises(ScenarioError, match=r"mine.gpkg: cannot be written: .* disk is full"):
        write_geopackage(folder, tmp_path / "mine.gpkg")
    assert not list(tmp_path.glob("*mine*"))


def test_another_ending_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"a GeoPackage's name ends in .gpkg"):
        write_geopackage(folder, tmp_path / "mine.shp")
