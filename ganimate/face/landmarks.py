"""The 478 landmarks of a face: which of them are lips, lids, brows and outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Landmarks, Points

N_LANDMARKS = 478
N_MESH = 468  # without the ten iris points, which expressions of the lids do not carry along

LEFT_TEMPLE, RIGHT_TEMPLE = 454, 234
"""Landmarks at the person's own left and right end of the face, in front of the ears."""

# Points that expressions hardly move: eye corners, bridge, alae of the nose, temples.
STABLE = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 234, 454, 127, 356])


class Box(NamedTuple):
    """A rectangle in photo pixels."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Face:
    """One face of a photo."""

    landmarks: Landmarks

    @property
    def box(self) -> Box:
        """The smallest upright rectangle around the landmarks."""
        low = self.landmarks[:N_MESH, :2].min(axis=0)
        size = self.landmarks[:N_MESH, :2].max(axis=0) - low
        return Box(float(low[0]), float(low[1]), float(size[0]), float(size[1]))


SKIN, MOUTH, LEFT_EYE, RIGHT_EYE = range(4)  # regions of the mesh; left and right as the person's

# The face's outline, from the middle of the forehead round by the person's left ear.
OVAL = np.array(
    [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Opening:
    """A slit of the face: the mouth or an eye. Rows of columns that face each other.

    upper, lower: (rings, columns) landmark indices; row 0 is the edge of the slit, the others
    the skin that follows it by the share in `follow`. `meets` is where the two edges meet when
    the slit closes: 0 at the lower edge, 1 at the upper one.
    """

    region: int
    corners: tuple[int, int]
    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    follow: tuple[float, ...]
    meets: float
    upper_insets: tuple[float, ...]  # how far the inner rings fold towards the next as it shuts
    lower_insets: tuple[float, ...]
    folds_by: float  # how soon: 1 when shut, 2 when half closed


LIPS = Opening(
    MOUTH,
    (78, 308),
    np.array(
        [
            [191, 80, 81, 82, 13, 312, 311, 310, 415],
            [183, 42, 41, 38, 12, 268, 271, 272, 407],
            [184, 74, 73, 72, 11, 302, 303, 304, 408],
            [185, 40, 39, 37, 0, 267, 269, 270, 409],
        ]
    ),
    np.array(
        [
            [95, 88, 178, 87, 14, 317, 402, 318, 324],
            [96, 89, 179, 86, 15, 316, 403, 319, 325],
            [77, 90, 180, 85, 16, 315, 404, 320, 307],
            [146, 91, 181, 84, 17, 314, 405, 321, 375],
        ]
    ),
    (1.0, 1.0, 0.95, 0.85),
    0.6,
    (0.75, 0.7),
    (0.75, 0.7),
    1.0,
)
RIGHT_LIDS = Opening(
    RIGHT_EYE,
    (33, 133),
    np.array(
        [
            [246, 161, 160, 159, 158, 157, 173],
            [247, 30, 29, 27, 28, 56, 190],
            [113, 225, 224, 223, 222, 221, 189],
        ]
    ),
    np.array(
        [
            [7, 163, 144, 145, 153, 154, 155],
            [25, 110, 24, 23, 22, 26, 112],
            [31, 228, 229, 230, 231, 232, 233],
        ]
    ),
    (1.0, 0.55, 0.15),
    0.15,
    (0.4,),
    (0.15,),
    2.0,
)
LEFT_LIDS = Opening(
    LEFT_EYE,
    (263, 362),
    np.array(
        [
            [466, 388, 387, 386, 385, 384, 398],
            [467, 260, 259, 257, 258, 286, 414],
            [342, 445, 444, 443, 442, 441, 413],
        ]
    ),
    np.array(
        [
            [249, 390, 373, 374, 380, 381, 382],
            [255, 339, 254, 253, 252, 256, 341],
            [261, 448, 449, 450, 451, 452, 453],
        ]
    ),
    (1.0, 0.55, 0.15),
    0.15,
    (0.4,),
    (0.15,),
    2.0,
)
OPENINGS = (LIPS, LEFT_LIDS, RIGHT_LIDS)
LIDS_OF_SIDE = (LEFT_LIDS, RIGHT_LIDS)  # in the order of the columns of an AU vector

BROWS = np.array(
    [
        46, 53, 52, 65, 55, 70, 63, 105, 66, 107,
        276, 283, 282, 295, 285, 300, 293, 334, 296, 336,
    ]
)  # fmt: skip
BROW_EDGES = np.array([[283, 282, 282, 295, 285], [53, 52, 52, 65, 55]])
"""The lower edge of each brow, in the order of LIDS_OF_SIDE, over the lids' third row."""


def measure_width(points: Points) -> float:
    """The face's width, temple to temple."""
    return float(np.linalg.norm(points[RIGHT_TEMPLE] - points[LEFT_TEMPLE]))
