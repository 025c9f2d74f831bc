"""What the page holds is what the tables hold; names are text; nothing is asked of a network."""

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.playing import NASTY, SIGNS
from typer.testing import CliRunner

from molosim.cli import app
from molosim.report.replay import write_replay
from molosim.report.replay.timelines import QUANTITIES
from molosim.report.replay.words import WORDS
from molosim.runtime.errors import ScenarioError

ALTERNATIVES = ["dedicated", "shared", "hybrid", "none"]


class Page(HTMLParser):
    """Its elements, and the text of its scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self.inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside != "style":
            self.text += data


@pytest.fixture(scope="module")
def page(result: Path) -> Page:
    return Page(result / "replay.html")


@pytest.fixture(scope="module")
def data(page: Page) -> dict[str, Any]:
    """The page's data, arrays unpacked."""

    def unpack(value: Any) -> Any:
        if isinstance(value, list):
            return [unpack(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "bytes" in value:
            return np.frombuffer(base64.b64decode(value["bytes"]), f"<{value['kind']}")
        return {key: unpack(item) for key, item in value.items()}

    content: dict[str, Any] = unpack(json.loads(page.scripts[0]))
    return content


def table(result: Path, name: str, alternative: str) -> pd.DataFrame:
    rows = pd.read_parquet(result / f"{name}.parquet")
    return rows[(rows["replication"] == 0) & (rows["alternative"] == alternative)]


def test_the_policy_forbids_all_but_the_pages_own_scripts(page: Page) -> None:
    (policy,) = (a["content"] or "" for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert not {"connect-src", "font-src", "frame-src"} & set(rules)
    assert "unsafe" not in rules["script-src"]
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in page.scripts[1:]}
    assert set(re.findall(r"'sha256-(.*?)'", rules["script-src"])) == hashes


def test_nothing_is_asked_of_a_network(page: Page) -> None:
    for tag, attributes in page.elements:
        assert not {"src", "href", "srcset", "action"} & set(attributes), (tag, attributes)
    assert not {"link", "iframe", "object", "base"} & {tag for tag, _ in page.elements}
    ours = page.scripts[-1]
    assert "http" not in ours
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|eval|innerHTML|import)\b", ours)


def test_names_are_text_wherever_they_stand(page: Page, data: dict[str, Any]) -> None:
    assert data["boxes"]["names"][:2] == [NASTY, SIGNS]
    assert NASTY in {mark["name"] for mark in data["marks"]}
    assert not re.search("[<>&\u2028\u2029]", page.scripts[0])
    assert f"{NASTY} & town: replay" in page.text
    assert not any("alert" in script for script in page.scripts[-1:])


def test_attribution_is_seen(page: Page) -> None:
    assert page.text.count("OpenStreetMap contributors, ODbL 1.0") == 2


def test_ids_are_unique_and_every_control_has_a_name(page: Page) -> None:
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    labelled = {a.get("for") for tag, a in page.elements if tag == "label"}
    for tag, attributes in page.elements:
        if tag in {"select", "input"}:
            assert attributes.get("aria-label") or attributes["id"] in labelled


def test_boxes_are_as_sampled(result: Path, data: dict[str, Any]) -> None:
    assert data["alternatives"] == ALTERNATIVES
    day = data["timelines"]["day"]
    for number, alternative in enumerate(ALTERNATIVES):
        rows = table(result, "sample_boxes", alternative).sort_values(["second", "box"])
        shown = day["frames"][number]
        assert day["count"] * 6 == len(rows)
        assert shown["parcels"].tolist() == rows["parcels_inside"].tolist()
        assert np.abs(shown["fill"] - 100 * rows["fill"].to_numpy()).max() <= 0.51
        last = rows[rows["second"] == rows["second"].max()]
        for key, column, unit in (
            ("stored", "stored_g", 1000),
            ("collected", "collected_g", 1000),
            ("refused", "refused_n", 1),
        ):
            assert shown["counts"][key][-1] == pytest.approx(last[column].sum() / unit, rel=1e-6)
        assert shown["refused"].sum() == last["refused_n"].sum()


def test_days_add_up_to_the_tables(result: Path, data: dict[str, Any]) -> None:
    days = data["timelines"]["period"]
    assert (days["count"], days["first"], days["step_s"]) == (5, "2025-01-08", 86_400)
    for number, alternative in enumerate(ALTERNATIVES):
        boxes, trips = (table(result, name, alternative) for name in ("box_days", "trips"))
        counts = days["frames"][number]["counts"]
        assert set(counts) == set(QUANTITIES)
        assert counts["stored"][-1] == pytest.approx(boxes["stored_g"].sum() / 1000, rel=1e-6)
        assert counts["collected"][-1] == pytest.approx(boxes["collected_g"].sum() / 1000, rel=1e-6)
        assert counts["km"][-1] == pytest.approx(trips["metres"].sum() / 1000, rel=1e-6)
        apart = trips[trips["purpose"].isin(["collection", "transfer"])]
        assert counts["km_apart"][-1] == pytest.approx(apart["metres"].sum() / 1000, rel=1e-6)
        assert counts["tours"][-1] == len(trips)
        assert counts["refused"][-1] == boxes["refused_n"].sum()


def test_vehicles_pass_their_stops_at_their_times(result: Path, data: dict[str, Any]) -> None:
    day = data["timelines"]["day"]
    assert len(data["motions"]) < sum(map(len, day["tours"]))  # a way that several alternatives drive is kept once
    for number, alternative in enumerate(ALTERNATIVES):
        stops = table(result, "sample_stops", alternative)
        tours = [rows for _, rows in stops.groupby((stops["order"] == 0).cumsum())]
        for rows, motion_number in zip(tours, day["tours"][number], strict=True):
            motion = data["motions"][motion_number]
            assert (motion["second"][0], motion["second"][-1]) == (rows["arrive_s"].iloc[0], rows["leave_s"].iloc[-1])
            assert set(rows["arrive_s"]) | set(rows["leave_s"]) <= set(motion["second"].tolist())
            boxes = rows[rows["box"] >= 0]
            for box, second in zip(boxes["box"], boxes["arrive_s"], strict=True):
                way = np.hypot(
                    np.interp(second, motion["second"], motion["x"]) - data["boxes"]["x"][box],
                    np.interp(second, motion["second"], motion["y"]) - data["boxes"]["y"][box],
                )
                assert way < 40  # a stop is at the street, and lines are drawn to some metres


def test_the_days_kilometres_are_those_of_its_trips(result: Path, data: dict[str, Any]) -> None:
    lines = json.loads((result / "sample_day.geojson").read_text(encoding="utf-8"))["features"]
    (day,) = {line["properties"]["day"] for line in lines if "day" in line["properties"]}
    for number, alternative in enumerate(ALTERNATIVES):
        trips = table(result, "trips", alternative)
        driven = trips[trips["day"] == day]["metres"].sum()
        shown = data["timelines"]["day"]["frames"][number]["counts"]["km"][-1]
        assert shown == pytest.approx(driven / 1000, rel=1e-3)


def test_scripts_say_what_the_page_brings_them(page: Page) -> None:
    said = set(re.findall(r"""\bsay\("([a-z ]+)\"""", page.scripts[-1])) | {"play", "pause"}
    purposes = {"delivery", "extra delivery", "collection", "transfer", "depot", "reception", "recycling centre"}
    assert said | purposes == set(WORDS)
    places = {name: set(re.findall(r"{(\w+)}", message)) for name, message in WORDS.items()}
    assert places["box"] == {"box", "parcels", "fill"}


def test_the_page_speaks_danish(result: Path, tmp_path: Path) -> None:
    danish = Page(write_replay(result, tmp_path / "da.html", "da"))
    assert ("html", {"lang": "da"}) in danish.elements
    english = re.compile(r"\b(the|of|with|and|is|are|that|not|map|boxes|speed)\b", re.IGNORECASE)
    seen = [danish.text.replace(NASTY, "").replace("town", "")]
    seen += [attributes.get("aria-label") or "" for _, attributes in danish.elements]
    seen += json.loads(danish.scripts[0])["words"].values()
    assert [words for words in seen if english.search(words)] == []
    with pytest.raises(ScenarioError, match="allowed: en, da"):
        write_replay(result, tmp_path / "no.html", "no")


def test_the_same_result_makes_the_same_page(result: Path, tmp_path: Path) -> None:
    again = write_replay(result, tmp_path / "page.html")
    assert again.read_bytes() == (result / "replay.html").read_bytes()


def test_the_command_writes_it_where_it_is_told(result: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["replay", str(result), "--out", str(tmp_path / "page.html")])
    assert (done.exit_code, done.output) == (0, f"Replay: {tmp_path / 'page.html'}\n")
    done = CliRunner().invoke(app, ["replay", str(tmp_path)])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)


@pytest.mark.parametrize("missing", ["sample_stops.parquet", "box_days.parquet", "sample_day.geojson"])
def test_results_without_a_day_are_told(result: Path, tmp_path: Path, missing: str) -> None:
    folder = shutil.copytree(result, tmp_path / "copy")
    (folder / missing).unlink()
    with pytest.raises(ScenarioError, match=f"has no {missing}"):
        write_replay(folder)


def test_tables_that_do_not_go_together_are_told(result: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(result, tmp_path / "copy")
    stops = pd.read_parquet(folder / "sample_stops.parquet")
    stops.iloc[:-40].to_parquet(folder / "sample_stops.parquet")
    with pytest.raises(ScenarioError, match=r"tours in sample_stops|does not fit its"):
        write_replay(folder)
    pd.read_parquet(folder / "box_days.parquet").iloc[1:].to_parquet(folder / "box_days.parquet")
    shutil.copy(result / "sample_stops.parquet", folder)
    with pytest.raises(ScenarioError, match="do not go together"):
        write_replay(folder)
