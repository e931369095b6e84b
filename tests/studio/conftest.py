"""A studio that runs, and a browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from running_studio import (
    CHROMIUM,
    RunningStudio,
    Watched,
    launch_chromium,
    start_studio,
    stop_studio,
    watch,
)


@pytest.fixture(scope="session")
def studio() -> Iterator[RunningStudio]:
    """One studio for all tests, started with an example on the command line."""
    running = start_studio("examples/astronaut.jpg")
    yield running
    stop_studio(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless; .ci/run installs one where there is none."""
    if not Path(CHROMIUM).exists():
        pytest.skip(
            f"{CHROMIUM} is not there: install Chromium, or set CHROMIUM to the path of one"
        )
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Watched]:
    """A tab of 1280 x 800 in a profile of its own; it must not have complained at the end."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watched = watch(context.new_page())
    yield watched
    context.close()


@pytest.fixture
def page(tab: Watched) -> Page:
    """The tab itself."""
    return tab.page
