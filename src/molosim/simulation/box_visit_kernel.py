"""Compiled visits of vehicles to boxes: parcels in and out, waste out; and what a planner may see."""

from __future__ import annotations

from molosim.runtime.numba_cache import leaf
from molosim.simulation import box_state as c
from molosim.simulation.box_kernel import (
    DAY_S,
    _door_for_parcel,
    _free_door,
    _log,
    _push,
    _take_door,
    advance,
    open_second,
)


@leaf
def _pickup_second(state, placed, dwell_s):
    """Second at which a parcel will be fetched, or -1 when that is after its holding time."""
    if dwell_s < 0:
        return -1
    second = open_second(state, placed + dwell_s)
    return second if second - placed <= state.meta[c.M_HOLDING_S] else -1


@leaf
def _place(state, parcel, now):
    """Put a parcel behind a door; False when none is free that it fits."""
    parcels, ledger = state.parcels, state.ledger
    box = parcels[parcel, c.P_BOX]
    door = -1
    if now >= state.boxes[box, c.B_OUT_UNTIL]:
        door = _door_for_parcel(state, box, parcels[parcel, c.P_FORMAT], parcels[parcel, c.P_G])
    if door < 0:
        parcels[parcel, c.P_TRIES] += 1
        _log(state, now, c.LOG_NO_DOOR, box, parcel, -1)
        if parcels[parcel, c.P_TRIES] >= state.meta[c.M_PARCEL_TRIES]:
            parcels[parcel, c.P_STATE] = c.REDIRECTED
            ledger[box, c.L_REDIRECTED] += 1
            _log(state, now, c.LOG_REDIRECTED, box, parcel, -1)
        return False
    _take_door(state, box, door, c.PARCEL_IN, parcel, now)
    pickup = _pickup_second(state, now, parcels[parcel, c.P_DWELL_S])
    parcels[parcel, c.P_STATE], parcels[parcel, c.P_DOOR] = c.IN_BOX, door
    parcels[parcel, c.P_PLACED], parcels[parcel, c.P_PICKUP] = now, pickup
    ledger[box, c.L_PLACED] += 1
    _log(state, now, c.LOG_PLACED, box, parcel, door)
    if pickup >= 0:
        _push(state, pickup, (c.PICKUP << c.KIND_SHIFT) | parcel)
    return True


@leaf
def _deliver(state, box, carrier, day, now):
    """Bring those tried before, then today's; returns how many, and volume and mass of those still on board."""
    parcels, queue = state.parcels, state.queues[box, carrier]
    handled = left_ml = left_g = 0
    parcel = -1
    if queue[c.Q_HELD] == 1:
        while queue[c.Q_NEXT] < queue[c.Q_END] and parcels[queue[c.Q_NEXT], c.P_DUE_DAY] < day:
            _queue_again(state, queue, queue[c.Q_NEXT])
            queue[c.Q_NEXT] += 1
    else:
        parcel = queue[c.Q_RETRY]
        queue[c.Q_RETRY] = queue[c.Q_RETRY_LAST] = -1
        queue[c.Q_RETRIES] = queue[c.Q_RETRY_ML] = queue[c.Q_RETRY_G] = 0
    while parcel >= 0:
        following = parcels[parcel, c.P_NEXT]
        handled += 1
        if not _place(state, parcel, now):
            left_ml += parcels[parcel, c.P_ML]
            left_g += parcels[parcel, c.P_G]
            _queue_again(state, queue, parcel)
        parcel = following
    while queue[c.Q_NEXT] < queue[c.Q_END] and parcels[queue[c.Q_NEXT], c.P_DUE_DAY] <= day:
        parcel = queue[c.Q_NEXT]
        queue[c.Q_NEXT] += 1
        handled += 1
        if not _place(state, parcel, now):
            left_ml += parcels[parcel, c.P_ML]
            left_g += parcels[parcel, c.P_G]
            _queue_again(state, queue, parcel)
    return handled, left_ml, left_g


@leaf
def _queue_again(state, queue, parcel):
    """Keep a parcel for the next day, behind those already waiting; redirected ones are not kept."""
    parcels = state.parcels
    if parcels[parcel, c.P_STATE] == c.REDIRECTED:
        return
    parcels[parcel, c.P_NEXT] = -1
    if queue[c.Q_RETRY] < 0:
        queue[c.Q_RETRY] = parcel
    else:
        parcels[queue[c.Q_RETRY_LAST], c.P_NEXT] = parcel
    queue[c.Q_RETRY_LAST] = parcel
    queue[c.Q_RETRIES] += 1
    queue[c.Q_RETRY_ML] += parcels[parcel, c.P_ML]
    queue[c.Q_RETRY_G] += parcels[parcel, c.P_G]


