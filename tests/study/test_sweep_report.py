"""The page of a sweep says what its tables hold, where sharing loses too, and needs nothing else."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from molosim.experiments.design import load_design
from molosim.experiments.root_search import SearchRange, find
from molosim.experiments.sensitivity import analyse
from molosim.report import number_text, sweep_figures, tradeoff
from molosim.report.number_text import MINUS
from molosim.report.study import read
from molosim.report.sweep_answer import answer, counts
from molosim.report.sweep_page import FIGURES, write_sweep_report
from molosim.results.schema import table
from molosim.results.writer import write_table
from molosim.runtime.errors import ScenarioError

Build = Callable[..., Path]
VOID = {"meta", "br", "wbr"}
ALL = ("volume", "participation", "distance")


class Page(HTMLParser):
    """Text and addresses of a page; fails on what is not closed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.addresses, self.ids = "", [], []
        self.feed(path.read_text(encoding="utf-8"))
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in {"src", "href", "xlink:href"} and value]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\xa0", " ") if "style" not in self.open else ""


def line(slope: float, root: float, value: float, replications: Sequence[int]) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 0.02, 100)[list(replications)]
    return 900 * (slope * (value - root) + (1 - slope) * 3 + noise)


def fields(of: object, *names: str) -> dict[str, object]:
    return {name: getattr(of, name) for name in names}


def searched(folder: Path, seconds: Sequence[float | None]) -> Path:
    """Tables of a break-even search, as `breakeven.run` writes them, of a straight line."""
    rows, tried = [], []
    for alternative, measure, second in product(("shared", "lean"), ("co2e_wtw_city_kg", "km_city"), seconds):
        found = find(partial(line, float(alternative == "shared"), second or 0.4), SearchRange(0.05, 0.8))
        told = {"alternative": alternative, "baseline": "dedicated", "measure": measure, "unit": "kg"}
        told |= {"factor": "volume", "second": None if second is None else "participation", "second_value": second}
        roots = [fields(root, "value", "low", "high", "below", "above", "n", "reached") for root in found.roots]
        rows += [{**told, "verdict": found.verdict, **root} for root in roots or [{"n": 10}]]
        names = ("difference", "low", "high", "n", "verdict")
        tried += [{**told, "value": t.value, **fields(t.found, *names)} for t in found.tried]
    write_table(folder, "breakeven", pd.DataFrame(rows, columns=list(table("breakeven").names)))
    write_table(folder, "breakeven_tried", pd.DataFrame(tried, columns=list(table("breakeven_tried").names)))
    return folder


def analysed(folder: Path) -> Path:
    indices = analyse(pd.read_parquet(folder / "runs.parquet"), load_design(folder), baseline="dedicated")
    write_table(folder, "sensitivity", indices)
    return folder


