"""Commands for a design: sweep, merge, breakeven, sensitivity, decide; and warmup for a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli.frame import KEPT, Dask, Workers, app, command, interruptible
from molosim.cli.screen import Screen, rows

if TYPE_CHECKING:
    from molosim.experiments.design import Design
    from molosim.experiments.searches import Searched
    from molosim.experiments.sweep import Swept

DesignFile = Annotated[
    Path, typer.Argument(help="A design.toml, or the folder that holds one.", show_default=False, metavar="DESIGN")
]

Out = Annotated[Path | None, typer.Option(help="Folder of the sweep, results/NAME by default.")]


@command(app)
def sweep(
    design: DesignFile,
    *,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    shard: Annotated[str | None, typer.Option(help="I/N: the I-th of N parts, for molosim merge.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try tasks again that ended in an error.")] = False,
    screen: Screen,
) -> None:
    """Run all points of a design. Ended or killed at any moment, the same command goes on."""
    from molosim.api import studies

    plan, part = _design(design, "sweep"), _shard(shard)
    out = out or _folder(plan)
    with interruptible("tasks", screen) as tell:
        swept = studies.sweep(plan, out, workers=workers, dask=dask, shard=part, retry=retry, progress=tell)
    _tell_swept("sweep", swept, screen)


@command(app)
def merge(
    folders: Annotated[list[Path], typer.Argument(help="Shards, or a folder that holds them.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder of the sweep; where there is one argument, that.")] = None,
    screen: Screen,
) -> None:
    """Put the shards of a sweep together and write its tables."""
    from molosim.api import studies
    from molosim.runtime.errors import ScenarioError

    if out is None and len(folders) > 1:
        raise ScenarioError.at("--out", "missing: which folder should hold what several shards make together?")
    _tell_swept("merge", studies.merge(folders, out or folders[0]), screen)


@command(app, interrupted=KEPT)
def breakeven(
    design: DesignFile,
    *,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    screen: Screen,
) -> None:
    """Find where a difference changes sign along a design's first factor, at each value of its second."""
    from molosim.api import studies

    plan = _design(design, "breakeven")
    found = studies.breakeven(plan, out or _folder(plan), workers=workers, dask=dask, tell=screen.say)
    _tell_found("breakeven", found, screen)


@command(app)
def sensitivity(
    folder: Annotated[Path, typer.Argument(help="A sweep's folder, of a sobol or morris design.", show_default=False)],
    *,
    screen: Screen,
) -> None:
    """Tell which factors the differences of a finished sweep hang on."""
    from molosim.api import studies
    from molosim.results.schema import file_of

    table = studies.sensitivity(folder)
    columns = ["alternative", "measure", "factor", "index", "estimate", "low", "high"]
    screen.say(table[columns].to_string(index=False, float_format="{:.3g}".format))
    lines = _infeasible(folder, screen)
    screen.say(f"Table: {folder / file_of('sensitivity')}")
    told = {"folder": folder, "table": folder / file_of("sensitivity"), "rows": rows(table), "infeasible": lines}
    screen.outcome("sensitivity", {**told, "report": _report(folder, screen)})


@command(app, interrupted=KEPT)
def decide(  # noqa: PLR0913 - a command has the options that it has
    design: DesignFile,
    *,
    measure: Annotated[str, typer.Option(help="Whose differences.")] = "co2e_wtw_city_kg",
    indifference: Annotated[float, typer.Option(help="A difference so small does not matter.", min=0)] = 0,
    until: Annotated[float | None, typer.Option(help="Instead of a sign: half-width to be reached.")] = None,
    relative: Annotated[bool, typer.Option("--relative", help="The half-width is a share of the mean.")] = False,
    minimum: Annotated[int, typer.Option(help="Replications of every point.", min=3)] = 10,
    limit: Annotated[int, typer.Option(help="Replications of any point at most.", min=3)] = 100,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    screen: Screen,
) -> None:
    """Spend replications where a point's difference is not yet known: its sign, or its size to a half-width."""
    from molosim.api import studies

    plan = _design(design, "decide")
    run = partial(studies.decide, indifference=indifference)
    if until is not None:
        run = partial(studies.replicate_until, target=until, relative=relative)
    found = run(plan, out or _folder(plan), measure=measure, replications=(minimum, limit), workers=workers, dask=dask)
    screen.say(found.rows.to_string(index=False, float_format="{:.4g}".format))
    _tell_found("decide", found, screen)


