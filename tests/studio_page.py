"""The studio's page as tests handle it: open it, move a slider, wait for the picture, read it."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from ganimate.arrays import Photo

SLOW = 60_000
"""Milliseconds after which a page that does not answer is broken, on however busy a machine."""


def open_page(page: Page, url: str) -> None:
    """Open the page of a studio that was started with a photo, and wait for the photo."""
    page.goto(url)
    wait_until_ready(page)


def wait_until_ready(page: Page) -> None:
    """Wait until a photo is open and drawn in full."""
    page.wait_for_selector("body[data-phase=ready]:not([data-working])", timeout=SLOW)
    wait_for_rest(page)


def wait_for_rest(page: Page) -> None:
    """Wait until the picture on the stage is the full one of what was asked for last."""
    page.wait_for_selector("#viewport[aria-busy=false]", timeout=SLOW)


def read_stage(page: Page) -> Photo:
    """The picture on the stage, (H, W, 3)."""
    script = "() => document.getElementById('after').toDataURL('image/png')"
    data = base64.b64decode(page.evaluate(script).split(",", 1)[1])
    with Image.open(BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


def read_slider(page: Page, name: str) -> float:
    """Where a slider stands."""
    return float(page.locator(f"#slider-{name}").input_value())


def read_values(page: Page) -> NDArray[np.float64]:
    """Where all sliders that are in sight stand, in the order of the page."""
    script = "all => all.map(one => one.valueAsNumber)"
    sliders = page.locator("#sliders input[type=range]").filter(visible=True)
    return np.array(sliders.evaluate_all(script))


def locate_thumb(page: Page, name: str, share: float | None = None) -> tuple[float, float]:
    """The place of a slider's thumb at a share of its track, by default where it stands."""
    slider = page.locator(f"#slider-{name}")
    track: dict[str, Any] = slider.evaluate(
        "one => ({thumb: parseFloat(getComputedStyle(one).getPropertyValue('--thumb')),"
        " at: (one.valueAsNumber - one.min) / (one.max - one.min)})"
    )
    box = slider.bounding_box()
    assert box is not None
    at = track["at"] if share is None else share
    reach = box["width"] - track["thumb"]
    return box["x"] + track["thumb"] / 2 + at * reach, box["y"] + box["height"] / 2


def drag_slider(page: Page, name: str, share: float, *, steps: int = 12) -> None:
    """Drag a slider by the mouse from where its thumb is to a share of its track."""
    page.locator(f"#slider-{name}").scroll_into_view_if_needed()
    page.mouse.move(*locate_thumb(page, name))
    page.mouse.down()
    page.mouse.move(*locate_thumb(page, name, share), steps=steps)
    page.mouse.up()
