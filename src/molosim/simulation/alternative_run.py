"""From a world to tables: draw and plan a replication, run its alternatives, check that everything balances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.routing.day_plans import DayPlans, plan
from molosim.runtime.arrays import Column, Ints
from molosim.simulation import box_state as c
from molosim.simulation.box_ledger import BOX_LEDGER, LEVELS, L
from molosim.simulation.chance import Draws, draw
from molosim.simulation.own_tours import own_home_stops, own_tours
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample, SampleTour
from molosim.simulation.world import World
from molosim.trips import Purpose

Table = dict[str, Column]


class BalanceError(Exception):
    """Kilograms or parcels got lost or were made: a defect of the model, never of the input."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What all alternatives of a replication share."""

    replication: int
    draws: Draws
    plans: tuple[DayPlans, ...]
    """Per carrier."""


@dataclass(frozen=True, eq=False)
class RunTables:
    """What a run left behind, warm-up taken off."""

    trips: Table
    """A row per vehicle trip."""
    boxes: Table
    """A row per box."""
    pickups: Table
    """A row per pick-up of waste at a box."""
    box_days: Table
    """A row per measured day and box."""
    charges: Table
    """A row per charge of a vehicle with a battery and trip whose energy it put back; see `TripLog.charge_table`."""
    stays: Table
    """A row per whole hour that parcels stayed in their boxes, up to the longest stay."""
    sample_boxes: Table
    """A row per box and look at it on the sampled day; no rows unless asked for."""
    totals: dict[str, float]
    """Of the whole run."""
    sample_tours: list[SampleTour]
    """Tours of the sampled day, empty unless asked for."""


