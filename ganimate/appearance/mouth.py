"""What is behind the lips: teeth, gums, tongue and palate, from anatomy.

A photo of a shut mouth does not say what an open one holds, but anatomy does: where the upper teeth
stand in the head, and that the lower ones and the tongue follow the jaw. The mouth of the ICT Face
Model, placed in the mean face, is drawn as the head is held, in two layers: one that is fixed to
the head and one that moves with the jaw. The generator is given that drawing where the photo says
nothing, and makes a photo of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import FaceShape
from ganimate.face.pose import Pose, build_rotation, decompose_rotation
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point

TEETH, GUM = 0, 1  # parts of a mouth

REFLECTANCE = np.array([[236, 228, 214], [210, 130, 125]], np.float32)  # RGB of teeth, of the rest
LIGHT = np.array([0.0, -0.45, -0.9]) / np.hypot(0.45, 0.9)  # from the viewer's side, above
AMBIENT = 0.45  # of the light, on what faces away from it
DARKENING = 4.5  # per width of the face: how fast a mouth darkens inwards
SHADED_BY_CHEEKS, FRONT = 4.0, 0.06  # ... and sideways, from there on (x in the mean face)
BACK_TEETH = 0.06  # of the face's width: lower teeth so far behind the foremost are not drawn
REDDENS_BELOW, REDDENING = 0.35, 0.5  # share of the light; and how fast green and blue go first
CAVITY = np.array([36, 20, 18], np.float32)  # RGB of what is deeper than all that is drawn
GUM_LINES = (0.3, 0.475)  # y in the mean face: what is above, below them of a tooth is its root
MIDDLE = np.array([0.0, 0.37, 0.0])  # of the drawing, in the mean face: between the lips
EXTENT = 0.7  # of the face's width: side of the drawing
SCALE = 320  # px for the face's width, about that of an aligned crop
OVERSAMPLED = 2
SKIN_BRIGHTNESS = 150.0  # of 255, of a face whose mouth has the reflectance above
BRIGHTNESSES = (0.3, 1.2)  # the least and the most that a mouth has of it
LOWER_LIP, LIP_AT_REST = 14, 0.43  # landmark, and its y in the mean face while the teeth touch
# (R - G) / R: in photos of open mouths .11 to .14 of teeth and .3 of gums, medians of 1,069
TEETH_REDDEN = (0.04, 0.13)  # what teeth have of it
FLESH_REDDENS = 0.28  # ... and what the rest of a mouth has at least
TEETH_YELLOW = 0.12  # (G - B) / G, which teeth have at most
TEETH_SHADED, GUMS_SHADED = 0.45, 0.7  # of a drawing's brightness: what paint has at least
GLOWS, GLOW = 1.5, 25.0  # ... and at most: times that, and so much of 255 more
PALE = 0.15  # below it, a drawing shows teeth
LIP_COVERS = 3  # px of a generator's window: how far lips may reach over what is drawn
JAW_FOLLOWS = 0.85  # of the lower lip's way down, what the lower teeth make of it
JAW_WIDEST = 1.2
JAW_DRAWN = 0.4  # at which the lower layer is drawn; from there it is moved as it is
JAW_LENGTH = 0.137  # of the face's width: how far the lower teeth drop when it is wide open


@dataclass(frozen=True)
class Mouth:
    """A mouth in the frame of the mean face (x right, y down, z away; the face's width is 1)."""

    vertices: NDArray[np.float32]  # (v, 3) with the teeth closed
    jaw: NDArray[np.float32]  # (v, 3) displacement when the jaw is wide open, 0 in the upper jaw
    quads: NDArray[np.int64]  # (f, 4) vertices
    parts: NDArray[np.uint8]  # (f,) TEETH or GUM


@dataclass(frozen=True)
class MouthDrawing:
    """A mouth as seen from one direction, RGB times opacity and opacity, (s, s, 4) in [0, 1]."""

    upper: NDArray[np.float32]
    lower: NDArray[np.float32]
    jaw: NDArray[np.float32]  # (3,) how the lower teeth move when the jaw is wide open


@dataclass(frozen=True)
class MouthView:
    """What is behind the lips in one picture."""

    drawing: MouthDrawing
    pose: Pose  # of the head, in the picture's pixels
    jaw: float  # how far it is open, 0 to JAW_WIDEST
    light: float  # on it, see light_of()


def draw_mouth(mouth: Mouth, pose: Pose, step: float = 0.0) -> MouthDrawing:
    """Draw a mouth as a head in `pose` shows it; place() adds the roll.

    step: degrees to which yaw and pitch are rounded, 0 for not at all. Far parts come first.
    """
    turn = build_rotation(np.array([*measure_turn(pose, step), 0.0]))
    moves = np.abs(mouth.jaw).max(axis=1) > 1e-4
    of_jaw = moves[mouth.quads].sum(axis=1) >= 2
    parts = np.where(_find_roots(mouth, of_jaw), GUM, mouth.parts)
    lower_teeth = of_jaw & (mouth.parts == TEETH)
    teeth = np.unique(mouth.quads[lower_teeth])
    ajar = mouth.vertices + JAW_DRAWN * mouth.jaw  # (v, 3)
    aside = np.maximum(np.abs(ajar[:, 0]) - FRONT, 0)
    lit = np.exp(-DARKENING * (ajar[:, 2] - ajar[:, 2].min()) - SHADED_BY_CHEEKS * aside)
    points = (ajar - MIDDLE) @ turn.T
    # Tongue and cheeks hide the hindmost. Drawn, they stood in turned mouths as a grey block.
    depth = mouth.vertices[mouth.quads, 2].mean(axis=1)
    hidden = lower_teeth & (depth > mouth.vertices[teeth, 2].min() + BACK_TEETH)
    upper, lower = (
        _draw_layer(points[mouth.quads[of]], lit[mouth.quads[of]].mean(axis=1), parts[of])
        for of in (~of_jaw, of_jaw & ~hidden)
    )
    return MouthDrawing(upper, lower, mouth.jaw[teeth].mean(axis=0))


def _find_roots(mouth: Mouth, of_jaw: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(f,) the quads of teeth that are within gums. Gums have holes there; roots fill them."""
    height = mouth.vertices[mouth.quads, 1].mean(axis=1)
    above, below = GUM_LINES
    within = np.where(of_jaw, height > below, height < above)
    return np.asarray(within & (mouth.parts == TEETH), np.bool_)


def _draw_layer(
    corners: NDArray[np.float64], lit: NDArray[np.float64], parts: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """(s, s, 4) quads with corners (f, 4, 3), of some parts (f,), shaded.

    lit: (f,) the share of the light that gets there. What faces away is left out. Light that
    comes from flesh is red: so is what is in the shade.
    """
    depth = corners[:, :, 2].mean(axis=1)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    light = AMBIENT + (1 - AMBIENT) * np.clip(normals @ LIGHT, 0, 1)
    share = (lit * light)[:, None]
    reddened = np.minimum(share / REDDENS_BELOW, 1) ** REDDENING
    colours = REFLECTANCE[parts] * share * np.where([True, False, False], 1, reddened)
    side, scale = round(EXTENT * SCALE) * OVERSAMPLED, SCALE * OVERSAMPLED
    on_canvas = to_fixed_point(corners[:, :, :2] * scale + side / 2 - 0.5)
    canvas = np.zeros((side, side, 4), np.uint8)
    far_first = np.argsort(-depth)
    for quad in far_first[normals[far_first, 2] < 0].tolist():
        colour = (*colours[quad].tolist(), 255.0)
        cv2.fillConvexPoly(canvas, on_canvas[quad], colour, cv2.LINE_8, FIXED_POINT_BITS)
    small = cv2.resize(canvas, (side // OVERSAMPLED,) * 2, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def place_mouth(
    mouth: MouthView, shift: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """(h, w, 3) in [0, 255]: what it looks like from the picture's pixel `shift` (x, y) on.

    What the drawing leaves open is the dark of the throat.
    """
    result = np.full((*shape, 3), CAVITY / 255, np.float32)
    lowered = MIDDLE + (mouth.jaw - JAW_DRAWN) * mouth.drawing.jaw
    for layer, at in ((mouth.drawing.lower, lowered), (mouth.drawing.upper, MIDDLE)):
        placed = _place_layer(layer, mouth.pose, at, shift, shape)
        result *= 1 - placed[:, :, 3:]
        result += placed[:, :, :3]
    return np.float32(255 * mouth.light) * result


def _place_layer(
    layer: NDArray[np.float32],
    pose: Pose,
    at: NDArray[np.float64],
    shift: tuple[int, int],
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """A layer whose middle is at a point (3,) of the mean face, (h, w, 4)."""
    _, _, roll = decompose_rotation(pose.rotation, roll_last=True)
    turned = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    matrix = pose.scale / SCALE * turned
    middle = pose.project(np.asarray(at, np.float32)[None])[0, :2] - shift
    offset = middle - matrix @ np.full(2, len(layer) / 2 - 0.5)
    to_picture = np.concatenate([matrix, offset[:, None]], 1)
    return np.asarray(cv2.warpAffine(layer, to_picture, shape[::-1]), np.float32)


def measure_jaw(shape: FaceShape) -> float:
    """How far the jaw of a pose-normalised face (468, 3) is open, by its lower lip.

    0 where the teeth touch, 1 as wide as the ICT model's jaw opens.
    """
    way = float(shape[LOWER_LIP, 1]) - LIP_AT_REST
    return float(np.clip(JAW_FOLLOWS * way / JAW_LENGTH, 0, JAW_WIDEST))


def measure_light(crop: NDArray[np.uint8]) -> float:
    """How brightly a mouth is lit, by the skin about the nose of an aligned crop (s, s, 3)."""
    size = len(crop)
    skin = crop[size // 3 : 2 * size // 3, size // 4 : 3 * size // 4]
    return float(np.clip(skin.mean() / SKIN_BRIGHTNESS, *BRIGHTNESSES))


def measure_turn(pose: Pose, step: float = 0.0) -> tuple[float, float]:
    """Yaw and pitch in degrees by which a head is turned before it is rolled, rounded to `step`."""
    angles = np.degrees(decompose_rotation(pose.rotation, roll_last=True)[:2])  # without the roll
    yaw, pitch = (step * np.round(angles / step) if step else angles).tolist()
    return yaw, pitch


def clamp_mouth_colours(
    paint: NDArray[np.float32], given: NDArray[np.uint8], drawn: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Paint (h, w, 3) in [0, 255] with teeth no redder than teeth, flesh no less red than flesh.

    And neither much darker nor brighter than drawn: nothing black stands between teeth or in gums,
    and no tongue or hindmost tooth is as bright as those in front.
    given: (h, w, 3) the drawing, which says where teeth are; drawn: (h, w) in [0, 1] where there
    is one. In corners and between hardly parted lips, where photos show least, the generator may
    think otherwise. Of what may be lip, green and blue are cut off alone.
    """
    paint = paint - drawn[:, :, None] * np.maximum(paint - paint[:, :, :1], 0)
    side = 2 * LIP_COVERS + 1
    share = cv2.erode(drawn, np.ones((side, side), np.uint8), borderValue=(0,))[:, :, None]
    red, green, blue = (paint[:, :, channel] for channel in range(3))
    drawn_red, drawn_green = (given[:, :, channel].astype(np.float32) for channel in range(2))
    pale = drawn_red - drawn_green < PALE * drawn_red
    most, least = (1 - np.array(TEETH_REDDEN, np.float32)[:, None, None]) * red
    of_flesh = np.minimum(green, (1 - FLESH_REDDENS) * red)
    greener = np.where(pale, np.clip(green, least, most), of_flesh)
    whiter = np.maximum(blue, (1 - TEETH_YELLOW) * greener)
    bluer = np.minimum(np.where(pale, whiter, blue), greener)
    colour = np.stack([red, greener, bluer], 2)
    painted, light = np.maximum(colour.mean(axis=2), 1), given.mean(axis=2)
    darkest = np.where(pale, TEETH_SHADED, GUMS_SHADED) * light
    gain = np.clip(painted, darkest, GLOWS * light + GLOW) / painted
    return np.asarray(paint + share * (gain[:, :, None] * colour - paint), np.float32)
