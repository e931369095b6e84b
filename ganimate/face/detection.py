"""Faces in a photo: where they are, their 478 landmarks, and the aligned crop the networks see.

Detection and landmarks are MediaPipe's (face detection and FaceMesh), whose models ship inside
its wheel, so nothing is downloaded. Detection comes first and the mesh runs on a crop of each
face, which is what lets it find a face of 60 px in a photo of 4000.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.errors import UsageError
from ganimate.face.alignment import sample_crop, shrink_photo
from ganimate.face.landmarks import N_MESH, Box, Face
from ganimate.numerics import Affine2D

MESH_INPUT = 256  # px; the mesh sees 192 of them, so more would be thrown away
MESH_MARGIN = 2.0  # side of the mesh's crop over the detector's box: chin and forehead stay inside
TILE = 640  # px; the full-range detector still finds faces of a tenth of its view
TILE_OVERLAP = 160  # px; no face small enough to need tiles is wider


def find_faces(photo: Photo, *, thorough: bool = True) -> list[Face]:
    """Return the faces of a photo, largest first; an empty list when there is none.

    With thorough=False the search stops at the scale at which it first finds a face: enough to
    know the largest one, and faster by the cost of all smaller scales.
    """
    with open_finder() as find:
        faces: list[Face] = find(photo, thorough)
        return faces


def choose_faces(faces: list[Face], which: str) -> list[Face]:
    """Pick 'largest', 'all' or an index (0 is the largest) out of the faces of a photo.

    Raises UsageError when the index is not a number or out of range.
    """
    if which == "all":
        return faces
    if which == "largest":
        return faces[:1]
    if not which.isdecimal():
        raise UsageError(f"`face` takes largest, all or a number, not {which!r}.")
    if int(which) >= len(faces):
        raise UsageError(
            f"There is no face {which}: this photo has {len(faces)}, numbered from 0 "
            "(the largest). `ganimate detect` shows them."
        )
    return [faces[int(which)]]


@contextmanager
def open_finder() -> Iterator[Any]:
    """Yield a function (photo, thorough, boxes) -> faces, its models loaded once for many photos.

    boxes: where to look for faces, about as large as they are; by default they are detected.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")  # MediaPipe chats on stderr otherwise
    with silence_stderr():
        from mediapipe.python.solutions import face_detection, face_mesh

        detector = face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.4)
        mesh = face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=0.3,
        )
        # Graphs start in threads of their own: by the end of a first picture all has been said.
        blank = np.zeros((64, 64, 3), np.uint8)
        detector.process(blank)
        mesh.process(blank)

    def find(photo: Photo, thorough: bool = True, boxes: Sequence[Box] | None = None) -> list[Face]:
        faces: list[Face] = []
        with silence_stderr():
            for box in _detect(detector, photo, thorough) if boxes is None else boxes:
                landmarks = _run_mesh(mesh, photo, box)
                if landmarks is not None and not _is_known(landmarks, faces):
                    faces.append(Face(landmarks))
        return sorted(faces, key=lambda face: -face.box.width * face.box.height)

    try:
        yield find
    finally:
        detector.close()
        mesh.close()


@contextmanager
def open_tracker() -> Iterator[Callable[[Photo], Face | None]]:
    """Yield a function of the frames of a video in turn -> the face that it follows, if seen.

    It follows the largest face of the frame in which it first sees one, and looks for another
    when that one is lost. Twice as quick as finding it anew in each frame.
    """
    with open_finder() as find:
        last: Face | None = None

        def follow(frame: Photo) -> Face | None:
            nonlocal last
            near = [last.box] if last is not None else None
            found = find(frame, False, near) or (find(frame, False) if near else [])
            last = found[0] if found else None
            return last

        yield follow


def _detect(detector: Any, photo: Photo, thorough: bool) -> Iterator[Box]:
    """Yield boxes of candidate faces, coarse scales first; one face may come more than once."""
    found = False
    for level, scale in _pyramid(photo):
        for top in _tile_starts(level.shape[0]):
            for left in _tile_starts(level.shape[1]):
                tile = np.ascontiguousarray(level[top : top + TILE, left : left + TILE])
                for box in _detect_in(detector, tile):
                    found = True
                    yield Box(
                        (left + box.left) / scale,
                        (top + box.top) / scale,
                        box.width / scale,
                        box.height / scale,
                    )
        if found and not thorough:
            return
    if not found:  # a face that fills the photo: the detector wants a margin around it
        margin = max(photo.shape[:2]) // 3
        border = (margin, margin, margin, margin)
        padded = np.asarray(cv2.copyMakeBorder(photo, *border, cv2.BORDER_REPLICATE), np.uint8)
        for box in _detect_in(detector, padded):
            yield Box(box.left - margin, box.top - margin, box.width, box.height)


def _pyramid(photo: Photo) -> Iterator[tuple[Photo, float]]:
    """Yield (photo at a scale, the scale): from one that fits a tile, doubling up to full size."""
    scale = min(1.0, TILE / max(photo.shape[:2]))
    while scale < 1.0:
        yield shrink_photo(photo, scale), scale
        scale *= 2
    yield photo, 1.0


def _tile_starts(length: int) -> range:
    return range(0, max(1, length - TILE_OVERLAP), TILE - TILE_OVERLAP)


def _detect_in(detector: Any, view: Photo) -> Iterator[Box]:
    height, width = view.shape[:2]
    for detection in detector.process(view).detections or []:
        box = detection.location_data.relative_bounding_box
        yield Box(box.xmin * width, box.ymin * height, box.width * width, box.height * height)


def _run_mesh(mesh: Any, photo: Photo, box: Box) -> Landmarks | None:
    """Run the mesh on a square around a box; None when it sees no face there."""
    side = MESH_MARGIN * max(box.width, box.height)
    left = box.left + box.width / 2 - side / 2
    top = box.top + box.height / 2 - side / 2
    scale = MESH_INPUT / side
    to_crop = Affine2D(np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]))
    crop = sample_crop(photo, to_crop, MESH_INPUT)
    result = mesh.process(crop).multi_face_landmarks
    if not result:
        return None
    points = np.array([(p.x, p.y, p.z) for p in result[0].landmark], np.float32) * side
    points[:, :2] += np.array((left, top), np.float32)
    return points


def _is_known(landmarks: Landmarks, faces: list[Face]) -> bool:
    """Whether the centre of these landmarks lies within a face found before."""
    x, y = landmarks[:N_MESH, :2].mean(axis=0)
    for face in faces:
        box = face.box
        if box.left < x < box.left + box.width and box.top < y < box.top + box.height:
            return True
    return False


@contextmanager
def silence_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere: MediaPipe's C++ core writes there past sys.stderr."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(nowhere)
        os.close(saved)
