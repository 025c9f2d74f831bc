"""What a command says on a terminal, in a pipe, quietly and to programs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import tomli_w
from rich.console import Console
from tests.worlds import small_data, small_sites, town_files
from typer.testing import CliRunner

from molosim.cli import app, comparison
from molosim.cli.screen import plain
from molosim.evaluation.measures import HEADLINE
from molosim.results.results import Results

DOCS = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text(encoding="utf-8")
COLOUR = re.compile(rb"\x1b\[[0-9;]*\b(?:3[0-7]|9[0-7]|38;)")
# A report takes longer than all that is looked at here, and is looked at elsewhere.
START = """
import sys
import molosim.report
from molosim.cli import main
molosim.report.write_report = lambda folder: None
sys.argv[0] = "molosim"
if __name__ == "__main__":
    main()
"""
WALK = {"name": "walk", "key": "boxes.walking_limit_m", "unit": "m", "low": 100.0, "high": 900.0}


@pytest.fixture(autouse=True)
def _without_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molosim.report.write_report", lambda folder: None)
    monkeypatch.setattr("molosim.report.sweep_page.write_sweep_report", lambda folder: folder / "report.html")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that runs in a second."""
    folder = tmp_path_factory.mktemp("town")
    short = {"horizon.days": 3, "horizon.warmup_days": 0, "alternatives": small_data()["alternatives"]}
    short["alternatives"] = {name: short["alternatives"][name] for name in ("dedicated", "shared")}
    (folder / "town.toml").write_text(tomli_w.dumps(small_data({**town_files(folder, small_sites(3)), **short})))
    return folder / "town.toml"


@pytest.fixture(scope="module")
def design(town: Path) -> Path:
    folder = town.parent / "design"
    folder.mkdir()
    said: dict[str, Any] = {"question": "How far?", "base": "../town.toml", "alternatives": ["shared"]}
    said |= {"measures": ["km_waste"], "replications": 3, "sampling": {"kind": "morris", "n": 3}, "factors": [WALK]}
    (folder / "design.toml").write_text(tomli_w.dumps(said), encoding="utf-8")
    return folder


def told(*arguments: str | Path) -> dict[str, Any]:
    """The JSON object that a command prints, and nothing else."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert done.stdout.count("\n") == 1
    content: dict[str, Any] = json.loads(done.stdout, parse_constant=pytest.fail)
    return content


def keys(command: str) -> set[str]:
    """Keys that the documentation promises."""
    (row,) = (line for line in DOCS.splitlines() if line.startswith(f"| {command} |"))
    return {"program", "version", "command", *re.findall(r"`(\w+)`", row.rpartition(" | ")[2])}


def on_terminal(command: list[str | Path], folder: Path, **environment: str) -> bytes:
    """All that a command writes to a terminal."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals")
    ours, theirs = pty.openpty()
    (folder / "start.py").write_text(START, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    env = {**kept, "TERM": "xterm-256color", "COLUMNS": "120", **environment}
    start = [sys.executable, folder / "start.py", *command]
    with subprocess.Popen(start, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=folder) as process:
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 65536):
                written += piece
        except OSError:  # so Linux says that the other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0, written
    return written


def test_a_terminal_sees_replication_time_left_and_colours(town: Path, tmp_path: Path) -> None:
    seen = on_terminal(["run", town, "--out", "out", "--workers", "1"], tmp_path)
    assert b"replication 1 of 2" in seen
    assert b"left:" in seen
    assert COLOUR.search(seen)
    assert seen.rstrip().endswith(b"report.html")


def test_who_wants_no_colours_gets_none(town: Path, tmp_path: Path) -> None:
    seen = on_terminal(["run", town, "--out", "out", "--workers", "1"], tmp_path, NO_COLOR="1")
    assert b"Difference from 'dedicated'" in seen
    assert not COLOUR.search(seen)


