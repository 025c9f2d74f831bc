"""How functions are compiled, and where what was compiled is kept."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit, typeof
from numba.core import config, cpu

from molosim.runtime.bundled import cache_folder

COMPILED = "compiled"
_PACKAGE = Path(__file__).parents[1]
_CONSTANTS = (
    "trips.py",
    "inputs/boxes.py",
    "simulation/box_ledger.py",
    "simulation/ledger.csv",
    "simulation/box_state.py",
)
"""Files without compiled functions whose constants these have in them."""


def folder_for(package: Path, cache: Path) -> Path | None:
    """Folder for what is compiled from a package's sources as they are now; None where nothing can be written.

    Numba looks only whether the file of a function itself has changed. What that function calls, and the constants it
    uses, are compiled into it and may stand in other files: after an update it would do as before. So sources that
    differ in any such file, and versions of Python and Numba, have folders of their own.
    """
    sources = [
        path for path in sorted(package.glob("*/*.py")) if b"molosim.runtime.numba_cache import" in path.read_bytes()
    ]
    sources += [package / name for name in _CONSTANTS]
    digest = hashlib.sha256(f"{sys.version} {numba.__version__}".encode())
    for path in sources:
        digest.update(path.read_bytes() if path.exists() else b"")
    folder = cache / COMPILED / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_FOLDER = folder_for(_PACKAGE, cache_folder())


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """A function that is compiled when it is called, into molosim's folder, or memory alone where it has none."""
    others = config.CACHE_DIR  # type: ignore[attr-defined] # Numba sets it from the environment
    config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined] # read while the function is wrapped
    try:
        compiled: Callable[..., Any] = njit(cache=_FOLDER is not None, **options)(function)
    finally:
        config.CACHE_DIR = others  # type: ignore[attr-defined] # what others compile goes where it went
    return compiled


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function; what comes of it is kept."""
    return _compiled(function)


def leaf(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that allocates nothing, nor calls what does, without counting references.

    Numba counts a reference up and down for every array at every inner call: half the time of the residents' kernel,
    some 50 of them a visit. Its option against that has no promise; without it the same function is only slower.
    """
    return _compiled(function, **({"_nrt": False} if hasattr(cpu.CPUTargetOptions, "_nrt") else {}))


def entry(function: Any, *example: object) -> Callable[..., Any]:
    """A compiled function for arguments of the types of ``example`` alone, called without looking at their types.

    Numba works out the type of every argument at every call, a microsecond for each named tuple, in front of kernels
    that take as long themselves. Whoever calls the entry answers for the types.
    """
    if not hasattr(function, "compile"):  # NUMBA_DISABLE_JIT: functions stay as they are, and read fields by name
        named = [getattr(type(one), "_make", lambda argument: argument) for one in example]
        return lambda *arguments: function(*(make(one) for make, one in zip(named, arguments, strict=True)))
    compiled: Callable[..., Any] = function.compile(tuple(map(typeof, example)))
    return compiled
