"""Where boxes should stand: dwellings, candidate kerbs, the best of them on foot, and for whom they are far.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""

from molosim.siting.choice import Choice, Requirements, choose
from molosim.siting.equity import Equity, equity
from molosim.siting.proposal import Proposal, Wanted, propose

__all__ = ["Choice", "Equity", "Proposal", "Requirements", "Wanted", "choose", "equity", "propose"]
