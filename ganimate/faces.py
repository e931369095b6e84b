"""Faces in a photo: where they are, their 478 landmarks, and the aligned crop the networks see.

Detection and landmarks are MediaPipe's (face detection and FaceMesh), whose models ship inside
its wheel, so nothing is downloaded. Detection comes first and the mesh runs on a crop of each
face, which is what lets it find a face of 60 px in a photo of 4000.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.errors import UsageError

Photo = NDArray[np.uint8]  # (H, W, 3) RGB
Landmarks = NDArray[np.float32]  # (478, 3): x right, y down, z away from the camera, photo pixels

N_LANDMARKS = 478
N_MESH = 468  # without the ten iris points, which expressions of the lids do not carry along

# Points that expressions hardly move: eye corners, bridge, alae of the nose, temples.
STABLE = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 98, 327, 234, 454, 127, 356])

# Where the stable points lie in the unit square of an aligned crop: their median over UTKFace's
# aligned faces, made symmetric.
CROP_TEMPLATE = np.array(
    [
        [0.226, 0.295], [0.392, 0.308], [0.608, 0.308], [0.774, 0.295],
        [0.500, 0.278], [0.500, 0.328], [0.500, 0.372], [0.500, 0.413], [0.500, 0.457],
        [0.500, 0.510], [0.388, 0.562], [0.612, 0.562],
        [0.076, 0.394], [0.924, 0.394], [0.074, 0.310], [0.926, 0.310],
    ]
)  # fmt: skip

MESH_INPUT = 256  # px; the mesh sees 192 of them, so more would be thrown away
MESH_MARGIN = 2.0  # side of the mesh's crop over the detector's box: chin and forehead stay inside
TILE = 640  # px; the full-range detector still finds faces of a tenth of its view
TILE_OVERLAP = 160  # px; no face small enough to need tiles is wider


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


def find_faces(photo: Photo, *, thorough: bool = True) -> list[Face]:
    """Return the faces of a photo, largest first; an empty list when there is none.

    With thorough=False the search stops at the scale at which it first finds a face: enough to
    know the largest one, and faster by the cost of all smaller scales.
    """
    with face_finder() as find:
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
        raise UsageError(f"--face takes largest, all or a number, not {which!r}.")
    if int(which) >= len(faces):
        raise UsageError(
            f"There is no face {which}: this photo has {len(faces)}, numbered from 0 "
            "(the largest). `ganimate detect` shows them."
        )
    return [faces[int(which)]]


@contextmanager
def face_finder() -> Iterator[Any]:
    """Yield a function (photo, thorough, boxes) -> faces, its models loaded once for many photos.

    boxes: where to look for faces, about as large as they are; by default they are detected.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")  # MediaPipe chats on stderr otherwise
    with silenced_stderr():
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
        with silenced_stderr():
            for box in _detect(detector, photo, thorough) if boxes is None else boxes:
                landmarks = _mesh_in(mesh, photo, box)
                if landmarks is not None and not _known(landmarks, faces):
                    faces.append(Face(landmarks))
        return sorted(faces, key=lambda face: -face.box.width * face.box.height)

    try:
        yield find
    finally:
        detector.close()
        mesh.close()


@contextmanager
def face_tracker() -> Iterator[Callable[[Photo], Face | None]]:
    """Yield a function of the frames of a video in turn -> the face that it follows, if seen.

    It follows the largest face of the frame in which it first sees one, and looks for another
    when that one is lost. Twice as quick as finding it anew in each frame.
    """
    with face_finder() as find:
        last: Face | None = None

        def follow(frame: Photo) -> Face | None:
            nonlocal last
            near = [last.box] if last is not None else None
            found = find(frame, False, near) or (find(frame, False) if near else [])
            last = found[0] if found else None
            return last

        yield follow


