"""Doing to the photo what a frame does to it: warp, gains and paint, strip by strip.

A frame is composed at the photo's own size, a few rows at a time, so that memory does not follow
the photo's size. On a photo as coarse as the generator's crop this is Eq. 1 of GANimation; on a
finer one the warped photo brings its detail along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from ganimate.appearance.gain import apply_gain, sample_gain
from ganimate.appearance.grain import sample_grain
from ganimate.appearance.settings import RGB
from ganimate.arrays import Floats, Map, Photo
from ganimate.numerics import Affine2D, rise
from ganimate.rendering.edges import soften_edges
from ganimate.rendering.layer import Layer, Patch, Share, SlitWarp, Softening
from ganimate.rendering.settings import COMPOSITOR, CompositorSettings

Area = tuple[slice, slice]
"""Rows and columns of the photo."""


def compose_layer(
    photo: Photo, frame: Photo, layer: Layer, settings: CompositorSettings = COMPOSITOR
) -> None:
    """Move and paint a face in `frame`, a copy of `photo`, in place."""
    compose_layers(photo, frame, [layer], settings)


def compose_layers(
    photo: Photo, frame: Photo, layers: Sequence[Layer], settings: CompositorSettings = COMPOSITOR
) -> None:
    """Move and paint the faces of a photo in `frame`, a copy of `photo`, in place.

    All are moved before any is painted, and where two of them move a pixel, it goes the way of
    both: what one face's strips overlap of another's shows that, too.
    """
    layers = [layer for layer in layers if layer.changes]
    for index, layer in enumerate(layers):
        if layer.warp is not None:
            others = [*layers[:index], *layers[index + 1 :]]
            for area in _list_strips(layer.warp.to_grid, layer.warp.field, photo, settings.strip):
                _warp_strip(photo, frame, layer, others, area)
    for layer in layers:
        if layer.shade is not None:
            for area in _list_strips(layer.shade.to_grid, layer.shade.gain, photo, settings.strip):
                gain = _sample_strip(layer.shade.gain, layer.shade.to_grid, area)
                gain = _keep_share(gain, layer.share, area)
                frame[area] = apply_gain(frame[area], gain, layer.shade.tint)
        _lay_patches(photo, frame, layer, layer.patches, settings)
        for patch in layer.grains:
            for area in _list_strips(patch.to_window, patch.share, photo, settings.strip):
                share = _sample_strip(patch.share, patch.to_window, area)
                share = _keep_share(share, layer.share, area)
                frame[area] = _roughen_strip(frame[area], share, sample_grain(patch.grain, area))
        _lay_patches(photo, frame, layer, layer.laid, settings)
        for one in layer.softened:
            _soften(frame, layer, one)
        glasses = [] if layer.glasses is None else [layer.glasses.patch]
        _lay_patches(photo, frame, layer, glasses, settings)


def _lay_patches(
    photo: Photo,
    frame: Photo,
    layer: Layer,
    patches: Sequence[Patch],
    settings: CompositorSettings,
) -> None:
    """Paint patches of a layer over `frame`, in place."""
    for patch in patches:
        for area in _list_strips(patch.to_window, patch.paint, photo, settings.strip):
            over = _sample_strip(patch.paint, patch.to_window, area)
            frame[area] = _paint_strip(frame[area], _keep_share(over, layer.share, area))


def _soften(frame: Photo, layer: Layer, one: Softening) -> None:
    """Blur a frame where a layer says so, in place."""
    left, top, right, bottom = find_box(one.to_grid, one.share.shape, frame.shape[:2])
    if left >= right or top >= bottom:
        return
    area = slice(top, bottom), slice(left, right)
    share = _keep_share(_sample_strip(one.share, one.to_grid, area), layer.share, area)
    sharp = frame[area].astype(np.float32)
    blurred = cv2.GaussianBlur(sharp, (0, 0), one.blur, borderType=cv2.BORDER_REPLICATE)
    frame[area] = np.rint(sharp + share[:, :, None] * (blurred - sharp)).astype(np.uint8)


def to_photo_pixels(field: Floats, to_grid: Affine2D) -> Floats:
    """A field's displacements (h, w, 2) in photo pixels instead of the grid's."""
    to_photo = to_grid.inverse().linear.astype(np.float32)
    return np.asarray(cv2.transform(field, to_photo), np.float32)


def sample_grid(
    grid: Floats,
    to_grid: Affine2D,
    size: tuple[int, int],
    interpolation: int = cv2.INTER_LINEAR,
) -> Floats:
    """Sample a grid (h, w) or (h, w, c) at each pixel of a picture; 0 outside the grid.

    Args:
        grid: what is sampled.
        to_grid: pixels of the picture to those of the grid.
        size: (width, height) of the picture.
        interpolation: OpenCV's.
    """
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grid, to_grid.matrix, size, flags=flags), np.float32)


def feather(shape: tuple[int, int], border: float) -> Map:
    """A window (height, width): 1 inside, falling to 0 over `border` pixels at its edges."""
    ramps = []
    for side in shape:
        edge = np.minimum(np.arange(side), np.arange(side)[::-1])
        ramps.append(rise(edge, 0, border))
    return np.outer(*ramps).astype(np.float32)


def _list_strips(to_grid: Affine2D, grid: Floats, photo: Photo, strip: int) -> Iterator[Area]:
    """The strips of a photo that a grid lies on, from the top down."""
    left, top, right, bottom = find_box(to_grid, grid.shape[:2], photo.shape[:2])
    for start in range(top, bottom, strip):
        yield slice(start, min(start + strip, bottom)), slice(left, right)


def find_box(
    to_grid: Affine2D, shape: tuple[int, ...], bounds: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """The (left, top, right, bottom) of a grid (height, width) in a photo of `bounds`, clipped.

    Args:
        to_grid: photo pixels to those of the grid.
        shape: (height, width) of the grid.
        bounds: (height, width) of the photo.
    """
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    back = to_grid.inverse()
    around = corners @ back.linear.T + back.offset
    low = np.clip(np.floor(around.min(axis=0)), 0, bounds[::-1]).astype(int)
    high = np.clip(np.ceil(around.max(axis=0)), 0, bounds[::-1]).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _sample_strip(
    grid: Floats, to_grid: Affine2D, area: Area, interpolation: int = cv2.INTER_LINEAR
) -> Floats:
    """Sample a grid (h, w) or (h, w, c) at an area of the photo; 0 outside the grid."""
    rows, columns = area
    size = columns.stop - columns.start, rows.stop - rows.start
    from_area = to_grid.starting_at(columns.start, rows.start)
    return sample_grid(grid, from_area, size, interpolation)


def _warp_strip(
    photo: Photo, frame: Photo, layer: Layer, others: Sequence[Layer], area: Area
) -> None:
    """Move an area of the frame, with its lines deepened, where a layer does so."""
    rows, columns = area
    near = [one for one in others if _reaches(one, area)]
    own = _find_offset(layer, area)
    offset = own.copy() if near else own
    for one in near:
        offset += _find_offset(one, area)
    x = offset[:, :, 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
    y = offset[:, :, 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
    source = photo if layer.glasses is None else layer.glasses.bare
    warped = np.asarray(
        cv2.remap(source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    if any(one.slits for one in (layer, *near)):
        soften_edges(source, warped, (layer, *near), offset, (columns.start, rows.start))
    touched = (own[:, :, 0] != 0) | (own[:, :, 1] != 0)
    reach = sum(_measure_reach(one) for one in (layer, *near))
    for one in (layer, *near):
        for about, added in _find_retouches(one, x, y, area, reach):
            warped[about] = np.clip(np.rint(warped[about] + added), 0, 255).astype(np.uint8)
            if one is layer:
                touched[about] |= added.any(axis=2)
        for about, gain, tint in _find_gains(one, x, y, area, reach):
            warped[about] = apply_gain(warped[about], gain, tint)
            if one is layer:
                touched[about] |= gain != 0
    # Elsewhere a neighbour may have drawn, in strips of its own.
    frame[area] = np.where(touched[:, :, None], warped, frame[area]) if near else warped


def _reaches(layer: Layer, area: Area) -> bool:
    """Whether an area of the photo holds pixels that a layer moves."""
    if layer.warp is None:
        return False
    rows, columns = area
    bounds = (rows.stop, columns.stop)
    left, top, right, bottom = find_box(layer.warp.to_grid, layer.warp.field.shape[:2], bounds)
    return bool(
        columns.start < right and left < columns.stop and rows.start < bottom and top < rows.stop
    )


def _find_offset(layer: Layer, area: Area) -> Floats:
    """Where each pixel of an area (h, w) comes from less where it lies, (h, w, 2) photo pixels."""
    assert layer.warp is not None
    offset = _sample_strip(layer.warp.field, layer.warp.to_grid, area)
    for slit in layer.slits:
        _refine_offset(offset, slit, area)
    return _keep_share(offset, layer.share, area)


def _keep_share(values: Floats, share: Share | None, area: Area) -> Floats:
    """What counts of the values (h, w) or (h, w, c) of a layer at an area of the photo."""
    if share is None:
        return values
    here = _sample_strip(share.share, share.to_grid, area)
    return values * (here if values.ndim == 2 else here[:, :, None])


def _measure_reach(layer: Layer) -> int:
    """Pixels that the warp of a layer takes its lines at most, and one for interpolation."""
    assert layer.warp is not None
    return int(np.ceil(np.abs(layer.warp.field).max())) + 1


def _find_gains(
    layer: Layer, x: Map, y: Map, area: Area, reach: int
) -> Iterator[tuple[Area, Map, RGB]]:
    """Find the gains of a layer's lines at an area of the photo.

    Args:
        layer: whose lines are deepened.
        x: (h, w) where in the photo each pixel comes from.
        y: (h, w) the rows of the same.
        area: (h, w) of the photo.
        reach: pixels that lines may be moved.

    Yields:
        A part of the area, counted from where that begins, its gain, and the gain's tint.
    """
    for line in layer.lines:
        about = _find_about(line.to_grid, line.gain.shape, area, reach)
        if x[about].size:
            gain = sample_gain(line, x[about], y[about])
            there = _move_area(about, gain.shape, area)
            yield about, _keep_share(gain, layer.share, there), line.tint


def _find_retouches(
    layer: Layer, x: Map, y: Map, area: Area, reach: int
) -> Iterator[tuple[Area, Floats]]:
    """Find what a layer's retouches add at an area of the photo; arguments as in _find_gains().

    Yields:
        A part of the area, counted from where that begins, and what is added there, (h, w, 3).
    """
    for one in layer.retouches:
        about = _find_about(one.to_grid, one.added.shape, area, reach)
        if x[about].size:
            places = one.to_grid.apply(np.stack([x[about], y[about]], axis=2).reshape(-1, 2))
            across, down = places.reshape(*x[about].shape, 2).astype(np.float32).transpose(2, 0, 1)
            added = cv2.remap(one.added, across, down, cv2.INTER_LINEAR)
            there = _move_area(about, added.shape, area)
            yield about, _keep_share(np.asarray(added, np.float32), layer.share, there)


def _find_about(to_grid: Affine2D, shape: tuple[int, ...], area: Area, reach: int) -> Area:
    """The part of an area of the photo, counted from where that begins, that a grid may reach."""
    rows, columns = area
    left, top, right, bottom = find_box(to_grid, shape[:2], (rows.stop, columns.stop))
    return (
        slice(max(0, top - reach - rows.start), max(0, bottom + reach - rows.start)),
        slice(max(0, left - reach - columns.start), max(0, right + reach - columns.start)),
    )


def _move_area(about: Area, shape: tuple[int, ...], area: Area) -> Area:
    """A part of an area, of a shape, counted from where the photo begins."""
    first, second = area[0].start + about[0].start, area[1].start + about[1].start
    return slice(first, first + shape[0]), slice(second, second + shape[1])


def _refine_offset(offset: Floats, slit: SlitWarp, area: Area) -> None:
    """Put a finer warp in its place in the offsets (h, w, 2) of an area, in place."""
    rows, columns = area
    box = find_box(slit.to_grid, slit.field.shape[:2], (rows.stop, columns.stop))
    left, top = max(box[0], columns.start), max(box[1], rows.start)
    if left >= box[2] or top >= box[3]:
        return
    # Not between pixels: half way from one lid to the other it points at the eye.
    inner = (slice(top, box[3]), slice(left, box[2]))
    finer = _sample_strip(slit.field, slit.to_grid, inner, cv2.INTER_NEAREST)
    here = offset[
        top - rows.start : box[3] - rows.start, left - columns.start : box[2] - columns.start
    ]
    here *= 1 - finer[:, :, 2:]
    here += finer[:, :, :2]


def _paint_strip(warped: Photo, over: Floats) -> Photo:
    """Lay paint (h, w, 4), RGB and the share to drop, over a strip of the warped photo."""
    drop = over[:, :, 3:]
    mixed = over[:, :, :3] + warped - drop * warped if drop.any() else over[:, :, :3] + warped
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _roughen_strip(painted: Photo, share: Map, grain: Floats) -> Photo:
    """Add a share (h, w) of grain (h, w, 3) to a strip of the frame."""
    mixed = painted + share[:, :, None] * grain
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
