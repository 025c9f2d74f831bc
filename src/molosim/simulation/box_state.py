"""State of boxes and residents, limits and results of a visit, and the column numbers of the state's arrays."""

from __future__ import annotations

from typing import NamedTuple

from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Ints
from molosim.simulation.box_ledger import L

FRACTION_COUNT = len(FRACTIONS)


class BoxState(NamedTuple):
    """All boxes and everybody around them, int64: a row per door, box, parcel ..., with the columns named below."""

    doors: Ints
    boxes: Ints
    parcels: Ints
    deposits: Ints
    sends: Ints
    arrivals: Ints
    """(n, 2): second and key of what residents do unasked, in order of both."""
    queues: Ints
    """(boxes, carriers, QUEUE_COLUMNS)."""
    heap: Ints
    """(n, 2): second and key of what residents will do, a binary heap in the first ``meta[M_HEAP]`` rows."""
    fits: Ints
    """(parcel formats, door types): 1 where a parcel of the format fits."""
    mass_limits: Ints
    """Grams, per door type."""
    containers: Ints
    container_fits: Ints
    """(container types, door types)."""
    neighbours: Ints
    """(boxes, k): other boxes, nearest first."""
    walks: Ints
    """(boxes, k): seconds to walk there."""
    ledger: Ints
    """(boxes, columns of `BOX_LEDGER`)."""
    log: Ints
    """(n, LOG_COLUMNS); no rows where nothing is logged."""
    meta: Ints
    taken_g: Ints
    """Grams of each fraction that the last visit took."""


class VisitLimits(NamedTuple):
    """What a vehicle may take at a visit; points are ADR points x 1000."""

    room_ml: int
    """In the vehicle, as `room_g` and `room_points`."""
    room_g: int
    room_points: int
    store_g: int
    """Room in the store into which it unloads, as `store_points`."""
    store_points: int
    slack_s: int
    """Time to take things away in."""
    parcel_s: int
    """Handling time of a parcel."""
    container_s: int
    """Handling time of a container."""
    take_ppm: int
    """Fill from which containers are taken, in millionths."""


class VisitResult(NamedTuple):
    """What was handled at a visit."""

    handled: int
    """Parcels brought, placed or not."""
    left_ml: int
    """Parcels that found no door and stay on board, as `left_g`."""
    left_g: int
    back: int
    """Sendings and expired parcels taken back."""
    back_ml: int
    back_g: int
    containers: int
    """Containers of waste taken."""
    waste_ml: int
    """Their outer volume."""
    waste_g: int
    waste_points: int
    """ADR points x 1000."""


# What a door holds.
FREE, PARCEL_IN, PARCEL_OUT, WASTE = 0, 1, 2, 3
# Who may use a door.
FOR_PARCELS, FOR_WASTE, FOR_EITHER, FOR_OVERFLOW = 0, 1, 2, 3
# Where a parcel is.
WAITING, IN_BOX, FETCHED, RETURNED, REDIRECTED = 0, 1, 2, 3, 4
# Where a deposit is.
TO_COME, STORED, ON_FOOT, AT_HOME, AT_CENTRE, IN_RESIDUAL = 0, 1, 2, 3, 4, 5

# Columns of a door.
D_TYPE, D_USE, D_STATE, D_ITEM, D_SINCE = 0, 1, 2, 3, 4
D_CONTAINER, D_G, D_ML, D_POINTS, D_COUNT, D_FRACTION_G = 5, 6, 7, 8, 9, 10
DOOR_COLUMNS = D_FRACTION_G + FRACTION_COUNT

# Columns of a container type; accepts is a bit mask over fractions
C_ACCEPTS, C_LIMIT_G, C_LIMIT_ML, C_OUTER_ML = 0, 1, 2, 3
CONTAINER_COLUMNS = 4

# Columns of a box; FIRST_CONTAINER..LAST are the container types its design knows
B_FIRST, B_LAST, B_FIRST_CONTAINER, B_LAST_CONTAINER, B_OUT_UNTIL = 0, 1, 2, 3, 4
B_FREE_DOORS, B_FULL_SINCE, B_LAST_EMPTIED, B_NEIGHBOURS = 5, 6, 7, 8
BOX_COLUMNS = 9

# Columns of a deposit; POINTS are ADR points x 1000
W_TIME, W_BOX, W_FRACTION, W_G, W_ML, W_POINTS, W_STATE, W_TRIES, W_RANK, W_AT, W_CAR = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
W_CHANCE = 11
"""First of the chances, one for each try, each below 2**31."""

