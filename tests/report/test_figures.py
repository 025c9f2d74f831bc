"""What is drawn is what the tables say, and files are what they are called."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molosim.evaluation.statistics import summary
from molosim.report import (
    band_figures,
    box_figures,
    contrast_figures,
    flow_figures,
    map_figures,
    number_text,
    parcel_figures,
    stress,
    sum_figures,
    tour_figures,
    write_figures,
)
from molosim.report.drawing import Drawn, Plot
from molosim.report.figure_registry import SECTIONS, Placement, figure, figures
from molosim.report.page import render
from molosim.report.run_data import RunData, read
from molosim.runtime.errors import ScenarioError

Build = Callable[..., Path]
BOXES = 12


@pytest.fixture(scope="module")
def outcome(reported: Path) -> RunData:
    return read(reported)


@pytest.fixture(scope="module")
def drawn(outcome: RunData) -> dict[str, Drawn]:
    """Every figure, each of which this folder has something for."""
    made = {name: plot.draw(outcome) for name, plot in figures().items()}
    assert None not in made.values()
    return {name: one for name, one in made.items() if one is not None}


@pytest.mark.parametrize(
    ("draw", "parts"),
    [(sum_figures.trips, sum_figures.MADE), (sum_figures.kilometres, sum_figures.DRIVEN)],
    ids=["trips", "kilometres"],
)
def test_stacks_are_the_means_of_the_replications(
    outcome: RunData, draw: Callable[[RunData], Drawn], parts: sum_figures.Parts
) -> None:
    axes = draw(outcome).figure.axes[0]
    means = outcome.replications.groupby("alternative", sort=False)
    for bars, (name, label, _) in zip(axes.containers, parts, strict=True):
        assert bars.get_label() == label
        widths = [bar.get_width() for bar in bars]
        np.testing.assert_allclose(widths, [means.get_group(a)[name].mean() for a in outcome.alternatives])
    ends = [bar.get_x() + bar.get_width() for bar in axes.containers[-1]]
    np.testing.assert_allclose(
        ends, [means.get_group(a)[[p[0] for p in parts]].sum(axis=1).mean() for a in outcome.alternatives]
    )


def test_whiskers_are_intervals_of_the_sum_and_not_of_its_parts(outcome: RunData) -> None:
    drawn = sum_figures.kilometres(outcome)
    columns = [name for name, _, _ in sum_figures.DRIVEN]
    for row, alternative in enumerate(outcome.alternatives):
        mine = outcome.replications[outcome.replications["alternative"] == alternative]
        found = summary(mine[columns].sum(axis=1).to_numpy())
        lines = [line.get_xdata() for line in drawn.figure.axes[0].lines if set(line.get_ydata()) == {row}]
        assert any(np.allclose(line, [found.low, found.high]) for line in lines)


def test_co2e_beyond_deliveries_leaves_out_what_is_the_same_everywhere(outcome: RunData) -> None:
    data = sum_figures.co2e_by_source(outcome).data.set_index(["alternative", "part"])["value"]
    vans = data.xs("co2e_wtw_vans_kg", level="part")
    assert vans.min() == 0
    by_replication = outcome.replications.pivot_table("co2e_wtw_vans_kg", "replication", "alternative")
    expected = by_replication.sub(by_replication.min(axis=1), axis=0).mean()
    pd.testing.assert_series_equal(vans.sort_index(), expected.sort_index(), check_names=False)


def test_points_of_replications_are_their_paired_differences(outcome: RunData) -> None:
    drawn = contrast_figures.paired(outcome)
    assert drawn is not None
    table = outcome.replications.pivot_table("km_city", "replication", "alternative")
    points = drawn.figure.axes[contrast_figures.REPLICATED.index("km_city")].lines[0]
    np.testing.assert_allclose(points.get_xdata(), table["shared"] - table["dedicated"])


def test_sides_add_up_to_the_city(outcome: RunData) -> None:
    data = contrast_figures.sides(outcome).data.pivot_table("difference", "alternative", "measure")
    city = data["co2e_wtw_operations_kg"] + data["co2e_wtw_residents_kg"]
    np.testing.assert_allclose(city, data["co2e_wtw_city_kg"], atol=1e-6)


def test_quadrant_has_both_differences_and_both_intervals(outcome: RunData) -> None:
    drawn = contrast_figures.quadrant(outcome)
    assert drawn is not None
    axes = drawn.figure.axes[0]
    for row in drawn.data.to_dict("records"):
        co2e, cost = (outcome.found(row["alternative"], name) for name in ("co2e_wtw_city_kg", "cost_city"))
        assert (row["co2e_kg"], row["cost_eur"]) == (co2e.difference, cost.difference)
        points = [container.lines[0].get_xydata()[0] for container in axes.containers]
        assert any(np.allclose(point, (co2e.difference, cost.difference)) for point in points)
        assert axes.get_xlim()[0] < min(co2e.low, 0)
        assert axes.get_ylim()[1] > max(cost.high, 0)


def test_waste_balances_at_every_stage(outcome: RunData) -> None:
    """A hand-worked year: what was there at the start is what else came out, and what came first leaves first."""
    told = {"stored": 100, "centre": 5, "home": 1, "residual": 4, "inside": 40, "by_vans": 60, "by_collection": 30}
    told |= {"delivered": 70, "in_stores": 30, "offered": 107}
    replications = outcome.replications.assign(**{f"waste_{name}_kg": float(kg) for name, kg in told.items()})
    table = flow_figures.flows(changed(outcome, replications=replications), "shared")
    found = {(row["source"], row["target"]): row["kg"] for row in table.to_dict("records") if row["kg"]}
    assert found == {
        ("kept", "stored"): 3, ("offered", "stored"): 97, ("offered", "centre"): 5, ("offered", "home"): 1,
        ("offered", "residual"): 4,
        ("before", "stored"): 30, ("stored", "vans"): 60, ("stored", "collection"): 30, ("stored", "inside"): 40,
        ("collection", "reception"): 30, ("held", "reception"): 10, ("vans", "reception"): 30, ("vans", "stores"): 30,
    }  # fmt: skip
    into, out_of = (table.groupby(end)["kg"].sum() for end in ("target", "source"))
    assert all(into[stage] == out_of[stage] for stage in ("stored", "vans", "collection"))


def test_words_of_the_flow_are_the_measures(outcome: RunData) -> None:
    """What is written beside a node is the table's own number, and not what is drawn of it."""
    _, axes = flow_figures.waste(outcome).figure.axes  # below is the alternative that shares
    said = dict(number_text.get_text().split("\n") for number_text in axes.texts)
    mean = outcome.replications[outcome.replications["alternative"] == "shared"].mean(numeric_only=True)
    of = {"offered by households": "offered", "put into boxes": "stored", "residual bin: lost": "residual"}
    of |= {"delivery vans": "by_vans", "recycling centre": "centre"}
    assert set(of) <= set(said)
    for words, name in of.items():
        assert said[words] == f"{number_text.number(round(mean[f'waste_{name}_kg']))} kg"


