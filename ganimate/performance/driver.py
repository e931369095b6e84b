"""Expressions from a driving video: what its face does, over its own neutral, for another face.

    frames --FaceMesh--> AUs and head --smoothed, less the driver's neutral--> performance

The first frame need not match the photo: what is transferred is how far the driver's face is from
its own rest (neutral.py). All of a frame but a few numbers is forgotten as soon as it is measured.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector, Floats, Mask, Photo, Series
from ganimate.errors import VideoError
from ganimate.face.detection import open_tracker
from ganimate.face.head import limit_turn
from ganimate.face.networks import load_networks
from ganimate.face.pose import build_rotation, find_level, measure_angles
from ganimate.face.rereading import read_steadily
from ganimate.face_models import FaceModels
from ganimate.numerics import fall
from ganimate.performance.neutral import Neutral, NeutralLike, find_neutral
from ganimate.performance.performance import Performance
from ganimate.performance.smoothing import SmoothingSettings, bridge_gaps, smooth_series

BROW_RAISERS = [ROW_OF[1], ROW_OF[2]]
BROW_LOWERER = ROW_OF[4]
UPPER_LID_RAISER = ROW_OF[5]
BLINK = ROW_OF[45]

AU_SMOOTHING = SmoothingSettings(cutoff=2.0, beta=6.0)
"""Smoothing of action units, in intensities. By eye (docs/tuning.md, smoothing a driver)."""

HEAD_SMOOTHING = SmoothingSettings(cutoff=1.5, beta=0.25)
"""Smoothing of the head's turns, in degrees. By eye (docs/tuning.md, smoothing a driver)."""


@dataclass(frozen=True)
class DriverSettings:
    """How a driving video is measured, and how what it does is transferred to a photo."""

    thumbnail: int = 64
    """Side in pixels to which frames are shrunk to see whether anything moves in the video; larger
    sees smaller motions and more noise. By eye (docs/tuning.md, the driver's rest)."""

    still_greys: float = 8.0
    """Grey levels of 255 by which a pixel of such a frame differs from the first frame's, at least
    once, in a video that is no still picture; larger refuses more videos. Noise and an encoder make
    less. By eye (docs/tuning.md, the driver's rest)."""

    stay: float = 0.3
    """Seconds that an expression stays where no face is found; larger rides over longer gaps, and
    rests longer once the face is gone. By eye (docs/tuning.md, lost faces)."""

    fade: float = 0.5
    """Seconds that it then takes to fade to the photo's own; larger is gentler. By eye
    (docs/tuning.md, lost faces)."""

    least_room: float = 0.05
    """Intensity of AU45 from the driver's neutral to shut, at least; smaller lets lids flutter
    that are measured as shut while they rest. By eye (docs/tuning.md, room for the driver)."""

    most_lowered: float = 0.6
    """Share of what the photo shows that is taken away where it leaves no room for what the driver
    does; larger follows better and is less like the photo. Measured: with it smiles follow the
    driver's at a correlation of .8 to .96, without it at .4 to .75."""

    most_raised: float = 0.25
    """Intensity by which brows rest higher, at most, that the driver will let fall; larger follows
    better and is less like the photo. By eye (docs/tuning.md, room for the driver)."""

    unknit: float = 0.3
    """Intensity of AU1 and AU2, their mean, that leaves nothing of the photo's frown; larger keeps
    more of a frown, which holds rising brows down. By eye (docs/tuning.md, room for the driver)."""


DRIVER = DriverSettings()


@dataclass(frozen=True)
class DrivingMotion:
    """What the face of a driving video does in its n frames; nan where there is none.

    Attributes:
        fps: frames a second.
        aus: (n, 17, 2) float32 as measured.
        angles: (n, 3) float32 yaw, pitch and roll in degrees.
    """

    fps: float
    aus: Floats
    angles: Floats

    @property
    def face_found(self) -> Mask:
        """(n,) whether a face was found."""
        return np.asarray(~np.isnan(self.angles[:, 0]))