# Columns of a sending.
S_TIME, S_BOX, S_CARRIER, S_FORMAT, S_G, S_ML = 0, 1, 2, 3, 4, 5
SEND_COLUMNS = 6

# Columns of a parcel; NEXT links those tried before; LEFT is the second at which it left the box, -1 until then
P_DUE_DAY, P_BOX, P_CARRIER, P_FORMAT, P_G, P_ML, P_DWELL_S = 0, 1, 2, 3, 4, 5, 6
P_STATE, P_DOOR, P_PLACED, P_PICKUP, P_TRIES, P_NEXT, P_LEFT = 7, 8, 9, 10, 11, 12, 13
PARCEL_COLUMNS = 14

# Columns of a queue; parcels of one box and carrier stand together, sorted by day; HELD is
# 1 on a day on which the van had no room to load what it should bring beside new parcels
Q_NEXT, Q_END, Q_RETRY, Q_RETRY_LAST, Q_RETRIES, Q_RETRY_ML, Q_RETRY_G, Q_HELD = 0, 1, 2, 3, 4, 5, 6, 7
QUEUE_COLUMNS = 8

# meta: rules and the kernel's own pointers
(
    M_WASTE,
    M_PARCEL_TRIES,
    M_HOLDING_S,
    M_CLOSED_FROM_S,
    M_CLOSED_TO_S,
    M_OTHER_BOX,
    M_COME_AGAIN,
    M_RESIDUAL,
    M_AGAIN_S,
    M_WASTE_TRIES,
    M_CAR,
    M_OWN_TRIP,
    M_TODAY_RESIDUAL,
    M_TODAY_CAR,
    M_TODAY_OWN_TRIP,
    M_ARRIVED,
    M_HEAP,
    M_LOGGED,
) = range(18)
META_COLUMNS = 18
CHANCE = 1 << 31
"""Shares are whole numbers out of this."""
NO_WASTE_PPM = 2_000_000
"""A fill that no container reaches: the vehicle takes no waste."""

# Events at the same second come in the order of their key: kind, then number.
KIND_SHIFT = 40
NUMBER_MASK = (1 << KIND_SHIFT) - 1
DEPOSIT, PICKUP, AGAIN, SEND = 0, 1, 2, 3

# Columns of a log row: (second, code, box, number, door); the door is -1 where none is opened.
(
    LOG_STORED,
    LOG_REFUSED,
    LOG_WALKED,
    LOG_KEPT,
    LOG_CENTRE,
    LOG_RESIDUAL,
    LOG_SENT,
    LOG_NOT_SENT,
    LOG_FETCHED,
    LOG_PLACED,
    LOG_NO_DOOR,
    LOG_REDIRECTED,
    LOG_RETURNED,
    LOG_SEND_COLLECTED,
    LOG_EMPTIED,
) = range(15)
LOG_COLUMNS = 5

# Ledger columns by name, for the kernel.
L_IN, L_PLACED, L_REDIRECTED, L_FETCHED, L_EXPIRED, L_RETURNED, L_WAITING, L_INSIDE = (
    L[f"parcels_{fate}"]
    for fate in ("in", "placed", "redirected", "fetched", "expired", "returned", "waiting", "inside")
)
L_SENDS, L_SENT, L_NOT_SENT, L_SENDS_COLLECTED, L_SENDS_INSIDE = (
    L[f"sends_{fate}"] for fate in ("offered", "accepted", "refused", "collected", "inside")
)
L_DWELL, L_OCCUPIED, L_BLOCKED = L["dwell_s"], L["occupied_s"], L["blocked_s"]
L_VISITS_VAN, L_VISITS_COLLECTION, L_PICKUPS, L_CONTAINERS, L_CAR, L_OWN_CAR = (
    L[name] for name in ("visits_van", "visits_collection", "pickups", "containers", "car_trips", "own_car_trips")
)
# Of the first fraction; the others follow it.
L_OFFERED_N, L_STORED_N, L_REFUSED_N, L_CENTRE_N, L_RESIDUAL_N = (
    L[f"{fate}_n_{FRACTIONS[0]}"] for fate in ("offered", "stored", "refused", "centre", "residual")
)
L_OFFERED_G, L_STORED_G, L_REFUSED_G, L_MOVED_G, L_CENTRE_G, L_RESIDUAL_G, L_COLLECTED_G, L_INSIDE_G, L_HOME_G = (
    L[f"{fate}_g_{FRACTIONS[0]}"]
    for fate in ("offered", "stored", "refused", "moved", "centre", "residual", "collected", "inside", "home")
)
