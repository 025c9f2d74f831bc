"""Compiled events of residents: one time-ordered state of doors, parcels and deposits, advanced on demand.

Every function takes a `BoxState` first. Times are whole seconds since the start. Between two looks at a box nothing but
residents' own events can happen, so operations call `advance` (or `visit`, which advances first) and SimPy need not
carry the residents' 300,000 events a year.
"""

from __future__ import annotations

from molosim.runtime.numba_cache import leaf
from molosim.simulation import box_state as c

DAY_S = 86_400


@leaf
def _log(state, now, code, box, number, door):
    log, meta = state.log, state.meta
    if log.shape[0] > 0:
        row = meta[c.M_LOGGED]
        log[row, 0], log[row, 1], log[row, 2], log[row, 3], log[row, 4] = now, code, box, number, door
        meta[c.M_LOGGED] = row + 1


@leaf
def _push(state, time, key):
    heap, meta = state.heap, state.meta
    at = meta[c.M_HEAP]
    meta[c.M_HEAP] = at + 1
    while at > 0:
        parent = (at - 1) >> 1
        if heap[parent, 0] < time or (heap[parent, 0] == time and heap[parent, 1] < key):
            break
        heap[at, 0], heap[at, 1] = heap[parent, 0], heap[parent, 1]
        at = parent
    heap[at, 0], heap[at, 1] = time, key


@leaf
def _pop(state):
    """Remove the first event of the heap (its caller has read it)."""
    heap, meta = state.heap, state.meta
    size = meta[c.M_HEAP] - 1
    meta[c.M_HEAP] = size
    time, key = heap[size, 0], heap[size, 1]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            heap[other, 0] < heap[child, 0] or (heap[other, 0] == heap[child, 0] and heap[other, 1] < heap[child, 1])
        ):
            child = other
        if time < heap[child, 0] or (time == heap[child, 0] and key < heap[child, 1]):
            break
        heap[at, 0], heap[at, 1] = heap[child, 0], heap[child, 1]
        at = child
    heap[at, 0], heap[at, 1] = time, key


@leaf
def _take_door(state, box, door, holds, item, now):
    """Occupy a free door; keep count of the doors left to parcels."""
    doors, boxes = state.doors, state.boxes
    doors[door, c.D_STATE], doors[door, c.D_ITEM], doors[door, c.D_SINCE] = holds, item, now
    if doors[door, c.D_USE] != c.FOR_WASTE:
        boxes[box, c.B_FREE_DOORS] -= 1
        if boxes[box, c.B_FREE_DOORS] == 0:
            boxes[box, c.B_FULL_SINCE] = now


@leaf
def _free_door(state, box, door, now):
    doors, boxes, ledger = state.doors, state.boxes, state.ledger
    if doors[door, c.D_USE] != c.FOR_WASTE:
        ledger[box, c.L_OCCUPIED] += now - doors[door, c.D_SINCE]
        if boxes[box, c.B_FREE_DOORS] == 0:
            ledger[box, c.L_BLOCKED] += now - boxes[box, c.B_FULL_SINCE]
        boxes[box, c.B_FREE_DOORS] += 1
    doors[door, c.D_STATE] = c.FREE


@leaf
def _door_for_parcel(state, box, fmt, grams):
    """Smallest free door that the parcel fits (doors stand in order of size), or -1."""
    doors, boxes, fits, mass_limits = state.doors, state.boxes, state.fits, state.mass_limits
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        kind = doors[door, c.D_TYPE]
        if (
            doors[door, c.D_STATE] == c.FREE
            and doors[door, c.D_USE] != c.FOR_WASTE
            and fits[fmt, kind] == 1
            and grams <= mass_limits[kind]
        ):
            return door
    return -1


@leaf
def _door_for_deposit(state, box, fraction, grams, ml):
    """First open container with room, else a free door in which one may be opened; returns door and container type."""
    doors, boxes, containers, container_fits = state.doors, state.boxes, state.containers, state.container_fits
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        if doors[door, c.D_STATE] == c.WASTE:
            kind = doors[door, c.D_CONTAINER]
            if (
                (containers[kind, c.C_ACCEPTS] >> fraction) & 1
                and doors[door, c.D_G] + grams <= containers[kind, c.C_LIMIT_G]
                and doors[door, c.D_ML] + ml <= containers[kind, c.C_LIMIT_ML]
            ):
                return door, kind
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        if doors[door, c.D_STATE] == c.FREE and doors[door, c.D_USE] >= c.FOR_EITHER:
            for kind in range(boxes[box, c.B_FIRST_CONTAINER], boxes[box, c.B_LAST_CONTAINER]):
                if (
                    (containers[kind, c.C_ACCEPTS] >> fraction) & 1
                    and container_fits[kind, doors[door, c.D_TYPE]] == 1
                    and grams <= containers[kind, c.C_LIMIT_G]
                    and ml <= containers[kind, c.C_LIMIT_ML]
                ):
                    return door, kind
    return -1, -1


