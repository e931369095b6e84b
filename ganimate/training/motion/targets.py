"""What warped faces show: the expressions on the way of round trips, and those of transfers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import AUVector
from ganimate.performance.expressions import PRESETS
from ganimate.rendering.window import MOUTH, View
from ganimate.training.motion.sampling import BARED_GUMS, OPEN_MOUTHS, SamplingWeights


@dataclass(frozen=True)
class TargetSettings:
    """How expressions are chosen; all of it by eye (docs/tuning.md, samples)."""

    other_face: float = 0.5
    """Share of round trips by way of what another face shows; the rest scales the face's own."""

    shut_mouth: float = 0.7
    """Share of round trips through a closed mouth: larger teaches more of what opens."""

    parted: float = 0.06
    """Intensity of AU25 below which a mouth is closed."""

    parted_mouth: float = 0.6
    """Share of round trips of closed mouths through an open one: the line between lips that close
    must be painted, too."""

    opened: tuple[float, float] = (0.2, 0.7)
    """Range of AU25 of that open mouth."""

    blink: float = 1.5
    """Highest AU45 that is drawn on the way of a round trip of eyes, before it is cut at 1: larger
    shuts them oftener."""

    widened: float = 0.35
    """Share of round trips of eyes that withhold AU5 alone: a surprise parts lids that are open by
    a little more, and paints a narrow rim of eye. By eye: where one trip in ten did, wide eyes had
    red lines along their lower lids."""

    as_shown: float = 0.75
    """Share of transfers to open mouths that show what the other face does; the rest show a named
    expression."""

    strength: tuple[float, float] = (0.4, 1.0)
    """Range of the strength of that named expression."""

    bared: tuple[float, float] = (0.4, 1.0)
    """Range of the intensity below which AU10, 12 and 25 do not stay where a laugh shall bare gums:
    few faces lift their lips far."""


TARGETS = TargetSettings()


def choose_withheld(
    view: View,
    aus: AUVector,
    other: AUVector,
    rng: np.random.Generator,
    settings: TargetSettings = TARGETS,
) -> AUVector:
    """Choose what a face shows on the way of a round trip: no more than the photo.

    Args:
        view: the part of the face that is learnt from.
        aus: (17, 2) of the photo.
        other: (17, 2) of another face.
        rng: which is moved on.
        settings: how it is chosen.

    Returns:
        (17, 2), of which mouth and eyes show less than the photo, or another mouth where the lips
        of the photo are closed.
    """
    by_other = rng.random() < settings.other_face
    via = other if by_other else aus * rng.random(SHAPE[0])[:, None]
    via = via.astype(np.float32)
    for number in (5, 10, 25, 26):
        row = ROW_OF[number]
        via[row] = np.minimum(via[row], aus[row])
    via[ROW_OF[45]] = aus[ROW_OF[45]]
    if view is not MOUTH:
        via[ROW_OF[5]] = 0
        blink = 0 if rng.random() < settings.widened else rng.uniform(0, settings.blink)
        via[ROW_OF[45]] = np.maximum(aus[ROW_OF[45]], blink).clip(max=1)
    via[ROW_OF[25]] *= 0 if rng.random() < settings.shut_mouth else rng.random()
    if not via[ROW_OF[25]].any():
        via[ROW_OF[26]] *= rng.random()
    closed = aus[ROW_OF[25]].mean() < settings.parted
    if closed and rng.random() < settings.parted_mouth:
        via[ROW_OF[25]] = rng.uniform(*settings.opened)
    return via


def choose_target(
    exemplars: SamplingWeights,
    aus: AUVector,
    real_aus: AUVector,
    rng: np.random.Generator,
    settings: TargetSettings = TARGETS,
) -> AUVector:
    """Choose what a transfer shows: what another face does, or a named expression.

    Args:
        exemplars: the kind of faces that the other face is drawn from.
        aus: (17, 2) of the photo.
        real_aus: (17, 2) of the other face.
        rng: which is moved on.
        settings: how it is chosen.
    """
    if exemplars is BARED_GUMS:
        target = real_aus.copy()
        for number in (10, 12, 25):
            row = ROW_OF[number]
            target[row] = np.maximum(real_aus[row], rng.uniform(*settings.bared))
        return target
    if exemplars is not OPEN_MOUTHS or rng.random() < settings.as_shown:
        return real_aus
    expression = list(PRESETS.values())[rng.integers(len(PRESETS))]
    strength = np.float32(rng.uniform(*settings.strength))
    return aus + strength * (expression.apply_to(aus) - aus)
