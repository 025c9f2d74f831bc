"""Where boxes should stand: dwellings, candidate kerbs, the best of them on foot, and for whom they are far."""

from molosim.siting.choice import Choice, choose
from molosim.siting.equity import Equity, equity
from molosim.siting.proposal import Proposal, Wanted, propose

__all__ = ["Choice", "Equity", "Proposal", "Wanted", "choose", "equity", "propose"]