@leaf
def _to_centre_or_bin(state, deposit, now, residual, car, own):
    """The end of a deposit that no box took: the bin, or the centre, by car or not, for this alone or not."""
    deposits, ledger = state.deposits, state.ledger
    home, fraction, grams = deposits[deposit, c.W_BOX], deposits[deposit, c.W_FRACTION], deposits[deposit, c.W_G]
    if residual:
        deposits[deposit, c.W_STATE] = c.IN_RESIDUAL
        ledger[home, c.L_RESIDUAL_N + fraction] += 1
        ledger[home, c.L_RESIDUAL_G + fraction] += grams
        _log(state, now, c.LOG_RESIDUAL, home, deposit, -1)
        return
    deposits[deposit, c.W_STATE] = c.AT_CENTRE
    ledger[home, c.L_CENTRE_N + fraction] += 1
    ledger[home, c.L_CENTRE_G + fraction] += grams
    chance = deposits[deposit, c.W_CAR]
    if chance < car:
        ledger[home, c.L_CAR] += 1
        # A chance below car is uniform on 0..car; its place there decides on the purpose of the trip.
        if chance * c.CHANCE < car * own:
            ledger[home, c.L_OWN_CAR] += 1
    _log(state, now, c.LOG_CENTRE, home, deposit, -1)


@leaf
def _open_ways(state, chance, near, last):
    """Shares of another box and of coming again, and a draw below the sum of all ways that are open."""
    meta = state.meta
    other = meta[c.M_OTHER_BOX] if near and not last else 0
    again = 0 if last else meta[c.M_COME_AGAIN]
    closed = meta[c.M_OTHER_BOX] + meta[c.M_COME_AGAIN] - other - again
    # Where only closed ways were given a share, no draw is below residual's: the centre takes what is left.
    return other, again, (chance * (c.CHANCE - closed)) >> 31


@leaf
def _refuse(state, deposit, box, now):
    """A deposit found no room in ``box``: another box, come again, recycling centre or residual bin."""
    deposits, ledger, meta = state.deposits, state.ledger, state.meta
    home, fraction, grams = deposits[deposit, c.W_BOX], deposits[deposit, c.W_FRACTION], deposits[deposit, c.W_G]
    ledger[box, c.L_REFUSED_N + fraction] += 1
    ledger[box, c.L_REFUSED_G + fraction] += grams
    _log(state, now, c.LOG_REFUSED, box, deposit, -1)
    tries = deposits[deposit, c.W_TRIES]
    deposits[deposit, c.W_TRIES] = tries + 1
    rank = deposits[deposit, c.W_RANK]
    near, last = rank < state.boxes[home, c.B_NEIGHBOURS], tries + 1 >= meta[c.M_WASTE_TRIES]
    other, again, draw = _open_ways(state, deposits[deposit, c.W_CHANCE + tries], near, last)
    if draw < other:
        deposits[deposit, c.W_STATE], deposits[deposit, c.W_RANK] = c.ON_FOOT, rank + 1
        deposits[deposit, c.W_AT] = state.neighbours[home, rank]
        ledger[home, c.L_MOVED_G + fraction] += grams
        _log(state, now, c.LOG_WALKED, home, deposit, -1)
        _push(state, now + state.walks[home, rank], (c.AGAIN << c.KIND_SHIFT) | deposit)
    elif draw < other + again:
        deposits[deposit, c.W_STATE], deposits[deposit, c.W_AT] = c.AT_HOME, home
        _log(state, now, c.LOG_KEPT, home, deposit, -1)
        _push(state, now + meta[c.M_AGAIN_S], (c.AGAIN << c.KIND_SHIFT) | deposit)
    else:
        residual = draw < other + again + meta[c.M_RESIDUAL]
        _to_centre_or_bin(state, deposit, now, residual, meta[c.M_CAR], meta[c.M_OWN_TRIP])