@leaf
def _expired(state, parcel, now):
    parcels, meta = state.parcels, state.meta
    return parcels[parcel, c.P_PICKUP] < 0 and now - parcels[parcel, c.P_PLACED] >= meta[c.M_HOLDING_S]


@leaf
def _take_back(state, box, carrier, now, limits):
    """Load this carrier's sendings and expired parcels, as far as room and time go; returns number, volume, mass."""
    doors, boxes, parcels, sends, ledger = state.doors, state.boxes, state.parcels, state.sends, state.ledger
    count = ml = grams = 0
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        holds, item = doors[door, c.D_STATE], doors[door, c.D_ITEM]
        if holds == c.PARCEL_OUT and sends[item, c.S_CARRIER] == carrier:
            item_ml, item_g = sends[item, c.S_ML], sends[item, c.S_G]
        elif holds == c.PARCEL_IN and parcels[item, c.P_CARRIER] == carrier and _expired(state, item, now):
            item_ml, item_g = parcels[item, c.P_ML], parcels[item, c.P_G]
        else:
            continue
        too_late = (count + 1) * limits.parcel_s > limits.slack_s
        if ml + item_ml > limits.room_ml or grams + item_g > limits.room_g or too_late:
            continue
        count += 1
        ml += item_ml
        grams += item_g
        _free_door(state, box, door, now)
        if holds == c.PARCEL_OUT:
            ledger[box, c.L_SENDS_COLLECTED] += 1
            _log(state, now, c.LOG_SEND_COLLECTED, box, item, door)
        else:
            parcels[item, c.P_STATE], parcels[item, c.P_LEFT] = c.RETURNED, now
            ledger[box, c.L_RETURNED] += 1
            _log(state, now, c.LOG_RETURNED, box, item, door)
    return count, ml, grams


@leaf
def _fill_ppm(state, door):
    """Fill of a container in millionths of its mass or volume limit, whichever is nearer."""
    doors, containers = state.doors, state.containers
    kind = doors[door, c.D_CONTAINER]
    by_mass = doors[door, c.D_G] * 1_000_000 // containers[kind, c.C_LIMIT_G]
    by_volume = doors[door, c.D_ML] * 1_000_000 // containers[kind, c.C_LIMIT_ML]
    return max(by_mass, by_volume)


@leaf
def _empty_door(state, box, door, now):
    """Swap a container for an empty one; its grams join those that the visit has taken of each fraction."""
    doors = state.doors
    for fraction in range(c.FRACTION_COUNT):
        grams = doors[door, c.D_FRACTION_G + fraction]
        state.taken_g[fraction] += grams
        state.ledger[box, c.L_COLLECTED_G + fraction] += grams
        doors[door, c.D_FRACTION_G + fraction] = 0
    doors[door, c.D_G] = doors[door, c.D_ML] = doors[door, c.D_POINTS] = doors[door, c.D_COUNT] = 0
    if doors[door, c.D_USE] != c.FOR_WASTE:
        _free_door(state, box, door, now)
    _log(state, now, c.LOG_EMPTIED, box, door, door)


@leaf
def _take_waste(state, box, now, limits, back):
    """Swap containers from ``limits.take_ppm`` on for empty ones while vehicle, store and time allow.

    ``back`` are number, volume and mass of parcels that this visit has taken back. Returns the number of containers,
    their outer volume, mass and points.
    """
    doors, boxes, ledger = state.doors, state.boxes, state.ledger
    slack_s, most_ml = limits.slack_s - back[0] * limits.parcel_s, limits.room_ml - back[1]
    most_g, most_points = min(limits.room_g - back[2], limits.store_g), min(limits.room_points, limits.store_points)
    count = ml = grams = points = 0
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        if doors[door, c.D_STATE] != c.WASTE or doors[door, c.D_G] == 0 or _fill_ppm(state, door) < limits.take_ppm:
            continue
        outer_ml = state.containers[doors[door, c.D_CONTAINER], c.C_OUTER_ML]
        door_g, door_points = doors[door, c.D_G], doors[door, c.D_POINTS]
        if (
            ml + outer_ml > most_ml
            or grams + door_g > most_g
            or points + door_points > most_points
            or (count + 1) * limits.container_s > slack_s
        ):
            continue
        count += 1
        ml += outer_ml
        grams += door_g
        points += door_points
        _empty_door(state, box, door, now)
    if count > 0:
        ledger[box, c.L_PICKUPS] += 1
        ledger[box, c.L_CONTAINERS] += count
        boxes[box, c.B_LAST_EMPTIED] = now
    return count, ml, grams, points


