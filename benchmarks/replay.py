"""Frames a second of a replay in Chromium without a GPU, its size, and the time to write it.

Run: ``python benchmarks/replay.py [FOLDER]``, a result of molosim run; by default five days of the bundled experiment
are run first. Needs chromium and chromedriver on the path.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from _tools import CONFIG, Line, show
from selenium.webdriver import Chrome

import molosim
from molosim.report.replay import write_replay

sys.path.append(str(Path(__file__).parents[1]))  # the browser is started as the tests start it
from tests import chromium

# A frame counts when something was drawn in it: a canvas that is drawn anew is cleared first.
COUNT = """
globalThis.drawn = new Set();
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...area) {
  drawn.add(document.timeline.currentTime);
  return clear.apply(this, area);
};
"""


def opened(page: Path, profile: Path) -> Chrome:
    chrome = chromium.started(profile, "--window-size=1440,900")
    chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": COUNT})
    chrome.get(page.as_uri())
    while not chrome.execute_script("return document.getElementById('player').dataset.ready"):
        time.sleep(0.05)
    return chrome


def frames_per_s(chrome: Chrome, mode: str, seconds: float) -> float:
    """Frames drawn while a part plays at its usual speed."""
    start = 120 if mode == "day" else 0
    chrome.execute_script(f"document.getElementById('{mode}').click(); seek({start}); play(true); drawn.clear();")
    before = time.perf_counter()
    time.sleep(seconds)
    number = chrome.execute_script("return drawn.size;")
    return float(number) / (time.perf_counter() - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = given.folder
        if folder is None:
            short = molosim.load(CONFIG).but({"horizon.days": 5, "horizon.replications": 1})
            folder = molosim.run(short, Path(work) / "result", workers=1).folder
        start = time.perf_counter()
        page = write_replay(folder, Path(work) / "replay.html")
        written_s = time.perf_counter() - start
        chrome = opened(page, Path(work) / "profile")
        try:
            day = frames_per_s(chrome, "day", given.seconds)
        finally:
            chrome.quit()
        lines = (
            Line("replay, one day, two maps at 1,440 x 900 without a GPU", day, "f/s", 30, at_least=True),
            Line("its page", page.stat().st_size / 1e6, "MB", 15),
            Line("writing it", written_s, "s"),
        )
        show(f"Replay of {folder}", lines)


if __name__ == "__main__":
    main()
