"""How smoothly landmarks move along a clip, and what a frame costs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
import torch

from ganimate.arrays import Floats, Landmarks, Photo
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.performance.expressions import PRESETS
from ganimate.performance.performance import interpolate_aus, schedule_alphas
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator

CLIPS = 12
"""Faces that are followed, each on its way to another preset; more only takes time."""

CLIP_FRAMES = 16
"""Frames of each clip."""


@dataclass(frozen=True)
class Clips:
    """How landmarks move along clips at constant speed, and what a frame costs.

    Attributes:
        clips: how many were followed to their end.
        second_difference: mean of the landmarks' |p(t+1) - 2 p(t) + p(t-1)|, face widths.
        second_difference_p99: 99th percentile of that.
        still_second_difference: mean of that where the photo is only shifted, which is the
            detector's own noise.
        frame_milliseconds: to draw a frame, the first ones of a clip included.
        pixels: (width, height) of the largest frame.
    """

    clips: int
    second_difference: float
    second_difference_p99: float
    still_second_difference: float
    frame_milliseconds: float
    pixels: tuple[int, int]


def score_clips(
    portraits: Iterable[Portrait],
    generator: ActionUnitGenerator,
    models: FaceModels,
    device: torch.device,
) -> Clips | None:
    """Measure a clip of each of the first CLIPS faces, to one preset after the other.

    Args:
        portraits: faces never trained on.
        generator: in evaluation mode, on `device`.
        models: what is known of faces.
        device: where the generator runs.

    Returns:
        None where no face can be followed to the end of its clip.
    """
    jolts: list[Floats] = []
    still: list[Floats] = []
    seconds: list[float] = []
    width = height = 0
    presets = list(PRESETS.values())
    with open_finder() as find:
        for number, portrait in enumerate(islice(portraits, CLIPS)):
            animator = open_animator(portrait, generator, models, device)
            target = presets[number % len(presets)].apply_to(portrait.aus)
            (drive,) = animator.calibrate([target])
            steps = schedule_alphas(CLIP_FRAMES, "linear", "once")
            began = time.monotonic()
            shown = interpolate_aus(portrait.aus, target, steps)
            drives = interpolate_aus(portrait.aus, drive, steps)
            frames = [draw_frame(animator, layer) for layer in animator.layers(shown, drives)]
            seconds.append((time.monotonic() - began) / len(frames))
            height, width = max((height, width), portrait.photo.shape[:2])
            for pictures, into in ((frames, jolts), (_slide(portrait.photo), still)):
                found = [find(frame, False) for frame in pictures]
                if all(found):
                    into.append(_measure_jolts([faces[0].landmarks for faces in found]))
    if not jolts or not still:
        return None
    every = np.concatenate(jolts)
    return Clips(
        clips=len(jolts),
        second_difference=float(every.mean()),
        second_difference_p99=float(np.percentile(every, 99)),
        still_second_difference=float(np.concatenate(still).mean()),
        frame_milliseconds=1000 * float(np.mean(seconds)),
        pixels=(width, height),
    )


def _slide(photo: Photo) -> Iterator[Photo]:
    """A photo that slides by half a pixel a frame: all that its landmarks' speed should change."""
    height, width = photo.shape[:2]
    for step in range(CLIP_FRAMES):
        slide = np.array([[1, 0, step / 2], [0, 1, 0]], np.float64)
        yield np.asarray(
            cv2.warpAffine(photo, slide, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
        )


def _measure_jolts(landmarks: Sequence[Landmarks]) -> Floats:
    """|p(t+1) - 2 p(t) + p(t-1)| of each landmark, in face widths, flat."""
    path = np.stack([points[:N_MESH, :2] for points in landmarks])  # (t, 468, 2)
    face_width = np.linalg.norm(path[:, 234] - path[:, 454], axis=1).mean()
    bent = path[2:] - 2 * path[1:-1] + path[:-2]
    return np.asarray(np.linalg.norm(bent, axis=2).ravel() / face_width, np.float32)
