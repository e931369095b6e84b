"""Expressions from a driving video: what its face does, over its own neutral, for another face.

    frames --FaceMesh--> AUs and head --smoothed, less the driver's neutral--> performance

The first frame need not match the photo: what is transferred is how far the driver's face is from
its own rest. All of it but a few numbers a frame is forgotten as soon as it is seen.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE, AUVector
from ganimate.curves import Knot, thinned
from ganimate.errors import UsageError, VideoError
from ganimate.estimator import Estimator
from ganimate.faces import N_MESH, Photo, face_tracker
from ganimate.head import angles_of, rotation_of, softly_capped
from ganimate.keyframes import AU_CELLS, AXES, SCHEMA
from ganimate.motion import MotionPrior
from ganimate.pose import fit_pose
from ganimate.timeline import Performance

Series = NDArray[np.float32]  # (n, channels) or (n,)

THUMB = 64  # px
STILL_GREYS = 8.0  # of 255; thumbnails of a still video differ by less, noise and encoder or not
RESTING = 0.1  # share of the frames, those that show least, that make the neutral
LEAST_RESTING = 5  # frames
NEUTRAL_WITHIN = 0.1  # s around --neutral-at
HOLD, FADE = 0.3, 0.5  # s that an expression stays when the face is lost, and takes to go
TOLERANCE = 0.02  # of an intensity, between the saved timeline and what was transferred
HEAD_TOLERANCE = 0.3  # degrees
MOST_LOWERED = 0.6  # of what the photo shows, where that leaves no room for what the driver does
MOST_RAISED = 0.25  # of an intensity: how much higher brows rest that the driver will let fall
UNKNIT = 0.3  # brows that rise by this leave nothing of a frown
LIDS, RAISED_LIDS, FROWN = ROW_OF[45], ROW_OF[5], ROW_OF[4]
RAISED = [ROW_OF[1], ROW_OF[2]]

# One Euro: cutoff in Hz at rest, and how much it rises with speed (intensities or degrees a s).
AU_CUTOFF, AU_BETA = 2.0, 6.0
HEAD_CUTOFF, HEAD_BETA = 1.5, 0.25
SPEED_CUTOFF = 8.0  # Hz, of the speed itself: a blink is over in 0.3 s


@dataclass(frozen=True)
class Watched:
    """What was seen in a driving video of n frames; nan where there was no face."""

    fps: float
    aus: NDArray[np.float32]  # (n, 17, 2) as measured
    angles: NDArray[np.float32]  # (n, 3) yaw, pitch, roll in degrees

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(n,) whether a face was found."""
        return np.asarray(~np.isnan(self.angles[:, 0]))


