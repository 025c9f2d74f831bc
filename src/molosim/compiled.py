"""How functions are compiled that work on arrays in place and make none of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core import cpu


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
