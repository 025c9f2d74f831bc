"""Commands for box logs: fit one, write a simulated one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen

if TYPE_CHECKING:
    from molosim.fitting.fitted import Fitted


@command(app)
def fit(  # noqa: PLR0913 - a command's options
    file: Annotated[Path, typer.Argument(help="A box log, .csv or .parquet.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder of the fit, results/NAME_OF_LOG by default.")] = None,
    base: Annotated[str | None, typer.Option(help="Configuration to put the values into.", show_default=False)] = None,
    households: Annotated[Path | None, typer.Option(help="Table of box and households, or GeoJSON of boxes.")] = None,
    zone: Annotated[str | None, typer.Option("--tz", help="Time zone of the boxes, e.g. Europe/Copenhagen.")] = None,
    closed: Annotated[str | None, typer.Option(help="Hours in which nobody can fetch, e.g. 23-6.")] = None,
    holding_h: Annotated[float | None, typer.Option(min=1, help="Hours after which parcels are taken back.")] = None,
    holidays: Annotated[str | None, typer.Option(help="Country code of public holidays, e.g. DK.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="The log's own word for an event: OWN=OURS.")] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Samples behind the tests' p-values; 0 leaves them out.")] = 199,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 1,
    screen: Screen,
) -> None:
    """Fit demand to a box log: a folder with a configuration, intervals, tests, figures and a page."""
    from molosim.api import demand_fit
    from molosim.fitting.fit_folder import FITTED, PAGE, households_in
    from molosim.fitting.fit_words import told
    from molosim.fitting.fitted import FitOptions
    from molosim.inputs.scenario import load

    options = FitOptions(
        base=load(base) if base is not None else None,
        households=households_in(households) if households is not None else None,
        closed=_hours(closed),
        holding_h=holding_h,
        holidays=holidays,
        bootstrap=bootstrap,
        seed=seed,
    )
    out = out or Path("results") / file.stem
    fitted = demand_fit.fit(file, out, options, zone=zone, words=_words(event or []))
    for line in told(fitted):
        screen.say(line)
    screen.say(f"Configuration: {out / FITTED}\nReport: {out / PAGE}")
    written = {"folder": out, "report": out / PAGE, "config": out / FITTED}
    screen.outcome("fit", {**written, "files": fitted.files, **_found(fitted)})


def _found(fitted: Fitted) -> dict[str, object]:
    """What was fitted, for programs."""
    from dataclasses import asdict

    return {
        "events": len(fitted.log),
        "boxes": len(fitted.log.boxes),
        "estimates": [asdict(one) for one in fitted.estimates],
        "checks": [asdict(one) for one in fitted.checks],
        "notes": fitted.notes,
    }


def _hours(text: str | None) -> tuple[int, int] | None:
    from molosim.runtime.errors import ScenarioError

    if text is None:
        return None
    closes, _, opens = text.partition("-")
    if not (closes.isdecimal() and opens.isdecimal() and int(closes) < 24 and int(opens) <= 24 and closes != opens):
        raise ScenarioError.at("--closed", f"found '{text}'; must be two whole hours such as 23-6")
    return int(closes), int(opens)


def _words(pairs: list[str]) -> dict[str, str]:
    from molosim.runtime.errors import ScenarioError

    for pair in pairs:
        if not all(pair.partition("=")):
            raise ScenarioError.at("--event", f"found '{pair}'; must be OWN=OURS, e.g. AFHENTET=fetched")
    return {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs}


@command(app)
def log(
    config: Annotated[str, typer.Argument(help="A TOML file, or the name of a bundled configuration.")],
    *,
    out: Annotated[Path | None, typer.Option(help="File to write, .csv or .parquet; log.csv by default.")] = None,
    box: Annotated[list[str] | None, typer.Option(help="Name of a box; may be given often, all by default.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="In place of horizon.days.")] = None,
    alternative: Annotated[str | None, typer.Option(help="Whose run; the baseline by default.")] = None,
    replication: Annotated[int, typer.Option(min=0, help="Which of the replications.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of seed.")] = None,
    screen: Screen,
) -> None:
    """Write what boxes of a simulated run would have logged, as `molosim fit` reads it."""
    from molosim.inputs.named_files import named_files
    from molosim.inputs.scenario import load
    from molosim.inputs.table_files import write
    from molosim.runtime import bundled
    from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse
    from molosim.runtime.files import check_apart, new_file
    from molosim.simulation.alternative_run import prepare
    from molosim.simulation.box_log import box_log
    from molosim.simulation.world import build_world

    given = {"horizon.days": days, "seed": seed}
    scenario = load(config).but({key: value for key, value in given.items() if value is not None})
    out = out or new_file(Path("log.csv"))
    check_apart(out, [Path(file.name) for file in named_files(scenario)])
    name = alternative or scenario.baseline
    if name not in scenario.alternatives:
        raise ScenarioError.at("--alternative", f"found '{name}'" + did_you_mean(name, scenario.alternatives))
    world = build_world(scenario, bundled.cache_folder())
    names = [site.name for site in world.sites]
    wanted = box or names
    faults = [Fault("--box", f"found '{one}'" + did_you_mean(one, names)) for one in wanted if one not in names]
    refuse(faults)
    columns = box_log(world, prepare(world, replication), name, [names.index(one) for one in wanted])
    write(out, columns)
    found = {"events": len(columns["time"]), "boxes": len(wanted), "days": scenario.horizon.days}
    screen.say("{events} events of {boxes} boxes in {days} days: ".format(**found) + str(out))
    screen.outcome("log", {"file": out, "alternative": name, "replication": replication, **found})
