"""The residents, compiled: one time-ordered state of doors, parcels and deposits, advanced on demand.

Every function works on the int64 arrays of `columns`. Times are whole seconds since the start. Between two looks at a
box nothing but residents' own events can happen, so operations call `advance` (or `visit`, which advances first) and
SimPy need not carry the residents' 300,000 events a year.
"""

from __future__ import annotations

from molosim.runtime.numba_cache import leaf
from molosim.simulation import box_state as c

DAY_S = 86_400


@leaf
def _log(log, meta, now, code, box, number, door):
    if log.shape[0] > 0:
        row = meta[c.M_LOGGED]
        log[row, 0], log[row, 1], log[row, 2], log[row, 3], log[row, 4] = now, code, box, number, door
        meta[c.M_LOGGED] = row + 1


@leaf
def _push(heap, meta, time, key):
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
def _pop(heap, meta):
    """Remove the first event of the heap (its caller has read it)."""
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
def _take_door(doors, boxes, box, door, state, item, now):
    """Occupy a free door; keep count of the doors left to parcels."""
    doors[door, c.D_STATE], doors[door, c.D_ITEM], doors[door, c.D_SINCE] = state, item, now
    if doors[door, c.D_USE] != c.FOR_WASTE:
        boxes[box, c.B_FREE_DOORS] -= 1
        if boxes[box, c.B_FREE_DOORS] == 0:
            boxes[box, c.B_FULL_SINCE] = now


@leaf
def _free_door(doors, boxes, ledger, box, door, now):
    if doors[door, c.D_USE] != c.FOR_WASTE:
        ledger[box, c.L_OCCUPIED] += now - doors[door, c.D_SINCE]
        if boxes[box, c.B_FREE_DOORS] == 0:
            ledger[box, c.L_BLOCKED] += now - boxes[box, c.B_FULL_SINCE]
        boxes[box, c.B_FREE_DOORS] += 1
    doors[door, c.D_STATE] = c.FREE


@leaf
def _door_for_parcel(doors, boxes, fits, mass_limits, box, fmt, grams):
    """Smallest free door that the parcel fits (doors stand in order of size), or -1."""
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
def _door_for_deposit(doors, boxes, containers, container_fits, box, fraction, grams, ml):
    """First open container with room, else a free door in which one may be opened; returns door and container type."""
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
def _to_centre_or_bin(deposits, ledger, log, meta, deposit, now, residual, car, own):
    """The end of a deposit that no box took: the bin, or the centre, by car or not, for this alone or not."""
    home, fraction, grams = deposits[deposit, c.W_BOX], deposits[deposit, c.W_FRACTION], deposits[deposit, c.W_G]
    if residual:
        deposits[deposit, c.W_STATE] = c.IN_RESIDUAL
        ledger[home, c.L_RESIDUAL_N + fraction] += 1
        ledger[home, c.L_RESIDUAL_G + fraction] += grams
        _log(log, meta, now, c.LOG_RESIDUAL, home, deposit, -1)
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
    _log(log, meta, now, c.LOG_CENTRE, home, deposit, -1)


@leaf
def _open_ways(meta, chance, near, last):
    """Shares of another box and of coming again, and a draw below the sum of all ways that are open."""
    other = meta[c.M_OTHER_BOX] if near and not last else 0
    again = 0 if last else meta[c.M_COME_AGAIN]
    closed = meta[c.M_OTHER_BOX] + meta[c.M_COME_AGAIN] - other - again
    # Where only closed ways were given a share, no draw is below residual's: the centre takes what is left.
    return other, again, (chance * (c.CHANCE - closed)) >> 31


@leaf
def _refuse(deposits, boxes, neighbours, walks, ledger, heap, log, meta, deposit, box, now):
    """A deposit found no room in ``box``: another box, come again, recycling centre or residual bin."""
    home, fraction, grams = deposits[deposit, c.W_BOX], deposits[deposit, c.W_FRACTION], deposits[deposit, c.W_G]
    ledger[box, c.L_REFUSED_N + fraction] += 1
    ledger[box, c.L_REFUSED_G + fraction] += grams
    _log(log, meta, now, c.LOG_REFUSED, box, deposit, -1)
    tries = deposits[deposit, c.W_TRIES]
    deposits[deposit, c.W_TRIES] = tries + 1
    rank = deposits[deposit, c.W_RANK]
    near, last = rank < boxes[home, c.B_NEIGHBOURS], tries + 1 >= meta[c.M_WASTE_TRIES]
    other, again, draw = _open_ways(meta, deposits[deposit, c.W_CHANCE + tries], near, last)
    if draw < other:
        target = neighbours[home, rank]
        deposits[deposit, c.W_STATE], deposits[deposit, c.W_RANK], deposits[deposit, c.W_AT] = (
            c.ON_FOOT,
            rank + 1,
            target,
        )
        ledger[home, c.L_MOVED_G + fraction] += grams
        _log(log, meta, now, c.LOG_WALKED, home, deposit, -1)
        _push(heap, meta, now + walks[home, rank], (c.AGAIN << c.KIND_SHIFT) | deposit)
    elif draw < other + again:
        deposits[deposit, c.W_STATE], deposits[deposit, c.W_AT] = c.AT_HOME, home
        _log(log, meta, now, c.LOG_KEPT, home, deposit, -1)
        _push(heap, meta, now + meta[c.M_AGAIN_S], (c.AGAIN << c.KIND_SHIFT) | deposit)
    else:
        _to_centre_or_bin(
            deposits,
            ledger,
            log,
            meta,
            deposit,
            now,
            draw < other + again + meta[c.M_RESIDUAL],
            meta[c.M_CAR],
            meta[c.M_OWN_TRIP],
        )


