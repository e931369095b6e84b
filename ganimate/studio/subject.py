"""Who sits for a tab: a photo, its faces, and the chosen one ready to be moved at two sizes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from ganimate.arrays import Angles, AUVector, Photo
from ganimate.errors import FaceError
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import Face
from ganimate.face.pose import fit_pose
from ganimate.face_models import FaceModels
from ganimate.media.photo import resize_longest
from ganimate.media.provenance import UNKNOWN, Provenance
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.portrait import Portrait, check_usable, find_portraits, measure_portrait
from ganimate.quality import Concern, find_concerns, hold_covered, is_dark
from ganimate.rendering.animator import Animator
from ganimate.rendering.calibration import fit_correction, interpolate_drives
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.remembering import RememberingAnimator
from ganimate.rendering.settings import CALIBRATION, CalibrationSettings
from ganimate.studio.channels import Wish, list_channels, list_presets
from ganimate.weights import DEFAULT_MODEL


@dataclass(frozen=True)
class Engine:
    """What draws faces; all tabs share it.

    Attributes:
        models: what is known of faces.
        generator: in evaluation mode, on `device`.
        device: where it runs.
        size: longest side of the pictures that follow a drag, pixels.
        model: name of the generator, or its file, as it was asked for.
        made: what files say of how they were made: by which generator.
    """

    models: FaceModels
    generator: ActionUnitGenerator
    device: torch.device
    size: int
    model: str = DEFAULT_MODEL
    made: Provenance = UNKNOWN

    def open_animator(self, portrait: Portrait) -> Animator:
        """Make a face ready to be moved."""
        return open_animator(portrait, self.generator, self.models, self.device)


@dataclass(frozen=True)
class Stance:
    """What a face is drawn as.

    Attributes:
        aus: (17, 2) in [0, 1] that it shall show.
        drive: (17, 2) that its motion is driven by: `aus` with the correction of this face.
        head: (3,) degrees that the head turns.
    """

    aus: AUVector
    drive: AUVector
    head: Angles


@dataclass(frozen=True)
class Anchor:
    """An expression that was calibrated on this face.

    Attributes:
        aus: (17, 2) that it shows.
        drive: (17, 2) that makes this face show it.
    """

    aus: AUVector
    drive: AUVector


class Subject:
    """One face of a photo, ready to be drawn.

    Attributes:
        name: the photo's, as its owner calls it.
        portraits: every face of the photo, the largest first.
        chosen: the number of the one that is moved.
        full: moves it at the photo's own size.
        preview: moves it at the size of a drag; `full` itself where the photo is no larger.
        engine: what draws it.
    """

    def __init__(
        self, name: str, portraits: Sequence[Portrait], chosen: int, engine: Engine
    ) -> None:
        """Make the chosen face ready.

        Args:
            name: the photo's.
            portraits: every face of the photo, the largest first.
            chosen: the number of the one to move.
            engine: what draws it.

        Raises:
            FaceError: that face is too small or turned away.
        """
        portrait = hold_covered(portraits[chosen])
        check_usable(portrait)
        self.name, self.portraits, self.chosen, self.engine = name, portraits, chosen, engine
        self.full = RememberingAnimator(engine.open_animator(portrait))
        small = shrink_portrait(portrait, engine.size, engine.models)
        self.preview: Animator = self.full if small is portrait else engine.open_animator(small)
        self._anchors: tuple[Anchor, ...] = ()
        self._correction = interpolate_drives(portrait.aus, [], [])

    @property
    def photo(self) -> Photo:
        """(H, W, 3) the photo, at its own size."""
        return self.full.portrait.photo

    @property
    def source(self) -> AUVector:
        """(17, 2) what the photo shows."""
        return self.full.portrait.aus

    def choose(self, index: int) -> Subject:
        """Make another face of the same photo ready.

        Raises:
            FaceError: there is no such face, or it is too small or turned away.
        """
        if not 0 <= index < len(self.portraits):
            raise FaceError(f"there is no face {index}: this photo has {len(self.portraits)}")
        return Subject(self.name, self.portraits, index, self.engine)

    def copy(self) -> Subject:
        """The same face for another tab, which is drawn by expressions of its own from then on."""
        return copy(self)

    def follow(self, wish: Wish) -> Stance:
        """Find how to draw an expression at once, by what was calibrated before.

        Args:
            wish: what sliders ask for.
        """
        return Stance(wish.aus, self._correction.drive(wish.aus[None])[0], wish.head)

    def settle(self, wish: Wish) -> Stance:
        """Find how to draw an expression as a clip of it would: calibrated, which takes a while.

        Expressions near it are drawn in keeping with it from then on.

        Args:
            wish: what sliders ask for.
        """
        correction = fit_correction(self.full, wish.aus[None])
        drive = correction.drive(wish.aus[None])[0]
        if len(correction.centres) > 1:
            self._remember(Anchor(wish.aus, drive))
        return Stance(wish.aus, drive, wish.head)

    def measure(self, frame: Photo) -> AUVector | None:
        """Measure what the face shows in a frame; None where it is not found again.

        Args:
            frame: (H, W, 3) of the photo's size.

        Returns:
            (17, 2) in [0, 1].
        """
        if np.array_equal(frame, self.photo):
            return self.source
        box = self.full.portrait.face.box
        with open_finder() as find:
            near = [face for face in find(frame, False) if _is_at(face, box)]
            found = near or find(frame, False, [box])
        return measure_portrait(frame, found[0], self.engine.models).aus if found else None

    def describe(self) -> dict[str, Any]:
        """Describe the photo, its faces and what can be moved, as the page reads it."""
        height, width = self.photo.shape[:2]
        small = self.preview.portrait.photo.shape
        return {
            "name": self.name,
            "width": width,
            "height": height,
            "preview": {"width": small[1], "height": small[0]},
            "face": self.chosen,
            "faces": [_describe_face(*pair) for pair in enumerate(self.portraits)],
            "channels": list_channels(self.source),
            "presets": list_presets(self.source),
            "warnings": [_say(one) for one in find_concerns(self.full.portrait)],
        }

    def _remember(self, anchor: Anchor, settings: CalibrationSettings = CALIBRATION) -> None:
        """Keep an anchor, and of the older ones those that are not near it."""
        apart = [
            one for one in self._anchors if np.linalg.norm(one.aus - anchor.aus) > settings.apart
        ]
        anchors = (anchor, *apart)[: settings.anchors]
        aus, drives = [one.aus for one in anchors], [one.drive for one in anchors]
        self._correction = interpolate_drives(self.source, aus, drives)
        self._anchors = anchors


def open_subject(photo: Photo, name: str, engine: Engine) -> Subject:
    """Find the faces of a photo and make the largest that can be moved ready.

    Args:
        photo: (H, W, 3).
        name: what its owner calls it.
        engine: what draws it.

    Raises:
        FaceError: there is no face, or none that can be moved.
    """
    try:
        portraits = find_portraits(photo, engine.models, "all", usable=False)
    except FaceError as error:
        if is_dark(photo):
            raise FaceError(
                "The photo is too dark to find a face in it: brighten it in an image editor, or "
                "take another one in more light."
            ) from error
        raise
    first = next((n for n, one in enumerate(portraits) if _why_not(one) is None), 0)
    return Subject(name, portraits, first, engine)


def _say(concern: Concern) -> str:
    """A concern as a sentence of its own."""
    return f"{concern.message[0].upper()}{concern.message[1:]}."


def shrink_portrait(portrait: Portrait, size: int, models: FaceModels) -> Portrait:
    """Make a smaller copy of a photo with its face, which is not measured again.

    Args:
        portrait: the face.
        size: longest side of the copy, pixels; a photo that is no larger is its own.
        models: what is known of faces.
    """
    longest = max(portrait.photo.shape[:2])
    if longest <= size:
        return portrait
    photo = resize_longest(portrait.photo, size)
    landmarks = portrait.face.landmarks.copy()
    shares = np.array([photo.shape[1], photo.shape[0]]) / portrait.photo.shape[1::-1]
    landmarks[:, :2] = (landmarks[:, :2] + 0.5) * shares - 0.5  # the half-pixel rule, each axis
    landmarks[:, 2] *= shares.mean()
    pose = fit_pose(landmarks, models.prior.mean)
    return replace(portrait, photo=photo, face=Face(landmarks), pose=pose)


def _describe_face(index: int, portrait: Portrait) -> dict[str, Any]:
    why_not = _why_not(portrait)
    return {
        "index": index,
        "box": [round(side, 1) for side in portrait.face.box],
        "usable": why_not is None,
        "why": why_not,
    }


def _why_not(portrait: Portrait) -> str | None:
    """What keeps a face from being moved; None where nothing does."""
    try:
        check_usable(portrait)
    except FaceError as error:
        return str(error)
    return None


def _is_at(face: Face, box: Any) -> bool:
    """Whether the middle of a face lies in a box (left, top, width, height)."""
    left, top, width, height = face.box
    x, y = left + width / 2 - box.left, top + height / 2 - box.top
    return bool(0 < x < box.width and 0 < y < box.height)
