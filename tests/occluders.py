"""Things in front of a face, drawn on real photos where its landmarks are: each by its name."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from ganimate.arrays import Photo, Points
from ganimate.face.landmarks import N_MESH, measure_width

LIPS_MIDDLE, NOSE_TIP, CHIN, LEFT_EYE, RIGHT_EYE = 13, 4, 152, 386, 159
LOWER_FACE = (
    93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323,
    280, 279, 5, 49, 50,
)  # fmt: skip
"""What a mask covers: the outline from ear to ear below, and over the cheeks and the nose."""

CHEEKS = (50, 205, 280, 425)
"""Landmarks whose colour is the skin's."""

Occluder = Callable[[Photo, Points, np.random.Generator], Photo]
"""(photo, landmarks (468, 2), chance) -> the photo with something in front of the face."""


def _lay(photo: Photo, cover: NDArray[np.uint8], paint: NDArray[np.floating], soft: float) -> Photo:
    """Lay paint (H, W, 3) over what a mask (H, W) of 0 and 255 covers, with a soft edge."""
    alpha = cv2.GaussianBlur(cover.astype(np.float32) / 255, (0, 0), max(soft, 0.5))[:, :, None]
    return np.asarray(np.clip(photo + alpha * (paint - photo), 0, 255), np.uint8)


def _cloth(photo: Photo, colour: tuple[float, ...], width: float, chance: np.random.Generator):  # type: ignore[no-untyped-def]
    """Cloth of one colour with folds across and a little noise, as large as the photo."""
    height, wide = photo.shape[:2]
    y, x = np.mgrid[:height, :wide].astype(np.float32)
    folds = 1 + 0.08 * np.sin(2 * np.pi * y / (0.12 * width) + x / width)
    noise = chance.normal(0, 3, (height, wide, 1))
    return np.array(colour, np.float32) * folds[:, :, None] + noise


def _fill(photo: Photo, points: NDArray[np.floating]) -> NDArray[np.uint8]:
    cover = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(cover, [np.round(points).astype(np.int32)], 255)
    return cover


def _measure_axes(points: Points) -> tuple[Points, Points]:
    """Unit vectors of a face: towards its right in the picture, and down."""
    across = (points[454] - points[234]) / measure_width(points)
    return across, np.array([-across[1], across[0]])


