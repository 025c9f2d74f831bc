"""The page says what the folder holds, needs nothing else, and is the same each time."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import tomli_w

from molosim import emissions
from molosim.evaluation.measures import HEADLINE, MEASURES
from molosim.evaluation.statistics import compare
from molosim.inputs.emission_settings import Emissions
from molosim.report import page_tables, write_report
from molosim.report.answer import answer, planning
from molosim.report.figure_registry import figures
from molosim.report.page import render
from molosim.report.run_data import TOUR_COLUMNS, read
from molosim.runtime.errors import ScenarioError

Build = Callable[..., Path]
VOID = {"wbr", "meta", "br", "img", "input", "hr", "link"}


class Page(HTMLParser):
    """Tags, ids and text of a page; fails on what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data.replace("\xa0", " ")


def page_of(folder: Path) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture
def page(reported: Path) -> Page:
    return Page((reported / "report.html").read_text(encoding="utf-8"))


def shift(folder: Path, measure: str, values: dict[str, object]) -> None:
    """Change what the comparison says of a measure of 'shared'."""
    table = pd.read_csv(folder / "comparison.csv")
    row = (table["measure"] == measure) & (table["alternative"] == "shared")
    for column, value in values.items():
        table.loc[row, column] = value
    table.to_csv(folder / "comparison.csv", index=False)


def test_page_is_whole_and_needs_no_network(page: Page) -> None:
    assert page.open == []
    tags = [tag for tag, _ in page.tags]
    assert tags[0] == "html"
    assert not {"script", "link", "iframe", "img", "object"} & set(tags)
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,")), (tag, attributes)


def test_ids_are_unique_although_many_figures_share_the_page(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    values = " ".join(value or "" for _, attributes in page.tags for value in attributes.values())
    assert set(re.findall(r"url\(#([^)]+)\)", values)) <= set(ids)


def test_every_figure_is_there_as_file_and_on_the_page(reported: Path, page: Page) -> None:
    assert {path.stem for path in (reported / "figures").iterdir()} == set(figures())
    labels = {attributes.get("aria-label") for tag, attributes in page.tags if tag == "svg"}
    assert labels == {plot.caption for plot in figures().values()}


def test_every_figure_tells_its_replications_and_its_source(reported: Path) -> None:
    for path in (reported / "figures").glob("*.svg"):
        svg = path.read_text(encoding="utf-8")
        assert "replication" in svg, path.name
        assert "molosim" in svg or "OpenStreetMap contributors, ODbL 1.0" in svg, path.name


def test_the_same_folder_gives_the_same_bytes(reported: Path) -> None:
    def files() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in [reported / "report.html", *(reported / "figures").iterdir()]}

    before = files()
    write_report(reported)
    assert files() == before


def test_machine_and_time_stay_out_of_the_page(folder: Path) -> None:
    before = render(read(folder), {})
    text = (folder / "manifest.json").read_text().replace("12.3", "99.9")
    (folder / "manifest.json").write_text(text)
    assert render(read(folder), {}) == before


def test_names_from_files_are_text_not_markup(result_folder: Build) -> None:
    folder = result_folder(nasty=True)
    page = page_of(folder)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script>alert(1)</script> 3" in page.text
    assert "<script>alert(1)</script> & Söner" in page.text
    for path in (folder / "figures").glob("*.svg"):
        assert "<script" not in path.read_text(encoding="utf-8")


