"""What is behind the lips: teeth, gums, tongue and palate, from anatomy.

A photo of a shut mouth does not say what an open one holds, but anatomy does: where the upper teeth
stand in the head, and that the lower ones and the tongue follow the jaw. The mouth of the ICT Face
Model (Li et al., "Learning Formation of Physically-Based Face Attributes", CVPR 2020), placed in
the mean face, is drawn as the head is held, in two layers: one that is fixed to the head and one
that moves with the jaw. The generator is given that drawing where the photo says nothing, and makes
a photo of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.settings import INNER_MOUTH, MouthSettings
from ganimate.arrays import FaceShape, Floats, Photo
from ganimate.face.pose import Pose, build_rotation, decompose_rotation
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point

TEETH, GUM = 0, 1
"""Parts of a mouth."""

MIDDLE = np.array([0.0, 0.37, 0.0])
"""(3,) the middle of a drawing in the mean face: between the lips."""

EXTENT = 0.7
"""Side of a drawing as a share of the face's width: the whole mouth, wide open and turned."""

SCALE = 320
"""Pixels of a drawing for the face's width, about those of the crop that the generator sees."""

OVERSAMPLING = 2
"""Times as fine as that quads are drawn, and then averaged: they are drawn without soft edges."""

LOWER_LIP = 14
"""The landmark at the middle of the lower lip's inner edge."""

MOVES = 1e-4
"""Displacement, as a share of the face's width, from which a vertex belongs to the jaw."""


@dataclass(frozen=True)
class Mouth:
    """A mouth in the frame of the mean face (x right, y down, z away; the face's width is 1).

    Attributes:
        vertices: (v, 3) with the teeth closed.
        jaw: (v, 3) displacement when the jaw is wide open, 0 in the upper jaw.
        quads: (f, 4) vertices.
        parts: (f,) TEETH or GUM.
    """

    vertices: Floats
    jaw: Floats
    quads: NDArray[np.int64]
    parts: NDArray[np.uint8]


@dataclass(frozen=True)
class MouthDrawing:
    """A mouth as seen from one direction.

    Attributes:
        upper: (s, s, 4) in [0, 1], RGB times opacity and opacity, of what is fixed to the head.
        lower: (s, s, 4) RGB times opacity and opacity of what moves with the jaw, a little open.
        jaw: (3,) how the lower teeth move when the jaw is wide open, in the mean face.
        settings: what it was drawn with.
    """

    upper: Floats
    lower: Floats
    jaw: Floats
    settings: MouthSettings = INNER_MOUTH


@dataclass(frozen=True)
class MouthView:
    """What is behind the lips in one picture.

    Attributes:
        drawing: the mouth, as the head is held.
        pose: of the head, in the picture's pixels.
        jaw: how far it is open, 0 to MouthSettings.jaw_widest.
        light: how brightly it is lit, 1 for the colours that it is drawn with (measure_light).
    """

    drawing: MouthDrawing
    pose: Pose
    jaw: float
    light: float


def draw_mouth(
    mouth: Mouth, pose: Pose, step: float = 0.0, settings: MouthSettings = INNER_MOUTH
) -> MouthDrawing:
    """Draw a mouth as a head shows it, without its roll, which place_mouth() adds.

    Args:
        mouth: in the mean face.
        pose: of the head.
        step: degrees to which yaw and pitch are rounded, 0 for not at all.
        settings: its colours and its light.
    """
    turn = build_rotation(np.array([*measure_yaw_pitch(pose, step), 0.0]))
    moves = np.abs(mouth.jaw).max(axis=1) > MOVES
    of_jaw = moves[mouth.quads].sum(axis=1) >= 2
    parts = np.where(_find_roots(mouth, of_jaw, settings), GUM, mouth.parts)
    lower_teeth = of_jaw & (mouth.parts == TEETH)
    teeth = np.unique(mouth.quads[lower_teeth])
    ajar = mouth.vertices + settings.jaw_drawn * mouth.jaw  # (v, 3)
    lit = _shade_inwards(ajar, settings)
    points = (ajar - MIDDLE) @ turn.T
    # Tongue and cheeks hide the hindmost. Drawn, they stood in turned mouths as a grey block.
    depth = mouth.vertices[mouth.quads, 2].mean(axis=1)
    hidden = lower_teeth & (depth > mouth.vertices[teeth, 2].min() + settings.back_teeth)
    upper, lower = (
        _draw_layer(points[mouth.quads[of]], lit[mouth.quads[of]].mean(axis=1), parts[of], settings)
        for of in (~of_jaw, of_jaw & ~hidden)
    )
    jaw = mouth.jaw[teeth].mean(axis=0)
    return MouthDrawing(upper=upper, lower=lower, jaw=jaw, settings=settings)


