"""Questions to OpenStreetMap's servers, asked by OSMnx: patient, polite, and never for ever."""

from __future__ import annotations

import json
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlparse

import osmnx as ox
import requests

import molosim
from molosim.network.graph import first_line
from molosim.runtime.cache import is_marked
from molosim.runtime.errors import ScenarioError

WAITS_S = (5, 15, 45, 90)
"""Pauses before trying again, unless the server names another."""
LONGEST_WAIT_S = 120
"""A server that asks for more is given up."""
MOST_LOOKS = 24
"""At a server's status, 5 s apart, while it still works on something else."""
_BUSY = frozenset({429, 502, 503, 504})
_REACHED_WITHIN_S = 20
_SLOT = re.compile(r"^Slot available after: .*?, in (-?\d+) seconds", re.MULTILINE)

Say = Callable[[str], None]
Element = dict[str, Any]
T = TypeVar("T")


class _TryAgainError(Exception):
    """An answer of no use; a later one may be better."""

    def __init__(self, problem: str, wait_s: float | None = None) -> None:
        super().__init__(problem)
        self.wait_s = wait_s


class _RefusedError(Exception):
    """An answer that will not get better."""


class Servers:
    """OpenStreetMap's servers, as one user may ask them.

    Parameters
    ----------
    cache
        Folder for answers. Those of other days are removed, so that a map is never older than the day it is made.
    say
        Told what is waited for.
    """

    def __init__(self, cache: Path, say: Say = lambda _: None) -> None:
        self._today = cache / datetime.now(tz=UTC).date().isoformat()
        self._say = say
        self._looks = 0
        for folder in cache.glob("*-*-*") if is_marked(cache.parent) else ():
            if folder != self._today:
                shutil.rmtree(folder, ignore_errors=True)

    def search(self, what: str, question: Callable[[], T]) -> T:
        """What the search for places answers to a question of OSMnx's.

        Parameters
        ----------
        what
            What is asked for, e.g. ``place 'Aalborg, Denmark'``: the place that errors name.
        question
            Calls OSMnx.

        Raises
        ------
        ScenarioError
            The server cannot be reached, is busy for too long, or answers nothing of use.
        """
        with self._settings(self._today / "search"):
            return self._asked(what, str(ox.settings.nominatim_url), question)

    def elements(
        self, what: str, key: str, question: Callable[[], object], *, piece_km2: float | None = None
    ) -> tuple[list[Element], str]:
        """Everything that Overpass answers to a question of OSMnx's, and the ISO date of its data.

        Answers of the same day are taken from the cache; of several requests only those without one are made.

        Parameters
        ----------
        what, question
            As in `search`.
        key
            Name of the question, for the cache; the same question, the same name.
        piece_km2
            Larger areas are asked for in pieces of about this size; OSMnx's own, which is large, where it is None.

        Raises
        ------
        ScenarioError
            As in `search`.
        """
        folder = self._today / key

        def asked() -> None:
            # How OSMnx says that it has kept all answers and will build nothing from them.
            with suppress(InterruptedError):
                question()

        with self._settings(folder, answers_only=True, piece_km2=piece_km2):
            server = str(ox.settings.overpass_url)
            if not folder.is_dir():
                # OSMnx would wait a minute before it found that out.
                _reach(what, server)
            self._asked(what, server, asked)
        answers = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
        if not answers or not all(isinstance(answer.get("elements"), list) for answer in answers):
            shutil.rmtree(folder, ignore_errors=True)
            raise ScenarioError.at(what, "cannot be downloaded: the answer is no map data")
        stamps = [str(answer.get("osm3s", {}).get("timestamp_osm_base", ""))[:10] for answer in answers]
        date = min(filter(None, stamps), default=self._today.name)
        return [element for answer in answers for element in answer["elements"]], date

    def _asked(self, what: str, server: str, question: Callable[[], T]) -> T:
        pauses = iter(WAITS_S)
        while True:
            self._looks = 0
            try:
                return question()
            except _TryAgainError as error:
                self._pause(what, server, error, next(pauses, None))
            # Also where a connection breaks while the answer comes.
            except requests.RequestException as error:
                _reach(what, server)
                self._pause(
                    what, server, _TryAgainError(f"connection cut ({type(error).__name__})"), next(pauses, None)
                )
            except OSError as error:
                raise ScenarioError.at(str(self._today), f"cannot be written: {error.strerror or error}") from error
            except (_RefusedError, ValueError, TypeError, KeyError, AttributeError) as error:
                said = f"the answer lacks {error}" if isinstance(error, KeyError) else first_line(error)
                raise ScenarioError.at(what, f"cannot be downloaded: {said}") from error

    def _pause(self, what: str, server: str, error: _TryAgainError, pause_s: float | None) -> None:
        host = urlparse(server).hostname
        if pause_s is None or (error.wait_s or 0) > LONGEST_WAIT_S:
            advice = "try again later, or `molosim map import` takes a downloaded extract"
            raise ScenarioError.at(what, f"cannot be downloaded: {host} says {error}; {advice}") from None
        wait_s = pause_s if error.wait_s is None else max(error.wait_s, 1)
        self._say(f"{host}: {error}; trying again in {wait_s:.0f} s")
        time.sleep(wait_s)

    def _hear(self, response: requests.Response, *_: object, **__: object) -> None:
        try:
            self._check(response)
        except BaseException:
            response.close()
            raise

    def _check(self, response: requests.Response) -> None:
        """Raise for answers that OSMnx would ask for again without end, or build a part of a map from."""
        status, reason = response.status_code, response.reason
        if status in _BUSY:
            after = response.headers.get("Retry-After", "")
            raise _TryAgainError(f"{status} {reason}", float(after) if after.isdecimal() else None)
        if not response.ok:
            raise _RefusedError(f"{urlparse(response.url).hostname} says {status} {reason}")
        if urlparse(response.url).path.endswith("/status"):
            self._check_status(response.text)
            return
        try:
            answer = response.json()
        except ValueError:
            raise _TryAgainError("something that is no answer (not JSON)") from None
        remark = str(answer.get("remark", "")) if isinstance(answer, dict) else ""
        if "error" in remark:
            raise _RefusedError(f"{urlparse(response.url).hostname} says: {remark[:200]}; try a smaller area")

    def _check_status(self, text: str) -> None:
        self._looks += 1
        slot = _SLOT.search(text)
        if slot and "slots available now" not in text and int(slot[1]) > LONGEST_WAIT_S:
            raise _TryAgainError(f"no free slot for {slot[1]} s", float(slot[1]))
        if self._looks > MOST_LOOKS:
            raise _TryAgainError("still working on an earlier question")

    @contextmanager
    def _settings(self, folder: Path, *, answers_only: bool = False, piece_km2: float | None = None) -> Iterator[None]:
        """OSMnx's settings for one question, and afterwards everything as it was."""
        ours = {
            "use_cache": True,
            "cache_folder": folder,
            "cache_only_mode": answers_only,
            "requests_kwargs": {**ox.settings.requests_kwargs, "hooks": {"response": self._hear}},
            "doh_url_template": None,
            "max_query_area_size": ox.settings.max_query_area_size if piece_km2 is None else piece_km2 * 1e6,
            "http_user_agent": f"molosim {molosim.__version__} (by OSMnx)",
        }
        theirs, look_up = {name: getattr(ox.settings, name) for name in ours}, socket.getaddrinfo
        try:
            for name, value in ours.items():
                setattr(ox.settings, name, value)
            yield
        finally:
            for name, value in theirs.items():
                setattr(ox.settings, name, value)
            socket.getaddrinfo = look_up  # OSMnx replaces it


def _reach(what: str, server: str) -> None:
    """Raise where there is no way to a server."""
    try:
        requests.get(f"{server.rstrip('/')}/status", timeout=_REACHED_WITHIN_S)
    except OSError as error:
        problem = "OpenStreetMap's servers cannot be reached; `molosim map import` takes a downloaded extract instead"
        raise ScenarioError.at(what, f"{problem} ({type(error).__name__})") from error
