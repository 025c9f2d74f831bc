"""What chance decides in a replication, drawn ahead from named streams and met by all alternatives alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molosim.demand.demand import (
    Arisen,
    Catchment,
    DemandContext,
    ParcelsAddressed,
    ParcelsSent,
    WasteArisen,
    checked_demand,
    demand_context,
)
from molosim.demand.profiles import lognormal, whole
from molosim.inputs.asked import asking, name_of
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S, YEAR_DAYS, Days
from molosim.inputs.fleet import HomeDeliveries, mix_in
from molosim.inputs.residents import Parcels, Waste
from molosim.inputs.scenario import Scenario
from molosim.network.places import BoxSite
from molosim.runtime.arrays import Flags, Floats, Ints
from molosim.runtime.errors import ScenarioError
from molosim.runtime.source import is_own
from molosim.runtime.streams import stream
from molosim.simulation import box_state as c


@dataclass(frozen=True)
class HomeStops:
    """Home deliveries of one carrier, sorted by day; i32, as there are millions."""

    day: NDArray[np.int32]
    address: NDArray[np.int32]
    ml: NDArray[np.int32]
    g: NDArray[np.int32]
    service_s: NDArray[np.int32]
    tour: NDArray[np.int32] | None = None
    """Of the day, where tours are the carrier's own; then stops stand in driving order."""


@dataclass(frozen=True)
class Draws:
    """All chance of one replication; arrays in the columns of `columns`."""

    parcels: Ints
    """(n, PARCEL_COLUMNS), sorted by box, carrier and due day."""
    queues: Ints
    """(boxes, carriers, QUEUE_COLUMNS)."""
    sends: Ints
    """(n, SEND_COLUMNS), sorted by time."""
    deposits: Ints
    """(n, W_CHANCE + tries), sorted by time."""
    arrivals: Ints
    """(n, 2): second and key of every deposit and sending, in order."""
    home: tuple[HomeStops, ...]
    """Per carrier."""
    breakdowns: tuple[Floats, ...]
    """Per carrier (days, vehicles of its own): share of the tour after which the van stops, NaN for most."""
    outages: Ints
    """(n, 3): second, box, length in seconds, in order of time."""


@dataclass(frozen=True, eq=False)
class _Drawing:
    """What the draws of one box and replication have in common."""

    scenario: Scenario
    context: DemandContext
    replication: int
    box: int
    site: BoxSite

    def stream(self, name: str, *index: str) -> np.random.Generator:
        return stream(self.scenario.seed, self.replication, name, self.site.name, *index)

    def arisen(
        self, kind: type[Arisen], method: str, ask: Callable[[np.random.Generator], Arisen], rng: np.random.Generator
    ) -> Arisen:
        """What a method of the demand says of this box; a user's own is held against what it may say.

        Of the first box it is asked twice: who draws from other chance, or keeps state, says something else.
        """
        demand = self.scenario.residents.demand
        with asking("residents.demand", demand, method):
            if is_own(type(demand)):
                return ask(rng)
            of, twin = f"{name_of(demand, method)}, box '{self.site.name}'", deepcopy(rng)
            found = checked_demand(ask(rng), kind, self.context, of=of)
            if self.box == 0 and not np.array_equal(found, checked_demand(ask(twin), kind, self.context, of=of)):
                raise ScenarioError.at("", f"{of}: draws otherwise when asked again; all chance must come from its rng")
            return found


def _parcels_in(drawing: _Drawing, households: float, due: Ints) -> Ints:
    """Parcels for one box; ``due[carrier, day]`` is the day on which a parcel of that day is first brought out."""
    residents = drawing.scenario.residents
    homes, demand = Catchment(drawing.site.name, households), residents.demand
    found = drawing.arisen(
        ParcelsAddressed,
        "parcels",
        lambda rng: demand.parcels(homes, drawing.context, rng),
        drawing.stream("parcels"),
    )
    rows = np.zeros((len(found.day), c.PARCEL_COLUMNS), np.int64)
    rows[:, c.P_BOX], rows[:, c.P_CARRIER] = drawing.box, found.carrier
    rows[:, c.P_DUE_DAY] = due[found.carrier, found.day]
    rows[:, c.P_FORMAT], rows[:, c.P_G] = found.format, found.mass_g
    rows[:, c.P_ML] = _format_ml(residents.parcels)[found.format]
    dwell, spec = drawing.stream("dwell"), residents.parcels.dwell
    rows[:, c.P_DWELL_S] = whole(lognormal(dwell, spec.mean_h * 3600, spec.sigma, len(rows)))
    rows[dwell.random(len(rows)) < spec.never_share, c.P_DWELL_S] = -1
    rows[:, [c.P_DOOR, c.P_PLACED, c.P_PICKUP, c.P_NEXT, c.P_LEFT]] = -1
    return rows[np.lexsort((rows[:, c.P_DUE_DAY], rows[:, c.P_CARRIER]))]


