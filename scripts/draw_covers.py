"""Things drawn before faces, in all shapes, paints and sizes, which scripts/fit_sight.py learns.

A cover is a shape (how much of each pixel it hides) and a paint; nearly every shape comes in nearly
every paint, so that what is learnt is that something lies before a face, not which thing.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from cover_paints import (
    Paint,
    Scene,
    paint_cloud,
    paint_glass,
    paint_hair,
    paint_piece,
    paint_plain,
    paint_round,
    paint_stripes,
)

from ganimate.arrays import Floats, Mask, Photo, Points
from ganimate.face.landmarks import LEFT_LIDS, LIPS, RIGHT_LIDS, Opening

CHIN, BRIDGE, NOSE_BASE = 152, 6, 2
EYES = (RIGHT_LIDS, LEFT_LIDS)
PARTS = (LIPS, *EYES)  # in the order of the network's answers
ASIDE = 0.9  # breadths of the lips from their middle to where a laugh moves cheeks; by eye
DOWN = 0.9  # share of the way to the chin down to which a laugh moves skin; by eye


Shape = Callable[[Scene, Points], Floats]
"""(scene, where (2,)) -> (s, s) in [0, 1] how much of each pixel is hidden."""


def outline(part: Opening, points: Points) -> Points:
    """The outline (n, 2) of a part: the red of the lips, the lids with a rim of skin."""
    ring = 3 if part is LIPS else 1
    start, end = points[list(part.corners)]
    around = [start[None], points[part.upper[ring]], end[None], points[part.lower[ring][::-1]]]
    return np.concatenate(around)


def measure_shares(shape: Floats, points: Points) -> Floats:
    """(4,) how much of mouth, right and left eye and around the mouth is hidden, in [0, 1].

    Args:
        shape: (s, s) in [0, 1] how much of each pixel is hidden.
        points: (468, 2) of the face.
    """
    regions = [_fill_outline(part, points, shape.shape) for part in PARTS]
    shares = [_measure_share(shape, region) for region in regions]
    around = max(_measure_share(shape, region) for region in find_sectors(points, shape.shape))
    return np.asarray([*shares, around], np.float32)


def find_sectors(points: Points, shape: tuple[int, ...]) -> tuple[Mask, Mask, Mask]:
    """Skin that a laugh moves or draws the mouth on: right of lips, left of them and below them.

    Args:
        points: (468, 2) of the face.
        shape: (height, width) of the masks.

    Returns:
        Masks (height, width).
    """
    right, left = points[list(LIPS.corners)]
    middle, breadth = (right + left) / 2, max(float(np.linalg.norm(left - right)), 1.0)
    along = (left - right) / breadth
    down = np.array([-along[1], along[0]])
    y, x = np.mgrid[: shape[0], : shape[1]]
    offset = np.stack([x, y], axis=2) - middle
    u = offset @ along / (ASIDE * breadth)
    reach = np.maximum(np.abs([(points[one] - middle) @ down for one in (NOSE_BASE, CHIN)]), 1)
    v = offset @ down
    v = np.where(v < 0, v / reach[0], v / (DOWN * reach[1]))
    skin = (u**2 + v**2 < 1) & ~_fill_outline(LIPS, points, shape)
    below = v > np.abs(u)
    return skin & ~below & (u < 0), skin & ~below & (u > 0), skin & below


def _fill_outline(part: Opening, points: Points, shape: tuple[int, ...]) -> Mask:
    inside = np.zeros(shape, np.uint8)
    cv2.fillPoly(inside, [np.rint(outline(part, points)).astype(np.int32)], (1,))
    return inside > 0


def _measure_share(shape: Floats, region: Mask) -> float:
    """The mean of a shape in a region, in [0, 1]; 1 for a region outside of the photo."""
    return float(shape[region].mean()) if region.any() else 1.0


# Shapes


def shape_blob(scene: Scene, at: Points) -> Floats:
    """A smooth closed curve: a fist, a cup, a leaf, a patch, a balloon."""
    chance = scene.chance
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones(48)
    for wave in range(1, 6):
        radius += chance.normal(0, 0.16 / wave) * np.cos(wave * angles + chance.uniform(0, 6.3))
    long, short = chance.uniform(0.13, 0.45) * scene.width * np.array([1, chance.uniform(0.5, 1)])
    curve = np.stack([long * radius * np.cos(angles), short * radius * np.sin(angles)], axis=1)
    return _fill(scene, at + _turn(curve, chance.uniform(0, np.pi)))


def shape_disc(scene: Scene, at: Points) -> Floats:
    """An ellipse, often with a stick: a microphone, a lollipop, a cup, an eye patch, a ball."""
    chance, width = scene.chance, scene.width
    axes = chance.uniform(0.12, 0.34) * width * np.array([1, chance.uniform(0.6, 1)])
    cover = np.zeros((scene.side, scene.side), np.uint8)
    centre = tuple(np.rint(at).astype(int).tolist())
    turn = chance.uniform(0, 180)
    cv2.ellipse(cover, centre, tuple(np.rint(axes).astype(int).tolist()), turn, 0, 360, 255, -1)
    if chance.random() < 0.5:
        away = _turn(np.array([[chance.uniform(0.6, 1.6) * width, 0]]), chance.uniform(0, 6.3))[0]
        end = tuple(np.rint(at + away).astype(int).tolist())
        cv2.line(cover, centre, end, 255, max(2, round(chance.uniform(0.05, 0.2) * width)))
    return _soften(scene, cover)


def shape_bar(scene: Scene, at: Points) -> Floats:
    """A rectangle at any angle: a phone, a book, a sheet of paper, a bottle, a censor's bar."""
    chance = scene.chance
    long, short = chance.uniform(0.25, 0.8), chance.uniform(0.08, 0.3)
    corners = np.array([[-long, -short], [long, -short], [long, short], [-long, short]])
    slant = np.eye(2) + chance.normal(0, 0.12, (2, 2))
    return _fill(scene, at + _turn(corners @ slant * scene.width, chance.uniform(0, np.pi)))


