"""What happens while a vehicle stands at a box, compiled: parcels in and out, waste out, and what a planner may see."""

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
def _pickup_second(meta, placed, dwell_s):
    """Second at which a parcel will be fetched, or -1 when that is after its holding time."""
    if dwell_s < 0:
        return -1
    second = open_second(meta, placed + dwell_s)
    return second if second - placed <= meta[c.M_HOLDING_S] else -1


@leaf
def _place(doors, boxes, parcels, heap, fits, mass_limits, ledger, log, meta, parcel, now):
    """Put a parcel behind a door; False when none is free that it fits."""
    box = parcels[parcel, c.P_BOX]
    door = -1
    if now >= boxes[box, c.B_OUT_UNTIL]:
        door = _door_for_parcel(
            doors, boxes, fits, mass_limits, box, parcels[parcel, c.P_FORMAT], parcels[parcel, c.P_G]
        )
    if door < 0:
        parcels[parcel, c.P_TRIES] += 1
        _log(log, meta, now, c.LOG_NO_DOOR, box, parcel, -1)
        if parcels[parcel, c.P_TRIES] >= meta[c.M_PARCEL_TRIES]:
            parcels[parcel, c.P_STATE] = c.REDIRECTED
            ledger[box, c.L_REDIRECTED] += 1
            _log(log, meta, now, c.LOG_REDIRECTED, box, parcel, -1)
        return False
    _take_door(doors, boxes, box, door, c.PARCEL_IN, parcel, now)
    pickup = _pickup_second(meta, now, parcels[parcel, c.P_DWELL_S])
    parcels[parcel, c.P_STATE], parcels[parcel, c.P_DOOR] = c.IN_BOX, door
    parcels[parcel, c.P_PLACED], parcels[parcel, c.P_PICKUP] = now, pickup
    ledger[box, c.L_PLACED] += 1
    _log(log, meta, now, c.LOG_PLACED, box, parcel, door)
    if pickup >= 0:
        _push(heap, meta, pickup, (c.PICKUP << c.KIND_SHIFT) | parcel)
    return True


@leaf
def _deliver(doors, boxes, parcels, queues, heap, fits, mass_limits, ledger, log, meta, box, carrier, day, now):
    """Bring those tried before, then today's; returns how many, and volume and mass of those still on board."""
    queue = queues[box, carrier]
    handled = left_ml = left_g = 0
    parcel = -1
    if queue[c.Q_HELD] == 1:
        while queue[c.Q_NEXT] < queue[c.Q_END] and parcels[queue[c.Q_NEXT], c.P_DUE_DAY] < day:
            _queue_again(parcels, queue, queue[c.Q_NEXT])
            queue[c.Q_NEXT] += 1
    else:
        parcel = queue[c.Q_RETRY]
        queue[c.Q_RETRY] = queue[c.Q_RETRY_LAST] = -1
        queue[c.Q_RETRIES] = queue[c.Q_RETRY_ML] = queue[c.Q_RETRY_G] = 0
    while parcel >= 0:
        following = parcels[parcel, c.P_NEXT]
        handled += 1
        if not _place(doors, boxes, parcels, heap, fits, mass_limits, ledger, log, meta, parcel, now):
            left_ml += parcels[parcel, c.P_ML]
            left_g += parcels[parcel, c.P_G]
            _queue_again(parcels, queue, parcel)
        parcel = following
    while queue[c.Q_NEXT] < queue[c.Q_END] and parcels[queue[c.Q_NEXT], c.P_DUE_DAY] <= day:
        parcel = queue[c.Q_NEXT]
        queue[c.Q_NEXT] += 1
        handled += 1
        if not _place(doors, boxes, parcels, heap, fits, mass_limits, ledger, log, meta, parcel, now):
            left_ml += parcels[parcel, c.P_ML]
            left_g += parcels[parcel, c.P_G]
            _queue_again(parcels, queue, parcel)
    return handled, left_ml, left_g


@leaf
def _queue_again(parcels, queue, parcel):
    """Keep a parcel for the next day, behind those already waiting; redirected ones are not kept."""
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
def _expired(parcels, meta, parcel, now):
    return parcels[parcel, c.P_PICKUP] < 0 and now - parcels[parcel, c.P_PLACED] >= meta[c.M_HOLDING_S]


