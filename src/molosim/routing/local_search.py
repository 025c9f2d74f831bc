"""Compiled local search on one tour: Or-opt and 2-opt over near neighbours with a don't-look queue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from molosim.runtime.arrays import Flags, Ints, Ints32
from molosim.runtime.numba_cache import kernel

NEIGHBOURS = 10
LONGEST_SEGMENT = 3
LONGEST_STRETCH = 30
SMALLEST_TO_KICK = 8


class Search(NamedTuple):
    """A tour that is being shortened; ``n`` nodes."""

    cost: Ints32
    """(n, n) seconds."""
    tour: Ints
    near_of: Ints32
    """(n, k), see `near`."""
    at: Ints
    """Position of each node."""
    ahead: Ints
    """Seconds up to each position, forwards, and in ``back`` backwards."""
    back: Ints
    queue: Ints
    """A ring of the nodes around which to look for moves."""
    waiting: Flags
    """Whether each node is in it."""


@kernel
def near(cost, count):
    """The ``count`` nearest other nodes of each node, there and back, nearest first; shape (n, count)."""
    n = cost.shape[0]
    out = np.empty((n, count), np.int32)
    best = np.empty(count, np.int64)
    for a in range(n):
        found = 0
        for b in range(n):
            if b == a:
                continue
            both = np.int64(cost[a, b]) + cost[b, a]
            if found == count and both >= best[found - 1]:
                continue
            at = found if found < count else count - 1
            while at > 0 and best[at - 1] > both:
                best[at], out[a, at] = best[at - 1], out[a, at - 1]
                at -= 1
            best[at], out[a, at] = both, b
            found = min(found + 1, count)
    return out


@kernel
def _renumber(cost, tour, at, ahead, back):
    """Positions of all nodes, and prefix sums of the cost driven forwards and backwards."""
    n = tour.shape[0]
    ahead[0] = back[0] = 0
    for i in range(n):
        at[tour[i]] = i
        if i > 0:
            ahead[i] = ahead[i - 1] + cost[tour[i - 1], tour[i]]
            back[i] = back[i - 1] + cost[tour[i], tour[i - 1]]


@kernel
def _best_or_move(cost, tour, at, near_of, a):  # noqa: C901 - one loop nest, split it would be slower
    """Best move of a segment that starts at node ``a``: (gain, length, position to insert behind, reversed)."""
    n = tour.shape[0]
    i = at[a]
    best_gain, best_length, best_behind, best_reversed = np.int64(0), 0, 0, False
    for length in range(1, LONGEST_SEGMENT + 1):
        j = i + length - 1
        if j >= n:
            break
        first, last = tour[i], tour[j]
        before, after = tour[i - 1], tour[(j + 1) % n]
        freed = np.int64(cost[before, first]) + cost[last, after] - cost[before, after]
        if freed <= best_gain:
            continue
        turned = np.int64(0)
        for k in range(i, j):
            turned += np.int64(cost[tour[k + 1], tour[k]]) - cost[tour[k], tour[k + 1]]
        for end in range(2):
            node = first if end == 0 else last
            for rank in range(near_of.shape[1]):
                for side in range(2):
                    behind = at[near_of[node, rank]] - side
                    if behind < 0:
                        behind = n - 1
                    if i - 1 <= behind <= j:
                        continue
                    p, q = tour[behind], tour[(behind + 1) % n]
                    there = freed + cost[p, q]
                    forward = there - cost[p, first] - cost[last, q]
                    if forward > best_gain:
                        best_gain, best_length, best_behind, best_reversed = forward, length, behind, False
                    backward = there - cost[p, last] - cost[first, q] - turned
                    if backward > best_gain:
                        best_gain, best_length, best_behind, best_reversed = backward, length, behind, True
    return best_gain, best_length, best_behind, best_reversed


@kernel
def _apply_or_move(tour, i, length, behind, turned):
    """Move ``tour[i:i+length]`` behind position ``behind``."""
    segment = np.empty(LONGEST_SEGMENT, tour.dtype)
    for k in range(length):
        segment[k] = tour[i + length - 1 - k] if turned else tour[i + k]
    if behind >= i + length:
        for k in range(i, behind - length + 1):
            tour[k] = tour[k + length]
        start = behind - length + 1
    else:
        for k in range(i + length - 1, behind + length, -1):
            tour[k] = tour[k - length]
        start = behind + 1
    for k in range(length):
        tour[start + k] = segment[k]


@kernel
def _best_turn(cost, tour, at, near_of, ahead, back, a):
    """Best reversal that makes ``a`` and a near node neighbours: (gain, first and last position turned)."""
    n = tour.shape[0]
    i = at[a]
    best_gain, best_from, best_to = np.int64(0), 0, 0
    for rank in range(near_of.shape[1]):
        j = at[near_of[a, rank]]
        for side in range(2):
            # side 0: a -> b becomes a leg and what lies between is turned; side 1: the legs that lead into a and b.
            lo, hi = (i + 1, j) if side == 0 else (i, j - 1)
            if i > j:
                lo, hi = (j + 1, i) if side == 0 else (j, i - 1)
            if lo < 1 or hi <= lo:
                continue
            p, q = tour[lo - 1], tour[(hi + 1) % n]
            first, last = tour[lo], tour[hi]
            gain = np.int64(cost[p, first]) + cost[last, q] - cost[p, last] - cost[first, q]
            gain += (ahead[hi] - ahead[lo]) - (back[hi] - back[lo])
            if gain > best_gain:
                best_gain, best_from, best_to = gain, lo, hi
    return best_gain, best_from, best_to


@kernel
def _enqueue(queue, waiting, head, size, node):
    if waiting[node]:
        return size
    waiting[node] = True
    queue[(head + size) % queue.shape[0]] = node
    return size + 1


@kernel
def _descend(search, size):
    """Apply improving moves around the ``size`` nodes that wait in the queue and those they touch; returns the gain."""
    cost, tour, near_of, at, ahead, back, queue, waiting = search
    n = tour.shape[0]
    head, total = 0, np.int64(0)
    while size > 0:
        a = queue[head]
        head = (head + 1) % n
        size -= 1
        waiting[a] = False
        while True:
            i = at[a]
            gain, length, behind, turned = np.int64(0), 0, 0, False
            if i > 0:
                gain, length, behind, turned = _best_or_move(cost, tour, at, near_of, a)
            turn_gain, lo, hi = _best_turn(cost, tour, at, near_of, ahead, back, a)
            if gain <= 0 and turn_gain <= 0:
                break
            total += max(gain, turn_gain)
            if gain >= turn_gain:
                ends = (tour[i - 1], tour[(i + length) % n], tour[behind], tour[(behind + 1) % n])
                _apply_or_move(tour, i, length, behind, turned)
            else:
                ends = (tour[lo - 1], tour[lo], tour[hi], tour[(hi + 1) % n])
                tour[lo : hi + 1] = tour[lo : hi + 1][::-1].copy()
            _renumber(cost, tour, at, ahead, back)
            for node in ends:
                size = _enqueue(queue, waiting, head, size, node)
    return total


@kernel
def _kick(cost, tour, state):
    """Exchange two neighbouring short stretches (a local double bridge); returns cuts, loss and the next chance."""
    n = tour.shape[0]
    cuts = np.empty(3, np.int64)
    longest = min(LONGEST_STRETCH, (n - 1) // 2)
    for draw in range(3):
        # A small linear congruential generator: numbers of 31 bits keep every product within int64.
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        cuts[draw] = state >> 8
    one = 1 + cuts[1] % longest
    two = 1 + cuts[2] % longest
    start = 1 + cuts[0] % (n - one - two)
    cuts[0], cuts[1], cuts[2] = start, start + one, start + one + two
    p, a, b = tour[start - 1], tour[start], tour[start + one - 1]
    d, e, q = tour[start + one], tour[start + one + two - 1], tour[(start + one + two) % n]
    loss = np.int64(cost[p, d]) + cost[e, a] + cost[b, q] - cost[p, a] - cost[b, d] - cost[e, q]
    first = tour[start : start + one].copy()
    for k in range(two):
        tour[start + k] = tour[start + one + k]
    tour[start + two : start + two + one] = first
    return cuts, loss, state


@kernel
def improve(cost, tour, kicks):
    """Shorten a tour in place: descend, then ``kicks`` times disturb it a little, descend and keep what is no longer.

    Parameters
    ----------
    cost
        (n, n) travel seconds, not necessarily symmetric.
    tour
        Permutation of the nodes; ``tour[0]`` is the depot and stays first.
    kicks
        More take longer and find shorter tours; the same number always finds the same tour.
    """
    n = tour.shape[0]
    if n < 3:
        return
    near_of = near(cost, min(NEIGHBOURS, n - 1))
    at, ahead, back = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    queue, waiting = np.empty(n, np.int64), np.ones(n, np.bool_)
    queue[:] = tour
    _renumber(cost, tour, at, ahead, back)
    search = Search(cost, tour, near_of, at, ahead, back, queue, waiting)
    _descend(search, n)
    if n < SMALLEST_TO_KICK:
        return
    kept, state = tour.copy(), np.int64(n)
    for _ in range(kicks):
        cuts, loss, state = _kick(cost, tour, state)
        _renumber(cost, tour, at, ahead, back)
        size = 0
        for cut in (cuts[0], cuts[1], cuts[2]):
            size = _enqueue(queue, waiting, 0, size, tour[cut - 1])
            size = _enqueue(queue, waiting, 0, size, tour[cut % n])
        between = cuts[0] + cuts[2] - cuts[1]
        size = _enqueue(queue, waiting, 0, size, tour[between - 1])
        size = _enqueue(queue, waiting, 0, size, tour[between])
        gain = _descend(search, size)
        if gain < loss:
            tour[:] = kept
            _renumber(cost, tour, at, ahead, back)
        elif gain > loss:
            kept[:] = tour
