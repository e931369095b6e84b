"""What is behind the lips of one picture: a drawing, placed as the head is held and lit as it is.

A photo of a shut mouth does not say what an open one holds, but anatomy does: where the upper teeth
stand in the head, and that the lower ones and the tongue follow the jaw. The drawing
(mouth_drawing.py) is put where the photo says nothing; the generator is given it there, and shades
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.lip_colour import redden_shade
from ganimate.appearance.mouth_drawing import MIDDLE, MouthDrawing, measure_yaw_pitch
from ganimate.appearance.parted_lips import (
    PartedLips,
    cast_shadow,
    cast_shadow_on_flesh,
    measure_depth,
)
from ganimate.appearance.settings import INNER_MOUTH, MouthSettings
from ganimate.arrays import FaceShape, Floats, Map
from ganimate.face.pose import Pose, build_rotation, decompose_rotation

LOWER_LIP = 14
"""The landmark at the middle of the lower lip's inner edge."""


@dataclass(frozen=True)
class MouthView:
    """What is behind the lips in one picture.

    Attributes:
        drawing: the mouth, as the head is held.
        pose: of the head, in the picture's pixels.
        jaw: how far it is open, 0 to MouthSettings.jaw_widest.
        light: (3,) red, green and blue light on it behind lips that are parted as in most smiles, 1
            for the colours that it is drawn with (compute_light).
        lips: (3,) red, green and blue of the lips, in [0, 255]: light behind them has come off such
            flesh.
        let_in: what the lips let in of that light (measure_let_in).
        parted: how the upper lip shades it; None for one that does not.
        blur: standard deviation of the picture's own blur, pixels (measure_blur).
    """

    drawing: MouthDrawing
    pose: Pose
    jaw: float
    light: Floats
    lips: Floats
    let_in: float = 1.0
    parted: PartedLips | None = None
    blur: float = 0.0


