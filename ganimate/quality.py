"""What about a face makes its clip worse, said before it is drawn.

Between a face that is refused (portrait.check_usable) and one like those that everything here was
fitted to lie faces that can be animated and will show faults: turned, small, blurred, dark,
covered, drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganimate.appearance.blur import measure_blur
from ganimate.appearance.eyes import measure_eye_sight
from ganimate.arrays import Photo
from ganimate.face.landmarks import N_MESH
from ganimate.face.steadiness import measure_mouth_scatter
from ganimate.face.turning import measure_roll
from ganimate.portrait import Portrait


@dataclass(frozen=True)
class QualitySettings:
    """Beyond what a face is warned of."""

    yaw: float = 30.0
    """Degrees to a side; training kept to 32, and lips smear at their far corner beyond. By eye,
    on turned portraits."""

    pitch: float = 22.0
    """Degrees of a nod from the usual, to which training kept."""

    usual_pitch: float = 5.0
    """Degrees of nod of a usual photo, from which the others are counted: the mean of UTKFace."""

    roll: float = 45.0
    """Degrees by which a head lies in its photo; beyond, the photo was probably meant to be turned.
    The clip is as good as any."""

    logit: float = 13.0
    """How sure the reader must be, as MeshReading.logit says, that it has seen a face; larger warns
    of more drawings and animals, and of more faces. Measured: 4 of 400 held-out faces of UTKFace
    have less and none of 100 portraits; a kitten has 10.0, a drawn Santa 9.3, an orange 11.8, but
    drawn people up to 24."""

    mouth_scatter: float = 0.019
    """How far the landmarks of a mouth may wander where the face is read again, as a share of the
    distance of the eyes; smaller finds more covered mouths and warns of more free ones, of dark
    and of bearded faces first. Measured: beyond it are 3 of 400 held-out faces of UTKFace and none
    of 100 portraits (median .0049 and .0042), and of 112 faces with something drawn over the mouth
    (tests/occluders.py) that were not refused 76 %."""

    eye_contrast: float = 0.16
    """Difference of the brightest and the darkest between the lids, as a share of the L* of the
    cheeks, below which an eye is not seen; larger finds more lenses that reflect, and warns of more
    eyes in the shade. Measured (tests/occluders.py): of 139 faces with dark
    glasses and as many with a patch over an eye, nine are refused and the others are below it but
    three; of 557 free ones 15 are, of which six wear dark glasses, seven have an eye in deep shade
    and two nearly shut ones. Of 117 with hair over an eye it finds 11."""

    eye_whites: float = 0.3
    """The brightest between the lids, as the same share, below which it is not seen either: shut
    eyes have as little contrast, and are as bright as skin."""

    width: float = 80.0
    """Pixels of a face's width; below, lids and lips are a few pixels high. By eye."""

    blur: float = 0.02
    """Standard deviation of a photo's blur as a share of the face's width; beyond, edges of lips
    and lids are lost. By eye, on portraits blurred by steps."""

    darkness: float = 40.0
    """Brightness of 255 that nearly all of a dark photo is below; larger warns of more photos. By
    eye, and by the detector, which lost the face of examples/astronaut.jpg at 10."""

    lit: float = 95.0
    """Percentile of brightness that is compared with that; larger lets one lamp make a night
    bright."""


QUALITY = QualitySettings()


@dataclass(frozen=True)
class Concern:
    """One reason why a clip will be worse than others.

    Attributes:
        about: "yaw", "pitch", "roll", "face", "mouth", "eyes", "width", "blur" or "darkness".
        figure: what was measured.
        limit: beyond which it is said.
        message: a sentence with both, and what would help.
    """

    about: str
    figure: float
    limit: float
    message: str


def find_concerns(portrait: Portrait, settings: QualitySettings = QUALITY) -> list[Concern]:
    """Find what about a face makes its clip worse; nothing about most faces."""
    return [
        *_judge_pose(portrait, settings),
        *_judge_reading(portrait, settings),
        *_judge_detail(portrait, settings),
        *_judge_light(portrait.photo, settings),
    ]


def is_dark(photo: Photo, settings: QualitySettings = QUALITY) -> bool:
    """Whether a photo (H, W, 3) has next to nothing that is lit."""
    return _measure_lit(photo, settings) < settings.darkness


