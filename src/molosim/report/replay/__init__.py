"""The replay of a result: one page on which a day and the whole period play on the map, without any network."""

from __future__ import annotations

from pathlib import Path

from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import write_text

__all__ = ["write_replay"]


def write_replay(folder: Path, page: Path | None = None, language: str | None = None) -> Path:
    """Write the replay of a result folder, from what the folder holds and nothing else.

    Parameters
    ----------
    folder
        A result of `molosim.run`.
    page
        The file; ``replay.html`` in the folder by default.
    language
        ``en`` or ``da``; by default what the folder's configuration says.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ScenarioError
        If the folder holds no complete result or one of a version that kept no day to replay, or there is no
        such language.
    """
    from molosim.report.language import speaking  # noqa: PLC0415
    from molosim.report.replay.day_tables import read  # noqa: PLC0415
    from molosim.report.replay.replay_page import render  # noqa: PLC0415 - pandas and Bokeh wait until a replay is asked for

    tables = read(folder)
    try:
        with speaking(language or tables.scenario.report.language):
            content = render(tables)
    except (KeyError, IndexError, ValueError) as error:
        raise ScenarioError.at(str(folder), f"its tables and lines do not go together: {error}") from None
    path = page or folder / "replay.html"
    write_text(path, content)
    return path