def place_mouth(mouth: MouthView, shift: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """Place a drawing in a part of a picture. What it leaves open is the dark of the throat.

    Args:
        mouth: the drawing, and where and how bright it is in the picture.
        shift: x and y of the picture's pixel at which the part begins.
        shape: (height, width) of the part.

    Returns:
        (h, w, 3) RGB in [0, 255].
    """
    left, left_on_flesh = _cast_shadows(mouth, shift, shape)
    result = _stack_layers(mouth, left_on_flesh, shift, shape)
    if mouth.blur > 0:
        result = np.asarray(cv2.GaussianBlur(result, (0, 0), mouth.blur), np.float32)
    result *= np.float32(255 * mouth.let_in) * mouth.light.astype(np.float32)
    result *= left[:, :, None]
    return _expose(redden_shade(result, mouth.light, mouth.lips), mouth.drawing.settings)


def measure_jaw(shape: FaceShape, settings: MouthSettings = INNER_MOUTH) -> float:
    """Measure how far the jaw of a pose-normalised face (468, 3) is open, by its lower lip.

    Returns:
        0 where the teeth touch, 1 as wide as the ICT model's jaw opens.
    """
    way = float(shape[LOWER_LIP, 1]) - settings.lip_at_rest
    opening = settings.jaw_follows * way / settings.jaw_length
    return float(np.clip(opening, 0, settings.jaw_widest))


def _measure_roll(pose: Pose) -> float:
    """Radians by which a head is tilted after it was turned."""
    return float(decompose_rotation(pose.rotation, roll_last=True)[2])


def _cast_shadows(
    mouth: MouthView, shift: tuple[int, int], shape: tuple[int, int]
) -> tuple[Map, Map]:
    """The shares of the light, (h, w), that the upper lip leaves: of all, and of that on flesh."""
    if mouth.parted is None:
        return np.ones(shape, np.float32), np.ones(shape, np.float32)
    roll = _measure_roll(mouth.pose)
    down = np.array([-np.sin(roll), np.cos(roll)])
    depth = measure_depth(mouth.parted, down, mouth.pose.scale, shift, shape)
    on_flesh = cast_shadow_on_flesh(mouth.parted, mouth.jaw, depth)
    taken = mouth.drawing.settings.flesh_shadow * (1 - on_flesh)
    return cast_shadow(mouth.parted, depth), 1 - taken


def _stack_layers(
    mouth: MouthView, left_on_flesh: Map, shift: tuple[int, int], shape: tuple[int, int]
) -> Floats:
    """(h, w, 3) the layers of a drawing over each other, in [0, 1] under a light of 1.

    left_on_flesh: (h, w) share of the light on flesh that the lips leave.
    """
    drawing, settings = mouth.drawing, mouth.drawing.settings
    result = np.full((*shape, 3), np.array(settings.cavity, np.float32) / 255, np.float32)
    opening = mouth.jaw - settings.jaw_drawn
    follows = settings.tongue_follows if opening > 0 else 1.0
    middle = mouth.pose.project(MIDDLE[None].astype(np.float32))[0, :2].astype(np.float64)
    lowered_by = opening * _rotate_as_drawn(mouth, drawing.jaw)
    light = float(mouth.light.max()) * mouth.let_in
    lit = min(1.0, settings.flesh_light / max(light, 1e-3)) * _compare_flesh(mouth)
    of_flesh = np.float32(lit) * left_on_flesh[:, :, None]
    of_teeth = np.float32(1)
    places = (
        (drawing.floor, middle + lowered_by, of_flesh),
        (drawing.tongue, middle + follows * lowered_by, of_flesh),
        (drawing.lower, middle + lowered_by, of_teeth),
        (drawing.upper, middle, of_teeth),
    )
    for layer, at, share in places:
        placed = _place_layer(mouth, layer, at, shift, shape)
        result *= 1 - placed[:, :, 3:]
        result += share * placed[:, :, :3]
    return result


def _compare_flesh(mouth: MouthView) -> float:
    """How light this face's gums and tongue are, over usual ones: as its lips are, but less so."""
    settings = mouth.drawing.settings
    lips = float(mouth.lips.mean()) / (255 * max(float(mouth.light.mean()), 1e-3))
    lighter = settings.flesh_by_lips * (lips - settings.usual_lips)
    return 1 + float(np.clip(lighter, -settings.flesh_differs, settings.flesh_differs))


def _expose(picture: Floats, settings: MouthSettings) -> Floats:
    """A picture (h, w, 3) of 255 in which bright light adds ever less, as cameras expose.

    Cut off channel by channel, highlights of warm teeth would turn blue when they are shaded.
    """
    brightest = np.maximum(picture.max(axis=2, keepdims=True), 1)
    room = settings.brightest - settings.dims_from
    over = np.maximum(brightest - settings.dims_from, 0)
    dimmed = np.minimum(brightest, settings.dims_from) + room * (1 - np.exp(-over / room))
    return np.asarray(picture * (dimmed / brightest), np.float32)


def _rotate_as_drawn(
    mouth: MouthView, displacement: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Take a displacement (3,) in the mean face's frame to the picture, (2,), as drawn."""
    yaw_pitch = measure_yaw_pitch(mouth.pose, settings=mouth.drawing.settings)
    turned = build_rotation(np.array([*yaw_pitch, 0.0])) @ displacement
    return np.asarray(mouth.pose.scale * _build_roll(mouth.pose) @ turned[:2])


def _build_roll(pose: Pose) -> NDArray[np.float64]:
    """(2, 2) the rotation of a picture by which a head is tilted after it was turned."""
    roll = _measure_roll(pose)
    return np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])


def _place_layer(
    mouth: MouthView,
    layer: Floats,
    at: NDArray[np.float64],
    shift: tuple[int, int],
    shape: tuple[int, int],
) -> Floats:
    """A layer of the drawing, (h, w, 4), whose middle is at a pixel (2,) of the picture."""
    matrix = mouth.pose.scale / mouth.drawing.scale * _build_roll(mouth.pose)
    offset = at - shift - matrix @ np.full(2, len(layer) / 2 - 0.5)
    to_picture = np.concatenate([matrix, offset[:, None]], 1)
    return np.asarray(cv2.warpAffine(layer, to_picture, shape[::-1]), np.float32)
