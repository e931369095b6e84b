"""Latency of `ganimate studio` in a browser: python tests/bench_studio.py [PHOTO] [--size N]

A slider is dragged by the mouse in headless Chromium. First in 60 steps, each of which waits for
its picture: median and 95th percentile from the input event to the frame of the browser that shows
new pixels. Then in 60 steps at 60 a second that wait for nothing, as a hand drags: pictures a
second, and how late those are that are shown. Beside them the time that the renderer alone takes
for such a frame, and the JPEG of it. Run it on a machine that is idle: browser and server share its
cores. What does not depend on that is printed, too: the processor time that program and browser
take for a picture (on Linux).
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Page, sync_playwright
from running_studio import TOP, launch_chromium, start_studio, stop_studio
from studio_page import locate_thumb, open_page, wait_for_rest

from ganimate.media.photo import read_photo
from ganimate.studio.channels import read_wish
from ganimate.studio.stage import open_engine
from ganimate.studio.subject import open_subject
from ganimate.studio.views import draw_result, encode_quickly

STEPS = 60
SWEEPS = 4  # from one end of the slider to the other, in the drag that waits for nothing
RATE = 60.0  # steps a second of a hand that drags
SLIDER = "AU12"
SETTLING = 2.0  # seconds until what the page does at its start is over

WATCH = """
() => {
  const sent = new Map(), late = window.late = [];
  let moved = 0;
  addEventListener("input", (event) => { moved = event.timeStamp; }, true);
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const wish = JSON.parse(text);
    if (moved && !wish.rest) sent.set(wish.id, moved);
    return send.call(this, text);
  };
  const canvas = document.getElementById("after");
  new MutationObserver(() => {
    const answered = [...sent.keys()].filter((id) => id <= Number(canvas.dataset.request));
    if (!answered.length) return; // shown before: the full picture of a hand that rests
    const began = sent.get(answered.at(-1));
    for (const id of answered) sent.delete(id);
    requestAnimationFrame(() => late.push(performance.now() - began));
  }).observe(canvas, { attributeFilter: ["data-pictures"] });
}
"""


@dataclass(frozen=True)
class Drag:
    """A drag that waited for nothing.

    Attributes:
        late: milliseconds from an input event to its pixels, for each picture that was shown.
        seconds: that it took.
        program: milliseconds of processor time of the program meanwhile.
        browser: milliseconds of processor time of the browser and of what drove it meanwhile.
    """

    late: list[float]
    seconds: float
    program: float
    browser: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=TOP / "examples" / "astronaut.jpg")
    parser.add_argument("--size", type=int, default=512, help="pixels of what follows the drag")
    options = parser.parse_args()
    alone = time_renderer(options.photo, options.size)
    studio = start_studio(str(options.photo.resolve()), "--size", str(options.size))
    try:
        with sync_playwright() as playwright:
            browser = launch_chromium(playwright)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            open_page(page, studio.url)
            time.sleep(SETTLING)
            page.evaluate(WATCH)
            stepped = drag_in_steps(page)
            wait_for_rest(page)
            dragged = drag_freely(page, studio.process.pid)
            browser.close()
    finally:
        stop_studio(studio)
    print(f"{options.photo.name}, {options.size} px; milliseconds: median, 95th percentile")
    print(f"renderer and JPEG alone    {_describe(alone)}")
    print(f"one step at a time         {_describe(stepped)}  (input event to new pixels)")
    rate = f"{len(dragged.late) / dragged.seconds:.0f} pictures a second"
    print(f"{RATE:g} steps a second       {_describe(dragged.late)}  ({rate})")
    program, browser = (spent / len(dragged.late) for spent in (dragged.program, dragged.browser))
    print(f"processor time a picture   {program:6.1f} program, {browser:.1f} browser")


def time_renderer(photo: Path, size: int) -> list[float]:
    """Time frames as a drag has them, milliseconds each."""
    subject = open_subject(read_photo(photo), photo.name, open_engine(size=size))
    took = []
    for step in range(STEPS + 5):
        wish = read_wish({SLIDER: step / (STEPS + 5)}, subject.source)
        began = time.perf_counter()
        encode_quickly(draw_result(subject.preview, subject.follow(wish)))
        took.append(1000 * (time.perf_counter() - began))
    return took[5:]  # without those that wait for memory


def measure_processor(process: int) -> float:
    """Measure the processor time of a process and of all that it started, milliseconds."""
    parents, spent = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parents[int(entry.parent.name)] = int(fields[1])
        ticks = int(fields[11]) + int(fields[12])  # user and system time (man 5 proc)
        spent[int(entry.parent.name)] = 1000 * ticks / os.sysconf("SC_CLK_TCK")
    family = {process}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(spent.get(one, 0.0) for one in family)


def drag_in_steps(page: Page) -> list[float]:
    """Drag a slider from one end to the other; each step waits for its picture."""
    _press(page, 0.0)
    for step in range(1, STEPS + 1):
        seen = page.evaluate("late.length")
        page.mouse.move(*locate_thumb(page, SLIDER, step / STEPS))
        page.wait_for_function("seen => late.length > seen", arg=seen)
    page.mouse.up()
    return _take(page)


def drag_freely(page: Page, program: int) -> Drag:
    """Drag a slider to and fro at a steady rate.

    Args:
        page: the page.
        program: the process that serves it.
    """
    shares = [1 - abs(step % (2 * STEPS) - STEPS) / STEPS for step in range(STEPS * SWEEPS + 1)]
    places = [locate_thumb(page, SLIDER, share) for share in shares]
    _press(page, shares[0])
    before = measure_processor(program), measure_processor(os.getpid())
    began = time.perf_counter()
    for step, place in enumerate(places[1:], start=1):
        page.mouse.move(*place)
        time.sleep(max(0.0, began + step / RATE - time.perf_counter()))
    late, seconds = _take(page), time.perf_counter() - began
    after = measure_processor(program), measure_processor(os.getpid())
    page.mouse.up()
    spent, every = (end - start for start, end in zip(before, after, strict=True))
    return Drag(late=late, seconds=seconds, program=spent, browser=every - spent)


def _press(page: Page, share: float) -> None:
    """Press the mouse on a slider's track, and wait until nothing more is drawn."""
    page.locator(f"#slider-{SLIDER}").scroll_into_view_if_needed()
    page.mouse.move(*locate_thumb(page, SLIDER, share))
    page.mouse.down()
    wait_for_rest(page)
    time.sleep(SETTLING / 2)
    _take(page)


def _take(page: Page) -> list[float]:
    taken: list[float] = page.evaluate("late.splice(0)")
    return taken


def _describe(milliseconds: list[float]) -> str:
    high = quantiles(milliseconds, n=20)[-1]
    return f"{median(milliseconds):6.1f} {high:6.1f}"


if __name__ == "__main__":
    main()