def test_stays_are_those_of_the_table(outcome: RunData) -> None:
    table = pd.read_parquet(outcome.stored.folder / "stays.parquet").query("alternative == 'shared'")
    drawn = parcel_figures.stays(outcome)
    assert drawn is not None
    (steps,) = drawn.figure.axes[0].patches
    fetched = table.groupby("hours")["fetched"].sum()
    np.testing.assert_allclose(steps.get_data().values, 100 * fetched / fetched.sum())
    np.testing.assert_allclose(drawn.data["percent_of_fetched"], steps.get_data().values)
    median = drawn.figure.axes[0].lines[0].get_xdata()[0]
    whole = fetched[: int(median)].sum() + fetched[int(median)] * (median % 1)
    assert whole == pytest.approx(fetched.sum() / 2)
    assert f"{number_text.number(fetched.sum())} parcels fetched; 3 more" in drawn.source
    spread = parcel_figures.parcels(outcome)
    assert spread is not None
    assert spread.data.set_index("alternative").loc["shared", "stay_h_p50"] == pytest.approx(median)


def test_where_nobody_fetched_a_parcel_there_are_no_stays(folder: Path) -> None:
    table = pd.read_parquet(folder / "stays.parquet")
    table.assign(fetched=0).to_parquet(folder / "stays.parquet")
    assert parcel_figures.stays(read(folder)) is None


