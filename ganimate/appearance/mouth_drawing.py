"""The drawing of what is behind the lips, from anatomy: teeth, gums, tongue and palate.

The mouth of the ICT Face Model (Li et al., "Learning Formation of Physically-Based Face
Attributes", CVPR 2020), placed in the mean face, is drawn as a head is held, in layers: what is
fixed to the head, what moves with the jaw, and the tongue. Surfaces are smooth: colours come from
the interpolated normals of each pixel (Phong, "Illumination for Computer Generated Pictures",
1975), not from each quad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.appearance.mouth_anatomy import (
    GUM,
    TEETH,
    TONGUE,
    Mouth,
    find_hindmost,
    find_moving,
    find_parts,
    measure_heights,
    measure_tongue,
)
from ganimate.appearance.settings import INNER_MOUTH, MouthSettings
from ganimate.arrays import Floats
from ganimate.face.pose import Pose, build_rotation, decompose_rotation
from ganimate.numerics import FIXED_POINT_BITS, fall, rise, to_fixed_point

MIDDLE = np.array([0.0, 0.37, 0.0])
"""(3,) the middle of a drawing in the mean face: between the lips."""

EXTENT = 0.7
"""Side of a drawing as a share of the face's width: the whole mouth, wide open and turned."""

SCALE = 320
"""Pixels of a drawing for the face's width, about those of the crop that the generator sees."""

OVERSAMPLING = 2
"""Times as fine as that quads are drawn, and then averaged: they are drawn without soft edges."""


@dataclass(frozen=True)
class MouthDrawing:
    """A mouth as seen from one direction.

    Attributes:
        upper: (s, s, 4) in [0, 1], RGB times opacity and opacity, of what is fixed to the head.
        floor: (s, s, 4) RGB times opacity and opacity of lower gums and tongue, which move with the
            jaw, a little open.
        tongue: (s, s, 4) the same of the tongue alone, which follows the jaw less.
        lower: (s, s, 4) the same of the lower teeth.
        jaw: (3,) how the lower teeth move when the jaw is wide open, in the mean face.
        scale: pixels for the face's width.
        settings: what it was drawn with.
    """

    upper: Floats
    floor: Floats
    tongue: Floats
    lower: Floats
    jaw: Floats
    scale: int = SCALE
    settings: MouthSettings = INNER_MOUTH


