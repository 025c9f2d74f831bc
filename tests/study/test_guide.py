"""The example of the guide runs."""

import inspect
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from molosim.experiments import searches
from molosim.experiments.design import load_design
from molosim.runtime.errors import ScenarioError

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "statistics.md"
DESIGN = load_design(ROOT / "experiments" / "spare_volume")


class StandIn:
    """An evaluator in which larger vans make sharing cheaper."""

    def __init__(self, design: object, out: Path, **_: object) -> None:
        self.out = out

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __call__(self, values: Mapping[str, float], replications: Sequence[int]) -> pd.DataFrame:
        noise = np.random.default_rng(1).normal(0, 30, 200)[list(replications)]
        rows = {"replication": list(replications), "alternative": "dedicated", "cost_waste": 900.0}
        change = 500 - values["van_volume"] / 10 + noise
        return pd.concat(
            [pd.DataFrame(rows), pd.DataFrame({**rows, "alternative": "shared", "cost_waste": 900 + change})]
        )


def test_example_of_the_guide(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    monkeypatch.setattr("molosim.experiments.sweep.Evaluator", StandIn)
    monkeypatch.setattr("molosim.experiments.design.load_design", lambda path: path)
    exec(code, {"__name__": "__main__"})  # noqa: S102 - it is our own page
    said = capsys.readouterr().out
    assert "target met" in said
    assert "{'van_volume': 3500} more" in said
    assert "{'van_volume': 11000} less" in said


def test_the_recorded_search_of_the_guide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As written, but of another design and by a formula."""
    _, code = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    monkeypatch.setattr("molosim.experiments.design.load_design", lambda path: path)
    real, asked = searches.search, []

    def search(*given: Any) -> SimpleNamespace:
        asked.append(inspect.signature(real).bind(*given).arguments)
        table = pd.DataFrame({"alternative": ["shared"], "difference": [1.0], "n": [3], "reached": [True]})
        return SimpleNamespace(rows=table)

    monkeypatch.setattr(searches, "search", search)
    exec(code, {"__name__": "__main__"})  # noqa: S102 - it is our own page
    (given,) = asked
    monkeypatch.setattr(searches, "Evaluator", StandIn)
    monkeypatch.setattr(searches, "recording", lambda *_: nullcontext(tmp_path))
    with pytest.raises(ScenarioError, match="must be a Design"):  # its parameters are in order
        real(given["command"], given["design"], tmp_path, given["parameters"])
    with pytest.raises(ScenarioError, match="has no parameters of 'until'"):
        real(given["command"], DESIGN, tmp_path, {**given["parameters"], "rule": {"until": 3}})
    assert "shared" in capsys.readouterr().out
