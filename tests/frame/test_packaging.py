"""One dependency list without addresses; a wheel that carries what the bundled experiment needs."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_lock_holds_names_versions_and_hashes_alone() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+( ; .*)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not (pin.fullmatch(line) or digest.fullmatch(line))] == []


def test_lock_pins_every_dependency_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    wanted = {normal(re.split(r"[<>=!~;\[ ]", requirement)[0]) for requirement in named}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {normal(line.split("==")[0]) for line in lock.splitlines() if "==" in line}
    assert wanted - pinned == set()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's contents, as an installation lays them out."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_wheel_finds_its_bundled_configurations_map_and_figures(installed: Path, tmp_path: Path) -> None:
    code = (
        "import molosim; from molosim.runtime import bundled; from molosim.inputs.scenario import map_file;"
        "s = molosim.load('gothenburg');"
        "print(molosim.__file__, map_file(s.map), s.boxes.file, bundled.facts_file('parameters.csv'), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert all(path.is_file() and path.is_relative_to(installed) for path in paths)


def test_wheel_carries_the_maps_licence_notice(installed: Path) -> None:
    assert "ODbL" in (installed / "molosim" / "data" / "maps" / "README.md").read_text(encoding="utf-8")


def test_wheel_has_nothing_but_the_package(installed: Path) -> None:
    top = {path.name for path in installed.iterdir()}
    assert top == {"molosim", "molosim-0.1.0.dist-info"}