def _judge_pose(portrait: Portrait, settings: QualitySettings) -> list[Concern]:
    concerns = []
    held = portrait.pose.levelled
    yaw = abs(held.yaw)
    if yaw > settings.yaw:
        words = (
            f"the head is turned by {yaw:.0f} degrees: beyond {settings.yaw:.0f} the far side of "
            "the face stretches; use a photo taken more from the front"
        )
        concerns.append(Concern("yaw", yaw, settings.yaw, words))
    pitch = abs(held.pitch - settings.usual_pitch)
    if pitch > settings.pitch:
        words = (
            f"the head nods by {pitch:.0f} degrees more than usual: beyond {settings.pitch:.0f} "
            "brows and chin stretch; use a photo taken at the height of the eyes"
        )
        concerns.append(Concern("pitch", pitch, settings.pitch, words))
    roll = measure_roll(portrait.face.landmarks)
    if abs(roll) > settings.roll:
        side = "clockwise" if roll > 0 else "counterclockwise"
        words = (
            f"the head lies, turned {side} by {abs(roll):.0f} degrees, and is animated as it lies; "
            "turn the photo first if it should be upright"
        )
        concerns.append(Concern("roll", abs(roll), settings.roll, words))
    return concerns


def _judge_reading(portrait: Portrait, settings: QualitySettings) -> list[Concern]:
    """What the reader of landmarks saw unclearly."""
    concerns = []
    logit = portrait.face.logit
    if logit < settings.logit:
        words = (
            f"this looks little like a face (sureness {logit:.1f}, below {settings.logit:g}): it "
            "may be covered, drawn, or none at all; look whether the clip moves what it should"
        )
        concerns.append(Concern("face", logit, settings.logit, words))
    scatter = measure_mouth_scatter(portrait.photo, portrait.face.landmarks)
    if scatter > settings.mouth_scatter:
        words = (
            "the mouth is probably covered or hard to see (each look finds it elsewhere, by "
            f"{100 * scatter:.1f} % of the distance of the eyes, above "
            f"{100 * settings.mouth_scatter:.1f} %): it will be moved as if nothing were before "
            "it; use a photo that shows it"
        )
        concerns.append(Concern("mouth", scatter, settings.mouth_scatter, words))
    hidden = [
        eye.contrast
        for eye in measure_eye_sight(portrait.photo, portrait.face.landmarks)
        if eye.contrast < settings.eye_contrast and eye.whites < settings.eye_whites
    ]
    if hidden:
        words = (
            "an eye is covered, behind a dark lens or in deep shade (what is seen between its lids "
            f"differs by {100 * min(hidden):.0f} % of the brightness of the skin, below "
            f"{100 * settings.eye_contrast:.0f} %): lids will move over what hides it; use a photo "
            "that shows it"
        )
        concerns.append(Concern("eyes", min(hidden), settings.eye_contrast, words))
    return concerns


def _judge_detail(portrait: Portrait, settings: QualitySettings) -> list[Concern]:
    concerns = []
    width = portrait.face.box.width
    if width < settings.width:
        words = (
            f"the face is {width:.0f} pixels wide: below {settings.width:.0f} lids and lips are "
            "coarse; use a larger photo"
        )
        concerns.append(Concern("width", width, settings.width, words))
    blur = measure_blur(portrait.photo, portrait.face.landmarks[:N_MESH]) / width
    if blur > settings.blur:
        words = (
            f"the face is blurred by {100 * blur:.1f} % of its width: beyond "
            f"{100 * settings.blur:.0f} % lips and lids have no edges to move; use a sharper photo"
        )
        concerns.append(Concern("blur", blur, settings.blur, words))
    return concerns


def _judge_light(photo: Photo, settings: QualitySettings) -> list[Concern]:
    lit = _measure_lit(photo, settings)
    if lit >= settings.darkness:
        return []
    words = (
        f"the photo is dark: its brightest parts have {lit:.0f} of 255, below "
        f"{settings.darkness:.0f} what is made of it is coarse; brighten it first"
    )
    return [Concern("darkness", lit, settings.darkness, words)]


def _measure_lit(photo: Photo, settings: QualitySettings) -> float:
    """Brightness of 255 that next to nothing of a photo (H, W, 3) exceeds."""
    return float(np.percentile(photo[::4, ::4].max(axis=2), settings.lit))
