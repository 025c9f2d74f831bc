"""A fit's folder: what was fitted as a configuration, tables, figures and a page, and all that it was fitted to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from molosim.experiments.rerun import Rerun, differing, differing_files, origins
from molosim.fitting.fit_words import DOUBT, in_table
from molosim.fitting.fitted import FitOptions, Fitted
from molosim.fitting.fragment import CHECKS, ESTIMATES, text_of, write_tables
from molosim.fitting.log import read_log
from molosim.fitting.plots import write_figures
from molosim.fitting.whole_fit import fit_log
from molosim.inputs.scenario import Scenario, load
from molosim.inputs.table_files import TableColumn, read, write
from molosim.network.places import read_box_sites
from molosim.report import templates
from molosim.report.drawing import Shown
from molosim.results.folder import CONFIG, FIT, MANIFEST, found_manifest, require_kind, result_folder
from molosim.results.input_copies import write_inputs
from molosim.results.provenance import fit_manifest, write_manifest
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import write_text, writing
from molosim.runtime.source import source_of

FITTED, HOUSEHOLDS, PAGE = "fitted.toml", "households.csv", "report.html"
REPEATED = (FITTED, ESTIMATES, CHECKS)
"""What a fit must come to again, byte for byte."""


def write_fit(
    log: Path,
    out: Path,
    options: FitOptions,
    *,
    zone: str | None = None,
    words: Mapping[str, str] | None = None,
    on: date | None = None,
) -> Fitted:
    """Fit a log and write the fit's folder.

    Parameters
    ----------
    log, zone, words
        As of `molosim.fitting.log.read_log`.
    out
        The folder; an earlier fit there is replaced.
    options
        What the log does not say by itself.
    on
        Day that stands in the provenance of every fitted value; today by default.

    Returns
    -------
    Fitted
        What was fitted; ``fitted.toml`` in the folder is it as a configuration, ``files`` are all that was written.

    Raises
    ------
    ScenarioError
        For faults of the log, too few events, boxes without households; a folder that cannot be written.
    """
    if out.suffix == ".toml":
        problem = f"found '{out}'; fit writes a folder with {FITTED} in it: name one such as {out.with_suffix('')}"
        raise ScenarioError.at("out", problem)
    started, base = datetime.now(UTC), options.base
    with result_folder(out, FIT) as folder:
        fitted = fit_log(read_log(log, zone=zone, words=words), options)
        with writing(out):
            inputs = _copy_inputs(folder, log, base, options.households)
            write_tables(fitted, folder)
            shown = write_figures(fitted, folder)
            write_text(folder / FITTED, text_of(fitted, on or started.date()))
            said = {name: getattr(options, name) for name in ("closed", "holding_h", "holidays", "bootstrap", "seed")}
            content = fit_manifest(
                folder, base, source_of(Fitted).sha256[:32], inputs=inputs, title=f"Demand fitted to {log.name}",
                parameters={"log": log.name, "zone": zone, "words": dict(words or {}), **said}, started=started,
            )  # fmt: skip
            write_text(folder / PAGE, _page(fitted, shown, content.get("map", {})))
            write_manifest(folder, content)
    fitted.files = sorted(path for path in out.rglob("*") if path.is_file())
    return fitted


def _copy_inputs(
    folder: Path, log: Path, base: Scenario | None, households: Mapping[str, int] | None
) -> dict[str, Path]:
    """Copy all that the fit is of; the log and the households' table by what they are."""
    found = {"log": _log_in(folder, log.name)}
    shutil.copyfile(log, found["log"])
    if households is not None:
        found["households"] = folder / HOUSEHOLDS
        write(folder / HOUSEHOLDS, {"box": list(households), "households": list(households.values())})
    if base is not None:
        write_inputs(folder, base)
    return found


def _log_in(folder: Path, name: str) -> Path:
    """The copy of a log of some name, which tells Parquet from text."""
    return folder / ("log.parquet" if name.endswith(".parquet") else "log.csv")


def rerun_fit(folder: Path) -> Rerun:
    """Repeat a fit from its folder, beside it, and compare; the folder stays as it is.

    Raises
    ------
    ScenarioError
        The folder is no complete fit, or lacks the log that it was fitted to.
    """
    require_kind(folder, "rerun")
    manifest = found_manifest(folder)
    try:
        said = dict(manifest["parameters"])
        name, zone, words = Path(said.pop("log")).name, said.pop("zone"), said.pop("words")
        closed, on = said.pop("closed"), datetime.fromisoformat(manifest["started"]).date()
        known = FitOptions(**said, closed=None if closed is None else (closed[0], closed[1]))
        then = origins(manifest)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"says not what the fit was made with ({error}); it is broken or of another version"
        raise ScenarioError.at(str(folder / MANIFEST), problem) from None
    with tempfile.TemporaryDirectory() as temporary:
        log, again = Path(temporary) / name, Path(temporary) / "fit"
        kept = _log_in(folder, name)
        if not kept.is_file():
            raise ScenarioError.at(str(kept), "is missing from the fit")
        shutil.copyfile(kept, log)
        if (folder / CONFIG).is_file():
            known = replace(known, base=load(folder / CONFIG))
        if (folder / HOUSEHOLDS).is_file():
            known = replace(known, households=households_in(folder / HOUSEHOLDS))
        write_fit(log, again, known, zone=zone, words=words, on=on)
        made_with = tuple(differing(then, origins(found_manifest(again))))
        return Rerun(made_with, tuple(differing_files(folder, again, REPEATED)))


def households_in(file: Path) -> dict[str, int]:
    """Households by box, from a table of ``box`` and ``households`` or a GeoJSON file of boxes.

    Raises
    ------
    ScenarioError
        The file cannot be read, or has no such columns.
    """
    if file.suffix in (".geojson", ".json"):
        return {site.name: site.households for site in read_box_sites(file)}
    schema = (
        TableColumn("box", "text", required=True, holes=False),
        TableColumn("households", "whole", required=True, low=1, high=1_000_000, holes=False),
    )
    table = read(file, schema).columns
    return dict(zip(table["box"].tolist(), table["households"].astype(int).tolist(), strict=True))


def _page(fitted: Fitted, shown: Mapping[str, Shown], about_map: Mapping[str, object]) -> str:
    """The page's HTML, in English as the names of what is fitted."""
    return templates.page(
        "fit.html.jinja",
        fitted=fitted,
        name=fitted.log.sheet.file.name,
        rows=[one for one in fitted.estimates if not in_table(one)],
        doubt=DOUBT,
        figures=shown,
        about_map=about_map,
    )
