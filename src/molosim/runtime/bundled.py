"""Files that come with molosim: configurations, maps, sourced figures; in a checkout and in an installed wheel."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from molosim.runtime.cache import CACHE, mark
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import read_rows, read_toml

_PACKAGE = Path(__file__).parents[1]
Kind = Literal["configs", "maps"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A sourced figure, a row of ``facts/parameters.csv``."""

    id: str
    name: str
    value: str
    """As the source gives it: a number or, for some, words."""
    unit: str
    low: str
    high: str
    source: str
    certainty: str
    """R read in the source, R2 read second-hand, C computed from those, GK assumption."""


def folder(kind: Kind) -> Path:
    """Folder of the bundled files of a kind: in the wheel beside the code, in a checkout at its top."""
    installed = _PACKAGE / "data" / kind
    return installed if installed.is_dir() else _PACKAGE.parents[1] / kind


def names(kind: Kind) -> list[str]:
    """Names by which bundled configurations or maps can be asked for, sorted."""
    suffix = {"configs": ".toml", "maps": ".npz"}[kind]
    return sorted(path.stem for path in folder(kind).glob(f"*{suffix}"))


def own_maps() -> Path:
    """Folder of the maps that this user has imported or downloaded (``$MOLOSIM_MAPS`` moves it)."""
    if moved := os.environ.get("MOLOSIM_MAPS"):
        return Path(moved)
    from platformdirs import user_data_path  # noqa: PLC0415 - only a run or a map command needs it

    return user_data_path("molosim") / "maps"


def cache_folder() -> Path:
    """Folder of what can be computed again: travel matrices, day plans; made and marked where it is not yet.

    ``$MOLOSIM_CACHE`` names the folder that it lies in, which may hold anything else.
    """
    if moved := os.environ.get("MOLOSIM_CACHE"):
        above = Path(moved)
    else:
        from platformdirs import user_cache_path  # noqa: PLC0415 - as above

        above = user_cache_path("molosim")
    with suppress(OSError):  # told by who has something to keep there
        mark(above / CACHE)
    return above / CACHE


def map_path(source: str) -> Path | None:
    """File of a map: a bundled map's name, one of the user's own, or a path; None where there is none."""
    candidates = [folder("maps") / f"{source}.npz", own_maps() / f"{source}.npz", Path(source)]
    return next((path for path in candidates if path.is_file()), None)


@cache
def facts() -> dict[str, Fact]:
    """Sourced figures by id, e.g. ``facts()["L4"]``, the mean time a parcel waits in a locker."""
    rows = read_rows(facts_file("parameters.csv"))
    return {row["id"]: Fact(**{key: row[key] for key in Fact.__dataclass_fields__}) for row in rows}


def facts_file(name: str) -> Path:
    """Path of another table of figures, e.g. ``van_co2_hbefa4.csv``."""
    return _PACKAGE / "facts" / name


@cache
def road_facts() -> dict[str, Any]:
    """What is assumed about ways and places of OpenStreetMap, as ``facts/roads.toml`` has it."""
    return read_toml(facts_file("roads.toml"))


def cache_limit_bytes() -> int:
    """How much the cache folder may hold after a run (``$MOLOSIM_CACHE_GB``, 10 unless set)."""
    text = os.environ.get("MOLOSIM_CACHE_GB", "10")
    try:
        gigabytes = float(text)
    except ValueError:
        gigabytes = -1.0
    if not 0 <= gigabytes < float("inf"):
        raise ScenarioError.at("MOLOSIM_CACHE_GB", f"found '{text}'; allowed is a number of gigabytes from 0 up")
    return round(gigabytes * 1e9)
