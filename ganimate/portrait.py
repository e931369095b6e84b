"""A face measured: where it is in its photo, how the head is held, what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from ganimate.arrays import AUVector, Photo
from ganimate.errors import FaceError
from ganimate.face.detection import choose_faces, find_faces
from ganimate.face.landmarks import Face
from ganimate.face.pose import Pose
from ganimate.face_models import FaceModels

MIN_WIDTH = 40.0  # px; below, the landmarks are guesses
MAX_YAW = 50.0  # degrees; beyond, one side of the face is out of sight
MAX_PITCH = 40.0  # degrees


@dataclass(frozen=True)
class Portrait:
    """One face of a photo."""

    photo: Photo  # (H, W, 3)
    face: Face
    pose: Pose
    aus: AUVector  # (17, 2) what it shows


def measure_portrait(photo: Photo, face: Face, models: FaceModels) -> Portrait:
    """Measure the pose and the action units of a face of a photo."""
    reading = models.measure(face.landmarks)
    return Portrait(photo=photo, face=face, pose=reading.pose, aus=reading.aus)


def find_portraits(
    photo: Photo,
    models: FaceModels,
    which: str = "largest",
    *,
    usable: bool = True,
) -> list[Portrait]:
    """Measure the chosen faces of a photo: 'largest', 'all' or an index, 0 being the largest.

    Raises FaceError when there is none, or (if usable) when one is too small or turned away, and
    UsageError when the index is out of range.
    """
    faces = find_faces(photo, thorough=which != "largest")
    if not faces:
        raise FaceError(
            "No face found. The face should be seen from the front, upright, unobstructed and "
            f"at least {MIN_WIDTH:.0f} pixels wide."
        )
    portraits = [measure_portrait(photo, face, models) for face in choose_faces(faces, which)]
    if usable:
        for portrait in portraits:
            check_usable(portrait)
    return portraits


def check_usable(portrait: Portrait) -> None:
    """Raise FaceError for a face too small or too far turned away to be animated."""
    width = portrait.face.box.width
    if width < MIN_WIDTH:
        raise FaceError(
            f"The face is {width:.0f} pixels wide; it must be at least {MIN_WIDTH:.0f}. "
            "Use a larger photo or give `face` another number."
        )
    yaw, pitch = portrait.pose.yaw, portrait.pose.pitch
    if abs(yaw) > MAX_YAW or abs(pitch) > MAX_PITCH:
        raise FaceError(
            f"The face is turned away (yaw {yaw:.0f}, pitch {pitch:.0f} degrees); up to "
            f"{MAX_YAW:.0f} and {MAX_PITCH:.0f} can be animated. Use a photo taken from the front."
        )
