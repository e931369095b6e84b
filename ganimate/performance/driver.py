"""Expressions from a driving video: what its face does, over its own neutral, for another face.

    frames --FaceMesh--> AUs and head --smoothed, less the driver's neutral--> performance

The first frame need not match the photo: what is transferred is how far the driver's face is from
its own rest. All of it but a few numbers a frame is forgotten as soon as it is seen.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector, Photo, Series
from ganimate.errors import UsageError, VideoError
from ganimate.face.detection import open_tracker
from ganimate.face.head import build_rotation, limit_turn, measure_angles
from ganimate.face_models import FaceModels
from ganimate.numerics import fall
from ganimate.performance.performance import Performance
from ganimate.performance.smoothing import bridge_gaps, smooth_series

THUMB = 64  # px
STILL_GREYS = 8.0  # of 255; thumbnails of a still video differ by less, noise and encoder or not
RESTING = 0.1  # share of the frames, those that show least, that make the neutral
LEAST_RESTING = 5  # frames
NEUTRAL_WITHIN = 0.1  # s around --neutral-at
HOLD, FADE = 0.3, 0.5  # s that an expression stays when the face is lost, and takes to go
MOST_LOWERED = 0.6  # of what the photo shows, where that leaves no room for what the driver does
MOST_RAISED = 0.25  # of an intensity: how much higher brows rest that the driver will let fall
UNKNIT = 0.3  # brows that rise by this leave nothing of a frown
LIDS, RAISED_LIDS, FROWN = ROW_OF[45], ROW_OF[5], ROW_OF[4]
RAISED = [ROW_OF[1], ROW_OF[2]]

# One Euro: cutoff in Hz at rest, and how much it rises with speed (intensities or degrees a s).
AU_CUTOFF, AU_BETA = 2.0, 6.0
HEAD_CUTOFF, HEAD_BETA = 1.5, 0.25


@dataclass(frozen=True)
class DrivingMotion:
    """What was seen in a driving video of n frames; nan where there was no face."""

    fps: float
    aus: NDArray[np.float32]  # (n, 17, 2) as measured
    angles: NDArray[np.float32]  # (n, 3) yaw, pitch, roll in degrees

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(n,) whether a face was found."""
        return np.asarray(~np.isnan(self.angles[:, 0]))


