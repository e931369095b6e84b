"""Speed and faithfulness of timelines and drives: python tests/bench_timeline.py [VIDEO ...]

Frames a second once running (timeline; drive with the landmarks of each driving frame); AU12 asked
for against AU12 measured; how evenly landmarks move at constant speed; and, for each video, the
action units of the driver against those measured on the photo that it drove, by the program or,
with --judge face_landmarker.task, by MediaPipe on both (which has no AU25), and in all how many of
them follow.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from math import ceil
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF
from ganimate.arrays import Photo
from ganimate.clip import animate_timeline, open_animators
from ganimate.evaluation.judge import Judge, open_landmarker
from ganimate.face.detection import open_finder
from ganimate.frames import animate_performances
from ganimate.media.video_reader import open_video, read_frames
from ganimate.media.video_writer import write_frames
from ganimate.performance.driver import measure_driver, transfer_performance
from ganimate.performance.performance import Performance, perform
from ganimate.performance.timeline import Timeline
from ganimate.performance.timeline_reader import parse_timeline
from ganimate.portrait import measure_portrait
from ganimate.warp.displacement import move_landmarks
from ganimate.weights import load_face_models

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
WATCHED = (1, 2, 4, 12, 25, 26, 45)
VARIES = 0.05  # standard deviation from which a driver's action unit is counted
JUDGE_SEES = 0.03  # that of the judge's signal of the driver from which it sees it vary, too
FOLLOWS = 0.8  # correlation from which a photo follows
PHOTOS = ("astronaut.jpg", "grace_hopper.jpg")
WARM_UP = 16  # frames
MOST_FRAMES = 40  # of a video are measured again
GOES = 0.02  # of the face's width; landmarks that travel less are not counted


def timeline_of(photo: str, keys: list[dict[str, object]], **more: object) -> Timeline:
    text = json.dumps({"photo": photo, "keys": keys, **more})
    timeline, problems = parse_timeline(text, EXAMPLES)
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


def rate(frames: Iterator[object], count: int) -> float:
    """Frames a second after the first few."""
    for _ in islice(frames, WARM_UP):
        pass
    began = time.perf_counter()
    done = sum(1 for _ in islice(frames, count))
    return done / (time.perf_counter() - began)


def bench_timeline_speed() -> None:
    keys: list[dict[str, object]] = [
        {"t": "50%", "expression": "smile"},
        {"t": "100%", "expression": "surprise"},
    ]
    for words, more in (("", {}), (" with the head turning", {"head": [{"t": 3, "yaw": 8}]})):
        clip = animate_timeline(
            timeline_of("astronaut.jpg", keys, duration=6, blink="auto", **more)
        )
        found = rate(clip, 60)
        print(f"timeline, 512 x 512{words}: {found:.1f} frames a second (to reach: 25)")


def bench_drive_speed(folder: Path) -> None:
    driver = folder / "driver.mp4"
    keys: list[dict[str, object]] = [
        {"t": 1.5, "expression": "laugh"},
        {"t": 3, "expression": "sad"},
    ]
    asked = timeline_of("grace_hopper.jpg", keys, duration=5, blink="auto", size=512)
    write_frames(animate_timeline(asked), driver, fps=30)
    models = load_face_models()
    footage = open_video(driver)
    frames = read_frames(footage, footage.fps)
    next(frames)
    began = time.perf_counter()
    watched = measure_driver(frames, footage.fps, models)
    watching = len(watched.aus) / (time.perf_counter() - began)
    animators = open_animators(EXAMPLES / "astronaut.jpg", models)
    acts = [transfer_performance(watched, one.portrait.aus, head=True) for one in animators]
    rendering = rate(animate_performances(animators, acts), 60)
    both = 1 / (1 / watching + 1 / rendering)
    print(
        f"drive, 512 x 512, head too: {both:.1f} frames a second (to reach: 12), of which watching "
        f"{watching:.1f}, rendering {rendering:.1f}\n"
    )


def judged(frames: Iterable[Photo], judge: Judge) -> NDArray[np.float64]:
    """(n, 17) raw signals of the AUs of each frame, by a judge; nan where it finds no face."""
    rows = [judge(frame) for frame in frames]
    return np.array([np.full(17, np.nan) if row is None else row for row in rows], np.float64)


def measured(frames: Iterable[Photo]) -> NDArray[np.float64]:
    """(n, 17) AUs of each frame, mean of the sides; nan where no face is found."""
    models = load_face_models()
    rows = []
    with open_finder() as find:
        for frame in frames:
            faces = find(frame, False)
            found = (
                measure_portrait(frame, faces[0], models).aus.mean(axis=1)
                if faces
                else np.full(17, np.nan)
            )
            rows.append(found)
    return np.array(rows, np.float64)


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    both = ~np.isnan(one) & ~np.isnan(other)
    return float(np.corrcoef(one[both], other[both])[0, 1])


def bench_following() -> None:
    for photo in PHOTOS:
        clip = animate_timeline(ramp(photo, 12))
        shown = measured(clip)[:, ROW_OF[12]]
        asked = perform(ramp(photo, 12), clip.courses[0].portrait.aus).aus[:, ROW_OF[12], 0]
        found = correlation(asked.astype(np.float64), shown)
        print(f"{photo}, AU12 0 -> 1 -> 0: correlation {found:.3f} (to reach: .95)")
    print()


def bench_smoothness() -> None:
    """Where the mesh's landmarks are sent, frame by frame, at constant speed of each AU."""
    models = load_face_models()
    for photo in PHOTOS:
        (animator,) = open_animators(EXAMPLES / photo, models)
        portrait = animator.portrait
        ratios = {}
        for number in ROW_OF:
            aus = perform(ramp(photo, number), portrait.aus).aus[:16]
            course = np.stack(
                [
                    move_landmarks(
                        models.prior, portrait.face.landmarks, portrait.pose, portrait.aus, one
                    )
                    for one in aus
                ]
            )
            steps = np.linalg.norm(np.diff(course[:, :, :2], axis=0), axis=2)
            goes = steps.sum(axis=0) > GOES * portrait.pose.scale
            ratios[number] = (steps.max(axis=0) / np.median(steps, axis=0))[goes].max(initial=0)
        listed = ", ".join(f"AU{number} {ratio:.1f}" for number, ratio in ratios.items())
        print(f"{photo}: largest step of a landmark over its median (to reach: 3): {listed}")
    print()


