"""Pages in Chromium without a GPU and without a network; tests skip where there is no Chromium."""

from __future__ import annotations

import base64
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from tests import chromium
from tests.playing import shown_sweep, shown_town

from molosim.report import write_report
from molosim.report.replay import write_replay

ALERTS = "globalThis.alerts = []; globalThis.alert = (words) => alerts.push(words);"
PHONE, DESK = (360, 740), (1440, 900)


@dataclass
class Tab:
    """A page that is open."""

    chrome: Chrome

    def __call__(self, script: str, *arguments: object) -> Any:
        """Run a script in the page; its value."""
        return self.chrome.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What an element says, seen or not."""
        return str(self("return document.querySelector(arguments[0]).textContent", selector))

    def until(self, condition: str, seconds: float = 20) -> None:
        """Wait until a script says true."""
        deadline = time.monotonic() + seconds
        while not self(f"return Boolean({condition})"):
            assert time.monotonic() < deadline, condition
            time.sleep(0.05)

    def errors(self) -> list[str]:
        """What the console complained about since this was asked last."""
        return [entry["message"] for entry in self.chrome.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """Addresses that the page asked a network for since it was opened."""
        told = [json.loads(entry["message"])["message"] for entry in self.chrome.get_log("performance")]
        asked = [m["params"]["request"]["url"] for m in told if m["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]

    def nodes(self) -> list[tuple[str, str]]:
        """Role and name of everything that a screen reader is told."""
        tree = self.chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", "").strip())
            for node in tree
            if not node.get("ignored") and "role" in node
        ]

    def pages_printed(self) -> int:
        """Pages of the PDF that printing makes."""
        pdf = base64.b64decode(self.chrome.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
        assert pdf.startswith(b"%PDF")
        return len(re.findall(rb"/Type\s*/Page\b", pdf))

    def picture(self, selector: str) -> bytes:
        """PNG of an element as it is seen now."""
        return self.find(selector).screenshot_as_png

    def prefer_less_motion(self, *, less: bool) -> None:
        value = "reduce" if less else "no-preference"
        feature = {"name": "prefers-reduced-motion", "value": value}
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


Open = Callable[..., Tab]


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests, cut off from any network."""
    if not chromium.is_here():
        pytest.skip("no chromium and chromedriver here; make test-browser installs them")
    browser = chromium.started(tmp_path_factory.mktemp("profile"), "--hide-scrollbars", logs=True)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["http://*", "https://*", "ws://*", "wss://*"]})
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": ALERTS})
    yield browser
    browser.quit()


@pytest.fixture
def opened(chrome: Chrome) -> Open:
    """``opened(path, size=DESK)``: a page, its logs empty but for what it said itself."""

    def open_page(path: Path, size: tuple[int, int] = DESK) -> Tab:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        tab = Tab(chrome)
        tab.prefer_less_motion(less=False)
        chrome.get("about:blank")
        tab.errors()
        tab.requests()
        chrome.get(path.as_uri())
        return tab

    return open_page


@pytest.fixture(scope="session")
def result(chrome: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result with its report and its replay; made only where there is a browser."""
    folder = shown_town(tmp_path_factory.mktemp("shown"))
    write_replay(folder)
    return folder


@pytest.fixture(scope="session")
def pages(result: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page that molosim writes."""
    danish = shutil.copytree(result, tmp_path_factory.mktemp("danish") / "result")
    return {
        "report": result / "report.html",
        "danish": write_report(danish, "da"),
        "sweep": shown_sweep(tmp_path_factory.mktemp("swept")) / "report.html",
        "replay": result / "replay.html",
    }