def watch(frames: Iterable[Photo], fps: float, models: FaceModels) -> DrivingMotion:
    """Measure the face of each frame. Raises VideoError if there is none, or nothing ever moves."""
    numbers = array("f")
    first: NDArray[np.float32] | None = None
    change = 0.0
    with open_tracker() as follow:
        for frame in frames:
            thumb = cv2.resize(frame, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
            first = thumb.astype(np.float32) if first is None else first
            change = max(change, float(np.abs(thumb - first).max()))
            face = follow(frame)
            if face is None:
                numbers.extend([np.nan] * (SHAPE[0] * SHAPE[1] + 3))
                continue
            reading = models.measure(face.landmarks)
            numbers.extend([*reading.aus.ravel(), *measure_angles(reading.pose.rotation)])
    table = np.frombuffer(numbers, np.float32).reshape(-1, SHAPE[0] * SHAPE[1] + 3)
    watched = DrivingMotion(fps, table[:, :-3].reshape(-1, *SHAPE), table[:, -3:])
    if not watched.seen.any():
        raise VideoError(
            "no face is seen in any frame of the driving video: it should show one from the "
            "front, upright, at least a twentieth of the picture wide"
        )
    if change < STILL_GREYS:
        raise VideoError(
            "the driving video shows a still picture: to copy its expression alone, "
            "give `ganimate render` a photo as the expression"
        )
    return watched


def transfer_performance(
    watched: DrivingMotion,
    source: AUVector,
    *,
    neutral_at: float | None = None,
    head: bool = False,
) -> Performance:
    """What a face does whose photo shows `source`, (17, 2), to follow the driver.

    The photo's own AUs plus the driver's less its neutral, in [0, 1]; what would exceed 1 starts
    lower instead (MOST_LOWERED), and brows that would fall below 0 higher (MOST_RAISED); lids that
    the driver shuts shut, and brows that rise stop frowning. neutral_at: seconds at which the
    driver rests; by default the frames that show least are found. Where no face was seen, what was
    there stays a moment, then fades to the photo's own.

    Raises UsageError if no face is seen at neutral_at.
    """
    seen = watched.seen
    resting = _find_rest(watched, neutral_at)
    neutral = np.median(watched.aus[resting], axis=0)
    kept = _weigh_presence(seen, watched.fps)
    shown = smooth_series(
        bridge_gaps(watched.aus.reshape(len(seen), -1)), watched.fps, AU_CUTOFF, AU_BETA
    )
    # In place from here on: the series of a long video are large.
    change = shown.reshape(-1, *SHAPE)
    change -= neutral
    change *= kept[:, None, None]
    # From the driver's rest to shut is from the photo's own to shut, however narrow the eyes.
    room = (1 - source[LIDS]) / np.maximum(1 - neutral[LIDS], 0.05)
    change[:, LIDS] *= np.where(change[:, LIDS] > 0, room, 1)
    # Lids that droop at rest are raised by less, or eyes would open that the driver holds still.
    change[:, RAISED_LIDS] *= 1 - source[LIDS]
    # A photo that smiles already smiles less at the driver's rest, or no smile would be seen.
    lacking = np.maximum(source + change.max(axis=0) - 1, 0)
    change -= np.minimum(lacking, MOST_LOWERED * source).astype(np.float32) * kept[:, None, None]
    # Brows as low as they are measured rest higher, or none would see them fall.
    lacking = np.maximum(-(source + change.min(axis=0)), 0)[RAISED]
    change[:, RAISED] += np.minimum(lacking, MOST_RAISED) * kept[:, None, None]
    # No face lifts its brows and knits them: a frown that stayed would hold them down.
    risen = np.clip(change[:, RAISED].mean(axis=1) / UNKNIT, 0, 1)
    change[:, FROWN] -= source[FROWN] * risen
    heads = (
        _turn_heads(watched, resting if neutral_at is not None else seen, kept) if head else None
    )
    change += source
    return Performance(np.clip(change, 0, 1, out=change), heads)


def _find_rest(watched: DrivingMotion, neutral_at: float | None) -> NDArray[np.bool_]:
    """(n,) the frames in which the driver's face rests."""
    seen = watched.seen
    if neutral_at is not None:
        times = np.arange(len(seen)) / watched.fps
        close = np.abs(times - neutral_at) <= max(NEUTRAL_WITHIN, 0.5 / watched.fps)
        near = np.asarray(seen & close)
        if near.any():
            return near
        raise UsageError(
            f"no face is seen {neutral_at:g} s into the driving video, which lasts "
            f"{len(seen) / watched.fps:.3g} s: give `neutral_at` another time, or leave it out"
        )
    expressed = np.where(seen, watched.aus.sum(axis=(1, 2)), np.inf)
    count = min(int(seen.sum()), max(LEAST_RESTING, round(RESTING * seen.sum())))
    resting = np.zeros(len(seen), bool)
    resting[np.argsort(expressed, kind="stable")[:count]] = True
    return resting


def _turn_heads(
    watched: DrivingMotion, resting: NDArray[np.bool_], kept: Series
) -> NDArray[np.float32]:
    """(n, 3) turns of the head from where it mostly is, within what a photo can follow."""
    usual = build_rotation(np.median(watched.angles[resting], axis=0))
    turns = measure_angles(usual.T @ build_rotation(bridge_gaps(watched.angles))).astype(np.float32)
    turns = smooth_series(turns, watched.fps, HEAD_CUTOFF, HEAD_BETA)
    return limit_turn(turns * kept[:, None]).astype(np.float32)


def _weigh_presence(seen: NDArray[np.bool_], fps: float) -> Series:
    """(n,) 1 where a face is seen or was just now or soon will be, 0 long before and after."""
    frames = np.flatnonzero(seen)
    nearest = np.searchsorted(frames, np.arange(len(seen)))
    before = frames[np.clip(nearest - 1, 0, len(frames) - 1)]
    after = frames[np.clip(nearest, 0, len(frames) - 1)]
    index = np.arange(len(seen))
    away = np.minimum(np.abs(index - before), np.abs(after - index)) / fps
    return fall(away, HOLD, HOLD + FADE)
