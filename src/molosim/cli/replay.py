"""The command that lets a result play."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.cli.frame import app, command
from molosim.cli.reports import Lang
from molosim.cli.screen import Screen


@command(app)
def replay(
    folder: Annotated[Path, typer.Argument(help="A result of molosim run.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="The page; replay.html in the folder by default.")] = None,
    lang: Lang = None,
    screen: Screen,
) -> None:
    """Write one page on which a day and all days of a result play on the map, without any network."""
    from molosim.api import stored

    page = stored.replay(folder, out, language=lang)
    screen.say(f"Replay: {page}")
    screen.outcome("replay", {"folder": folder, "replay": page})