def shape_fingers(scene: Scene, at: Points) -> Floats:
    """One to five tapering fingers side by side, often with the palm that they grow from."""
    chance, width = scene.chance, scene.width
    cover = np.zeros((scene.side, scene.side), np.uint8)
    count, thick = int(chance.integers(1, 6)), chance.uniform(0.08, 0.15) * width
    angle, length = chance.uniform(0, 2 * np.pi), chance.uniform(0.45, 1.1) * width
    spread = chance.uniform(-0.06, 0.12)
    roots = []
    for finger in range(count):
        off = finger - (count - 1) / 2
        along = _turn(np.array([[1.0, 0.0]]), angle + spread * off)[0]
        across = np.array([-along[1], along[0]])
        tip = at + across * off * thick * chance.uniform(0.95, 1.15)
        tip = tip + along * chance.uniform(0.05, 0.35) * width
        for share in np.linspace(0, 1, 14):
            centre = tuple(np.rint(tip - share * length * along).astype(int).tolist())
            cv2.circle(cover, centre, max(2, round(thick * (0.42 + 0.12 * share))), 255, -1)
        roots.append(tip - 0.6 * length * along)
    if chance.random() < 0.6:
        palm = np.mean(roots, axis=0) - 0.3 * length * np.array([np.cos(angle), np.sin(angle)])
        centre = tuple(np.rint(palm).astype(int).tolist())
        cv2.circle(cover, centre, round(chance.uniform(0.2, 0.35) * width), 255, -1)
    return _soften(scene, cover)


def shape_cloth(scene: Scene, at: Points) -> Floats:
    """All on one side of a wavy line that passes a part: masks, scarves, veils, hats, collars."""
    chance = scene.chance
    down = scene.points[CHIN] - scene.points[BRIDGE]
    down = down / np.linalg.norm(down)
    if chance.random() < 0.25:  # a veil from above or from a side
        down = _turn(down[None], chance.choice([np.pi, np.pi / 2, -np.pi / 2]))[0]
    down = _turn(down[None], chance.normal(0, 0.15))[0]
    y, x = np.mgrid[: scene.side, : scene.side]
    along = (x - at[0]) * down[0] + (y - at[1]) * down[1]
    across = -(x - at[0]) * down[1] + (y - at[1]) * down[0]
    t = across / scene.width
    edge = chance.normal(0, 0.5) * t**2 + chance.normal(0, 0.03) * np.sin(
        chance.uniform(4, 20) * t + chance.uniform(0, 6.3)
    )
    start = chance.uniform(-0.3, 0.05)  # in widths before the middle of the part
    hidden = along / scene.width > start + edge
    if chance.random() < 0.4:  # a mask ends at the outline of the face
        hidden &= _fill(scene, cv2.convexHull(scene.points.astype(np.float32))[:, 0]) > 0.5
    if chance.random() < 0.25:  # a band
        hidden &= along / scene.width < start + edge + chance.uniform(0.2, 0.5)
    return _soften(scene, hidden.astype(np.uint8) * 255)