@leaf
def _deposit(state, deposit, now):
    """Somebody stands before a box with waste, for the first time or again."""
    doors, boxes, deposits, ledger, meta = state.doors, state.boxes, state.deposits, state.ledger, state.meta
    home, fraction = deposits[deposit, c.W_BOX], deposits[deposit, c.W_FRACTION]
    grams, ml = deposits[deposit, c.W_G], deposits[deposit, c.W_ML]
    if deposits[deposit, c.W_STATE] == c.TO_COME:
        ledger[home, c.L_OFFERED_N + fraction] += 1
        ledger[home, c.L_OFFERED_G + fraction] += grams
        if meta[c.M_WASTE] == 0:
            residual = deposits[deposit, c.W_CHANCE] < meta[c.M_TODAY_RESIDUAL]
            car, own = meta[c.M_TODAY_CAR], meta[c.M_TODAY_OWN_TRIP]
            _to_centre_or_bin(state, deposit, now, residual, car, own)
            return
    box = deposits[deposit, c.W_AT]
    door = kind = -1
    if now >= boxes[box, c.B_OUT_UNTIL]:
        door, kind = _door_for_deposit(state, box, fraction, grams, ml)
    if door < 0:
        _refuse(state, deposit, box, now)
        return
    if doors[door, c.D_STATE] == c.FREE:
        _take_door(state, box, door, c.WASTE, -1, now)
        doors[door, c.D_CONTAINER] = kind
    deposits[deposit, c.W_STATE] = c.STORED
    doors[door, c.D_G] += grams
    doors[door, c.D_ML] += ml
    doors[door, c.D_POINTS] += deposits[deposit, c.W_POINTS]
    doors[door, c.D_COUNT] += 1
    doors[door, c.D_FRACTION_G + fraction] += grams
    ledger[box, c.L_STORED_N + fraction] += 1
    ledger[box, c.L_STORED_G + fraction] += grams
    _log(state, now, c.LOG_STORED, box, deposit, door)


@leaf
def _send(state, send, now):
    """Somebody hands a parcel in."""
    boxes, sends, ledger = state.boxes, state.sends, state.ledger
    box = sends[send, c.S_BOX]
    ledger[box, c.L_SENDS] += 1
    door = -1
    if now >= boxes[box, c.B_OUT_UNTIL]:
        door = _door_for_parcel(state, box, sends[send, c.S_FORMAT], sends[send, c.S_G])
    if door < 0:
        ledger[box, c.L_NOT_SENT] += 1
        _log(state, now, c.LOG_NOT_SENT, box, send, -1)
        return
    _take_door(state, box, door, c.PARCEL_OUT, send, now)
    ledger[box, c.L_SENT] += 1
    _log(state, now, c.LOG_SENT, box, send, door)


@leaf
def open_second(state, second):
    """The second itself, or the next one at which parcels are fetched again after closed hours."""
    opens, closes = state.meta[c.M_CLOSED_TO_S], state.meta[c.M_CLOSED_FROM_S]
    clock = second % DAY_S
    # Seconds since closing; closed hours may span midnight.
    closed = (clock - closes) % DAY_S < (opens - closes) % DAY_S
    return second + (opens - clock) % DAY_S if closed else second


@leaf
def _pickup(state, parcel, now):
    """Somebody fetches a parcel; a box out of order makes them wait."""
    boxes, parcels, ledger = state.boxes, state.parcels, state.ledger
    box = parcels[parcel, c.P_BOX]
    if now < boxes[box, c.B_OUT_UNTIL]:
        _push(state, open_second(state, boxes[box, c.B_OUT_UNTIL]), (c.PICKUP << c.KIND_SHIFT) | parcel)
        return
    _free_door(state, box, parcels[parcel, c.P_DOOR], now)
    parcels[parcel, c.P_STATE], parcels[parcel, c.P_LEFT] = c.FETCHED, now
    ledger[box, c.L_FETCHED] += 1
    ledger[box, c.L_DWELL] += now - parcels[parcel, c.P_PLACED]
    _log(state, now, c.LOG_FETCHED, box, parcel, parcels[parcel, c.P_DOOR])


@leaf
def advance(state, until):
    """Let everything happen that residents do up to and including second ``until``."""
    arrivals, heap, meta = state.arrivals, state.heap, state.meta
    at, total = meta[c.M_ARRIVED], arrivals.shape[0]
    while True:
        fresh = at < total and arrivals[at, 0] <= until
        waiting = meta[c.M_HEAP] > 0 and heap[0, 0] <= until
        if fresh and waiting:
            fresh = arrivals[at, 0] < heap[0, 0] or (arrivals[at, 0] == heap[0, 0] and arrivals[at, 1] < heap[0, 1])
        elif not fresh and not waiting:
            break
        if fresh:
            now, key = arrivals[at, 0], arrivals[at, 1]
            at += 1
        else:
            now, key = heap[0, 0], heap[0, 1]
            _pop(state)
        kind, number = key >> c.KIND_SHIFT, key & c.NUMBER_MASK
        if kind == c.PICKUP:
            _pickup(state, number, now)
        elif kind == c.SEND:
            _send(state, number, now)
        else:
            _deposit(state, number, now)
    meta[c.M_ARRIVED] = at