@leaf
def _take_back(doors, boxes, parcels, sends, ledger, log, meta, box, carrier, now, free_ml, free_g, slack_s, parcel_s):
    """Load this carrier's sendings and expired parcels, as far as room and time go; returns number, volume, mass."""
    count = ml = grams = 0
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        state, item = doors[door, c.D_STATE], doors[door, c.D_ITEM]
        if state == c.PARCEL_OUT and sends[item, c.S_CARRIER] == carrier:
            item_ml, item_g = sends[item, c.S_ML], sends[item, c.S_G]
        elif state == c.PARCEL_IN and parcels[item, c.P_CARRIER] == carrier and _expired(parcels, meta, item, now):
            item_ml, item_g = parcels[item, c.P_ML], parcels[item, c.P_G]
        else:
            continue
        if ml + item_ml > free_ml or grams + item_g > free_g or (count + 1) * parcel_s > slack_s:
            continue
        count += 1
        ml += item_ml
        grams += item_g
        _free_door(doors, boxes, ledger, box, door, now)
        if state == c.PARCEL_OUT:
            ledger[box, c.L_SENDS_COLLECTED] += 1
            _log(log, meta, now, c.LOG_SEND_COLLECTED, box, item, door)
        else:
            parcels[item, c.P_STATE], parcels[item, c.P_LEFT] = c.RETURNED, now
            ledger[box, c.L_RETURNED] += 1
            _log(log, meta, now, c.LOG_RETURNED, box, item, door)
    return count, ml, grams


@leaf
def _fill_ppm(doors, containers, door):
    """Fill of a container in millionths of its mass or volume limit, whichever is nearer."""
    kind = doors[door, c.D_CONTAINER]
    by_mass = doors[door, c.D_G] * 1_000_000 // containers[kind, c.C_LIMIT_G]
    by_volume = doors[door, c.D_ML] * 1_000_000 // containers[kind, c.C_LIMIT_ML]
    return max(by_mass, by_volume)


@leaf
def _take_waste(
    doors, boxes, containers, ledger, log, meta, box, now, free_ml, free_g, free_points, room_g, room_points, slack_s,
    container_s, take_ppm,
):  # fmt: skip
    """Swap containers from ``take_ppm`` on for empty ones while vehicle, store and time allow.

    ``free_*`` is the vehicle's room, ``room_*`` that of the store it unloads into. Returns the number of containers,
    their outer volume, mass, points and the mass of each fraction.
    """
    count = ml = grams = points = hazardous = electronics = textiles = 0
    for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
        if (
            doors[door, c.D_STATE] != c.WASTE
            or doors[door, c.D_G] == 0
            or _fill_ppm(doors, containers, door) < take_ppm
        ):
            continue
        outer = containers[doors[door, c.D_CONTAINER], c.C_OUTER_ML]
        door_g, door_points = doors[door, c.D_G], doors[door, c.D_POINTS]
        if (
            ml + outer > free_ml
            or grams + door_g > min(free_g, room_g)
            or points + door_points > min(free_points, room_points)
            or (count + 1) * container_s > slack_s
        ):
            continue
        count += 1
        ml += outer
        grams += door_g
        points += door_points
        hazardous += doors[door, c.D_FRACTION_G]
        electronics += doors[door, c.D_FRACTION_G + 1]
        textiles += doors[door, c.D_FRACTION_G + 2]
        for fraction in range(c.FRACTION_COUNT):
            ledger[box, c.L_COLLECTED_G + fraction] += doors[door, c.D_FRACTION_G + fraction]
            doors[door, c.D_FRACTION_G + fraction] = 0
        doors[door, c.D_G] = doors[door, c.D_ML] = doors[door, c.D_POINTS] = doors[door, c.D_COUNT] = 0
        if doors[door, c.D_USE] != c.FOR_WASTE:
            _free_door(doors, boxes, ledger, box, door, now)
        _log(log, meta, now, c.LOG_EMPTIED, box, door, door)
    if count > 0:
        ledger[box, c.L_PICKUPS] += 1
        ledger[box, c.L_CONTAINERS] += count
        boxes[box, c.B_LAST_EMPTIED] = now
    return count, ml, grams, points, hazardous, electronics, textiles