@pytest.fixture(scope="module")
def folders(write: Build, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    at = tmp_path_factory.mktemp("studies")
    return {
        "response": write(at / "response", {"kind": "grid", "levels": 9}, "volume"),
        "heat": write(at / "heat", {"kind": "grid", "levels": 6}, "volume", "participation"),
        "tornado": write(at / "tornado", {"kind": "one_at_a_time"}, *ALL),
        "sobol": analysed(write(at / "sobol", {"kind": "sobol", "n": 16}, *ALL)),
        "morris": analysed(write(at / "morris", {"kind": "morris", "n": 8}, *ALL)),
        "scatter": write(at / "scatter", {"kind": "latin_hypercube", "n": 40}, *ALL),
    }


def test_each_design_gets_its_figures_and_a_page_that_needs_nothing_else(folders: Mapping[str, Path]) -> None:
    for name, folder in folders.items():
        page = Page(write_sweep_report(folder))
        drawn = {path.stem for path in (folder / "figures").iterdir()}
        assert name in drawn, (name, drawn)
        assert drawn <= set(FIGURES)
        assert "When does sharing pay if vans are full & residents many?" in page.text
        assert "8 paired replications a point" in page.text
        assert [a for a in page.addresses if not a.startswith(("#", "data:"))] == []
        assert len(page.ids) == len(set(page.ids))


def test_page_and_figures_are_the_same_bytes_each_time(folders: Mapping[str, Path]) -> None:
    first = write_sweep_report(folders["heat"]).read_bytes()
    assert write_sweep_report(folders["heat"]).read_bytes() == first


def test_answer_counts_points_and_says_where_sharing_loses(folders: Mapping[str, Path]) -> None:
    study = read(folders["heat"])
    said = answer(study)
    better, worse, neither = counts(study, "shared", "co2e_wtw_city_kg")
    table = pd.read_parquet(folders["heat"] / "differences.parquet")
    mine = table[(table["alternative"] == "shared") & (table["measure"] == "co2e_wtw_city_kg")]["verdict"]
    assert (better, worse) == (mine.eq("less").sum(), mine.eq("more").sum())
    assert better + worse + neither == 36
    assert said.first.startswith(f"It depends: sharing does better at {better} of 36 points and loses at {worse}")
    of = table[(table["alternative"] == "shared") & (table["measure"] == "co2e_wtw_city_kg")]
    size = number_text.difference(*of.loc[of["difference"].idxmin(), ["difference", "low", "high"]])[0]
    assert said.more[0].startswith(f"CO2e of the whole city, well-to-wheel, 'shared': from {size}\u202fkg CO2e (95 %")
    loses = dict(said.loses)
    assert any(line.startswith("CO2e") and f"more at {worse} of 36 points" in line for line in loses["shared"])


def test_cells_of_a_table_say_the_changes_that_they_are_coloured_by(folders: Mapping[str, Path]) -> None:
    drawn = sweep_figures.heat(read(folders["heat"]))
    assert drawn is not None
    axes = drawn.figure.axes[0]
    changes = np.ravel(axes.collections[0].get_array())
    assert [one.get_text() for one in axes.texts] == [number_text.number(float(change)) for change in changes]


def test_losses_name_the_values_to_which_they_are_confined(folders: Mapping[str, Path]) -> None:
    (line,) = (
        line
        for name, lines in answer(read(folders["response"])).loses
        if name == "shared"
        for line in lines
        if "CO2e" in line
    )
    assert re.search(r"more at \d of 9 points, all with volume 0.05 to 0.\d+; at worst by", line)


def test_together_claims_no_more_than_alone(folders: Mapping[str, Path]) -> None:
    study = read(folders["heat"])
    alone, company = (counts(study, "lean", "km_city", column) for column in ("verdict", "verdict_together"))
    assert company[0] <= alone[0]
    assert company[1] <= alone[1]
    assert any("Holm" in line for line in answer(study).more)


def test_sensitivity_is_told_with_its_intervals(folders: Mapping[str, Path]) -> None:
    assert any("its variance comes from" in line for line in answer(read(folders["sobol"])).more)
    assert any("moved most, over a factor's range, by" in line for line in answer(read(folders["morris"])).more)


def test_break_even_is_told_drawn_and_plain_where_there_is_none(build: Build) -> None:
    folder = searched(build({"kind": "grid", "levels": 3}, "volume"), [None])
    for name in ("differences.parquet", "differences.csv", "runs.parquet"):
        (folder / name).unlink()
    page = Page(write_sweep_report(folder))
    assert {path.stem for path in (folder / "figures").iterdir()} == {"breakeven"}
    assert re.search(r"'shared' has less than 'dedicated' below volume 0.\d+ \(95 % interval", page.text)
    assert "no sign change within range: more throughout" in page.text
    loses = dict(answer(read(folder)).loses)
    assert re.fullmatch(r"CO2e.*: more above volume 0.\d+", loses["shared"][0])
    assert loses["lean"][0].endswith("no sign change within range: more throughout")


def test_choices_are_named_and_not_joined(build: Build) -> None:
    folder = build({"kind": "grid"}, "sites")
    page = write_sweep_report(folder).read_text(encoding="utf-8")
    assert "15_boxes_close_together<" in page
    both = build({"kind": "grid", "levels": 3}, "volume", "sites")
    write_sweep_report(both)
    assert {path.stem for path in (both / "figures").iterdir()} == {"heat", "interaction", "tradeoff"}
    names = re.findall(r">(\d\d_boxes\w+)<", (both / "figures" / "heat.svg").read_text(encoding="utf-8"))
    assert names[:3] == [Path(choice).stem for choice in pd.read_csv(both / "differences.csv")["factor_sites"].unique()]


def test_frontier_over_two_factors(build: Build) -> None:
    folder = searched(build({"kind": "grid", "levels": 3}, "volume", "participation"), [0.2, 0.4, 0.6])
    write_sweep_report(folder)
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        "frontier",
        "heat",
        "interaction",
        "tradeoff",
    }


