"""Keypoints of a driving video, and which ones a photo's face follows them with.

The first-order motion model (Siarohin et al., NeurIPS 2019) moves a picture to any keypoints. Those
of the driver as they are give the photo the driver's face and place (absolute motion); how far they
are from those of one frame, added to the photo's own, moves the photo's face alone (relative
motion, section 3.4). That frame should show the face as the photo does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ganimate.action_units import SHAPE
from ganimate.arrays import Floats, Mask, Photo, Series
from ganimate.errors import VideoError
from ganimate.face.alignment import sample_crop
from ganimate.face.detection import open_tracker
from ganimate.face.landmarks import N_MESH, Face
from ganimate.face.square import fit_square
from ganimate.face_models import FaceModels
from ganimate.networks.device import autocast
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.first_order.keypoints import Keypoints
from ganimate.numerics import Affine2D
from ganimate.performance.driver import NO_FACE, Stillness, weigh_presence
from ganimate.performance.neutral import Neutral, NeutralLike, find_moment
from ganimate.performance.smoothing import bridge_gaps

NUMBERS = 6
"""Numbers of a keypoint: its place and its Jacobian."""


@dataclass(frozen=True)
class KeypointSettings:
    """How a driver's keypoints are found."""

    batch: int = 8
    """Frames that the detector sees together; more take more memory and hardly less time."""


KEYPOINTS = KeypointSettings()


@dataclass(frozen=True)
class DrivingKeypoints:
    """What the face of a driving video does in its n frames; nan where there is none.

    Attributes:
        fps: frames a second.
        places: (n, k, 2) in [-1, 1] of a square about the face that holds still.
        jacobians: (n, k, 2, 2).
        landmarks: (n, 468, 2) pixels of the frames.
        aus: (n, 17, 2) in [0, 1].
        pictures: (n, s, s, 3) uint8, what the detector saw; empty unless they were to be kept.
    """

    fps: float
    places: Floats
    jacobians: Floats
    landmarks: Floats
    aus: Floats
    pictures: NDArray[np.uint8]

    @property
    def face_found(self) -> Mask:
        """(n,) whether a face was found."""
        return np.asarray(~np.isnan(self.places[:, 0, 0]))


def find_driving_keypoints(
    frames: Iterable[Photo],
    fps: float,
    generator: FirstOrderGenerator,
    models: FaceModels,
    device: torch.device,
    *,
    keep_pictures: bool = False,
    settings: KeypointSettings = KEYPOINTS,
) -> DrivingKeypoints:
    """Find the keypoints of the face in each frame of a driving video.

    All frames are cut to the square about the face of the first frame that has one.

    Args:
        frames: (H, W, 3) each, all of one size; taken one at a time.
        fps: frames a second.
        generator: whose detector finds them, in evaluation mode, on `device`.
        models: what measures a face.
        device: where the generator runs.
        keep_pictures: whether what the detector saw is kept.
        settings: how they are found.

    Raises:
        VideoError: there is no face in any frame, or nothing ever moves.
    """
    count = generator.config.keypoints
    points: list[Floats] = []
    landmarks: list[Floats] = []
    aus: list[Floats] = []
    pictures: list[Photo] = []
    nothing = np.full((count, NUMBERS), np.nan, np.float32)
    stillness = Stillness()
    watched = _watch(frames, generator.config.size, stillness)
    while batch := list(islice(watched, settings.batch)):
        seen = [picture for face, picture in batch if face is not None]
        found = iter(detect_keypoints(generator, seen, device) if seen else [])
        for face, picture in batch:
            points.append(nothing if face is None else next(found))
            reading = None if face is None else models.measure(face.landmarks)
            aus.append(np.full(SHAPE, np.nan, np.float32) if reading is None else reading.aus)
            landmarks.append(
                np.full((N_MESH, 2), np.nan, np.float32)
                if face is None
                else face.landmarks[:N_MESH, :2]
            )
            pictures += [picture] if keep_pictures else []
    table = np.stack(points) if points else nothing[None]
    if np.isnan(table).all():
        raise VideoError(NO_FACE)
    stillness.check()
    return DrivingKeypoints(
        fps=fps,
        places=table[:, :, :2],
        jacobians=table[:, :, 2:].reshape(-1, count, 2, 2),
        landmarks=np.stack(landmarks),
        aus=np.stack(aus),
        pictures=np.stack(pictures) if pictures else np.zeros((0, 1, 1, 3), np.uint8),
    )


@torch.inference_mode()
def detect_keypoints(
    generator: FirstOrderGenerator, pictures: Sequence[Photo], device: torch.device
) -> list[Floats]:
    """Detect the keypoints of pictures (s, s, 3): of each (k, 6), places and Jacobians."""
    batch = torch.from_numpy(np.stack(pictures)).to(device).permute(0, 3, 1, 2).float() / 255
    with autocast(device):
        places, jacobians = generator.detector(batch)
    return list(torch.cat([places, jacobians.flatten(2)], 2).cpu().numpy())


