"""Files and folders are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from molosim.results.folder import MANIFEST, result_folder
from molosim.runtime import files
from molosim.runtime.errors import ScenarioError
from molosim.runtime.written import LIST, begin_list, list_all, listed


def dead() -> int:
    """Number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def stop(path: Path) -> None:
    path.write_text("half", encoding="utf-8")
    raise KeyboardInterrupt


def test_a_file_that_is_broken_off_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    files.write_text(file, "whole\n")
    with pytest.raises(KeyboardInterrupt):
        files.replace(file, stop)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("table.csv", "whole\n")]


def test_what_killed_processes_left_goes_and_what_others_are_at_stays(tmp_path: Path) -> None:
    host = socket.gethostname()
    names = {pid: f".a [1]*.svg.unfinished-{host}-{pid}.svg" for pid in (dead(), os.getppid())}
    for name in names.values():
        (tmp_path / name).touch()
    (tmp_path / f".b.unfinished-{host}-{min(names)}.svg").touch()
    files.write_text(tmp_path / "a [1]*.svg", "")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"a [1]*.svg", names[os.getppid()], f".b.unfinished-{host}-{min(names)}.svg"}


def test_links_stay_links_and_devices_stay_devices(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to("target.txt")
    files.write_text(link, "one")
    assert link.is_symlink()
    assert (tmp_path / "target.txt").read_text(encoding="utf-8") == "one"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_text(pipe, "two")
    assert os.read(reader, 9) == b"two"
    os.close(reader)
    assert pipe.is_fifo()


def test_an_earlier_folder_stays_where_the_new_one_cannot_come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out, work = tmp_path / "out", tmp_path / "work"
    for folder in (out, work):
        folder.mkdir()
        (folder / folder.name).touch()
    rename = Path.rename

    def interrupted(this: Path, to: Path) -> Path:
        if this == work:
            raise KeyboardInterrupt
        return rename(this, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.take_place(work, out)
    assert (out / "out").is_file()


def test_a_result_moved_aside_by_a_killed_run_comes_back_and_leftovers_do_not_bar_it(tmp_path: Path) -> None:
    old = tmp_path / f".out.unfinished-{socket.gethostname()}-{dead()}-old"
    old.mkdir()
    (old / MANIFEST).write_text('{"program": "molosim"}', encoding="utf-8")
    list_all(old)
    files.unfinished(tmp_path / "out")
    assert (tmp_path / "out" / MANIFEST).is_file()
    with result_folder(tmp_path / "out") as work:
        (work / MANIFEST).write_text('{"program": "molosim"}', encoding="utf-8")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {MANIFEST, LIST}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder in which molosim wrote ``figures/map.svg``."""
    (tmp_path / "figures").mkdir()
    begin_list(tmp_path)
    files.write_text(tmp_path / "figures" / "map.svg", "molosim")
    return tmp_path


def test_what_molosim_wrote_is_written_again_and_removed(home: Path) -> None:
    file = home / "figures" / "map.svg"
    files.write_text(file, "again")
    assert list(listed(home) or ()) == ["figures/map.svg"]
    files.discard(file)
    assert (file.exists(), listed(home)) == (False, {})
    files.discard(file)


@pytest.mark.parametrize("name", ["map.svg", "own.svg"])
def test_what_another_wrote_or_changed_is_not(home: Path, name: str) -> None:
    file = home / "figures" / name
    file.write_text("mine", encoding="utf-8")
    for change in (lambda: files.write_text(file, "again"), lambda: files.discard(file)):
        with pytest.raises(ScenarioError, match=rf"{name}: (was not|has changed since) .*; move it"):
            change()
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_folder_with_something_of_anothers_does_not_give_way(home: Path) -> None:
    work = home / "work"
    work.mkdir()
    (home / "figures" / "own.svg").touch()
    with pytest.raises(ScenarioError, match=r"own.svg: was not written"):
        files.take_place(work, home / "figures")
    (home / "figures" / "own.svg").unlink()
    files.take_place(work, home / "figures")
    assert listed(home) == {}


def test_lists_of_two_processes_do_not_replace_each_other(home: Path) -> None:
    code = "import sys; from pathlib import Path; from molosim.runtime.files import write_text\n" \
        "for n in range(20): write_text(Path(sys.argv[1]) / f'{sys.argv[2]}{n}', 'x')"  # fmt: skip
    with (
        subprocess.Popen([sys.executable, "-c", code, str(home), "a"]) as one,
        subprocess.Popen([sys.executable, "-c", code, str(home), "b"]) as other,
    ):
        assert (one.wait(), other.wait()) == (0, 0)
    assert len(listed(home) or ()) == 41


def test_names_too_long_for_a_hidden_sibling_are_written(tmp_path: Path) -> None:
    name = "ø" * 120 + ".csv"
    files.write_text(tmp_path / name, "x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


DEEP = "[" * 50_000
HOSTILE = {
    "brackets": (files.read_json, DEEP),
    "a number of 5000 digits": (files.read_json, "1" * 5000),
    "no UTF-8": (files.read_json, "\udcff"),
    "brackets in TOML": (files.read_toml, f"a = {DEEP}"),
    "a table of many names": (files.read_toml, "[" + ".".join("a" * 50_000) + "]"),
    "a key of many names": (files.read_toml, " . ".join(["'a'"] * 50_000) + " = 1"),
    "a number of 5000 digits in TOML": (files.read_toml, "a = " + "1" * 5000),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_texts_made_to_break_readers_are_a_line_at_once(tmp_path: Path, kind: str) -> None:
    read, text = HOSTILE[kind]
    path = tmp_path / "file"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = time.process_time()
    with pytest.raises(ScenarioError, match=r"file: (is no|not a) (JSON|TOML)[^\n]{,200}$"):
        read(path)
    assert time.process_time() - before < 2


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("\ufeff[]", encoding="utf-8")
    assert files.read_json(path) == []
