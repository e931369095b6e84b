"""A studio that runs, and a browser that looks at it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from running_studio import RunningStudio, Watched, start_studio, stop_studio, watch

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET_BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def studio() -> Iterator[RunningStudio]:
    """One studio for all tests, started with an example on the command line."""
    running = start_studio("examples/astronaut.jpg")
    yield running
    stop_studio(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(QUIET_BROWSER)
        )
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
