"""What was compiled from other sources, or cannot be kept, is never used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import molosim
from molosim.runtime.numba_cache import folder_for

KERNEL = "from molosim.runtime.numba_cache import kernel\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in (
        ("routing/tours.py", KERNEL),
        ("routing/plain.py", ""),
        ("simulation/box_state.py", "A = 1\n"),
        ("inputs/boxes.py", "FRACTIONS = ()\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ("routing/plain.py", True),
        ("routing/tours.py", False),
        ("simulation/box_state.py", False),
        ("inputs/boxes.py", False),
    ],
)
def test_only_what_compiled_functions_are_made_of_matters(package: Path, changed: str, same: bool) -> None:
    before = folder_for(package, package / "cache")
    assert folder_for(package, package / "cache") == before
    (package / changed).write_text("B = 2\n" if same else f"{KERNEL}B = 2\n", encoding="utf-8")
    assert (folder_for(package, package / "cache") == before) is same


PARTS = {
    "__init__.py": "",
    "calls.py": "from molosim.runtime.numba_cache import kernel\nfrom molosim.routing import called\n\n\n"
    "@kernel\ndef ask(x):\n    return called.told(x)\n",
    "called.py": "from molosim.runtime.numba_cache import kernel\n\n\n@kernel\ndef told(x):\n    return x + 1\n",
}


@pytest.mark.parametrize("where", ["cache", "NUMBA_CACHE_DIR", "no home", "read-only"])
def test_a_changed_callee_gives_its_new_number_wherever_code_is_kept(tmp_path: Path, where: str) -> None:
    """A copy of the package with a function that calls another one, whose file then changes."""
    package = tmp_path / "site" / "molosim"
    for name in ("__init__.py", "runtime", "facts"):
        source = Path(molosim.__file__).parent / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        package.mkdir(parents=True, exist_ok=True)
        copy(source, package / name)
    (package / "routing").mkdir()
    for name, text in PARTS.items():
        (package / "routing" / name).write_text(text, encoding="utf-8")
    home = tmp_path / "home"
    environment = {"PYTHONPATH": str(package.parent), "HOME": str(home), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    if where == "NUMBA_CACHE_DIR":
        environment |= {"NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    elif where != "cache":
        # Below a file there is no folder to be made, for root neither.
        home.write_text("", encoding="utf-8")
        environment |= {"MOLOSIM_CACHE": str(home / "cache")}

    def asked() -> str:
        code = "from molosim.routing.calls import ask; print(ask(1))"
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, text=True, capture_output=True, check=True
        ).stdout

    assert asked() == "2\n"
    called = package / "routing" / "called.py"
    called.write_text(PARTS["called.py"].replace("x + 1", "x + 7"), encoding="utf-8")
    assert asked() == "8\n"
    assert not list(package.rglob("*.nb[ic]"))
    assert bool(list(tmp_path.rglob("*.nbc"))) is (where in ("cache", "NUMBA_CACHE_DIR"))


def test_functions_run_uncompiled_where_numba_is_told_so() -> None:
    """As who looks for a fault, or tries mutants, asks for it."""
    code = (
        "from molosim.runtime.numba_cache import entry, kernel\n"
        "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\n"
        "@kernel\ndef told(pair, x):\n    return pair.a + x\n"
        "print(entry(told, Pair(1, 1), 1)((2, 3), 1), type(told).__name__)"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True, check=True)
    assert done.stdout == "3 function\n"
