"""The compiled walk that measures fastest paths; a file of its own, so that only measuring imports numba."""

from __future__ import annotations

import numpy as np

from molosim.runtime.arrays import Floats, Ints, Ints32
from molosim.runtime.numba_cache import kernel


@kernel
def metres_along(
    ms: Ints32,
    ends: tuple[Ints32, Ints32],
    first: Ints,
    tail: Ints32,
    weights: tuple[Ints32, Floats],
) -> Floats:
    """Metres along the fastest path from each source to each target.

    Parameters
    ----------
    ms
        i32[s, nodes], fastest times in milliseconds from each source; all finite.
    ends
        Source nodes i32[s] and target nodes i32[t].
    first
        i64[nodes + 1], where the arcs into each node begin.
    tail
        i32[arcs], where each arc comes from.
    weights
        Milliseconds i64[arcs], all above 0, and metres f64[arcs].

    Returns
    -------
    ndarray
        f64[s, t]. Each path is walked back from its target over arcs that lose no time, until a node already measured.
    """
    sources, targets = ends
    arc_ms, arc_m = weights
    metres = np.empty((len(sources), len(targets)))
    along = np.empty(ms.shape[1])
    trail = np.empty(ms.shape[1], np.int64)
    for i in range(len(sources)):
        along[:] = -1.0
        along[sources[i]] = 0.0
        for j in range(len(targets)):
            node, k = targets[j], 0
            while along[node] < 0:
                a = first[node]
                while ms[i, tail[a]] + arc_ms[a] != ms[i, node]:
                    a += 1
                trail[k] = a
                k += 1
                node = tail[a]
            done = along[node]
            while k > 0:
                k -= 1
                done += arc_m[trail[k]]
                along[targets[j] if k == 0 else tail[trail[k - 1]]] = done
            metres[i, j] = along[targets[j]]
    return metres