def _format_ml(parcels: Parcels) -> Ints:
    return np.array([round(f.litres * 1000) for f in parcels.formats])


def _sends(drawing: _Drawing, households: float) -> Ints:
    residents, homes = drawing.scenario.residents, Catchment(drawing.site.name, households)
    found = drawing.arisen(
        ParcelsSent, "sent", lambda rng: residents.demand.sent(homes, drawing.context, rng), drawing.stream("sends")
    )
    rows = np.empty((len(found.second), c.SEND_COLUMNS), np.int64)
    rows[:, c.S_TIME], rows[:, c.S_BOX], rows[:, c.S_CARRIER] = found.second, drawing.box, found.carrier
    rows[:, c.S_FORMAT], rows[:, c.S_G] = found.format, found.mass_g
    rows[:, c.S_ML] = _format_ml(residents.parcels)[found.format]
    return rows


def _deposits(drawing: _Drawing, households: float, waste: Waste) -> Ints:
    residents = drawing.scenario.residents
    spec, rng = residents.deposits, drawing.stream("deposits", waste.name)
    homes = Catchment(drawing.site.name, households, spec.box_share.get(waste.fraction, 0.0))
    found = drawing.arisen(
        WasteArisen, "waste", lambda rng: residents.demand.waste(homes, waste, drawing.context, rng), rng
    )
    rows = np.zeros((len(found.second), c.W_CHANCE + spec.refused.tries), np.int64)
    rows[:, c.W_TIME], rows[:, c.W_BOX], rows[:, c.W_AT] = found.second, drawing.box, drawing.box
    rows[:, c.W_FRACTION] = FRACTIONS.index(waste.fraction)
    rows[:, c.W_G] = found.mass_g
    rows[:, c.W_ML] = whole(rows[:, c.W_G] * np.float64(waste.litres_per_kg))
    rows[:, c.W_POINTS] = rows[:, c.W_G] * waste.adr_points_per_kg
    rows[:, c.W_CAR] = rng.integers(0, c.CHANCE, len(rows))
    rows[:, c.W_CHANCE :] = rng.integers(0, c.CHANCE, (len(rows), spec.refused.tries))
    return rows


def _queues(parcels: Ints, boxes: int, carriers: int) -> Ints:
    queues = np.zeros((boxes, carriers, c.QUEUE_COLUMNS), np.int64)
    groups = parcels[:, c.P_BOX] * carriers + parcels[:, c.P_CARRIER]
    bounds = np.searchsorted(groups, np.arange(boxes * carriers + 1))
    queues[:, :, c.Q_NEXT] = bounds[:-1].reshape(boxes, carriers)
    queues[:, :, c.Q_END] = bounds[1:].reshape(boxes, carriers)
    queues[:, :, c.Q_RETRY] = queues[:, :, c.Q_RETRY_LAST] = -1
    return queues


def _arrivals(deposits: Ints, sends: Ints) -> Ints:
    """Second and key of all that comes by itself, in order."""
    seconds = np.concatenate([deposits[:, c.W_TIME], sends[:, c.S_TIME]])
    keys = np.concatenate(
        [
            (c.DEPOSIT << c.KIND_SHIFT) | np.arange(len(deposits)),
            (c.SEND << c.KIND_SHIFT) | np.arange(len(sends)),
        ]
    ).astype(np.int64)
    order = np.lexsort((keys, seconds))
    return np.ascontiguousarray(np.stack([seconds[order], keys[order]], axis=1))


def _home_stops(home: HomeDeliveries, vans: int, worked: Flags, addresses: int, rng: np.random.Generator) -> HomeStops:
    """A carrier's stops: on each day different addresses, as parcels for one address are one stop."""
    counts = np.where(worked, rng.poisson(home.stops_per_van_day * vans, len(worked)), 0)
    if counts.max(initial=0) > addresses:
        raise ScenarioError.at("addresses.count", f"found {addresses}; a day has {counts.max()} stops of one carrier")
    day = np.repeat(np.arange(len(worked), dtype=np.int32), counts)
    everywhere = np.arange(addresses, dtype=np.int32)
    chosen = [rng.permutation(everywhere)[:count] for count in counts.tolist() if count]
    return HomeStops(
        day=day,
        address=np.concatenate(chosen) if chosen else day.copy(),
        ml=whole(lognormal(rng, home.litres_per_stop * 1000, home.sigma, len(day))).astype(np.int32),
        g=whole(lognormal(rng, home.kg_per_stop * 1000, home.sigma, len(day))).astype(np.int32),
        service_s=np.full(len(day), round(home.stop_s), np.int32),
    )


