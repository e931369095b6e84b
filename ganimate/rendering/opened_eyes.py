"""Eyes that open, where the photo shows lashes rather than eyes: drawn, and laid in their place."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ganimate.appearance.colour_line import ColourLine
from ganimate.appearance.eyeball import Eyeball, draw_eyeball
from ganimate.appearance.lashes import trace_lashes
from ganimate.arrays import Floats
from ganimate.face.landmarks import LIDS_OF_SIDE, OPENINGS
from ganimate.rendering.layer import Patch
from ganimate.rendering.slits import SlitGrid
from ganimate.warp.mesh import Mesh


def lay_opened_eyes(
    slits: Sequence[SlitGrid],
    mesh: Mesh,
    eyeballs: Sequence[Eyeball],
    lashes: float,
    blur: float,
    line: ColourLine | None,
) -> tuple[Patch, ...]:
    """Lay eyeballs where lids open over what the photo does not show, and the lashes above them.

    Args:
        slits: the finer grids, one for each of OPENINGS.
        mesh: of the face, in photo pixels.
        eyeballs: what the eyes are drawn with, one for each of LIDS_OF_SIDE.
        lashes: share of the light that the lashes take.
        blur: of the photo, standard deviation in its pixels.
        line: what all colours of the photo lie on; None for a photo with colours.
    """
    patches = []
    for lids, eyeball in zip(LIDS_OF_SIDE, eyeballs, strict=True):
        grid = slits[OPENINGS.index(lids)]
        on_grid, (height, width) = mesh.on(grid.to_grid), grid.share.shape
        paint = draw_eyeball(eyeball, on_grid.turned, on_grid.target, lids, (height, width))
        if paint is None:
            continue
        if line is not None:
            paint[:, :, :3] = _project(line, paint)
        share = float(paint[:, :, 3].max())
        left = 1 - share * trace_lashes(on_grid.target, lids, (height, width), lashes)
        paint[:, :, :3] *= left[:, :, None]
        paint[:, :, 3] = 1 - (1 - paint[:, :, 3]) * left
        soft = cv2.GaussianBlur(paint, (0, 0), max(0.3, blur * grid.to_grid.scale))
        patches.append(Patch(grid.to_grid, np.asarray(soft * grid.share[:, :, None], np.float32)))
    return tuple(patches)


def _project(line: ColourLine, paint: Floats) -> Floats:
    """Put the colours of paint (h, w, 4) on a line, (h, w, 3) times opacity."""
    opacity = paint[:, :, 3:]
    return line.project(paint[:, :, :3] / np.maximum(opacity, 1e-6)) * opacity
