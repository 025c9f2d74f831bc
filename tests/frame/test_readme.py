"""The README's commands and its example do what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def started(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def commands() -> list[str]:
    return [line.split("  ")[0] for block in blocks("sh") for line in block.splitlines()]


def test_the_two_commands_stand_on_the_first_screen() -> None:
    first_screen = "\n".join(README.splitlines()[:25])
    assert all(re.search(rf"^{command}\b", first_screen, flags=re.MULTILINE) for command in ("make run", "make test"))


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("make ")])
def test_make_knows_its_targets(command: str) -> None:
    planned = started(["make", "--dry-run", "--old-file=.venv/molosim.stamp", *command.split()[1:]], ROOT)
    assert "molosim run configs/gothenburg.toml --out results/gothenburg" in planned or "pytest" in planned


def test_the_commands_run_one_after_the_other(tmp_path: Path) -> None:
    ours = [c.split() for c in commands() if c.startswith("molosim ")]
    assert len(ours) >= 4
    for name, *arguments in ours:
        assert started([Path(sys.executable).with_name(name), *arguments], tmp_path)
    assert (tmp_path / "results" / "try" / "report.html").is_file()


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    assert "km_city" in started([sys.executable, "example.py"], tmp_path)


def test_the_files_listed_are_those_written() -> None:
    from molosim.results.schema import OF_RUNS, SAMPLED, file_of  # noqa: PLC0415 - beside the other tests this is light

    tables = {file_of(name) for name in ("replications", "comparison", "band", *OF_RUNS, *SAMPLED)}
    pages = {"report.html", "replay.html", "map.gpkg", "layers", "figures", "accounts", "measured"}
    said = {"config.toml", "grid.csv", "codebook.csv", "manifest.json", "files.json"}
    table = README.partition("## What it writes")[2].partition("## Licence")[0]
    listed = {name.strip("/") for name in re.findall(r"`([a-z_]+(?:/|\.[a-z]+))`", table)}
    assert listed == tables | pages | said | {"sample_day.geojson", "roads.geojson"}