NO_FACE = (
    "no face is seen in any frame of the driving video: it should show one from the front, "
    "upright, at least a twentieth of the picture wide"
)
"""What is wrong with a driver whose face is nowhere found."""


class Stillness:
    """Whether the frames of a driving video are all one picture."""

    def __init__(self, settings: DriverSettings = DRIVER) -> None:
        """Begin with no frame.

        Args:
            settings: what counts as a still picture.
        """
        self._settings = settings
        self._first: Floats | None = None
        self._change = 0.0

    def add(self, frame: Photo) -> None:
        """Look at the next frame (H, W, 3)."""
        size = (self._settings.thumbnail, self._settings.thumbnail)
        thumbnail = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        if self._first is None:
            self._first = thumbnail.astype(np.float32)
        self._change = max(self._change, float(np.abs(thumbnail - self._first).max()))

    def check(self) -> None:
        """Raise VideoError if nothing moved in all frames."""
        if self._change < self._settings.still_greys:
            raise VideoError(
                "the driving video shows a still picture: to copy its expression alone, "
                "give `ganimate render` a photo as the expression"
            )


def measure_driver(
    frames: Iterable[Photo], fps: float, models: FaceModels, settings: DriverSettings = DRIVER
) -> DrivingMotion:
    """Measure the face of each frame of a driving video.

    Args:
        frames: (H, W, 3) each, all of one size; taken one at a time.
        fps: frames a second.
        models: what measures a face.
        settings: what counts as a still picture.

    Raises:
        VideoError: there is no face in any frame, or nothing ever moves.
    """
    numbers = array("f")
    stillness = Stillness(settings)
    level: Floats | None = None  # of a video that lies on its side
    networks = load_networks()
    with open_tracker() as follow:
        for frame in frames:
            stillness.add(frame)
            face = follow(frame)
            if face is None:
                numbers.extend([np.nan] * (SHAPE[0] * SHAPE[1] + 3))
                continue
            reading = models.measure(read_steadily(networks, frame, face.landmarks))
            level = find_level(reading.pose.rotation) if level is None else level
            numbers.extend([*reading.aus.ravel(), *measure_angles(level @ reading.pose.rotation)])
    table = np.frombuffer(numbers, np.float32).reshape(-1, SHAPE[0] * SHAPE[1] + 3)
    motion = DrivingMotion(fps, aus=table[:, :-3].reshape(-1, *SHAPE), angles=table[:, -3:])
    if not motion.face_found.any():
        raise VideoError(NO_FACE)
    stillness.check()
    return motion


def transfer_performance(
    motion: DrivingMotion,
    source: AUVector,
    *,
    neutral: Neutral | NeutralLike = "auto",
    head: bool = False,
    settings: DriverSettings = DRIVER,
) -> Performance:
    """Work out what a face does to follow a driver.

    It shows the photo's own AUs plus the driver's less the driver's neutral, as far as the face has
    room for that, or the driver's as they are where nothing is to be taken from them. Where no face
    was found, what was there stays a moment, then fades to the photo's own.

    Args:
        motion: what the driver does.
        source: (17, 2) in [0, 1], what the photo shows.
        neutral: what the driver's expressions are counted from, or how find_neutral() finds it.
        head: whether the head turns as the driver's does.
        settings: how much of the photo's own gives way.

    Raises:
        ModelError: the shipped faces, with which "auto" compares, are damaged.
        UsageError: no face was found at the moment that `neutral` names.
    """
    found = motion.face_found
    if not isinstance(neutral, Neutral):
        neutral = find_neutral(motion.aus, motion.fps, neutral)
    absolute = neutral.kind == "absolute"
    presence = weigh_presence(found, motion.fps, settings)
    smooth = smooth_series(
        bridge_gaps(motion.aus.reshape(len(found), -1)), motion.fps, AU_SMOOTHING
    )
    # In place from here on: the series of a long video are large.
    change = smooth.reshape(-1, *SHAPE)
    change -= source if absolute else neutral.aus
    change *= presence[:, None, None]
    if not absolute:
        _fit_lids(change, source, neutral.aus, settings)
        _make_room(change, source, presence, settings)
        _release_frown(change, source, settings)
    heads = None
    if head:
        usual = neutral.frames if neutral.kind == "moment" else found
        heads = _turn_heads(motion, usual, presence)
    change += source
    return Performance(aus=np.clip(change, 0, 1, out=change), heads=heads)