def wear_mask(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """A mask over mouth and nose: light blue, white or black."""
    colour = ((150, 190, 215), (235, 235, 232), (35, 35, 40))[int(chance.integers(3))]
    width = measure_width(points)
    cover = _fill(photo, points[list(LOWER_FACE)])
    return _lay(photo, cover, _cloth(photo, colour, width, chance), 0.01 * width)


def wear_scarf(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """A patterned scarf drawn up to below the nose."""
    across, down = _measure_axes(points)
    width = measure_width(points)
    top = points[2] + 0.02 * width * down
    corners = [top - 0.7 * width * across, top + 0.7 * width * across]
    corners += [corners[1] + 0.9 * width * down, corners[0] + 0.9 * width * down]
    pattern = (data.brick, data.gravel, data.grass)[int(chance.integers(3))]()
    height, wide = photo.shape[:2]
    tiles = np.tile(pattern, (height // 512 + 1, wide // 512 + 1))[:height, :wide, None] / 160.0
    colour = chance.uniform(40, 200, 3)
    return _lay(photo, _fill(photo, np.array(corners)), tiles * colour, 0.01 * width)


def hold_hand(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """Four fingers of the person's own skin in front of the mouth."""
    across, down = _measure_axes(points)
    width = measure_width(points)
    slope = across * np.cos(0.3) + down * np.sin(0.3)
    fingers = []
    for finger in range(4):
        start = points[LIPS_MIDDLE] + (-0.12 + 0.105 * finger) * width * down - 0.55 * width * slope
        fingers.append((start, start + (0.95 - 0.06 * abs(finger - 1)) * width * slope))
    return _draw_fingers(photo, points, fingers, chance)


def lay_hand_on_cheek(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """Four fingers along one cheek, beside the mouth, which stays free."""
    across, down = _measure_axes(points)
    width = measure_width(points)
    side = across * chance.choice([-1, 1])
    fingers = []
    for finger in range(4):
        middle = points[LIPS_MIDDLE] + (0.3 + 0.1 * finger) * width * side
        reach = (0.12 + 0.05 * finger) * width
        fingers.append((middle + 0.6 * width * down, middle - reach * down))
    return _draw_fingers(photo, points, fingers, chance)


def rest_chin_on_hand(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """Four fingers across the chin, below the lips, which stay free."""
    across, down = _measure_axes(points)
    width = measure_width(points)
    side = across * chance.choice([-1, 1])
    fingers = []
    for finger in range(4):
        middle = points[CHIN] + (-0.15 + 0.1 * finger) * width * down
        fingers.append((middle + 0.7 * width * side, middle - 0.15 * width * side))
    return _draw_fingers(photo, points, fingers, chance)


def _draw_fingers(
    photo: Photo, points: Points, fingers: list[tuple[Points, Points]], chance: np.random.Generator
) -> Photo:
    """Fingers, each from one point to another, in the colour of the cheeks."""
    width = measure_width(points)
    skin = np.median([photo[int(y), int(x)] for x, y in _inside(photo, points[list(CHEEKS)])], 0)
    for finger in fingers:
        cover = np.zeros(photo.shape[:2], np.uint8)
        ends = [tuple(np.round(point).astype(int).tolist()) for point in finger]
        cv2.line(cover, ends[0], ends[1], 255, max(3, round(0.1 * width)), cv2.LINE_AA)
        round_off = cv2.distanceTransform(cover, cv2.DIST_L2, 3)[:, :, None] / (0.05 * width)
        shade = 0.72 + 0.33 * np.clip(round_off, 0, 1)
        photo = _lay(photo, cover, skin * shade + chance.normal(0, 2, photo.shape), 0.006 * width)
    return photo


def hold_microphone(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """A dark microphone in front of the lips."""
    across, down = _measure_axes(points)
    width = measure_width(points)
    middle = (
        points[LIPS_MIDDLE] + 0.03 * width * down + chance.uniform(-0.04, 0.04) * width * across
    )
    cover = np.zeros(photo.shape[:2], np.uint8)
    at = tuple(np.round(middle).astype(int).tolist())
    foot = tuple(np.round(middle + width * (1.2 * down + 0.3 * across)).astype(int).tolist())
    cv2.line(cover, at, foot, 255, max(3, round(0.16 * width)), cv2.LINE_AA)
    cv2.circle(cover, at, round(0.19 * width), 255, -1, cv2.LINE_AA)
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]].astype(np.float32)
    step = 2 * np.pi / (0.035 * width)
    net = 60 + 25 * np.sin(step * (x + y)) * np.sin(step * (x - y))
    glint = 90 * np.exp(
        -((x - at[0] + 0.07 * width) ** 2 + (y - at[1] + 0.08 * width) ** 2) / (0.08 * width) ** 2
    )
    paint = np.repeat((net + glint)[:, :, None], 3, axis=2)
    return _lay(photo, cover, paint, 0.005 * width)


def let_hair_fall_over_mouth(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """Strands of hair from one temple across the mouth."""
    return _draw_hair(photo, points, chance, points[LIPS_MIDDLE], reach=0.17)


def let_hair_fall_over_eye(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """Strands of hair over one eye."""
    eye = (LEFT_EYE, RIGHT_EYE)[int(chance.integers(2))]
    return _draw_hair(photo, points, chance, points[eye], reach=0.13)


def cover_eye(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """A dark patch over one eye."""
    eye = (LEFT_EYE, RIGHT_EYE)[int(chance.integers(2))]
    width = measure_width(points)
    cover = np.zeros(photo.shape[:2], np.uint8)
    at = tuple(np.round(points[eye]).astype(int).tolist())
    cv2.circle(cover, at, round(0.17 * width), 255, -1, cv2.LINE_AA)
    return _lay(photo, cover, _cloth(photo, (30, 28, 30), width, chance), 0.006 * width)


def wear_sunglasses(photo: Photo, points: Points, chance: np.random.Generator) -> Photo:
    """Dark glasses over both eyes."""
    across, down = _measure_axes(points)
    width = measure_width(points)
    cover = np.zeros(photo.shape[:2], np.uint8)
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    for eye in (LEFT_EYE, RIGHT_EYE):
        at = tuple(np.round(points[eye] + 0.02 * width * down).astype(int).tolist())
        axes = (round(0.19 * width), round(0.14 * width))
        cv2.ellipse(cover, at, axes, angle, 0, 360, 255, -1, cv2.LINE_AA)
    bridge = [tuple(np.round(points[one]).astype(int).tolist()) for one in (133, 362)]
    cv2.line(cover, bridge[0], bridge[1], 255, max(2, round(0.03 * width)), cv2.LINE_AA)
    return _lay(photo, cover, _cloth(photo, (25, 24, 28), width, chance), 0.004 * width)


def _draw_hair(
    photo: Photo, points: Points, chance: np.random.Generator, over: Points, reach: float
) -> Photo:
    across, down = _measure_axes(points)
    width = measure_width(points)
    colour = np.array(((40, 28, 22), (96, 66, 44), (170, 135, 90))[int(chance.integers(3))])
    start = points[10] - 0.25 * width * down + 0.2 * width * across
    layer = photo.copy()
    for _ in range(90):
        off = chance.uniform(-reach, reach) * width
        way = over + off * across + chance.uniform(-0.4, 0.4) * reach * width * down
        end = way + (way - start) * chance.uniform(0.3, 0.6) + chance.normal(0, 0.03, 2) * width
        t = np.linspace(0, 1, 12)[:, None]
        bend = chance.normal(0, 0.03) * width
        line = np.where(
            t < 0.6, start + (way - start) * t / 0.6, way + (end - way) * (t - 0.6) / 0.4
        )
        line = line + bend * np.sin(np.pi * t) * across
        tone = tuple((colour * chance.uniform(0.6, 1.4)).tolist())
        thick = max(1, round(0.012 * width))
        cv2.polylines(layer, [np.round(line).astype(np.int32)], False, tone, thick, cv2.LINE_AA)
    return layer


def _inside(photo: Photo, points: Points) -> Points:
    return np.clip(points, 0, np.array(photo.shape[1::-1]) - 1)


OVER_MOUTH: dict[str, Occluder] = {
    "mask": wear_mask,
    "scarf": wear_scarf,
    "hand": hold_hand,
    "microphone": hold_microphone,
    "hair over the mouth": let_hair_fall_over_mouth,
}
"""What covers a mouth."""

BESIDE_MOUTH: dict[str, Occluder] = {
    "hand at the cheek": lay_hand_on_cheek,
    "hand at the chin": rest_chin_on_hand,
}
"""What leaves the mouth free, and lies where a laugh would draw it."""

OVER_EYES: dict[str, Occluder] = {
    "hair over an eye": let_hair_fall_over_eye,
    "patch over an eye": cover_eye,
    "sunglasses": wear_sunglasses,
}
"""What covers eyes."""


def occlude(photo: Photo, landmarks: Points, occluder: Occluder, seed: int) -> Photo:
    """Put something in front of a face whose landmarks (468 or more, 2 or more) are known."""
    return occluder(photo, landmarks[:N_MESH, :2].astype(np.float64), np.random.default_rng(seed))
