"""Speed and faithfulness of timelines and drives: python tests/bench_timeline.py [VIDEO ...]

Frames a second once running (timeline; drive with the landmarks of each driving frame); AU12 asked
for against AU12 measured; how evenly landmarks move at constant speed; and, for each video, the
action units of the driver against those measured on the photo that it drove.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.clip import make_performed_clip, make_timeline_clip, open_animators
from ganimate.driver import performance_of, watch
from ganimate.faces import N_MESH, Photo, face_finder
from ganimate.footage import open_footage, read_frames
from ganimate.keyframes import Timeline, check
from ganimate.motion import moved
from ganimate.portrait import measure
from ganimate.timeline import perform
from ganimate.video import write_frames
from ganimate.weights import load_face_models

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
WATCHED = (1, 2, 12, 25, 26, 45)
VARIES = 0.05  # standard deviation from which a driver's action unit is counted
WARM_UP = 16  # frames


def timeline_of(photo: str, keys: list[dict[str, object]], **more: object) -> Timeline:
    text = json.dumps({"photo": photo, "keys": keys, **more})
    timeline, problems = check(text, EXAMPLES)
    assert timeline is not None, problems
    return timeline


def ramp(photo: str, number: int, **more: object) -> Timeline:
    """One action unit 0 -> 1 -> 0 at constant speed."""
    name = f"AU{number}"
    keys: list[dict[str, object]] = [
        {"t": t, "aus": {name: v}, "ease": "linear"}
        for t, v in (("0%", 0), ("50%", 1), ("100%", 0))
    ]
    return timeline_of(photo, keys, duration=2, fps=15, **more)


def rate(frames: Iterator[object], count: int) -> tuple[float, float]:
    """Frames a second after the first few, of wall time and of one core's time."""
    for _ in islice(frames, WARM_UP):
        pass
    wall, core = time.perf_counter(), time.process_time()
    done = sum(1 for _ in islice(frames, count))
    return done / (time.perf_counter() - wall), done / (time.process_time() - core)


def bench_timeline_speed() -> None:
    keys: list[dict[str, object]] = [
        {"t": "50%", "expression": "smile"},
        {"t": "100%", "expression": "surprise"},
    ]
    for words, more in (("", {}), (" with the head turning", {"head": [{"t": 3, "yaw": 8}]})):
        clip = make_timeline_clip(
            timeline_of("astronaut.jpg", keys, duration=6, blink="auto", **more)
        )
        wall, core = rate(clip.frames, 120)
        print(
            f"timeline, 512 x 512{words}: {wall:.1f} frames a second, {core:.1f} by processor time "
            "(to reach: 25)"
        )


def bench_drive_speed(folder: Path) -> None:
    driver = folder / "driver.mp4"
    keys: list[dict[str, object]] = [
        {"t": 1.5, "expression": "laugh"},
        {"t": 3, "expression": "sad"},
    ]
    asked = timeline_of("grace_hopper.jpg", keys, duration=5, blink="auto", size=512)
    write_frames(make_timeline_clip(asked).frames, driver, fps=30)
    models = load_face_models()
    footage = open_footage(driver)
    frames = read_frames(footage, footage.fps)
    next(frames)
    wall, core = time.perf_counter(), time.process_time()
    watched = watch(frames, footage.fps, models)
    count = len(watched.aus)
    seconds = (time.perf_counter() - wall) / count, (time.process_time() - core) / count
    animators = open_animators(EXAMPLES / "astronaut.jpg", models)
    acts = [performance_of(watched, one.portrait.aus, head=True) for one in animators]
    rendered = rate(make_performed_clip(animators, acts, models[1]).frames, 90)
    both = [1 / (one + 1 / other) for one, other in zip(seconds, rendered, strict=True)]
    print(
        f"drive, 512 x 512, head too: {both[0]:.1f} frames a second, {both[1]:.1f} by processor "
        f"time (to reach: 12); watching alone {1 / seconds[0]:.1f}\n"
    )


