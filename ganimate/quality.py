"""What about a face makes its clip worse, said before it is drawn.

Between a face that is refused (portrait.check_usable) and one like those that everything here was
fitted to lie faces that can be animated and will show faults: turned, small, blurred, dark,
covered, drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ganimate.appearance.blur import measure_blur
from ganimate.appearance.eyeball import measure_slit
from ganimate.appearance.grain import measure_noise
from ganimate.arrays import Photo
from ganimate.face.alignment import shrink_photo
from ganimate.face.landmarks import BROWS, LIDS_OF_SIDE, LIPS, N_MESH, OPENINGS
from ganimate.face.sight import PARTS, Part, measure_covers
from ganimate.face.turning import measure_roll
from ganimate.numerics import rescale_points
from ganimate.portrait import Portrait

MOVING = np.unique(
    np.concatenate(
        [
            BROWS,
            *(np.array(opening.corners) for opening in OPENINGS),
            *(
                edge.ravel()
                for opening in OPENINGS
                for edge in (opening.upper[0], opening.lower[0])
            ),
            LIPS.upper[3],
            LIPS.lower[3],
        ]
    )
)
"""Landmarks of lips, lids and brows."""


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

    covered: float = 0.5
    """How sure the network must be (face/sight.py), in [0, 1], that a mouth or an eye is covered,
    or that something lies beside the mouth, for it to be said; smaller finds more of them, and
    warns of more free ones."""

    held: float = 0.9
    """How sure it must be for the mouth or the lids to be held still; smaller holds more of them,
    and free ones among them."""

    shut: float = 0.1
    """Height of an eye over its breadth below which it counts as shut; larger warns of narrow eyes,
    of some people more than of others. Measured: half of 11,600 eyes have more than .2."""

    cut: float = 0.0
    """How far lips, lids or brows may lie outside of the photo, as a share of the face's width;
    larger is silent about more faces of which a part is missing."""

    noise: float = 0.05
    """Standard deviation of a photo's noise as a share of the contrast of the face; beyond, what
    moves is smoothed and stands out from what does not."""

    width: float = 80.0
    """Pixels of a face's width; below, lids and lips are a few pixels high. By eye."""

    blur: float = 0.019
    """Standard deviation of a photo's blur as a share of the face's width; beyond, edges of lips
    and lids are lost. By eye, on portraits blurred by steps."""

    blur_width: float = 100.0
    """Pixels of a face's width at which blur is measured, larger photos being made smaller first:
    at more than that, strong blur is taken for less than it is. Measured on 62 faces of 150 to 320
    pixels, blurred by 3 % of their width: 2.0 to 3.5 % at this width, 1.2 to 3.4 % at their own."""

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
        about: "yaw", "pitch", "roll", "face", "mouth", "around the mouth", "eyes", "lids",
            "cut", "width", "blur", "noise" or "darkness".
        figure: what was measured.
        limit: beyond which it is said.
        message: a sentence with both, and what would help.
        is_held: whether a part of the face is held still for it.
    """

    about: str
    figure: float
    limit: float
    message: str
    is_held: bool = False


def find_concerns(portrait: Portrait, settings: QualitySettings = QUALITY) -> list[Concern]:
    """Find what about a face makes its clip worse; nothing about most faces."""
    return [
        *_judge_pose(portrait, settings),
        *_judge_reading(portrait, settings),
        *_judge_sight(portrait, settings),
        *_judge_lids(portrait, settings),
        *_judge_detail(portrait, settings),
        *_judge_light(portrait.photo, settings),
    ]


def hold_covered(portrait: Portrait, settings: QualitySettings = QUALITY) -> Portrait:
    """Hold those parts of a face still that are surely covered."""
    sure = measure_covers(portrait.photo, portrait.face.landmarks)
    return replace(portrait, held=frozenset(part for part in PARTS if sure[part] > settings.held))


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
    return concerns


def _judge_sight(portrait: Portrait, settings: QualitySettings) -> list[Concern]:
    """Which parts of the face are covered, or outside of the photo."""
    concerns = []
    sure = measure_covers(portrait.photo, portrait.face.landmarks)
    for about, parts in (("mouth", PARTS[:1]), ("eyes", PARTS[1:])):
        hidden = [part for part in parts if sure[part] > settings.covered]
        if hidden:
            figure = max(sure[part] for part in hidden)
            is_held = portrait.held.issuperset(hidden)
            words = _say_covered(hidden, figure, is_held, settings)
            concerns.append(Concern(about, figure, settings.covered, words, is_held))
    around = sure["around the mouth"]
    if around > settings.covered and sure["mouth"] <= settings.covered:
        words = (
            f"something may lie beside the mouth, as a hand does (sureness {around:.2f}, above "
            f"{settings.covered:g}): it bends with cheek and chin, and a wider mouth is drawn over "
            "it; use a photo in which nothing does"
        )
        concerns.append(Concern("around the mouth", around, settings.covered, words))
    outside = _measure_outside(portrait)
    if outside > settings.cut:
        words = (
            f"the edge of the photo cuts the face: lips, lids or brows lie {100 * outside:.0f} % "
            f"of its width outside, beyond {100 * settings.cut:.0f} % what is missing cannot move; "
            "use a photo that shows all of the face"
        )
        concerns.append(Concern("cut", outside, settings.cut, words))
    return concerns


def _judge_lids(portrait: Portrait, settings: QualitySettings) -> list[Concern]:
    """Whether eyes are hidden behind lids that may open."""
    slit = min(measure_slit(portrait.face.landmarks, lids) for lids in LIDS_OF_SIDE)
    if slit >= settings.shut or portrait.held.issuperset(PARTS[1:]):
        return []
    words = (
        f"an eye is shut, or nearly so (its height is {slit:.2f} of its breadth, below "
        f"{settings.shut:g}): where it opens it is drawn, and the colour of its iris is a guess; "
        "use a photo with open eyes"
    )
    return [Concern("lids", slit, settings.shut, words)]


def _say_covered(
    hidden: Sequence[Part], figure: float, is_held: bool, settings: QualitySettings
) -> str:
    """Say that a mouth or eyes are covered, and what comes of it."""
    which = "both eyes are" if len(hidden) > 1 else f"the {hidden[0]} is"
    what, them = ("it is", "it") if hidden[0] == "mouth" else ("lids and brow are", "them")
    sure = f"(sureness {figure:.2f}, above {settings.covered:g})"
    if is_held:
        said = f"{which} covered {sure}, and {what} held still"
    else:
        said = f"{which} covered or hard to see {sure}, and {what} moved as if nothing hid {them}"
    return f"{said}; use a photo that shows {'it' if len(hidden) == 1 else 'them'}"


def _measure_outside(portrait: Portrait) -> float:
    """How far what moves lies outside of the photo, as a share of the face's width; 0 if inside."""
    points = portrait.face.landmarks[MOVING, :2]
    height, width = portrait.photo.shape[:2]
    beyond = np.maximum(-0.5 - points, points - (width - 0.5, height - 0.5)).max()
    return max(0.0, float(beyond) / portrait.face.box.width)


