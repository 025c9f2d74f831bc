"""The report of a result folder: figures and one page that needs nothing else."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_report"]


def write_report(folder: Path) -> Path:
    """Write ``figures/*.svg`` and ``report.html`` into a result folder, from what the folder holds and nothing else.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScenarioError
        If the folder holds no complete result.
    """
    # The command line names this function before anyone needs a figure; matplotlib takes half a second to import.
    from molosim.report.folder import read  # noqa: PLC0415
    from molosim.report.page import write  # noqa: PLC0415

    return write(read(folder), folder)
