"""One person's teeth: where they stand, how large they are and how white.

Placed as in the mean face, everybody had the same set at the same height. Where teeth stand follows
from the lips at rest, which lie high in a child, and better still from the teeth that the photo
shows. Short faces are children's, whose teeth are short. How broad, how close and how white teeth
are nobody can tell from a shut mouth: that follows from the face's proportions by fixed odd sums,
plausible, different from face to face, and the same whenever the same face is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganimate.appearance.mouth_drawing import Mouth, find_teeth
from ganimate.appearance.own_teeth import OwnTeeth
from ganimate.appearance.settings import INNER_MOUTH, RGB, MouthSettings
from ganimate.appearance.teeth_settings import TEETH, TeethSettings
from ganimate.arrays import FaceShape, Floats
from ganimate.numerics import rise

UPPER_LIP, CHIN, NOSE_ROOT = 13, 152, 168
"""Landmarks at the inner edge of the upper lip, at the chin's end and between the eyes."""

PROPORTIONS = ((98, 327), (33, 133), (133, 362), (33, 263), (136, 365), (2, 168))
"""Pairs of landmarks, hardly moved by expressions, whose distances tell faces apart: breadth of the
nose, of an eye, between the eyes, over both eyes, of the jaw, and length of the nose."""

ODD_SUMS = np.array([[1, -1, 1, 1, -1, -1], [1, 1, -1, 1, 1, -1], [-1, 1, 1, -1, 1, -1]])
"""Signs with which proportions are summed up for the width, the gaps and the shade of teeth."""


ARCH = (0.06, 0.13)
"""Distances from the middle, in widths of the face, from which an arch broadens, and in full: from
the lateral incisors to the first premolars."""


@dataclass(frozen=True)
class Teeth:
    """How one person's teeth differ from those of the mean face.

    Attributes:
        drop: how far they stand lower, as a share of the face's width.
        width: times as broad.
        height: times as high.
        arch: times as broad as the teeth that the arch is beside the canines.
        gap: share of each tooth's breadth that is free beside it.
        shade: times as much red, green and blue.
    """

    drop: float = 0.0
    width: float = 1.0
    height: float = 1.0
    arch: float = 1.0
    gap: float = 0.0
    shade: RGB = (1.0, 1.0, 1.0)


def choose_teeth(
    shape: FaceShape, rest: FaceShape, own: OwnTeeth | None, settings: TeethSettings = TEETH
) -> Teeth:
    """Choose the teeth of a face.

    Args:
        shape: (468, 3) the face in the photo, in the frame of the mean face.
        rest: (468, 3) the same with all of its action units at 0.
        own: the teeth that its photo shows, if it shows any.
        settings: how they follow from the face.
    """
    height = float(rest[CHIN, 1] - rest[NOSE_ROOT, 1])
    small = float(np.clip((settings.grown - height) / (settings.grown - settings.infant), 0, 1))
    width, gap, shade = np.tanh(ODD_SUMS @ _measure_proportions(shape, settings) / 2)
    broad = 1 + settings.broader * float(width)
    if own is not None:
        shade = 0.0  # the light on its mouth has it already
        broad = own.width or broad
    tint = 1 + settings.whiter * shade * np.array(settings.tint)
    return Teeth(
        drop=_find_drop(rest, own, settings),
        width=broad,
        height=1 + (settings.milk_height - 1) * small,
        arch=settings.arch,
        gap=settings.gap * max(0.0, float(gap)) + settings.milk_gap * small,
        shade=(float(tint[0]), float(tint[1]), float(tint[2])),
    )


def shape_mouth(
    mouth: Mouth, teeth: Teeth, settings: MouthSettings = INNER_MOUTH
) -> tuple[Mouth, MouthSettings]:
    """Give a mouth one person's teeth.

    Args:
        mouth: the mean face's.
        teeth: how the person's differ.
        settings: how the mean face's are drawn.

    Returns:
        The mouth, in the frame of the mean face, and how it is drawn.
    """
    vertices = mouth.vertices.astype(np.float64)
    of_teeth = find_teeth(mouth)
    bite = float(max(vertices[tooth, 1].max() for tooth in of_teeth.upper))
    for tooth in (*of_teeth.upper, *of_teeth.lower):
        middle = (vertices[tooth, 0].min() + vertices[tooth, 0].max()) / 2
        vertices[tooth, 0] += -teeth.gap * (vertices[tooth, 0] - middle)

    def move(y: Floats | float) -> Floats:
        return np.asarray(bite + teeth.height * (np.asarray(y) - bite) + teeth.drop)

    beside = rise(np.abs(vertices[:, 0]), *ARCH)
    vertices[:, 0] *= teeth.width * (1 + (teeth.arch - 1) * beside)
    vertices[:, 1] = move(vertices[:, 1])
    above, below = move(np.array(settings.gum_lines)).tolist()
    white = (np.array(settings.teeth) * teeth.shade).clip(0, 255).tolist()
    return replace(mouth, vertices=vertices.astype(np.float32)), replace(
        settings,
        gum_lines=(above, below),
        tongue_floor=float(move(settings.tongue_floor)),
        lip_at_rest=settings.lip_at_rest + teeth.drop,
        teeth=(white[0], white[1], white[2]),
    )


def _find_drop(rest: FaceShape, own: OwnTeeth | None, settings: TeethSettings) -> float:
    """How far teeth stand lower than those of the mean face, as a share of the face's width."""
    expected = settings.follows_lip * (float(rest[UPPER_LIP, 1]) - settings.usual_lip)
    if own is None:
        drop = expected
    elif own.drop is None:
        drop = max(expected, own.hidden_below)
    else:
        drop = own.drop
    strays = settings.strays if own is None else settings.own_strays
    return float(np.clip(drop, -strays, strays))


def _measure_proportions(shape: FaceShape, settings: TeethSettings) -> Floats:
    """(6,) how unusual the proportions of a face are, in standard deviations."""
    first, second = np.array(PROPORTIONS).T
    lengths = np.linalg.norm(shape[first] - shape[second], axis=1)
    return np.asarray((lengths - settings.usual) / np.array(settings.deviation), np.float32)
