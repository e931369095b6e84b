"""A face measured: where it is in its photo, how the head is held, what it shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ganimate.action_units import ACTION_UNITS
from ganimate.appearance.hidden_lip import take_lips_off_teeth
from ganimate.arrays import AUVector, Photo
from ganimate.errors import FaceError
from ganimate.face.detection import choose_faces, find_faces
from ganimate.face.landmarks import Face
from ganimate.face.pose import Pose
from ganimate.face.sight import Part
from ganimate.face_models import FaceModels


@dataclass(frozen=True)
class PortraitSettings:
    """Which faces can be animated."""

    min_width: float = 40.0
    """Width in photo pixels from which a face can be animated; smaller lets through faces whose
    landmarks are guesses. By eye."""

    max_yaw: float = 50.0
    """Degrees to which a face may be turned to its side; beyond, one side of it is out of sight.
    By eye."""

    max_pitch: float = 40.0
    """Degrees to which a face may nod; beyond, brows or chin are out of sight. By eye."""

    max_aspect: float = 100.0
    """Longer side of a photo over the shorter one, beyond which no face is searched: at the scale
    at which all of it is seen, so narrow a strip has no pixels. Panoramas have 10 at most."""


PORTRAIT = PortraitSettings()


@dataclass(frozen=True, repr=False)
class Portrait:
    """One face of a photo.

    Attributes:
        photo: (H, W, 3) all of it.
        face: where the face is in it.
        pose: how the head is held, in photo pixels.
        aus: (17, 2) in [0, 1], the action units that it shows.
        held: parts that are covered, and stay as they are whatever the face shall show; see
            quality.hold_covered().
    """

    photo: Photo
    face: Face
    pose: Pose
    aus: AUVector
    held: frozenset[Part] = frozenset()

    def __repr__(self) -> str:
        """Where the face is, how it is held, and what it shows most, in a line."""
        box, pose, shown = self.face.box, self.pose, self.aus.mean(axis=1)
        strongest = sorted(range(len(shown)), key=lambda row: -shown[row])[:3]
        aus = ", ".join(f"AU{ACTION_UNITS[row].number} {shown[row]:.2f}" for row in strongest)
        return (
            f"Portrait({box.width:.0f} x {box.height:.0f} px at ({box.left:.0f}, {box.top:.0f}), "
            f"yaw {pose.yaw:+.0f}, pitch {pose.pitch:+.0f}, {aus})"
        )


def measure_portrait(photo: Photo, face: Face, models: FaceModels) -> Portrait:
    """Measure the pose and the action units of a face of a photo, as the reader sees it."""
    reading = models.measure(face.landmarks)
    lifted = replace(face, landmarks=take_lips_off_teeth(photo, face.landmarks))
    return Portrait(photo=photo, face=lifted, pose=reading.pose, aus=reading.aus)


def find_portraits(
    photo: Photo,
    models: FaceModels,
    which: str = "largest",
    *,
    usable: bool = True,
) -> list[Portrait]:
    """Find and measure the chosen faces of a photo.

    Args:
        photo: (H, W, 3).
        models: what measures them.
        which: "largest", "all" or an index, 0 being the largest.
        usable: whether they must be fit to be animated.

    Returns:
        The faces, the largest first.

    Raises:
        FaceError: there is none, or one must be usable and is too small or turned away.
        UsageError: the index is no number or out of range.
    """
    sides = photo.shape[:2]
    is_strip = max(sides) > PORTRAIT.max_aspect * min(sides)
    faces = [] if is_strip else find_faces(photo, thorough=which != "largest")
    if not faces:
        raise FaceError(
            "No face found. The face should be seen from the front, unobstructed and "
            f"at least {PORTRAIT.min_width:.0f} pixels wide."
        )
    portraits = [measure_portrait(photo, face, models) for face in choose_faces(faces, which)]
    if usable:
        for portrait in portraits:
            check_usable(portrait)
    return portraits


def check_usable(portrait: Portrait, settings: PortraitSettings = PORTRAIT) -> None:
    """Raise FaceError for a face too small or too far turned away to be animated."""
    width = portrait.face.box.width
    if width < settings.min_width:
        raise FaceError(
            f"The face is {width:.0f} pixels wide; it must be at least {settings.min_width:.0f}. "
            "Use a larger photo or give `face` another number."
        )
    held = portrait.pose.levelled
    yaw, pitch = held.yaw, held.pitch
    if abs(yaw) > settings.max_yaw or abs(pitch) > settings.max_pitch:
        raise FaceError(
            f"The face is turned away (yaw {yaw:.0f}, pitch {pitch:.0f} degrees); up to "
            f"{settings.max_yaw:.0f} and {settings.max_pitch:.0f} can be animated. Use a photo "
            "taken from the front."
        )
