"""What the tests share: the pilot's files, a folder for what molosim keeps, and commands as a user gives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
(COMMAND,) = entry_points(group="console_scripts", name="molosim")


@pytest.fixture(scope="session", autouse=True)
def _folders_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Maps of whoever runs the tests stay out of them; compiled code in the cache is of use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOLOSIM_MAPS", str(tmp_path_factory.mktemp("maps")))
        yield


@pytest.fixture(scope="session")
def home() -> Path:
    """The folder of the example."""
    return HOME


@pytest.fixture(scope="session")
def molosim_command() -> Callable[..., str]:
    """Runs ``molosim ...``; what it prints, or what it says on the error stream if it is to fail with a code.

    In this process, which has imported everything once; with ``path``, a folder to search first, in one of its own.
    """

    def run(*arguments: str | Path, code: int = 0, path: Path | None = None) -> str:
        words = [str(argument) for argument in arguments]
        ended, out, err = _elsewhere(words, path) if path else _here(words)
        assert ended == code, out + err
        return err if code else out

    return run


def _here(words: list[str]) -> tuple[int, str, str]:
    out, err, handled = StringIO(), StringIO(), signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["molosim", *words])
        with pytest.raises(SystemExit) as ended:
            COMMAND.load()()
    signal.signal(signal.SIGTERM, handled)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def _elsewhere(words: list[str], path: Path) -> tuple[int, str, str]:
    searched = os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "molosim", *words],
        env={**os.environ, "PYTHONPATH": searched},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
