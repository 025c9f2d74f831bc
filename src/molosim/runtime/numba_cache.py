"""How functions are compiled, and when what was compiled before is forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import njit, typeof
from numba.core import cpu

_PACKAGE = Path(__file__).parents[1]
_CONSTANTS = ("trips.py", "inputs/boxes.py", "simulation/box_ledger.py", "simulation/box_state.py")
"""Files without compiled functions whose constants these have in them."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function; what comes of it is kept beside its file."""
    compiled: Callable[..., Any] = njit(cache=True)(function)
    return compiled


def leaf(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that allocates nothing, nor calls what does, without counting references.

    Numba counts a reference up and down for every array at every inner call: half the time of the residents' kernel,
    some 50 of them a visit. Its option against that has no promise; without it the same function is only slower.
    """
    options: dict[str, Any] = {"cache": True}
    if hasattr(cpu.CPUTargetOptions, "_nrt"):
        options["_nrt"] = False
    compiled: Callable[..., Any] = njit(**options)(function)
    return compiled


def entry(function: Any, *example: object) -> Callable[..., Any]:
    """A compiled function for arguments of the types of ``example`` alone, called without looking at their types.

    Numba works out the type of every argument at every call, a microsecond for each named tuple, in front of kernels
    that take as long themselves. Whoever calls the entry answers for the types.
    """
    compiled: Callable[..., Any] = function.compile(tuple(map(typeof, example)))
    return compiled


def forget_stale(package: Path) -> None:
    """Delete what was compiled from other sources than today's.

    Numba looks only whether the file of a function itself has changed. What that function calls, and the constants it
    uses, are compiled into it and may stand in other files: after an update of a checkout it would do as before.
    """
    sources = [
        path for path in sorted(package.glob("*/*.py")) if b"molosim.runtime.numba_cache import" in path.read_bytes()
    ]
    sources += [package / name for name in _CONSTANTS]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources if path.exists())).hexdigest()
    known = package / "__pycache__" / "compiled.sha256"
    if known.exists() and known.read_text(encoding="ascii") == digest:
        return
    with suppress(OSError):  # a folder that cannot be written to holds nothing compiled either
        for path in package.glob("*/__pycache__/*.nb[ic]"):
            path.unlink(missing_ok=True)
        known.parent.mkdir(exist_ok=True)
        known.write_text(digest, encoding="ascii")


forget_stale(_PACKAGE)