@leaf
def visit(state, now, box, carrier, day, limits):
    """Exchange parcels and waste at ``box`` at second ``now``, once residents are brought up to date.

    A ``carrier`` of -1 is the municipality's vehicle, which has no parcels; ``limits`` are `VisitLimits`, whose
    ``take_ppm`` above a million takes no waste. First comes back what residents send and what expired, then waste, then
    today's parcels; waste must therefore fit beside the parcels for this very box, which errs on the safe side.

    Returns
    -------
    tuple of int
        The fields of `VisitResult`, unnamed since numba hands a plain tuple to Python in a third of the time; the grams
        of each fraction stand in ``state.taken_g`` until the next visit.
    """
    advance(state, now)
    works = now >= state.boxes[box, c.B_OUT_UNTIL]
    back, delivered, waste = (0, 0, 0), (0, 0, 0), (0, 0, 0, 0)
    for fraction in range(c.FRACTION_COUNT):
        state.taken_g[fraction] = 0
    state.ledger[box, c.L_VISITS_VAN if carrier >= 0 else c.L_VISITS_COLLECTION] += 1
    if works and carrier >= 0:
        back = _take_back(state, box, carrier, now, limits)
    if works and limits.take_ppm <= 1_000_000:
        waste = _take_waste(state, box, now, limits, back)
    if carrier >= 0:
        delivered = _deliver(state, box, carrier, day, now)
    return delivered + back + waste


@leaf
def survey(state, now, fill_ppm, waste_g, todo):
    """Write what a planner may see: each box's fullest container and waste, each carrier's errands beside new parcels.

    ``fill_ppm`` and ``waste_g`` have an entry per box. ``todo[box, carrier]`` are the number of parcels to take back
    (sendings, expired ones), and volume, mass and number of those to bring (tried before, or left over from a day that
    failed).
    """
    doors, boxes, parcels, sends, queues = state.doors, state.boxes, state.parcels, state.sends, state.queues
    today = now // DAY_S
    for box in range(boxes.shape[0]):
        fill_ppm[box] = waste_g[box] = 0
        for carrier in range(todo.shape[1]):
            queue, errands = queues[box, carrier], todo[box, carrier]
            errands[0], errands[1], errands[2] = 0, queue[c.Q_RETRY_ML], queue[c.Q_RETRY_G]
            errands[3] = queue[c.Q_RETRIES]
            parcel = queue[c.Q_NEXT]
            while parcel < queue[c.Q_END] and parcels[parcel, c.P_DUE_DAY] < today:
                errands[3] += 1
                errands[1] += parcels[parcel, c.P_ML]
                errands[2] += parcels[parcel, c.P_G]
                parcel += 1
        for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
            holds, item = doors[door, c.D_STATE], doors[door, c.D_ITEM]
            if holds == c.WASTE:
                fill_ppm[box] = max(fill_ppm[box], _fill_ppm(state, door))
                waste_g[box] += doors[door, c.D_G]
            elif holds == c.PARCEL_OUT:
                todo[box, sends[item, c.S_CARRIER], 0] += 1
            elif holds == c.PARCEL_IN and _expired(state, item, now):
                todo[box, parcels[item, c.P_CARRIER], 0] += 1


@leaf
def close_accounts(state, now):
    """Book the door time of what is still inside, so that the ledger is true at ``now``."""
    doors, boxes, ledger = state.doors, state.boxes, state.ledger
    for box in range(boxes.shape[0]):
        for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
            if doors[door, c.D_STATE] != c.FREE and doors[door, c.D_USE] != c.FOR_WASTE:
                ledger[box, c.L_OCCUPIED] += now - doors[door, c.D_SINCE]
                doors[door, c.D_SINCE] = now
        if boxes[box, c.B_FREE_DOORS] == 0:
            ledger[box, c.L_BLOCKED] += now - boxes[box, c.B_FULL_SINCE]
            boxes[box, c.B_FULL_SINCE] = now