def test_failed_points_are_said_and_drawn_around(build: Build) -> None:
    folder = build({"kind": "grid", "levels": 4}, "volume", "participation", failing=5)
    assert "24 runs ended in an error" in Page(write_sweep_report(folder)).text


def test_tables_left_from_another_design_are_not_told(build: Build) -> None:
    folder = searched(analysed(build({"kind": "morris", "n": 4}, *ALL)), [None])
    study = read(folder)
    assert study.roots.empty
    assert study.tried.empty
    assert len(study.sensitivity)
    assert read(searched(build({"kind": "morris", "n": 4}, "volume"), [None])).sensitivity.empty


def test_a_search_for_signs_alone_has_a_page(build: Build) -> None:
    """Its points are answered and drawn as a sweep's are, and its own verdicts stand in a table."""
    folder = build({"kind": "grid", "levels": 3}, "volume")
    for name in ("differences.parquet", "runs.parquet"):
        (folder / name).unlink()
    verdicts = ("more", "undecided", "less", "within the indifference", "infeasible", "less")
    rows = [
        {"factor_volume": volume, "alternative": other, "baseline": "dedicated", "measure": "km_city", "unit": "km"}
        | {"decision": verdict, "difference": size, "low": size - 3, "high": size + 3, "n": 12}
        for (other, volume), verdict, size in zip(
            product(("shared", "lean"), (0.05, 0.4, 0.8)), verdicts, (40, 1, -40, 0, float("nan"), -9), strict=True
        )
    ]
    pd.DataFrame(rows).to_csv(folder / "decisions.csv", index=False)
    page = Page(write_sweep_report(folder))
    assert "It depends: sharing does better at 1 of 3 points and loses at 1" in page.text
    assert "12 paired replications a point" in page.text
    for verdict in ("undecided", "within the indifference", "infeasible"):
        assert page.text.count(verdict) >= 1, verdict
    assert "Holm" not in page.text
    assert (folder / "figures" / "response.svg").is_file()
    assert "uafgjort" in Page(write_sweep_report(folder, "da")).text


def test_the_page_names_the_map_and_its_licence(build: Build) -> None:
    folder = build({"kind": "grid", "levels": 2}, "volume")
    assert "OpenStreetMap" not in Page(write_sweep_report(folder)).text
    about = {"source": "extract.osm.pbf", "date": "2025-03-01", "attribution": "(c) OpenStreetMap contributors, ODbL"}
    (folder / "manifest.json").write_text(json.dumps({"program": "molosim", "kind": "sweep", "map": about}))
    text = Page(write_sweep_report(folder)).text
    assert "(c) OpenStreetMap contributors, ODbL. Map: extract.osm.pbf, " in text


def test_folders_that_are_no_sweep_are_refused(tmp_path: Path, build: Build) -> None:
    with pytest.raises(ScenarioError, match="no such design"):
        write_sweep_report(tmp_path)
    folder = build({"kind": "grid", "levels": 2}, "volume")
    (folder / "differences.parquet").unlink()
    with pytest.raises(ScenarioError, match=r"has none of differences.parquet, breakeven.csv, .*; a report needs"):
        write_sweep_report(folder)


