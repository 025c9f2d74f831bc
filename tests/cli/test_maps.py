"""What the commands for maps tell and draw."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.network.towns import STREETS, write
from typer.testing import CliRunner

from molosim.cli import app
from molosim.cli.maps import parse_bbox, slug
from molosim.runtime.errors import ScenarioError


def told(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_info_tells_what_is_in_a_map_and_what_was_left_out() -> None:
    assert told("map", "info", "gothenburg_2016").splitlines()[1:] == [
        "roads for vehicles: 6285 nodes, 13777 edges, 1485 km of lanes",
        "speed limits imputed on 77% of the edges, 73% of the length",
        "left out, as it cannot be reached and left again: 141 nodes, 210 edges in 96 parts, 69 km (4.4%)",
        "turn restrictions and limited streets: not looked for when this map was made",
        "longitude 11.8718 to 12.0553, latitude 57.6602 to 57.7503",
    ]


def test_info_reads_any_map_file(tmp_path: Path) -> None:
    text = told("map", "info", write(tmp_path))
    assert "OpenStreetMap extract town.osm, data of 2024-05-06" in text
    assert "0 nodes, 0 edges in 0 parts, 0 km (0.0%)" in text


def test_info_tells_what_became_of_restrictions_and_how_much_is_limited(tmp_path: Path) -> None:
    """One holds, one names a car park's way, one is for lorries; a middle street for visitors is 4 blocks of 121 m."""
    ways = STREETS | {2: (STREETS[2][0], STREETS[2][1] | {"access": "destination"})}
    signs = [
        ((1, 2, 5), {"restriction": "no_left_turn"}),
        ((8, 4, 6), {"restriction": "no_left_turn"}),
        ((1, 4, 6), {"restriction:hgv": "no_left_turn"}),
    ]
    ways[1], ways[9] = ([0, 1, 2], STREETS[1][1]), ([2, 3, 4], STREETS[1][1])
    relations = [
        ([("way", came, "from"), ("node", via, "via"), ("way", to, "to")], {"type": "restriction", **tags})
        for (came, via, to), tags in signs
    ]
    town = write(tmp_path, ways=ways, relations=relations)
    lines = told("map", "import", town, "--name", "ruled").splitlines()
    assert "turn restrictions: 1 hold; not kept: 1 for other vehicles, 1 of streets that are not in the map" in lines
    assert "limited streets: 1.0 km of lanes on which trips may begin and end but that they may not pass along" in lines
    assert told("map", "info", "ruled").splitlines() == lines[:-1]
    free = told("map", "import", town, "--no-rules")
    assert "turn restrictions and limited streets: not looked for" in free


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_plot_names_its_source_and_is_the_same_twice(tmp_path: Path, suffix: str) -> None:
    files = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for file in files:
        assert f"Drawn to {file}" in told("map", "plot", write(tmp_path), "--out", file).replace("\n", " ")
    assert files[0].read_bytes() == files[1].read_bytes()
    if suffix == ".svg":
        assert "OpenStreetMap contributors, ODbL 1.0" in files[0].read_text(encoding="utf-8")


def test_a_plot_of_another_kind_is_refused(tmp_path: Path) -> None:
    text = told("map", "plot", write(tmp_path), "--out", tmp_path / "town.docx", code=2)
    assert "is no figure by its name; allowed are .svg, .png, .pdf" in text


def test_a_bicycle_map_and_a_part_of_a_map_are_imported(tmp_path: Path) -> None:
    town = write(tmp_path)
    text = told("map", "import", town, "--network", "bike", "--name", "bikes", "--bbox", "9.9,56.9,10.005,57.1")
    assert "ways for bicycles: " in text
    assert "speed limits" not in text
    (east,) = re.findall(r"longitude 10.0000 to ([0-9.]+)", text)
    assert float(east) == pytest.approx(10.004)


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "10,57,9,58", "10,57,11,95", "nan,1,2,3", "1,2,3,4,5"])
def test_a_box_that_is_none_is_told(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"--bbox: found .* WEST,SOUTH,EAST,NORTH in degrees"):
        parse_bbox(text)


@pytest.mark.parametrize("options", [[], ["Aalborg", "--bbox", "9,57,10,58"], ["--bbox", "1,2,3"]])
def test_a_download_of_nothing_or_of_two_things_is_told(options: list[str]) -> None:
    text = told("map", "download", *options, code=2)
    assert "name one of a place, --bbox or --polygon" in text or "--bbox: found" in text


@pytest.mark.parametrize(
    ("title", "name"),
    [("Aalborg, Denmark", "aalborg"), ("9.9,57,10,57.1", "9.9_57_10_57.1"), ("Århus C", "århus_c"), ("../x", ".._x")],
)
def test_a_map_is_named_after_its_place(title: str, name: str) -> None:
    assert slug(title) == name


@pytest.mark.parametrize("name", ["", ".", "..", "../evil", "/evil", "a/b", "-rf", "bell\a", "gothenburg_2016"])
def test_a_name_that_leaves_the_folder_of_maps_or_is_taken_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path / "deep" / "maps"))
    assert "--name: " in told("map", "import", write(tmp_path), f"--name={name}", code=2)
    assert not list(tmp_path.rglob("*.npz"))
