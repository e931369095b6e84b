"""Does the face show what was asked? python tests/bench_expressions.py PHOTOS [--names FILE]

Every preset on every photo (a folder; FILE lists the names to use, such as a validation split); the
final frame is measured again by the program's own estimator and, with --landmarker, by the blend
shapes of MediaPipe's face landmarker (face_landmarker.task), a judge that the program never uses.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, PRESETS
from ganimate.animator import Animator
from ganimate.calibration import calibrated
from ganimate.errors import GanimateError
from ganimate.faces import face_finder
from ganimate.photo import read_photo
from ganimate.portrait import Portrait, check_usable, measure
from ganimate.training.prior import SIGNALS, TOGETHER
from ganimate.weights import DEFAULT_MODEL, load_face_models, load_generator, model_path

Judge = Callable[[NDArray[np.uint8]], NDArray[np.float32] | None]  # photo -> (17,) AUs


def landmarker_judge(task: Path) -> Judge:
    """Raw AU signals from blend shapes, not scaled: only their change is compared."""
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    options = vision.FaceLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_buffer=task.read_bytes()),
        output_face_blendshapes=True,
        min_face_detection_confidence=0.3,
        min_face_presence_confidence=0.3,
    )
    landmarker = vision.FaceLandmarker.create_from_options(options)

    def judge(photo: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        margin = max(photo.shape[:2]) // 3
        padded = np.pad(photo, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
        found = landmarker.detect(Image(ImageFormat.SRGB, padded)).face_blendshapes
        if not found:
            return None
        score = {shape.category_name: shape.score for shape in found[0]}

        def mean(names: tuple[str, ...]) -> float:
            sides = [score[name.format(side)] for name in names for side in ("Left", "Right")]
            return float(np.mean(sides))

        aus = np.zeros(len(ACTION_UNITS), np.float32)
        for row, unit in enumerate(ACTION_UNITS):
            if unit.number in SIGNALS:
                aus[row] = mean(tuple(SIGNALS[unit.number]))
            elif unit.number in TOGETHER:
                one, other = TOGETHER[unit.number]
                aus[row] = np.sqrt(mean((one,)) * mean((other,)))
        return aus

    return judge


def portraits(folder: Path, names: list[str], count: int) -> Iterator[Portrait]:
    """The first `count` usable faces of the named photos."""
    models = load_face_models()
    with face_finder() as find:
        for name in names:
            try:
                photo = read_photo(folder / name)
                portrait = measure(photo, find(photo, False)[0], *models)
                check_usable(portrait)
            except (GanimateError, IndexError):
                continue
            yield portrait
            count -= 1
            if not count:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--names", type=Path, help="a text file of names, one a line")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--landmarker", type=Path, help="face_landmarker.task")
    options = parser.parse_args()
    names = (
        options.names.read_text().split()
        if options.names
        else sorted(path.name for path in options.photos.iterdir())
    )
    names = list(np.random.default_rng(0).permutation(names))  # names often sort by age
    models = load_face_models()
    generator = load_generator(model_path(options.model))
    judge = landmarker_judge(options.landmarker) if options.landmarker else None
    errors: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    idle: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    changes: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    faces = lost = 0
    with face_finder() as find:
        for portrait in portraits(options.photos, names, options.count):
            faces += 1
            animator = Animator(portrait, generator, models[0])
            before = judge(portrait.photo) if judge else None
            for name in PRESETS:
                target = PRESETS[name].applied_to(portrait.aus)
                drive = calibrated(animator, target, models[1])
                frame = portrait.photo.copy()
                animator.draw(frame, next(animator.layers([target], [drive])))
                found = find(frame, False)
                if not found:
                    lost += 1
                    continue
                shown = measure(frame, found[0], *models).aus
                errors[name].append(np.abs(shown - target).mean(axis=1))
                idle[name].append(np.abs(portrait.aus - target).mean(axis=1))
                after = judge(frame) if judge and before is not None else None
                if after is not None and before is not None:
                    changes.append(((target - portrait.aus).mean(axis=1), after - before))
    print(f"{faces} faces, {len(PRESETS)} presets; face not found again in {lost} frames")
    print("\nmean absolute error of the AUs asked for, by the program's estimator")
    print("preset      after  doing nothing")
    for name in PRESETS:
        print(f"{name:10} {np.mean(errors[name]):6.3f} {np.mean(idle[name]):10.3f}")
    per_unit = np.concatenate([np.array(rows) for rows in errors.values()]).mean(axis=0)
    still = np.concatenate([np.array(rows) for rows in idle.values()]).mean(axis=0)
    print(
        "\nAU    after  doing nothing" + ("  second judge: correlation of changes" if judge else "")
    )
    for row, unit in enumerate(ACTION_UNITS):
        line = f"AU{unit.number:<3} {per_unit[row]:6.3f} {still[row]:10.3f}"
        if changes:
            asked, seen = (np.array([pair[side][row] for pair in changes]) for side in (0, 1))
            if seen.std() > 0 and unit.number != 25:
                line += f" {np.corrcoef(asked, seen)[0, 1]:14.2f}"
        print(line)
    print(f"all   {per_unit.mean():6.3f} {still.mean():10.3f} (to reach: at most 0.06)")


if __name__ == "__main__":
    main()