def _known(own: Sequence[HomeStops | None], number: int) -> HomeStops:
    stops = own[number] if number < len(own) else None
    if stops is None:
        raise ValueError(f"carrier {number} has a table of stops that is not on the map")
    return stops


def _outages(scenario: Scenario, sites: Sequence[BoxSite], days: Days, replication: int) -> Ints:
    rows = []
    for box, site in enumerate(sites):
        rng = stream(scenario.seed, replication, "outages", site.name)
        count = rng.poisson(scenario.boxes.outages_per_year * days.count / YEAR_DAYS)
        start = rng.integers(0, days.count * DAY_S, count)
        length = whole(rng.exponential(scenario.boxes.outage_h * 3600, count))
        rows.append(np.stack([start, np.full(count, box), length], axis=1))
    outages = np.concatenate(rows)
    return outages[np.lexsort((outages[:, 1], outages[:, 0]))]


def due_days(worked: Flags) -> Ints:
    """For each day the first worked day from then on; the number of days where there is none."""
    days = np.where(worked, np.arange(len(worked)), len(worked))
    due: Ints = np.minimum.accumulate(days[::-1])[::-1].astype(np.int64)
    return due


def draw(
    scenario: Scenario,
    sites: Sequence[BoxSite],
    days: Days,
    addresses: int,
    replication: int,
    *,
    own: Sequence[HomeStops | None] = (),
    taking_part: Floats | None = None,
) -> Draws:
    """Draw one replication.

    Parameters
    ----------
    sites
        The boxes; each draws from streams of its own name.
    addresses
        Number of addresses that home deliveries choose from.
    own
        By carrier, stops that are not drawn but its own; of none by default.
    taking_part
        f64[boxes, 2], share of each box's households that use it for parcels and for waste; all of them by default.
    """
    part = np.ones((len(sites), 2)) if taking_part is None else taking_part
    served = part * np.array([[site.households] for site in sites], dtype=np.float64)
    parcels_of, wastes_of = served.T.tolist()
    worked = [days.worked(carrier.shift) for carrier in scenario.carriers]
    due = np.stack([due_days(w) for w in worked])
    context = demand_context(scenario, days)
    boxes = [_Drawing(scenario, context, replication, box, site) for box, site in enumerate(sites)]
    parcels = np.concatenate([_parcels_in(box, parcels_of[box.box], due) for box in boxes])
    sends = np.concatenate([_sends(box, parcels_of[box.box]) for box in boxes])
    sends = sends[np.argsort(sends[:, c.S_TIME], kind="stable")]
    wastes = scenario.residents.deposits.wastes
    deposits = np.concatenate([_deposits(box, wastes_of[box.box], waste) for box in boxes for waste in wastes])
    deposits = deposits[np.argsort(deposits[:, c.W_TIME], kind="stable")]
    breakdowns = []
    for carrier in scenario.carriers:
        rng = stream(scenario.seed, replication, "breakdowns", carrier.name)
        vehicles = sum(mix_in(scenario.horizon.start.year, carrier.fleet, carrier.vehicle, carrier.vans).values())
        share, chance = rng.random((2, days.count, vehicles))
        breakdowns.append(np.where(chance < scenario.breakdowns.per_van_day, share, np.nan))
    return Draws(
        parcels=parcels,
        queues=_queues(parcels, len(sites), len(scenario.carriers)),
        sends=np.ascontiguousarray(sends),
        deposits=np.ascontiguousarray(deposits),
        arrivals=_arrivals(deposits, sends),
        home=tuple(
            _home_stops(k.home, k.vans, w, addresses, stream(scenario.seed, replication, "home stops", k.name))
            if isinstance(k.home, HomeDeliveries)
            else _known(own, number)
            for number, (k, w) in enumerate(zip(scenario.carriers, worked, strict=True))
        ),
        breakdowns=tuple(breakdowns),
        outages=_outages(scenario, sites, days, replication),
    )