@dataclass(frozen=True)
class _Surface:
    """What is interpolated between the vertices of a mouth.

    Attributes:
        points: (v, 3) as the head is turned, about MIDDLE.
        normals: (v, 3) of unit length, likewise turned.
        lit: (v,) share of the light that gets there.
        height: (v,) of teeth, 0 at the gums and 1 at the edge.
        aside: (v,) x in the mean face.
        depth: (v,) z in the mean face.
        tongue: (v,) in [0, 1] how surely it is the tongue's.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    lit: NDArray[np.float64]
    height: NDArray[np.float64]
    aside: NDArray[np.float64]
    depth: NDArray[np.float64]
    tongue: NDArray[np.float64]


def draw_mouth(
    mouth: Mouth,
    pose: Pose,
    step: float = 0.0,
    scale: int = SCALE,
    settings: MouthSettings = INNER_MOUTH,
) -> MouthDrawing:
    """Draw a mouth as a head shows it, without its roll, which place_mouth() adds.

    Args:
        mouth: in the mean face.
        pose: of the head.
        step: degrees to which yaw and pitch are rounded, 0 for not at all.
        scale: pixels for the face's width.
        settings: its colours and its light.
    """
    turn = build_rotation(np.array([*measure_yaw_pitch(pose, step, settings), 0.0]))
    moves, of_jaw = find_moving(mouth)
    teeth = np.unique(mouth.quads[of_jaw & (mouth.parts == TEETH)])
    parts = find_parts(mouth, of_jaw, settings)
    surface = _build_surface(mouth, moves, turn, settings)
    front = of_jaw & (parts == TEETH)
    layers = (~of_jaw, of_jaw & ~front, parts == TONGUE, front)
    upper, floor, tongue, lower = (
        _draw_layer(surface, mouth.quads[of], parts[of], scale, settings) for of in layers
    )
    lower[:, :, :3] *= np.array(settings.lower_light, np.float32)
    floor = np.asarray(cv2.GaussianBlur(floor, (0, 0), settings.gums_softness * scale), np.float32)
    return MouthDrawing(
        upper=upper,
        floor=floor,
        tongue=tongue,
        lower=lower,
        jaw=mouth.jaw[teeth].mean(axis=0),
        scale=scale,
        settings=settings,
    )


def measure_yaw_pitch(
    pose: Pose, step: float = 0.0, settings: MouthSettings = INNER_MOUTH
) -> tuple[float, float]:
    """Measure by how many degrees the mouth of a head is turned and nods before it is rolled.

    Pose.yaw and Pose.pitch are those of a head that is rolled first. A mouth nods less than its
    head: from far below, or above, a drawing would show nothing but its throat or its lower teeth.

    Args:
        pose: of the head.
        step: degrees to which both are rounded, 0 for not at all.
        settings: how far a mouth nods at most.
    """
    yaw, pitch = np.degrees(decompose_rotation(pose.rotation, roll_last=True)[:2])
    angles = np.array([yaw, settings.most_nod * np.tanh(pitch / settings.most_nod)])
    yaw, pitch = (step * np.round(angles / step) if step else angles).tolist()
    return yaw, pitch


def _build_surface(
    mouth: Mouth, moves: NDArray[np.bool_], turn: NDArray[np.float64], settings: MouthSettings
) -> _Surface:
    """What is interpolated, of a mouth that is turned, whose vertices `moves` (v,) are ajar."""
    hindmost = find_hindmost(mouth, settings)
    flat = _flatten(mouth.vertices, hindmost, settings)
    ajar = flat + settings.jaw_drawn * mouth.jaw  # (v, 3)
    points = (_lengthen_crowns(mouth, ajar, moves, settings) - MIDDLE) @ turn.T
    aside = np.maximum(np.abs(ajar[:, 0]) - settings.front, 0)
    inwards = ajar[:, 2] - ajar[:, 2].min()
    return _Surface(
        points=points,
        normals=np.where(
            hindmost[:, None],
            turn @ np.array([0.0, -1.0, 0.0]),
            _compute_normals(points, mouth.quads),
        ),
        lit=np.exp(-(settings.darkening * inwards + settings.cheek_darkening * aside)),
        height=measure_heights(mouth, moves, settings),
        aside=ajar[:, 0].astype(np.float64),
        depth=ajar[:, 2].astype(np.float64),
        tongue=measure_tongue(mouth, settings),
    )


def _flatten(vertices: Floats, hindmost: NDArray[np.bool_], settings: MouthSettings) -> Floats:
    """Vertices (v, 3) of which the hindmost lower teeth, (v,), are no higher than the gums."""
    flat = vertices.copy()
    low = np.maximum(flat[:, 1], np.float32(settings.gum_lines[1]))
    flat[:, 1] = np.where(hindmost, low, flat[:, 1])
    return flat


def _lengthen_crowns(
    mouth: Mouth, ajar: Floats, moves: NDArray[np.bool_], settings: MouthSettings
) -> NDArray[np.float64]:
    """Vertices (v, 3) whose upper teeth are longer: edges stay, gums and palate go up with them."""
    longer = ajar.astype(np.float64)
    upper = np.setdiff1d(mouth.quads[mouth.parts == TEETH], np.flatnonzero(moves))
    above_edge = longer[upper, 1].max() - longer[:, 1]
    longer[:, 1] -= np.where(moves, 0, (settings.crowns - 1) * above_edge)
    return longer


def _compute_normals(points: NDArray[np.float64], quads: NDArray[np.int64]) -> NDArray[np.float64]:
    """(v, 3) unit normals of vertices (v, 3): the means of those of their quads, by area."""
    diagonals = points[quads[:, 2:]] - points[quads[:, :2]]
    normals = np.zeros_like(points)
    np.add.at(normals, quads, np.cross(diagonals[:, 0], diagonals[:, 1])[:, None])
    return _normalise(normals)


def _draw_layer(
    surface: _Surface,
    quads: NDArray[np.int64],
    parts: NDArray[np.uint8],
    scale: int,
    settings: MouthSettings,
) -> Floats:
    """(s, s, 4) quads (f, 4) of some parts (f,), the farthest first, none that faces away."""
    fine = scale * OVERSAMPLING
    side = round(EXTENT * scale) * OVERSAMPLING
    places = surface.points[:, :2] * fine + side / 2 - 0.5  # (v, 2)
    shown = _draw_quads(surface.points, places, quads, side)
    rows, columns = np.nonzero(shown)
    quad = shown[rows, columns].astype(np.int64) - 1
    corners, weights = _weigh_corners(places, quads[quad], np.stack([columns, rows], 1))
    colours, tongue = _shade_pixels(surface, corners, weights, parts[quad], settings)
    opacity = tongue if (parts == TONGUE).all() else np.ones_like(tongue)
    canvas = np.zeros((side, side, 4), np.float32)
    canvas[rows, columns, :3] = colours * opacity[:, None]
    canvas[rows, columns, 3] = opacity
    return np.asarray(
        cv2.resize(canvas, (side // OVERSAMPLING,) * 2, interpolation=cv2.INTER_AREA), np.float32
    )


def _draw_quads(
    points: NDArray[np.float64],
    places: NDArray[np.float64],
    quads: NDArray[np.int64],
    side: int,
) -> Floats:
    """(side, side) which of the quads (f, 4) is seen at each pixel, from 1; 0 for none."""
    corners = points[quads]
    facing = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])[:, 2] < 0
    far_first = np.argsort(-corners[:, :, 2].mean(axis=1))
    outlines = to_fixed_point(places[quads])
    canvas = np.zeros((side, side), np.float32)
    for quad in far_first[facing[far_first]].tolist():
        cv2.fillConvexPoly(canvas, outlines[quad], quad + 1.0, cv2.LINE_8, FIXED_POINT_BITS)
    return canvas


def _weigh_corners(
    places: NDArray[np.float64], quads: NDArray[np.int64], pixels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The triangle of each pixel's quad that the pixel lies in, and its barycentric weights.

    Args:
        places: (v, 2) of vertices, pixels.
        quads: (n, 4) the quad that each pixel shows.
        pixels: (n, 2) x and y.

    Returns:
        (n, 3) vertices, and (n, 3) weights that sum to 1.
    """
    halves = quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]
    first, second = (_compute_barycentric(places[half], pixels) for half in halves)
    in_first = (first.min(axis=1) >= second.min(axis=1))[:, None]
    weights = np.where(in_first, first, second).clip(0, 1)
    return np.where(in_first, *halves), weights / weights.sum(axis=1, keepdims=True)


