"""The replay as a reader uses it."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from tests.browser.conftest import PHONE, Open, Tab
from tests.playing import NASTY, SIGNS

from molosim.report.replay import write_replay

Play = Callable[..., Tab]


@pytest.fixture
def replay(opened: Open, result: Path) -> Play:
    """``replay(size=DESK)``: the page, ready."""

    def open_replay(*size: tuple[int, int]) -> Tab:
        tab = opened(result / "replay.html", *size)
        tab.until("document.querySelector('#player').dataset.ready")
        return tab

    return open_replay


def press(tab: Tab, *keys: str) -> None:
    ActionChains(tab.chrome).send_keys(*keys).perform()


def minutes(tab: Tab) -> int:
    hours, minutes_ = tab.text("#clock").split(":")
    return 60 * int(hours) + int(minutes_)


def test_it_plays_and_pauses(replay: Play) -> None:
    tab = replay()
    tab("seek(110)")
    before, at = tab.picture("#map-0"), minutes(tab)
    assert at == 9 * 60 + 10
    tab.find("#play").click()
    tab.until("state.position > 112")
    assert tab.text("#play") == "Pause"
    tab.find("#play").click()
    stopped = minutes(tab)
    assert stopped > at
    assert tab.picture("#map-0") != before  # the vans have moved
    held = tab.picture("#map-0")
    time.sleep(0.4)
    assert (minutes(tab), tab.text("#play"), tab.picture("#map-0")) == (stopped, "Play", held)
    assert tab.errors() == []


def test_it_plays_as_fast_as_it_says(replay: Play) -> None:
    tab = replay()
    tab("seek(100)")
    Select(tab.find("#speed")).select_by_visible_text("1 h per second")
    tab("globalThis.began = performance.now(); play(true)")
    tab.until("state.position > 112")
    seconds = tab("play(false); return (performance.now() - began) / 1000")
    assert 0.7 * 12 * seconds < tab("return state.position - 100") < 1.02 * 12 * seconds  # its last frame is a bit ago


def test_it_stops_at_the_end_and_starts_anew(replay: Play) -> None:
    tab = replay()
    tab("seek(286.9); play(true)")
    tab.until("!state.playing")
    assert tab.text("#clock") == "23:55"
    tab("play(true)")
    tab.until("state.position > 0 && state.position < 50")
    tab("play(false)")


def test_keys_play_pause_and_step(replay: Play) -> None:
    tab = replay()
    tab("seek(120)")
    press(tab, Keys.ARROW_RIGHT)
    assert tab.text("#clock") == "10:05"
    press(tab, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert tab.text("#clock") == "09:55"
    ActionChains(tab.chrome).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    assert tab.text("#clock") == "10:55"
    press(tab, " ")
    tab.until("state.playing && state.position > 131.2")
    press(tab, " ")
    assert not tab("return state.playing")
    tab.find("#play").send_keys(" ")  # on a button, Space is the button's
    assert tab("return state.playing")
    tab.find("#play").send_keys(" ")


def test_all_controls_are_reached_by_tabulator(replay: Play) -> None:
    tab = replay()
    reached = []
    for _ in range(24):
        press(tab, Keys.TAB)
        reached.append(tab("return document.activeElement.id"))
    wanted = ["day", "period", "play", "back", "time", "on", "speed", "left", "map-0", "right", "map-1", "closer"]
    assert [name for name in reached if name in wanted][: len(wanted)] == wanted


def test_the_slider_tells_the_time(replay: Play) -> None:
    tab = replay()
    slider = tab.find("#time")
    tab("arguments[0].value = 144; arguments[0].dispatchEvent(new Event('input'))", slider)
    assert tab.text("#clock") == "12:00"
    assert slider.get_attribute("aria-valuetext") == "12:00"
    assert ("slider", "Time") in tab.nodes()
    assert tab.text("#status").startswith("12:00. dedicated: ")


def test_counts_at_the_days_end_are_the_tables(replay: Play, result: Path) -> None:
    tab = replay()
    tab("seek(287)")
    boxes = pd.read_parquet(result / "sample_boxes.parquet")
    for side, alternative in enumerate(("dedicated", "shared")):
        rows = boxes[(boxes["alternative"] == alternative) & (boxes["second"] == 287 * 300)]
        kg = rows["stored_g"].sum() / 1000
        assert float(tab.text(f"#stored-{side}")) == pytest.approx(kg, abs=0.5)
        assert tab.text(f"#parcels-{side}") == str(rows["parcels_inside"].sum())
    assert tab.text("#away-0") == "0"


def test_vehicles_are_drawn_where_they_are(replay: Play) -> None:
    tab = replay()
    for second in (30_000, 32_000, 34_123):
        found = tab("""
            return maps[0].motions.map((motion) => {
              const place = {};
              const away = placeAt(motion, arguments[0], place);
              return [away, place.x ?? null, place.y ?? null, ...["second", "x", "y"].map((key) => [...motion[key]])];
            });""", second)  # fmt: skip
        assert any(away for away, *_ in found)
        for away, x, y, seconds, xs, ys in found:
            assert away == (seconds[0] <= second <= seconds[-1])
            if away and len(set(seconds)) == len(seconds):
                assert (x, y) == pytest.approx((np.interp(second, seconds, xs), np.interp(second, seconds, ys)))


def test_alternatives_stand_side_by_side(replay: Play) -> None:
    tab = replay()
    assert (tab.text("th.name-0"), tab.text("th.name-1")) == ("dedicated", "shared")
    tab("seek(130)")
    Select(tab.find("#right")).select_by_visible_text("none")
    assert tab.text("th.name-1") == "none"
    assert "Map of 'none'" in tab.find("#map-1").get_attribute("aria-label")
    Select(tab.find("#right")).select_by_visible_text("none, one map only")
    assert not tab.find("#right-map").is_displayed()
    assert tab.find("#left-map").is_displayed()


def test_all_days_play_by_day(replay: Play, result: Path) -> None:
    tab = replay()
    tab.find("#period").click()
    assert tab.text("#clock") == "Wed, 8 Jan 2025"
    press(tab, Keys.TAB)  # away from the button
    tab("document.activeElement.blur()")
    press(tab, Keys.ARROW_RIGHT)
    assert tab.text("#clock") == "Thu, 9 Jan 2025"
    tab("play(true)")
    tab.until("!state.playing && state.position === 4")
    days = pd.read_parquet(result / "box_days.parquet").query("replication == 0 and alternative == 'dedicated'")
    assert float(tab.text("#collected-0").replace(",", "")) == pytest.approx(days["collected_g"].sum() / 1000, abs=0.5)
    assert tab.text("#refused-0") == str(days["refused_n"].sum())
    assert tab.text("#away-0") == "-"


def test_refusals_flash_and_fade(replay: Play, result: Path) -> None:
    days = pd.read_parquet(result / "box_days.parquet").query("replication == 0 and alternative == 'dedicated'")
    refusing = days[days["refused_n"] > 0]
    day, box = int(refusing["day"].min()), int(refusing.sort_values("day")["box"].iloc[0])
    tab = replay()
    tab.find("#period").click()
    alpha = f"return maps[0].flashes.data.alpha[{box}]"
    assert tab(f"seek({day}); {alpha}") == 1
    assert 0 < tab(f"seek({day + 0.5}); {alpha}") < 1
    tab.prefer_less_motion(less=True)
    assert tab(f"seek({day + 0.5}); {alpha}") == 1


def test_less_motion_goes_in_steps(replay: Play) -> None:
    tab = replay()
    tab.prefer_less_motion(less=True)
    places = "return maps[0].places.map(({ x }) => x)"
    assert tab(f"seek(120); {places}") == tab(f"seek(120.8); {places}")
    assert tab.text("#clock") == "10:00"
    tab.prefer_less_motion(less=False)
    assert tab(f"seek(120); {places}") != tab(f"seek(120.8); {places}")


def test_maps_are_enlarged_and_moved_together(replay: Play) -> None:
    tab = replay()
    width = "return ranges.x.end - ranges.x.start"
    whole = tab(width)
    tab.find("#closer").click()
    assert tab(width) == pytest.approx(whole / 1.6)
    west = tab("return ranges.x.start")
    tab.find("#map-0").send_keys(Keys.ARROW_RIGHT)
    assert tab("return ranges.x.start") > west
    tab.find("#whole").click()
    assert tab(width) == pytest.approx(whole)


def test_a_box_tells_its_name_where_it_is_pointed_at(replay: Play) -> None:
    tab = replay()
    x, y = tab("""
        const place = document.getElementById("map-0").getBoundingClientRect();
        return [(DATA.boxes.x[0] - ranges.x.start) / view.metresPerPx - place.width / 2,
                (ranges.y.end - DATA.boxes.y[0]) / view.metresPerPx - place.height / 2];""")
    ActionChains(tab.chrome).move_to_element_with_offset(tab.find("#map-0"), round(x), round(y)).perform()
    assert tab.find("#tip-0").is_displayed()
    assert tab.text("#tip-0").startswith(f"{NASTY}: ")


def test_names_in_the_table_of_boxes_are_text(replay: Play) -> None:
    tab = replay()
    tab.find("#boxes summary").click()
    tab.until("document.querySelectorAll('#box-rows tr').length === 6")
    names = tab("return [...document.querySelectorAll('#box-rows th')].map((cell) => cell.textContent)")
    assert names[:2] == [NASTY, SIGNS]
    assert tab("return alerts") == []


def test_the_policy_lets_nothing_out(replay: Play) -> None:
    tab = replay()
    outcome = tab("return fetch('https://example.org/').then(() => 'sent', () => 'held')")
    assert outcome == "held"
    assert any("Content Security Policy" in message for message in tab.errors())


def test_a_phone_shows_maps_below_each_other(replay: Play) -> None:
    tab = replay(PHONE)
    left, right = (tab.find(f"#{side}-map").rect for side in ("left", "right"))
    assert right["y"] >= left["y"] + left["height"]
    assert left["width"] <= PHONE[0]
    assert tab("return [...document.querySelectorAll('.controls button, select')].every((b) => b.offsetHeight >= 30)")


def test_danish_is_spoken_throughout(opened: Open, result: Path, tmp_path: Path) -> None:
    tab = opened(write_replay(result, tmp_path / "da.html", "da"))
    tab.until("document.querySelector('#player').dataset.ready")
    tab("seek(120)")
    assert tab.text("#play") == "Afspil"
    assert "kg lagt i" in tab.text("#status")
    tab.find("#period").click()
    assert tab.text("#clock").startswith("ons")
    assert tab.errors() == []
