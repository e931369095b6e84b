"""The search for faces in a photo: at all scales, and turned where none is upright.

The detector finds faces that are upright or nearly so. A photo that lies on its side or stands on
its head is shown to it turned, too, and the mesh then reads each face with its eyes level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import cv2
import numpy as np

from ganimate.arrays import Landmarks, Photo
from ganimate.face.alignment import sample_crop, shrink_photo
from ganimate.face.blazeface import FULL_RANGE, SHORT_RANGE, detect_faces
from ganimate.face.detection_settings import DetectionSettings, EvidenceSettings
from ganimate.face.landmarks import N_MESH, Box, Face
from ganimate.face.mesh import MeshReading, read_mesh, square_around
from ganimate.face.networks import ReaderNetworks
from ganimate.face.turning import (
    OTHER_TURNS,
    count_quarters,
    map_turn,
    measure_roll,
    turn_box,
    turn_photo,
)
from ganimate.numerics import Affine2D


class Place(NamedTuple):
    """Where a face may be.

    Attributes:
        box: around it, pixels.
        evidence: what it must show to be one.
        quarters: turns counterclockwise that set it upright, or nearly so.
    """

    box: Box
    evidence: EvidenceSettings
    quarters: int = 0


def search_photo(
    networks: ReaderNetworks, photo: Photo, settings: DetectionSettings, *, thorough: bool
) -> list[Face]:
    """Search a photo (H, W, 3) for faces.

    Args:
        networks: of the reader.
        photo: (H, W, 3).
        settings: how they are searched for.
        thorough: whether the search goes on where a scale has shown a face.
    """
    faces = _search(networks, photo, [], settings, thorough=thorough)
    is_upright = any(count_quarters(face) == 0 for face in faces)
    if is_upright and not thorough:
        return faces
    strict = replace(settings, sure=settings.lying, unsure=settings.lying)
    levels = 1 if is_upright else settings.turned_levels
    for quarters in OTHER_TURNS:
        faces = _search(
            networks, photo, faces, strict, thorough=True, levels=levels, quarters=quarters
        )
    return faces


def read_places(
    networks: ReaderNetworks,
    photo: Photo,
    places: Iterable[Place],
    settings: DetectionSettings,
    known: Iterable[Face] = (),
) -> list[Face]:
    """Read the faces that are at some places of a photo, after those that are known."""
    faces = list(known)
    for place in places:
        face = _read_face(networks, photo, place, settings)
        if face is not None and not _is_known(face.landmarks, faces):
            faces.append(face)
    return faces


def _search(
    networks: ReaderNetworks,
    photo: Photo,
    known: list[Face],
    settings: DetectionSettings,
    *,
    thorough: bool,
    levels: int | None = None,
    quarters: int = 0,
) -> list[Face]:
    """The known faces of a photo, and those that one of its turns shows upright or nearly so.

    Args:
        networks: of the reader.
        photo: (H, W, 3).
        known: faces; where there are none in the end, the photo is looked at with a margin, too.
        settings: how they are searched for.
        thorough: whether the search goes on where a scale has shown a face.
        levels: scales at most, the coarsest first; None for all.
        quarters: by which it is turned counterclockwise.
    """
    faces = known
    for level, scale in islice(_build_pyramid(photo, settings.tile), levels):
        places = _detect_in_tiles(networks, level, scale, settings, quarters)
        faces = read_places(networks, photo, places, settings, faces)
        if faces and not thorough:
            break
    if faces:
        return faces
    *_, (level, scale) = islice(_build_pyramid(photo, settings.tile), settings.turned_levels)
    places = _detect_with_margin(networks, level, scale, settings, quarters)
    return read_places(networks, photo, places, settings)


def _detect_in_tiles(
    networks: ReaderNetworks,
    level: Photo,
    scale: float,
    settings: DetectionSettings,
    quarters: int,
) -> Iterator[Place]:
    """Yield what may be faces in a photo at one scale, in pixels of the whole photo."""
    for left, top, tile in _cut_tiles(turn_photo(level, quarters), settings):
        for box, evidence in _detect_in(networks, tile, settings):
            inside = box._replace(left=left + box.left, top=top + box.top)
            yield _place(inside, evidence, level, scale, quarters)


def _detect_with_margin(
    networks: ReaderNetworks,
    level: Photo,
    scale: float,
    settings: DetectionSettings,
    quarters: int,
) -> Iterator[Place]:
    """Yield what may be faces that fill the photo: the detector wants a margin around them."""
    margin = max(level.shape[:2]) // 3
    border = (margin, margin, margin, margin)
    turned = turn_photo(level, quarters)
    padded = np.asarray(cv2.copyMakeBorder(turned, *border, cv2.BORDER_REPLICATE), np.uint8)
    for box, evidence in _detect_in(networks, padded, settings):
        inside = box._replace(left=box.left - margin, top=box.top - margin)
        yield _place(inside, evidence, level, scale, quarters)


def _place(
    box: Box, evidence: EvidenceSettings, level: Photo, scale: float, quarters: int
) -> Place:
    """A place in pixels of the whole photo, of a box in those of a level that is turned."""
    if quarters:
        box = turn_box(box, map_turn(level, quarters).inverse())
    whole = Box(
        left=box.left / scale,
        top=box.top / scale,
        width=box.width / scale,
        height=box.height / scale,
    )
    return Place(whole, evidence, quarters)


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


def _detect_in(
    networks: ReaderNetworks, view: Photo, settings: DetectionSettings
) -> list[tuple[Box, EvidenceSettings]]:
    """What may be faces in one view, in its pixels, and what each must show."""
    detections = detect_faces(
        networks.full_range,
        FULL_RANGE,
        view,
        least_score=settings.detector_confidence,
        sure_score=settings.sure_confidence,
        overlap=settings.overlap,
    )
    return [
        (one.box, settings.sure if one.score >= settings.sure_confidence else settings.unsure)
        for one in detections
    ]


def _read_face(
    networks: ReaderNetworks, photo: Photo, place: Place, settings: DetectionSettings
) -> Face | None:
    """Read the face in a square around a place; None when there is none."""
    degrees = 90.0 * place.quarters
    reading = _read_square(networks, photo, place, degrees, settings)
    if reading is None:
        return None
    if place.evidence is settings.known:
        return Face(reading.landmarks, reading.logit)
    if reading.logit < settings.upright_logit:
        other = _read_square(networks, photo, place, degrees + 180, settings)
        if other is not None and other.logit > reading.logit:
            reading = other
    roll = measure_roll(reading.landmarks)
    if abs(roll) > settings.level_from:
        strict = place._replace(evidence=settings.lying)
        level = _read_square(networks, photo, strict, roll, settings)
        if level is None:
            return None
        reading = level
    return Face(reading.landmarks, reading.logit)


def _read_square(
    networks: ReaderNetworks,
    photo: Photo,
    place: Place,
    degrees: float,
    settings: DetectionSettings,
) -> MeshReading | None:
    """Read the face in a square around a place, turned counterclockwise; None if there is none."""
    box, evidence = place.box, place.evidence
    side = settings.mesh_margin * max(box.width, box.height)
    left = box.left + box.width / 2 - side / 2
    top = box.top + box.height / 2 - side / 2
    scale = settings.mesh_side / side
    to_crop = Affine2D(np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]))
    middle = (settings.mesh_side - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    turn = Affine2D(np.asarray(matrix, np.float64))
    crop = sample_crop(photo, to_crop.then(turn), settings.mesh_side)
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
    if reading.logit < evidence.mesh:
        return None
    points = reading.landmarks
    points[:, :2] = turn.inverse().apply(points)
    points /= np.float32(scale)
    points[:, :2] += np.array((left, top), np.float32)
    return replace(reading, landmarks=points)


def _is_known(landmarks: Landmarks, faces: list[Face]) -> bool:
    """Whether the centre of these landmarks lies within a face found before."""
    x, y = landmarks[:N_MESH, :2].mean(axis=0)
    for face in faces:
        box = face.box
        if box.left < x < box.left + box.width and box.top < y < box.top + box.height:
            return True
    return False
