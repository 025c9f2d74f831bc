"""The command line as a user meets it: the bundled main job from nothing and with everything kept, help, a bad file.

    python benchmarks/main_job.py [--workers N] [--days D] [--replications R]

Wall-clock seconds. "From nothing" means an empty cache of maps, plans and compiled code. Peak memory is that of the
largest process of a run, workers included. Shorter horizons try the benchmark out; bars are those of the bundled one.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _tools import CONFIG, REPEATS, Line, show

from molosim.runtime import bundled

MOLOSIM = [sys.executable, "-c", "from molosim.cli import main; main()"]


def call(*arguments: str, cache: str, expected: int = 0) -> float:
    """Seconds that a command takes."""
    own = {"MOLOSIM_CACHE": cache, "NUMBA_CACHE_DIR": f"{cache}/compiled", "PYTHONPYCACHEPREFIX": f"{cache}/bytecode"}
    own["PYTHONDONTWRITEBYTECODE"] = ""  # a user's Python keeps its bytecode
    start = time.perf_counter()
    done = subprocess.run([*MOLOSIM, *arguments], env=os.environ | own, capture_output=True, text=True, check=False)
    if done.returncode != expected:
        raise SystemExit(f"molosim {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return time.perf_counter() - start


def light(cache: str) -> Iterator[Line]:
    bad = Path(cache) / "bad.toml"
    text = (bundled.folder("configs") / f"{CONFIG}.toml").read_text(encoding="utf-8")
    bad.write_text(text.replace("vans = 30", "vans = -30").replace("start_h", "start_hour", 1), encoding="utf-8")
    call("--help", cache=cache)
    helped = [call("--help", cache=cache) for _ in range(REPEATS)]
    yield Line("molosim --help", statistics.median(helped), "s", 0.3)
    refused = [call("run", str(bad), cache=cache, expected=2) for _ in range(REPEATS)]
    yield Line("molosim run on a bad file", statistics.median(refused), "s", 0.6)


def main_job(cache: str, options: list[str]) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as results:
        out = ["--out", str(Path(results) / CONFIG)]
        for what, bar_s in (("from nothing", 240), ("map and day plans kept", 60)):
            yield Line(f"molosim run {CONFIG}, {what}", call("run", CONFIG, *out, *options, cache=cache), "s", bar_s)
        peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        yield Line("peak memory of a process", peak_gb, "GB", 1.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("workers", "days", "replications"):
        parser.add_argument(f"--{name}", type=int)
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    options = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    with tempfile.TemporaryDirectory() as cache:
        show("Light commands", light(cache))
        show(f"Main job {' '.join(options)}", main_job(cache, options))


if __name__ == "__main__":
    main()
