"""The blinks of a face that waits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.arrays import Series
from ganimate.numerics import smoothstep


@dataclass(frozen=True)
class BlinkSettings:
    """When a face blinks, and how fast."""

    interval: float = 3.5
    """Seconds from one blink to the next, median; larger is rarer. About 17 a minute, as people at
    rest (Bentivoglio et al., Movement Disorders 12, 1997)."""

    interval_spread: float = 0.4
    """Standard deviation of the interval's logarithm; larger is less regular. By eye
    (docs/tuning.md, blinks)."""

    least_interval: float = 1.2
    """Seconds from one blink to the next, at least; smaller lets two come close together. By
    eye (docs/tuning.md, blinks)."""

    first: tuple[float, float] = (0.2, 0.8)
    """Range of the first blink's time, of `interval`, as a clip begins somewhere between two;
    larger is later. By eye (docs/tuning.md, blinks)."""

    closing: float = 0.1
    """Seconds that the lids take to fall; larger is sleepier. They fall faster than they rise
    (Evinger et al., Investigative Ophthalmology & Visual Science 32, 1991)."""

    opening: float = 0.2
    """Seconds that the lids take to rise; larger is sleepier (Evinger et al., as above)."""


BLINKS = BlinkSettings()


def schedule_blinks(frames: int, fps: float, seed: int, settings: BlinkSettings = BLINKS) -> Series:
    """Draw the times of blinks at natural intervals.

    Each closes completely in one frame at least, and none is cut off by the clip's ends.

    Args:
        frames: of the clip.
        fps: frames a second.
        seed: of the times; the same seed draws the same blinks.
        settings: when a face blinks, and how fast.

    Returns:
        (frames,) float32 how far blinks shut the lids, in [0, 1]: 0 as they were, 1 closed.
    """
    random = np.random.default_rng(seed)
    times = np.arange(frames) / fps
    closure = np.zeros(frames)
    peak = max(settings.closing, random.uniform(*settings.first) * settings.interval)
    while peak + settings.opening < frames / fps:
        since = times - round(peak * fps) / fps
        away = np.where(since < 0, -since / settings.closing, since / settings.opening)
        closure = np.maximum(closure, 1 - smoothstep(away.clip(0, 1)))
        interval = settings.interval * np.exp(random.normal(0, settings.interval_spread))
        peak += max(settings.least_interval, float(interval))
    return closure.astype(np.float32)
