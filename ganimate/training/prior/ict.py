"""The ICT Face Model Light: anatomy for what photos show too seldom.

Its head (Li et al., CVPR 2020) has expressions that photos hardly have, and a mouth. Both are
carried over to the mean face: by a similarity on the 68 landmarks that the two share, and for
expressions by a spline that bends the head onto them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from ganimate.appearance.mouth_anatomy import GUM, TEETH, Mouth
from ganimate.arrays import FaceShape, Floats
from ganimate.face.pose import fit_similarity
from ganimate.training.prior.npz import open_npz

# fmt: off
LANDMARKS68 = np.array(
    [
        162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
        71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
        33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
        61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
        78, 82, 13, 312, 308, 317, 14, 87,
    ]
)
# fmt: on
"""Multi-PIE's 68 points in MediaPipe's numbering."""

FACE_VERTICES = 9409
"""How many vertices of the ICT head, the first ones, are the face."""

GUM_VERTICES = slice(14062, 17039)
"""Gums, palate and tongue of the ICT head."""

TEETH_VERTICES = slice(17039, 21451)
"""Teeth of the ICT head."""

JAW_OPEN = "jawOpen"
"""The expression of the ICT head that lowers its jaw."""

OUR_AXES = np.array([1, -1, -1], np.float32)
"""From the ICT head's axes, y up and z towards the viewer, to ours, y down and z away."""

PER_LANDMARK = 4
"""Vertices of the bent head whose mean displacement a landmark takes."""


def _default_anatomy() -> Mapping[int, tuple[str, float]]:
    return MappingProxyType(
        {
            5: ("eyeWide", 0.8),
            6: ("cheekSquint", 0.8),
            9: ("noseSneer", 0.8),
            14: ("mouthDimple", 0.8),
            15: ("mouthFrown", 0.8),
            20: ("mouthStretch", 0.6),
        }
    )


@dataclass(frozen=True)
class IctSettings:
    """How the ICT head is carried over to the mean face."""

    anatomy: Mapping[int, tuple[str, float]] = field(default_factory=_default_anatomy)
    """For the action units that are rare in photos, the ICT head's expression, and the share of it
    that an intensity of 1 shows; larger moves faces further. By eye (docs/tuning.md, anatomy)."""

    bend_smoothing: float = -1e-3
    """Smoothing of the spline that bends the head, as SciPy counts it: 0 meets the shared landmarks
    exactly, larger values pass them by. The shipped models were fitted with this one, which
    overshoots them by up to .004 of the face's width."""

    throat: float = 0.36
    """Depth behind the middle of the eyes, of the face's width, from which a mouth is dark and has
    no surface; larger shows more of the palate, and slows drawing. By eye (docs/tuning.md, mouth).
    """


ICT = IctSettings()


@dataclass(frozen=True)
class IctHead:
    """The ICT Face Model Light: a neutral head and what its expressions move.

    Attributes:
        neutral: (v, 3) vertices in the head's own unit, y up and z towards the viewer.
        quads: (f, 4) vertices.
        displacements: name of an expression, with _L or _R where it has sides -> (v, 3) at full
            intensity.
        landmarks68: (68,) vertices of Multi-PIE's points.
    """

    neutral: Floats
    quads: NDArray[np.int64]
    displacements: Mapping[str, Floats]
    landmarks68: NDArray[np.int64]


def read_head(path: Path, settings: IctSettings = ICT) -> IctHead:
    """Read the ICT head from an .npz file.

    Args:
        path: the file, with `neutral` (v, 3), `faces` (f, 4), `names` (k,), `displacements`
            (k, v, 3) and `landmarks68` (68,).
        settings: which expressions are read.

    Raises:
        DataError: the file is missing or damaged, or lacks any of them.
    """
    with open_npz(path, "neutral, faces, names, displacements and landmarks68") as arrays:
        row_of = {name: row for row, name in enumerate(arrays["names"].tolist())}
        every = arrays["displacements"]
        names = [f"{name}_{side}" for name, _ in settings.anatomy.values() for side in "LR"]
        return IctHead(
            neutral=arrays["neutral"].astype(np.float32),
            quads=arrays["faces"].astype(np.int64),
            displacements={
                name: every[row_of[name]].astype(np.float32) for name in (*names, JAW_OPEN)
            },
            landmarks68=arrays["landmarks68"],
        )


