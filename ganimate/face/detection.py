"""Faces in a photo: where they are, and their 478 landmarks.

The networks are MediaPipe's (BlazeFace: Bazarevsky et al., 2019; FaceMesh: Kartynnik et al., 2019).
Detection comes first and the mesh runs on a crop of each face, which is what lets it find a face of
60 px in a photo of 4000. Photos and the frames of videos are read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.errors import UsageError
from ganimate.face.alignment import sample_crop, shrink_photo
from ganimate.face.blazeface import FULL_RANGE, SHORT_RANGE, detect_faces
from ganimate.face.landmarks import N_MESH, Box, Face
from ganimate.face.mesh import read_mesh, square_around
from ganimate.face.networks import ReaderNetworks, load_networks
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class EvidenceSettings:
    """What a face must show on its crop, when all has been said by the detector of the photo."""

    crop: float
    """Score in [0, 1] from which the second detector, which sees the crop, takes it for a face;
    larger misses more faces that are covered or turned away."""

    mesh: float
    """Score in [0, 1] of the mesh from which what it saw is a face; larger misses more faces that
    are covered or turned away."""


@dataclass(frozen=True)
class DetectionSettings:
    """How faces are searched for."""

    detector_confidence: float = 0.4
    """Score in [0, 1] from which the detector's boxes count; larger misses more faces, smaller
    gives the mesh more of what is none. Measured: of 400 held-out faces of UTKFace, cropped at the
    chin and the ears, .6 misses 18 and .4 none; of 100 that are turned by 60 degrees 70 and 25."""

    sure_confidence: float = 0.6
    """Score in [0, 1] from which the detector is sure. Boxes of a face are averaged from here on,
    where there is such a one; larger averages fewer, smaller shifts the square that the mesh sees,
    and its landmarks with it (at .4 by .3 % of the distance of the eyes, measured). MediaPipe's
    own."""

    sure: EvidenceSettings = EvidenceSettings(crop=0.3, mesh=0.999)
    """For faces that the detector is sure of. Measured: the lowest score of 400 held-out faces of
    UTKFace is .9997, and of 300 pictures of no face .998; faces whose one half is covered are
    between."""

    unsure: EvidenceSettings = EvidenceSettings(crop=0.55, mesh=0.99995)
    """For other faces. Measured: of 300 pictures of no face a rocket has .54 and .99998, a round
    cell .75 and .99994; of 400 held-out faces of UTKFace one is missed for it."""

    known: EvidenceSettings = EvidenceSettings(crop=0.3, mesh=0.5)
    """Where a face is known to be, as in the next frame of a video. By eye and MediaPipe's own."""

    overlap: float = 0.3
    """Intersection over union from which two boxes of a detector are of one face; larger finds
    faces twice, smaller takes neighbours for one. MediaPipe's own."""

    mesh_side: int = 256
    """Side of the crop that the mesh is given, pixels. It scales it to 192, so that more would be
    thrown away, and fewer would be too coarse for the face in its middle."""

    mesh_margin: float = 2.0
    """Side of that crop over the longer side of the detector's box; smaller cuts off chins and
    foreheads, larger leaves the face fewer pixels. By eye."""

    tile: int = 640
    """Side of the squares that the detector looks at, pixels; larger is quicker and misses small
    faces. The full-range detector still finds faces of a tenth of its view."""

    tile_overlap: int = 160
    """Pixels by which neighbouring squares overlap; larger is slower. No face that is small enough
    to need squares is wider."""


DETECTION = DetectionSettings()


class Place(NamedTuple):
    """Where a face may be.

    Attributes:
        box: around it, pixels.
        evidence: what it must show to be one.
    """

    box: Box
    evidence: EvidenceSettings


def find_faces(photo: Photo, *, thorough: bool = True) -> list[Face]:
    """Find the faces of a photo.

    Args:
        photo: (H, W, 3).
        thorough: whether all scales are searched. Otherwise the search stops at the scale at which
            it first finds a face: enough to know the largest one, and faster by the cost of all
            smaller scales.

    Returns:
        The faces, the largest first; an empty list where there is none.
    """
    with open_finder() as find:
        faces: list[Face] = find(photo, thorough)
        return faces