def place_mouth(mouth: MouthView, shift: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """Place a drawing in a part of a picture. What it leaves open is the dark of the throat.

    Args:
        mouth: the drawing, and where and how bright it is in the picture.
        shift: x and y of the picture's pixel at which the part begins.
        shape: (height, width) of the part.

    Returns:
        (h, w, 3) RGB in [0, 255].
    """
    settings = mouth.drawing.settings
    cavity = np.array(settings.cavity, np.float32)
    result = np.full((*shape, 3), cavity / 255, np.float32)
    lowered = MIDDLE + (mouth.jaw - settings.jaw_drawn) * mouth.drawing.jaw
    for layer, at in ((mouth.drawing.lower, lowered), (mouth.drawing.upper, MIDDLE)):
        placed = _place_layer(layer, mouth.pose, at, shift, shape)
        result *= 1 - placed[:, :, 3:]
        result += placed[:, :, :3]
    return np.float32(255 * mouth.light) * result


def measure_jaw(shape: FaceShape, settings: MouthSettings = INNER_MOUTH) -> float:
    """Measure how far the jaw of a pose-normalised face (468, 3) is open, by its lower lip.

    Returns:
        0 where the teeth touch, 1 as wide as the ICT model's jaw opens.
    """
    way = float(shape[LOWER_LIP, 1]) - settings.lip_at_rest
    opening = settings.jaw_follows * way / settings.jaw_length
    return float(np.clip(opening, 0, settings.jaw_widest))


def measure_light(crop: Photo, settings: MouthSettings = INNER_MOUTH) -> float:
    """Measure how brightly a mouth is lit, by the skin about the nose of an aligned crop.

    Args:
        crop: (s, s, 3).
        settings: the skin on which a mouth has the colours that it is drawn with.

    Returns:
        What those colours are multiplied by.
    """
    size = len(crop)
    skin = crop[size // 3 : 2 * size // 3, size // 4 : 3 * size // 4]
    return float(np.clip(skin.mean() / settings.skin_brightness, *settings.brightness_range))


def measure_yaw_pitch(pose: Pose, step: float = 0.0) -> tuple[float, float]:
    """Measure by how many degrees a head is turned and nods before it is rolled.

    Pose.yaw and Pose.pitch are those of a head that is rolled first.

    Args:
        pose: of the head.
        step: degrees to which both are rounded, 0 for not at all.
    """
    angles = np.degrees(decompose_rotation(pose.rotation, roll_last=True)[:2])
    yaw, pitch = (step * np.round(angles / step) if step else angles).tolist()
    return yaw, pitch


def _find_roots(
    mouth: Mouth, of_jaw: NDArray[np.bool_], settings: MouthSettings
) -> NDArray[np.bool_]:
    """(f,) the quads of teeth that are within gums. Gums have holes there; roots fill them."""
    height = mouth.vertices[mouth.quads, 1].mean(axis=1)
    above, below = settings.gum_lines
    within = np.where(of_jaw, height > below, height < above)
    return np.asarray(within & (mouth.parts == TEETH), np.bool_)


def _shade_inwards(vertices: Floats, settings: MouthSettings) -> Floats:
    """(v,) the share of the light that gets to vertices (v, 3) between lips and cheeks."""
    aside = np.maximum(np.abs(vertices[:, 0]) - settings.front, 0)
    inwards = vertices[:, 2] - vertices[:, 2].min()
    falls_by = settings.darkening * inwards + settings.cheek_darkening * aside
    return np.asarray(np.exp(-falls_by), np.float32)


def _draw_layer(
    corners: NDArray[np.float64],
    lit: NDArray[np.float64],
    parts: NDArray[np.uint8],
    settings: MouthSettings,
) -> Floats:
    """(s, s, 4) quads with corners (f, 4, 3), of some parts (f,), shaded, the farthest first.

    lit: (f,) the share of the light that gets there. What faces away is left out. Light that
    comes from flesh is red: so is what is in the shade.
    """
    depth = corners[:, :, 2].mean(axis=1)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    colours = _shade_quads(normals, lit, parts, settings)
    side, scale = round(EXTENT * SCALE) * OVERSAMPLING, SCALE * OVERSAMPLING
    on_canvas = to_fixed_point(corners[:, :, :2] * scale + side / 2 - 0.5)
    canvas = np.zeros((side, side, 4), np.uint8)
    far_first = np.argsort(-depth)
    for quad in far_first[normals[far_first, 2] < 0].tolist():
        colour = (*colours[quad].tolist(), 255.0)
        cv2.fillConvexPoly(canvas, on_canvas[quad], colour, cv2.LINE_8, FIXED_POINT_BITS)
    small = cv2.resize(canvas, (side // OVERSAMPLING,) * 2, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def _shade_quads(
    normals: NDArray[np.float64],
    lit: NDArray[np.float64],
    parts: NDArray[np.uint8],
    settings: MouthSettings,
) -> NDArray[np.float64]:
    """(f, 3) colours in [0, 255] of quads with unit normals (f, 3)."""
    reflectance = np.array([settings.teeth, settings.flesh], np.float32)
    x, y, z = settings.light_direction
    towards = np.array([x, y, z]) / np.hypot(y, z)
    light = settings.ambient + (1 - settings.ambient) * np.clip(normals @ towards, 0, 1)
    share = (lit * light)[:, None]
    reddened = np.minimum(share / settings.reddens_below, 1) ** settings.reddening
    colours = reflectance[parts] * share * np.where([True, False, False], 1, reddened)
    return np.asarray(colours, np.float64)


def _place_layer(
    layer: Floats,
    pose: Pose,
    at: NDArray[np.float64],
    shift: tuple[int, int],
    shape: tuple[int, int],
) -> Floats:
    """A layer whose middle is at a point (3,) of the mean face, (h, w, 4)."""
    _, _, roll = decompose_rotation(pose.rotation, roll_last=True)
    turned = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    matrix = pose.scale / SCALE * turned
    middle = pose.project(np.asarray(at, np.float32)[None])[0, :2] - shift
    offset = middle - matrix @ np.full(2, len(layer) / 2 - 0.5)
    to_picture = np.concatenate([matrix, offset[:, None]], 1)
    return np.asarray(cv2.warpAffine(layer, to_picture, shape[::-1]), np.float32)