def shape_strands(scene: Scene, at: Points) -> Floats:
    """Strands of hair, ropes, grass: many thin bent lines from afar over a part."""
    chance, width = scene.chance, scene.width
    cover = np.zeros((scene.side, scene.side), np.uint8)
    from_where = at + _turn(np.array([[chance.uniform(0.5, 1.2) * width, 0]]), _upward(scene))[0]
    reach, bent = chance.uniform(0.06, 0.2) * width, chance.uniform(0, 0.2) * width
    side_of_bend = chance.choice([-1, 1])
    for _ in range(int(chance.integers(15, 130))):
        through = at + chance.normal(0, 0.6, 2) * reach
        begin = from_where + chance.normal(0, 0.7, 2) * reach
        end = through + (through - begin) * chance.uniform(0.1, 0.9)
        t = np.linspace(0, 1, 14)[:, None]
        aside = np.array([-(end - begin)[1], (end - begin)[0]]) / np.linalg.norm(end - begin)
        bow = side_of_bend * bent * chance.uniform(0.6, 1.2) * np.sin(np.pi * t)
        line = begin + (end - begin) * t + (bow - bow[8]) * aside
        thick = int(chance.integers(1, max(2, round(0.018 * width)) + 1))
        tone = int(chance.uniform(150, 255))
        cv2.polylines(cover, [np.rint(line).astype(np.int32)], False, tone, thick, cv2.LINE_AA)
    return cover.astype(np.float32) / 255


def shape_lenses(scene: Scene, at: Points) -> Floats:
    """Two lenses with a bridge and arms: sunglasses, goggles; or one of them, an eye patch."""
    chance, width = scene.chance, scene.width
    cover = np.zeros((scene.side, scene.side), np.uint8)
    right, left = (scene.middle(eye) for eye in EYES)
    tilt = float(np.degrees(np.arctan2(*(left - right)[::-1])))
    axes = width * chance.uniform((0.13, 0.09), (0.23, 0.19))
    boxy, drop = chance.random() < 0.4, chance.normal(0.02, 0.03) * width
    for middle in (right, left):
        centre = middle + (0, drop) + 0.1 * (middle - (right + left) / 2)
        if boxy:
            corners = axes * np.array([[-1, -1], [1, -1], [0.85, 1], [-0.85, 1]])
            turned = centre + _turn(corners, np.radians(tilt))
            cv2.fillPoly(cover, [np.rint(turned).astype(np.int32)], 255)
        else:
            at_pixel = tuple(np.rint(centre).astype(int).tolist())
            size = tuple(np.rint(axes).astype(int).tolist())
            cv2.ellipse(cover, at_pixel, size, tilt, 0, 360, 255, -1)
    ends = [right + 1.9 * (right - left) * 0.5, left + 1.9 * (left - right) * 0.5]
    line = [tuple(np.rint(end).astype(int).tolist()) for end in ends]
    cv2.line(cover, line[0], line[1], 255, max(1, round(chance.uniform(0.01, 0.04) * width)))
    opaque = 1.0 if chance.random() < 0.5 else chance.uniform(0.75, 1.0)
    return _soften(scene, cover) * np.float32(opaque)


# Covers

MOUTH_SHAPES: dict[str, tuple[Shape, float]] = {
    "blob": (shape_blob, 0.15),
    "disc": (shape_disc, 0.15),
    "bar": (shape_bar, 0.1),
    "fingers": (shape_fingers, 0.2),
    "cloth": (shape_cloth, 0.25),
    "strands": (shape_strands, 0.15),
}
"""What mouths are covered by, and how often."""

AROUND_SHAPES: dict[str, tuple[Shape, float]] = {
    "blob": (shape_blob, 0.15),
    "disc": (shape_disc, 0.1),
    "bar": (shape_bar, 0.1),
    "fingers": (shape_fingers, 0.4),
    "cloth": (shape_cloth, 0.2),
    "strands": (shape_strands, 0.05),
}
"""What lies beside mouths, and how often: hands mostly."""

EYE_SHAPES: dict[str, tuple[Shape, float]] = {
    "blob": (shape_blob, 0.15),
    "disc": (shape_disc, 0.12),
    "bar": (shape_bar, 0.05),
    "fingers": (shape_fingers, 0.13),
    "cloth": (shape_cloth, 0.1),
    "strands": (shape_strands, 0.3),
    "lenses": (shape_lenses, 0.15),
}
"""What eyes are covered by, and how often."""

