"""The compact graph: its file, what it refuses, and the bundled one."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from molosim.network.graph import RoadGraph, great_circle_m
from molosim.runtime.errors import ScenarioError

ARRAYS = [
    field.name for field in dataclasses.fields(RoadGraph) if field.name.split("_")[0] in {"node", "edge", "shape"}
]


def test_a_graph_comes_back_as_it_was(grid, tmp_path):
    path = tmp_path / "grid.npz"
    grid.save(path)
    again = RoadGraph.load(path)
    assert again.content_hash == grid.content_hash
    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(grid, name)), name
        assert not getattr(again, name).flags.writeable
    assert (again.name, again.source, again.date, again.classes) == ("toy", "by hand", "2025-01-01", grid.classes)
    assert (again.licence, again.attribution) == ("ODbL 1.0", "(c) OpenStreetMap contributors, ODbL 1.0")


def test_the_same_graph_gives_the_same_bytes(grid, maps, town, tmp_path):
    grid.save(tmp_path / "one.npz")
    grid.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with zipfile.ZipFile(maps / "gothenburg_2016.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("change", [{"name": "other"}, {"edge_kph": 37.0}, {"date": "2025-01-02"}, {"edge_m": 101.0}])
def test_the_hash_sees_every_change(grid, change):
    ((key, value),) = change.items()
    if isinstance(value, float):
        value = np.where(np.arange(grid.edge_count) == 3, value, getattr(grid, key))
    assert dataclasses.replace(grid, **{key: value}).content_hash != grid.content_hash


def npz(**members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def pickled() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, node_lon=np.array([{}], dtype=object))
    return buffer.getvalue()


HOSTILE = {
    "empty": b"",
    "text": b"roads of Aalborg",
    "other npz": npz(a__npy=b"x"),
    "other meta": npz(meta__json=b"[1]"),
    "other format": npz(meta__json=b'{"format": "molosim road graph 9"}'),
    "half a meta": npz(meta__json=b'{"format"'),
    "no arrays": npz(
        meta__json=json.dumps(
            {"format": "molosim road graph 1", "classes": []}
            | dict.fromkeys(("name", "source", "date", "licence", "attribution"), "x")
        ).encode()
    ),
    "objects": pickled(),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_foreign_files_are_one_clear_line(tmp_path, kind):
    path = tmp_path / "map.npz"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(ScenarioError) as caught:
        RoadGraph.load(path)
    assert str(caught.value).startswith(f"{path}: is not a map prepared by `molosim map`: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_a_damaged_file_are_told(grid, tmp_path):
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(ScenarioError, match="cannot be read"):
            RoadGraph.load(path)
    path = tmp_path / "grid.npz"
    grid.save(path)
    data = bytearray(path.read_bytes())
    for at in range(40, len(data), 97):
        damaged = bytes(data[:at]) + bytes([data[at] ^ 0x5A]) + bytes(data[at + 1 :])
        path.write_bytes(damaged)
        try:
            same = RoadGraph.load(path).content_hash == grid.content_hash
        except ScenarioError:
            same = True
        assert same, f"byte {at} was changed and nobody saw it"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"edge_head": 99}, "an edge ends at no node"),
        ({"edge_tail": -1}, "an edge ends at no node"),
        ({"edge_m": 0.0}, "a length or speed is not above 0"),
        ({"edge_m": np.nan}, "a length or speed is not above 0"),
        ({"edge_kph": np.inf}, "a length or speed is not above 0"),
        ({"edge_class": 7}, "an edge has no class"),
        ({"node_lat": 91.0}, "a coordinate is not on Earth"),
        ({"shape_lon": np.nan}, "a coordinate is not on Earth"),
        ({"shape_first": 3}, "its shapes do not fit its edges"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(grid, change, problem):
    ((key, value),) = change.items()
    array = getattr(grid, key).copy()
    array[2] = value
    with pytest.raises(ValueError, match=problem):
        dataclasses.replace(grid, **{key: array})


def test_arrays_of_other_lengths_are_refused(grid):
    with pytest.raises(ValueError, match="edge arrays differ"):
        dataclasses.replace(grid, edge_m=grid.edge_m[1:])
    with pytest.raises(ValueError, match="node arrays differ"):
        dataclasses.replace(grid, node_lat=grid.node_lat[1:])
    none = {name: getattr(grid, name)[:0] for name in ARRAYS}
    with pytest.raises(ValueError, match="has no roads"):
        dataclasses.replace(grid, **none)


def test_twins_are_the_same_street_the_other_way(town):
    two_way = np.flatnonzero(town.twin >= 0)
    other = town.twin[two_way]
    assert np.array_equal(town.twin[other], two_way)
    assert np.array_equal(town.edge_tail[other], town.edge_head[two_way])
    assert np.allclose(town.edge_m[other], town.edge_m[two_way], atol=2e-3)
    assert 0.7 < len(two_way) / town.edge_count < 0.85
    for edge in two_way[:50].tolist():
        assert np.array_equal(town.shape(edge), town.shape(int(town.twin[edge]))[::-1])


def test_the_bundled_map_is_whole(town):
    assert (town.node_count, town.edge_count, town.date) == (6285, 13777, "2016-12-27")
    ends = (np.ones(town.edge_count), (town.edge_tail, town.edge_head))
    parts, _ = connected_components(csr_array(ends, shape=(town.node_count,) * 2), connection="strong")
    assert parts == 1
    first, last = town.shape_first[:-1], town.shape_first[1:] - 1
    for ends_at, node in ((first, town.edge_tail), (last, town.edge_head)):
        assert np.array_equal(town.shape_lon[ends_at], town.node_lon[node])
        assert np.array_equal(town.shape_lat[ends_at], town.node_lat[node])
    edge = np.repeat(np.arange(town.edge_count), np.diff(town.shape_first) - 1)
    inner = np.ones(len(town.shape_lon), dtype=bool)
    inner[last] = False
    at = np.flatnonzero(inner)
    lon, lat = town.shape_lon, town.shape_lat
    length_m = np.bincount(edge, great_circle_m(lon[at], lat[at], lon[at + 1], lat[at + 1]))
    assert np.allclose(length_m, town.edge_m, rtol=1e-5, atol=0.002)


def test_speeds_of_the_bundled_map_are_those_of_a_nordic_town(town):
    mean = {name: town.edge_kph[town.of_class(frozenset({name}))].mean() for name in town.classes}
    assert mean["living_street"] == pytest.approx(15, abs=0.5)
    assert 35 < mean["residential"] < 45
    assert 65 < mean["motorway"] < 110
    assert town.edge_imputed.mean() == pytest.approx(0.77, abs=0.02)
    assert town.edge_kph.min() >= 5
    assert town.edge_kph.max() <= 110


def test_great_circle_is_known_along_a_meridian_and_the_equator():
    quarter = np.pi / 2 * 6_371_009.0
    zero, right = np.array([0.0]), np.array([90.0])
    assert great_circle_m(zero, zero, zero, right)[0] == pytest.approx(quarter)
    assert great_circle_m(zero, zero, right, zero)[0] == pytest.approx(quarter)
    assert great_circle_m(zero, right, right, right)[0] == pytest.approx(0, abs=1e-6)