def _judge_detail(portrait: Portrait, settings: QualitySettings) -> list[Concern]:
    concerns = []
    width = portrait.face.box.width
    if width < settings.width:
        words = (
            f"the face is {width:.0f} pixels wide: below {settings.width:.0f} lids and lips are "
            "coarse; use a larger photo"
        )
        concerns.append(Concern("width", width, settings.width, words))
    blur = _measure_share_of_blur(portrait, settings)
    if blur > settings.blur:
        words = (
            f"the face is blurred by {100 * blur:.1f} % of its width: beyond "
            f"{100 * settings.blur:.1f} % lips and lids have no edges to move; use a sharper photo"
        )
        concerns.append(Concern("blur", blur, settings.blur, words))
    noise = measure_noise(portrait.photo, portrait.face.landmarks) / _measure_contrast(portrait)
    if noise > settings.noise:
        words = (
            f"the face is noisy (noise of {100 * noise:.0f} % of its contrast, above "
            f"{100 * settings.noise:.0f} %): what moves is smoother than the rest; use a photo "
            "taken in more light, or remove its noise first"
        )
        concerns.append(Concern("noise", noise, settings.noise, words))
    return concerns


def _measure_share_of_blur(portrait: Portrait, settings: QualitySettings) -> float:
    """Standard deviation of the blur of a face as a share of its width."""
    low, face = _cut_face(portrait)
    points, width = portrait.face.landmarks[:N_MESH, :2] - low, portrait.face.box.width
    scale = settings.blur_width / width
    if scale < 1:
        face, points, width = (
            shrink_photo(face, scale),
            rescale_points(points, scale),
            scale * width,
        )
    return measure_blur(face, points) / width


def _measure_contrast(portrait: Portrait) -> float:
    """Difference of light and dark parts of a face, of 255, noise left out; at least 1."""
    grey = cv2.cvtColor(_cut_face(portrait)[1], cv2.COLOR_RGB2GRAY)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.02 * portrait.face.box.width)
    dark, light = np.percentile(smooth, [5, 95])
    return max(1.0, float(light - dark))


def _cut_face(portrait: Portrait) -> tuple[tuple[int, int], Photo]:
    """The pixel (x, y) at which a face begins, and the part of the photo that it fills."""
    left, top, width, height = portrait.face.box
    x, y = max(0, int(left)), max(0, int(top))
    return (x, y), portrait.photo[y : int(top + height) + 2, x : int(left + width) + 2]


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
