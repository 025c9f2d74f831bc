"""The report of a result folder: figures and one page that needs nothing else, in the reader's language.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["write_figures", "write_report"]

# The command line names these functions before anyone needs a figure; matplotlib takes half a second to import.


def write_report(folder: Path, language: str | None = None) -> Path:
    """Write ``figures`` and ``report.html`` into a result folder, from what the folder holds and nothing else.

    Parameters
    ----------
    folder
        Of a run, or of a sweep or break-even search.
    language
        ``en`` or ``da``; by default what the folder's configuration says.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScenarioError
        If the folder holds no complete result, or there is no such language.
    """
    from molosim.report.language import speaking  # noqa: PLC0415
    from molosim.results.folder import is_sweep  # noqa: PLC0415

    if is_sweep(folder):
        from molosim.report.sweep_page import write_sweep_report  # noqa: PLC0415

        return write_sweep_report(folder, language)
    from molosim.report.page import write  # noqa: PLC0415
    from molosim.report.run_data import read  # noqa: PLC0415

    outcome = read(folder)
    with speaking(language or outcome.scenario.report.language):
        return write(outcome, folder)


def write_figures(
    folder: Path, names: Sequence[str] = (), formats: Sequence[str] = (), language: str | None = None
) -> list[Path]:
    """Write some figures of a folder into its ``figures``, in some formats, without the page.

    Parameters
    ----------
    folder, language
        As of `write_report`.
    names
        Which figures; all that can be drawn where none is named.
    formats
        Of svg, png, pdf for the drawing, csv, parquet for its data; svg and csv where none is named.

    Raises
    ------
    ScenarioError
        As `write_report`, and for names and formats that do not exist.
    """
    from molosim.report.drawing import write_chosen  # noqa: PLC0415
    from molosim.report.language import speaking  # noqa: PLC0415
    from molosim.results.folder import is_sweep  # noqa: PLC0415

    if is_sweep(folder):
        from molosim.report import study, sweep_page  # noqa: PLC0415

        found = study.read(folder)
        with speaking(language or found.language):
            return write_chosen(sweep_page.FIGURES, found, folder, names, formats)
    from molosim.report.figure_registry import figures  # noqa: PLC0415
    from molosim.report.run_data import read  # noqa: PLC0415

    outcome = read(folder)
    with speaking(language or outcome.scenario.report.language):
        return write_chosen(figures(), outcome, folder, names, formats)
