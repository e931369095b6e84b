"""Faces in a photo: where they are, and their 478 landmarks.

The networks are MediaPipe's (BlazeFace: Bazarevsky et al., 2019; FaceMesh: Kartynnik et al., 2019).
Detection comes first and the mesh runs on a crop of each face, which is what lets it find a face of
60 px in a photo of 4000. Photos and the frames of videos are read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ganimate.arrays import Photo
from ganimate.errors import UsageError
from ganimate.face.detection_settings import DETECTION, DetectionSettings
from ganimate.face.landmarks import Box, Face
from ganimate.face.networks import load_networks
from ganimate.face.rereading import read_steadily
from ganimate.face.search import Place, read_places, search_photo
from ganimate.face.turning import count_quarters, map_turn, turn_face, turn_photo


def find_faces(photo: Photo, *, thorough: bool = True) -> list[Face]:
    """Find the faces of a photo.

    Args:
        photo: (H, W, 3).
        thorough: whether all scales are searched. Otherwise the search stops at the scale at which
            it first finds a face: enough to know the largest one, and faster by the cost of all
            smaller scales.

    Returns:
        The faces, the largest first; an empty list where there is none. Where none is upright,
        those that lie on their side or stand on their head; a thorough search finds large ones of
        that kind beside upright ones, too.
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
def open_finder(settings: DetectionSettings = DETECTION, *, steadily: bool = True) -> Iterator[Any]:
    """Load the networks once for many photos.

    Args:
        settings: how faces are searched for.
        steadily: whether each face that is found is read again, see read_steadily(). Otherwise its
            landmarks are those of mediapipe, found in two thirds of the time.

    Yields:
        A function (photo, thorough, boxes) -> faces, the largest first. photo and thorough are
        those of find_faces(); boxes are where to look for faces, about as large as they are, and
        detected by default.

    Raises:
        ModelError: the networks are missing or damaged.
    """
    networks = load_networks()

    def find(photo: Photo, thorough: bool = True, boxes: Sequence[Box] | None = None) -> list[Face]:
        if boxes is not None:
            places = [Place(box, settings.known) for box in boxes]
            faces = read_places(networks, photo, places, settings)
        else:
            faces = search_photo(networks, photo, settings, thorough=thorough)
        if steadily:
            faces = [
                replace(face, landmarks=read_steadily(networks, photo, face.landmarks))
                for face in faces
            ]
        return sorted(faces, key=lambda face: -face.box.width * face.box.height)

    yield find


@contextmanager
def open_tracker() -> Iterator[Callable[[Photo], Face | None]]:
    """Load the networks to follow one face through a video.

    Yields:
        A function of the frames in turn -> the face that it follows, None where it is lost. It
        follows the largest face of the frame in which it first finds one, and looks for another
        when that one is lost; quicker than finding it anew in each frame. It reads each once.
    """
    with open_finder(steadily=False) as find:
        last: Face | None = None
        quarters = 0  # that set it upright

        def follow(frame: Photo) -> Face | None:
            nonlocal last, quarters
            to_turned = map_turn(frame, quarters)
            turned = turn_photo(frame, quarters)
            near = [turn_face(last, to_turned).box] if last is not None else None
            found = [turn_face(face, to_turned.inverse()) for face in find(turned, False, near)]
            if not found and near:
                found = find(frame, False)
            last = found[0] if found else None
            quarters = count_quarters(last) if last is not None else 0
            return last

        yield follow