def _day_stops(world: World, draws: Draws, carrier: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Day and row of every stop of a carrier: homes, and boxes with new parcels."""
    home, stop = draws.home[carrier], world.scenario.box_stop
    homes = np.stack([home.address, home.service_s, -home.ml, -home.g], axis=1)
    mine = draws.parcels[draws.parcels[:, c.P_CARRIER] == carrier]
    mine = mine[mine[:, c.P_DUE_DAY] < world.days.count]
    boxes = len(world.sites)
    visits, member = np.unique(mine[:, c.P_DUE_DAY] * boxes + mine[:, c.P_BOX], return_inverse=True)
    counts = np.bincount(member, minlength=len(visits))
    at_boxes = np.stack(
        [
            world.first_box + visits % boxes,
            round(stop.fixed_s) + counts * round(stop.parcel_s),
            -np.bincount(member, mine[:, c.P_ML], minlength=len(visits)),
            -np.bincount(member, mine[:, c.P_G], minlength=len(visits)),
        ],
        axis=1,
    ).astype(np.int32)
    return np.concatenate([home.day, (visits // boxes).astype(np.int32)]), np.concatenate([homes, at_boxes])


def prepare(world: World, replication: int) -> Prepared:
    """Draw a replication and plan its days, or take the plans from the cache.

    Raises
    ------
    ScenarioError
        A carrier's day cannot be planned with its vans and shift.
    """
    roads, own = world.roads, own_home_stops(world)
    draws = draw(
        world.scenario, world.sites, world.days, roads.addresses, replication, own=own, taking_part=world.taking_part
    )
    plans = tuple(
        plan(
            fleet, *_day_stops(world, draws, carrier), world.days.count, world.travel, cache=world.cache,
            own=own_tours(world, carrier, draws.home[carrier]),
        )
        for carrier, fleet in enumerate(world.fleets)
    )  # fmt: skip
    return Prepared(replication, draws, plans)


def simulate(world: World, prepared: Prepared, alternative: str, *, sample_day: int | None = None) -> RunTables:
    """Run one alternative of a replication.

    Parameters
    ----------
    alternative
        Its name in the scenario.
    sample_day
        Day after the warm-up whose tours are kept place by place.

    Raises
    ------
    BalanceError
        Kilograms or parcels do not balance.
    """
    days = world.days
    sample = Sample(None if sample_day is None else days.warmup + sample_day)
    run = AlternativeRun(world, prepared.draws, prepared.plans, alternative, sample=sample)
    start_s, end_s = days.warmup * DAY_S, days.count * DAY_S
    if start_s:
        run.run_until(start_s - 1)
    before, delivered_before = run.residents.accounts(max(0, start_s - 1)), list(run.reception.delivered_g)
    stores_before, stays_before = run.stored_g(), run.residents.stays()
    run.box_days.open(before)
    run.run_until(end_s - 1)
    # A shift may end with the day: who is back at midnight of the last one still brings the waste in.
    run.env.run(until=end_s + 1)
    after = run.residents.accounts(end_s - 1)
    run.box_days.close(after)
    _check_parcels(after)
    _check_waste(after, run)
    counted = after - before
    counted[:, [L[name] for name in LEVELS]] = after[:, [L[name] for name in LEVELS]]
    stays = _stays(stays_before, run.residents.stays())
    _check_stays(stays, counted)
    stores_after = run.stored_g()
    box_days, sample_boxes = run.box_days.table(), run.box_days.sampled()
    run.close()
    trips = run.trip_log.table()
    totals = _totals(run, trips)
    for number, fraction in enumerate(FRACTIONS):
        totals[f"delivered_g_{fraction}"] = float(run.reception.delivered_g[number] - delivered_before[number])
        totals[f"in_stores_start_g_{fraction}"] = float(stores_before[number])
        totals[f"in_stores_g_{fraction}"] = float(stores_after[number])
    first, last = days.warmup, days.count
    outages = prepared.draws.outages[:, 0] // DAY_S
    totals["outages"] = float(((outages >= first) & (outages < last)).sum())
    return RunTables(
        trips=trips,
        boxes=_boxes(world, before, counted),
        pickups=run.trip_log.pickup_table(),
        charges=run.trip_log.charge_table(trips),
        box_days=box_days,
        stays=stays,
        sample_boxes=sample_boxes,
        totals=totals,
        sample_tours=sample.tours,
    )


def _totals(run: AlternativeRun, trips: Table) -> dict[str, float]:
    """Counts of the whole run; trips and breaches."""
    purpose = np.asarray(trips["purpose"], str)
    totals = {
        "rounds": float((purpose == Purpose.COLLECTION).sum()),
        "transfer_runs": float((purpose == Purpose.TRANSFER).sum()),
        "extra_tours": float((purpose == Purpose.EXTRA_DELIVERY).sum()),
        "tours_extended": float(
            (np.asarray(trips["detour_waste_m"], np.int64) > 0)[purpose != Purpose.COLLECTION].sum()
        ),
        "home_stops": float(run.home_stops),
        "breakdowns": float(np.asarray(trips["breakdown"]).sum()),
    }
    for number, name in enumerate(("", "volume", "mass", "adr", "shift", "range")):
        if name:
            totals[f"breaches_{name}"] = float(run.breaches[number])
    totals["breaches_age"] = float(run.late_loads)
    totals["breaches_tender"] = float(run.tender_breaches)
    totals["charge_stops"], totals["charge_wait_s"] = float(run.charging.stops), float(run.charging.waited_s)
    return totals


def _boxes(world: World, before: Ints, counted: Ints) -> Table:
    """The boxes table from the ledger."""
    sites, boxes = world.sites, len(world.sites)
    table: Table = {
        "box": np.arange(boxes, dtype=np.int32),
        "name": np.array([s.name for s in sites]),
        "district": np.array([s.district for s in sites]),
        "lon": np.array([s.lon for s in sites]),
        "lat": np.array([s.lat for s in sites]),
        "households": np.array([s.households for s in sites], np.int32),
        "walk_m": world.walks.mean_m,
        "taking_part_parcels": world.taking_part[:, 0],
        "taking_part_waste": world.taking_part[:, 1],
        "parcel_doors": world.layout.parcel_doors.astype(np.int32),
        "open_h": np.full(boxes, (world.days.count - world.days.warmup) * 24.0),
    }
    for name in BOX_LEDGER:
        column = counted[:, L[name]]
        if name in ("dwell_s", "occupied_s", "blocked_s"):
            hours = {"dwell_s": "dwell_h", "occupied_s": "occupied_door_h", "blocked_s": "blocked_h"}[name]
            table[hours] = column / 3600
        else:
            table[name] = column
    for level in ("inside", "home"):
        for fraction in FRACTIONS:
            table[f"{level}_start_g_{fraction}"] = before[:, L[f"{level}_g_{fraction}"]]
    table["parcels_waiting_start"], table["parcels_inside_start"] = (
        before[:, L["parcels_waiting"]],
        before[:, L["parcels_inside"]],
    )
    metres, seconds = world.centre_trip
    table["centre_m"] = metres
    table["car_m"], table["car_s"] = counted[:, L["own_car_trips"]] * metres, counted[:, L["own_car_trips"]] * seconds
    return table


def _stays(before: Ints, after: Ints) -> Table:
    """Stays that ended in the measured days."""
    counted = after.copy()
    counted[: len(before)] -= before
    return {
        "hours": np.arange(len(counted), dtype=np.int32),
        "fetched": counted[:, 0].astype(np.int32),
        "returned": counted[:, 1].astype(np.int32),
    }


def _check_stays(stays: Table, counted: Ints) -> None:
    """Check that every parcel that left has a stay."""
    for how in ("fetched", "returned"):
        left, ended = int(counted[:, L[f"parcels_{how}"]].sum()), int(stays[how].sum())
        if left != ended:
            raise BalanceError(f"parcels {how} {left}, but stays of {ended}")


def _check_parcels(ledger: Ints) -> None:
    """Check box by box that every parcel that came is in exactly one place."""

    def of(name: str) -> Ints:
        return ledger[:, L[name]]

    placed = of("parcels_fetched") + of("parcels_returned") + of("parcels_inside")
    if np.any(of("parcels_placed") != placed):
        raise BalanceError(f"parcels placed {of('parcels_placed').sum()}, fetched, returned and inside {placed.sum()}")
    known = of("parcels_placed") + of("parcels_waiting") + of("parcels_redirected")
    if np.any(of("parcels_in") != known):
        raise BalanceError(f"parcels in {of('parcels_in').sum()}, placed, waiting and redirected {known.sum()}")
    if np.any(of("sends_offered") != of("sends_accepted") + of("sends_refused")):
        raise BalanceError("sendings offered are not those accepted and refused")


def _check_waste(ledger: Ints, run: AlternativeRun) -> None:
    """Check that every gram is in a box, at home, lost, at the centre, in a store or delivered."""
    stores = run.stored_g()
    for number, fraction in enumerate(FRACTIONS):
        g = {name: int(ledger[:, L[f"{name}_{fraction}"]].sum()) for name in _GRAMS}
        if g["offered_g"] != g["stored_g"] + g["centre_g"] + g["residual_g"] + g["home_g"]:
            raise BalanceError(f"{fraction}: {g['offered_g']} g offered, but {g}")
        if np.any(
            ledger[:, L[f"stored_g_{fraction}"]]
            != ledger[:, L[f"collected_g_{fraction}"]] + ledger[:, L[f"inside_g_{fraction}"]]
        ):
            raise BalanceError(f"{fraction}: {g['stored_g']} g put into boxes, but {g}")
        brought = run.reception.delivered_g[number] + stores[number]
        if g["collected_g"] != brought:
            raise BalanceError(f"{fraction}: {g['collected_g']} g collected, {brought} g delivered or in stores")


_GRAMS = ("offered_g", "stored_g", "centre_g", "residual_g", "home_g", "collected_g", "inside_g")
