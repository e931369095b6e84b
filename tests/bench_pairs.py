"""Real pairs: one person under two expressions. python tests/bench_pairs.py CLIP.mp4 [...]

The AUs of each frame are copied (as `--to other_photo.jpg` does) onto one that shows little, and
the result is compared with the real frame: distance of the mouth's landmarks, pose aside, and
error of the AUs, over doing nothing. The photo is the frame that shows least of those whose heads
are held nearly alike, since a pose is never quite told from an expression. What that costs is seen
in a second figure, with the frame that shows least of all for every pair.

A frown that moves the corners of the eyes moves the pose, and with it the mouth, which no copied AU
can bring about. So each figure is followed by one of the mouths' shapes alone, laid on each other,
of those pairs whose mouths differ in shape; how far apart the mouths of frames with nearly the same
AUs are, at heads as much alike, is printed first.

With --identity, the descriptor of each copied frame's face (face_describer.py, a network that the
program does not use) is compared with that of its photo, and the real frame's, too: a person with
two expressions may be as far from themselves as the two real frames are.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import imageio.v3 as iio
import numpy as np
from face_describer import open_describer
from numpy.typing import NDArray

from ganimate.arrays import Photo
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait, measure_portrait
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models

Describe: TypeAlias = Callable[[Photo], "NDArray[np.float64] | None"]

MOUTH = np.concatenate([LIPS.upper.ravel(), LIPS.lower.ravel(), LIPS.corners])
EVERY = 6  # frames
ALIKE = 8.0  # degrees between two heads
SAME = 0.03  # mean difference of the AUs of frames with the same expression
FAR = 0.015  # of the face's width: real frames whose mouth differs by less say nothing


def shape_of(portrait: Portrait) -> NDArray[np.float32]:
    """The mouth's landmarks, (n, 3), pose-normalised."""
    return portrait.pose.normalise(portrait.face.landmarks[:N_MESH])[MOUTH]


def apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.linalg.norm((one - other)[:, :2], axis=1).mean())


def apart_in_shape(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """How far mouths are apart that are laid on each other."""
    return apart(one - one.mean(axis=0), other - other.mean(axis=0))


def measure_noise(portraits: list[Portrait]) -> str:
    """How far the mouths of frames with the same expression are apart."""
    shapes = [(shape_of(one), one) for one in portraits]
    noise = [
        (apart(shape, other), apart_in_shape(shape, other))
        for i, (shape, one) in enumerate(shapes)
        for other, held in shapes[:i]
        if turned(one, held) <= ALIKE and np.abs(one.aus - held.aus).mean() <= SAME
    ]
    if not noise:
        return "no two frames have the same expression"
    far, shape = np.mean(noise, axis=0)
    return f"{len(noise)} pairs of the same expression: mouths {far:.4f}, shapes {shape:.4f} apart"


def turned(one: Portrait, other: Portrait) -> float:
    """Degrees between the ways in which two heads are held."""
    return float(np.hypot(one.pose.yaw - other.pose.yaw, one.pose.pitch - other.pose.pitch))


class Copier:
    """Copies the AUs of one frame onto another, as the program does."""

    def __init__(self, model: str) -> None:
        self.models = load_face_models()
        self.generator = load_generator(find_model(model))

    def copied(self, photo: Portrait, real: Portrait, find: Any) -> Portrait:
        """What `photo` shows once the AUs of `real` are copied onto it."""
        animator = open_animator(photo, self.generator, self.models)
        frame = draw_frame(
            animator, next(animator.layers([real.aus], animator.calibrate([real.aus])))
        )
        return measure_portrait(frame, find(frame, False)[0], self.models)


def compare(
    pairs: list[tuple[Portrait, Portrait]], copier: Copier, find: Any, describe: Describe | None
) -> str:
    """What is left of the differences of these (photo, real) pairs."""
    mouth, shapes, aus, degrees, strange = [], [], [], [], []
    for photo, real in pairs:
        idle = apart(shape_of(photo), shape_of(real))
        if idle < FAR:
            continue
        copied = copier.copied(photo, real, find)
        shown, wanted = shape_of(copied), shape_of(real)
        mouth.append((apart(shown, wanted), idle))
        differ = apart_in_shape(shape_of(photo), wanted)
        if differ >= FAR:
            shapes.append((apart_in_shape(shown, wanted), differ))
        aus.append((np.abs(copied.aus - real.aus).mean(), np.abs(photo.aus - real.aus).mean()))
        degrees.append(turned(photo, real))
        if describe is not None:
            who = [describe(one.photo) for one in (photo, copied, real)]
            if all(one is not None for one in who):
                strange.append([float(np.linalg.norm(one - who[0])) for one in who[1:]])
    if not mouth:
        return "no two mouths differ"
    near, idle = np.sum(mouth, axis=0)
    error, still = np.mean(aus, axis=0)
    words = (
        f"{len(mouth)} pairs, heads {np.mean(degrees):.0f} degrees apart; mouth distance "
        f"{near / idle:.2f} of doing nothing (to reach: at most .50); AU error {error:.3f}, doing "
        f"nothing {still:.3f}"
    )
    if shapes:
        left, differ = np.sum(shapes, axis=0)
        words += f"; of {len(shapes)} that differ in shape, shapes {left / differ:.2f}"
    if strange:
        (made, true), (far, farthest) = np.mean(strange, axis=0), np.max(strange, axis=0)
        nearer = float(np.mean([one[0] <= one[1] for one in strange]))
        words += (
            f"; identity of {len(strange)}: the copy {made:.3f} from its photo (at most "
            f"{far:.3f}), the real frame {true:.3f} ({farthest:.3f}), the copy no farther in "
            f"{nearer:.0%}"
        )
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument(
        "--yaw", type=float, nargs=2, default=(0, 90), help="only heads turned by so many degrees"
    )
    parser.add_argument("--every", type=int, default=EVERY, help="frames from one to the next")
    parser.add_argument("--identity", action="store_true", help="whether copies are still who")
    options = parser.parse_args()
    describe = open_describer() if options.identity else None
    copier = Copier(options.model)
    with open_finder() as find:
        for clip in options.clips:
            frames = [
                f for i, f in enumerate(iio.imiter(clip, plugin="FFMPEG")) if not i % options.every
            ]
            found = [(frame, find(frame, False)) for frame in frames]
            portraits = [
                measure_portrait(frame, faces[0], copier.models) for frame, faces in found if faces
            ]
            least_turn, most = options.yaw
            portraits = [one for one in portraits if least_turn <= abs(one.pose.yaw) <= most]
            if len(portraits) < 2:
                continue
            print(f"{clip.name}: {measure_noise(portraits)}")
            portraits.sort(key=lambda portrait: float(portrait.aus.sum()))
            alike = [
                (next(one for one in portraits if turned(one, real) <= ALIKE), real)
                for real in portraits
            ]
            print(f"{clip.name}: {compare(alike, copier, find, describe)}")
            least = [(portraits[0], real) for real in portraits]
            print(f"{clip.name}, one photo for all: {compare(least, copier, find, describe)}")


if __name__ == "__main__":
    main()
