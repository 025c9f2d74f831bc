"""Results that are broken, of another version or in use are told in a line, whichever command reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from molosim.cli import app
from molosim.evaluation.measures import HEADLINE
from molosim.evaluation.statistics import DRY
from molosim.report import style

Spoil = Callable[[Path], object]
MAP = {"name": "x", "date": "2025", "attribution": "y", "sha256": "z"}


def manifest(**changes: object) -> Spoil:
    def spoil(folder: Path) -> None:
        whole = {"format": 2, "version": "0", "replications": 1, "map": MAP, "versions": {}, "machine": {}}
        (folder / "manifest.json").write_text(json.dumps({"program": "molosim", **whole, **changes}))

    return spoil


def table(name: str, **columns: object) -> Spoil:
    return lambda folder: pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")


def text(name: str, content: str) -> Spoil:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8")


def nothing(_folder: Path) -> None:
    pass


CASES: dict[str, tuple[str, Spoil, str]] = {
    "a manifest of another version": ("rerun", manifest(map=None), "manifest.json: has no 'map.name' such as"),
    "a manifest without numbers": ("rerun", manifest(replications="two"), "manifest.json: has no 'replications' such"),
    "a result of an earlier version": (
        "compare",
        manifest(format=1),
        "manifest.json: is of result format 1, this version reads format 2; run the experiment again",
    ),
    "a result from before formats had numbers": ("report", manifest(format=None), "is of result format None"),
    "no table": ("compare", nothing, "replications.parquet: is missing from the result"),
    "half a table": ("compare", text("replications.parquet", "PAR1"), "replications.parquet: is no Parquet file: "),
    "a foreign table": ("compare", table("replications", a=[1]), "replications.parquet: has no column 'alternative'"),
    "others' rows": (
        "compare",
        table("replications", alternative=["x"], replication=[0], **{name: [0.0] for name in (DRY, *HEADLINE)}),
        "replications.parquet: has no rows of 'dedicated', which config.toml names",
    ),
    "trips without metres": (
        "warmup",
        table("trips", alternative=["x"], replication=[0], day=[1]),
        "trips.parquet: has no column 'metres'",
    ),
}


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A folder that says that it is a result of the bundled experiment."""
    from molosim.inputs.scenario import dump, load  # noqa: PLC0415 - as above

    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "config.toml").write_text(dump(load("gothenburg").but({"horizon.warmup_days": 0})), encoding="utf-8")
    manifest()(folder)
    return folder


@pytest.mark.parametrize(("command", "spoil", "fault"), CASES.values(), ids=CASES)
def test_a_broken_result_is_a_line(result: Path, command: str, spoil: Spoil, fault: str) -> None:
    spoil(result)
    folders = [str(result)] * (2 if command == "compare" else 1)
    done = CliRunner().invoke(app, [command, *folders])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.output
    assert fault in done.stderr


def test_what_is_no_result_is_told_as_such_by_every_command(tmp_path: Path) -> None:
    for command in ("report", "replay", "export", "account", "warmup", "rerun"):
        done = CliRunner().invoke(app, [command, str(tmp_path)])
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1), command
        assert "result of molosim" in done.stderr


def test_too_little_memory_is_no_defect(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("molosim.api.stored.compare_results", greedy)
    done = CliRunner().invoke(app, ["compare", str(result), str(result)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "molosim: out of memory" in done.stderr


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_a_picture_that_finds_no_room_is_a_failure_to_write(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        style.save(Figure(), Path(f"x{suffix}"))
