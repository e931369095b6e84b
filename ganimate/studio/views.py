"""What can be seen of a face: the result, the masks that made it, and the mesh that moved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np

from ganimate.arrays import Floats, Photo
from ganimate.errors import OutputError
from ganimate.face.alignment import fit_crop
from ganimate.numerics import FIXED_POINT_BITS, to_fixed_point
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.compositor import sample_grid
from ganimate.studio.settings import PICTURE, PictureSettings
from ganimate.studio.subject import Stance

View: TypeAlias = Callable[[Animator, Stance], Photo]
"""(animator, stance) -> (H, W, 3), a picture of the size of the animator's photo."""


@dataclass(frozen=True)
class MeshSettings:
    """How the mesh is drawn; by eye."""

    fade: float = 0.55
    """Share of the picture under the mesh that stays; larger hides the mesh in bright skin."""

    line: float = 1 / 400
    """Breadth of a line, widths of the face's box; 1 px at least."""

    opacity: float = 0.9
    """Opacity of lines on a face `clear` pixels wide or wider; larger hides more of it."""

    clear: float = 250.0
    """Width of a face in pixels below which lines are fainter, the closer they lie."""


MESH = MeshSettings()
MESH_COLOUR = (88, 196, 255)
"""Red, green and blue of the mesh's lines: what skin never is."""


def draw_result(animator: Animator, stance: Stance) -> Photo:
    """Draw the photo with its face as asked, as a frame of a clip is drawn."""
    (layer,) = animator.layers([stance.aus], [stance.drive], [stance.head])
    return draw_frame(animator, layer)


def draw_attention(animator: Animator, stance: Stance) -> Photo:
    """Draw the attention mask where the face is: white keeps the warped photo, dark is painted.

    The generator looks at a face whose head holds still.
    """
    attention = animator.masks(stance.aus, stance.drive).attention
    grey = np.repeat(np.rint(attention * 255)[:, :, None], 3, axis=2).astype(np.float32)
    return _place_crop(animator, grey, np.full_like(animator.portrait.photo, 255))


def draw_colour(animator: Animator, stance: Stance) -> Photo:
    """Draw the colour mask where the face is, and the photo around it.

    The generator looks at a face whose head holds still.
    """
    colour = animator.masks(stance.aus, stance.drive).colour.astype(np.float32)
    return _place_crop(animator, colour, animator.portrait.photo)


def draw_mesh(animator: Animator, stance: Stance) -> Photo:
    """Draw the triangles of the face as they are moved, over a faded result."""
    picture = (draw_result(animator, stance) * MESH.fade).astype(np.uint8)
    points = to_fixed_point(animator.move(stance.drive, stance.head))
    triangles = animator.models.prior.triangles
    skin = triangles[(triangles < len(points)).all(axis=1)]  # without what fills lips and lids
    width = animator.portrait.face.box.width
    thick = max(1, round(width * MESH.line))
    lined = picture.copy()
    cv2.polylines(
        lined, list(points[skin]), True, MESH_COLOUR, thick, cv2.LINE_AA, shift=FIXED_POINT_BITS
    )
    opacity = MESH.opacity * min(1.0, width / MESH.clear)
    return np.asarray(cv2.addWeighted(lined, opacity, picture, 1 - opacity, 0), np.uint8)


VIEWS: Mapping[str, View] = MappingProxyType(
    {
        "result": draw_result,
        "attention": draw_attention,
        "colour": draw_colour,
        "mesh": draw_mesh,
    }
)
"""Name of a view -> what draws it."""


def encode_quickly(picture: Photo, settings: PictureSettings = PICTURE) -> bytes:
    """Encode a picture (H, W, 3) as JPEG."""
    return _encode(picture, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, settings.quality])


def encode_exactly(picture: Photo, settings: PictureSettings = PICTURE) -> bytes:
    """Encode a picture (H, W, 3) as PNG, every pixel as it is."""
    return _encode(picture, ".png", [cv2.IMWRITE_PNG_COMPRESSION, settings.compression])


def _encode(picture: Photo, suffix: str, options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise OutputError("the picture cannot be encoded: try a smaller photo")
    return data.tobytes()


def _place_crop(animator: Animator, crop: Floats, ground: Photo) -> Photo:
    """Lay a picture of the generator's crop (s, s, 3) where the face is on a ground (H, W, 3)."""
    height, width = ground.shape[:2]
    to_crop = fit_crop(animator.portrait.face.landmarks, len(crop))
    opaque = np.concatenate([crop, np.full((*crop.shape[:2], 1), 1, np.float32)], 2)
    laid = sample_grid(opaque, to_crop, (width, height))
    return np.rint(laid[:, :, :3] + (1 - laid[:, :, 3:]) * ground).clip(0, 255).astype(np.uint8)
