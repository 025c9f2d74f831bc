"""Commands for one configuration: run, check, rerun."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli import comparison
from molosim.cli.frame import Workers, app, command, errors_told, interruptible
from molosim.cli.screen import Screen

if TYPE_CHECKING:
    from molosim.experiments.forecast import CostForecast
    from molosim.inputs.scenario import Scenario
    from molosim.results.results import Results
    from molosim.simulation.world import World

Config = Annotated[str, typer.Argument(help="A TOML file, or the name of a bundled configuration.", show_default=False)]


@command(app)
def run(
    config: Config,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Result folder, results/NAME by default; an earlier result there is replaced.")
    ] = None,
    replications: Annotated[int | None, typer.Option(min=1, help="In place of horizon.replications.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="In place of horizon.days.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of seed.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="In place of report.language: en or da.")] = None,
    workers: Workers = None,
    screen: Screen,
) -> None:
    """Run every alternative of a configuration and write tables, figures and a report."""
    from molosim.inputs.scenario import load

    given = {"horizon.replications": replications, "horizon.days": days, "seed": seed, "report.language": lang}
    scenario = load(config).but({key: value for key, value in given.items() if value is not None})
    with errors_told(interrupted="interrupted; nothing was written"):
        results = _run(scenario, out or Path("results") / Path(config).stem, workers, screen)
    screen.show(comparison.table(results))
    for line in comparison.infeasible(results):
        screen.warn(line)
    screen.say(f"Report: {results.folder / 'report.html'}")
    if screen.as_json:
        screen.outcome("run", comparison.outcome(results))


@command(app)
def check(
    file: Annotated[str, typer.Argument(help="A configuration or a design.", show_default=False)],
    *,
    screen: Screen,
) -> None:
    """Check a configuration or design against its files and its map; tell what it would take to run."""
    from molosim.experiments.design import is_design

    kind, of = ("design", _of_design) if is_design(file) else ("config", _of_config)
    words, found = of(file)
    screen.say(f"{file}: in order. {words}")
    screen.outcome("check", {"file": file, "kind": kind, **found})


def _of_config(file: str) -> tuple[str, dict[str, object]]:
    from molosim.emissions.grid import conditions_of
    from molosim.experiments.forecast import of_run
    from molosim.inputs.scenario import load
    from molosim.runtime import bundled
    from molosim.simulation.own_tours import overview, own_home_stops
    from molosim.simulation.world import build_world

    scenario = load(file)
    world = build_world(scenario, bundled.cache_folder())
    own_home_stops(world)
    own = {carrier.name: list(overview(world, i)) for i, carrier in enumerate(scenario.carriers)}
    conditions_of(scenario)
    walks = _walks(world)
    forecast = of_run(scenario)
    found = _found(scenario, scenario.horizon.replications, forecast)
    found |= {"carriers": len(scenario.carriers), "vans": sum(carrier.vans for carrier in scenario.carriers)}
    found["own_tours"] = {name: lines for name, lines in own.items() if lines}
    told = "".join(f"\n  {name}: {line}" for name, lines in own.items() for line in lines)
    return (
        f"{found['carriers']} carriers, {found['vans']} vans; alternatives {', '.join(scenario.alternatives)}; "
        f"{scenario.horizon.replications} replications of {scenario.horizon.days} days. {walks} {_told(forecast)}{told}"
    ), found


def _walks(world: World) -> str:
    """How far the boxes' households walk, and who takes part."""
    import numpy as np

    households = np.array([site.households for site in world.sites], dtype=np.float64)
    walks, part = world.walks, world.taking_part
    known = np.isfinite(walks.mean_m)
    if not known.any():
        return "No box has a home within reach on foot."
    mean_m = float(households[known] @ walks.mean_m[known] / households[known].sum())
    told = (
        f"{households.sum():,.0f} households walk {mean_m:.0f} m to their box on average, nine of ten at most "
        f"{walks.quantile_m(0.9, households):.0f} m, along "
        f"{'the ways on foot' if world.scenario.map.walk_source else 'the streets, without footpaths'}"
    )
    if np.isfinite(walks.share_reached):
        told += f"; {walks.share_reached:.0%} of all dwellings have a box within {walks.reach_m:g} m"
    if world.scenario.residents.walking.matters:
        parcels, waste = households @ part / households.sum()
        told += f"; {parcels:.0%} take part with parcels, {waste:.0%} with waste"
    return told + "."


def _of_design(file: str) -> tuple[str, dict[str, object]]:
    from molosim.experiments.design import load_design
    from molosim.experiments.forecast import of_sweep
    from molosim.experiments.points import points
    from molosim.experiments.tasks import put_on_the_map

    design = load_design(file)
    every = points(design)
    put_on_the_map(every)
    first, factors = every[0].scenario, _counted(len(design.factors), "factor")
    forecast = of_sweep(every, design.replications)
    found = _found(first, design.replications, forecast)
    found |= {"points": len(every), "factors": list(design.names)}
    return (
        f"{len(every)} points of {factors}; alternatives {', '.join(first.alternatives)}; "
        f"{design.replications} replications of {first.horizon.days} days. {_told(forecast)}"
    ), found


def _found(scenario: Scenario, replications: int, forecast: CostForecast) -> dict[str, object]:
    return {
        "alternatives": list(scenario.alternatives),
        "replications": replications,
        "days": scenario.horizon.days,
        "runs": forecast.runs,
        "core_s": forecast.core_s,
        "disk_bytes": forecast.disk_bytes,
    }


def _told(forecast: CostForecast) -> str:
    cores = os.cpu_count() or 1
    return (
        f"{forecast.runs} runs: about {_duration(forecast.core_s / cores)} on {cores} cores, "
        f"{max(forecast.disk_bytes / 1e6, 0.1):,.1f} MB of tables."
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return _counted(max(1, math.ceil(seconds)), "second")


@command(app)
def rerun(
    folder: Annotated[Path, typer.Argument(help="Of a run, sweep, search or fit.", show_default=False)],
    *,
    replication: Annotated[int | None, typer.Option(min=0, help="The only one to run; all by default.")] = None,
    workers: Workers = None,
    screen: Screen,
) -> None:
    """Run a result again from itself and tell whether the same comes out; exit code 1 if not."""
    from molosim.api import runs

    with interruptible("runs", screen, interrupted="interrupted") as tell:
        compared = runs.rerun(folder, replication=replication, workers=workers, progress=tell)
    for line in compared.made_with:
        screen.say(f"Made with other: {line}")
    for line in compared.outcome:
        screen.say(f"Differs: {line}")
    found = {"same": not compared.outcome, "made_with": compared.made_with, "differs": compared.outcome}
    screen.outcome("rerun", {"folder": folder, "replication": replication, **found})
    if compared.outcome:
        raise typer.Exit(1)
    screen.say("The same, byte for byte." if replication is None else "The same, number for number.")


def _run(scenario: Scenario, out: Path, workers: int | None, screen: Screen) -> Results:
    from molosim.api import runs

    number, alternatives = scenario.horizon.replications, len(scenario.alternatives)
    about = "replication" if min(workers or os.cpu_count() or 1, number) == 1 else "about replication"

    def doing(done: int, total: int) -> str:
        return f"{about} {min(done // alternatives + 1, number)} of {number}" if total else "streets and plans"

    with screen.progress(doing) as tell:
        return runs.run(scenario, out, workers=workers, progress=tell)
