"""What covers of faces are painted with (draw_covers.py): cloth, skin, hair, glass, photos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ganimate.arrays import Floats, Photo, Points
from ganimate.face.landmarks import LEFT_TEMPLE, RIGHT_TEMPLE, Opening

CHEEKS = (50, 205, 280, 425)  # landmarks whose colour is the skin's


@dataclass(frozen=True)
class Scene:
    """A face that something shall be drawn before.

    Attributes:
        photo: (s, s, 3).
        points: (468, 2) its landmarks.
        other: (s, s, 3) another photo, whose pieces are paint, too.
        chance: what is drawn by.
    """

    photo: Photo
    points: Points
    other: Photo
    chance: np.random.Generator

    @property
    def side(self) -> int:
        """Of the photo, pixels."""
        return len(self.photo)

    @property
    def width(self) -> float:
        """Of the face, pixels."""
        return float(np.linalg.norm(self.points[LEFT_TEMPLE] - self.points[RIGHT_TEMPLE]))

    def middle(self, part: Opening) -> Points:
        """(2,) between the corners of a part."""
        return np.asarray(self.points[list(part.corners)].mean(axis=0))


Paint = Callable[[Scene, Floats], Floats]
"""(scene, shape (s, s)) -> (s, s, 3) what is seen instead, of 255."""


def paint_plain(scene: Scene, shape: Floats) -> Floats:
    """One colour, shaded from one side to the other."""
    y, x = np.mgrid[: scene.side, : scene.side] / scene.side - 0.5
    slope = scene.chance.normal(0, 0.35, 2)
    return _choose_colour(scene) * (1 + slope[0] * x + slope[1] * y)[:, :, None]


def paint_round(scene: Scene, shape: Floats) -> Floats:
    """One colour or the face's own skin, darker towards the edge of the shape, as limbs are."""
    chance = scene.chance
    depth = cv2.distanceTransform((shape > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    reach = chance.uniform(0.02, 0.15) * scene.width
    shade = 1 - chance.uniform(0.1, 0.5) * np.exp(-depth / reach)
    colour = _choose_colour(scene) if chance.random() < 0.3 else _find_skin(scene)
    blotches = cv2.resize(chance.normal(0, 4, (12, 12, 3)), (scene.side, scene.side))
    return colour * shade[:, :, None] + blotches


def paint_stripes(scene: Scene, shape: Floats) -> Floats:
    """Two colours in folds, stripes, checks or dots."""
    chance = scene.chance
    y, x = np.mgrid[: scene.side, : scene.side] / scene.width
    angle, step = chance.uniform(0, np.pi), chance.uniform(10, 160)
    first = np.sin(step * (x * np.cos(angle) + y * np.sin(angle)) + chance.normal(0, 1) * x * y)
    second = np.sin(step * chance.uniform(0.3, 1.5) * (y * np.cos(angle) - x * np.sin(angle)))
    kind = chance.integers(3)
    wave = first if kind == 0 else first * second if kind == 1 else np.maximum(first, second)
    if chance.random() < 0.4:
        wave = np.sign(wave)
    one, two = _choose_colour(scene), _choose_colour(scene)
    if chance.random() < 0.5:
        two = one * chance.uniform(0.6, 1.4)
    return one + (two - one) * (wave[:, :, None] + 1) / 2


def paint_cloud(scene: Scene, shape: Floats) -> Floats:
    """Noise of all sizes: fur, wool, foliage, stone."""
    chance = scene.chance
    rough, cloud = chance.uniform(0.4, 1.0), np.zeros((scene.side, scene.side, 1))
    for octave in range(2, 8):
        noise = chance.normal(0, 1, (2**octave, 2**octave))
        cloud[:, :, 0] += rough**octave * cv2.resize(noise, (scene.side, scene.side))
    one, two = _choose_colour(scene), _choose_colour(scene)
    return one + (two - one) * np.clip(0.5 + 0.3 * cloud / cloud.std(), 0, 1)


def paint_piece(scene: Scene, shape: Floats) -> Floats:
    """A piece of another photo, enlarged and turned, in its own light or in this one's."""
    chance, side = scene.chance, scene.side
    turn = chance.uniform(90, 270)  # upright faces before faces would not be told from these
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, chance.uniform(1, 3.5))
    matrix[:, 2] += chance.uniform(-0.6, 0.6, 2) * side
    piece = cv2.warpAffine(scene.other, matrix, (side, side), borderMode=cv2.BORDER_REFLECT)
    return piece * chance.uniform(0.6, 1.3)


def paint_glass(scene: Scene, shape: Floats) -> Floats:
    """A dark lens, metal or shining plastic: nearly one tone, with a glint or a sky in it."""
    chance = scene.chance
    y, x = np.mgrid[: scene.side, : scene.side] / scene.side
    tone = chance.uniform(8, 70) + chance.normal(0, 8, 3)
    sky = chance.uniform(0, 160) * np.clip(1 - (y - y[shape > 0.3].min(initial=1)) * 4, 0, 1)
    at = chance.uniform(0, 1, 2)
    spread = chance.uniform(0.01, 0.06)
    glint = chance.uniform(0, 220) * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / spread**2)
    some = chance.random(2) < 0.5
    return np.clip(tone, 0, 255) + (some[0] * sky + some[1] * glint)[:, :, None]


def paint_hair(scene: Scene, shape: Floats) -> Floats:
    """A colour of hair, each strand in a tone of its own."""
    colours = ((25, 20, 18), (60, 42, 30), (110, 78, 50), (180, 145, 100), (190, 188, 185))
    colour = np.array(colours[int(scene.chance.integers(5))]) * scene.chance.uniform(0.7, 1.3)
    return colour * np.clip((shape - 0.5) * 2, 0.2, 1)[:, :, None] * scene.chance.uniform(0.9, 1.6)


def _choose_colour(scene: Scene) -> Floats:
    """(3,) any colour, often a grey one or that of the face's skin."""
    chance = scene.chance
    kind = chance.random()
    if kind < 0.2:
        return _find_skin(scene)
    if kind < 0.6:
        return np.full(3, chance.uniform(5, 250)) + chance.normal(0, 8, 3)
    return chance.uniform(0, 255, 3)


def _find_skin(scene: Scene) -> Floats:
    """(3,) the colour of the cheeks, a little lighter or darker."""
    x, y = np.clip(np.rint(scene.points[list(CHEEKS)]).astype(int), 0, scene.side - 1).T
    return np.median(scene.photo[y, x], axis=0) * scene.chance.uniform(0.7, 1.25)