@leaf
def visit(
    doors, boxes, parcels, deposits, sends, arrivals, heap, fits, mass_limits, containers, container_fits, neighbours,
    walks, ledger, log, meta, queues, now, box, carrier, day, free_ml, free_g, free_points, room_g, room_points,
    slack_s, parcel_s, container_s, take_ppm,
):  # fmt: skip
    """A vehicle stands at ``box``: bring residents up to date, then exchange.

    A ``carrier`` of -1 is the municipality's vehicle, which has no parcels; ``take_ppm`` above a million takes no
    waste. First comes back what residents send and what expired, then waste, then today's parcels; waste must therefore
    fit beside the parcels for this very box, which errs on the safe side.

    Returns
    -------
    tuple of 13 ints
        parcels handled; volume and mass of parcels still on board; parcels taken back, their volume and mass;
        containers, their volume, mass and points, and grams of the three fractions.
    """
    advance(
        doors, boxes, parcels, deposits, sends, arrivals, heap, fits, mass_limits, containers, container_fits,
        neighbours, walks, ledger, log, meta, now,
    )  # fmt: skip
    works = now >= boxes[box, c.B_OUT_UNTIL]
    back = back_ml = back_g = handled = left_ml = left_g = 0
    waste = (0, 0, 0, 0, 0, 0, 0)
    if carrier >= 0:
        ledger[box, c.L_VISITS_VAN] += 1
    else:
        ledger[box, c.L_VISITS_COLLECTION] += 1
    if works and carrier >= 0:
        back, back_ml, back_g = _take_back(
            doors, boxes, parcels, sends, ledger, log, meta, box, carrier, now, free_ml, free_g, slack_s, parcel_s
        )
    if works and take_ppm <= 1_000_000:
        waste = _take_waste(
            doors, boxes, containers, ledger, log, meta, box, now, free_ml - back_ml, free_g - back_g, free_points,
            room_g, room_points, slack_s - back * parcel_s, container_s, take_ppm,
        )  # fmt: skip
    if carrier >= 0:
        handled, left_ml, left_g = _deliver(
            doors, boxes, parcels, queues, heap, fits, mass_limits, ledger, log, meta, box, carrier, day, now
        )
    return (
        handled, left_ml, left_g, back, back_ml, back_g,
        waste[0], waste[1], waste[2], waste[3], waste[4], waste[5], waste[6],
    )  # fmt: skip


@leaf
def survey(doors, boxes, parcels, sends, containers, queues, meta, now, fill_ppm, waste_g, todo):
    """Write what a planner may see: each box's fullest container and waste, each carrier's errands beside new parcels.

    ``fill_ppm`` and ``waste_g`` have an entry per box. ``todo[box, carrier]`` are the number of parcels to take back
    (sendings, expired ones), and volume, mass and number of those to bring (tried before, or left over from a day that
    failed).
    """
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
            state, item = doors[door, c.D_STATE], doors[door, c.D_ITEM]
            if state == c.WASTE:
                fill_ppm[box] = max(fill_ppm[box], _fill_ppm(doors, containers, door))
                waste_g[box] += doors[door, c.D_G]
            elif state == c.PARCEL_OUT:
                todo[box, sends[item, c.S_CARRIER], 0] += 1
            elif state == c.PARCEL_IN and _expired(parcels, meta, item, now):
                todo[box, parcels[item, c.P_CARRIER], 0] += 1


@leaf
def close_accounts(doors, boxes, ledger, now):
    """Book the door time of what is still inside, so that the ledger is true at ``now``."""
    for box in range(boxes.shape[0]):
        for door in range(boxes[box, c.B_FIRST], boxes[box, c.B_LAST]):
            if doors[door, c.D_STATE] != c.FREE and doors[door, c.D_USE] != c.FOR_WASTE:
                ledger[box, c.L_OCCUPIED] += now - doors[door, c.D_SINCE]
                doors[door, c.D_SINCE] = now
        if boxes[box, c.B_FREE_DOORS] == 0:
            ledger[box, c.L_BLOCKED] += now - boxes[box, c.B_FULL_SINCE]
            boxes[box, c.B_FULL_SINCE] = now
