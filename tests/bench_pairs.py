"""Real pairs: one person under two expressions. python tests/bench_pairs.py CLIP.mp4 [...]

From each clip, the frame that shows least becomes the photo; the AUs of frames that show something
else are copied onto it (as `--to other_photo.jpg` does), and the result is compared with the real
frame: distance of the mouth's landmarks, pose aside, and error of the AUs, over doing nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from ganimate.animator import Animator
from ganimate.calibration import calibrated
from ganimate.faces import N_MESH, face_finder
from ganimate.motion import LIPS
from ganimate.portrait import Portrait, measure
from ganimate.weights import DEFAULT_MODEL, load_face_models, load_generator, model_path

MOUTH = np.concatenate([LIPS.upper.ravel(), LIPS.lower.ravel(), LIPS.corners])
EVERY = 6  # frames
FAR = 0.015  # of the face's width: real frames whose mouth differs by less say nothing


def shape_of(portrait: Portrait) -> NDArray[np.float32]:
    """The mouth's landmarks, (n, 3), pose-normalised."""
    return portrait.pose.normalise(portrait.face.landmarks[:N_MESH])[MOUTH]


def apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.linalg.norm((one - other)[:, :2], axis=1).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    models = load_face_models()
    generator = load_generator(model_path(options.model))
    with face_finder() as find:
        for clip in options.clips:
            frames = [f for i, f in enumerate(iio.imiter(clip, plugin="FFMPEG")) if not i % EVERY]
            found = [(frame, find(frame, False)) for frame in frames]
            portraits = [measure(frame, faces[0], *models) for frame, faces in found if faces]
            photo = min(portraits, key=lambda portrait: float(portrait.aus.sum()))
            animator = Animator(photo, generator, models[0])
            mouth, aus = [], []
            for real in portraits:
                idle = apart(shape_of(photo), shape_of(real))
                if idle < FAR:
                    continue
                drive = calibrated(animator, real.aus, models[1])
                frame = photo.photo.copy()
                animator.draw(frame, next(animator.layers([real.aus], [drive])))
                copied = measure(frame, find(frame, False)[0], *models)
                mouth.append((apart(shape_of(copied), shape_of(real)), idle))
                aus.append(
                    (np.abs(copied.aus - real.aus).mean(), np.abs(photo.aus - real.aus).mean())
                )
            near, idle = np.sum(mouth, axis=0)
            error, still = np.mean(aus, axis=0)
            print(
                f"{clip.name}: {len(mouth)} pairs; mouth distance {near / idle:.2f} of doing "
                f"nothing (to reach: at most .50); AU error {error:.3f}, doing nothing {still:.3f}"
            )


if __name__ == "__main__":
    main()
