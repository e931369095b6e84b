"""The two face detectors of MediaPipe, and how their answers become boxes.

BlazeFace (Bazarevsky et al., 2019) judges a grid of anchors; a box stands around each, and the
boxes of one face are averaged. What is done before and after the network is what mediapipe 0.10.21
does (its graphs of face_detection and tensors_to_detections), so that its training still holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Photo
from ganimate.face.landmarks import Box
from ganimate.face.networks import Network

KEYPOINTS = 6
"""Points of a detection: right eye, left eye, tip of the nose, mouth, right ear, left ear."""

NUMBERS = 4 + 2 * KEYPOINTS
"""Numbers of a detection: centre, width, height and points, x before y."""

LARGEST_LOGIT = 100.0
"""Logits beyond which a score is 0 or 1, as in mediapipe."""


@dataclass(frozen=True)
class Layout:
    """What a detector looks at and where its anchors stand.

    Attributes:
        side: of its view, pixels.
        anchors: (n, 2) x and y over the side of the view, in the order of its answers.
    """

    side: int
    anchors: NDArray[np.float64]


@dataclass(frozen=True)
class Detection:
    """A face that a detector has seen.

    Attributes:
        score: in [0, 1].
        box: around the face, pixels of the picture.
        keypoints: (6, 2) pixels of the picture, in the order of KEYPOINTS.
    """

    score: float
    box: Box
    keypoints: NDArray[np.float64]


def _lay_out(side: int, grids: Sequence[tuple[int, int]]) -> Layout:
    """Lay out anchors.

    Args:
        side: of the view, pixels.
        grids: cells along a side, and anchors in the middle of each.
    """
    anchors = []
    for cells, count in grids:
        middle = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(middle, middle), axis=2).reshape(-1, 2)
        anchors.append(np.repeat(grid, count, axis=0))
    return Layout(side, np.concatenate(anchors))


FULL_RANGE = _lay_out(192, [(48, 1)])
"""The detector for photos."""

SHORT_RANGE = _lay_out(128, [(16, 2), (8, 6)])
"""The detector for a face that fills much of the picture."""


def detect_faces(
    network: Network,
    layout: Layout,
    picture: Photo,
    *,
    least_score: float,
    sure_score: float,
    overlap: float,
) -> list[Detection]:
    """Detect the faces of a picture.

    Args:
        network: the detector.
        layout: of the same detector.
        picture: (H, W, 3), shrunk to the detector's view, with black beside it.
        least_score: in [0, 1], of an anchor that counts.
        sure_score: in [0, 1], of an anchor that a surer one of the same face is averaged with.
        overlap: intersection over union from which two boxes are of one face.

    Returns:
        The detections, the best first.
    """
    longest = max(picture.shape[:2])
    scale = layout.side / longest
    height, width = picture.shape[:2]
    margin = np.array([longest - width, longest - height]) / 2  # black, in pixels of the picture
    # MediaPipe counts from the corner of the first pixel and OpenCV from its middle. The half pixel
    # that this shifts by is what the network was trained with.
    to_view = np.array([[scale, 0, margin[0] * scale], [0, scale, margin[1] * scale]])
    view = cv2.warpAffine(picture, to_view, (layout.side, layout.side), flags=cv2.INTER_LINEAR)
    answers = network(view.astype(np.float32) / np.float32(127.5) - np.float32(1))
    raw, scores = _join_answers(answers)
    likely = np.flatnonzero(scores >= least_score)
    anchors = layout.anchors[likely]
    numbers = raw[likely].astype(np.float64) / layout.side
    centres, sizes = numbers[:, :2] + anchors, numbers[:, 2:4]
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
    keypoints = numbers[:, 4:].reshape(-1, KEYPOINTS, 2) + anchors[:, None]
    return [
        _place(score, corners, points, longest, margin)
        for score, corners, points in merge_boxes(
            scores[likely], corners, keypoints, sure_score=sure_score, overlap=overlap
        )
    ]


def merge_boxes(
    scores: NDArray[np.float64],
    corners: NDArray[np.float64],
    keypoints: NDArray[np.float64],
    *,
    sure_score: float,
    overlap: float,
) -> list[tuple[float, NDArray[np.float64], NDArray[np.float64]]]:
    """Average the boxes that overlap the best one, weighted by their scores, then go on without.

    Args:
        scores: (n,) above 0.
        corners: (n, 4) left, top, right, bottom.
        keypoints: (n, 6, 2).
        sure_score: below which a box is averaged with no better one, only left out.
        overlap: intersection over union from which two boxes are of one face.

    Returns:
        The best score, the corners (4,) and the keypoints (6, 2) of each face, the best first.
    """
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    left = np.argsort(-scores, kind="stable")
    merged = []
    while len(left):
        best = left[0]
        low = np.maximum(corners[best, :2], corners[left, :2])
        high = np.minimum(corners[best, 2:], corners[left, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        same = shared > overlap * (areas[best] + areas[left] - shared)
        same[0] = True
        group, left = left[same], left[~same]
        group = group[scores[group] >= min(sure_score, scores[best])]
        shares = scores[group] / scores[group].sum()
        points = np.tensordot(shares, keypoints[group], axes=1)
        merged.append((float(scores[best]), shares @ corners[group], points))
    return merged


def _join_answers(answers: Sequence[Floats]) -> tuple[Floats, NDArray[np.float64]]:
    """Boxes and keypoints (n, 16) of all scales in the order of the anchors, and scores (n,)."""
    boxes, logits = answers[: len(answers) // 2], answers[len(answers) // 2 :]
    raw = np.concatenate([one.reshape(-1, NUMBERS) for one in boxes])
    logit = np.concatenate([one.ravel() for one in logits]).astype(np.float64)
    return raw, 1 / (1 + np.exp(-np.clip(logit, -LARGEST_LOGIT, LARGEST_LOGIT)))


def _place(
    score: float,
    corners: NDArray[np.float64],
    keypoints: NDArray[np.float64],
    longest: int,
    margin: NDArray[np.float64],
) -> Detection:
    """A detection in pixels of the picture, from shares of the view."""
    left, top = corners[:2] * longest - margin
    width, height = (corners[2:] - corners[:2]) * longest
    box = Box(left=float(left), top=float(top), width=float(width), height=float(height))
    return Detection(score=score, box=box, keypoints=keypoints * longest - margin)
