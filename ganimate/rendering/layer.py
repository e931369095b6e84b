"""What one frame does to the photo around one face: warp, gains, paint."""

from __future__ import annotations

from dataclasses import dataclass

from ganimate.appearance.gain import Gain
from ganimate.appearance.grain import Grain
from ganimate.appearance.lid_lashes import Retouch
from ganimate.arrays import Floats, Map, Photo
from ganimate.numerics import Affine2D


@dataclass(frozen=True)
class GridField:
    """A warp on a grid of its own.

    Attributes:
        to_grid: photo pixels to those of the grid.
        field: (h, w, 2), where in the photo each pixel comes from less where it lies, photo
            pixels.
    """

    to_grid: Affine2D
    field: Floats


@dataclass(frozen=True)
class SlitWarp:
    """A finer warp about an eye or the lips.

    Lids slide over the eyeball and lips over teeth, and a coarse grid would mix them.

    Attributes:
        to_grid: photo pixels to those of the grid.
        field: (h, w, 3), source less target in photo pixels times a share, and the share.
    """

    to_grid: Affine2D
    field: Floats


@dataclass(frozen=True)
class Patch:
    """What is painted in one window, or over a lid.

    Attributes:
        to_window: photo pixels to those of the window.
        paint: (h, w, 4), RGB to add, and the share of the warped photo to drop first.
    """

    to_window: Affine2D
    paint: Floats


@dataclass(frozen=True)
class GrainPatch:
    """Where a window shows what the photo does not, and is as grainy as the photo.

    Attributes:
        to_window: photo pixels to those of the window.
        share: (h, w) in [0, 1], of each pixel that the photo does not say.
        grain: of the photo.
    """

    to_window: Affine2D
    share: Map
    grain: Grain


@dataclass(frozen=True)
class Softening:
    """Where a frame would be sharper than its photo, and is blurred.

    Attributes:
        to_grid: photo pixels to those of the grid.
        share: (h, w) in [0, 1], how far each pixel is blurred.
        blur: standard deviation, photo pixels.
    """

    to_grid: Affine2D
    share: Map
    blur: float


@dataclass(frozen=True)
class WornGlasses:
    """Glasses that a face moves behind.

    Attributes:
        bare: the photo without them, which is warped in its place.
        patch: lays them over all else; over a face that has not moved, it gives the photo.
    """

    bare: Photo
    patch: Patch


@dataclass(frozen=True)
class Share:
    """How far a face has the pixels around it to itself, where other faces are near.

    Attributes:
        to_grid: photo pixels to those of the grid.
        share: (h, w) in [0, 1], of its motion and paint; 0 within another face.
    """

    to_grid: Affine2D
    share: Map


@dataclass(frozen=True)
class Layer:
    """What one frame does to the photo around one face.

    Attributes:
        warp: the warp of the whole face; None for a face that is only painted.
        slits: finer warps about eyes and lips.
        lines: gains of the photo's own lines, which the warp takes along.
        retouches: what is added to the photo first, which the warp takes along, too.
        shade: the gain of its creases, after the warp.
        patches: what is painted over all that.
        grains: noise on what is painted.
        laid: what is laid over that: teeth of the photo, lashes, the line between lips.
        softened: what of that is blurred, as the photo is.
        glasses: what of the photo is not warped; None if the face wears none that were found.
        share: what of all that counts where; None for all of it everywhere.
    """

    warp: GridField | None
    slits: tuple[SlitWarp, ...] = ()
    lines: tuple[Gain, ...] = ()
    retouches: tuple[Retouch, ...] = ()
    shade: Gain | None = None
    patches: tuple[Patch, ...] = ()
    grains: tuple[GrainPatch, ...] = ()
    laid: tuple[Patch, ...] = ()
    softened: tuple[Softening, ...] = ()
    glasses: WornGlasses | None = None
    share: Share | None = None

    @property
    def changes(self) -> bool:
        """Whether it does anything to the photo."""
        moves = self.warp is not None and self.warp.field.any()
        painted = self.patches or self.laid or self.softened or self.shade
        return bool(moves or painted or self.lines or self.retouches)
