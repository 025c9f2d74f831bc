"""Sparse matrices of arcs, as SciPy's graph algorithms take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from molosim.runtime.arrays import Floats, Ints, Ints32

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def shortest_arcs(tail: Ints32, head: Ints32, metres: Floats, nodes: int) -> csr_array:
    """Lengths by tail and head, of arcs between the same nodes the shortest, as a matrix would add them up."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - a run that asks for none waits for no SciPy

    order = np.lexsort((metres, head, tail))
    tail, head, metres = tail[order], head[order], metres[order]
    first = np.concatenate([[True], (np.diff(tail) != 0) | (np.diff(head) != 0)])
    return csr_array((metres[first], (tail[first], head[first])), shape=(nodes, nodes))


def strong_parts(tail: Ints32, head: Ints32, nodes: int) -> Ints:
    """Number of each node's strongly connected part."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - as above
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    ways = csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(nodes, nodes))
    return np.asarray(connected_components(ways, connection="strong")[1], dtype=np.int64)
