"""The page for everybody: by keyboard, by screen reader, on a phone, in the dark, unmoved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from running_studio import RunningStudio, start_studio, stop_studio, watch
from studio_page import SLOW, open_page, read_slider, read_stage, wait_for_rest, wait_until_ready

SERIOUS = ("serious", "critical")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


def _find_faults(page: Page) -> list[str]:
    """Serious faults that axe finds, with the first element of each."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html'][:160]}"
        for fault in violations
        if fault["impact"] in SERIOUS
    ]


@pytest.fixture
def opened(page: Page, studio: RunningStudio) -> Page:
    """The page with the photo of the command line."""
    open_page(page, studio.url)
    return page


@pytest.fixture(scope="module")
def bare_studio() -> Iterator[RunningStudio]:
    """A studio that was started without a photo."""
    running = start_studio()
    yield running
    stop_studio(running)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_no_serious_fault_and_nothing_is_wider_than_the_window(
    browser: Browser, studio: RunningStudio, scheme: Any, size: Any
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    watched = watch(context.new_page())
    page = watched.page
    open_page(page, studio.url)
    page.get_by_role("button", name="Left and right of 12").click()
    page.get_by_text("Measure", exact=True).click()
    page.get_by_role("button", name="Smile").click()
    wait_for_rest(page)
    assert _find_faults(page) == []
    widths = "() => [document.documentElement.scrollWidth, window.innerWidth]"
    assert page.evaluate(widths) == [size["width"], size["width"]]
    page.locator("#open-button").click()
    assert _find_faults(page) == []
    page.keyboard.press("Escape")
    background = "() => getComputedStyle(document.body).backgroundColor"
    red = int(page.evaluate(background).removeprefix("rgb(").split(",")[0])
    assert (red < 60) == (scheme == "dark")
    assert not watched.complaints
    context.close()


def test_without_a_photo_the_page_asks_for_one(
    browser: Browser, bare_studio: RunningStudio
) -> None:
    context = browser.new_context(viewport=PHONE)
    watched = watch(context.new_page())
    page = watched.page
    page.goto(bare_studio.url)
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()
    expect(page.get_by_role("button", name="Randomize")).to_be_hidden()
    assert _find_faults(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Eileen Collins").first.click()
    wait_until_ready(page)
    assert read_stage(page).shape == (512, 512, 3)
    assert not watched.complaints
    context.close()


def test_every_control_is_reached_by_tab_and_shows_it(opened: Page) -> None:
    controls = opened.locator("button, input, [tabindex='0'], select, summary").filter(visible=True)
    script = """all => all.filter(one => !one.disabled && one.tabIndex >= 0
        && !(one.type === 'radio' && !one.checked)).map(one => {
        one.dataset.wanted = ''; return one.outerHTML.slice(0, 100)})"""
    wanted = controls.evaluate_all(script)
    assert len(wanted) > 60
    opened.evaluate("() => document.activeElement.blur()")
    unmarked = []
    for _ in range(len(wanted) + 15):
        opened.keyboard.press("Tab")
        seen = opened.evaluate(_DESCRIBE_FOCUS)
        if seen["marked"] is False:
            unmarked.append(seen["html"])
    missed = opened.locator("[data-wanted]").evaluate_all("all => all.map(one => one.outerHTML)")
    assert missed == []
    assert unmarked == []


_DESCRIBE_FOCUS = """() => {
    const one = document.activeElement;
    delete one.dataset.wanted;
    if (one === document.body) return {marked: null, html: ''};
    const isMarked = (style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    const thumb = one.type === 'range' && one.matches(':focus-visible');
    const near = [one, one.nextElementSibling].filter(Boolean);
    const marked = thumb || near.some((each) => isMarked(getComputedStyle(each)));
    return {marked, html: one.outerHTML.slice(0, 100)};
}"""


def test_arrow_keys_step_by_a_hundredth_and_a_tenth(opened: Page) -> None:
    photo = read_stage(opened)
    slider = opened.get_by_role("slider", name="26 Jaw drop")
    slider.focus()
    start = read_slider(opened, "AU26")
    for key, change in (
        ("ArrowRight", 0.01),
        ("Shift+ArrowRight", 0.11),
        ("PageUp", 0.21),
        ("ArrowLeft", 0.2),
        ("Shift+ArrowDown", 0.1),
    ):
        opened.keyboard.press(key)
        assert read_slider(opened, "AU26") == pytest.approx(start + change, abs=1e-6)
    assert slider.get_attribute("aria-valuetext") == f"{start + 0.1:.2f}"
    wait_for_rest(opened)
    assert not np.array_equal(read_stage(opened), photo)
    opened.keyboard.press("Delete")
    wait_for_rest(opened)
    assert np.array_equal(read_stage(opened), photo)
    opened.get_by_role("slider", name="01 Inner brow raiser").focus()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Control+z")
    assert read_slider(opened, "AU26") == start
    opened.keyboard.press("Control+z")
    expect(opened.get_by_role("button", name="Undo")).to_be_disabled()  # a run of keys is a step


def test_letters_are_shortcuts_and_the_list_of_them_opens(opened: Page) -> None:
    photo = read_stage(opened)
    opened.keyboard.press("r")
    expect(opened.get_by_role("button", name="Undo")).to_be_enabled()
    opened.keyboard.press("Shift+R")
    wait_for_rest(opened)
    assert np.array_equal(read_stage(opened), photo)
    opened.keyboard.press("5")
    assert opened.get_by_role("radio", name="Mesh").is_checked()
    opened.keyboard.press("1")
    opened.keyboard.press("Control+z")
    wait_for_rest(opened)
    assert not np.array_equal(read_stage(opened), photo)
    opened.keyboard.down("b")
    expect(opened.locator("#before-clip")).to_be_visible()
    opened.keyboard.up("b")
    expect(opened.locator("#before-clip")).to_be_hidden()
    opened.keyboard.press("?")
    expect(opened.get_by_role("dialog", name="Keys")).to_be_visible()
    assert _find_faults(opened) == []
    opened.keyboard.press("Escape")
    expect(opened.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_nothing_moves_by_itself_where_motion_is_unwanted(
    browser: Browser, studio: RunningStudio
) -> None:
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    page = context.new_page()
    open_page(page, studio.url)
    script = """() => [...document.querySelectorAll('*')].flatMap((one) => {
        const style = getComputedStyle(one);
        const times = style.transitionDuration.split(', ');
        const moves = times.some((time) => parseFloat(time) > 0) || style.animationName !== 'none';
        return moves ? [one.outerHTML.slice(0, 100)] : [];
    })"""
    assert page.evaluate(script) == []
    context.close()


def test_a_studio_that_ended_is_explained_and_found_again(browser: Browser) -> None:
    running = start_studio("examples/astronaut.jpg")
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    open_page(page, running.url)
    page.get_by_role("button", name="Surprise").click()
    wait_for_rest(page)
    surprise = read_stage(page)
    stop_studio(running)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("start it again")
    page.get_by_role("button", name="Randomize").click()
    expect(alert).to_contain_text("start it again")
    again = start_studio("examples/astronaut.jpg", "--port", str(running.port))
    expect(alert).to_be_empty(timeout=SLOW)
    wait_until_ready(page)
    assert read_slider(page, "AU1") == pytest.approx(0.75)
    assert np.array_equal(read_stage(page), surprise)
    context.close()
    stop_studio(again)
