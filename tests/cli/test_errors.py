"""Every error of a user is told in one line for each fault, with exit code 2 and no traceback."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w

ROOT = Path(__file__).parents[2]
Config = Callable[..., Path]


def molosim(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a user starts it."""
    code = "import sys; from molosim.cli import main; sys.argv[0] = 'molosim'; main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=300
    )


def told(done: subprocess.CompletedProcess[str], lines: int = 1) -> str:
    """What an error of a user printed, checked for its form."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    printed = done.stderr.splitlines()
    assert len(printed) == lines, done.stderr
    assert all(line.startswith("molosim: ") for line in printed)
    return done.stderr


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Writes a small variant of the bundled configuration, with other values at key paths."""

    def write(**changes: Any) -> Path:
        folder = ROOT / "configs"
        data: Any = tomllib.loads((folder / "gothenburg.toml").read_text(encoding="utf-8"))
        data["horizon"] |= {"days": 2, "warmup_days": 0, "replications": 1}
        data["reference"] = {"days": 0}
        for path, value in changes.items():
            at = data
            *way, last = path.split("__")
            for part in way:
                at = at[int(part)] if part.isdecimal() else at[part]
            at[last] = value
        path = tmp_path / "mine.toml"
        path.write_text(tomli_w.dumps(data), encoding="utf-8")
        return path

    return write


def with_point(file: str, **changes: Any) -> str:
    """Text of a bundled GeoJSON file whose second point is changed."""
    data = json.loads((ROOT / "configs" / file).read_text(encoding="utf-8"))
    point = data["features"][1]
    if "coordinates" in changes:
        point["geometry"]["coordinates"] = changes.pop("coordinates")
    point["properties"] |= changes
    return json.dumps(data)


def test_no_such_configuration() -> None:
    assert "did you mean 'gothenburg'?" in told(molosim("run", "gotenburg"))


def test_a_folder_as_configuration(tmp_path: Path) -> None:
    assert "cannot be read" in told(molosim("run", tmp_path))


@pytest.mark.parametrize("content", [b"a = = 3", b"\xff\xfe\x00", b"PK\x03\x04"])
def test_a_file_that_is_not_toml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    assert "not a TOML file" in told(molosim("run", path))


def test_every_fault_has_its_line(config: Config) -> None:
    path = config(horizon__dayz=3, carriers__0__vans=0, boxes__regime="open")
    text = told(molosim("run", path), lines=3)
    assert f"{path}: horizon.dayz: unknown key; did you mean 'days'?" in text
    assert "carriers.0.vans: found 0; must be greater than 0 ('Alfa')" in text


def test_parts_that_do_not_go_together(config: Config) -> None:
    text = told(molosim("check", config(vehicles__van__volume_l=140)), lines=6)
    assert "'van' is not large enough for parcel format 'extra large'" in text


def test_an_option_out_of_range() -> None:
    assert "Invalid value for '--days'" in told(molosim("run", "gothenburg", "--days", "0"))
    assert "No such option: --dayz" in told(molosim("run", "gothenburg", "--dayz", "0"))
    assert "Missing argument" in told(molosim("check"))
    assert "No such command 'rum'" in told(molosim("rum"))


def test_an_interrupt_before_a_command_begins_is_a_line() -> None:
    code = """
import sys
from molosim.cli import frame, main
def interrupted(*_, **__):
    raise KeyboardInterrupt
frame.Screen.__init__ = interrupted  # outside of what tells errors
sys.argv = ["molosim", "map", "info"]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told(done) == "molosim: interrupted\n"


def test_a_missing_file_of_boxes(config: Config) -> None:
    assert "boxes.file: found 'none.geojson'; no such file in" in told(
        molosim("run", config(boxes__file="none.geojson"))
    )


def test_a_file_of_boxes_that_is_none(config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine.geojson").write_text("hello", encoding="utf-8")
    assert "mine.geojson" in told(molosim("check", config(boxes__file="mine.geojson")))


def test_a_box_without_households(config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine.geojson").write_text(with_point("gothenburg_boxes.geojson", households=-3), encoding="utf-8")
    text = told(molosim("check", config(boxes__file="mine.geojson")))
    assert "households" in text
    assert "-3" in text


def test_a_box_of_an_unknown_design(config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine.geojson").write_text(with_point("gothenburg_boxes.geojson", design="standart"), encoding="utf-8")
    assert "'standart'; did you mean 'standard'?" in told(molosim("check", config(boxes__file="mine.geojson")))


def test_a_box_in_the_water(config: Config, tmp_path: Path) -> None:
    text = with_point("gothenburg_boxes.geojson", name="In the river", coordinates=[11.9089, 57.6945])
    (tmp_path / "mine.geojson").write_text(text, encoding="utf-8")
    assert "In the river" in told(molosim("check", config(boxes__file="mine.geojson", boxes__max_snap_m=60)))


def test_a_depot_outside_the_map(config: Config) -> None:
    path = config(carriers__0__depot={"name": "Kiruna", "lon": 20.2, "lat": 67.85})
    text = told(molosim("check", path))
    assert "Kiruna" in text
    assert "outside the map" in text


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    text = told(molosim("run", "aalborg", "--out", tmp_path / "out", MOLOSIM_MAPS=str(tmp_path)))
    assert 'get it first: molosim map download "Aalborg, Denmark" --name aalborg' in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and more", b"hello"])
def test_a_map_that_is_none(config: Config, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.npz").write_bytes(content)
    assert "mine.npz" in told(molosim("check", config(map__source="mine.npz")))


@pytest.mark.parametrize("name", ["mine.osm.pbf", "mine.graphml", "mine.shp"])
def test_an_extract_that_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"hello")
    assert name in told(molosim("map", "import", tmp_path / name, MOLOSIM_MAPS=str(tmp_path / "maps")))
    assert not (tmp_path / "maps").exists()


def test_an_output_folder_of_something_else(config: Config, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    text = told(molosim("run", config(), "--out", tmp_path / "out"))
    assert "holds 'thesis.tex' and is no result of molosim" in text


def test_an_output_folder_that_cannot_be_made(config: Config) -> None:
    text = told(molosim("run", config(), "--out", "/proc/molosim/out"))
    assert "/proc/molosim/out: cannot be written" in text


def test_a_report_of_no_result(tmp_path: Path) -> None:
    assert "is no result of molosim" in told(molosim("report", tmp_path))


def test_signs_that_move_the_cursor_are_told_not_obeyed() -> None:
    assert "new\\nline\\x1b[2J.toml: no such file" in told(molosim("run", "new\nline\x1b[2J.toml"))
