"""Searches leave a record by which their folder repeats them, and which is never of anything else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.experiments.conftest import REGIME, WALK, Designed
from tests.experiments.standin import threads, tiny

import molosim
from molosim.experiments import decisions, search_record
from molosim.experiments.design import Design, load_design
from molosim.experiments.rerun import rerun
from molosim.experiments.root_search import RootSearch
from molosim.experiments.search_record import SEARCH_FILES
from molosim.experiments.searches import Searched, search, sensitivity
from molosim.experiments.selection import Effort
from molosim.experiments.sequential import Rule
from molosim.experiments.sweep import sweep
from molosim.results.folder import kind_of
from molosim.runtime.errors import ScenarioError

ASKED: dict[str, dict[str, Any]] = {
    "breakeven": {"search": RootSearch(limit=12)},
    "decide": {"measure": "km_city", "indifference": 0.01, "effort": Effort(minimum=3, limit=6)},
    "until": {"measure": "km_city", "rule": Rule(target=0.05, minimum=3, limit=6), "batch": 2},
}
MORRIS = {"kind": "morris", "n": 3}
FAR = {"name": "far", "key": "boxes.walking_limit_m", "low": 100.0, "high": 900.0}
KILOGRAMS = {"name": "kg", "key": "residents.deposits.wastes.*.kg_per_household_year", "low": 5.0, "high": 9.0}
Said = dict[str, Any]


def searched(command: str, design: Design, out: Path, **changes: Any) -> Searched:
    return search(command, design, out, ASKED[command] | changes, opening=threads(), model=tiny)


def said(folder: Path) -> Said:
    manifest: Said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def commands(folder: Path) -> list[str]:
    return [one["command"] for one in said(folder)["searches"]]


def again(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = rerun(folder, opening=threads(), model=tiny)
    return found.made_with, found.outcome


@pytest.fixture
def walks(designed: Designed) -> Design:
    """Along the walking limit, at three values."""
    return designed(WALK, measures=["km_city"], sampling={"kind": "grid", "levels": 3})


@pytest.mark.parametrize("command", ASKED)
def test_a_search_repeats_itself_from_its_folder(walks: Design, tmp_path: Path, command: str) -> None:
    found = searched(command, walks, tmp_path / "out")
    manifest = said(tmp_path / "out")
    assert manifest["kind"] == "search"
    assert manifest["map"]["attribution"]
    assert manifest["title"] == walks.question
    (record,) = manifest["searches"]
    assert record["files"] == list(SEARCH_FILES[command])
    assert record["parameters"].keys() == ASKED[command].keys()
    assert again(tmp_path / "out") == ((), ())
    found.file.write_text("1\n", encoding="utf-8")
    assert again(tmp_path / "out") == ((), (f"{found.file.name}: other bytes",))


def test_what_was_asked_for_decides_what_comes_again(walks: Design, tmp_path: Path) -> None:
    """A record with other parameters comes to another table: it is the record that is followed."""
    searched("until", walks, tmp_path / "out")
    manifest = said(tmp_path / "out")
    manifest["searches"][0]["parameters"]["rule"]["limit"] = 4
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert again(tmp_path / "out")[1] == ("known.csv: other bytes",)
    del manifest["searches"][0]["parameters"]["rule"]
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ScenarioError, match="has no parameters of 'until' such as molosim writes: 'rule'"):
        again(tmp_path / "out")


def test_a_search_is_recorded_once_for_each_command(walks: Design, tmp_path: Path) -> None:
    for command in ("decide", "breakeven", "decide"):
        searched(command, walks, tmp_path / "out")
    searched("breakeven", walks, tmp_path / "out", search=RootSearch(limit=11))
    assert commands(tmp_path / "out") == ["decide", "breakeven"]
    assert said(tmp_path / "out")["searches"][1]["parameters"]["search"]["limit"] == 11
    assert again(tmp_path / "out") == ((), ())


def test_a_sweep_keeps_what_was_searched_and_a_search_leaves_the_sweep(walks: Design, tmp_path: Path) -> None:
    out = tmp_path / "out"
    searched("breakeven", walks, out)
    sweep(walks, out, opening=threads(), model=tiny)
    assert (kind_of(out), commands(out), said(out)["points"]) == ("sweep", ["breakeven"], 3)
    searched("decide", walks, out)
    assert (kind_of(out), commands(out), said(out)["points"]) == ("sweep", ["breakeven", "decide"], 3)
    assert again(out) == ((), ())
    (out / "runs.parquet").unlink()
    (out / "decisions.csv").unlink()
    lines = again(out)[1]
    assert lines == ("runs.parquet: is missing from the folder", "decisions.csv: is missing from the folder")
    # The tables of a sweep can be checked by a replication, those of a search cannot.
    sweep(walks, out, opening=threads(), model=tiny)
    assert rerun(out, replication=1, opening=threads(), model=tiny).outcome == ()


def test_sensitivity_goes_with_the_sweep_that_it_is_of(designed: Designed, tmp_path: Path) -> None:
    design, out = designed(WALK, KILOGRAMS, measures=["km_city"], sampling=MORRIS), tmp_path / "out"
    sweep(design, out, opening=threads(), model=tiny)
    sensitivity(out, model=tiny)
    searched("decide", design, out)
    assert commands(out) == ["sensitivity", "decide"]
    assert again(out) == ((), ())
    more = designed(WALK, KILOGRAMS, measures=["km_city"], sampling=MORRIS, replications=5)
    sweep(more, out, opening=threads(), model=tiny)
    assert commands(out) == []
    assert not (out / "sensitivity.csv").exists()


def other_factor(designed: Designed, _config: Path) -> Design:
    return designed(FAR, measures=["km_city"], sampling={"kind": "grid", "levels": 3})


def other_base(designed: Designed, config: Path) -> Design:
    """The same design of a base with another number."""
    text = config.read_text(encoding="utf-8")
    other = config.with_name("other.toml")
    other.write_text(text.replace("days = 4", "days = 5"), encoding="utf-8")
    assert "days = 5" in other.read_text(encoding="utf-8")
    return designed(WALK, measures=["km_city"], sampling={"kind": "grid", "levels": 3}, base=str(other))


@pytest.mark.parametrize("other", [other_factor, other_base])
@pytest.mark.parametrize("then", ["sweep", "breakeven"])
def test_what_is_of_another_design_goes(
    designed: Designed,
    config: Path,
    tmp_path: Path,
    other: Callable[[Designed, Path], Design],
    then: str,
) -> None:
    out, first = tmp_path / "out", designed(WALK, measures=["km_city"], sampling={"kind": "grid", "levels": 3})
    for command in ASKED:
        searched(command, first, out)
    design = other(designed, config)
    if then == "sweep":
        sweep(design, out, opening=threads(), model=tiny)
    else:
        searched(then, design, out)
    assert commands(out) == ([] if then == "sweep" else [then])
    assert not (out / "decisions.csv").exists()
    assert again(out) == ((), ())


def test_a_design_edited_in_its_folder_is_another(walks: Design, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sweep(walks, out, opening=threads(), model=tiny)
    for command in ("decide", "until"):
        searched(command, load_design(out), out)
    assert (kind_of(out), commands(out)) == ("sweep", ["decide", "until"])
    text = (out / "design.toml").read_text(encoding="utf-8")
    (out / "design.toml").write_text(text.replace("high = 900.0", "high = 800.0"), encoding="utf-8")
    searched("until", load_design(out), out)
    assert (kind_of(out), commands(out)) == ("search", ["until"])
    assert not any((out / name).exists() for name in ("runs.parquet", "decisions.csv"))
    assert again(out) == ((), ())


def test_a_sweep_that_is_not_finished_is_none_but_its_searches_stay(
    walks: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    searched("breakeven", walks, out)
    sweep(walks, out, opening=threads(), model=tiny)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("molosim.experiments.sweep.work", interrupted)
    wider = walks.model_copy(update={"replications": 9})
    with pytest.raises(KeyboardInterrupt):
        sweep(wider, out, opening=threads(), model=tiny)
    assert kind_of(out) == "part"  # of another design: nothing of the first is left
    monkeypatch.undo()
    sweep(walks, out, opening=threads(), model=tiny)
    searched("breakeven", walks, out)

    monkeypatch.setattr("molosim.experiments.sweep.work", interrupted)
    monkeypatch.setattr("molosim.experiments.tasks.code_version", lambda *_: "other code")
    with pytest.raises(KeyboardInterrupt):
        sweep(walks, out, opening=threads(), model=tiny)
    assert (kind_of(out), commands(out)) == ("search", ["breakeven"])
    assert "points" not in said(out)
    assert not (out / "runs.parquet").exists()


def test_a_search_that_fails_leaves_what_was_there(
    walks: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    searched("decide", walks, out)
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in {".csv", ".json"}}

    def failing(*_: object, **__: object) -> pd.DataFrame:
        raise KeyboardInterrupt

    monkeypatch.setattr(decisions, "decide", failing)
    with pytest.raises(KeyboardInterrupt):
        searched("decide", walks, out)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in {".csv", ".json"}} == before
    assert not [path.name for path in out.iterdir() if path.name.startswith(".")]


def test_half_a_search_is_not_recorded(walks: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between its tables and its record, a search is none, and those beside it stay."""
    out = tmp_path / "out"
    for command in ("breakeven", "decide"):
        searched(command, walks, out)
    real = search_record.write_manifest
    written: list[Said] = []

    def killed(folder: Path, content: Said) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(content)
        real(folder, content)

    monkeypatch.setattr(search_record, "write_manifest", killed)
    with pytest.raises(KeyboardInterrupt):
        searched("breakeven", walks, out)
    monkeypatch.undo()
    assert commands(out) == ["decide"]
    assert again(out) == ((), ())


