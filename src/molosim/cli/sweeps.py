"""Commands for a design: sweep, merge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli.frame import Dask, Workers, app, errors_told, interruptible, opening_of

if TYPE_CHECKING:
    from molosim.experiments.sweep import Swept

DesignFile = Annotated[
    Path, typer.Argument(help="A design.toml, or the folder that holds one.", show_default=False, metavar="DESIGN")
]


@app.command()
def sweep(
    design: DesignFile,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder of the sweep, results/NAME by default.")] = None,
    workers: Workers = None,
    dask: Dask = None,
    shard: Annotated[str | None, typer.Option(help="I/N: the I-th of N parts, for molosim merge.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try tasks again that ended in an error.")] = False,
) -> None:
    """Run all points of a design. Ended or killed at any moment, the same command goes on."""
    with errors_told():
        from molosim.experiments.design import load_design
        from molosim.experiments.sweep import sweep as run_sweep

        plan, part = load_design(design), _shard(shard)
        out = out or Path("results") / plan.folder.resolve().name
        with interruptible("tasks") as tell:
            swept = run_sweep(plan, out, opening=opening_of(workers, dask), shard=part, retry=retry, progress=tell)
        _print_swept(swept)


@app.command()
def merge(
    folders: Annotated[list[Path], typer.Argument(help="Shards, or a folder that holds them.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder of the sweep; where there is one argument, that.")] = None,
) -> None:
    """Put the shards of a sweep together and write its tables."""
    with errors_told():
        from molosim.experiments.sweep import merge as merge_shards
        from molosim.spec import ScenarioError

        if out is None and len(folders) > 1:
            raise ScenarioError.at("--out", "missing: which folder should hold what several shards make together?")
        _print_swept(merge_shards(folders, out or folders[0]))


def _shard(text: str | None) -> tuple[int, int] | None:
    from molosim.spec import ScenarioError

    if text is None:
        return None
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ScenarioError.at("--shard", f"found '{text}'; must be I/N with I from 1 to N, such as 2/3")
    return int(number), int(count)


def _print_swept(swept: Swept) -> None:
    failed = f"; {swept.failed} ended in an error, see the column 'error'" if swept.failed else ""
    there = f", {swept.tasks - swept.computed} were there" if swept.computed < swept.tasks else ""
    typer.echo(f"{swept.tasks} tasks: {swept.computed} computed{there}{failed}")
    tables = swept.folder / "runs.parquet"
    typer.echo(f"Tables: {tables}" if tables.is_file() else f"Shard: {swept.folder}; when all are done: molosim merge")
