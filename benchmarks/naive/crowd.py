"""The residents: a process for every parcel, sending and deposit."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.inputs.residents import Residents as ResidentsSpec
from molosim.simulation import box_state as c
from molosim.simulation.box_layout import BoxLayout
from molosim.simulation.chance import Draws
from molosim.simulation.residents import _meta
from naive.boxes import Box, Deposit, Door, Parcel, Sending

Ints = NDArray[np.int64]
Story = Generator[simpy.Event, Any, None]
AHEAD = 1 << 50
"""Puts residents ahead of vehicles, whose events have priority 1."""
FIRST = -1
"""Key of what comes before all others in its second."""


class Moment(simpy.Event):
    """A second at which a resident does something: before what vehicles do at that second, and in the order of keys."""

    def __init__(self, env: simpy.Environment, second: int, key: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, key - AHEAD, second - env.now)


class Crowd:
    """All residents and boxes, with what `Residents` offers to operations."""

    def __init__(
        self, env: simpy.Environment, layout: BoxLayout, draws: Draws, spec: ResidentsSpec, days: int, *, waste: bool
    ) -> None:
        self._left: list[tuple[int, bool]] = []
        """Of parcels that left their boxes: seconds inside, and whether a van took them back."""
        self.env, self.rules, self._layout = env, _meta(spec, waste=waste).tolist(), layout
        self._fits, self._mass_limits = layout.fits.tolist(), layout.mass_limits.tolist()
        self._containers, self._container_fits = layout.containers.tolist(), layout.container_fits.tolist()
        self.queues = draws.queues.copy()
        """Only what planners write there."""
        rows = layout.doors.tolist()
        self._boxes = [
            Box(
                doors=[
                    Door(row[c.D_TYPE], row[c.D_USE], row[c.D_STATE], row[c.D_CONTAINER]) for row in rows[first:last]
                ],
                kinds=range(first_kind, last_kind),
                neighbours=list(
                    zip(layout.neighbours[number, :count].tolist(), layout.walks[number].tolist(), strict=False)
                ),
                free_doors=free_doors,
                waiting=[[] for _ in range(self.queues.shape[1])],
            )
            for number, (first, last, first_kind, last_kind, _, free_doors, _, _, count) in enumerate(
                layout.boxes.tolist()
            )
        ]
        env.process(self._days(draws, days))

    # -- residents -----------------------------------------------------------------------------------------------------

    def _days(self, draws: Draws, days: int) -> Story:
        """Everybody who has to do with a box today starts the day at midnight."""
        parcels = draws.parcels[np.argsort(draws.parcels[:, c.P_DUE_DAY], kind="stable")]
        numbers = np.argsort(draws.parcels[:, c.P_DUE_DAY], kind="stable")
        days_of = (parcels[:, c.P_DUE_DAY], draws.deposits[:, c.W_TIME] // DAY_S, draws.sends[:, c.S_TIME] // DAY_S)
        cuts = [np.searchsorted(of, np.arange(days + 1)).tolist() for of in days_of]
        for day in range(days):
            yield Moment(self.env, day * DAY_S, FIRST)
            rows = slice(cuts[0][day], cuts[0][day + 1])
            for number, row in zip(numbers[rows].tolist(), parcels[rows].tolist(), strict=True):
                due_day, box, carrier, fmt, g, ml, dwell_s = row[: c.P_STATE]
                parcel = Parcel(number, due_day, self._boxes[box], carrier, fmt, g, ml, dwell_s, self.env.event())
                self.env.process(self._parcel(parcel))
            first, last = cuts[1][day], cuts[1][day + 1]
            for number, row in enumerate(draws.deposits[first:last].tolist(), first):
                second, box, fraction, g, ml, points = row[: c.W_STATE]
                home = self._boxes[box]
                deposit = Deposit(number, second, home, fraction, g, ml, points, row[c.W_CAR], row[c.W_CHANCE :])
                self.env.process(self._deposit(deposit))
            first, last = cuts[2][day], cuts[2][day + 1]
            for number, (second, box, *rest) in enumerate(draws.sends[first:last].tolist(), first):
                self.env.process(self._sending(Sending(number, second, self._boxes[box], *rest)))

    def _parcel(self, parcel: Parcel) -> Story:
        """Arrive at the carrier, be put into the box, stay, be fetched."""
        box = parcel.box
        box.ledger[c.L_IN] += 1
        box.waiting[parcel.carrier].append(parcel)
        door = yield parcel.placed
        if door is None or parcel.pickup_s < 0:
            return
        key = (c.PICKUP << c.KIND_SHIFT) | parcel.number
        yield Moment(self.env, parcel.pickup_s, key)
        while self.env.now < box.out_until:
            yield Moment(self.env, self._open_s(box.out_until), key)
        box.free(door, self.env.now)
        box.ledger[c.L_FETCHED] += 1
        box.ledger[c.L_DWELL] += self.env.now - parcel.placed_s
        self._left.append((self.env.now - parcel.placed_s, False))

    def _sending(self, sending: Sending) -> Story:
        """Hand a parcel in, if there is a door."""
        yield Moment(self.env, sending.second, (c.SEND << c.KIND_SHIFT) | sending.number)
        box = sending.box
        box.ledger[c.L_SENDS] += 1
        door = self._door_for_parcel(box, sending.fmt, sending.g)
        if door is None:
            box.ledger[c.L_NOT_SENT] += 1
            return
        box.take(door, c.PARCEL_OUT, sending, self.env.now)
        box.ledger[c.L_SENT] += 1

    def _deposit(self, deposit: Deposit) -> Story:
        """Bring waste to the box; where there is no room, try elsewhere or again, or give up."""
        home, fraction, g = deposit.home, deposit.fraction, deposit.g
        yield Moment(self.env, deposit.second, (c.DEPOSIT << c.KIND_SHIFT) | deposit.number)
        home.ledger[c.L_OFFERED_N + fraction] += 1
        home.ledger[c.L_OFFERED_G + fraction] += g
        if not self.rules[c.M_WASTE]:
            residual = deposit.chances[0] < self.rules[c.M_TODAY_RESIDUAL]
            self._give_up(deposit, self.rules[c.M_TODAY_CAR], self.rules[c.M_TODAY_OWN_TRIP], residual=residual)
            return
        box, rank = home, 0
        for tries in range(self.rules[c.M_WASTE_TRIES]):
            if self._store(deposit, box):
                return
            box.ledger[c.L_REFUSED_N + fraction] += 1
            box.ledger[c.L_REFUSED_G + fraction] += g
            way = self._way_on(deposit, tries, rank)
            if way == "other box":
                number, wait_s = home.neighbours[rank]
                box, rank = self._boxes[number], rank + 1
                home.ledger[c.L_MOVED_G + fraction] += g
            elif way == "again":
                box, wait_s = home, self.rules[c.M_AGAIN_S]
            else:
                self._give_up(deposit, self.rules[c.M_CAR], self.rules[c.M_OWN_TRIP], residual=way == "bin")
                return
            home.ledger[c.L_HOME_G + fraction] += g
            yield Moment(self.env, self.env.now + wait_s, (c.AGAIN << c.KIND_SHIFT) | deposit.number)
            home.ledger[c.L_HOME_G + fraction] -= g

    def _way_on(self, deposit: Deposit, tries: int, rank: int) -> str:
        """What somebody does whose waste found no room."""
        rules, last = self.rules, tries + 1 >= self.rules[c.M_WASTE_TRIES]
        other = 0 if last or rank >= len(deposit.home.neighbours) else rules[c.M_OTHER_BOX]
        again, residual = 0 if last else rules[c.M_COME_AGAIN], rules[c.M_RESIDUAL]
        centre = c.CHANCE - rules[c.M_OTHER_BOX] - rules[c.M_COME_AGAIN] - residual
        total = other + again + residual + centre
        draw = deposit.chances[tries] * max(total, 1) // c.CHANCE
        if draw < other:
            return "other box"
        if draw < other + again:
            return "again"
        return "bin" if draw < other + again + residual else "centre"

    def _give_up(self, deposit: Deposit, car: int, own: int, *, residual: bool) -> None:
        """To the residual bin, or to the recycling centre, some by car."""
        ledger, fraction = deposit.home.ledger, deposit.fraction
        if residual:
            ledger[c.L_RESIDUAL_N + fraction] += 1
            ledger[c.L_RESIDUAL_G + fraction] += deposit.g
            return
        ledger[c.L_CENTRE_N + fraction] += 1
        ledger[c.L_CENTRE_G + fraction] += deposit.g
        if deposit.car < car:
            ledger[c.L_CAR] += 1
            ledger[c.L_OWN_CAR] += deposit.car * c.CHANCE < car * own

    def _store(self, deposit: Deposit, box: Box) -> bool:
        door = self._door_for_deposit(box, deposit)
        if door is None:
            return False
        door.g += deposit.g
        door.ml += deposit.ml
        door.points += deposit.points
        door.fraction_g[deposit.fraction] += deposit.g
        box.ledger[c.L_STORED_N + deposit.fraction] += 1
        box.ledger[c.L_STORED_G + deposit.fraction] += deposit.g
        return True

    # -- doors ---------------------------------------------------------------------------------------------------------

    def _door_for_parcel(self, box: Box, fmt: int, grams: int) -> Door | None:
        if self.env.now < box.out_until:
            return None
        for door in box.doors:
            free = door.state == c.FREE and door.use != c.FOR_WASTE
            if free and self._fits[fmt][door.kind] and grams <= self._mass_limits[door.kind]:
                return door
        return None

    def _door_for_deposit(self, box: Box, deposit: Deposit) -> Door | None:
        """An open container with room, else one opened behind a free door."""
        if self.env.now < box.out_until:
            return None
        for door in box.doors:
            if door.state == c.WASTE:
                accepts, limit_g, limit_ml, _ = self._containers[door.container]
                fits = door.g + deposit.g <= limit_g and door.ml + deposit.ml <= limit_ml
                if accepts >> deposit.fraction & 1 and fits:
                    return door
        for door in box.doors:
            if door.state == c.FREE and door.use >= c.FOR_EITHER:
                for kind in box.kinds:
                    accepts, limit_g, limit_ml, _ = self._containers[kind]
                    fits = deposit.g <= limit_g and deposit.ml <= limit_ml and self._container_fits[kind][door.kind]
                    if accepts >> deposit.fraction & 1 and fits:
                        box.take(door, c.WASTE, None, self.env.now)
                        door.container = kind
                        return door
        return None

    def _fill_ppm(self, door: Door) -> int:
        _, limit_g, limit_ml, _ = self._containers[door.container]
        return max(door.g * 1_000_000 // limit_g, door.ml * 1_000_000 // limit_ml)

    # -- vehicles ------------------------------------------------------------------------------------------------------

    def visit(self, now: int, number: int, carrier: int, day: int, limits: c.VisitLimits) -> c.VisitResult:
        """A vehicle stands at a box; as `box_visit_kernel.visit`."""
        free_ml, free_g, free_points, room_g, room_points, slack_s, parcel_s, container_s, take_ppm = limits
        box = self._boxes[number]
        works, van = now >= box.out_until, carrier >= 0
        box.ledger[c.L_VISITS_VAN if van else c.L_VISITS_COLLECTION] += 1
        back = back_ml = back_g = handled = left_ml = left_g = 0
        waste = [0] * (4 + len(FRACTIONS))
        if works and van:
            back, back_ml, back_g = self._take_back(box, carrier, now, (free_ml, free_g, slack_s // max(parcel_s, 1)))
        if works and take_ppm <= 1_000_000:
            most = (slack_s - back * parcel_s) // max(container_s, 1)
            rooms = (free_ml - back_ml, min(free_g - back_g, room_g), min(free_points, room_points))
            waste = self._take_waste(box, now, rooms, most, take_ppm)
        if van:
            held = self.queues[number, carrier, c.Q_HELD] == 1
            handled, left_ml, left_g = self._deliver(box, carrier, now, day if held else -1)
        self.taken_g = np.array(waste[4:])
        return c.VisitResult(handled, left_ml, left_g, back, back_ml, back_g, *waste[:4])

    exchange = visit

    def _take_back(self, box: Box, carrier: int, now: int, most: tuple[int, int, int]) -> tuple[int, int, int]:
        """Sendings and expired parcels, at most so many millilitres, grams and pieces."""
        count = ml = g = 0
        for door in box.doors:
            item = door.item
            if item is None or item.carrier != carrier or (isinstance(item, Parcel) and not self._expired(item, now)):
                continue
            if ml + item.ml > most[0] or g + item.g > most[1] or count >= most[2]:
                continue
            count, ml, g = count + 1, ml + item.ml, g + item.g
            box.ledger[c.L_RETURNED if isinstance(item, Parcel) else c.L_SENDS_COLLECTED] += 1
            if isinstance(item, Parcel):
                self._left.append((now - item.placed_s, True))
            box.free(door, now)
        return count, ml, g

    def _expired(self, parcel: Parcel, now: int) -> bool:
        return parcel.pickup_s < 0 and now - parcel.placed_s >= self.rules[c.M_HOLDING_S]

    def _take_waste(self, box: Box, now: int, rooms: tuple[int, int, int], most: int, take_ppm: int) -> list[int]:
        count = ml = g = points = 0
        fractions = [0] * len(FRACTIONS)
        for door in box.doors:
            if door.state != c.WASTE or door.g == 0 or self._fill_ppm(door) < take_ppm:
                continue
            outer = self._containers[door.container][c.C_OUTER_ML]
            if ml + outer > rooms[0] or g + door.g > rooms[1] or points + door.points > rooms[2] or count >= most:
                continue
            count, ml, g, points = count + 1, ml + outer, g + door.g, points + door.points
            for number, grams in enumerate(door.fraction_g):
                fractions[number] += grams
                box.ledger[c.L_COLLECTED_G + number] += grams
            door.g = door.ml = door.points = 0
            door.fraction_g = [0] * len(FRACTIONS)
            if door.use != c.FOR_WASTE:
                box.free(door, now)
        if count:
            box.ledger[c.L_PICKUPS] += 1
            box.ledger[c.L_CONTAINERS] += count
            box.last_emptied = now
        return [count, ml, g, points, *fractions]

    def _deliver(self, box: Box, carrier: int, now: int, new_on: int) -> tuple[int, int, int]:
        """Bring all that waits at the carrier; of a van that has no room for more only what is new on a day."""
        waiting, box.waiting[carrier] = box.waiting[carrier], []
        if new_on >= 0:
            box.waiting[carrier] = [p for p in waiting if p.tries or p.due_day < new_on]
            waiting = [p for p in waiting if not p.tries and p.due_day >= new_on]
        left_ml = left_g = 0
        for parcel in waiting:
            door = self._door_for_parcel(box, parcel.fmt, parcel.g)
            if door is not None:
                box.take(door, c.PARCEL_IN, parcel, now)
                parcel.placed_s, parcel.pickup_s = now, self._pickup_s(now, parcel.dwell_s)
                box.ledger[c.L_PLACED] += 1
                parcel.placed.succeed(door)
                continue
            left_ml, left_g = left_ml + parcel.ml, left_g + parcel.g
            parcel.tries += 1
            if parcel.tries < self.rules[c.M_PARCEL_TRIES]:
                box.waiting[carrier].append(parcel)
            else:
                box.ledger[c.L_REDIRECTED] += 1
                parcel.placed.succeed(None)
        return len(waiting), left_ml, left_g

    def _pickup_s(self, placed: int, dwell_s: int) -> int:
        """When a parcel is fetched; -1 for never, or not in time."""
        if dwell_s < 0:
            return -1
        second = self._open_s(placed + dwell_s)
        return second if second - placed <= self.rules[c.M_HOLDING_S] else -1

    def _open_s(self, second: int) -> int:
        """The second itself, or when boxes open next."""
        opens, closes = self.rules[c.M_CLOSED_TO_S], self.rules[c.M_CLOSED_FROM_S]
        clock = second % DAY_S
        closed = (clock - closes) % DAY_S < (opens - closes) % DAY_S
        return second + (opens - clock) % DAY_S if closed else second

    def break_box(self, now: int, number: int, until: int) -> None:
        del now
        self._boxes[number].out_until = max(until, self._boxes[number].out_until)

    # -- what others see -----------------------------------------------------------------------------------------------

    @property
    def boxes(self) -> Ints:
        """Columns of boxes that planners read."""
        boxes = self._layout.boxes.copy()
        boxes[:, c.B_LAST_EMPTIED] = [box.last_emptied for box in self._boxes]
        return boxes

    def advance(self, until: int) -> None:
        """The clock has done it."""

    def contents(self) -> Ints:
        """As `Residents.contents`."""
        rows = []
        for box in self._boxes:
            waste = [door for door in box.doors if door.state == c.WASTE]
            outer_ml = sum(self._containers[door.container][c.C_OUTER_ML] for door in waste if door.g)
            rows.append([len(waste), outer_ml, sum(door.g for door in waste), sum(door.points for door in waste)])
        return np.array(rows, np.int64)

    def stays(self) -> Ints:
        """As `Residents.stays`."""
        found = np.zeros((1 + max((stay_s // 3600 for stay_s, _ in self._left), default=-1), 2), np.int64)
        for stay_s, returned in self._left:
            found[stay_s // 3600, int(returned)] += 1
        return found

    def survey(self, now: int) -> tuple[Ints, Ints, Ints]:
        """As `Residents.survey`."""
        fill, waste = np.zeros((2, len(self._boxes)), np.int64)
        todo = np.zeros((len(self._boxes), self.queues.shape[1], 4), np.int64)
        for number, box in enumerate(self._boxes):
            for carrier, waiting in enumerate(box.waiting):
                late = [parcel for parcel in waiting if parcel.tries or parcel.due_day < now // DAY_S]
                todo[number, carrier] = 0, sum(p.ml for p in late), sum(p.g for p in late), len(late)
            for door in box.doors:
                if door.state == c.WASTE:
                    fill[number] = max(fill[number], self._fill_ppm(door))
                    waste[number] += door.g
                elif isinstance(door.item, Sending) or (
                    isinstance(door.item, Parcel) and self._expired(door.item, now)
                ):
                    todo[number, door.item.carrier, 0] += 1
        return fill, waste, todo

    @property
    def ledger(self) -> Ints:
        return np.array([box.ledger for box in self._boxes])

    def books(self, now: int) -> Ints:
        return self.accounts(now)

    def accounts(self, now: int) -> Ints:
        """As `Residents.accounts`."""
        rows = []
        for box in self._boxes:
            ledger = box.ledger.copy()
            taken = [door for door in box.doors if door.state != c.FREE and door.use != c.FOR_WASTE]
            ledger[c.L_OCCUPIED] += sum(now - door.since for door in taken)
            ledger[c.L_BLOCKED] += now - box.full_since if box.free_doors == 0 else 0
            inside = [door.item for door in box.doors if isinstance(door.item, Parcel)]
            ledger[c.L_WAITING] = sum(map(len, box.waiting))
            ledger[c.L_INSIDE] = len(inside)
            ledger[c.L_EXPIRED] = ledger[c.L_RETURNED] + sum(self._expired(parcel, now) for parcel in inside)
            ledger[c.L_SENDS_INSIDE] = ledger[c.L_SENT] - ledger[c.L_SENDS_COLLECTED]
            for number in range(len(FRACTIONS)):
                ledger[c.L_INSIDE_G + number] = sum(door.fraction_g[number] for door in box.doors)
            rows.append(ledger)
        return np.array(rows, np.int64)
