"""The landmarks of a face: which of them are lips, lids, brows and outline.

The numbers are those of MediaPipe's FaceMesh. Left and right are the person's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Landmarks, Points

N_LANDMARKS = 478
"""Landmarks of a face, the irises included."""

N_MESH = 468
"""Landmarks without the ten of the irises, which expressions of the lids do not carry along."""

LEFT_TEMPLE, RIGHT_TEMPLE = 454, 234
"""Landmarks at the person's own left and right end of the face, in front of the ears."""

STABLE = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 234, 454, 127, 356])
"""Landmarks that expressions hardly move: corners of the eyes, bridge and alae of the nose,
temples."""

OVAL = np.array(
    [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]
)  # fmt: skip
"""The face's outline, from the middle of the forehead round by the person's left ear."""

MIDLINE = np.array(
    [
        0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
        94, 151, 152, 164, 168, 175, 195, 197, 199, 200,
    ]
)  # fmt: skip
"""Landmarks between the two sides of a face."""


def _number_mirror() -> NDArray[np.int64]:
    """Those of the right side are numbered first, then those of the left in the same order."""
    mirror = np.arange(N_LANDMARKS)
    left = np.arange(N_MESH - (N_MESH - len(MIDLINE)) // 2, N_MESH)
    right = np.setdiff1d(np.arange(left[0]), MIDLINE)
    mirror[right], mirror[left] = left, right
    irises = mirror[N_MESH:].reshape(2, -1)  # of each the middle, then an end and the next, round
    irises[:] = irises[::-1, [0, 3, 2, 1, 4]]
    return mirror


MIRROR = _number_mirror()
"""(478,) for each landmark the one on the other side of the face, or itself in its middle."""

SKIN, MOUTH, LEFT_EYE, RIGHT_EYE = range(4)
"""Regions of the mesh."""


class Box(NamedTuple):
    """A rectangle.

    Attributes:
        left: x of its left edge, photo pixels.
        top: y of its upper edge, photo pixels.
        width: photo pixels.
        height: photo pixels.
    """

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Face:
    """One face of a photo.

    Attributes:
        landmarks: (478, 3) photo pixels.
        logit: how sure the reader is that it is one, see MeshReading.logit; infinite where nobody
            asked.
    """

    landmarks: Landmarks
    logit: float = math.inf

    @property
    def box(self) -> Box:
        """The smallest upright rectangle around the landmarks."""
        low = self.landmarks[:N_MESH, :2].min(axis=0)
        size = self.landmarks[:N_MESH, :2].max(axis=0) - low
        return Box(
            left=float(low[0]), top=float(low[1]), width=float(size[0]), height=float(size[1])
        )


@dataclass(frozen=True)
class Opening:
    """A slit of the face: the mouth or an eye, with the skin around it that follows its edges.

    Attributes:
        region: what it opens onto: MOUTH, LEFT_EYE or RIGHT_EYE.
        corners: the landmarks where the two edges meet.
        upper: (rings, columns) landmarks; row 0 is the upper edge of the slit, from one corner to
            the other, the next rows are the skin above it, ever farther away.
        lower: (rings, columns) landmarks of the lower edge and the skin below it, in columns that
            face those of `upper`.
        follow: share of its edge's motion that each row takes over; a larger one lets more of the
            skin go along. By eye (docs/tuning.md, slits of the face).
        meets: where the edges meet as the slit closes, 0 at the lower edge and 1 at the upper one:
            upper lids come down, lips meet above the middle. By eye.
        upper_insets: share of its way to the row that stands still by which each row above the
            slit folds towards it as the slit shuts; a larger one folds more skin away. By eye.
        lower_insets: the share of each row below the slit. By eye.
        folds_by: how soon the skin folds: at 1 it has folded when the slit is shut, at 2 when it is
            half closed. By eye.
    """

    region: int
    corners: tuple[int, int]
    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    follow: tuple[float, ...]
    meets: float
    upper_insets: tuple[float, ...]
    lower_insets: tuple[float, ...]
    folds_by: float


LIPS = Opening(
    region=MOUTH,
    corners=(78, 308),
    upper=np.array(
        [
            [191, 80, 81, 82, 13, 312, 311, 310, 415],
            [183, 42, 41, 38, 12, 268, 271, 272, 407],
            [184, 74, 73, 72, 11, 302, 303, 304, 408],
            [185, 40, 39, 37, 0, 267, 269, 270, 409],
        ]
    ),
    lower=np.array(
        [
            [95, 88, 178, 87, 14, 317, 402, 318, 324],
            [96, 89, 179, 86, 15, 316, 403, 319, 325],
            [77, 90, 180, 85, 16, 315, 404, 320, 307],
            [146, 91, 181, 84, 17, 314, 405, 321, 375],
        ]
    ),
    follow=(1.0, 1.0, 0.95, 0.85),
    meets=0.6,
    upper_insets=(0.75, 0.7),
    lower_insets=(0.75, 0.7),
    folds_by=1.0,
)
RIGHT_LIDS = Opening(
    region=RIGHT_EYE,
    corners=(33, 133),
    upper=np.array(
        [
            [246, 161, 160, 159, 158, 157, 173],
            [247, 30, 29, 27, 28, 56, 190],
            [113, 225, 224, 223, 222, 221, 189],
        ]
    ),
    lower=np.array(
        [
            [7, 163, 144, 145, 153, 154, 155],
            [25, 110, 24, 23, 22, 26, 112],
            [31, 228, 229, 230, 231, 232, 233],
        ]
    ),
    follow=(1.0, 0.55, 0.15),
    meets=0.15,
    upper_insets=(0.4,),
    lower_insets=(0.15,),
    folds_by=2.0,
)
LEFT_LIDS = Opening(
    region=LEFT_EYE,
    corners=(263, 362),
    upper=np.array(
        [
            [466, 388, 387, 386, 385, 384, 398],
            [467, 260, 259, 257, 258, 286, 414],
            [342, 445, 444, 443, 442, 441, 413],
        ]
    ),
    lower=np.array(
        [
            [249, 390, 373, 374, 380, 381, 382],
            [255, 339, 254, 253, 252, 256, 341],
            [261, 448, 449, 450, 451, 452, 453],
        ]
    ),
    follow=(1.0, 0.55, 0.15),
    meets=0.15,
    upper_insets=(0.4,),
    lower_insets=(0.15,),
    folds_by=2.0,
)
OPENINGS = (LIPS, LEFT_LIDS, RIGHT_LIDS)
"""All slits of a face."""

LIDS_OF_SIDE = (LEFT_LIDS, RIGHT_LIDS)
"""The eyes in the order of the columns of an AU vector."""

IRISES = np.array([[473, 474, 475, 476, 477], [468, 469, 470, 471, 472]])
"""The landmarks of each iris, its middle first, in the order of LIDS_OF_SIDE."""

BROWS = np.array(
    [
        46, 53, 52, 65, 55, 70, 63, 105, 66, 107,
        276, 283, 282, 295, 285, 300, 293, 334, 296, 336,
    ]
)  # fmt: skip
"""All landmarks of both brows, the person's right one first."""

BROW_OUTLINES = np.array(
    [
        [276, 283, 282, 295, 285, 336, 296, 334, 293, 300],
        [46, 53, 52, 65, 55, 107, 66, 105, 63, 70],
    ]
)
"""Around each brow, its lower edge first, in the order of LIDS_OF_SIDE."""

BROW_EDGES = np.array([[283, 282, 282, 295, 285], [53, 52, 52, 65, 55]])
"""The lower edge of each brow, in the order of LIDS_OF_SIDE, over the lids' third row."""


def measure_width(points: Points) -> float:
    """Measure the width of a face, temple to temple, in the unit of its points (468 or more, 2)."""
    return float(np.linalg.norm(points[RIGHT_TEMPLE] - points[LEFT_TEMPLE]))
