"""Figures of the first-order motion model, as its paper has them, a frame for each of a driver's.

Each is a row of squares: the photo's, the driver's, one that explains, and what was made.
"""

from __future__ import annotations

import colorsys
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from ganimate.arrays import Floats, Photo
from ganimate.clip import load
from ganimate.errors import UsageError
from ganimate.frames import DrivenClip
from ganimate.networks.generators import find_architecture
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point
from ganimate.performance.keypoints import DrivingKeypoints, transfer_keypoints
from ganimate.performance.neutral import Neutral, NeutralLike
from ganimate.pixels import PhotoLike
from ganimate.reenacted_photo import ReenactedPhoto
from ganimate.rendering.keypoint_animator import KeypointAnimator, MovedFace
from ganimate.requests import FaceLike, VideoLike

Shown = Literal["keypoints", "occlusion", "deformation"]
"""What a figure explains."""


@dataclass(frozen=True)
class FigureSettings:
    """How figures are drawn."""

    panel: int = 256
    """Side of each square at least, pixels; larger is easier to see."""

    dot: float = 0.018
    """Radius of a keypoint, of the square's side; larger hides more of the face."""

    lines: int = 16
    """Lines of the grid that is deformed, each way; more show finer motion and hide more."""


FIGURE = FigureSettings()


def animate_figures(
    photo: PhotoLike,
    video: VideoLike,
    fps: float | None,
    shown: Shown,
    *,
    neutral: NeutralLike = "auto",
    face: FaceLike = "largest",
    size: int | None = None,
    model: str | os.PathLike[str],
    device: str = "auto",
) -> DrivenClip:
    """Explain how a first-order model brings a photo to life by a video.

    Args:
        photo: as animate_by_video() takes it.
        video: likewise.
        fps: frames a second; by default those of the file.
        shown: what is explained: see draw_figures().
        neutral: what motion is counted from: see animate_by_video().
        face: which face of the photo; of several the largest is explained.
        size: longest side of the photo in pixels; its own by default.
        model: a first-order model's name or file.
        device: "auto", "cpu", "cuda" or "mps".

    Returns:
        A clip whose frames are figures.

    Raises:
        GanimateError: the request cannot be met; before the first frame.
    """
    loaded = load(photo, face=face, size=size, model=model, device=device)
    if not isinstance(loaded, ReenactedPhoto):
        what = find_architecture(loaded.generator).what
        raise UsageError(
            f"`show` explains first-order models, and {loaded.model.weights} is {what}: leave it "
            "away, or give another `model`"
        )
    followed = loaded.follow(video, fps, neutral=neutral, keep_pictures=True)
    clip, animator = followed.clip, loaded.animators[0]
    return replace(clip, draw=lambda: draw_figures(animator, followed.motion, clip.neutral, shown))


def draw_figures(
    animator: KeypointAnimator,
    motion: DrivingKeypoints,
    initial: Neutral,
    shown: Shown,
    settings: FigureSettings = FIGURE,
) -> Iterator[Photo]:
    """Draw the figure of each frame, lazily.

    Args:
        animator: of the photo's face.
        motion: of the driver, with its pictures.
        initial: the frame that motion is counted from.
        shown: "keypoints" marks them on all three squares; "occlusion" shows, in black, what the
            photo does not show; "deformation" the photo's own pixels, moved, under a grid that
            moves with them.
        settings: how figures are drawn.

    Yields:
        (s, 3 s or 4 s, 3).
    """
    wanted = list(transfer_keypoints(motion, animator.keypoints, initial))
    own = animator.keypoints[:, :2]
    for index, moved in enumerate(animator.move(wanted)):
        driver = motion.pictures[index]
        panels = [_enlarge(one, settings) for one in (animator.square, driver, moved.picture)]
        if shown == "keypoints":
            places = (own, motion.places[index], wanted[index][:, :2])
            panels = [mark_keypoints(*pair, settings) for pair in zip(panels, places, strict=True)]
        else:
            panels.insert(2, _explain(animator.square, moved, shown, settings))
        yield np.concatenate(panels, axis=1)


def mark_keypoints(square: Photo, places: Floats, settings: FigureSettings = FIGURE) -> Photo:
    """Mark keypoints on a square, each in a colour of its own.

    Args:
        square: (s, s, 3).
        places: (k, 2) in [-1, 1]; nan where there is no face.
        settings: how large the marks are.
    """
    marked, side = square.copy(), len(square)
    if np.isnan(places).any():
        return marked
    radius = max(2, round(settings.dot * side))
    for index, centre in enumerate(to_fixed_point((places + 1) / 2 * (side - 1))):
        colour = [255 * one for one in colorsys.hsv_to_rgb(index / len(places), 0.9, 1.0)]
        place = (int(centre[0]), int(centre[1]))
        scaled = radius << FIXED_POINT_BITS
        cv2.circle(marked, place, scaled, (0, 0, 0), 2, cv2.LINE_AA, FIXED_POINT_BITS)
        cv2.circle(marked, place, scaled, colour, -1, cv2.LINE_AA, FIXED_POINT_BITS)
    return marked


def _explain(square: Photo, moved: MovedFace, shown: Shown, settings: FigureSettings) -> Photo:
    """The square that explains occlusion or deformation."""
    if shown == "occlusion":
        grey = np.rint(255 * moved.shown).astype(np.uint8)
        return _enlarge(np.repeat(grey[:, :, None], 3, axis=2), settings)
    side = max(settings.panel, len(square))
    grid = np.zeros((side, side), np.uint8)
    grid[:: side // settings.lines] = 255
    grid[:, :: side // settings.lines] = 255
    places = cv2.resize(moved.field, (side, side), interpolation=cv2.INTER_LINEAR)
    places = (places + 1) / 2 * (side - 1)
    lines = cv2.remap(grid, places[:, :, 0], places[:, :, 1], cv2.INTER_LINEAR)
    share = 0.5 * lines[:, :, None].astype(np.float32) / 255
    over = _enlarge(moved.deformed, settings) * (1 - share) + 255 * share
    return np.asarray(np.rint(over), np.uint8)


def _enlarge(square: Photo, settings: FigureSettings) -> Photo:
    """A square that is as large as panels are at least."""
    side = max(settings.panel, len(square))
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