def watch(frames: Iterable[Photo], fps: float, models: tuple[MotionPrior, Estimator]) -> Watched:
    """Measure the face of each frame. Raises VideoError if there is none, or nothing ever moves."""
    prior, estimator = models
    numbers = array("f")
    first: NDArray[np.float32] | None = None
    change = 0.0
    with face_tracker() as follow:
        for frame in frames:
            thumb = cv2.resize(frame, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
            first = thumb.astype(np.float32) if first is None else first
            change = max(change, float(np.abs(thumb - first).max()))
            face = follow(frame)
            if face is None:
                numbers.extend([np.nan] * (SHAPE[0] * SHAPE[1] + 3))
                continue
            pose = fit_pose(face.landmarks, prior.mean)
            aus = estimator.measure(pose.normalise(face.landmarks[:N_MESH]))
            numbers.extend([*aus.ravel(), *angles_of(pose.rotation)])
    table = np.frombuffer(numbers, np.float32).reshape(-1, SHAPE[0] * SHAPE[1] + 3)
    watched = Watched(fps, table[:, :-3].reshape(-1, *SHAPE), table[:, -3:])
    if not watched.seen.any():
        raise VideoError(
            "no face is seen in any frame of the driving video: it should show one from the "
            "front, upright, at least a twentieth of the picture wide"
        )
    if change < STILL_GREYS:
        raise VideoError(
            "the driving video shows a still picture: to copy its expression alone, "
            "use `ganimate render --to` with a photo"
        )
    return watched


def performance_of(
    watched: Watched,
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
    resting = _resting(watched, neutral_at)
    neutral = np.median(watched.aus[resting], axis=0)
    kept = _presence(seen, watched.fps)
    shown = smoothed(_filled(watched.aus.reshape(len(seen), -1)), watched.fps, AU_CUTOFF, AU_BETA)
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
    heads = _heads(watched, resting if neutral_at is not None else seen, kept) if head else None
    change += source
    return Performance(np.clip(change, 0, 1, out=change), heads)


def _resting(watched: Watched, neutral_at: float | None) -> NDArray[np.bool_]:
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
            f"{len(seen) / watched.fps:.3g} s: give --neutral-at another time, or leave it out"
        )
    expressed = np.where(seen, watched.aus.sum(axis=(1, 2)), np.inf)
    count = min(int(seen.sum()), max(LEAST_RESTING, round(RESTING * seen.sum())))
    resting = np.zeros(len(seen), bool)
    resting[np.argsort(expressed, kind="stable")[:count]] = True
    return resting


def _heads(watched: Watched, resting: NDArray[np.bool_], kept: Series) -> NDArray[np.float32]:
    """(n, 3) turns of the head from where it mostly is, within what a photo can follow."""
    usual = rotation_of(np.median(watched.angles[resting], axis=0))
    turns = angles_of(usual.T @ rotation_of(_filled(watched.angles))).astype(np.float32)
    turns = smoothed(turns, watched.fps, HEAD_CUTOFF, HEAD_BETA)
    return softly_capped(turns * kept[:, None]).astype(np.float32)


def _filled(values: NDArray[np.floating[Any]]) -> Series:
    """(n, channels) with gaps (nan) bridged: from the value before to the one after."""
    index = np.arange(len(values))
    there = ~np.isnan(values[:, 0])
    filled = np.empty(values.shape, np.float32)
    for column, bridged in zip(values.T, filled.T, strict=True):
        bridged[:] = np.interp(index, index[there], column[there])
    return filled


def _presence(seen: NDArray[np.bool_], fps: float) -> Series:
    """(n,) 1 where a face is seen or was just now or soon will be, 0 long before and after."""
    frames = np.flatnonzero(seen)
    nearest = np.searchsorted(frames, np.arange(len(seen)))
    before = frames[np.clip(nearest - 1, 0, len(frames) - 1)]
    after = frames[np.clip(nearest, 0, len(frames) - 1)]
    index = np.arange(len(seen))
    away = np.minimum(np.abs(index - before), np.abs(after - index)) / fps
    t = np.clip((away - HOLD) / FADE, 0, 1)
    return np.asarray(1 - t * t * (3 - 2 * t), np.float32)


def smoothed(values: Series, fps: float, cutoff: float, beta: float) -> Series:
    """The One Euro filter run forwards and backwards, and averaged: no lag, blinks stay blinks.

    values: (n, channels). G. Casiez, N. Roussel and D. Vogel, CHI 2012.
    """
    smooth = np.zeros_like(values)
    for there, back in ((values, smooth), (values[::-1], smooth[::-1])):
        for level, out in zip(_one_euro(there, fps, cutoff, beta), back, strict=True):
            out += level / 2
    return smooth


def _one_euro(
    values: Series, fps: float, cutoff: float, beta: float
) -> Iterator[NDArray[np.float64]]:
    level, speed = values[0].astype(np.float64), np.zeros(values.shape[1])
    gain_of_speed = _gain(np.float64(SPEED_CUTOFF), fps)
    for value in values:
        speed = speed + gain_of_speed * ((value - level) * fps - speed)
        level = level + _gain(cutoff + beta * np.abs(speed), fps) * (value - level)
        yield level


def _gain(cutoff: Any, fps: float) -> Any:
    """Of a first-order low pass: 1 follows at once. cutoff: Hz."""
    return 1 / (1 + fps / (2 * np.pi * cutoff))


# A timeline of what was transferred


def document_of(
    performance: Performance, source: AUVector, fps: float, photo: str, output: str
) -> dict[str, Any]:
    """A file for `ganimate timeline` that does the same within TOLERANCE, for people to edit.

    Its tracks are worked out as they are looked at.
    """
    times = np.arange(len(performance.aus)) / fps
    document: dict[str, Any] = {
        "$schema": SCHEMA.as_uri(),
        "$comment": "What a driving video does: a track for each action unit that it moves.",
        "photo": photo,
        "output": output,
        "fps": fps,
        "duration": len(times) / fps,
        "tracks": _Tracks(_names(performance.aus, source), performance.aus, times),
    }
    if performance.heads is not None:
        document["head"] = _head_keys(performance.heads, times)
    if not document["tracks"]:
        document["tracks"] = {"AU45": [{"t": 0, "v": round(float(source[LIDS].mean()), 3)}]}
    return document


@dataclass(frozen=True, eq=False)
class _Tracks(Mapping[str, list[dict[str, float]]]):
    """Tracks that are worked out as they are looked at: of a long video, all are large."""

    names: Sequence[str]
    aus: NDArray[np.float32]  # (n, 17, 2)
    times: NDArray[np.float64]  # (n,) s

    def __getitem__(self, name: str) -> list[dict[str, float]]:
        if name not in self.names:
            raise KeyError(name)
        sides = [self.aus[:, row, side] for row, side in AU_CELLS[name]]
        knots = thinned(self.times, np.mean(sides, axis=0, dtype=np.float64), TOLERANCE / 2)
        return [_point(knot, "v") for knot in knots]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _names(aus: NDArray[np.float32], source: AUVector) -> list[str]:
    """The tracks of what moves: one for an action unit, or for each side that goes its own way."""
    names = []
    for row, unit in enumerate(ACTION_UNITS):
        if np.abs(aus[:, row] - source[row]).max() <= TOLERANCE:
            continue
        apart = np.abs(aus[:, row, LEFT] - aus[:, row, RIGHT]).max() > TOLERANCE
        names += [f"AU{unit.number}{side}" for side in ("LR" if apart and unit.sided else [""])]
    return names


def _head_keys(heads: NDArray[np.float32], times: NDArray[np.float64]) -> list[dict[str, float]]:
    keys: dict[float, dict[str, float]] = {}
    for axis, values in zip(AXES, heads.T, strict=True):
        for knot in thinned(times, values.astype(np.float64), HEAD_TOLERANCE):
            point = _point(knot, axis)
            keys[point["t"]] = {**keys.get(point["t"], {}), **point}
    return [keys[t] for t in sorted(keys)]


def _point(knot: Knot, name: str) -> dict[str, float]:
    return {"t": round(knot.t, 4), name: round(knot.v, 3)}
