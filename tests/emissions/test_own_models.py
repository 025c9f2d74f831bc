"""What emission models of a user's own are given cannot be changed; what they answer is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.emissions.test_varied import FLEET, THREE_DAYS, trips
from tests.worlds import small_scenario

from molosim.emissions import MODELS, EmissionModel, Emitted, Flat, Trips
from molosim.emissions.models import emit_as_configured
from molosim.emissions.own_models import check_models, emit_by
from molosim.runtime.errors import ScenarioError

KINDS = ("diesel van", "electricity van", "diesel truck")
TABLE = trips(*KINDS)


def emitted(**changes: Any) -> Emitted:
    ones = np.ones(len(KINDS))
    return replace(Emitted(*[ones] * 6, ones * np.nan, ones), **changes)


class Says(EmissionModel):
    """Answers as it is told."""

    answer: Any = None
    wanted: Any = ()
    figures: Any = ()
    label: str = "says"

    @property
    def needs(self) -> Any:
        return self.wanted() if callable(self.wanted) else self.wanted

    @property
    def sources(self) -> Any:
        return self.figures

    def emit(self, trips: Any, vehicles: Any, conditions: Any) -> Any:
        return self.answer(trips, vehicles, conditions) if callable(self.answer) else self.answer


def out_of_range(*_: object) -> Any:
    raise IndexError("out of range")


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(ScenarioError) as caught:
        call()
    (fault,) = caught.value.faults
    assert "\n" not in str(fault)
    return str(fault)


def asked(answer: Any) -> Emitted:
    return emit_by("emissions.model", Says(answer=answer), Trips(TABLE), FLEET, THREE_DAYS)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (None, "returned None; must be an Emitted, as molosim.seams.emitted makes"),
        *[
            (emitted(wtt_kg=np.array([1, value, 1])), f"returned wtt_kg {value} for trip 1; must be a number from 0 up")
            for value in (-1.0, np.nan, np.inf)
        ],
        (emitted(nox_g=np.array([1, -2.0, 1])), "nox_g -2.0 for trip 1; must be a number from 0 up or not a number"),
        (emitted(nox_g=np.array([1, np.inf, 1])), "returned nox_g inf for trip 1"),
        (emitted(kwh=1.0), "returned kwh 1.0; must be an array float64 (3,), one a trip"),
        (emitted(kwh=[1.0, 2.0, 3.0]), "returned kwh [1.0, 2.0, 3.0]; must be an array"),
        (emitted(kwh=np.ones(1)), "returned kwh float64 (1,); must be an array"),
        (emitted(kwh=np.ones((3, 1))), "returned kwh float64 (3, 1); must be an array"),
        (emitted(kwh=np.ones((3, 2))), "returned kwh float64 (3, 2); must be an array"),
        (emitted(kwh=np.ones(3, int)), "returned kwh int64 (3,); must be an array"),
        (emitted(kwh=np.ones(3) * 1j), "returned kwh complex128 (3,); must be an array"),
        (emitted(kwh=np.ma.ones(3)), "returned kwh float64 (3,); must be an array"),  # type: ignore[no-untyped-call]
    ],
)
def test_an_answer_that_cannot_be_is_one_line(answer: Any, line: str) -> None:
    told = refused(lambda: asked(answer))
    assert told.startswith(f"emissions.model: {__name__}:Says.emit returned ")
    assert line in told


def test_an_answer_that_can_be_is_taken_as_it_is() -> None:
    fine = emitted()
    assert asked(fine) is fine


def test_an_error_of_the_model_is_its_line_and_that_of_a_shipped_one_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    told = refused(lambda: asked(lambda trips, *_: trips["no_such"]))
    where = r"emissions\.model: .*:Says\.emit raised KeyError: 'no_such' \(test_own_models\.py, line \d+\)"
    assert re.fullmatch(where, told)
    monkeypatch.setattr(Flat, "emit", out_of_range)
    with pytest.raises(IndexError):
        emit_by("emissions.model", Flat(), Trips(TABLE), FLEET, THREE_DAYS)


def test_a_vehicles_own_model_is_told_at_the_vehicle() -> None:
    fleet = {**FLEET, "diesel van": FLEET["diesel van"].model_copy(update={"emission_model": Says()})}
    told = refused(lambda: emit_as_configured(MODELS["flat"], TABLE, fleet, THREE_DAYS))
    assert told.startswith("vehicles.diesel van.emission_model: ")


WRITES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "a column": lambda trips, *_: trips["metres"].fill(0),
    "charges": lambda trips, *_: trips.charges["kwh"].fill(0),
    "floats of whole numbers": lambda trips, *_: trips.floats("metres").fill(0),
    "floats of floats": lambda trips, *_: trips.floats("load").fill(0),
    "kilometres": lambda trips, *_: trips.km.fill(0),
    "speeds": lambda trips, *_: trips.cruise_m_per_s.fill(0),
    "temperatures": lambda _, __, conditions: conditions.temperature_c.fill(0),
    "electricity": lambda _, __, conditions: conditions.grid_g_per_kwh.fill(0),
    "vehicles": lambda _, vehicles, __: vehicles.clear(),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_model_cannot_change_what_other_models_read(what: str) -> None:
    """One that halved the kilometres in place moved every other model of the band, and the measures."""
    charges = {name: np.ones(1) * 0 for name in ("trip", "start_s", "kw", "kwh")}
    table, own = Trips({**TABLE, "load": np.ones(3)}, charges), Says(answer=WRITES[what])
    told = refused(lambda: emit_by("emissions.model", own, table, FLEET, THREE_DAYS))
    assert "read-only" in told or "mappingproxy" in told
    TABLE["metres"][:] = TABLE["metres"]  # whoever has made the table may still write to it


def test_a_data_frame_of_results_is_a_table_too() -> None:
    frame, table = Trips(pd.DataFrame(TABLE)), Trips(TABLE)
    assert frame.km.tolist() == table.km.tolist() == [36.0] * 3
    assert [kind.body for kind, _ in frame.by_type(FLEET)] == [kind.body for kind, _ in table.by_type(FLEET)]


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (Says(wanted=("load_kgs",)), "needs a column 'load_kgs' of trips; did you mean 'load_kgm'?"),
        (Says(wanted=out_of_range), f"{__name__}:Says.needs raised IndexError: "),
        (Says(figures=("a book",)), f"{__name__}:Says.sources has 'a book'; each must be an EmissionFactor"),
        (Says(figures=None), f"{__name__}:Says.sources raised TypeError: "),
    ],
)
def test_what_could_not_be_applied_after_a_run_is_refused_before_it(model: Says, line: str) -> None:
    scenario = small_scenario()
    emissions = scenario.emissions.model_copy(update={"compared": (model,)})
    for place, changed in (
        ("emissions.model", {"emissions": scenario.emissions.model_copy(update={"model": model})}),
        ("emissions.compared.0", {"emissions": emissions}),
    ):
        said = scenario.model_copy(update=changed)
        assert refused(lambda said=said: check_models(said, ("metres", "load_kgm"))).startswith(f"{place}: {line}")
    check_models(scenario.model_copy(update={"emissions": emissions.model_copy(update={"compared": (Says(),)})}), ())
