"""Seconds and megabytes of a report, by the command itself, in both languages.

Run: ``python benchmarks/report.py [FOLDER]``, a result of molosim run. By default two replications of five days of the
bundled experiment are run, and the rows of their largest tables are repeated until these are as long as the main job's.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from _tools import CONFIG, Line, show

import molosim

ROWS = {"trips": 610_000, "box_days": 730_000, "pickups": 200_000}
"""Of the main job: 10 replications of a year of four alternatives."""


def lengthen(folder: Path) -> None:
    """Repeat rows of the largest tables."""
    for name, rows in ROWS.items():
        table = pq.read_table(folder / f"{name}.parquet")
        if table.num_rows:
            pq.write_table(
                pa.concat_tables([table] * -(-rows // table.num_rows)).slice(0, rows), folder / f"{name}.parquet"
            )


def seconds(folder: Path, language: str) -> float:
    start = time.perf_counter()
    arguments = ["molosim", "report", str(folder), "--lang", language]
    code = f"import sys; from molosim.cli import main; sys.argv = {arguments}; main()"
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "result"
        if given.folder:
            shutil.copytree(given.folder, folder)
        else:
            few = {"horizon.days": 5, "horizon.replications": 2}
            molosim.run(molosim.load(CONFIG).but(few), folder)
            lengthen(folder)
        lines = []
        for language in ("en", "da"):
            taken = min(seconds(folder, language) for _ in range(2))
            size_mb = (folder / "report.html").stat().st_size / 1e6
            lines += [
                Line(f"report written, {language}", taken, bar=10),
                Line(f"its size, {language}", size_mb, "MB", 5),
            ]
    show("Report of a result as large as the main job's", lines)


if __name__ == "__main__":
    main()