class Followed(NamedTuple):
    """How one action unit of a photo follows a driver."""

    number: int
    correlation: float  # of what the photo shows and what the driver does
    judge_sees: bool  # whether the judge sees it vary in the driver


def bench_driver(video: Path, photos: Sequence[Path], judge: Judge | None) -> list[Followed]:
    models = load_face_models()
    footage = open_video(video)
    watched = measure_driver(read_frames(footage, footage.fps), footage.fps, models)
    driver = watched.aus.mean(axis=2).astype(np.float64)
    spreads = np.nanstd(driver, axis=0)
    every = ceil(len(driver) / MOST_FRAMES)
    # Looked at again rather than kept: a driver's frames are large.
    seen = islice(read_frames(footage, footage.fps), 0, None, every)
    done = driver[::every] if judge is None else judged(seen, judge)
    sees = np.nanstd(done, axis=0) >= JUDGE_SEES
    everything = []
    for photo in photos:
        animators = open_animators(photo, models)
        acts = [transfer_performance(watched, one.portrait.aus) for one in animators]
        some = [Performance(act.aus[::every], calibration_targets=act.aus) for act in acts]
        frames = animate_performances(animators, some)
        shown = measured(frames) if judge is None else judged(frames, judge)
        found = []
        for number in WATCHED:
            row = ROW_OF[number]
            if spreads[row] >= VARIES and (judge is None or number != 25):
                asked = correlation(driver[:, row], acts[0].aus.mean(axis=2)[:, row].astype(float))
                follows = correlation(done[:, row], shown[:, row])
                found.append(f"AU{number} {follows:.2f} (asked for {asked:.2f})")
                everything.append(Followed(number, follows, bool(sees[row])))
        print(f"{video.name} drives {photo.name}: {', '.join(found)} (to reach: {FOLLOWS})")
    return everything


def print_totals(everything: Sequence[Followed]) -> None:
    """Print how many follow, by action unit, in all, and where the judge sees the driver vary."""

    def count(some: Sequence[Followed]) -> str:
        follow = sum(one.correlation >= FOLLOWS for one in some)
        share = f" ({follow / len(some):.0%})" if some else ""
        return f"{follow} of {len(some)}{share}"

    for number in WATCHED:
        some = [one for one in everything if one.number == number]
        if some:
            middle = np.median([one.correlation for one in some])
            print(f"AU{number}: {count(some)} at least {FOLLOWS}, median {middle:.2f}")
    print(f"in all: {count(everything)} at least {FOLLOWS} (to reach: 90%)")
    seen = [one for one in everything if one.judge_sees]
    print(f"where the judge sees the driver vary by {JUDGE_SEES} at least: {count(seen)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=Path, nargs="*")
    parser.add_argument("--photos", type=Path, nargs="*", help="driven by the videos")
    parser.add_argument("--judge", type=Path, help="MediaPipe's face_landmarker.task")
    parser.add_argument("--only-videos", action="store_true")
    options = parser.parse_args()
    if not options.only_videos:
        bench_timeline_speed()
        with tempfile.TemporaryDirectory() as name:
            bench_drive_speed(Path(name))
        bench_following()
        bench_smoothness()
    photos = options.photos or [EXAMPLES / name for name in PHOTOS]
    with open_landmarker(options.judge) if options.judge else nullcontext() as judge:
        everything = [one for video in options.videos for one in bench_driver(video, photos, judge)]
    if everything:
        print_totals(everything)


if __name__ == "__main__":
    main()
