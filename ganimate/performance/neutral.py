"""What a driver's expressions are counted from: their rest, or nothing where they never rest.

A face is at rest in the frames of a video that show least, unless that is more than faces at rest
do: who laughs from the first frame to the last has a laugh that shows least, and no rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, N_ACTION_UNITS
from ganimate.arrays import AUVector, Floats, Mask
from ganimate.errors import UsageError
from ganimate.performance.shown_faces import load_faces

NeutralName = Literal["auto", "absolute"]
"""How the neutral is found without a moment: "auto" takes the driver's rest where they have one,
and what the face shows as it is where they have none; "absolute" always takes it as it is."""

NeutralLike: TypeAlias = NeutralName | float
"""What a driver's expressions are counted from: a name, or the seconds of a moment of rest."""


@dataclass(frozen=True)
class NeutralSettings:
    """How a driver's rest is found, and what may be one."""

    resting: float = 0.1
    """Share of the frames with a face, those that show least, whose median is the driver's neutral;
    larger takes slight expressions for rest, smaller follows noise. By eye (docs/tuning.md, the
    driver's rest)."""

    least_resting: int = 5
    """Frames of the neutral at least, as a median of fewer is one frame's noise. By eye
    (docs/tuning.md, the driver's rest)."""

    within: float = 0.1
    """Seconds around a moment that is named as the driver's rest, of which all frames count; larger
    is less noise and more of what comes before and after. By eye (docs/tuning.md, the driver's
    rest)."""

    calm: float = 0.25
    """Share of the training photos' faces, those that show least, that are taken to be at rest;
    larger takes slight expressions for rest. By eye (docs/tuning.md, drivers that never rest)."""

    ceiling: float = 99.0
    """Percentile, over those, of each action unit that a face at rest shows at most; larger takes
    stronger expressions for rest. By eye (docs/tuning.md, drivers that never rest)."""

    most_beyond: float = 0.75
    """Intensity beyond those limits, summed over the action units (means of both sides), from which
    a face is not at rest; larger takes stronger expressions for rest, smaller takes low brows and
    narrow eyes for expressions. Measured: 92 % of the training photos' faces with AU12 above .7 are
    beyond it, and none of the 40 % that show least (docs/tuning.md, drivers that never rest)."""


NEUTRAL = NeutralSettings()


class Beyond(NamedTuple):
    """How an action unit of a driver is beyond those of faces at rest, means of both sides."""

    shown: float
    """Intensity in [0, 1] in the frames that show least."""
    limit: float
    """Intensity in [0, 1] that faces at rest show at most."""


@dataclass(frozen=True, eq=False)
class Neutral:
    """What a driver's expressions are counted from.

    Attributes:
        kind: "rest" that was found, "moment" that was named, "likest": the frame in which the
            driver stands most like the photo; or "absolute": what the face shows counts as it is.
        aus: (17, 2) in [0, 1], what the driver shows at rest; of "absolute" when they show least.
        frames: (n,) the frames that say so.
        seconds: when that is, from the first frame: of a rest its frame that shows least.
        beyond: the action units, by number, that are beyond those of faces at rest, where "auto"
            asked whether the driver rests.
    """

    kind: Literal["rest", "moment", "likest", "absolute"]
    aus: AUVector
    frames: Mask
    seconds: float
    beyond: Mapping[int, Beyond] = field(default_factory=dict)


def place_neutral(neutral: NeutralLike, start: float, end: float | None) -> NeutralLike:
    """Find when the driver rests in a part of a video.

    Args:
        neutral: a name, or seconds of the whole video.
        start: seconds of the whole video at which the part begins.
        end: seconds at which it ends; None for the video's own end.

    Returns:
        The name, or seconds of the part.

    Raises:
        UsageError: the moment is not in the part.
    """
    if isinstance(neutral, str):
        return neutral
    if neutral < start or (end is not None and neutral > end):
        until = "the end" if end is None else f"{end:g} s"
        raise UsageError(
            f"{neutral:g} s is not in the part of the driving video from {start:g} s to "
            f"{until}: give `neutral` another time, or leave it out"
        )
    return neutral - start


def find_neutral(
    aus: Floats, fps: float, neutral: NeutralLike = "auto", settings: NeutralSettings = NEUTRAL
) -> Neutral:
    """Find what a driver's expressions are counted from.

    Args:
        aus: (n, 17, 2) what the driver shows in each frame; nan where there is no face, but not in
            all frames.
        fps: frames a second.
        neutral: a name, or seconds from the first frame.
        settings: what counts as rest.

    Raises:
        ModelError: the shipped faces, which "auto" compares with, are damaged.
        UsageError: no face was found at that moment.
    """
    found = ~np.isnan(aus).any(axis=(1, 2))
    if not isinstance(neutral, str):
        near = find_moment(found, fps, neutral, settings)
        return Neutral("moment", np.median(aus[near], axis=0), near, neutral)
    order = _order_frames(aus, found, settings)
    resting = np.zeros(len(found), bool)
    resting[order] = True
    rest, seconds = np.median(aus[resting], axis=0), float(order[0]) / fps
    if neutral == "absolute":
        return Neutral("absolute", rest, resting, seconds)
    over = rest.mean(axis=1) - (limits := measure_rest_limits(load_faces(), settings))
    beyond = {
        unit.number: Beyond(float(rest[row].mean()), float(limits[row]))
        for row, unit in enumerate(ACTION_UNITS)
        if over[row] > 0
    }
    rests = np.maximum(over, 0).sum() <= settings.most_beyond
    return Neutral("rest" if rests else "absolute", rest, resting, seconds, beyond)


def measure_rest_limits(faces: Floats, settings: NeutralSettings = NEUTRAL) -> Floats:
    """Measure what faces at rest show at most: (17,) in [0, 1], means of both sides.

    Args:
        faces: (n, 17, 2) in [0, 1], what n faces of photos show.
        settings: which of them are at rest, and which of those count.
    """
    expressed = faces.sum(axis=(1, 2))
    calm = faces[expressed <= np.quantile(expressed, settings.calm)].mean(axis=2)
    limits = np.percentile(calm, settings.ceiling, axis=0)
    return np.asarray(limits, np.float32).reshape(N_ACTION_UNITS)


def find_moment(
    found: Mask, fps: float, moment: float, settings: NeutralSettings = NEUTRAL
) -> Mask:
    """Find the frames with a face about a moment.

    Args:
        found: (n,) whether a face was found in each frame.
        fps: frames a second.
        moment: seconds from the first frame.
        settings: how near to it they lie.

    Raises:
        UsageError: no face was found there.
    """
    times = np.arange(len(found)) / fps
    close = np.abs(times - moment) <= max(settings.within, 0.5 / fps)
    near = np.asarray(found & close)
    if near.any():
        return near
    raise UsageError(
        f"no face is seen {moment:g} s into the driving video, which lasts "
        f"{len(found) / fps:.3g} s: give `neutral` another time, or leave it out"
    )


def _order_frames(aus: Floats, found: Mask, settings: NeutralSettings) -> NDArray[np.intp]:
    """(k,) the frames that show least, the least first."""
    expressed = np.where(found, aus.sum(axis=(1, 2)), np.inf)
    share = round(settings.resting * found.sum())
    count = min(int(found.sum()), max(settings.least_resting, share))
    return np.argsort(expressed, kind="stable")[:count]