def test_alternatives_may_have_any_name_and_number(folder: Path) -> None:
    new = "<b>$x$ & y_{z}"
    config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    config["alternatives"][new] = config["alternatives"].pop("shared")
    others = {f"more {i}": config["alternatives"]["none"] for i in range(5)}
    config["alternatives"] |= others
    (folder / "config.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
    for name in ("replications", "boxes", "trips", "stays", "box_days"):
        table = pd.read_parquet(folder / f"{name}.parquet").replace({"alternative": {"shared": new}})
        same = [table[table["alternative"] == "none"].assign(alternative=other) for other in others]
        pd.concat([table, *same]).to_parquet(folder / f"{name}.parquet")
    replications = pd.read_parquet(folder / "replications.parquet")
    compare(replications, "dedicated").to_csv(folder / "comparison.csv", index=False)
    for name in ("accounts/allocated.csv", "band.csv"):
        table = pd.read_csv(folder / name).replace({"alternative": {"shared": new}})
        table.to_csv(folder / name, index=False)
    page = page_of(folder)
    assert f"({new!r})" in page.text
    assert "b" not in {tag for tag, _ in page.tags}


def test_answer_comes_first_with_number_and_interval(folder: Path) -> None:
    values = {"difference": -1234.0, "low": -1500.0, "high": -968.0, "verdict": "less"}
    shift(folder, "co2e_wtw_city_kg", values)
    text = Page(render(read(folder), {})).text
    assert "Sharing saves CO2 here" in text
    assert "1.23\u202ft CO2e less than 'dedicated'" in text
    assert "95 % interval 0.97 to 1.50\u202ft CO2e less, 3 paired replications" in text
    assert text.index("Sharing saves CO2 here") < text.index("Comparison")


def test_what_is_asked_of_the_vans_is_said_though_sharing_loses_nowhere(folder: Path) -> None:
    for name in HEADLINE:
        shift(folder, name, {"difference": 0.0, "low": -1.0, "high": 1.0, "verdict": "no difference shown"})
    shift(folder, "km_vans", {"difference": 70.0, "low": 60.0, "high": 80.0, "verdict": "more"})
    shift(folder, "h_vans", {"difference": -7.0, "low": -8.0, "high": -6.0, "verdict": "less"})
    found = answer(read(folder))
    assert (found.short, "shared" in dict(found.loses)) == ("", False)
    lines = [line for line in found.borne if line.startswith(("Kilometres", "Paid hours"))]
    assert [line.split(" (")[0] for line in lines] == ["Kilometres, vans: 70\u202fkm more"]
    text = Page(render(read(folder), {})).text
    assert "'shared': in no headline measure, at these settings." in text
    assert lines[0] in text


def test_a_loss_is_said_as_plainly(folder: Path) -> None:
    values = {"difference": 50.0, "low": 20.0, "high": 80.0, "verdict": "more"}
    shift(folder, "co2e_wtw_city_kg", values)
    found = answer(read(folder))
    assert found.short.startswith("Sharing loses here")
    assert found.short.endswith(": 50\u202fkg CO2e more in 10 days.")
    assert found.first.startswith("Sharing loses here: ")
    lost = dict(found.loses)["shared"]
    assert lost[0].startswith("CO2e of the whole city, well-to-wheel: 50\u202fkg CO2e more (95 % interval 20 to 80")


def test_no_difference_shown_is_the_answer_where_none_is(folder: Path) -> None:
    values = {"difference": -5.0, "low": -20.0, "high": 10.0, "verdict": "no difference shown"}
    shift(folder, "co2e_wtw_city_kg", values)
    found = answer(read(folder))
    assert "paired replications cannot tell whether letting the delivery vans take the waste along" in found.first
    assert "\u221220 to 10\u202fkg CO2e" in found.first
    assert not any("That is" in line for line in found.more)


def test_emission_models_that_disagree_are_said_in_the_answer(folder: Path) -> None:
    shift(folder, "co2e_wtw_city_flat_kg", {"difference": 5.0, "low": 4.0, "high": 6.0, "verdict": "more"})
    found = answer(read(folder))
    assert "by some emission models and not by others" in found.first
    assert any("do not agree" in line and "more by 'flat factor per km'" in line for line in found.more)


def test_quality_of_plans_is_told_where_it_was_measured() -> None:
    assert planning({}) == ""
    told = planning({"days": 3.0, "gap_mean": 0.0133, "gap_max": 0.015, "driving_gap_mean": 0.0702})
    assert "On 3 sampled days" in told
    assert "7.0 %" in told
    assert "1.3 %" in told


def test_one_replication_has_no_interval_and_no_winner(result_folder: Build) -> None:
    text = page_of(result_folder(replications=1)).text
    assert "One replication only, so no interval" in text
    assert "one replication, no interval" in text


def test_two_alternatives_are_enough(result_folder: Build) -> None:
    assert "Sharing" in page_of(result_folder(alternatives=("dedicated", "shared"))).text
    assert answer(read(result_folder(alternatives=("dedicated", "none")))).first.startswith("'none' ")


def test_every_measure_is_on_the_page_with_its_definition(page: Page) -> None:
    for measure in MEASURES.values():
        assert measure.label in page.text
        assert measure.definition in page.text


def test_every_source_is_on_the_page(reported: Path, page: Page) -> None:
    for factor in emissions.factors():
        assert factor.source in page.text
    for key, source in read(reported).scenario.provenance.items():
        assert key in page.text
        assert source in page.text
    assert "mean time in locker before pick-up: 31.6 h" in page.text
    assert "(c) OpenStreetMap contributors, ODbL 1.0" in page.text


def test_factors_end_with_what_the_run_s_own_electricity_was(folder: Path) -> None:
    """Hours of a file are those of its copy in the folder, from wherever a report is made."""
    outcome = read(folder)
    first = outcome.scenario.horizon.start
    hours = [f"{first + timedelta(days=d)}T{h:02d}:00Z,250" for d in range(-2, 60) for h in range(24)]
    (folder / "grid.csv").write_text("\n".join(["HourUTC,g_per_kwh", *hours]), encoding="utf-8")
    assert "electricity of this run, mean over its hours" not in [row[0] for row in page_tables.factors(outcome)]
    said = Emissions.model_validate({"grid": {"kind": "file", "file": "grid.csv"}})
    own = replace(outcome, scenario=outcome.scenario.model_copy(update={"emissions": said}))
    name, value, source, _, code = page_tables.factors(own)[-2]
    assert (name, value) == ("electricity of this run, mean over its hours", "0.25 kg CO2e/kWh")
    assert (source, code) == ("hours of grid.csv, in Europe/Copenhagen", "R")


def test_values_of_assumptions_follow_their_key(reported: Path) -> None:
    rows = {row.key: row for row in page_tables.assumptions(read(reported))}
    assert rows["residents.parcels.dwell.mean_h"].value == "31.6"
    assert rows["residents.parcels.dwell.closed_hours"].value == "[23, 6]"
    assert rows["carriers.*.home.stops_per_van_day"].value == "110"
    assert rows["carriers"].value == "see config.toml"
    assert rows["residents.parcels.dwell.mean_h"].certainty.startswith("R")
    assert rows["carriers.*.home.stops_per_van_day"].certainty


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("R", "read in the source"),
        ("R; range GK", "read in the source; range assumption"),
        ("R->C; range GK", "read in the source, then computed; range assumption"),
        ("C+GK", "computed + assumption"),
        ("-", "unknown"),
    ],
)
def test_certainty_is_spelled_out(code: str, words: str) -> None:
    assert page_tables.certainty(code) == words


def test_maps_are_left_out_where_there_is_nothing_to_draw(folder: Path) -> None:
    for name in ("sample_day", "roads"):
        (folder / f"{name}.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    page = page_of(folder)
    assert sum(tag == "svg" for tag, _ in page.tags) == len(figures()) - 1
    assert "Not shown: One day's tours, without and with sharing. It needs tours on the sampled day." in page.text


def test_only_the_columns_that_figures_need_are_read(reported: Path) -> None:
    tours = read(reported).tours
    assert tuple(tours.columns) == TOUR_COLUMNS
    assert tours["alternative"].dtype == "category"


@pytest.mark.parametrize("name", ["config.toml", "manifest.json", "comparison.csv", "trips.parquet", "boxes.parquet"])
def test_an_incomplete_folder_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ScenarioError, match=name):
        write_report(folder)


@pytest.mark.parametrize("name", ["config.toml", "manifest.json", "trips.parquet"])
def test_a_foreign_file_is_one_clear_line(folder: Path, name: str) -> None:
    (folder / name).write_text("neither = one\nnor the other")
    with pytest.raises(
        ScenarioError, match=rf"{name}: (is not what molosim writes|is no JSON|is no Parquet file|not a TOML file): "
    ):
        write_report(folder)