def weigh_presence(found: Mask, fps: float, settings: DriverSettings = DRIVER) -> Series:
    """Weigh how far a face is there in each frame of a driving video.

    Args:
        found: (n,) whether a face was found.
        fps: frames a second.
        settings: how long what it did stays.

    Returns:
        (n,) 1 where a face is found or was just now or soon will be, 0 long before and after.
    """
    frames = np.flatnonzero(found)
    nearest = np.searchsorted(frames, np.arange(len(found)))
    before = frames[np.clip(nearest - 1, 0, len(frames) - 1)]
    after = frames[np.clip(nearest, 0, len(frames) - 1)]
    index = np.arange(len(found))
    away = np.minimum(np.abs(index - before), np.abs(after - index)) / fps
    return fall(away, settings.stay, settings.stay + settings.fade)


def _fit_lids(change: Floats, source: AUVector, neutral: Floats, settings: DriverSettings) -> None:
    """Fit the driver's lids to those of the photo, in place."""
    # From the driver's rest to shut is from the photo's own to shut, however narrow the eyes.
    room = (1 - source[BLINK]) / np.maximum(1 - neutral[BLINK], settings.least_room)
    change[:, BLINK] *= np.where(change[:, BLINK] > 0, room, 1)
    # Lids that droop at rest are raised by less, or eyes would open that the driver holds still.
    change[:, UPPER_LID_RAISER] *= 1 - source[BLINK]


def _make_room(
    change: Floats, source: AUVector, presence: Series, settings: DriverSettings
) -> None:
    """Let the face rest lower or higher where what the driver does would be cut off, in place."""
    # A photo that smiles already smiles less at the driver's rest, or no smile would be seen.
    lacking = np.maximum(source + change.max(axis=0) - 1, 0)
    lowered = np.minimum(lacking, settings.most_lowered * source).astype(np.float32)
    change -= lowered * presence[:, None, None]
    # Brows as low as they are measured rest higher, or none would see them fall.
    lacking = np.maximum(-(source + change.min(axis=0)), 0)[BROW_RAISERS]
    change[:, BROW_RAISERS] += np.minimum(lacking, settings.most_raised) * presence[:, None, None]


def _release_frown(change: Floats, source: AUVector, settings: DriverSettings) -> None:
    """Let brows that rise stop frowning, in place: no face lifts its brows and knits them."""
    risen = np.clip(change[:, BROW_RAISERS].mean(axis=1) / settings.unknit, 0, 1)
    change[:, BROW_LOWERER] -= source[BROW_LOWERER] * risen


def _turn_heads(motion: DrivingMotion, usual: Mask, presence: Series) -> Floats:
    """Turns of the head, within what a photo can follow.

    Args:
        motion: what the driver does.
        usual: (n,) the frames whose median is how the head is held.
        presence: (n,) how far a face is there.

    Returns:
        (n, 3) degrees.
    """
    usual_rotation = build_rotation(np.median(motion.angles[usual], axis=0))
    rotations = build_rotation(bridge_gaps(motion.angles))
    turns = measure_angles(usual_rotation.T @ rotations).astype(np.float32)
    smooth = smooth_series(turns, motion.fps, HEAD_SMOOTHING)
    return limit_turn(smooth * presence[:, None]).astype(np.float32)
