"""A result folder is whole or not there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from molosim.results.folder import MANIFEST, is_result, result_folder
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import writing

RESULT = '{"program": "molosim"}'


def write_result(out: Path, table: str) -> None:
    with result_folder(out) as work:
        (work / "comparison.csv").write_text(table, encoding="utf-8")
        (work / MANIFEST).write_text(RESULT, encoding="utf-8")


def fail_midway(out: Path, error: type[BaseException]) -> None:
    with result_folder(out) as work:
        (work / MANIFEST).write_text(RESULT, encoding="utf-8")
        raise error


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_result_takes_its_name_when_complete(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "result"
    write_result(out, "one")
    assert is_result(out)
    assert names(out.parent) == {"result"}


def test_a_new_result_replaces_the_former_one(tmp_path: Path) -> None:
    out = tmp_path / "result"
    write_result(out, "one")
    write_result(out, "two")
    assert (out / "comparison.csv").read_text(encoding="utf-8") == "two"
    assert names(tmp_path) == {"result"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_run_leaves_nothing_and_keeps_the_former_result(tmp_path: Path, error: type[BaseException]) -> None:
    out = tmp_path / "result"
    write_result(out, "one")
    with pytest.raises(error):
        fail_midway(out, error)
    assert (out / "comparison.csv").read_text(encoding="utf-8") == "one"
    assert names(tmp_path) == {"result"}


def test_a_killed_run_leaves_what_cannot_be_taken_for_a_result_and_the_next_one_sweeps(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from molosim.results.folder import result_folder\n"
        "with result_folder(Path(sys.argv[1])) as work:\n"
        "    (work / 'manifest.json').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    out = tmp_path / "result"
    subprocess.run([sys.executable, "-c", code, str(out)], check=False)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".result.unfinished-")
    assert not out.exists()
    write_result(out, "one")
    assert names(tmp_path) == {"result"}


def test_a_folder_that_another_run_is_writing_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "result"
    with result_folder(out) as work:
        (work / MANIFEST).write_text(RESULT, encoding="utf-8")
        other = work.with_name(work.name.replace(str(os.getpid()), str(os.getppid())))
        other.mkdir()
    with pytest.raises(ScenarioError, match=rf"result: process {os.getppid()} is writing it; wait"):
        write_result(out, "one")
    assert other.is_dir()
    other.rmdir()
    with result_folder(out) as work:
        (work / MANIFEST).write_text(RESULT, encoding="utf-8")
        with pytest.raises(ScenarioError, match=rf"process {os.getpid()} is writing it"):
            write_result(out, "one")


def test_names_that_differ_after_a_dot_share_no_work(tmp_path: Path) -> None:
    with result_folder(tmp_path / "town.1") as one, result_folder(tmp_path / "town.2") as other:
        for work, name in ((one, "one"), (other, "two")):
            (work / MANIFEST).write_text(RESULT, encoding="utf-8")
            (work / "comparison.csv").write_text(name, encoding="utf-8")
    assert [(tmp_path / f"town.{n}" / "comparison.csv").read_text(encoding="utf-8") for n in (1, 2)] == ["one", "two"]


PLACES = (
    "notes.md", "sites.geojson", "figures/own.svg", "accounts/own.csv", "measured/flat/own.csv", "layers/own.geojson",
    "layers/deep/own", "map.gpkg", "grid.csv", "stops_0.csv", ".own.unfinished-1", "replay.html", "codebook.csv",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_result_with_a_file_of_the_users_own_is_left_alone(tmp_path: Path, place: str) -> None:
    out = tmp_path / "result"
    write_result(out, "one")
    own = out / place
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("mine", encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"{own.name}: (was not written by molosim|is your own).*; move it"):
        write_result(out, "two")
    assert own.read_text(encoding="utf-8") == "mine"
    assert (out / "comparison.csv").read_text(encoding="utf-8") == "one"


def test_a_result_in_which_the_user_changed_a_file_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "result"
    write_result(out, "one")
    (out / "comparison.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"comparison.csv: has changed since molosim wrote it; move it"):
        write_result(out, "two")
    assert (out / "comparison.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("place", ["figures", "a link"])
def test_empty_folders_and_links_of_the_users_own_stay(tmp_path: Path, place: str) -> None:
    out = tmp_path / "result"
    write_result(out, "one")
    if place == "figures":
        (out / place).mkdir()
    else:
        (out / place).symlink_to(tmp_path)
    with pytest.raises(ScenarioError, match=f"{place}: was not written by molosim"):
        write_result(out, "two")


def test_what_came_into_a_result_while_another_was_made_is_kept_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "result"
    write_result(out, "one")
    for number in (1, 2):
        with result_folder(out) as work:
            (work / MANIFEST).write_text(RESULT, encoding="utf-8")
            (out / "figures").mkdir()
            (out / "figures" / "own.svg").write_text(f"mine {number}", encoding="utf-8")
        kept = tmp_path / f"result.kept-{number}"
        assert [path.relative_to(kept).as_posix() for path in kept.rglob("*")][:2] == ["figures", "files.json"]
        assert (kept / "figures" / "own.svg").read_text(encoding="utf-8") == f"mine {number}"
        assert names(out) == {MANIFEST, "files.json"}


def test_a_folder_without_a_list_is_left_alone(tmp_path: Path) -> None:
    write_result(tmp_path / "result", "one")
    (tmp_path / "result" / "files.json").unlink()
    with pytest.raises(ScenarioError, match=r"has no files.json that says what molosim wrote; name another folder"):
        write_result(tmp_path / "result", "two")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(ScenarioError, match=r"holds 'thesis.tex' and is no result"):
        write_result(tmp_path, "one")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "result").touch()
    with pytest.raises(ScenarioError, match="is not a folder"):
        write_result(tmp_path / "result", "one")


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ScenarioError, match=r"cannot be written: (Not a directory|File exists)"):
        write_result(tmp_path / "file" / "result", "one")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_fault_of_the_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(ScenarioError, match="result: cannot be written: No space left on device"),
        writing(tmp_path / "result"),
        Path("/dev/full").open("w", encoding="utf-8") as file,
    ):
        file.write("x" * 100_000)
