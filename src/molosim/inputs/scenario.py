"""The scenario: everything one experiment says, checked as a whole; read from TOML, varied, written back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tomli_w
from pydantic import BaseModel, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from molosim.inputs import cross_checks, fleet_checks, plausible_ranges
from molosim.inputs.accounting import Accounts, Costs, PlausibleRange
from molosim.inputs.boxes import Boxes
from molosim.inputs.components import CollectionPolicy, objects, plain, unfaithful
from molosim.inputs.emission_settings import Emissions
from molosim.inputs.fleet import BoxStop, Breakdowns, Carrier, Charger, Municipality, Tender, VehicleType
from molosim.inputs.named_files import InputFile, named_files, with_files
from molosim.inputs.residents import Residents, Share
from molosim.inputs.validation import HourOfDay, Name, Spec, checked, must_be
from molosim.runtime import bundled
from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse, within
from molosim.runtime.files import read_toml

Language = Literal["en", "da"]
LANGUAGES: tuple[str, ...] = get_args(Language)


SpeedFactor = Annotated[float, Field(ge=0.01, le=10)]
"""Share of a road's speed limit."""


class Speeds(Spec):
    """Driven speed as a share of the road's speed limit."""

    factor: SpeedFactor
    by_class: dict[str, SpeedFactor] = Field(default_factory=dict)
    """Other factors for some road classes (``motorway``, ``residential`` ...)."""


class Congestion(Speeds):
    """Speeds in some hours of the day."""

    name: str = Field(min_length=1)
    hours: tuple[HourOfDay, ...] = Field(min_length=1)


class Map(Spec):
    """Roads and how fast they are driven."""

    source: str
    """Name of a bundled map or of one that ``molosim map`` has prepared, or such a map's path."""
    place: str | None = None
    """What to ask for where the map has to be downloaded first."""
    speeds: Speeds
    congestion: tuple[Congestion, ...] = ()
    bike_source: str | None = None
    """Map of the ways of bikes, by name or path as ``source``; without it they use this map's roads but fast ones."""
    bike_kph: PositiveFloat = 15
    """Speed of bikes, everywhere and at all hours."""
    walk_source: str | None = None
    """Map of the ways on foot, by name or path as ``source``; without it residents walk along this map's streets."""


MAP_KEYS = ("source", "bike_source", "walk_source")
"""Keys of `Map` that name a map, by name or path."""


def map_file(spec: Map) -> Path:
    """File of a scenario's prepared map; raises as `find_map`."""
    return find_map(spec.source, spec.place)


def bike_file(spec: Map) -> Path | None:
    """File of the map of bikes' ways, where a scenario names one; raises as `find_map`."""
    return None if spec.bike_source is None else find_map(spec.bike_source, key="map.bike_source")


def walk_file(spec: Map) -> Path | None:
    """File of the map of the ways on foot, where a scenario names one; raises as `find_map`."""
    return None if spec.walk_source is None else find_map(spec.walk_source, key="map.walk_source")


def find_map(source: str, place: str | None = None, *, key: str = "map.source") -> Path:
    """File of a prepared map by its name or path; ``place`` is what could be downloaded in its stead.

    ``key`` is the key that names it.

    Raises
    ------
    ScenarioError
        Where there is none; it says which there are or how to get it.
    """
    if found := bundled.map_path(source):
        return found
    if place:
        command = f'molosim map download "{place}" --name {source}'
        raise ScenarioError.at(key, f"the map '{source}' is not on this machine yet; get it first: {command}")
    names = (*bundled.names("maps"), *sorted(path.stem for path in bundled.own_maps().glob("*.npz")))
    raise ScenarioError.at(key, f"no map '{source}'" + did_you_mean(source, names))


class Addresses(Spec):
    """Where home deliveries go: addresses on the streets, denser where districts say so."""

    file: Annotated[str, InputFile("addresses", ".geojson")]
    """GeoJSON of points with ``name``, ``dwellings`` and ``radius_m``."""
    count: PositiveInt = 3000
    spread_share: Share = 0.4
    """Share of addresses that lie evenly along all residential streets, not in the districts of the file."""


class Horizon(Spec):
    """Which days are simulated, and how often."""

    start: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
    """First day, of the warm-up."""
    warmup_days: NonNegativeInt = 28
    days: PositiveInt = 365
    replications: PositiveInt = 10
    holidays: str | None = None
    """Country code of public holidays, e.g. ``DK``."""


