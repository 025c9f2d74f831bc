"""What a result was made with: everything that is not the same on two machines stands here and nowhere else."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import molosim
from molosim.experiments.folder import PROGRAM
from molosim.simulation.world import World

_LIBRARIES = ("numba", "numpy", "pandas", "pyarrow", "pydantic", "pyvrp", "scipy", "shapely", "simpy")


def manifest(
    folder: Path, world: World, *, started: datetime, workers: int, gap: Mapping[str, float]
) -> dict[str, Any]:
    """Versions, seeds, map, machine and time of a run that ends now and has its ``config.toml`` in ``folder``."""
    scenario, graph = world.scenario, world.graph
    return {
        "program": PROGRAM,
        "version": molosim.__version__,
        "title": scenario.title,
        "config_sha256": hashlib.sha256((folder / "config.toml").read_bytes()).hexdigest(),
        "seed": scenario.seed,
        "replications": scenario.horizon.replications,
        "alternatives": list(scenario.alternatives),
        "baseline": scenario.baseline,
        "insertion_gap": dict(gap),
        "map": {
            "name": graph.name,
            "source": graph.source,
            "date": graph.date,
            "licence": graph.licence,
            "attribution": graph.attribution,
            "sha256": graph.content_hash,
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "workers": workers},
        "started": started.isoformat(timespec="seconds"),
        "wall_s": round((datetime.now(UTC) - started).total_seconds(), 1),
        "peak_memory_mb": _peak_memory_mb(),
    }


def _peak_memory_mb() -> float | None:
    """Largest memory of this process or any of its workers; None where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(max(resource.getrusage(w).ru_maxrss for w in who) / unit, 1)
