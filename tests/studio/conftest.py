"""A studio that runs, and a browser that looks at it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

TOP = Path(__file__).resolve().parents[2]
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


@dataclass(frozen=True)
class RunningStudio:
    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port


def start_studio(*arguments: str) -> RunningStudio:
    """Start `ganimate studio` on a free port, and wait until it says where it is."""
    command = [sys.executable, "-m", "ganimate", "studio", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stdout.readline().strip()
    if not url.startswith("http"):
        process.wait(10)
        pytest.fail(f"the studio did not start: {url} {process.stderr.read()}")
    return RunningStudio(process, url)


def stop_studio(studio: RunningStudio) -> None:
    studio.process.terminate()
    studio.process.communicate(timeout=10)


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


@dataclass(frozen=True)
class Watched:
    """A tab with what it asked for and what it complained of.

    Attributes:
        page: the tab.
        requests: addresses of all that it asked for.
        complaints: errors on its console, and exceptions.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def watch(page: Page) -> Watched:
    """Watch a tab from now on."""
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("websocket", lambda socket: watched.requests.append(socket.url))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: watched.complaints.append(said.text) if said.type == "error" else None,
    )
    return watched


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
