"""The ICT Face Model Light: anatomy for what photos show too seldom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.mouth import GUM, TEETH, Mouth
from ganimate.arrays import FaceShape, Floats
from ganimate.face.pose import fit_similarity
from ganimate.training.prior.blend_shapes import open_npz

# ICT shape and how much of it an intensity of 1 shows, for the units rare in photos.
ANATOMY: Mapping[int, tuple[str, float]] = {
    5: ("eyeWide", 0.8),
    6: ("cheekSquint", 0.8),
    9: ("noseSneer", 0.8),
    14: ("mouthDimple", 0.8),
    15: ("mouthFrown", 0.8),
    20: ("mouthStretch", 0.6),
}

# Multi-PIE's 68 points in MediaPipe's numbering.
LANDMARKS68 = np.array(
    [
        162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
        71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
        33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
        61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
        78, 82, 13, 312, 308, 317, 14, 87,
    ]
)  # fmt: skip
FACE_VERTICES = 9409  # of the ICT model; the rest is head, socket, teeth
GUM_VERTICES = slice(14062, 17039)  # ... gums, palate and tongue
TEETH_VERTICES = slice(17039, 21451)
THROAT = 0.36  # of the face's width, behind the middle of the eyes: deeper, a mouth is dark
JAW_OPEN = "jawOpen"  # its displacement


def carry_anatomy(
    neutral: Floats,
    displacements: Mapping[str, Floats],
    landmarks68: NDArray[np.int64],
    mean: FaceShape,
) -> dict[int, Floats]:
    """AU number -> (468, 3) displacement, carried over from the ICT head to the mean shape.

    neutral: (v, 3) vertices, y up and z towards the viewer; displacements: name -> (v, 3).
    The head is aligned by a similarity on the 68 shared points and bent onto them by a thin-plate
    spline in three dimensions; each landmark then follows its nearest vertices.
    """
    flip = np.array([1, -1, -1], np.float32)  # ICT: y up, z to the viewer; ours: y down, z away
    head = neutral[:FACE_VERTICES] * flip
    shared, ours = neutral[landmarks68] * flip, mean[LANDMARKS68]
    exact, scale = fit_similarity(shared, ours)
    rotation = exact.astype(np.float32)
    turned = scale * (head - shared.mean(0)) @ rotation.T + ours.mean(0)
    pins = scale * (shared - shared.mean(0)) @ rotation.T + ours.mean(0)
    bent = turned + _bend(pins, ours - pins, turned)
    distance = ((mean[:, None] - bent[None]) ** 2).sum(-1)  # (468, v)
    nearest = np.argsort(distance, axis=1)[:, :4]
    result = {}
    for number, (name, share) in ANATOMY.items():
        moved = (displacements[f"{name}_L"] + displacements[f"{name}_R"])[:FACE_VERTICES] * flip
        moved = scale * moved.astype(np.float32) @ rotation.T
        result[number] = share * moved[nearest].mean(axis=1)
    return result


def carry_mouth(head: IctHead, mean: FaceShape) -> Mouth:
    """The mouth of the ICT head, placed in the mean face by a similarity on their shared points."""
    flip = np.array([1, -1, -1], np.float32)
    shared, ours = head.neutral[head.landmarks68] * flip, mean[LANDMARKS68]
    exact, scale = fit_similarity(shared, ours)
    rotation = exact.astype(np.float32)
    part_of = np.full(len(head.neutral), -1)
    part_of[GUM_VERTICES], part_of[TEETH_VERTICES] = GUM, TEETH
    placed = scale * (head.neutral * flip - shared.mean(0)) @ rotation.T + ours.mean(0)
    seen = (part_of >= 0) & (placed[:, 2] < THROAT)
    quads = head.quads[seen[head.quads].all(axis=1)]
    used, renumbered = np.unique(quads, return_inverse=True)
    jaw = scale * (head.displacements[JAW_OPEN][used] * flip) @ rotation.T
    return Mouth(
        placed[used].astype(np.float32),
        jaw.astype(np.float32),
        renumbered.reshape(quads.shape),
        part_of[quads[:, 0]].astype(np.uint8),
    )


def _bend(pins: Floats, moved: Floats, at: Floats) -> Floats:
    """Thin-plate spline in 3-D, kernel r: displacements `moved` of `pins`, (n, 3) at `at`."""
    n = len(pins)
    kernel = np.linalg.norm(pins[:, None] - pins[None], axis=-1) + 1e-3 * np.eye(n)
    affine = np.concatenate([np.ones((n, 1)), pins], 1)
    system = np.block([[kernel, affine], [affine.T, np.zeros((4, 4))]])
    solution = np.linalg.solve(system, np.concatenate([moved, np.zeros((4, 3))]))
    near = np.linalg.norm(at[:, None] - pins[None], axis=-1)
    bent = near @ solution[:n] + np.concatenate([np.ones((len(at), 1)), at], 1) @ solution[n:]
    return np.asarray(bent, np.float32)


@dataclass(frozen=True)
class IctHead:
    """The ICT Face Model Light: a neutral head and what its expressions move."""

    neutral: Floats  # (v, 3) vertices, y up and z towards the viewer
    quads: NDArray[np.int64]  # (f, 4) vertices
    displacements: Mapping[str, Floats]  # name -> (v, 3) at full intensity
    landmarks68: NDArray[np.int64]  # (68,) vertices of Multi-PIE's points


def read_head(path: Path) -> IctHead:
    """The ICT head from an .npz file. Raises DataError.

    It holds `neutral` (v, 3), `faces` (f, 4), `names` (k,), `displacements` (k, v, 3) and
    `landmarks68` (68,).
    """
    with open_npz(path, "neutral, faces, names, displacements and landmarks68") as arrays:
        row_of = {name: row for row, name in enumerate(arrays["names"].tolist())}
        displacements = arrays["displacements"]
        moved = {
            f"{name}_{side}": displacements[row_of[f"{name}_{side}"]].astype(np.float32)
            for name, _ in ANATOMY.values()
            for side in "LR"
        }
        moved[JAW_OPEN] = displacements[row_of[JAW_OPEN]].astype(np.float32)
        return IctHead(
            arrays["neutral"].astype(np.float32),
            arrays["faces"].astype(np.int64),
            moved,
            arrays["landmarks68"],
        )
