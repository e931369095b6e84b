"""The timeline in a real browser: keys, playing, files, exports, driving videos, keyboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from running_studio import TOP, RunningStudio, Watched
from studio_page import SLOW, open_page, read_slider, read_stage, wait_for_rest

GREETING = TOP / "examples" / "greeting.json"
SEEN = {"light": "light", "dark": "dark"}


@pytest.fixture
def strip(tab: Watched, studio: RunningStudio) -> Page:
    """The page with the astronaut, and no timeline yet."""
    tab.page.set_default_timeout(SLOW)
    open_page(tab.page, studio.url)
    return tab.page


def set_slider(page: Page, name: str, value: float) -> None:
    page.locator(f"#slider-{name}").fill(str(value))
    wait_for_rest(page)


def add_key(page: Page, at: float, **values: float) -> None:
    """Choose a moment, set sliders, and add a key."""
    page.get_by_label("Playhead").fill(str(at))
    for name, value in values.items():
        set_slider(page, name, value)
    count = page.locator(".key").count()
    page.get_by_role("button", name="Add key").click()
    expect(page.locator(".key")).to_have_count(count + 1, timeout=SLOW)


def add_three_keys(page: Page) -> None:
    add_key(page, 0)
    add_key(page, 0.2, AU26=0.7)
    add_key(page, 0.5, AU12=0.1, AU1=0.8)
    page.get_by_label("Length in seconds").fill("0.5")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Playhead")).to_have_attribute("max", "0.5", timeout=SLOW)


def read_document(page: Page) -> Any:
    """The document as it is saved."""
    page.get_by_role("button", name="File", exact=True).click()
    with page.expect_download(timeout=SLOW) as saving:
        page.locator("#save-document").click()
    return json.loads(Path(saving.value.path()).read_text())


def export(page: Page, name: str, folder: Path) -> Path:
    """Export by the dialog, as a user does."""
    page.locator("#export-button").click()
    page.locator("#export-dialog").get_by_text(name, exact=True).click()
    with page.expect_download(timeout=SLOW) as exporting:
        page.locator("#export-start").click()
    path = folder / exporting.value.suggested_filename
    exporting.value.save_as(path)
    page.locator("#export-dialog").get_by_role("button", name="Close").click()
    return path


def test_three_keys_are_played_and_exported(strip: Page, tmp_path: Path) -> None:
    photo = read_stage(strip)
    add_three_keys(strip)
    strip.get_by_label("Playhead").fill("0")
    wait_for_rest(strip)
    np.testing.assert_array_equal(read_stage(strip), photo)

    pictures = int(strip.locator("canvas#after").get_attribute("data-pictures") or 0)
    strip.get_by_role("button", name="Play").click()
    expect(strip.get_by_label("Playhead")).to_have_value("0.5", timeout=SLOW)
    expect(strip.get_by_role("button", name="Play")).to_be_visible(timeout=SLOW)
    wait_for_rest(strip)
    drawn = int(strip.locator("canvas#after").get_attribute("data-pictures") or 0)
    assert drawn > pictures + 1, "more than the last frame was shown"
    assert read_slider(strip, "AU1") == 0.8, "sliders follow what is played"
    last = read_stage(strip)

    still = export(strip, "PNG", tmp_path)
    np.testing.assert_array_equal(iio.imread(still), last)
    film = export(strip, "MP4", tmp_path)
    assert film.name == "astronaut.mp4"
    frames = iio.imread(film)
    assert frames.shape == (15, 512, 512, 3)
    assert np.abs(frames[-1].astype(int) - last).mean() < 2.5, "within the encoder's error"
    assert np.abs(frames[0].astype(int) - last).mean() > 2.5 or (
        np.abs(frames[0].astype(int) - photo).mean() < np.abs(frames[0].astype(int) - last).mean()
    )


def test_greeting_is_opened_and_saved_with_equal_meaning(strip: Page) -> None:
    strip.locator("#document-input").set_input_files(GREETING)
    expect(strip.locator(".key")).to_have_count(5, timeout=SLOW)
    expect(strip.locator(".strip-curve").first).to_be_visible(timeout=SLOW)
    assert read_document(strip) == json.loads(GREETING.read_text())
    expect(strip.get_by_text("names another photo")).to_be_visible()
    strip.locator("#timeline").get_by_role("button", name="Name astronaut.jpg").click()
    expect(strip.get_by_text("names another photo")).to_be_hidden(timeout=SLOW)
    assert read_document(strip)["photo"] == "astronaut.jpg"
    strip.get_by_role("button", name="Undo").click()
    expect(strip.get_by_text("names another photo")).to_be_visible(timeout=SLOW)


def test_a_wrong_file_is_explained_and_changes_nothing(strip: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"photo": "a.jpg", "fps": 500, "keys": [{"t": 0, "expression": "snort"}]}')
    strip.locator("#document-input").set_input_files(wrong)
    alert = strip.get_by_role("alert").first
    expect(alert).to_contain_text("fps: 500 is out of range", timeout=SLOW)
    expect(alert).to_contain_text("there is no expression 'snort'")
    broken = tmp_path / "broken.json"
    broken.write_text('{"photo": ')
    strip.locator("#document-input").set_input_files(broken)
    expect(alert).to_contain_text("no valid JSON", timeout=SLOW)
    expect(strip.locator(".key")).to_have_count(0)


def test_keys_are_dragged_eased_held_and_deleted(strip: Page) -> None:
    add_three_keys(strip)
    middle = strip.locator(".key").nth(1)
    box, track = middle.bounding_box(), strip.locator(".strip-keys").bounding_box()
    assert box is not None
    assert track is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    strip.mouse.move(x, y)
    strip.mouse.down()
    strip.mouse.move(x + 0.2 * track["width"], y, steps=5)  # 0.1 s of 0.5
    strip.mouse.up()
    moved = strip.get_by_role("button", name="Key at 0.30 s")
    expect(moved).to_have_attribute("aria-pressed", "true", timeout=SLOW)

    # and by the keyboard: a frame is a thirtieth of a second
    moved.focus()
    strip.keyboard.press("ArrowLeft")
    moved = strip.get_by_role("button", name="Key at 0.27 s")
    expect(moved).to_be_focused(timeout=SLOW)
    with strip.expect_response(lambda answer: "timeline" in answer.url, timeout=SLOW):
        strip.get_by_label("Ease").select_option("step")
    strip.get_by_label("Hold in seconds").fill("0.1")
    strip.keyboard.press("Enter")
    expect(strip.get_by_role("button", name="Key at 0.27 s, held 0.10 s")).to_be_visible(
        timeout=SLOW
    )
    key = read_document(strip)["keys"][1]
    assert (key["t"], key["ease"], key["hold"]) == (0.267, "step", 0.1)

    strip.get_by_role("button", name="Key at 0.27 s").press("Delete")
    expect(strip.locator(".key")).to_have_count(2, timeout=SLOW)
    strip.get_by_role("button", name="Undo").click()
    expect(strip.locator(".key")).to_have_count(3, timeout=SLOW)


def test_loop_blinks_and_keyboard(strip: Page) -> None:
    strip.locator("body").press("k")
    expect(strip.locator(".key")).to_have_count(1, timeout=SLOW)
    strip.get_by_label("Loop").select_option("pingpong")
    strip.get_by_label("Blinks").check(force=True)
    expect(strip.locator(".curve-blink")).to_have_count(1, timeout=SLOW)
    document = read_document(strip)
    assert (document["loop"], document["blink"]) == ("pingpong", "auto")
    playhead = strip.get_by_label("Playhead")
    playhead.focus()
    strip.keyboard.press("ArrowRight")
    assert float(playhead.input_value()) == pytest.approx(1 / 30)
    strip.keyboard.press(" ")
    expect(strip.get_by_role("button", name="Pause")).to_be_visible(timeout=SLOW)
    set_slider(strip, "AU26", 0.9)
    expect(strip.get_by_role("button", name="Play")).to_be_visible(timeout=SLOW)


def test_an_export_is_cancelled(strip: Page) -> None:
    add_three_keys(strip)
    strip.get_by_label("Length in seconds").fill("60")
    strip.keyboard.press("Enter")
    expect(strip.get_by_label("Playhead")).to_have_attribute("max", "60", timeout=SLOW)
    strip.locator("#export-button").click()
    strip.locator("#export-start").click()
    expect(strip.locator("#export-dialog").get_by_text("Drawing")).to_be_visible(timeout=SLOW)
    strip.locator("#export-cancel").click()
    expect(strip.locator("#export-start")).to_be_enabled(timeout=SLOW)
    command = strip.locator("#export-dialog .command")
    expect(command).to_have_text("ganimate timeline astronaut.json -o astronaut.mp4")


def test_a_driving_video_plays_on_the_face(strip: Page) -> None:
    strip.locator("#driver-input").set_input_files(TOP / "examples" / "driver.mp4")
    strip.get_by_role("button", name="Follow its face").click()
    expect(strip.get_by_role("button", name="Pause")).to_be_visible(timeout=SLOW)
    expect(strip.get_by_role("status").filter(has_text="drives the face")).to_be_visible()
    document = read_document(strip)
    assert document["duration"] == 4.4
    assert {"AU12", "AU26"} <= {name.rstrip("LR") for name in document["tracks"]}
    assert document["head"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_strip_and_dialog(strip: Page, scheme: Any) -> None:
    strip.emulate_media(color_scheme=scheme)
    strip.locator("#document-input").set_input_files(GREETING)
    expect(strip.locator(".key")).to_have_count(5, timeout=SLOW)
    for opened in ("", "#export-button"):
        if opened:
            strip.locator(opened).click()
        found = Axe().run(strip).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not serious, json.dumps(
            [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious], indent=1
        )


def test_a_narrow_page_has_no_horizontal_scroll_bar(strip: Page) -> None:
    strip.set_viewport_size({"width": 390, "height": 844})
    strip.locator("#document-input").set_input_files(GREETING)
    expect(strip.locator(".key")).to_have_count(5, timeout=SLOW)
    assert strip.evaluate("document.documentElement.scrollWidth") == 390
    strip.locator("#export-button").click()
    assert strip.evaluate("document.documentElement.scrollWidth") == 390
