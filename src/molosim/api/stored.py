"""Results as they are stored: measured and accounted for again, shown, exported, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from molosim import report
from molosim.emissions import EmissionModel
from molosim.experiments import remeasure
from molosim.experiments.compared_results import Versions, compare_results
from molosim.inputs.accounting import By
from molosim.report.replay import write_replay
from molosim.results.account_tables import write_accounts
from molosim.results.folder import read_manifest, require_kind
from molosim.results.provenance import check_sources
from molosim.results.results import Results
from molosim.runtime.files import writing


def measure(folder: str | Path, model: str | EmissionModel, *, grid: Mapping[str, object] | None = None) -> Path:
    """Measure a run again with every vehicle by one emission model, without simulating.

    Parameters
    ----------
    folder
        A result of `run`; its own tables stay as they are.
    model
        An emission model: a name (``speed_stop``, ``flat``, ``flat_danish``, ``flat_average``, ``average_speed``),
        ``module:Class`` of your own, or an object.
    grid
        In place of the run's ``emissions.grid``: a file of hourly CO2e of electricity, such as
        ``{"kind": "file", "file": "hours.csv", "area": "DK1"}``; in the time zone of the run's own file unless it names
        one.

    Returns
    -------
    Path
        ``folder/measured/NAME`` with measures, comparison, the band over all models, and the configuration that they
        belong to.

    Raises
    ------
    ScenarioError
        No such model; no complete result of a run; tables that are missing or broken; a file that cannot be used; an
        emission model of your own whose package has changed since the run.

    Examples
    --------
    >>> import molosim
    >>> molosim.measure("results/town", "flat").name
    'flat'
    """
    _check_models(folder := _of_run(folder, "measure"))
    return remeasure.remeasure(folder, model, grid=grid)


def account(
    folder: str | Path, *, by: By | None = None, replication: int = 0, model: str | EmissionModel | None = None
) -> Path:
    """Write inventory, allocated CO2e, cost and shipments of a stored run again, without simulating.

    Parameters
    ----------
    folder
        A result of `run`.
    by
        How shared trips are split in the list of shipments: ``mass_sfd``, ``mass_gcd``, ``volume_sfd`` or ``stops``; as
        configured by default.
    replication
        The one whose shipments are listed, from 0.
    model
        Emission model by which `measure` has measured the run again; the run's own by default.

    Returns
    -------
    Path
        Folder with ``inventory.csv`` (t CO2e), ``allocated.csv`` (kg CO2e), ``costs.csv`` (euro and kroner) and
        ``shipments.csv``.

    Raises
    ------
    ScenarioError
        No complete result of a run, or one that has not been measured by that model; no such replication.

    Examples
    --------
    >>> import molosim
    >>> sorted(path.name for path in molosim.account("results/town").iterdir())
    ['allocated.csv', 'costs.csv', 'inventory.csv', 'shipments.csv']
    """
    _check_models(folder := _of_run(folder, "account"))
    measured = None if model is None else remeasure.home_of(folder, model)
    with writing(folder):
        return write_accounts(folder, by=by, replication=replication, measured=measured)


def write_report(folder: str | Path, language: str | None = None) -> Path:
    """Write the figures and the report of a result folder again, from what the folder holds and nothing else.

    Parameters
    ----------
    folder
        A result of `run`, or the folder of a sweep or search.
    language
        ``en`` or ``da``; as configured by default.

    Returns
    -------
    Path
        The page, ``report.html`` in the folder.

    Raises
    ------
    ScenarioError
        The folder holds no complete result or cannot be written; there is no such language.

    Examples
    --------
    >>> import molosim
    >>> molosim.write_report("results/town", "da").name
    'report.html'
    """
    with writing(folder := _shown(folder)):
        return report.write_report(folder, language)


def write_figures(
    folder: str | Path, names: Sequence[str] = (), formats: Sequence[str] = (), *, language: str | None = None
) -> list[Path]:
    """Write some figures of a result folder into its ``figures``, without the page.

    Parameters
    ----------
    folder
        A result of `run`, or the folder of a sweep or search.
    names
        Which figures, such as ``trips`` and ``flow``; all that can be drawn by default.
    formats
        Of ``svg``, ``png``, ``pdf`` for the drawing, ``csv``, ``parquet`` for its data; svg and csv by default.
    language
        ``en`` or ``da``; as configured by default.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ScenarioError
        As `write_report`, and for names and formats that do not exist.

    Examples
    --------
    >>> import molosim
    >>> [path.name for path in molosim.write_figures("results/town", ["trips"], ["png"])]
    ['trips.png']
    """
    with writing(folder := _shown(folder)):
        return report.write_figures(folder, names, formats, language)


def export(
    folder: str | Path, out: str | Path | None = None, *, form: Literal["gpkg", "geojson"] = "gpkg"
) -> list[Path]:
    """Write routes, boxes, places, flows of waste and roads of a run as map layers in longitude and latitude.

    Parameters
    ----------
    folder
        A result of `run`.
    out
        The GeoPackage, or the folder of GeoJSON files; ``map.gpkg`` or ``layers`` in the result folder by default.
    form
        ``gpkg``: one GeoPackage, for QGIS; ``geojson``: a file for each layer.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ScenarioError
        The folder holds no complete result of a run; ``out`` is no name of a GeoPackage or cannot be written.

    Examples
    --------
    >>> import molosim
    >>> [path.name for path in molosim.export("results/town")]
    ['map.gpkg']
    """
    from molosim.report.export import write_geojson, write_geopackage  # noqa: PLC0415 - geopandas takes a second

    folder, path = _of_run(folder, "export"), Path(out) if out is not None else None
    with writing(path or folder):
        return [write_geopackage(folder, path)] if form == "gpkg" else write_geojson(folder, path)


def replay(folder: str | Path, out: str | Path | None = None, *, language: str | None = None) -> Path:
    """Write one page on which a day and all days of a run play on the map, without any network.

    Parameters
    ----------
    folder
        A result of `run`.
    out
        The page; ``replay.html`` in the result folder by default.
    language
        ``en`` or ``da``; as configured by default.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScenarioError
        The folder holds no complete result of a run, or the page cannot be written; there is no such language.

    Examples
    --------
    >>> import molosim
    >>> molosim.replay("results/town").name
    'replay.html'
    """
    folder, page = _of_run(folder, "replay"), Path(out) if out is not None else None
    with writing(page or folder):
        return write_replay(folder, page, language)


def compare(first: str | Path | Results, second: str | Path | Results) -> Versions:
    """Compare two results of the same city, usually on two versions of its map.

    Parameters
    ----------
    first, second
        Results of `run`, or their folders.

    Returns
    -------
    Versions
        Both maps, the keys in which the configurations differ beside them, and a table of each headline difference in
        either result and of its change from the first to the second, with 95 % intervals.

    Raises
    ------
    ScenarioError
        One is no complete result of a run; they have different baselines or no other alternative in common.

    Examples
    --------
    >>> import molosim
    >>> found = molosim.compare("results/town", "results/town")
    >>> found.is_paired, found.differing
    (True, ())
    """
    a, b = (one if isinstance(one, Results) else Results(_of_run(one, "compare")) for one in (first, second))
    return compare_results(a, b)


def _of_run(folder: str | Path, command: str) -> Path:
    """A complete result of a run, of this version."""
    require_kind(Path(folder), command)
    return Results(folder).folder


def _check_models(folder: Path) -> None:
    """Refuse a run whose own emission models have another source now: they would give other figures."""
    check_sources(folder, read_manifest(folder), only="emission")


def _shown(folder: str | Path) -> Path:
    require_kind(Path(folder), "report")
    return Path(folder)