def find_likest(photo: Floats, driver: Floats) -> int:
    """Find the frame in which the driver's face stands most like that of a photo.

    As the authors' code does: landmarks less their middle, over the root of the area of their
    convex hull; the smallest sum of squared differences.

    Args:
        photo: (468, 2) landmarks.
        driver: (n, 468, 2) landmarks; nan where there is no face, but not in all frames.
    """
    wanted = _normalise(photo)
    away = [
        np.inf if np.isnan(one).any() else float(((_normalise(one) - wanted) ** 2).sum())
        for one in driver
    ]
    return int(np.argmin(away))


def choose_initial(motion: DrivingKeypoints, photo: Floats, neutral: NeutralLike) -> Neutral:
    """Choose the frame from which a driver's motion is counted.

    Args:
        motion: of the driver.
        photo: (468, 2) landmarks of the photo's face.
        neutral: "auto" finds the frame that stands most like the photo; "absolute" counts from
            none; a number is seconds from the first frame.

    Raises:
        UsageError: no face was found at that moment.
    """
    if not isinstance(neutral, str):
        near = find_moment(motion.face_found, motion.fps, neutral)
        return Neutral("moment", np.median(motion.aus[near], axis=0), near, neutral)
    place = find_likest(photo, motion.landmarks)
    frames = np.arange(len(motion.places)) == place
    kind: Literal["likest", "absolute"] = "likest" if neutral == "auto" else "absolute"
    return Neutral(kind, motion.aus[place], np.asarray(frames), place / motion.fps)


def transfer_keypoints(
    motion: DrivingKeypoints, source: Floats, initial: Neutral
) -> Iterator[Floats]:
    """Work out the keypoints that a photo's face takes to follow a driver.

    Relative motion, Eqs. 14 and 15: p = p_source + a (p_t - p_0) and J = J_t J_0^-1 J_source, where
    0 is the initial frame and a, as in the authors' code, the root of the areas of the convex hulls
    of both sets of keypoints over each other. Where no face was found, what was there stays a
    moment, then fades to the photo's own.

    Args:
        motion: of the driver.
        source: (k, 6) keypoints of the photo's face.
        initial: the frame that motion is counted from, or that it is not.

    Yields:
        (k, 6) for each frame.
    """
    count = len(source)
    places = bridge_gaps(motion.places.reshape(len(motion.places), -1)).reshape(-1, count, 2)
    jacobians = bridge_gaps(motion.jacobians.reshape(len(places), -1)).reshape(-1, count, 2, 2)
    presence: Series = weigh_presence(motion.face_found, motion.fps)
    own_places, own_jacobians = source[:, :2], source[:, 2:].reshape(-1, 2, 2)
    relative = initial.kind != "absolute"
    about = np.flatnonzero(initial.frames)
    first = int(about[np.abs(about / motion.fps - initial.seconds).argmin()])
    undo = np.linalg.inv(jacobians[first])
    scale = np.sqrt(_measure_hull(own_places) / max(_measure_hull(places[first]), 1e-6))
    if relative:
        places = own_places + scale * (places - places[first])
        jacobians = jacobians @ undo @ own_jacobians
    for place, jacobian, share in zip(places, jacobians, presence, strict=True):
        wanted = np.concatenate([place, jacobian.reshape(count, -1)], axis=1)
        yield np.asarray(source + share * (wanted - source), np.float32)


def to_keypoints(table: Sequence[Floats], device: torch.device) -> Keypoints:
    """Make a batch of n tables (k, 6)."""
    stacked = torch.from_numpy(np.stack(table)).to(device)
    return Keypoints(stacked[:, :, :2], stacked[:, :, 2:].unflatten(2, (2, 2)))


def _watch(
    frames: Iterable[Photo], size: int, stillness: Stillness
) -> Iterator[tuple[Face | None, Photo]]:
    """Yield the face of each frame, if there is one, and what its square shows."""
    to_square: Affine2D | None = None
    black = np.zeros((size, size, 3), np.uint8)
    with open_tracker() as follow:
        for frame in frames:
            stillness.add(frame)
            face = follow(frame)
            if face is not None and to_square is None:
                to_square = fit_square([face.box], size)
            yield face, black if to_square is None else sample_crop(frame, to_square, size)


def _normalise(landmarks: Floats) -> Floats:
    """Landmarks (m, 2) less their middle, over the root of the area of their convex hull."""
    moved = landmarks - landmarks.mean(axis=0)
    return np.asarray(moved / np.sqrt(_measure_hull(moved)), np.float32)


def _measure_hull(points: Floats) -> float:
    """The area of the convex hull of points (m, 2)."""
    return float(cv2.contourArea(cv2.convexHull(np.ascontiguousarray(points, np.float32))))
