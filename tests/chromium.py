"""Chromium without a GPU and without a window, as the tests of pages and the benchmark of the replay start it."""

from __future__ import annotations

import shutil
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOGS = {"browser": "ALL", "performance": "ALL"}


def is_here() -> bool:
    """Whether there is a Chromium and its driver."""
    return CHROMIUM is not None and DRIVER is not None


def started(profile: Path, *flags: str, logs: bool = False) -> Chrome:
    """A browser with a profile of its own; ``logs`` keeps what it says and asks for, which slows it down."""
    options = ChromeOptions()
    options.binary_location = CHROMIUM or "chromium"
    for flag in (*FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if logs:
        options.set_capability("goog:loggingPrefs", LOGS)
    return Chrome(options=options, service=ChromeService(DRIVER))
