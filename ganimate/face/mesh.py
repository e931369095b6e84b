"""The face mesh: 478 landmarks of the face in a square of a picture.

MediaPipe's FaceMesh with attention (Kartynnik et al., 2019; Grishchenko et al., 2020): a trunk
finds 468 landmarks, and three heads look again at the lips and the eyes, each at a patch that is
cut out of the trunk's features along the part's own axis. What is done around the networks is what
mediapipe 0.10.21 does (its graphs of face_landmark, its operators of .tflite files).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganimate.arrays import Floats, Landmarks, Photo, Points
from ganimate.face.alignment import sample_crop
from ganimate.face.blazeface import Detection
from ganimate.face.landmarks import MIRROR, N_LANDMARKS, N_MESH
from ganimate.face.networks import ReaderNetworks, RegionHead
from ganimate.numerics import Affine2D

SIDE = 192
"""Side of the mesh's view, pixels."""

PATCH = 16
"""Side of the patch that a head sees, cells."""

PATCH_SCALE = 1.5
"""Sides of a patch over those of the rectangle around its part's landmarks."""

REGION_SCALE = 1.5
"""Side of the square that the mesh sees over the longer side of the detector's box."""

IRIS = 5
"""Landmarks of an iris; the right eye's come first, after those of the mesh."""

LID = 16
"""Landmarks of the rim of an eye, the first of its points; the iris is as deep as their mean."""


@dataclass(frozen=True)
class MeshReading:
    """What the mesh has seen.

    Attributes:
        logit: how sure it is that what it saw was a face; those of clear faces are from 20 on,
            where scores can hardly be told from 1.
        landmarks: (478, 3) pixels of the picture.
    """

    logit: float
    landmarks: Landmarks

    @property
    def score(self) -> float:
        """In [0, 1], that what it saw was a face."""
        return float(1 / (1 + np.exp(-self.logit)))


def square_around(detection: Detection) -> Affine2D:
    """Find the square that the mesh should see of a detected face: with its eyes level.

    Returns:
        The map from its SIDE x SIDE pixels to those of the picture, both counted from the corner
        of the first pixel.
    """
    box = detection.box
    right_eye, left_eye = detection.keypoints[:2]
    angle = np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
    scale = REGION_SCALE * max(box.width, box.height) / SIDE
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cosine, -sine], [sine, cosine]])
    centre = np.array([box.left + box.width / 2, box.top + box.height / 2])
    offset = centre - linear @ [SIDE / 2, SIDE / 2]
    return Affine2D(np.concatenate([linear, offset[:, None]], axis=1))


def read_mesh(
    networks: ReaderNetworks, picture: Photo, to_picture: Affine2D, *, mirrored: bool = False
) -> MeshReading:
    """Read the landmarks of the face in a square of a picture.

    Args:
        networks: of which the mesh and the heads are run.
        picture: (H, W, 3); its borders are replicated.
        to_picture: as square_around() finds it.
        mirrored: whether the networks are shown the square's mirror image.
    """
    # Counted from the middle of pixels, as OpenCV does, this map is off by half a pixel. So it is
    # in mediapipe, and the network was trained with it.
    view = sample_crop(picture, to_picture.inverse(), SIDE)
    if mirrored:
        reading = _read_view(networks, view[:, ::-1])
        landmarks = reading.landmarks[MIRROR]
        landmarks[:, 0] = SIDE - landmarks[:, 0]
    else:
        reading = _read_view(networks, view)
        landmarks = reading.landmarks
    landmarks[:, :2] = to_picture.apply(landmarks)
    landmarks[:, 2] *= to_picture.scale
    return replace(reading, landmarks=landmarks)


def _read_view(networks: ReaderNetworks, view: Photo) -> MeshReading:
    """What the networks see in a view (192, 192, 3), landmarks in its pixels."""
    features, flat, logit = networks.mesh(view.astype(np.float32) / np.float32(255))
    features = np.ascontiguousarray(features)  # each head looks up cells in it
    landmarks = np.empty((N_LANDMARKS, 3), np.float32)
    landmarks[:N_MESH] = flat.reshape(N_MESH, 3)
    first = landmarks[:N_MESH, :2].copy()
    refine_points(networks.lips, features, first, landmarks)
    for number, eye in enumerate((networks.right_eye, networks.left_eye)):
        iris = refine_points(eye, features, first, landmarks)
        here = slice(N_MESH + number * IRIS, N_MESH + (number + 1) * IRIS)
        landmarks[here, :2] = iris
        landmarks[here, 2] = landmarks[eye.points[:LID], 2].mean()
    return MeshReading(logit=float(logit.item()), landmarks=landmarks)


def refine_points(
    head: RegionHead, features: Floats, first: Points, landmarks: Landmarks
) -> Points:
    """Look at a part of the face a second time.

    Args:
        head: of the part.
        features: (48, 48, 32) of the trunk.
        first: (468, 2) what the trunk found, pixels of its view.
        landmarks: whose points of the part are overwritten by those that the head finds.

    Returns:
        (n, 2) the head's other points, those of the iris, pixels of the view.
    """
    cell = np.float32(SIDE / len(features))  # pixels
    to_features = fit_patch(head, first / cell)
    points, *others = head.network(sample_patch(features, to_features))

    def to_view(raw: Floats) -> Points:
        return to_features.apply(raw.reshape(-1, 2) / cell) * cell

    landmarks[head.points, :2] = to_view(points)
    return to_view(others[0]) if others else np.empty((0, 2), np.float32)


def fit_patch(head: RegionHead, points: Points) -> Affine2D:
    """Fit a patch to a part of the face.

    Args:
        head: whose part it is.
        points: (468, 2) landmarks, in cells of the features.

    Returns:
        The map from the cells of the patch to those of the features, both counted from the corner
        of the first cell.
    """
    start, end = points[list(head.axis)].astype(np.float64)
    angle = np.arctan2(end[1] - start[1], end[0] - start[0])
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])  # from the part's own axes
    along = points[head.points].astype(np.float64) @ turn
    low, high = along.min(axis=0), along.max(axis=0)
    linear = turn * (PATCH_SCALE * (high - low) / PATCH)
    offset = turn @ ((low + high) / 2) - linear @ [PATCH / 2, PATCH / 2]
    return Affine2D(np.concatenate([linear, offset[:, None]], axis=1))


def sample_patch(features: Floats, to_features: Affine2D) -> Floats:
    """Cut a patch out of features (h, w, c), bilinearly; 0 where it reaches beyond their cells."""
    cells = np.arange(PATCH) + 0.5
    grid = np.stack(np.meshgrid(cells, cells), axis=2).reshape(-1, 2)
    x, y = to_features.apply(grid).T - np.float32(0.5)
    height, width, channels = features.shape
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    left = np.clip(np.floor(x).astype(int), 0, width - 2)
    top = np.clip(np.floor(y).astype(int), 0, height - 2)
    right_share, low_share = (x - left)[:, None], (y - top)[:, None]
    flat = features.reshape(-1, channels)
    corner = top * width + left
    upper = flat[corner] * (1 - right_share) + flat[corner + 1] * right_share
    lower = flat[corner + width] * (1 - right_share) + flat[corner + width + 1] * right_share
    patch = (upper * (1 - low_share) + lower * low_share) * inside[:, None]
    return np.asarray(patch.reshape(PATCH, PATCH, channels), np.float32)