class Reference(Spec):
    """How the quality of insertion is measured: joint PyVRP plans of some sampled days."""

    days: NonNegativeInt = 3
    vans: PositiveInt = 2
    """Neighbouring tours solved together."""
    iterations: PositiveInt = 300


class Rounds(Spec):
    """Planning of collection rounds."""

    iterations: PositiveInt = 100


class Report(Spec):
    """How a run's report is written."""

    language: Language = "en"
    """Of its words and numbers: English or Danish."""


class Scenario(Spec):
    """One experiment: a city, its boxes, residents and fleets, and the alternatives that are compared."""

    title: str
    seed: NonNegativeInt = 1
    map: Map
    horizon: Horizon
    addresses: Addresses
    boxes: Boxes
    residents: Residents
    vehicles: dict[Name, VehicleType] = Field(min_length=1)
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    plan_h: float = Field(default=6, ge=0, lt=24)
    """Hour at which each day is planned from what the boxes report; before the first shift."""
    municipality: Municipality
    chargers: tuple[Charger, ...] = ()
    """Sockets on the map that all may use during their tours."""
    tender: Tender | None = None
    """Which vehicles may come to boxes; all, where it is not given."""
    box_stop: BoxStop = BoxStop()
    breakdowns: Breakdowns = Breakdowns()
    alternatives: dict[Name, CollectionPolicy] = Field(min_length=2)
    baseline: str
    """The alternative that the others are compared with."""
    emissions: Emissions = Field(default_factory=Emissions)
    accounts: Accounts = Accounts()
    costs: Costs = Costs()
    plausibility: dict[str, PlausibleRange] = Field(default_factory=dict)
    """Other ranges than the program's own for key figures, by guard: see docs/accounts.md."""
    rounds: Rounds = Rounds()
    reference: Reference = Reference()
    report: Report = Report()
    provenance: dict[str, str] = Field(default_factory=dict)
    """Key path -> where the value comes from: the id of a figure in the bundled facts (``L4``), or free text."""

    @model_validator(mode="after")
    def _check_together(self) -> Scenario:
        periods = {f"map.congestion.{i}": period for i, period in enumerate(self.map.congestion)}
        factors = {"map.speeds": self.map.speeds.by_class} | {place: p.by_class for place, p in periods.items()}
        shifts = {f"carriers.{i}.shift": carrier.shift for i, carrier in enumerate(self.carriers)}
        year = self.horizon.start.year
        faults = [
            *cross_checks.planning(self.plan_h, shifts | {"municipality.shift": self.municipality.shift}),
            *cross_checks.speeds(factors, {place: p.hours for place, p in periods.items()}),
            *cross_checks.repeated("map.congestion", (p.name for p in self.map.congestion)),
            *cross_checks.addresses(self.addresses.count, self.carriers),
            *cross_checks.fleet(self.carriers, self.municipality, self.vehicles),
            *fleet_checks.batteries(self.vehicles),
            *fleet_checks.mixes(self.carriers, self.municipality, self.vehicles, year),
            *fleet_checks.capacity(self.carriers, self.vehicles, year),
            *fleet_checks.chargers(self.chargers),
            *fleet_checks.tender(
                self.tender, self.carriers, self.municipality, self.vehicles, self.alternatives.values(), year=year
            ),
            *cross_checks.policies(self.alternatives, self.baseline, self.carriers, self.municipality),
            *cross_checks.demand(self.residents, self.boxes),
            *cross_checks.loads(self.carriers, self.municipality, self.vehicles, self.boxes, self.residents, year=year),
            *cross_checks.holidays("horizon.holidays", self.horizon.holidays),
            *cross_checks.confidential(self.accounts.confidential, self.carriers),
            *plausible_ranges.ranges(self.plausibility),
            *cross_checks.provenance(self.provenance, self.model_dump(mode="json")),
        ]
        refuse(faults)
        return self

    def but(self, changes: Mapping[str, object] | None = None, /, **more: object) -> Scenario:
        """A checked copy with other values, by key path.

        Parameters
        ----------
        changes
            Key path -> value, such as ``{"horizon.days": 30}``; entries of lists by their number. A table, a list or
            an object, such as a policy of your own, takes the whole place of the former value; a file's path is
            relative to the current folder.
        **more
            Values of keys at the top, such as ``seed=2``.

        Returns
        -------
        Scenario
            The copy; the scenario itself stays as it is.

        Raises
        ------
        ScenarioError
            For paths that do not exist, for what `load` would refuse, and for objects that a result could not record.

        Examples
        --------
        >>> import molosim
        >>> molosim.load("gothenburg").but({"horizon.days": 30}, seed=2).horizon.days
        30
        """
        given = {**(changes or {}), **more}
        data = plain(self)
        for path, value in given.items():
            _put(data, path, plain(value, path))
        varied = checked(Scenario, data)
        said = [pair for path, value in given.items() for pair in objects(value, path)]
        faults = [fault for path, one in said for fault in unfaithful(one, _at(varied, path), path)]
        refuse([*unfaithful(self, varied, but=given), *faults])
        return _with_files(varied, Path.cwd())