@command(app)
def warmup(
    folder: Annotated[Path, typer.Argument(help="A result of a run with warmup_days = 0.", show_default=False)],
    *,
    series: Annotated[str, typer.Option(help="collected_kg, waste_km or all_km.")] = "collected_kg",
    batch_days: Annotated[int, typer.Option(help="Days to a batch; 7 where the week shows.", min=1)] = 5,
    screen: Screen,
) -> None:
    """Tell how many first days of a run to leave out (MSER-5), with a figure."""
    from molosim.experiments.mser import READ, SERIES, warm_up
    from molosim.report import style
    from molosim.report import warmup_figure as drawn
    from molosim.results.folder import require_kind
    from molosim.results.results import Results
    from molosim.runtime.errors import ScenarioError
    from molosim.runtime.files import write_text, writing

    if series not in SERIES:
        raise ScenarioError.at("--series", f"found '{series}'; allowed: {', '.join(SERIES)}")
    require_kind(folder, "warmup")
    results = Results(folder)
    horizon = results.scenario.horizon
    if horizon.warmup_days:
        problem = f"found {horizon.warmup_days}; a run without one is needed, such as with warmup_days = 0"
        raise ScenarioError.at(f"{folder}: horizon.warmup_days", problem)
    found = warm_up(results.frame("trips", READ), horizon.days, series, batch_days=batch_days)
    for alternative, one in found.items():
        settled = "" if one.settled else " (not settled: a longer run is needed)"
        screen.say(f"{alternative}: leave out the first {one.days} days{settled}")
    with writing(folder), style.settings():
        file = folder / "figures" / f"warmup_{series}.svg"
        file.parent.mkdir(exist_ok=True)
        write_text(file, style.svg(drawn.warm_up(found, series)))
    screen.say(f"Figure: {file}")
    told = [{"alternative": name, "days": one.days, "settled": one.settled} for name, one in found.items()]
    screen.outcome("warmup", {"folder": folder, "series": series, "figure": file, "rows": told})


def _infeasible(folder: Path, screen: Screen) -> list[str]:
    """Tell which alternatives nobody could drive at some points."""
    import pandas as pd

    from molosim.evaluation.statistics import infeasible_points
    from molosim.experiments.sweep_tables import RUNS

    lines = infeasible_points(pd.read_parquet(folder / RUNS))
    for line in lines:
        screen.warn(line)
    return lines


def _design(source: Path, command: str) -> Design:
    """A design from its file or folder; a folder of something else is an error that says what it is."""
    from molosim.experiments.design import load_design
    from molosim.results.folder import kind_of, require_kind

    if source.is_dir() and kind_of(source) is not None:
        require_kind(source, command)
    return load_design(source)


def _tell_found(command: str, found: Searched, screen: Screen) -> None:
    folder = found.file.parent
    screen.say(f"{found.computed} tasks computed\nTable: {found.file}")
    told = {"folder": folder, "table": found.file, "computed": found.computed, "rows": rows(found.rows)}
    screen.outcome(command, {**told, "report": _report(folder, screen)})


def _report(folder: Path, screen: Screen) -> Path:
    page = folder / "report.html"
    screen.say(f"Report: {page}")
    return page


def _folder(design: Design) -> Path:
    """Where a design's results go unless told otherwise."""
    return Path("results") / design.folder.resolve().name


def _shard(text: str | None) -> tuple[int, int] | None:
    from molosim.runtime.errors import ScenarioError

    if text is None:
        return None
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        raise ScenarioError.at("--shard", f"found '{text}'; must be I/N with I from 1 to N, such as 2/3")
    return int(number), int(count)


def _tell_swept(command: str, swept: Swept, screen: Screen) -> None:
    failed = f"; {swept.failed} ended in an error, see the column 'error'" if swept.failed else ""
    there = f", {swept.tasks - swept.computed} were there" if swept.computed < swept.tasks else ""
    screen.say(f"{swept.tasks} tasks: {swept.computed} computed{there}{failed}")
    told = {"folder": swept.folder, "tasks": swept.tasks, "computed": swept.computed, "failed": swept.failed}
    page, lines = None, []
    if (swept.folder / "runs.parquet").is_file():
        lines = _infeasible(swept.folder, screen)
        page = _report(swept.folder, screen)
    else:
        screen.say(f"Shard: {swept.folder}; when all are done: molosim merge {swept.folder.parent}")
    screen.outcome(command, {**told, "infeasible": lines, "report": page})