def _compute_barycentric(
    corners: NDArray[np.float64], pixels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, 3) barycentric coordinates of pixels (n, 2) in triangles (n, 3, 2)."""
    one, other = (corners[:, 1:] - corners[:, :1]).transpose(1, 0, 2)
    to_pixel = pixels - corners[:, 0]

    def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], np.float64)

    area = cross(one, other)
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)  # a quad may have two corners in one place
    second, third = cross(to_pixel, other) / area, cross(one, to_pixel) / area
    return np.stack([1 - second - third, second, third], 1)


def _shade_pixels(
    surface: _Surface,
    corners: NDArray[np.int64],
    weights: NDArray[np.float64],
    parts: NDArray[np.uint8],
    settings: MouthSettings,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 3) colours in [0, 1] of pixels, diffuse and specular light on what they show.

    Light that comes from flesh is red: so is what is in the shade. Beside them, (n,), how surely
    each pixel is the tongue's, which turns into gums little by little.
    """

    def interpolate(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.einsum("nk...,nk->n...", values[corners], weights))

    normals = _normalise(interpolate(surface.normals))
    lit = interpolate(surface.lit)
    of_flesh = lit**settings.flesh_lit * rise(lit, 0, settings.throat)
    depth = interpolate(surface.depth)
    behind = np.maximum(depth - settings.tongue_lit, 0)
    tongue = np.where(parts == TONGUE, interpolate(surface.tongue), 0)
    of_flesh *= np.exp(-settings.tongue_darkening * behind * tongue)
    lit = np.where(parts == TEETH, lit, of_flesh)
    towards = _normalise(np.array(settings.light_direction)[None])[0]
    halfway = _normalise((towards - np.array([0, 0, 1]))[None])[0]
    light = settings.ambient + (1 - settings.ambient) * np.clip(normals @ towards, 0, 1)
    share = (lit * light)[:, None]
    reddened = np.minimum(share / settings.reddens_below, 1) ** settings.reddening
    colours = _colour_pixels(
        interpolate(surface.height),
        interpolate(surface.aside),
        depth,
        parts,
        tongue,
        settings,
    )
    diffuse = colours * share * np.where([True, False, False], 1, reddened)
    gloss, shininess = (
        _mix_tongue(np.array(of_parts), parts, tongue)
        for of_parts in (settings.gloss, settings.shininess)
    )
    specular = lit * gloss * np.clip(normals @ halfway, 0, 1) ** shininess
    return np.asarray((diffuse / 255 + specular[:, None]).clip(0, 1)), tongue


def _mix_tongue(
    of_parts: NDArray[np.float64], parts: NDArray[np.uint8], tongue: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, ...) what each pixel's part has of of_parts (4, ...); tongue (n,) mixes with gums."""
    share = tongue.reshape(-1, *[1] * (of_parts.ndim - 1))
    mixed = (1 - share) * of_parts[GUM] + share * of_parts[TONGUE]
    of_tongue = (parts == TONGUE).reshape(share.shape)
    return np.asarray(np.where(of_tongue, mixed, of_parts[parts]))


def _colour_pixels(
    height: NDArray[np.float64],
    aside: NDArray[np.float64],
    depth: NDArray[np.float64],
    parts: NDArray[np.uint8],
    tongue: NDArray[np.float64],
    settings: MouthSettings,
) -> NDArray[np.float64]:
    """(n, 3) colours in [0, 255] under full light.

    Enamel is warmer beside the gums, where dentine shines through, and thinner at the edge. A
    tongue has a groove along its middle.
    """
    of_parts = np.array([settings.teeth, settings.flesh, settings.tongue, settings.palate])
    colours = _mix_tongue(of_parts, parts, tongue)
    warm = fall(height, 0, settings.dentine_reaches)[:, None] * np.array(settings.dentine)
    thin = rise(height, settings.edge_begins, 1)[:, None] * np.array(settings.edge)
    teeth = (parts == TEETH)[:, None]
    colours = np.where(teeth, colours * (1 - warm) * (1 - thin), colours)
    groove = np.exp(-((aside / settings.groove_width) ** 2)) * rise(depth, 0, settings.groove_from)
    dark = settings.groove * groove * tongue
    return np.asarray(colours * (1 - dark[:, None]))


def _normalise(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Vectors (n, 3) at unit length."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / (length + 1e-12), np.float64)
