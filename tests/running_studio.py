"""A studio that runs, and tabs of a browser that are watched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright

TOP = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_chromium(playwright: Playwright) -> Browser:
    """Start Chromium without a window, which asks nobody for anything by itself."""
    return playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(QUIET))


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