def test_a_figure_that_the_page_forgets_is_an_error(outcome: RunData) -> None:
    placement = Placement(figures())
    for section in SECTIONS[:-1]:
        assert placement.section(section)
    with pytest.raises(LookupError, match="no place for the figure 'boxes'"):
        placement.check()
    placement.section(SECTIONS[-1])
    placement.check()


def test_a_template_that_forgets_a_section_is_an_error(outcome: RunData, monkeypatch: pytest.MonkeyPatch) -> None:
    lonely = {**figures(), "lonely": Plot("Nowhere.", sum_figures.trips, section="nowhere")}
    monkeypatch.setattr("molosim.report.page.figures", lambda: lonely)
    with pytest.raises(LookupError, match="no place for the figure 'lonely'"):
        render(outcome, {})


def test_figures_are_registered_once_and_in_a_section_of_the_page() -> None:
    with pytest.raises(ValueError, match="found section 'attic'; allowed: co2e"):
        figure("mine", "Mine.", section="attic", place=1)
    with pytest.raises(ValueError, match="'trips' is there already"):
        figure("trips", "Mine.", section="co2e", place=1)(sum_figures.trips)


def test_a_fraction_more_needs_no_other_figure(outcome: RunData, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fourth fraction, and a town with one alone, are drawn as the three are."""
    more = {
        name.replace("textiles", "glass"): values
        for name, values in outcome.replications.items()
        if "textiles" in str(name)
    }
    found = changed(outcome, replications=outcome.replications.assign(**more))
    for fractions in (("hazardous", "glass"), ("glass",), ("hazardous", "electronics", "textiles", "glass")):
        monkeypatch.setattr(sum_figures, "FRACTIONS", fractions)
        drawn = sum_figures.fates(found)
        assert [axes.get_title() for axes in drawn.figure.axes] == list(fractions)


def test_nothing_offered_is_said_and_not_drawn(outcome: RunData) -> None:
    nothing = outcome.replications.assign(**dict.fromkeys(outcome.replications.filter(like="waste_").columns, 0.0))
    drawn = flow_figures.waste(changed(outcome, replications=nothing))
    assert [number_text.get_text() for number_text in drawn.figure.axes[0].texts] == ["no waste was offered"]


def test_load_along_a_tour_is_what_was_picked_up_by_then(outcome: RunData) -> None:
    found = tour_figures.on_board(outcome, "shared")
    assert found is not None
    table, used = found
    trips = pd.read_parquet(outcome.stored.folder / "trips.parquet")
    mine = trips[(trips["alternative"] == "shared") & (trips["purpose"] == "delivery") & (trips["waste_l"] > 0)]
    volume = outcome.scenario.vehicles["van"].volume_l
    whole = 100 * (mine["waste_l"] / volume).mean()
    at = table.set_index("tour_percent")
    assert at.loc[0.0, "waste"] == 0
    assert at.loc[60.0, "waste"] == pytest.approx(whole / 3)  # the fixture's first pick-up has a third, halfway
    assert at.loc[100.0, "waste"] == pytest.approx(whole)
    assert at.loc[0.0, "parcels"] == pytest.approx(100 * mine["fill_start"].mean())
    np.testing.assert_allclose(table[["parcels", "waste", "free"]].sum(axis=1), 100)
    np.testing.assert_allclose(np.sort(used), np.sort(100 * mine["waste_l"] / (volume * (1 - mine["fill_start"]))))
    assert tour_figures.on_board(outcome, "none") is None


def test_occupancy_is_door_seconds_by_all_door_seconds(outcome: RunData) -> None:
    data = box_figures.over_time(outcome, "shared")
    assert data is not None
    assert len(data) == BOXES * 10
    np.testing.assert_allclose(data["doors_percent"], 100 * data["box"] / (2 * BOXES), rtol=1e-4)
    drawn = box_figures.occupancy(outcome)
    assert drawn is not None
    mesh = drawn.figure.axes[0].collections[0].get_array()
    np.testing.assert_allclose(np.sort(np.ravel(mesh)), np.sort(data["doors_percent"]))


def test_long_runs_are_drawn_by_week(outcome: RunData) -> None:
    year = outcome.scenario.but({"horizon.days": 365})
    data = box_figures.over_time(changed(outcome, scenario=year), "shared")
    assert data is not None
    assert list(data.columns[:2]) == ["box", "week"]
    assert set(data["week"]) == {1}  # the fixture has ten days: three are no week


def test_points_reach_the_most_that_a_trip_had(outcome: RunData) -> None:
    drawn = tour_figures.points(outcome)
    trips = pd.read_parquet(outcome.stored.folder / "trips.parquet")
    for row in drawn.data.to_dict("records"):
        purposes = [purpose for purpose, who in tour_figures.WHO.items() if who == row["who"]]
        mine = trips[(trips["alternative"] == row["alternative"]) & trips["purpose"].isin(purposes)]
        assert row["most"] == mine["waste_points_milli"].max() / 1000
        assert row["trips"] == (mine["waste_g"] > 0).sum()
    assert drawn.figure.axes[0].get_xlim()[1] > tour_figures.ADR_LIMIT


def test_boxes_on_the_map_are_where_they_are_and_as_dark_as_they_refuse(outcome: RunData) -> None:
    drawn = map_figures.boxes(outcome)
    sites = map_figures.box_table(outcome, outcome.sharing)
    points = next(c for c in drawn.figure.axes[0].collections if len(c.get_offsets()) == len(sites))
    np.testing.assert_allclose(points.get_offsets(), sites[["lon", "lat"]])
    np.testing.assert_allclose(points.get_array(), sites["refused_share"].fillna(0))
    texts = {number_text.get_text() for number_text in drawn.figure.axes[0].texts}
    assert {"Majorna", "Bergsjön"} & texts


def test_names_of_districts_lie_on_no_box_and_on_no_other_name(outcome: RunData) -> None:
    fig = map_figures.boxes(outcome).figure
    fig.draw_without_rendering()
    axes = fig.axes[0]
    names = [number_text for number_text in axes.texts if not number_text.get_text().endswith("km")]
    frames = [number_text.get_window_extent() for number_text in names]
    sites = axes.transData.transform(map_figures.box_table(outcome, outcome.sharing)[["lon", "lat"]])
    assert names
    for number, frame in enumerate(frames):
        assert not any(frame.contains(*site) for site in sites)
        assert not any(frame.overlaps(other) for other in frames[:number])


def test_the_days_map_shows_by_whom_boxes_were_emptied(outcome: RunData) -> None:
    drawn = map_figures.tours(outcome)
    assert drawn is not None
    pickups = pd.read_parquet(outcome.stored.folder / "pickups.parquet").query("replication == 0 and day == 3")
    sites = map_figures.box_table(outcome, "shared").set_index("box")[["lon", "lat"]]
    for axes, alternative in zip(drawn.figure.axes, ("dedicated", "shared"), strict=True):
        for purposes, _, look in map_figures.EMPTIED:
            mine = pickups[(pickups["alternative"] == alternative) & pickups["purpose"].isin(purposes)]
            marked = [c.get_offsets() for c in axes.collections if c.get_zorder() == 4]
            there = sites.loc[np.sort(mine["box"].unique())].to_numpy()
            assert any(np.array_equal(points, there) for points in marked), (alternative, purposes, look)
    told = drawn.data.set_index(["alternative", "purpose"])["boxes_emptied"]
    assert (
        told["shared", "delivery"]
        == pickups.query("alternative == 'shared' and purpose == 'delivery'")["box"].nunique()
    )
    assert drawn.source.startswith(map_figures.date_of(outcome, 3))


def test_band_says_whether_the_conclusion_survives(outcome: RunData) -> None:
    said = band_figures.survives(outcome)
    assert said.startswith("The conclusion does not survive every factor set: 2 of 3 say")
    assert said.endswith("otherwise doubtful: no difference shown.")
    drawn = band_figures.draw(outcome)
    assert drawn is not None
    axes = drawn.figure.axes[0]
    shown = [line.get_xdata()[0] for line in axes.lines if line.get_marker() in {"o", "s", "D"}]
    mine = drawn.data[drawn.data["alternative"] == outcome.alternatives[1]]
    np.testing.assert_allclose(shown, mine["difference"])
    names = [name for name, _ in band_figures.rows(outcome)]
    assert names == ["speed and stops", "flat factor per km", "doubtful"]
    operators = band_figures.rows(outcome)[0][1][1]
    assert operators[0] == number_text.difference(*found_ends(outcome, "co2e_wtw_operations_kg"))[0]


def test_a_conclusion_that_survives_is_said_so(folder: Path) -> None:
    table = pd.read_csv(folder / "band.csv")
    table[table["model"] != "doubtful"].to_csv(folder / "band.csv", index=False)
    assert band_figures.survives(read(folder)).startswith("The conclusion survives all 2 factor sets: '")


def test_every_item_of_stress_is_told_with_this_runs_numbers(outcome: RunData) -> None:
    items = {item.number: item.told for item in stress.checklist(outcome)}
    assert len(items) == 20
    assert all(items.values())
    assert "10 days after 28 days of warm-up, from January 6, 2025" in items["4.2"]
    assert "12 boxes" in items["2.2"]
    assert "'dedicated': dedicated" in items["2.3"]


def test_figures_have_a_print_width_and_every_scale_its_unit(drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        width_mm = one.figure.get_figwidth() * 25.4
        assert any(width_mm == pytest.approx(width) for width in (170, 250)), name
        for axes in one.figure.axes:
            if not axes.axison or name in {"boxes", "tours"} or axes.get_label() == "<colorbar>":
                continue
            assert axes.get_xlabel(), name
            words = [tick.get_text() for tick in axes.get_yticklabels()]
            named = not any(re.fullmatch(r"[\u2212\d.,]+", word) for word in words)
            assert axes.get_ylabel() or named, name


def test_files_are_of_the_formats_asked_for(folder: Path) -> None:
    files = write_figures(folder, ["trips"], ["svg", "png", "pdf", "csv", "parquet"])
    starts = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "csv": b"alternative,", "parquet": b"PAR1"}
    assert [path.suffix[1:] for path in files] == list(starts)
    for path, start in zip(files, starts.values(), strict=True):
        assert path.read_bytes().startswith(start)
    again = {path: path.read_bytes() for path in files}
    write_figures(folder, ["trips"], ["svg", "png", "pdf", "csv", "parquet"])
    assert {path: path.read_bytes() for path in files} == again


def test_a_figures_data_is_beside_it(reported: Path, drawn: dict[str, Drawn]) -> None:
    for name, one in drawn.items():
        told = pd.read_csv(reported / "figures" / f"{name}.csv")
        assert list(told.columns) == list(one.data.columns)
        assert len(told) == len(one.data)


def test_figures_in_danish_have_danish_words_and_the_same_data(folder: Path) -> None:
    svg, csv = write_figures(folder, ["trips"], ["svg", "csv"], "da")
    english = csv.read_bytes()
    assert "beboernes biler" in svg.read_text(encoding="utf-8")
    write_figures(folder, ["trips"], ["csv"], "en")
    assert csv.read_bytes() == english


def test_unknown_names_and_formats_are_told_together(folder: Path) -> None:
    with pytest.raises(ScenarioError) as raised:
        write_figures(folder, ["trisp"], ["jpg"])
    first, second = map(str, raised.value.faults)
    assert first.startswith("--figures: found 'trisp'; allowed: co2e_change")
    assert "did you mean 'trips'" in first
    assert second.startswith("--format: found 'jpg'; allowed: svg, png, pdf, csv, parquet")


def test_a_figure_without_its_table_says_what_it_needs(folder: Path) -> None:
    table = pd.read_parquet(folder / "stays.parquet")
    table.assign(fetched=0).to_parquet(folder / "stays.parquet")
    with pytest.raises(ScenarioError, match=r"stays: nothing to draw; it needs parcels that residents fetched"):
        write_figures(folder, ["stays", "trips"], ["svg"])
    assert "stays" not in {path.stem for path in write_figures(folder, (), ["csv"])}
    (folder / "box_days.parquet").unlink()
    with pytest.raises(ScenarioError, match=r"box_days.parquet: is missing from the result"):
        write_figures(folder, ["occupancy"], ["svg"])


def found_ends(outcome: RunData, measure: str) -> tuple[float, float, float]:
    found = outcome.found(outcome.sharing, measure)
    return found.difference, found.low, found.high


def changed(outcome: RunData, **fields: object) -> RunData:
    return dataclasses.replace(outcome, **fields)