def test_what_two_factors_do_together_is_what_the_formula_says(build: Build) -> None:
    study = read(build({"kind": "grid", "levels": 3}, "volume", "distance"))
    drawn = tradeoff.interaction(study)
    assert drawn is not None
    rows = drawn.data[(drawn.data["alternative"] == "shared") & (drawn.data["measure"] == "co2e_wtw_city_kg")]
    assert len(rows) == 4
    expected = 900 * (rows["first"] - 0.05) * (rows["second"] - 1.0)  # of (distance - 3) volume, from the corner
    np.testing.assert_allclose(rows["interaction"], expected, atol=400)
    assert rows["shown"].any()


def test_factors_that_only_add_up_show_no_interaction(build: Build) -> None:
    study = read(build({"kind": "grid", "levels": 4}, "volume", "participation"))
    drawn = tradeoff.interaction(study)
    assert drawn is not None
    rows = drawn.data[drawn.data["alternative"] == "shared"]
    assert (~rows["shown"]).mean() > 0.8
    assert (np.sign(rows["low"]) != np.sign(rows["high"])).eq(~rows["shown"]).all()


def test_rounding_is_no_interaction() -> None:
    """Two factors that add up exactly, on totals so large that their differences are not exact."""
    grid = [(a, b, i) for a in (0, 1, 2) for b in (0, 2) for i in range(3)]
    rows = [
        {
            "alternative": name,
            "replication": i,
            "factor_vans": a,
            "factor_trucks": b,
            "co2e_wtw_city_kg": 240_000.1 + i / 7 + shared * (0.1 * a - 2860.3 * b),
        }
        for a, b, i in grid
        for name, shared in (("dedicated", 0), ("shared", 1))
    ]
    design = SimpleNamespace(names=("vans", "trucks"))
    study = SimpleNamespace(design=design, runs=pd.DataFrame(rows), baseline="dedicated")
    found = tradeoff._together(study, "shared", "co2e_wtw_city_kg")
    assert found["interaction"].tolist() == [0.0, 0.0]


def test_frontier_of_cost_and_co2e_is_what_no_other_point_beats() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 12, 40).astype(float), rng.integers(0, 12, 40).astype(float)
    points = list(zip(x, y, strict=True))
    plain = [not any(a <= c and b <= d and (a, b) != (c, d) for a, b in points) for c, d in points]
    assert tradeoff.undominated(x, y).tolist() == plain


def test_cost_against_co2e_draws_every_point(folders: Mapping[str, Path]) -> None:
    study = read(folders["scatter"])
    drawn = tradeoff.tradeoff(study)
    assert drawn is not None
    panel = drawn.figure.axes[0]
    drawn_points = np.concatenate([line.get_xydata() for line in panel.lines[:2]])
    table = pd.read_parquet(folders["scatter"] / "differences.parquet").set_index(["alternative", "measure"])
    for column, measure in enumerate(("co2e_wtw_city_kg", "cost_waste")):
        told = table.loc[(study.alternatives[0], measure), "difference"]
        np.testing.assert_allclose(np.sort(drawn_points[:, column]), np.sort(told))


def test_sweeps_speak_danish_too(folders: Mapping[str, Path]) -> None:
    english, danish = (Page(write_sweep_report(folders["heat"], language)).text for language in ("en", "da"))
    assert "Hvor ofte bedre, hvor ofte værre" in danish
    ours = danish.replace("When does sharing pay if vans are full & residents many?", "").partition("question =")[0]
    assert re.findall(r"\b(the|and|with|is|are|which|than|shown)\b", ours.replace("share of the van", "")) == []
    sign = f"[{MINUS}+]"
    cells = (re.findall(sign + r"\d[\d.,]*", number_text) for number_text in (english, danish))
    as_english, as_danish = (list(found) for found in cells)
    assert [n.replace(",", "") for n in as_english] == [n.replace(".", "").replace(",", ".") for n in as_danish]
