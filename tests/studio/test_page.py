"""The page in a browser: pictures follow sliders, and every way back leads to the photo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from running_studio import TOP, RunningStudio, Watched, start_studio, stop_studio, watch
from studio_page import (
    SLOW,
    drag_slider,
    open_page,
    read_slider,
    read_stage,
    read_values,
    wait_for_rest,
    wait_until_ready,
)

from ganimate.action_units import ACTION_UNITS
from ganimate.media.photo import read_photo

PHOTO = TOP / "examples" / "astronaut.jpg"
MOUTH = np.s_[150:182, 200:246]
"""Rows and columns of the mouth in PHOTO."""


@pytest.fixture
def opened(tab: Watched, studio: RunningStudio) -> Iterator[Page]:
    """The page with the photo of the command line; no test makes it ask another host."""
    open_page(tab.page, studio.url)
    yield tab.page
    assert {urlsplit(url).netloc for url in tab.requests} == {urlsplit(studio.url).netloc}


def test_photo_of_the_command_line_opens_as_it_is(opened: Page, tab: Watched) -> None:
    numbers = opened.locator(".channel-number").all_inner_texts()
    assert [number for number in numbers if number] == [
        f"{unit.number:02d}" for unit in _list_units_by_group()
    ]
    for name in ("yaw", "pitch", "roll"):
        assert read_slider(opened, name) == 0
    assert np.array_equal(read_stage(opened), read_photo(PHOTO))
    assert not tab.complaints


def _list_units_by_group() -> list[object]:
    groups = ((1, 2, 4), (5, 6, 7, 45), (9, 10), (12, 14, 15, 17, 20, 23, 25, 26))
    by_number = {unit.number: unit for unit in ACTION_UNITS}
    return [by_number[number] for group in groups for number in group]


def test_drag_moves_the_mouth_and_nothing_far_from_it_and_survives_a_reload(opened: Page) -> None:
    photo = read_stage(opened)
    drag_slider(opened, "AU12", 0.1)
    wait_for_rest(opened)
    moved = read_stage(opened)
    value = read_slider(opened, "AU12")
    assert value == pytest.approx(0.1, abs=0.03)
    changed = np.abs(moved.astype(int) - photo).max(axis=2) > 8
    assert changed[MOUTH].mean() > 0.2
    for corner in (np.s_[:60, :60], np.s_[:60, -60:], np.s_[-60:, :60], np.s_[-60:, -60:]):
        assert not changed[corner].any()
    opened.reload()
    wait_until_ready(opened)
    assert read_slider(opened, "AU12") == value
    assert np.array_equal(read_stage(opened), moved)


def test_pictures_follow_while_the_hand_still_drags(opened: Page) -> None:
    before = int(opened.locator("#after").get_attribute("data-pictures") or 0)
    box = opened.locator("#slider-AU26").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    opened.mouse.move(box["x"] + 10, y)
    opened.mouse.down()
    for step in range(30):
        opened.mouse.move(box["x"] + 10 + 3 * step, y)
        opened.wait_for_timeout(30)
    during = int(opened.locator("#after").get_attribute("data-pictures") or 0)
    assert opened.locator("#after").get_attribute("data-rest") == "false"
    opened.mouse.up()
    assert during > before + 5


def test_reset_undo_and_redo(opened: Page) -> None:
    photo, start = read_stage(opened), read_values(opened)
    opened.get_by_role("button", name="Surprise").click()
    wait_for_rest(opened)
    surprise = read_values(opened)
    assert read_slider(opened, "AU1") == pytest.approx(0.75)
    assert not np.array_equal(read_stage(opened), photo)
    expect(opened.get_by_role("button", name="Surprise")).to_have_attribute("aria-pressed", "true")
    drag_slider(opened, "yaw", 0.8)
    opened.get_by_role("button", name="Reset").click()
    wait_for_rest(opened)
    assert np.array_equal(read_stage(opened), photo)
    assert np.array_equal(read_values(opened), start)
    undo = opened.get_by_role("button", name="Undo")
    undo.click()
    assert read_slider(opened, "yaw") > 5
    undo.click()  # the whole drag is one step
    assert np.array_equal(read_values(opened), surprise)
    undo.click()
    wait_for_rest(opened)
    expect(undo).to_be_disabled()
    assert np.array_equal(read_stage(opened), photo)
    opened.keyboard.press("Control+Shift+z")
    assert np.array_equal(read_values(opened), surprise)


def test_randomize_differs_each_time_and_leaves_locks_and_head(opened: Page) -> None:
    drag_slider(opened, "roll", 0.6)
    opened.get_by_role("button", name="Lock 12 Lip corner puller").click()
    kept = {name: read_slider(opened, name) for name in ("AU12", "roll")}
    faces = []
    for _ in range(2):
        before = read_slider(opened, "AU6")
        opened.get_by_role("button", name="Randomize").click()
        expect(opened.locator("#slider-AU6")).not_to_have_value(f"{before:g}")
        wait_for_rest(opened)
        faces.append(read_values(opened))
        assert {name: read_slider(opened, name) for name in kept} == kept
    assert np.abs(faces[0] - faces[1]).max() > 0.02


def test_double_click_brings_one_slider_back_and_sides_unfold(opened: Page) -> None:
    photo = read_stage(opened)
    opened.get_by_role("button", name="Left and right of 02").click()
    left, right = opened.locator("#slider-AU2L"), opened.locator("#slider-AU2R")
    before = float(right.input_value())
    left.focus()
    opened.keyboard.press("Shift+ArrowRight")
    assert float(right.input_value()) == before
    assert float(left.input_value()) == pytest.approx(before + 0.1, abs=0.02)
    middle = (float(left.input_value()) + float(right.input_value())) / 2
    assert read_slider(opened, "AU2") == pytest.approx(middle, abs=0.01)
    wait_for_rest(opened)
    assert not np.array_equal(read_stage(opened), photo)
    opened.locator("#slider-AU2").dblclick()
    wait_for_rest(opened)
    assert np.array_equal(read_stage(opened), photo)


def test_intensity_scales_all_that_was_set(opened: Page) -> None:
    photo = read_stage(opened)
    opened.get_by_role("button", name="Laugh").click()
    wait_for_rest(opened)
    whole = np.abs(read_stage(opened).astype(int) - photo).mean()
    opened.locator("#intensity").fill("50")
    wait_for_rest(opened)
    half = np.abs(read_stage(opened).astype(int) - photo).mean()
    assert 0 < half < whole
    opened.locator("#intensity").fill("0")
    wait_for_rest(opened)
    assert np.array_equal(read_stage(opened), photo)


def test_views_show_different_pictures_and_the_wipe_uncovers_the_photo(opened: Page) -> None:
    opened.get_by_role("button", name="Surprise").click()
    wait_for_rest(opened)
    seen = {"result": read_stage(opened)}
    for name in ("Attention", "Colour", "Mesh"):
        opened.get_by_text(name, exact=True).click()
        wait_for_rest(opened)
        seen[name] = read_stage(opened)
    pictures = list(seen.values())
    for index, one in enumerate(pictures):
        assert all(not np.array_equal(one, other) for other in pictures[:index])
    opened.get_by_text("Compare", exact=True).click()
    wait_for_rest(opened)
    assert np.array_equal(read_stage(opened), seen["result"])
    viewport = opened.locator("#viewport")
    opened.get_by_role("slider", name="Before and after").fill("0")
    result = viewport.screenshot()
    opened.get_by_role("slider", name="Before and after").fill("100")
    photo = viewport.screenshot()
    assert result != photo
    size = "one => [one.naturalWidth, one.naturalHeight]"
    assert opened.locator("#before").evaluate(size) == [512, 512]


def test_measured_values_stand_beside_those_asked_for(opened: Page) -> None:
    opened.get_by_role("button", name="Smile").click()
    opened.get_by_text("Measure", exact=True).click()
    wait_for_rest(opened)
    measured = opened.locator("[data-channel=AU12] > .channel-row > .channel-measured")
    expect(measured).to_have_text(re.compile(r"0\.\d\d"))
    assert abs(float(measured.inner_text()) - 0.8) < 0.3
    expect(measured).to_be_visible()


def test_zoom_keeps_the_picture_whole_in_memory_and_pans(opened: Page) -> None:
    photo = read_stage(opened)
    opened.get_by_role("button", name="Fit to the window").click()
    fitted = opened.locator("#after").bounding_box()
    opened.locator("#viewport").hover()
    opened.mouse.wheel(0, -600)
    zoomed = opened.locator("#after").bounding_box()
    assert fitted is not None
    assert zoomed is not None
    assert zoomed["width"] > 2 * fitted["width"]
    opened.mouse.down()
    opened.mouse.move(500, 300, steps=4)
    opened.mouse.up()
    panned = opened.locator("#after").bounding_box()
    assert panned is not None
    assert (panned["x"], panned["y"]) != (zoomed["x"], zoomed["y"])
    assert np.array_equal(read_stage(opened), photo)


def test_another_face_of_the_photo_is_a_click_away(opened: Page, group: Path) -> None:
    opened.locator("#photo-input").set_input_files(group)
    expect(opened.locator("#photo-name")).to_contain_text("group.png")
    wait_until_ready(opened)
    photo = read_stage(opened)
    opened.get_by_role("button", name="Surprise").click()
    wait_for_rest(opened)
    changed = (read_stage(opened) != photo).any(axis=(0, 2))
    assert changed[512:].any()
    assert not changed[:512].any(), "the larger face, on the right, is moved first"
    with opened.expect_response("**/face"):
        opened.locator(".face-box[aria-pressed=false]").click()
    wait_until_ready(opened)
    assert np.array_equal(read_stage(opened), photo)
    opened.get_by_role("button", name="Surprise").click()
    wait_for_rest(opened)
    changed = (read_stage(opened) != photo).any(axis=(0, 2))
    assert changed[:512].any()
    assert not changed[512:].any()


@pytest.mark.parametrize("dropped", [False, True])
def test_expression_of_another_photo_is_copied(
    opened: Page, grace_hopper: Path, dropped: bool
) -> None:
    assert read_slider(opened, "AU12") > 0.7
    if dropped:
        _drop(opened, grace_hopper, "image/jpeg", "expression")
    else:
        opened.locator("#expression-input").set_input_files(grace_hopper)
    expect(opened.locator("#news")).to_contain_text("grace_hopper.jpg")
    assert read_slider(opened, "AU12") < 0.3
    expect(opened.locator("#photo-name")).to_contain_text("astronaut.jpg")


def _drop(page: Page, path: Path, kind: str, target: str) -> None:
    """Hold a file over the page, then drop it on one of the targets that the page shows."""
    script = """([bytes, name, type]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, {type}));
        return data;
    }"""
    transfer = page.evaluate_handle(script, [list(path.read_bytes()), path.name, kind])
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    place = page.locator(f"[data-drop={target}]")
    expect(place).to_be_visible()
    place.dispatch_event("dragover", {"dataTransfer": transfer})
    place.dispatch_event("drop", {"dataTransfer": transfer})
    expect(place).to_be_hidden()


def test_a_file_that_is_no_photo_is_explained_and_the_work_stays(
    opened: Page, tmp_path: Path
) -> None:
    opened.get_by_role("button", name="Surprise").click()
    text = tmp_path / "notes.jpg"
    text.write_text("no photo")
    opened.locator("#photo-input").set_input_files(text)
    alert = opened.get_by_role("alert")
    expect(alert).to_contain_text("notes.jpg")
    assert "Traceback" not in alert.inner_text()
    expect(opened.locator("#photo-name")).to_contain_text("astronaut.jpg")
    assert read_slider(opened, "AU1") == pytest.approx(0.75)
    wait_for_rest(opened)
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_be_empty()


def test_two_tabs_at_once_keep_their_own_faces(
    opened: Page, studio: RunningStudio, grace_hopper: Path
) -> None:
    other = watch(opened.context.new_page())
    open_page(other.page, studio.url)
    other.page.locator("#photo-input").set_input_files(grace_hopper)
    expect(other.page.locator("#photo-name")).to_contain_text("grace_hopper.jpg")
    wait_until_ready(other.page)
    hopper = read_stage(other.page)
    for _ in range(3):
        drag_slider(opened, "AU26", 0.7, steps=3)
        drag_slider(other.page, "AU12", 0.8, steps=3)
    opened.get_by_role("button", name="Reset").click()
    other.page.get_by_role("button", name="Reset").click()
    wait_for_rest(opened)
    wait_for_rest(other.page)
    assert np.array_equal(read_stage(opened), read_photo(PHOTO))
    assert np.array_equal(read_stage(other.page), hopper)
    assert hopper.shape == read_photo(grace_hopper).shape
    assert not other.complaints


def test_a_duplicated_tab_gets_a_copy_of_its_own(opened: Page) -> None:
    kept = opened.evaluate("() => JSON.stringify(sessionStorage)")
    twin = opened.context.new_page()
    twin.add_init_script(
        f"for (const [name, value] of Object.entries({kept})) sessionStorage[name] ??= value;"
    )
    open_page(twin, opened.url)
    wait_until_ready(twin)
    mine, theirs = (
        json.loads(one.evaluate("() => JSON.stringify(sessionStorage)")) for one in (opened, twin)
    )
    assert mine["ganimate.session"] != theirs["ganimate.session"]
    assert np.array_equal(read_stage(twin), read_photo(PHOTO))
    drag_slider(twin, "AU26", 0.9)
    wait_for_rest(twin)
    assert np.array_equal(read_stage(opened), read_photo(PHOTO))


def test_token_goes_with_every_request(tab: Watched) -> None:
    running = start_studio("examples/astronaut.jpg", "--host", "0.0.0.0")
    assert "?token=" in running.url
    page = tab.page
    open_page(page, running.url)
    page.get_by_role("button", name="Surprise").click()
    page.get_by_text("Compare", exact=True).click()
    wait_for_rest(page)
    page.wait_for_function("() => document.getElementById('before').naturalWidth === 512")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.preset img')].every(one => one.naturalWidth > 0)",
        timeout=SLOW,
    )
    assert not tab.complaints
    page.goto(running.url.split("?")[0])
    assert page.locator("#sliders").count() == 0, "without the token there is no page"
    page.goto("about:blank")
    stop_studio(running)
