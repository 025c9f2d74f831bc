"""The residents told plainly: a SimPy process for every parcel, sending and deposit, with boxes and doors as objects.

Written from the rules, not from the kernel, and on the same draws in whole seconds, so that both must give the same
events. It is also the naive telling that benchmarks measure the kernel against.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Sequence

import simpy
from tests.simulation.twin_objects import ALL, Bag, Box, Contents, Locker, Parcel, make_lockers, metres, share

from molosim.inputs.boxes import FRACTIONS, Boxes
from molosim.inputs.residents import Residents
from molosim.network.places import BoxSite
from molosim.simulation import box_state as c
from molosim.simulation.chance import Draws

DAY_S = 86_400
LAST = 1 << 62
"""Priority of a look at the boxes: after everything that residents do at that second."""

Events = Generator[simpy.Event, None, None]


class Twin:
    """Boxes and everybody around them in one run; the plain counterpart of `molosim.simulation.residents.Residents`."""

    def __init__(self, boxes: Boxes, sites: Sequence[BoxSite], spec: Residents, draws: Draws, *, waste: bool) -> None:
        self.env = simpy.Environment()
        self.spec, self.takes_waste = spec, waste
        self.log: list[tuple[int, str, int, int]] = []
        self.count: list[Counter[str]] = [Counter() for _ in sites]
        self.boxes: list[Box] = []
        for number, site in enumerate(sites):
            design = boxes.designs[site.design] if site.design else next(iter(boxes.designs.values()))
            first = sum(len(box.lockers) for box in self.boxes)
            self.boxes.append(Box(number, site, design, make_lockers(design, boxes.regime, first)))
        for box in self.boxes:
            ways = [(boxes.walking_detour * metres(box.site, other.site), other) for other in self.boxes]
            ways = [way for way in ways if way[1] is not box and way[0] <= boxes.walking_limit_m]
            ways.sort(key=lambda way: way[0])
            box.near = [(other, max(1, round(way_m / 1.2))) for way_m, other in ways]
        self._take_over(draws)

    def _take_over(self, draws: Draws) -> None:
        """Make people of the draws and send each on their way."""
        formats = self.spec.parcels.formats
        self.parcels = []
        for n, row in enumerate(draws.parcels.tolist()):
            box, kind = self.boxes[row[c.P_BOX]], formats[row[c.P_FORMAT]]
            amounts = row[c.P_G], row[c.P_ML], row[c.P_DUE_DAY], row[c.P_DWELL_S]
            self.parcels.append(Parcel(n, box, row[c.P_CARRIER], kind, *amounts))
        self.to_bring: defaultdict[tuple[int, int], list[Parcel]] = defaultdict(list)
        self.again: defaultdict[tuple[int, int], list[Parcel]] = defaultdict(list)
        self.held: set[tuple[int, int]] = set()
        """Box and carrier whose van has no room today for what it should have brought before."""
        for parcel in self.parcels:
            self.to_bring[parcel.box.number, parcel.carrier].append(parcel)
        self.bags = []
        for n, row in enumerate(draws.deposits.tolist()):
            home = self.boxes[row[c.W_BOX]]
            amounts = row[c.W_G], row[c.W_ML], row[c.W_POINTS]
            fraction = FRACTIONS[row[c.W_FRACTION]]
            chances = row[c.W_CHANCE :]
            self.bags.append(Bag(n, row[c.W_TIME], home, fraction, *amounts, row[c.W_CAR], chances, home))
        for bag in self.bags:
            self.env.process(self._deposit(bag))
        for n, row in enumerate(draws.sends.tolist()):
            box, kind = self.boxes[row[c.S_BOX]], formats[row[c.S_FORMAT]]
            sending = Parcel(n, box, row[c.S_CARRIER], kind, row[c.S_G], row[c.S_ML])
            self.env.process(self._send(sending, row[c.S_TIME]))

    def _at(self, second: int, priority: int) -> simpy.Event:
        """An event at a second; of several at the same second those with the lower priority number come first."""
        event = self.env.event()
        event._ok, event._value = True, None  # as Timeout does, which cannot be given a priority
        self.env.schedule(event, priority=priority, delay=second - self.env.now)
        return event

    def _turn(self, second: int, kind: int, number: int) -> simpy.Event:
        return self._at(second, (kind << c.KIND_SHIFT) | number)

    def advance(self, until: int) -> None:
        """Let everything happen up to and including a second."""
        self.env.run(until=self._at(until, LAST))

    def _tell(self, word: str, box: Box, number: int) -> None:
        self.log.append((self.env.now, word, box.number, number))

    def _fill(self, box: Box, locker: Locker, inside: Parcel | Contents) -> None:
        locker.inside, locker.taken = inside, self.env.now
        if box.full and box.full_since is None:
            box.full_since = self.env.now

    def _clear(self, box: Box, locker: Locker) -> None:
        count = self.count[box.number]
        locker.inside = None
        count["occupied_s"] += self.env.now - locker.taken
        if box.full_since is not None:
            count["blocked_s"] += self.env.now - box.full_since
            box.full_since = None

    def _door_for(self, parcel: Parcel) -> Locker | None:
        """The smallest free door that it fits; none of a box that is out of order."""
        if self.env.now < parcel.box.out_until:
            return None
        sides = parcel.format.length_cm, parcel.format.width_cm, parcel.format.height_cm
        for locker in parcel.box.lockers:
            mass_ok = parcel.g <= round(locker.door.mass_limit_kg * 1000)
            if locker.parcels and locker.inside is None and mass_ok and locker.door.takes(sides):
                return locker
        return None

    def _deposit(self, bag: Bag) -> Events:
        """Somebody brings waste, is perhaps sent away, and in the end it is somewhere."""
        yield self._turn(bag.second, c.DEPOSIT, bag.number)
        self._book(bag.home, bag, "offered")
        if not self.takes_waste:
            today = self.spec.deposits.today
            self._give_up(
                bag, today.car_share, today.own_trip_share, residual=bag.chances[0] < share(today.residual_bin)
            )
            return
        refused = self.spec.deposits.refused
        while not self._put_in(bag):
            self._book(bag.at, bag, "refused")
            self._tell("refused", bag.at, bag.number)
            way = self._way_out(bag)
            bag.refusals += 1
            if way == "walk":
                bag.at, walk_s = bag.home.near[bag.walked]
                bag.walked += 1
                bag.state = c.ON_FOOT
                self.count[bag.home.number][f"moved_g_{bag.fraction}"] += bag.g
                self._tell("walked", bag.home, bag.number)
                yield self._turn(self.env.now + walk_s, c.AGAIN, bag.number)
            elif way == "keep":
                bag.at, bag.state = bag.home, c.AT_HOME
                self._tell("kept", bag.home, bag.number)
                yield self._turn(self.env.now + round(refused.again_days * DAY_S), c.AGAIN, bag.number)
            else:
                self._give_up(bag, refused.car_share, refused.own_trip_share, residual=way == "bin")
                return
        bag.state = c.STORED
        self._book(bag.at, bag, "stored")
        self._tell("stored", bag.at, bag.number)

    def _book(self, box: Box, bag: Bag, word: str) -> None:
        count = self.count[box.number]
        count[f"{word}_n_{bag.fraction}"] += 1
        count[f"{word}_g_{bag.fraction}"] += bag.g

    def _put_in(self, bag: Bag) -> bool:
        """Into a container that has room, else into a new one behind a free door where that is allowed."""
        box = bag.at
        if self.env.now < box.out_until:
            return False
        for locker in box.lockers:
            if isinstance(locker.inside, Contents) and locker.inside.room_for(bag):
                locker.inside.bags.append(bag)
                return True
        for locker in box.lockers:
            if not locker.opens or locker.inside is not None:
                continue
            for waste in box.design.waste_doors:
                fresh = Contents(waste.container, frozenset(f.value for f in waste.fractions))
                sides = waste.container.width_cm, waste.container.depth_cm, waste.container.height_cm
                if fresh.room_for(bag) and locker.door.takes(sides):
                    fresh.bags.append(bag)
                    self._fill(box, locker, fresh)
                    return True
        return False

    def _way_out(self, bag: Bag) -> str:
        """What somebody does who was sent away, by chance among the ways that are still open."""
        refused = self.spec.deposits.refused
        walk, keep = share(refused.other_box), share(refused.come_again)
        away = min(share(refused.residual_bin), ALL - walk - keep)
        centre = ALL - walk - keep - away
        last = bag.refusals + 1 >= refused.tries
        ways = {
            "walk": 0 if last or bag.walked == len(bag.home.near) else walk,
            "keep": 0 if last else keep,
            "bin": away,
            "centre": centre,
        }
        if not any(ways.values()):
            return "centre"
        # The chance is a point on the ways laid end to end, in whole numbers so that no rounding decides.
        point = bag.chances[bag.refusals] * sum(ways.values()) // ALL
        for way, length in ways.items():
            if point < length:
                return way
            point -= length
        raise AssertionError("a chance is below one")

    def _give_up(self, bag: Bag, car_share: float, own_trip_share: float, *, residual: bool) -> None:
        """To the residual bin or the recycling centre."""
        if residual:
            bag.state = c.IN_RESIDUAL
            self._book(bag.home, bag, "residual")
            self._tell("residual", bag.home, bag.number)
            return
        bag.state = c.AT_CENTRE
        self._book(bag.home, bag, "centre")
        car = share(car_share)
        if bag.car_chance < car:
            self.count[bag.home.number]["car_trips"] += 1
            if bag.car_chance * ALL < car * share(own_trip_share):
                self.count[bag.home.number]["own_car_trips"] += 1
        self._tell("centre", bag.home, bag.number)

    def _send(self, sending: Parcel, second: int) -> Events:
        """Somebody hands a parcel in."""
        yield self._turn(second, c.SEND, sending.number)
        box, count = sending.box, self.count[sending.box.number]
        count["sends_offered"] += 1
        locker = self._door_for(sending)
        if locker is None:
            count["sends_refused"] += 1
            self._tell("not sent", box, sending.number)
            return
        self._fill(box, locker, sending)
        count["sends_accepted"] += 1
        self._tell("sent", box, sending.number)

    def _opening(self, second: int) -> int:
        """That second, or when boxes next open if it falls into the closed hours."""
        if self.spec.parcels.dwell.closed_hours is None:
            return second
        closes, opens = self.spec.parcels.dwell.closed_hours
        while closes != opens and (second // 3600 % 24 - closes) % 24 < (opens - closes) % 24:
            second = (second // 3600 + 1) * 3600
        return second

    def _parcel(self, parcel: Parcel, locker: Locker) -> Events:
        """From a parcel's placing to its receiver's coming; nobody comes for those that expire."""
        holding_s = round(self.spec.parcels.holding_h * 3600)
        comes = -1 if parcel.dwell_s < 0 else self._opening(parcel.placed + parcel.dwell_s)
        if comes < 0 or comes - parcel.placed > holding_s:
            return
        parcel.fetched_at = comes
        yield self._turn(comes, c.PICKUP, parcel.number)
        while self.env.now < parcel.box.out_until:  # waits beside a box out of order, for the next opening at need
            yield self._turn(self._opening(parcel.box.out_until), c.PICKUP, parcel.number)
        self._clear(parcel.box, locker)
        parcel.state = c.FETCHED
        self.count[parcel.box.number]["parcels_fetched"] += 1
        self.count[parcel.box.number]["dwell_s"] += self.env.now - parcel.placed
        self._tell("fetched", parcel.box, parcel.number)

    def has_expired(self, parcel: Parcel) -> bool:
        held = self.env.now - parcel.placed
        return parcel.due_day >= 0 and parcel.fetched_at < 0 and held >= round(self.spec.parcels.holding_h * 3600)

    def visit(  # noqa: PLR0917 - the kernel's own signature
        self, now: int, box: int, carrier: int, day: int, free_ml: int, free_g: int, free_points: int,
        room_g: int, room_points: int, slack_s: int, parcel_s: int, container_s: int, take_ppm: int,
    ) -> tuple[int, ...]:  # fmt: skip
        """A vehicle stands at a box; takes and returns what `molosim.simulation.box_visit_kernel.visit` does."""
        self.advance(now)
        here, count = self.boxes[box], self.count[box]
        count["visits_van" if carrier >= 0 else "visits_collection"] += 1
        works = now >= here.out_until
        back = self._take_back(here, carrier, (free_ml, free_g), slack_s, parcel_s) if works and carrier >= 0 else []
        back_ml, back_g = sum(parcel.ml for parcel in back), sum(parcel.g for parcel in back)
        emptied: list[Contents] = []
        if works and take_ppm <= 1_000_000:
            limits = free_ml - back_ml, min(free_g - back_g, room_g), min(free_points, room_points)
            emptied = self._take_waste(here, limits, slack_s - len(back) * parcel_s, container_s, take_ppm)
        handled, left = self._bring(here, carrier, day) if carrier >= 0 else (0, [])
        by_fraction = [sum(b.g for full in emptied for b in full.bags if b.fraction == f) for f in FRACTIONS]
        for fraction, g in zip(FRACTIONS, by_fraction, strict=True):
            count[f"collected_g_{fraction}"] += g
        carried = sum(full.outer_ml for full in emptied), sum(full.g for full in emptied)
        points = sum(full.points for full in emptied)
        left_ml, left_g = sum(parcel.ml for parcel in left), sum(parcel.g for parcel in left)
        parcels = handled, left_ml, left_g, len(back), back_ml, back_g
        return (*parcels, len(emptied), *carried, points, *by_fraction)

    def _take_back(self, box: Box, carrier: int, room: tuple[int, int], slack_s: int, parcel_s: int) -> list[Parcel]:
        """This carrier's sendings and expired parcels, door by door, whatever still fits."""
        taken: list[Parcel] = []
        for locker in box.lockers:
            parcel = locker.inside
            if not isinstance(parcel, Parcel) or parcel.carrier != carrier:
                continue
            with_it = [*taken, parcel]
            if parcel.due_day >= 0 and not self.has_expired(parcel):
                continue
            if sum(p.ml for p in with_it) > room[0] or sum(p.g for p in with_it) > room[1]:
                continue
            if len(with_it) * parcel_s > slack_s:
                continue
            taken = with_it
            self._clear(box, locker)
            if parcel.due_day < 0:
                self.count[box.number]["sends_collected"] += 1
                self._tell("send collected", box, parcel.number)
            else:
                parcel.state = c.RETURNED
                self.count[box.number]["parcels_returned"] += 1
                self._tell("returned", box, parcel.number)
        return taken

    def _take_waste(
        self, box: Box, limits: tuple[int, int, int], slack_s: int, container_s: int, take_ppm: int
    ) -> list[Contents]:
        """Swap full enough containers for empty ones, door by door, whatever still fits."""
        taken: list[Contents] = []
        for locker in box.lockers:
            full = locker.inside
            if not isinstance(full, Contents) or not full.bags or not full.filled(take_ppm):
                continue
            with_it = [*taken, full]
            loads = sum(f.outer_ml for f in with_it), sum(f.g for f in with_it), sum(f.points for f in with_it)
            if any(load > limit for load, limit in zip(loads, limits, strict=True)):
                continue
            if len(with_it) * container_s > slack_s:
                continue
            taken = with_it
            if locker.opens:
                self._clear(box, locker)
            else:
                locker.inside = Contents(full.kind, full.accepts)
            self._tell("emptied", box, locker.number)
        if taken:
            self.count[box.number]["pickups"] += 1
            self.count[box.number]["containers"] += len(taken)
        return taken

    def _bring(self, box: Box, carrier: int, day: int) -> tuple[int, list[Parcel]]:
        """First those tried before, then what is due; returns how many, and those still on board."""
        queue, count = self.to_bring[box.number, carrier], self.count[box.number]
        due = [parcel for parcel in queue if parcel.due_day <= day]
        del queue[: len(due)]
        before: list[Parcel] = []
        if (box.number, carrier) in self.held:
            self.again[box.number, carrier] += [p for p in due if p.due_day < day]
            due = [p for p in due if p.due_day == day]
        else:
            before = self.again.pop((box.number, carrier), [])
        left: list[Parcel] = []
        for parcel in [*before, *due]:
            locker = self._door_for(parcel)
            if locker is not None:
                self._fill(box, locker, parcel)
                parcel.state, parcel.placed = c.IN_BOX, self.env.now
                count["parcels_placed"] += 1
                self._tell("placed", box, parcel.number)
                self.env.process(self._parcel(parcel, locker))
                continue
            left.append(parcel)
            parcel.tries += 1
            self._tell("no door", box, parcel.number)
            if parcel.tries >= self.spec.parcels.tries:
                parcel.state = c.REDIRECTED
                count["parcels_redirected"] += 1
                self._tell("redirected", box, parcel.number)
            else:
                self.again[box.number, carrier].append(parcel)
        return len(before) + len(due), left

    def break_box(self, now: int, box: int, until: int) -> None:
        """A box is out of order until a second."""
        self.advance(now)
        self.boxes[box].out_until = max(until, self.boxes[box].out_until)

    def accounts(self, now: int) -> list[Counter[str]]:
        """What happened at each box until a second, in the names of the ledger, levels included."""
        self.advance(now)
        told = [Counter(count) for count in self.count]
        for box, count in zip(self.boxes, told, strict=True):
            parcel_doors = [locker for locker in box.lockers if locker.parcels]
            count["occupied_s"] += sum(now - locker.taken for locker in parcel_doors if locker.inside is not None)
            count["blocked_s"] += 0 if box.full_since is None else now - box.full_since
            count["sends_inside"] = count["sends_accepted"] - count["sends_collected"]
            count["parcels_expired"] = count["parcels_returned"]
            for locker in box.lockers:
                if isinstance(locker.inside, Contents):
                    for bag in locker.inside.bags:
                        count[f"inside_g_{bag.fraction}"] += bag.g
        for parcel in self.parcels:
            if parcel.due_day <= now // DAY_S:
                count = told[parcel.box.number]
                count["parcels_in"] += 1
                count["parcels_waiting"] += parcel.state == c.WAITING
                count["parcels_inside"] += parcel.state == c.IN_BOX
                count["parcels_expired"] += parcel.state == c.IN_BOX and self.has_expired(parcel)
        for bag in self.bags:
            if bag.state in (c.AT_HOME, c.ON_FOOT):
                told[bag.home.number][f"home_g_{bag.fraction}"] += bag.g
        return told
