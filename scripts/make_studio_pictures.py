"""Take the pictures of docs/studio.md: python scripts/make_studio_pictures.py [FOLDER].

The studio is started with a photo under examples/, and looked at in headless Chromium as a person
sees it who has opened a timeline: light and dark, one view of each kind, and on a phone.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from running_studio import launch_chromium, start_studio, stop_studio  # noqa: E402
from studio_page import SLOW, open_page, wait_for_rest  # noqa: E402

FOLDER = ROOT / "docs" / "studio"
PHOTO = "astronaut.jpg"
QUALITY = 86  # of the JPEG
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
KEYS = {
    "photo": PHOTO,
    "duration": 3,
    "blink": "auto",
    "keys": [
        {"t": 0, "expression": "source"},
        {"t": 0.8, "expression": "surprise"},
        {"t": 1.9, "expression": "wink", "hold": 0.4},
        {"t": 3, "expression": "source"},
    ],
    "head": [{"t": 0, "yaw": 0}, {"t": 1.9, "yaw": -6, "roll": 2}, {"t": 3, "yaw": 0, "roll": 0}],
}
MOMENTS = {"light": 1.9, "dark": 0.8}  # seconds of the timeline


def main() -> None:
    """Start the studio and take all pictures."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    studio = start_studio(f"examples/{PHOTO}")
    try:
        with sync_playwright() as playwright:
            browser = launch_chromium(playwright)
            for scheme, moment in MOMENTS.items():
                page = open_timeline(browser, studio.url, scheme, DESK)
                show_moment(page, moment)
                save(page, folder / f"{scheme}.jpg")
                page.context.close()
            page = open_timeline(browser, studio.url, "light", DESK)
            show_moment(page, MOMENTS["dark"])
            for view in ("Mesh", "Attention"):
                page.locator(".segments").get_by_text(view, exact=True).first.click()
                wait_for_rest(page)
                page.locator("#viewport").screenshot(
                    path=folder / f"{view.lower()}.jpg", type="jpeg", quality=QUALITY
                )
            page.context.close()
            page = open_timeline(browser, studio.url, "dark", PHONE)
            show_moment(page, MOMENTS["light"])
            page.evaluate("scrollTo(0, 0)")
            save(page, folder / "phone.jpg")
            browser.close()
    finally:
        stop_studio(studio)


def open_timeline(browser: Browser, url: str, scheme: str, viewport: dict[str, int]) -> Page:
    """Open the page in a profile of its own, with KEYS in the strip."""
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(SLOW)
    open_page(page, url)
    expect(page.locator("#presets img[src]")).not_to_have_count(0, timeout=SLOW)
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "astronaut.json"
        keys.write_text(json.dumps(KEYS))
        page.locator("#document-input").set_input_files(keys)
        expect(page.locator(".key")).to_have_count(len(KEYS["keys"]), timeout=SLOW)
        wait_for_rest(page)
    return page


def show_moment(page: Page, at: float) -> None:
    """Put the playhead at a time, and wait for the whole picture."""
    page.get_by_label("Playhead").fill(str(at))
    wait_for_rest(page)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(500)  # small pictures and messages that come and go


def save(page: Page, path: Path) -> None:
    """Save what is in the window."""
    page.screenshot(path=path, type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main()
