"""Each command that takes a folder says in one line what another kind of folder is, and what it takes."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from molosim.cli import app
from molosim.results.folder import FORMAT, KINDS, RUN, SEARCHES, TAKES, kind_of, require_kind
from molosim.runtime.errors import ScenarioError

ARGUMENTS = {"folder", "folders", "first", "second", "design"}
"""Names under which commands take folders."""
OPTIONS = {"measure": ["--emissions", "flat"], "sensitivity": [], "rerun --replication": ["--replication", "0"]}
MAP = {"name": "x", "date": "2025", "attribution": "y", "sha256": "z"}


def manifest(**said: object) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "manifest.json").write_text(json.dumps({"program": "molosim", "format": FORMAT, "map": MAP, **said}))

    return make


def files(*names: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        for name in names:
            (folder / name).write_text("")

    return make


FOLDERS: dict[str, tuple[Callable[[Path], None], str | None, str]] = {
    "run": (manifest(), "run", "a result of molosim run"),
    "sweep": (manifest(kind="sweep", searches=[{"command": "decide"}]), "sweep", "a finished sweep"),
    "breakeven": (manifest(kind="search", searches=[{"command": "breakeven"}]), "search", "a break-even search"),
    "decide": (manifest(kind="search", searches=[{"command": "decide"}]), "search", "a search for signs"),
    "fit": (manifest(kind="fit"), "fit", "a fit"),
    "shard": (
        files("design.toml", "tasks.sqlite"), "part", "a shard, or a sweep or search that has not finished",
    ),
    "design": (files("design.toml"), "design", "a design"),
    "another program's": (files("thesis.tex"), None, "no result of molosim: it has no manifest.json of one"),
    "a manifest of another program": (
        lambda folder: (folder / "manifest.json").write_text("{}") and None,
        None,
        "no result of molosim: it has no manifest.json of one",
    ),
}  # fmt: skip


def commands() -> list[str]:
    """Commands with an argument that is a folder, from the program itself."""
    found = []
    for command in app.registered_commands:
        assert command.callback is not None
        if ARGUMENTS & set(inspect.signature(command.callback).parameters):
            found.append(command.name or command.callback.__name__)
    return found


@pytest.fixture(params=FOLDERS)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str | None, str]:
    make, kind, words = FOLDERS[request.param]
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)
    return folder, kind, words


def test_every_command_that_takes_a_folder_says_which_kinds() -> None:
    known = {name.partition(" ")[0] for name in TAKES} - {"Results"}
    assert set(commands()) == known
    assert {kind for kinds in TAKES.values() for kind in kinds} == set(KINDS)
    assert {kind for _, kind, _ in FOLDERS.values()} == {*KINDS, None}


@pytest.mark.parametrize("command", [name for name in TAKES if name != "Results"])
def test_a_folder_of_another_kind_is_one_line(case: tuple[Path, str | None, str], command: str) -> None:
    folder, kind, words = case
    assert kind_of(folder) == kind
    if kind in TAKES[command] or (kind is None and "design" in TAKES[command]):
        return  # what is wrong with such a folder's content is told by what reads it
    several = [KINDS[one][1] for one in TAKES[command]]
    taken = several[0] if len(several) == 1 else f"{', '.join(several[:-1])} and {several[-1]}"
    name, folders = command.partition(" ")[0], [str(folder)] * (2 if command == "compare" else 1)
    done = CliRunner().invoke(app, [name, *folders, *OPTIONS.get(command, [])])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"molosim: {folder}: is {words}; {command} takes {taken}\n"


def test_a_folder_that_is_taken_passes(tmp_path: Path) -> None:
    """The check itself lets through what it names, and nothing else."""
    for number, (make, kind, _) in enumerate(FOLDERS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder)
        for command, kinds in TAKES.items():
            if kind in kinds:
                require_kind(folder, command)
            else:
                with pytest.raises(ScenarioError, match=f"; {command} takes "):
                    require_kind(folder, command)


def test_old_manifests_without_a_kind_are_of_runs(tmp_path: Path) -> None:
    manifest()(tmp_path)
    assert kind_of(tmp_path) == RUN


def test_every_search_has_words() -> None:
    from molosim.experiments.search_record import SEARCH_FILES  # noqa: PLC0415 - only this test needs experiments

    assert SEARCH_FILES.keys() == SEARCHES.keys()


def test_typer_still_names_commands_as_this_file_reads_them() -> None:
    assert {"export", "merge", "measure"} <= set(commands())
    assert isinstance(app, typer.Typer)
