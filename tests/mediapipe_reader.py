"""Faces as mediapipe 0.10.21 itself reads them: what the reader that ships is compared with.

Only with the packages of the extra `dev` on Python 3.10 to 3.12, where that release installs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Landmarks, Photo
from ganimate.face.alignment import sample_crop, shrink_photo
from ganimate.face.detection import DETECTION
from ganimate.face.landmarks import Box
from ganimate.numerics import Affine2D
from ganimate.streams import silence_stderr

EYE_CORNERS = [33, 263]


class MediapipeReader:
    """The detector for photos and the mesh, as the program used them before it had its own."""

    def __init__(self) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")
        from mediapipe.python.solutions import face_detection, face_mesh

        self.detector = face_detection.FaceDetection(model_selection=1)
        self.mesh = face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=DETECTION.known.crop,
        )
        self.detector.process(np.zeros((64, 64, 3), np.uint8))
        self.mesh.process(np.zeros((64, 64, 3), np.uint8))

    def detect(self, view: Photo) -> list[Box]:
        """The boxes of the faces in a picture, the best first, at the coarsest scale alone."""
        height, width = view.shape[:2]
        scale = DETECTION.tile / max(height, width)
        view = shrink_photo(view, scale) if scale < 1 else view
        boxes = []
        for detection in self.detector.process(view).detections or []:
            box: Any = detection.location_data.relative_bounding_box
            boxes.append(
                Box(
                    left=box.xmin * width,
                    top=box.ymin * height,
                    width=box.width * width,
                    height=box.height * height,
                )
            )
        return boxes

    def read(self, photo: Photo, box: Box) -> Landmarks | None:
        """The landmarks (478, 3) of the face around a box; None where there is none."""
        side = DETECTION.mesh_margin * max(box.width, box.height)
        left = box.left + box.width / 2 - side / 2
        top = box.top + box.height / 2 - side / 2
        scale = DETECTION.mesh_side / side
        to_crop = Affine2D(np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]))
        found = self.mesh.process(sample_crop(photo, to_crop, DETECTION.mesh_side))
        if not found.multi_face_landmarks:
            return None
        landmarks = found.multi_face_landmarks[0].landmark
        points = np.array([(p.x, p.y, p.z) for p in landmarks], np.float32) * side
        points[:, :2] += np.array((left, top), np.float32)
        return points

    def find(self, photo: Photo) -> Landmarks | None:
        """The landmarks of the best face of a photo."""
        boxes = self.detect(photo)
        return self.read(photo, boxes[0]) if boxes else None


@contextmanager
def open_mediapipe() -> Iterator[MediapipeReader]:
    """Load mediapipe's networks; what it has to say on standard error is not shown."""
    with silence_stderr():
        reader = MediapipeReader()
        yield reader
        reader.detector.close()
        reader.mesh.close()


def compare_points(one: Landmarks, other: Landmarks) -> NDArray[np.float64]:
    """The distances (478,) of landmarks in the picture's plane, in % of that of the eyes."""
    start, end = other[EYE_CORNERS, :2].astype(np.float64)
    away = np.linalg.norm(one[:, :2] - other[:, :2].astype(np.float64), axis=1)
    return np.asarray(100 * away / np.linalg.norm(end - start))