ANY_PAINT: tuple[Paint, ...] = (paint_plain, paint_round, paint_stripes, paint_cloud, paint_piece)
PAINTS: dict[str, tuple[Paint, ...]] = {
    "fingers": (paint_round, paint_round, paint_round, paint_plain, paint_glass),
    "strands": (paint_hair, paint_hair, paint_hair, paint_plain, paint_cloud),
    "lenses": (paint_glass, paint_glass, paint_glass, paint_plain, paint_piece),
    "disc": (*ANY_PAINT, paint_glass),
}
"""Shape -> what it is painted with; the others are with ANY_PAINT."""


def cover_face(scene: Scene, without: frozenset[str] = frozenset()) -> tuple[Photo, Floats, str]:
    """Put something before a part of a face, or beside it, or cut the photo through it.

    Args:
        scene: the face.
        without: names of shapes that are never drawn.

    Returns:
        The photo (s, s, 3), the shares (4,) that are hidden, and the shape's name.
    """
    chance = scene.chance
    part = PARTS[int(chance.choice(3, p=(0.6, 0.2, 0.2)))]
    at = scene.middle(part) + chance.normal(0, 0.05, 2) * scene.width
    shapes = MOUTH_SHAPES if part is LIPS else EYE_SHAPES
    if part is LIPS and chance.random() < 0.5:  # around the mouth, which stays free, or nearly so
        shapes = AROUND_SHAPES
        aside = _turn(np.array([[chance.uniform(0.2, 0.6), 0]]), chance.uniform(-0.5, np.pi + 0.5))
        at = at + aside[0] * scene.width
    if chance.random() < 0.15:  # beside it: what lies on cheeks and foreheads hides no part
        at = at + chance.normal(0, 0.3, 2) * scene.width
    if chance.random() < 0.06:
        return *_cut(scene, at), "cut"
    left = {name: one for name, one in shapes.items() if name not in without}
    odds = np.array([often for _, often in left.values()])
    name = list(left)[int(chance.choice(len(left), p=odds / odds.sum()))]
    shape = left[name][0](scene, at)
    paints = PAINTS.get(name, ANY_PAINT)
    paint = paints[int(chance.integers(len(paints)))](scene, shape)
    paint = paint + chance.normal(0, chance.uniform(0, 4), paint.shape)
    below = scene.photo.astype(np.float32)
    if chance.random() < 0.4:  # its shadow
        thrown = cv2.GaussianBlur(shape, (0, 0), 0.04 * scene.width)
        below = below * (1 - chance.uniform(0.1, 0.5) * thrown[:, :, None])
    photo = below + shape[:, :, None] * (np.clip(paint, 0, 255) - below)
    return np.clip(photo, 0, 255).astype(np.uint8), measure_shares(shape, scene.points), name


def _cut(scene: Scene, at: Points) -> tuple[Photo, Floats]:
    """End the photo at a part: beyond lies black, white, or what the border goes on with."""
    photo, chance = scene.photo.copy(), scene.chance
    quarters = int(chance.choice(4, p=(0.55, 0.15, 0.15, 0.15)))  # below, at a side, above
    turned, hidden = (np.rot90(one, quarters) for one in (photo, np.zeros(photo.shape[:2])))
    y = (at[1], scene.side - 1 - at[0], scene.side - 1 - at[1], at[0])[quarters]
    line = int(np.clip(y + chance.normal(-0.05, 0.08) * scene.width, 8, scene.side - 1))
    turned, hidden = turned.copy(), hidden.copy()
    filler = (0, 255, turned[line - 1])[int(chance.integers(3))]
    turned[line:], hidden[line:] = filler, 1
    photo = np.ascontiguousarray(np.rot90(turned, -quarters))
    return photo, measure_shares(np.rot90(hidden, -quarters).astype(np.float32), scene.points)


def _upward(scene: Scene) -> float:
    """The angle, radians, of a way that is mostly upward from the face."""
    return float(-np.pi / 2 + scene.chance.normal(0, 0.9))


def _turn(vectors: Points, angle: float) -> Points:
    """Turn vectors (n, 2) by an angle, radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return vectors @ np.array([[cosine, sine], [-sine, cosine]])


def _fill(scene: Scene, polygon: Points) -> Floats:
    cover = np.zeros((scene.side, scene.side), np.uint8)
    cv2.fillPoly(cover, [np.rint(polygon).astype(np.int32)], (255,))
    return _soften(scene, cover)


def _soften(scene: Scene, cover: Photo) -> Floats:
    """A shape (s, s) in [0, 1] of a mask of 0 and 255, with an edge that is sharp or blurred."""
    soft = max(0.5, scene.chance.choice([0.003, 0.006, 0.015]) * scene.width)
    return np.asarray(cv2.GaussianBlur(cover.astype(np.float32) / 255, (0, 0), soft), np.float32)
