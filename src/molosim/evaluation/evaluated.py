"""All that one run comes to: its measures, its band over emission models and its rows of the accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from molosim.evaluation import allocated_account, cost_account, inventory
from molosim.evaluation.measures import band, measured
from molosim.evaluation.run_view import Row, RunView


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one alternative of one replication adds to the tables that compare runs."""

    measures: Mapping[str, float]
    band: Mapping[str, Mapping[str, float]]
    """Measures of CO2e by emission model."""
    accounts: Mapping[str, list[Row]]
    """See `account_rows`."""


def evaluate(view: RunView, of: str) -> Evaluated:
    """Evaluate a run once, in the process that has its tables.

    Parameters
    ----------
    view
        The run.
    of
        Its alternative; errors name it.

    Raises
    ------
    ScenarioError
        A key figure lies outside its plausible range: the run is no result.
    """
    return Evaluated(measured(view, of=of), band(view), account_rows(view))


def account_rows(view: RunView) -> dict[str, list[Row]]:
    """Rows of a run in each account that compares replications, by the account's name."""
    return {
        "inventory": inventory.rows(view),
        "allocated": allocated_account.rows(view),
        "costs": cost_account.rows(view),
    }
