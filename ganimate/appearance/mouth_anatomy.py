"""The mesh of a mouth, by its parts: upper and lower teeth one by one, gums, tongue.

It is the mouth of the ICT Face Model (Li et al., "Learning Formation of Physically-Based Face
Attributes", CVPR 2020), placed in the mean face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.settings import MouthSettings
from ganimate.arrays import Floats
from ganimate.numerics import fall, rise

TEETH, GUM, TONGUE, PALATE = 0, 1, 2, 3
"""Parts of a mouth. A Mouth's own quads are of teeth or gum; its tongue is found by its place, and
what is gum of the upper jaw is drawn with the palate, in the shade of the upper lip."""

MOVES = 1e-4
"""Displacement, as a share of the face's width, from which a vertex belongs to the jaw."""


@dataclass(frozen=True)
class Mouth:
    """A mouth in the frame of the mean face (x right, y down, z away; the face's width is 1).

    Attributes:
        vertices: (v, 3) with the teeth closed.
        jaw: (v, 3) displacement when the jaw is wide open, 0 in the upper jaw.
        quads: (f, 4) vertices.
        parts: (f,) TEETH or GUM.
    """

    vertices: Floats
    jaw: Floats
    quads: NDArray[np.int64]
    parts: NDArray[np.uint8]


@dataclass(frozen=True)
class TeethVertices:
    """Which vertices of a mouth each of its teeth has.

    Attributes:
        upper: (n,) of each tooth that stands in the head.
        lower: (n,) of each that moves with the jaw.
    """

    upper: tuple[NDArray[np.int64], ...]
    lower: tuple[NDArray[np.int64], ...]


def find_teeth(mouth: Mouth) -> TeethVertices:
    """Find the teeth of a mouth: the connected pieces of its quads of teeth."""
    quads = mouth.quads[mouth.parts == TEETH]
    tooth = _label_pieces(quads, len(mouth.vertices))
    pieces = [np.flatnonzero(tooth == label) for label in np.unique(tooth[quads])]
    moves = [bool((np.abs(mouth.jaw[piece]).max(axis=1) > MOVES).all()) for piece in pieces]
    return TeethVertices(
        upper=tuple(piece for piece, lower in zip(pieces, moves, strict=True) if not lower),
        lower=tuple(piece for piece, lower in zip(pieces, moves, strict=True) if lower),
    )


def find_moving(mouth: Mouth) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find what moves with the jaw: (v,) vertices and (f,) quads."""
    moves = np.abs(mouth.jaw).max(axis=1) > MOVES
    return moves, moves[mouth.quads].sum(axis=1) >= 2


def find_parts(
    mouth: Mouth, of_jaw: NDArray[np.bool_], settings: MouthSettings
) -> NDArray[np.uint8]:
    """Find what each quad of a mouth is drawn as.

    Gums of the ICT model have holes that roots of teeth fill, and its tongue is one mesh with the
    lower gums. Tongue and cheeks hide the hindmost lower teeth, which count as flesh: as teeth they
    stood in turned mouths as a grey block, and left out they left holes in the gums.

    Args:
        mouth: in the mean face.
        of_jaw: (f,) which quads move with the jaw.
        settings: where gums and tongue begin, and the hindmost teeth.

    Returns:
        (f,) TEETH, GUM, TONGUE or PALATE.
    """
    y = mouth.vertices[mouth.quads, 1].mean(axis=1)
    above, below = settings.gum_lines
    roots = (mouth.parts == TEETH) & np.where(of_jaw, y > below, y < above)
    of_tongue = (measure_tongue(mouth, settings)[mouth.quads] > 0).any(axis=1)
    tongue = (mouth.parts == GUM) & of_jaw & of_tongue
    parts = np.where(roots, GUM, mouth.parts)
    parts = np.where(tongue, TONGUE, parts)
    parts = np.where(find_hindmost(mouth, settings)[mouth.quads[:, 0]], GUM, parts)
    return np.where((parts == GUM) & ~of_jaw, PALATE, parts).astype(np.uint8)


def measure_tongue(mouth: Mouth, settings: MouthSettings) -> NDArray[np.float64]:
    """Measure how surely each vertex is the tongue's, by its place, (v,) in [0, 1].

    The tongue has no border in the mesh: quads that are cut off where it ends leave steps.
    """
    x, y, z = mouth.vertices.astype(np.float64).T
    soft = settings.tongue_border
    half = np.minimum(settings.tongue_half, settings.tongue_tip + settings.tongue_spread * z)
    within = fall(np.abs(x) - half, -soft, soft) * fall(y - settings.tongue_floor, -soft, soft)
    return np.asarray(within * rise(z - settings.tongue_front, -soft, soft), np.float64)


def find_hindmost(mouth: Mouth, settings: MouthSettings) -> NDArray[np.bool_]:
    """Find the vertices (v,) of lower teeth that tongue and cheeks hide."""
    lower = find_teeth(mouth).lower
    depth = mouth.vertices[:, 2]
    foremost = min(float(depth[tooth].min()) for tooth in lower)
    hindmost = [tooth for tooth in lower if depth[tooth].mean() > foremost + settings.back_teeth]
    found = np.zeros(len(mouth.vertices), np.bool_)
    for tooth in hindmost:
        found[tooth] = True
    return found


def measure_heights(
    mouth: Mouth, moves: NDArray[np.bool_], settings: MouthSettings
) -> NDArray[np.float64]:
    """Measure how far each vertex lies from the gums to the edge of its own tooth, in [0, 1].

    Args:
        mouth: in the mean face.
        moves: (v,) which vertices move with the jaw.
        settings: where gums end.

    Returns:
        (v,), 0 of what is no tooth's.
    """
    height = np.zeros(len(mouth.vertices))
    quads = mouth.quads[mouth.parts == TEETH]
    above, below = settings.gum_lines
    tooth = _label_pieces(quads, len(height))
    for label in np.unique(tooth[quads]):
        of = tooth == label
        y = mouth.vertices[of, 1]
        edge, gum = (y.min(), below) if moves[of].all() else (y.max(), above)
        height[of] = np.clip((y - gum) / (edge - gum), 0, 1)
    return height


def _label_pieces(quads: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(count,) the lowest vertex of the connected piece that each vertex belongs to."""
    labels = np.arange(count)
    while True:
        lowest = labels.copy()
        np.minimum.at(lowest, quads, labels[quads].min(axis=1, keepdims=True))
        if np.array_equal(lowest, labels):
            return labels
        labels = lowest
