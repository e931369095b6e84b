"""One person's teeth: where they stand, how large they are and how white.

Placed as in the mean face, everybody had the same set at the same height. Where teeth stand follows
from the lips at rest and from the height of the face, which is a child's where it is low, and
better still from the teeth that the photo shows. How broad, how close and how white teeth are
nobody can tell from a shut mouth: that follows from the face's proportions by fixed odd sums,
plausible, different from face to face, and the same whenever the same face is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.mouth_anatomy import GUM, Mouth, find_moving, find_teeth
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

INFANCY = ((152, 168), (234, 454), (133, 362), (61, 291), (50, 280), (98, 327))
"""Pairs of landmarks whose distances tell infants from children: height of the face, its breadth,
distance of the eyes, breadth of the mouth, distance of the cheeks, breadth of the nose."""

DOWN: Literal[1] = 1
"""The way of upper crowns from the gums, along y."""

UP: Literal[-1] = -1
"""The way of lower ones."""

ARCH = (0.06, 0.13)
"""Distances from the middle, in widths of the face, from which an arch broadens, and in full: from
the lateral incisors to the first premolars."""


@dataclass(frozen=True)
class Teeth:
    """How one person's teeth differ from those of the mean face.

    Attributes:
        drop: how far they stand lower, as a share of the face's width.
        width: times as broad.
        arch: times as broad as the teeth that the arch is beside the canines.
        gap: share of each tooth's breadth that is free beside it.
        shade: times as much red, green and blue.
        crown: share of the crowns that has come through the gums.
        light: times as much light as there is behind the lips of others.
        flesh_shadow: times as dark as narrow lips make the gums and the tongue of others.
    """

    drop: float = 0.0
    width: float = 1.0
    arch: float = 1.0
    gap: float = 0.0
    shade: RGB = (1.0, 1.0, 1.0)
    crown: float = 1.0
    light: float = 1.0
    flesh_shadow: float = 1.0


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
    child = float(np.clip((settings.grown - height) / (settings.grown - settings.infant), 0, 1))
    width, gap, shade = np.tanh(ODD_SUMS @ _measure_proportions(shape, settings) / 2)
    broad = 1 + settings.broader * float(width)
    if own is not None:
        shade = 0.0  # the light on its mouth has it already
        broad = own.width or broad
    tint = 1 + settings.whiter * shade * np.array(settings.tint)
    infant = _measure_infancy(rest, settings)
    return Teeth(
        drop=_find_drop(rest, child, own, settings),
        width=broad,
        arch=1 + (settings.arch - 1) * (1 - child),
        gap=settings.gap * max(0.0, float(gap)),
        shade=(float(tint[0]), float(tint[1]), float(tint[2])),
        crown=1 - settings.hidden_crown * infant * (own is None),
        light=1 - settings.child_shade * child * (own is None),
        flesh_shadow=1 - infant,
    )


def measure_infancy_lengths(rest: FaceShape) -> Floats:
    """Measure what tells an infant, (6,) widths of the face, by a face (468, 3) at rest."""
    first, second = np.array(INFANCY).T
    return np.asarray(np.linalg.norm(rest[first] - rest[second], axis=1))


def hide_teeth(shape: FaceShape, mouth: Mouth, settings: TeethSettings = TEETH) -> float:
    """How far teeth stand lower, as a share of the face's width, if the upper lip hides them.

    Args:
        shape: (468, 3) a face in the frame of the mean face.
        mouth: the mean face's.
        settings: how far edges lie behind the lip.
    """
    edges = mouth.vertices[np.concatenate(find_teeth(mouth).upper), 1].max()
    return float(shape[UPPER_LIP, 1] - edges) - settings.behind_lip


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
    above, below = settings.gum_lines
    upper, lower = (vertices[np.concatenate(row), 1] for row in (of_teeth.upper, of_teeth.lower))
    # Gums reach down between teeth; without these their ridge is smooth.
    ridge = np.setdiff1d(mouth.quads[mouth.parts == GUM], np.flatnonzero(find_moving(mouth)[0]))
    _shorten_crowns(vertices, np.concatenate([*of_teeth.upper, ridge]), above, DOWN, teeth.crown)
    _shorten_crowns(vertices, np.concatenate(of_teeth.lower), below, UP, teeth.crown)
    _part_teeth(vertices, of_teeth.upper, (above, float(upper.max())), teeth.gap)
    _part_teeth(vertices, of_teeth.lower, (below, float(lower.min())), teeth.gap)
    beside = rise(np.abs(vertices[:, 0]), *ARCH)
    vertices[:, 0] *= teeth.width * (1 + (teeth.arch - 1) * beside)
    vertices[:, 1] += teeth.drop
    return replace(mouth, vertices=vertices.astype(np.float32)), replace(
        settings,
        gum_lines=(above + teeth.drop, below + teeth.drop),
        tongue_floor=settings.tongue_floor + teeth.drop,
        lip_at_rest=settings.lip_at_rest + teeth.drop,
        teeth=_multiply(_multiply(settings.teeth, teeth.shade), (teeth.light,) * 3),
        flesh=_multiply(settings.flesh, (teeth.light,) * 3),
        tongue=_multiply(settings.tongue, (teeth.light,) * 3),
        palate=_multiply(settings.palate, (teeth.light,) * 3),
        flesh_shadow=settings.flesh_shadow * teeth.flesh_shadow,
    )


def _multiply(colour: RGB, by: RGB) -> RGB:
    """A colour of 255, channel by channel so many times."""
    red, green, blue = (min(255.0, a * b) for a, b in zip(colour, by, strict=True))
    return red, green, blue


def _shorten_crowns(
    vertices: NDArray[np.float64],
    teeth: NDArray[np.int64],
    gum: float,
    way: Literal[-1, 1],
    share: float,
) -> None:
    """Leave a share of the crowns of teeth, in place, which begin at y = gum and go DOWN or UP."""
    y = vertices[teeth, 1]
    of_crown = (y - gum) * way > 0
    vertices[teeth, 1] = np.where(of_crown, gum + share * (y - gum), y)


def _part_teeth(
    vertices: NDArray[np.float64],
    row: tuple[NDArray[np.int64], ...],
    crown: tuple[float, float],
    gap: float,
) -> None:
    """Narrow the crowns of a row of teeth by a share `gap`, in place.

    Roots stay as they are: they fill holes of the gums. A crown reaches from y at the gums to y at
    the edges, and narrows towards these.
    """
    gum, edge = crown
    for tooth in row:
        x, y = vertices[tooth, 0], vertices[tooth, 1]
        along = np.clip((y - gum) / (edge - gum), 0, 1)
        vertices[tooth, 0] = x - gap * along * (x - (x.min() + x.max()) / 2)


def _find_drop(
    rest: FaceShape, child: float, own: OwnTeeth | None, settings: TeethSettings
) -> float:
    """How far teeth stand lower than those of the mean face, as a share of the face's width."""
    expected = settings.follows_lip * (float(rest[UPPER_LIP, 1]) - settings.usual_lip)
    expected -= settings.rise_of_child * child
    if own is None:
        drop = expected
    elif own.drop is None:
        drop = max(expected - settings.hidden_lower, own.hidden_below) - settings.behind_own
    else:
        drop = own.drop - settings.behind_own
    strays = settings.strays if own is None else settings.own_strays
    return float(np.clip(drop, -strays, strays))


def _measure_infancy(rest: FaceShape, settings: TeethSettings) -> float:
    """How surely a face (468, 3) at rest is an infant's, 0 to 1."""
    constant, *by_length = settings.infant_by
    odds = constant + float(measure_infancy_lengths(rest) @ np.array(by_length))
    return float(rise(odds, *settings.infancy))


def _measure_proportions(shape: FaceShape, settings: TeethSettings) -> Floats:
    """(6,) how unusual the proportions of a face are, in standard deviations."""
    first, second = np.array(PROPORTIONS).T
    lengths = np.linalg.norm(shape[first] - shape[second], axis=1)
    return np.asarray((lengths - settings.usual) / np.array(settings.deviation), np.float32)