def load(source: str | Path) -> Scenario:
    """Read and check a configuration.

    Parameters
    ----------
    source
        A TOML file, or the name of a bundled configuration (``gothenburg``). Files that it names are looked
        for beside it, then among the bundled configurations.

    Returns
    -------
    Scenario
        With defaults filled in and paths of files absolute.

    Raises
    ------
    ScenarioError
        With every fault found; each names the file, the key, the found value and what is allowed.

    Examples
    --------
    >>> import molosim
    >>> list(molosim.load("gothenburg").alternatives)
    ['dedicated', 'shared', 'hybrid', 'none']
    """
    path = Path(source)
    if not path.exists() and str(source) in bundled.names("configs"):
        path = bundled.folder("configs") / f"{source}.toml"

    def missing() -> str:
        return "no such file, nor a bundled configuration" + did_you_mean(path.stem, bundled.names("configs"))

    content = read_toml(path, source, missing)
    with within(source):
        return _with_files(checked(Scenario, content), path.parent)


def dump(scenario: Scenario) -> str:
    """TOML text of everything a scenario says, defaults too; `load` reads an equal scenario from it."""
    data = plain(scenario)
    data["horizon"]["start"] = scenario.horizon.start  # TOML has dates of its own
    return tomli_w.dumps(data)


def _put(data: Any, path: str, value: Any) -> None:
    """Set what stands under a key path, in place."""
    *way, last = path.split(".")
    at = data
    for i, part in enumerate(way):
        at = _step(at, part, ".".join(way[: i + 1]))
    if isinstance(at, list):
        _step(at, last, path)
        at[int(last)] = value
    elif isinstance(at, dict):
        at[last] = value
    else:
        raise ScenarioError.at(path, f"'{'.'.join(way)}' is a single value, it has no keys")


def _step(at: Any, key: str, path: str) -> Any:
    entries = {str(i): part for i, part in enumerate(at)} if isinstance(at, list) else at
    if not isinstance(entries, dict):
        raise ScenarioError.at(path, "the key above it is a single value")
    if key not in entries:
        raise ScenarioError.at(path, "no such key" + did_you_mean(key, entries))
    return entries[key]


def _at(scenario: Scenario, path: str) -> Any:
    """What a scenario has under a key path."""
    found: Any = scenario
    for key in path.split("."):
        found = getattr(found, key) if isinstance(found, BaseModel) else found[int(key) if key.isdecimal() else key]
    return found


def as_recorded(scenario: Scenario) -> Scenario:
    """What a result would record of a scenario, read back: that is what runs.

    Raises
    ------
    ScenarioError
        It is not the same: classes that are no component's or cannot be imported elsewhere, values that no file holds.
    """
    must_be(scenario, Scenario, "scenario", "molosim.load")
    faults = list(unfaithful(scenario, checked(Scenario, plain(scenario))))
    refuse(faults)
    return checked(Scenario, tomllib.loads(dump(scenario)))  # the text itself: it has tables in an order of its own


def _with_files(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario with files found and their paths absolute."""
    faults: list[Fault] = []

    def found(place: str, name: str) -> str:
        near = list(dict.fromkeys(where / name for where in (folder, bundled.folder("configs"))))
        path = next((path for path in near if path.is_file()), None)
        if path is None:
            faults.append(
                Fault(place, f"found '{name}'; no such file in {' nor in '.join(str(p.parent) for p in near)}")
            )
            return name
        return str(path.resolve())

    scenario = with_files(scenario, {named.key: found(named.key, named.name) for named in named_files(scenario)})
    refuse(faults)
    maps = {key: getattr(scenario.map, key) for key in MAP_KEYS}
    beside = {key: str((folder / name).resolve()) for key, name in maps.items() if name and (folder / name).is_file()}
    return scenario.model_copy(update={"map": scenario.map.model_copy(update=beside)})