def measured(frames: Iterable[Photo]) -> NDArray[np.float64]:
    """(n, 17) AUs of each frame, mean of the sides; nan where no face is found."""
    models = load_face_models()
    rows = []
    with face_finder() as find:
        for frame in frames:
            faces = find(frame, False)
            found = (
                measure(frame, faces[0], *models).aus.mean(axis=1) if faces else np.full(17, np.nan)
            )
            rows.append(found)
    return np.array(rows, np.float64)


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    return float(np.corrcoef(one[both], other[both])[0, 1])


def bench_following() -> None:
    for photo in ("astronaut.jpg", "grace_hopper.jpg"):
        clip = make_timeline_clip(ramp(photo, 12))
        shown = measured(clip.frames)[:, ROW_OF[12]]
        asked = perform(ramp(photo, 12), clip.courses[0].portrait.aus).aus[:, ROW_OF[12], 0]
        found = correlation(asked.astype(np.float64), shown)
        print(f"{photo}, AU12 0 -> 1 -> 0: correlation {found:.3f} (to reach: .95)")
    print()


def bench_smoothness() -> None:
    """Where the mesh's landmarks are sent, frame by frame."""
    models = load_face_models()
    for photo in ("astronaut.jpg", "grace_hopper.jpg"):
        (animator,) = open_animators(EXAMPLES / photo, models)
        portrait = animator.portrait
        worst = {}
        for number in ROW_OF:
            for rising in (True, False):
                ends = ((0, 0.0), (2, 1.0)) if rising else ((0, 1.0), (2, 0.0))
                keys: list[dict[str, object]] = [
                    {"t": t, "aus": {f"AU{number}": v}, "ease": "linear"} for t, v in ends
                ]
                aus = perform(timeline_of(photo, keys, fps=30), portrait.aus).aus
                course = np.stack(
                    [
                        moved(models[0], portrait.face.landmarks, portrait.pose, portrait.aus, one)
                        for one in aus
                    ]
                )
                steps = np.linalg.norm(np.diff(course[:, :N_MESH, :2], axis=0), axis=2)
                usual = np.median(steps[:, steps.max(axis=0) > 0.02 * portrait.pose.scale / 60])
                worst[number] = max(worst.get(number, 0), float(steps.max() / usual))
        listed = ", ".join(f"AU{number} {ratio:.1f}" for number, ratio in worst.items())
        print(f"{photo}: largest step of a landmark over the median: {listed}")
    print()


def bench_driver(video: Path) -> None:
    models = load_face_models()
    footage = open_footage(video)
    watched = watch(read_frames(footage, footage.fps), footage.fps, models)
    driver = watched.aus.mean(axis=2).astype(np.float64)
    for photo in ("astronaut.jpg", "grace_hopper.jpg"):
        animators = open_animators(EXAMPLES / photo, models)
        acts = [performance_of(watched, one.portrait.aus) for one in animators]
        shown = measured(make_performed_clip(animators, acts, models[1]).frames)
        found = []
        for number in WATCHED:
            row = ROW_OF[number]
            spread = float(np.nanstd(driver[:, row]))
            if spread >= VARIES:
                asked = correlation(driver[:, row], acts[0].aus.mean(axis=2)[:, row].astype(float))
                follows = correlation(driver[:, row], shown[:, row])
                found.append(f"AU{number} {follows:.2f} (asked for {asked:.2f})")
        print(f"{video.name} drives {photo}: {', '.join(found)} (to reach: .8)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=Path, nargs="*")
    parser.add_argument("--only-videos", action="store_true")
    options = parser.parse_args()
    if not options.only_videos:
        bench_timeline_speed()
        with tempfile.TemporaryDirectory() as name:
            bench_drive_speed(Path(name))
        bench_following()
        bench_smoothness()
    for video in options.videos:
        bench_driver(video)


if __name__ == "__main__":
    main()