def test_a_pipe_gets_plain_lines_and_quiet_gets_none(town: Path, tmp_path: Path) -> None:
    start = [sys.executable, "-c", START, "run", town, "--out", tmp_path / "out", "--workers", "1"]
    said = subprocess.run(start, capture_output=True, check=True)
    assert said.stderr == b""
    assert b"\x1b" not in said.stdout
    assert b"\r" not in said.stdout
    assert said.stdout.startswith(b"Difference from 'dedicated'")
    quiet = subprocess.run([*start, "--quiet"], capture_output=True, check=True)
    assert (quiet.stdout, quiet.stderr) == (b"", b"")


def test_a_run_tells_programs_what_it_found(town: Path, tmp_path: Path) -> None:
    said = told("run", town, "--out", tmp_path / "out", "--workers", "1")
    assert set(said) == keys("`run`")
    assert (said["command"], said["folder"], said["baseline"]) == ("run", str(tmp_path / "out"), "dedicated")
    assert said["answer"].endswith(".")
    table = pd.read_csv(tmp_path / "out" / "comparison.csv").set_index(["measure", "alternative"])
    assert {row["measure"] for row in said["headline"]} == set(HEADLINE)
    for row in said["headline"]:
        kept = table.loc[(row["measure"], row["alternative"])]
        assert plain(kept["difference"]) == row["difference"]
        assert kept["verdict"] == row["verdict"]
        assert set(row) == {*table.columns, "measure", "alternative", "label", "unit"}
        assert set(row) == set(
            re.findall(r"`(\w+)`", DOCS.partition("as in `comparison.csv`")[2].partition("bound")[0])
        )


def test_faults_leave_standard_output_empty() -> None:
    done = CliRunner().invoke(app, ["run", "no-such-file.toml", "--json"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("molosim: ")


def test_checks_tell_what_a_run_would_take(town: Path, design: Path) -> None:
    config, plan = told("check", town), told("check", design)
    assert set(config) == keys("`check` of a configuration")
    assert set(plan) == keys("`check` of a design")
    assert (config["runs"], config["kind"], config["vans"]) == (4, "config", 3)
    assert plan["factors"] == ["walk"]


@pytest.mark.parametrize("command", ["sweep", "breakeven", "decide"])
def test_designs_tell_what_they_computed(command: str, design: Path, tmp_path: Path) -> None:
    more = ["--measure", "km_waste", "--minimum", "3", "--limit", "3"] if command == "decide" else []
    said = told(command, design, "--out", tmp_path / "out", "--workers", "1", *more)
    assert set(said) == keys("`sweep`, `merge`" if command == "sweep" else f"`{command}`")
    assert said["computed"] > 0
    if command == "sweep":
        hangs = told("sensitivity", tmp_path / "out")
        assert set(hangs) == keys("`sensitivity`")
        assert len(hangs["rows"]) == len(pd.read_csv(tmp_path / "out" / "sensitivity.csv"))
    else:
        assert len(said["rows"]) == len(pd.read_csv(said["table"]))


def test_values_that_are_none_are_null() -> None:
    given = {"a": float("nan"), "b": (Path("x"), float("inf")), "c": pd.Series([3]).iloc[0]}
    assert plain(given) == {"a": None, "b": ["x", None], "c": 3}


def test_names_are_text_and_not_markup(monkeypatch: pytest.MonkeyPatch, town: Path, tmp_path: Path) -> None:
    told("run", town, "--out", tmp_path / "out", "--workers", "1", "--days", "1", "--replications", "1")
    results = Results(tmp_path / "out")
    named = results.comparison.replace({"alternative": {"shared": "[red]x[/red]"}})
    monkeypatch.setattr(results, "comparison", named)
    console = Console(width=160)
    with console.capture() as capture:
        console.print(comparison.table(results))
    assert "[red]x[/red]" in capture.get()
    assert "one replication, so no intervals" in capture.get()
