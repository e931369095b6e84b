"""How much light lips let in to the teeth behind them, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganimate.appearance.light_settings import MOUTH_LIGHT, PARTED_LIPS, PartedLipsSettings
from ganimate.arrays import Floats, Map, Points
from ganimate.face.landmarks import LIPS, measure_width
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class PartedLips:
    """How lips shade what is behind them in one picture.

    Attributes:
        shadow: what the upper lip takes of the light behind it where it is nearest.
        on_flesh: what it takes besides of that on gums and tongue, which lie deeper.
        edge: (n, 2) the upper edge of the slit, pixels.
    """

    shadow: float
    on_flesh: float
    edge: Floats

    def at(self, landmarks: Points) -> PartedLips:
        """The same lips where landmarks (468, 2 or more) are, of a head that has turned."""
        return replace(self, edge=find_edge(landmarks))

    def on(self, to_other: Affine2D) -> PartedLips:
        """The same lips in another picture, given where its pixels are."""
        return replace(self, edge=to_other.apply(self.edge))


def measure_parting(
    landmarks: Points, lips: float, settings: PartedLipsSettings = PARTED_LIPS
) -> float:
    """Measure by how much lips that are parted so make teeth lighter than usual.

    Args:
        landmarks: (468, 2 or more) of a face, in pixels.
        lips: their CIE L*.
        settings: how that follows from how far lips are apart, and how broad the mouth is.

    Returns:
        CIE L*, less than 0 where lips shade more.
    """
    points = landmarks[:, :2]
    middle = LIPS.upper.shape[1] // 2
    upper, lower = points[LIPS.upper[0][middle]], points[LIPS.lower[0][middle]]
    gap = float(np.linalg.norm(lower - upper)) / measure_width(points)
    lighter = settings.by_gap * (np.clip(gap, *settings.gaps) - settings.usual_gap)
    drawn_back = np.clip(measure_breadth(points), settings.narrowest, settings.usual_breadth)
    by_breadth = np.interp(lips, settings.lightness, settings.by_breadth)
    lighter += by_breadth * (drawn_back - settings.usual_breadth)
    return float(lighter)


def measure_let_in(
    landmarks: Points, lips: float, settings: PartedLipsSettings = PARTED_LIPS
) -> float:
    """Measure what lips let in of the light that lips in most smiles do, as measure_parting()."""
    # Levels of sRGB go nearly as L* does.
    return 1 + measure_parting(landmarks, lips, settings) / MOUTH_LIGHT.drawn_teeth[0]


def measure_breadth(landmarks: Points) -> float:
    """Measure the breadth of a mouth as a share of the face's width, by landmarks (468, 2)."""
    one, other = landmarks[list(LIPS.corners)]
    return float(np.linalg.norm(other - one)) / measure_width(landmarks)


def part_lips(landmarks: Points, settings: PartedLipsSettings = PARTED_LIPS) -> PartedLips:
    """Find how lips shade what is behind them.

    Args:
        landmarks: (468, 2 or more) of the face, in pixels.
        settings: how that follows from how lips are parted.
    """
    breadth = measure_breadth(landmarks[:, :2])
    return PartedLips(
        shadow=float(np.interp(breadth, settings.breadths, settings.shadows)),
        on_flesh=float(np.interp(_measure_smile(landmarks, settings), *settings.on_flesh)),
        edge=find_edge(landmarks),
    )


def find_edge(landmarks: Points) -> Floats:
    """Find the upper edge of the slit, (9, 2), of landmarks (468, 2 or more)."""
    return np.asarray(landmarks[LIPS.upper[0], :2], np.float32)


def measure_depth(
    lips: PartedLips, down: Floats, width: float, shift: tuple[int, int], shape: tuple[int, int]
) -> Map:
    """Measure how far below the upper lip's edge each pixel of a part of a picture is.

    Args:
        lips: in a picture.
        down: (2,) of unit length, from the lip to the chin in that picture.
        width: of the face there, pixels.
        shift: x and y of the picture's pixel at which the part begins.
        shape: (height, width) of the part.

    Returns:
        (h, w) shares of the face's width, 0 above the edge.
    """
    along = np.array([down[1], -down[0]])
    edge = lips.edge - np.array(shift)
    order = np.argsort(edge @ along)
    y, x = np.ogrid[: shape[0], : shape[1]]
    across, below = x * along[0] + y * along[1], x * down[0] + y * down[1]
    above = np.interp(across, (edge @ along)[order], (edge @ down)[order])
    return np.asarray(np.maximum(below - above, 0) / width, np.float32)


def cast_shadow(lips: PartedLips, depth: Map, settings: PartedLipsSettings = PARTED_LIPS) -> Map:
    """Cast the shadow of the upper lip on what is behind it.

    Args:
        lips: whose shadow it is.
        depth: (h, w) how far below its edge each pixel is, as measure_depth() returns it.
        settings: how far down the shadow reaches.

    Returns:
        (h, w) in [0, 1], the share of the light that is left.
    """
    return np.asarray(1 - lips.shadow * np.exp(-depth / settings.shadow_reach), np.float32)


def cast_shadow_on_flesh(
    lips: PartedLips, jaw: float, depth: Map, settings: PartedLipsSettings = PARTED_LIPS
) -> Map:
    """Cast what darkens gums and tongue alone: narrow lips, and a jaw that is open.

    Args:
        lips: whose shadow it is.
        jaw: how far it is open, as measure_jaw() measures it: what is seen below the upper teeth
            lies deeper then.
        depth: (h, w) how far below the lips' edge each pixel is, as measure_depth() returns it.
        settings: how far down both reach.

    Returns:
        (h, w) in [0, 1], the share of the light that is left.
    """
    by_lips = lips.on_flesh * np.exp(-depth / settings.flesh_reach)
    below = np.maximum(depth - settings.below_teeth, 0)
    by_jaw = np.interp(jaw, *settings.by_jaw) * np.exp(-below / settings.jaw_reach)
    return np.asarray(1 - np.maximum(by_lips, by_jaw), np.float32)


def _measure_smile(landmarks: Points, settings: PartedLipsSettings) -> float:
    """How far a smile draws lips back and up, as a share of the face's width."""
    points = landmarks[:, :2]
    one, other = points[list(LIPS.corners)]
    along = (other - one) / max(float(np.linalg.norm(other - one)), 1e-6)
    down = np.array([-along[1], along[0]])
    lip = points[LIPS.upper[-1][LIPS.upper.shape[1] // 2]]
    hangs = float((lip - (one + other) / 2) @ down) / measure_width(points)
    return measure_breadth(points) + settings.smile_by_height * hangs