def test_what_a_search_was_made_with_is_its_own(walks: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    monkeypatch.setattr(molosim, "__version__", "0.0.1")
    searched("breakeven", walks, out)
    monkeypatch.undo()
    assert "version" not in said(out)["searches"][0]
    sweep(walks, out, opening=threads(), model=tiny)
    assert (said(out)["version"], said(out)["searches"][0]["version"]) == (molosim.__version__, "0.0.1")
    assert again(out)[0] == (f"breakeven: version: then 0.0.1, now {molosim.__version__}",)
    monkeypatch.setattr(molosim, "__version__", "0.0.2")
    searched("decide", walks, out)
    assert said(out)["version"] != "0.0.2"  # the sweep's own
    assert [one["version"] for one in said(out)["searches"]] == ["0.0.1", "0.0.2"]


def test_a_search_has_no_replications_to_run_again(walks: Design, tmp_path: Path) -> None:
    for command in ("breakeven", "decide"):
        searched(command, walks, tmp_path / "out")
    with pytest.raises(ScenarioError) as caught:
        rerun(tmp_path / "out", replication=0, opening=threads(), model=tiny)
    (fault,) = caught.value.faults
    assert fault.problem == (
        "is a break-even search and a search for signs; "
        "rerun --replication takes results of molosim run and finished sweeps"
    )


def test_an_unknown_measure_is_told_before_anything_is_written(designed: Designed, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="measure: found 'km'"):
        searched("decide", designed(WALK, REGIME), tmp_path / "out", measure="km")
    assert not (tmp_path / "out").exists()