@dataclass(frozen=True)
class _Placement:
    """The similarity that places the ICT head in the mean face (Umeyama, 1991).

    Attributes:
        rotation: (3, 3).
        scale: widths of the mean face in a unit of the head.
        middle: (3,) of the shared landmarks on the head, in its unit and our axes.
        ours: (3,) of the shared landmarks in the mean face.
    """

    rotation: Floats
    scale: float
    middle: Floats
    ours: Floats

    def apply(self, vertices: Floats) -> Floats:
        """Place vertices (n, 3) of the head, in our axes."""
        return self.scale * (vertices - self.middle) @ self.rotation.T + self.ours

    def rotate(self, displacements: Floats) -> Floats:
        """Turn and scale displacements (n, 3) of the head, in our axes."""
        return self.scale * displacements @ self.rotation.T


def _place_head(head: IctHead, mean: FaceShape) -> _Placement:
    """Fit the similarity from the shared landmarks of the head to those of the mean face."""
    shared, ours = head.neutral[head.landmarks68] * OUR_AXES, mean[LANDMARKS68]
    rotation, scale = fit_similarity(shared, ours)
    return _Placement(
        rotation=rotation.astype(np.float32),
        scale=scale,
        middle=shared.mean(0),
        ours=ours.mean(0),
    )


def carry_anatomy(
    head: IctHead, mean: FaceShape, settings: IctSettings = ICT
) -> dict[int, FaceShape]:
    """Carry expressions over from the ICT head to the mean shape.

    The head is aligned by a similarity on the shared landmarks and bent onto them by a thin-plate
    spline in three dimensions; each landmark then follows its nearest vertices.

    Args:
        head: the ICT head.
        mean: (468, 3) the mean face.
        settings: which expressions are taken, and how.

    Returns:
        AU number -> (468, 3) displacement at an intensity of 1.
    """
    to_mean = _place_head(head, mean)
    face = to_mean.apply(head.neutral[:FACE_VERTICES] * OUR_AXES)
    pins = to_mean.apply(head.neutral[head.landmarks68] * OUR_AXES)
    bend = RBFInterpolator(
        pins,
        mean[LANDMARKS68] - pins,
        kernel="linear",
        degree=1,
        smoothing=settings.bend_smoothing,
    )
    bent = face + np.asarray(bend(face), np.float32)
    squared = ((mean[:, None] - bent[None]) ** 2).sum(-1)  # (468, v)
    nearest = np.argsort(squared, axis=1)[:, :PER_LANDMARK]
    anatomy = {}
    for number, (name, share) in settings.anatomy.items():
        both = head.displacements[f"{name}_L"] + head.displacements[f"{name}_R"]
        moved = to_mean.rotate((both[:FACE_VERTICES] * OUR_AXES).astype(np.float32))
        anatomy[number] = share * moved[nearest].mean(axis=1)
    return anatomy


def carry_mouth(head: IctHead, mean: FaceShape, settings: IctSettings = ICT) -> Mouth:
    """Carry the mouth of the ICT head over to the mean face (468, 3), by the similarity alone."""
    to_mean = _place_head(head, mean)
    part_of = np.full(len(head.neutral), -1)
    part_of[GUM_VERTICES], part_of[TEETH_VERTICES] = GUM, TEETH
    placed = to_mean.apply(head.neutral * OUR_AXES)
    kept = (part_of >= 0) & (placed[:, 2] < settings.throat)
    quads = head.quads[kept[head.quads].all(axis=1)]
    used, renumbered = np.unique(quads, return_inverse=True)
    jaw = to_mean.rotate(head.displacements[JAW_OPEN][used] * OUR_AXES)
    return Mouth(
        vertices=placed[used].astype(np.float32),
        jaw=jaw.astype(np.float32),
        quads=renumbered.reshape(quads.shape),
        parts=part_of[quads[:, 0]].astype(np.uint8),
    )