def choose_faces(faces: list[Face], which: str) -> list[Face]:
    """Choose among the faces of a photo.

    Args:
        faces: the largest first.
        which: "largest", "all" or an index, 0 being the largest.

    Raises:
        UsageError: the index is not a number or out of range.
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
def open_finder(settings: DetectionSettings = DETECTION) -> Iterator[Any]:
    """Load the networks once for many photos.

    Yields:
        A function (photo, thorough, boxes) -> faces, the largest first. photo and thorough are
        those of find_faces(); boxes are where to look for faces, about as large as they are, and
        detected by default.

    Raises:
        ModelError: the networks are missing or damaged.
    """
    networks = load_networks()

    def find(photo: Photo, thorough: bool = True, boxes: Sequence[Box] | None = None) -> list[Face]:
        faces: list[Face] = []

        def look_at(places: Iterable[Place]) -> None:
            for place in places:
                landmarks = _read_landmarks(networks, photo, place, settings)
                if landmarks is not None and not _is_known(landmarks, faces):
                    faces.append(Face(landmarks))

        if boxes is not None:
            look_at(Place(box, settings.known) for box in boxes)
        else:
            for level, scale in _build_pyramid(photo, settings.tile):
                look_at(_detect_in_tiles(networks, level, scale, settings))
                if faces and not thorough:
                    break
            if not faces:
                look_at(_detect_with_margin(networks, photo, settings))
        return sorted(faces, key=lambda face: -face.box.width * face.box.height)

    yield find


@contextmanager
def open_tracker() -> Iterator[Callable[[Photo], Face | None]]:
    """Load the networks to follow one face through a video.

    Yields:
        A function of the frames in turn -> the face that it follows, None where it is lost. It
        follows the largest face of the frame in which it first finds one, and looks for another
        when that one is lost; twice as quick as finding it anew in each frame.
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


def _detect_in_tiles(
    networks: ReaderNetworks, level: Photo, scale: float, settings: DetectionSettings
) -> Iterator[Place]:
    """Yield what may be faces in a photo at one scale, in pixels of the whole photo."""
    for left, top, tile in _cut_tiles(level, settings):
        for box, evidence in _detect_in(networks, tile, settings):
            whole = Box(
                left=(left + box.left) / scale,
                top=(top + box.top) / scale,
                width=box.width / scale,
                height=box.height / scale,
            )
            yield Place(whole, evidence)


def _detect_with_margin(
    networks: ReaderNetworks, photo: Photo, settings: DetectionSettings
) -> Iterator[Place]:
    """Yield what may be faces that fill the photo: the detector wants a margin around them."""
    margin = max(photo.shape[:2]) // 3
    border = (margin, margin, margin, margin)
    padded = np.asarray(cv2.copyMakeBorder(photo, *border, cv2.BORDER_REPLICATE), np.uint8)
    for box, evidence in _detect_in(networks, padded, settings):
        yield Place(box._replace(left=box.left - margin, top=box.top - margin), evidence)


def _build_pyramid(photo: Photo, tile: int) -> Iterator[tuple[Photo, float]]:
    """Yield (photo at a scale, the scale): from one that fits a tile, doubling up to full size."""
    scale = min(1.0, tile / max(photo.shape[:2]))
    while scale < 1.0:
        yield shrink_photo(photo, scale), scale
        scale *= 2
    yield photo, 1.0


def _cut_tiles(photo: Photo, settings: DetectionSettings) -> Iterator[tuple[int, int, Photo]]:
    """Yield the squares that cover a photo, row by row: left, top and pixels of each."""
    tile, step = settings.tile, settings.tile - settings.tile_overlap
    height, width = photo.shape[:2]
    for top in range(0, max(1, height - settings.tile_overlap), step):
        for left in range(0, max(1, width - settings.tile_overlap), step):
            yield left, top, np.ascontiguousarray(photo[top : top + tile, left : left + tile])


def _detect_in(networks: ReaderNetworks, view: Photo, settings: DetectionSettings) -> list[Place]:
    """What may be faces in one view, in its pixels."""
    detections = detect_faces(
        networks.full_range,
        FULL_RANGE,
        view,
        least_score=settings.detector_confidence,
        sure_score=settings.sure_confidence,
        overlap=settings.overlap,
    )
    return [
        Place(one.box, settings.sure if one.score >= settings.sure_confidence else settings.unsure)
        for one in detections
    ]


def _read_landmarks(
    networks: ReaderNetworks, photo: Photo, place: Place, settings: DetectionSettings
) -> Landmarks | None:
    """Read the landmarks of the face in a square around a place; None when there is none."""
    box, evidence = place
    side = settings.mesh_margin * max(box.width, box.height)
    left = box.left + box.width / 2 - side / 2
    top = box.top + box.height / 2 - side / 2
    scale = settings.mesh_side / side
    to_crop = Affine2D(np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]))
    crop = sample_crop(photo, to_crop, settings.mesh_side)
    detections = detect_faces(
        networks.short_range,
        SHORT_RANGE,
        crop,
        least_score=settings.known.crop,
        sure_score=settings.known.crop,
        overlap=settings.overlap,
    )
    if not detections or detections[0].score < evidence.crop:
        return None
    reading = read_mesh(networks, crop, square_around(detections[0]))
    if reading.score < evidence.mesh:
        return None
    points = reading.landmarks / np.float32(scale)
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