def crop_transform(landmarks: Landmarks, size: int) -> NDArray[np.float64]:
    """The (2, 3) similarity from photo pixels to an aligned crop of size x size pixels.

    Least squares over the stable points (Umeyama, 1991); pixel centres lie at integers.
    """
    observed = landmarks[STABLE, :2].astype(np.float64) + 0.5
    wanted = CROP_TEMPLATE * size
    centre, middle = observed.mean(axis=0), wanted.mean(axis=0)
    x, y = (observed - centre).T
    u, v = (wanted - middle).T
    power = (x * x + y * y).sum()
    cosine, sine = (x * u + y * v).sum() / power, (x * v - y * u).sum() / power
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shift = middle - turn @ centre + turn @ [0.5, 0.5] - 0.5
    return np.concatenate([turn, shift[:, None]], 1)


def transformed(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Take (n, >= 2) points through a (2, 3) transform; (n, 2)."""
    return np.asarray(points[:, :2] @ matrix[:, :2].T + matrix[:, 2], np.float32)


def sample(photo: Photo, to_crop: NDArray[np.float64], size: int) -> Photo:
    """Cut a (size, size, 3) crop through a (2, 3) similarity from photo to crop pixels.

    Borders replicate. Where the crop is much coarser than the photo, the photo is averaged down
    first: bilinear sampling alone would alias.
    """
    scale = float(np.hypot(to_crop[0, 0], to_crop[1, 0]))
    if scale < 0.6:
        corners = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float64)
        back = invert_similarity(to_crop)
        around = corners @ back[:, :2].T + back[:, 2]
        left, top = np.clip(around.min(axis=0), 0, None).astype(int)
        right, bottom = np.ceil(around.max(axis=0)).astype(int)
        photo = photo[top : max(bottom, top + 1), left : max(right, left + 1)]
        to_crop = to_crop.copy()
        to_crop[:, 2] += to_crop[:, :2] @ np.array([left, top])
        if min(photo.shape[:2]) > 1:
            height, width = photo.shape[:2]
            photo = _shrunk(photo, scale)
            shrink = np.array([photo.shape[1] / width, photo.shape[0] / height])
            # Pixel centres: x' + 1/2 = (x + 1/2) * shrink
            to_crop[:, 2] += to_crop[:, :2] @ (0.5 / shrink - 0.5)
            to_crop[:, :2] /= shrink
    crop = cv2.warpAffine(
        photo, to_crop, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def _shrunk(photo: Photo, scale: float) -> Photo:
    """The photo averaged down to a scale below 1."""
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def invert_similarity(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert a (2, 3) affine transform."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


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
        yield _shrunk(photo, scale), scale
        scale *= 2
    yield photo, 1.0


def _tile_starts(length: int) -> range:
    return range(0, max(1, length - TILE_OVERLAP), TILE - TILE_OVERLAP)


def _detect_in(detector: Any, view: Photo) -> Iterator[Box]:
    height, width = view.shape[:2]
    for detection in detector.process(view).detections or []:
        box = detection.location_data.relative_bounding_box
        yield Box(box.xmin * width, box.ymin * height, box.width * width, box.height * height)


def _mesh_in(mesh: Any, photo: Photo, box: Box) -> Landmarks | None:
    """Run the mesh on a square around a box; None when it sees no face there."""
    side = MESH_MARGIN * max(box.width, box.height)
    left = box.left + box.width / 2 - side / 2
    top = box.top + box.height / 2 - side / 2
    scale = MESH_INPUT / side
    to_crop = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    crop = sample(photo, to_crop, MESH_INPUT)
    result = mesh.process(crop).multi_face_landmarks
    if not result:
        return None
    points = np.array([(p.x, p.y, p.z) for p in result[0].landmark], np.float32) * side
    points[:, :2] += np.array((left, top), np.float32)
    return points


def _known(landmarks: Landmarks, faces: list[Face]) -> bool:
    """Whether the centre of these landmarks lies within a face found before."""
    x, y = landmarks[:N_MESH, :2].mean(axis=0)
    for face in faces:
        box = face.box
        if box.left < x < box.left + box.width and box.top < y < box.top + box.height:
            return True
    return False


@contextmanager
def silenced_stderr() -> Iterator[None]:
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