@leaf
def _deposit(
    doors, deposits, boxes, containers, container_fits, neighbours, walks, ledger, heap, log, meta, deposit, now
):
    """Somebody stands before a box with waste, for the first time or again."""
    home, fraction = deposits[deposit, c.W_BOX], deposits[deposit, c.W_FRACTION]
    grams, ml = deposits[deposit, c.W_G], deposits[deposit, c.W_ML]
    if deposits[deposit, c.W_STATE] == c.TO_COME:
        ledger[home, c.L_OFFERED_N + fraction] += 1
        ledger[home, c.L_OFFERED_G + fraction] += grams
        if meta[c.M_WASTE] == 0:
            residual = deposits[deposit, c.W_CHANCE] < meta[c.M_TODAY_RESIDUAL]
            car, own = meta[c.M_TODAY_CAR], meta[c.M_TODAY_OWN_TRIP]
            _to_centre_or_bin(deposits, ledger, log, meta, deposit, now, residual, car, own)
            return
    box = deposits[deposit, c.W_AT]
    door = kind = -1
    if now >= boxes[box, c.B_OUT_UNTIL]:
        door, kind = _door_for_deposit(doors, boxes, containers, container_fits, box, fraction, grams, ml)
    if door < 0:
        _refuse(deposits, boxes, neighbours, walks, ledger, heap, log, meta, deposit, box, now)
        return
    if doors[door, c.D_STATE] == c.FREE:
        _take_door(doors, boxes, box, door, c.WASTE, -1, now)
        doors[door, c.D_CONTAINER] = kind
    deposits[deposit, c.W_STATE] = c.STORED
    doors[door, c.D_G] += grams
    doors[door, c.D_ML] += ml
    doors[door, c.D_POINTS] += deposits[deposit, c.W_POINTS]
    doors[door, c.D_COUNT] += 1
    doors[door, c.D_FRACTION_G + fraction] += grams
    ledger[box, c.L_STORED_N + fraction] += 1
    ledger[box, c.L_STORED_G + fraction] += grams
    _log(log, meta, now, c.LOG_STORED, box, deposit, door)


@leaf
def _send(doors, sends, boxes, fits, mass_limits, ledger, log, meta, send, now):
    """Somebody hands a parcel in."""
    box = sends[send, c.S_BOX]
    ledger[box, c.L_SENDS] += 1
    door = -1
    if now >= boxes[box, c.B_OUT_UNTIL]:
        door = _door_for_parcel(doors, boxes, fits, mass_limits, box, sends[send, c.S_FORMAT], sends[send, c.S_G])
    if door < 0:
        ledger[box, c.L_NOT_SENT] += 1
        _log(log, meta, now, c.LOG_NOT_SENT, box, send, -1)
        return
    _take_door(doors, boxes, box, door, c.PARCEL_OUT, send, now)
    ledger[box, c.L_SENT] += 1
    _log(log, meta, now, c.LOG_SENT, box, send, door)


@leaf
def open_second(meta, second):
    """The second itself, or the next one at which parcels are fetched again after closed hours."""
    opens, closes = meta[c.M_CLOSED_TO_S], meta[c.M_CLOSED_FROM_S]
    clock = second % DAY_S
    # Seconds since closing; closed hours may span midnight.
    closed = (clock - closes) % DAY_S < (opens - closes) % DAY_S
    return second + (opens - clock) % DAY_S if closed else second


@leaf
def _pickup(doors, parcels, boxes, ledger, heap, log, meta, parcel, now):
    """Somebody fetches a parcel; a box out of order makes them wait."""
    box = parcels[parcel, c.P_BOX]
    if now < boxes[box, c.B_OUT_UNTIL]:
        _push(heap, meta, open_second(meta, boxes[box, c.B_OUT_UNTIL]), (c.PICKUP << c.KIND_SHIFT) | parcel)
        return
    _free_door(doors, boxes, ledger, box, parcels[parcel, c.P_DOOR], now)
    parcels[parcel, c.P_STATE], parcels[parcel, c.P_LEFT] = c.FETCHED, now
    ledger[box, c.L_FETCHED] += 1
    ledger[box, c.L_DWELL] += now - parcels[parcel, c.P_PLACED]
    _log(log, meta, now, c.LOG_FETCHED, box, parcel, parcels[parcel, c.P_DOOR])


@leaf
def advance(
    doors,
    boxes,
    parcels,
    deposits,
    sends,
    arrivals,
    heap,
    fits,
    mass_limits,
    containers,
    container_fits,
    neighbours,
    walks,
    ledger,
    log,
    meta,
    until,
):
    """Let everything happen that residents do up to and including second ``until``."""
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
            _pop(heap, meta)
        kind, number = key >> c.KIND_SHIFT, key & c.NUMBER_MASK
        if kind == c.PICKUP:
            _pickup(doors, parcels, boxes, ledger, heap, log, meta, number, now)
        elif kind == c.SEND:
            _send(doors, sends, boxes, fits, mass_limits, ledger, log, meta, number, now)
        else:
            _deposit(
                doors,
                deposits,
                boxes,
                containers,
                container_fits,
                neighbours,
                walks,
                ledger,
                heap,
                log,
                meta,
                number,
                now,
            )
    meta[c.M_ARRIVED] = at
