"""Frames of a clip: a photo, its face moved by the warp and repainted by the generator.

For every frame, with W the photo warped to the frame's action units,

    frame = (1 - A) C + A W                                            (Eq. 1 of the paper)

within the generator's windows on the mouth and the eyes (window.py), and at the photo's own size
the same plus what of W is finer than the generator can see. Elsewhere A is 1: skin, hair and beard
keep every pixel of the photo. The paper's own generator has one window, the whole crop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ganimate.appearance.creases import Shade, creases_of, multiplied, shade_of
from ganimate.appearance.filling import filled
from ganimate.appearance.lashes import lash_line
from ganimate.appearance.lines import Etching, Skin, etched, gain_at, skin_of
from ganimate.appearance.mouth import Inside, draw, jaw_opening, light_of, toned
from ganimate.face.alignment import crop_transform, sample, transformed
from ganimate.face.head import Angles, turned, turned_pose
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, N_MESH, OPENINGS, Opening, Photo, Points
from ganimate.networks.motion import Generator, autocast, gate, gated
from ganimate.networks.paper import PaperGenerator
from ganimate.performance.expressions import AUVector
from ganimate.portrait import Portrait
from ganimate.rendering.window import FACE, VIEWS, View, Window, seen, window_of
from ganimate.warp.displacement import held_back, moved
from ganimate.warp.field import GRID, Warp, apply_warp, enlarged, field_between, warp_between
from ganimate.warp.mesh import Mesh, mesh_between, shutting
from ganimate.warp.prior import MotionPrior

BATCH = 8  # frames prepared, and windows painted, at once: more would only delay the first frame
MARGIN = 0.4  # of the crop's side, around it: the mesh's outer ring lies within
STRIP = 256  # rows of the photo composed at a time, so that memory does not follow its size
FEATHER = 0.05  # of a window's side: paint fades out towards its border
SLIT_MARGIN = 0.2  # of an eye's or the lips' box, around it: their finer warp fades out there
FINEST = 6.0  # pixels of that finer warp for one of the canvas, on photos that have as many
STILL: Angles = np.zeros(3, np.float32)
DETAIL_FROM = 0.5  # attention from which all of the photo's fine detail stays


@dataclass(frozen=True)
class SlitWarp:
    """A finer warp about an eye or the lips.

    Lids slide over the eyeball and lips over teeth, and a coarse grid would mix them.
    """

    to_grid: NDArray[np.float64]  # (2, 3) photo pixels to the grid's
    field: NDArray[
        np.float32
    ]  # (h, w, 3) source - target in photo pixels, times a share; the share


@dataclass(frozen=True)
class Patch:
    """What is painted in one window, or over a lid."""

    to_window: NDArray[np.float64]  # (2, 3) photo pixels to the window's
    paint: NDArray[np.float32]  # (h, w, 4) RGB to add, and the share of the warped photo to drop


@dataclass(frozen=True)
class Layer:
    """What one frame does to the photo around one face."""

    field: NDArray[np.float32]  # (g, g, 2) warp on the canvas grid, source - target, photo pixels
    slits: tuple[SlitWarp, ...]  # ... and about eyes and lips
    patches: tuple[Patch, ...]
    shade: Shade | None  # of the skin, on the canvas grid
    etchings: tuple[Etching, ...]  # of the photo's own lines


@dataclass(frozen=True)
class Masks:
    """What the generator said about one face, at its own size s."""

    result: NDArray[np.uint8]  # (s, s, 3) Eq. 1
    attention: NDArray[np.float32]  # (s, s) in [0, 1]; 1 keeps the warped photo
    colour: NDArray[np.uint8]  # (s, s, 3)


@dataclass(frozen=True)
class _Glance:
    """One window of a frame before it is painted, (w, w, ...)."""

    window: Window
    given: NDArray[np.uint8]  # (w, w, 3) warped, with a mouth drawn
    unknown: NDArray[np.float32]  # (w, w)
    drawn: NDArray[np.float32]  # (w, w) share of a mouth that is drawn
    aus: AUVector  # that it shall show
    change: float  # the largest of an AU, to the whole face


@dataclass(frozen=True)
class _Painted:
    """The generator's answer for one window."""

    window: Window
    warped: NDArray[np.float32]  # (w, w, 3) in [0, 255]
    unknown: NDArray[np.float32]  # (w, w, 1)
    attention: NDArray[np.float32]  # (w, w, 1), 1 where nothing has changed
    colour: NDArray[np.float32]  # (w, w, 3) in [0, 255]


@dataclass(frozen=True)
class _Prepared:
    """A frame before it is painted."""

    aus: AUVector  # that it shall show
    landmarks: Points  # (468, 2) on the crop
    mouth: Inside  # ... and what is behind the lips there
    warp: Warp  # on the canvas grid
    slits: tuple[SlitWarp, ...]
    lashes: tuple[Patch, ...]
    shade: Shade | None  # on the canvas grid
    etchings: tuple[Etching, ...]


class Animator:
    """One portrait and what is needed to move it."""

    def __init__(
        self,
        portrait: Portrait,
        generator: Generator | PaperGenerator,
        prior: MotionPrior,
        device: torch.device | None = None,
    ) -> None:
        self.portrait, self.generator, self.prior = portrait, generator, prior
        self.device = device or torch.device("cpu")
        self.warps = not isinstance(generator, PaperGenerator)  # the paper's paints every motion
        landmarks, size = portrait.face.landmarks, generator.config.size
        self.to_crop = crop_transform(landmarks, size)
        self.crop = sample(portrait.photo, self.to_crop, size)
        on_crop = transformed(landmarks, self.to_crop)
        self.drawing, self.light = draw(prior.mouth, portrait.pose), light_of(self.crop)
        self.windows: tuple[tuple[View, Window], ...] = tuple(
            (view, window_of(view, on_crop, size)) for view in (VIEWS if self.warps else (FACE,))
        )
        margin = round(MARGIN * GRID)
        self.to_canvas = crop_transform(landmarks, GRID) + np.array([[0, 0, margin]] * 2)
        self.inner = slice(margin, margin + GRID)  # the crop's part of the canvas
        self.slits = [self._slit_grid(slit) for slit in OPENINGS]
        canvas = GRID + 2 * margin
        on_canvas = transformed(landmarks[:N_MESH], self.to_canvas)
        skin = skin_of(portrait.photo, landmarks) if self.warps else Skin((), 1.0)
        self.lines = skin.lines
        self.creases = (
            creases_of(prior, on_canvas, (canvas, canvas), skin.folds) if self.warps else None
        )

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, lazily.

        aus: what each frame shall show, (17, 2); drives: the intensities of its motion, the same
        unless calibrated (calibration.py); heads: how far the head turns, (3,) degrees, not at
        all by default.
        """
        posed = ((y, y) for y in aus) if drives is None else zip(aus, drives, strict=True)
        frames = zip(posed, repeat(STILL) if heads is None else heads, strict=heads is not None)
        while batch := self._prepared(list(islice(frames, BATCH))):
            for one, painted in zip(batch, self._paint(batch), strict=True):
                patches = (*(self._patch(window) for window in painted), *one.lashes)
                field = _in_photo_pixels(one.warp.field, self.to_canvas)
                yield Layer(field, one.slits, patches, one.shade, one.etchings)

    def draw(self, frame: Photo, layer: Layer) -> None:
        """Move and paint the face in `frame`, a copy of the photo, in place."""
        if not (layer.field.any() or layer.patches or layer.shade or layer.etchings):
            return
        height, width = frame.shape[:2]
        canvas = GRID + 2 * self.inner.start
        left, top, right, bottom = _box_in_photo(self.to_canvas, (canvas, canvas), width, height)
        for start in range(top, bottom, STRIP):
            rows, columns = slice(start, min(start + STRIP, bottom)), slice(left, right)
            frame[rows, columns] = self._warped_strip(layer, rows, columns)
        if layer.shade is not None:
            to_shade = self._to_shade(layer.shade)
            size = layer.shade.gain.shape[1], layer.shade.gain.shape[0]
            left, top, right, bottom = _box_in_photo(to_shade, size, width, height)
            for start in range(top, bottom, STRIP):
                rows, columns = slice(start, min(start + STRIP, bottom)), slice(left, right)
                gain = _onto(layer.shade.gain, to_shade, rows, columns)
                frame[rows, columns] = multiplied(frame[rows, columns], gain)
        for patch in layer.patches:
            size = patch.paint.shape[1], patch.paint.shape[0]
            left, top, right, bottom = _box_in_photo(patch.to_window, size, width, height)
            for start in range(top, bottom, STRIP):
                rows, columns = slice(start, min(start + STRIP, bottom)), slice(left, right)
                frame[rows, columns] = _painted_strip(frame[rows, columns], patch, rows, columns)

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2), driven as in layers().

        Where it did not look, attention is 1 and the colour is the warped photo's.
        """
        prepared = self._prepared([((aus, aus if drive is None else drive), STILL)])
        lined = self._etched_crop(prepared[0].etchings)
        result = self._shaded_crop(apply_warp(lined, self._on_crop(prepared[0])), prepared[0])
        attention, colour = np.ones(result.shape[:2], np.float32), result.copy()
        for one in self._paint(prepared)[0]:
            pixels = one.window.pixels
            mixed = one.warped + (1 - one.attention) * (one.colour - one.warped)
            result[pixels] = np.clip(mixed + 0.5, 0, 255)
            attention[pixels] = one.attention[:, :, 0]
            colour[pixels] = np.clip(one.colour + 0.5, 0, 255)
        for lashes in prepared[0].lashes:
            over = _sampled(lashes.paint, self._from_crop(lashes.to_window), (len(result),) * 2)
            result[:] = np.rint(over[:, :, :3] + (1 - over[:, :, 3:]) * result)
        return Masks(result, attention, colour)

    def _prepared(
        self, frames: Sequence[tuple[tuple[AUVector, AUVector], Angles]]
    ) -> list[_Prepared]:
        """Warps of frames that show some AUs, driven by others, with a turn of the head."""
        return [self._prepare(aus, drive, head) for (aus, drive), head in frames]

    def _prepare(self, aus: AUVector, drive: AUVector, head: Angles) -> _Prepared:
        """The warps of one frame, and what is laid on them."""
        still, pose = self.portrait.face.landmarks[:N_MESH], self.portrait.pose
        landmarks = moved(self.prior, still, pose, self.portrait.aus, drive)
        jaw, unmoved = jaw_opening(pose.normalise(landmarks)), None
        if head.any():
            landmarks, unmoved = (turned(one, pose, head) for one in (landmarks, still))
            held = held_back(self.prior, still, unmoved)
            landmarks, unmoved = landmarks + held, unmoved + held
            pose = turned_pose(pose, head)
        mesh = mesh_between(still, landmarks, unmoved)
        warp = self._warp(mesh)
        return _Prepared(
            aus,
            transformed(landmarks, self.to_crop),
            Inside(self.drawing, pose.through(self.to_crop), jaw, self.light),
            warp,
            self._slit_warps(mesh),
            self._lashes(mesh),
            self._shade(aus, warp),
            self._etchings(aus),
        )

    def _shade(self, aus: AUVector, warp: Warp) -> Shade | None:
        """The creases of what is asked; a drive beyond it would make them too deep."""
        if self.creases is None:
            return None
        return shade_of(self.creases, aus - self.portrait.aus, warp.field)

    def _etchings(self, aus: AUVector) -> tuple[Etching, ...]:
        """What the photo's own lines become, likewise."""
        change = aus - self.portrait.aus
        deeper = (etched(lines, change) for lines in self.lines)
        return tuple(one for one in deeper if one is not None)

    def _etched_crop(self, etchings: tuple[Etching, ...]) -> NDArray[np.uint8]:
        """The crop (s, s, 3) with its lines as they become."""
        crop = self.crop
        for one in etchings:
            matrix = self._from_crop(one.to_grid)
            crop = multiplied(crop, _sampled(one.gain, matrix, (len(crop), len(crop))))
        return crop

    def _to_shade(self, shade: Shade) -> NDArray[np.float64]:
        """(2, 3) photo pixels to those of a shade."""
        to_shade: NDArray[np.float64] = self.to_canvas.copy()
        to_shade[:, 2] -= (shade.left, shade.top)
        return to_shade

    def _shaded_crop(self, warped: NDArray[np.uint8], frame: _Prepared) -> NDArray[np.uint8]:
        """The warped crop (s, s, 3) with the creases of its frame."""
        if frame.shade is None:
            return warped
        matrix = self._from_crop(self._to_shade(frame.shade))
        return multiplied(warped, _sampled(frame.shade.gain, matrix, (len(warped), len(warped))))

    def _from_crop(self, to_grid: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2, 3) crop pixels to those of a grid to which photo pixels lead by `to_grid`."""
        matrix = to_grid[:, :2] @ cv2.invertAffineTransform(self.to_crop)
        matrix[:, 2] += to_grid[:, 2]
        return np.asarray(matrix, np.float64)

    def _warp(self, mesh: Mesh) -> Warp:
        """The warp of a mesh on the canvas grid."""
        side = GRID + 2 * self.inner.start
        if not self.warps:
            return Warp(np.zeros((side, side, 2), np.float32), np.zeros((side, side), np.float32))
        return warp_between(self.prior, mesh.on(self.to_canvas), (side, side))

    def _slit_warps(self, mesh: Mesh) -> tuple[SlitWarp, ...]:
        """Finer warps about the eyes whose lids move, and about lips that come together."""
        warps = []
        for slit, (to_grid, share) in zip(OPENINGS, self.slits, strict=True):
            edges = [*slit.upper[0], *slit.lower[0]]
            still = np.array_equal(mesh.target[edges], mesh.turned[edges])
            if slit is LIPS:
                still = not shutting(mesh.turned, mesh.target)
            if not self.warps or still:
                continue
            height, width = share.shape
            field = field_between(self.prior, mesh.on(to_grid), (height, width))
            field = _in_photo_pixels(field, to_grid) * share[:, :, None]
            warps.append(SlitWarp(to_grid, np.concatenate([field, share[:, :, None]], 2)))
        return tuple(warps)

    def _lashes(self, mesh: Mesh) -> tuple[Patch, ...]:
        """The lashes of the lids that shut."""
        patches = []
        for lids, (to_grid, share) in zip(LIDS_OF_SIDE, self.slits[1:], strict=True):
            on_grid, (height, width) = mesh.on(to_grid), share.shape
            dark = lash_line(on_grid.turned, on_grid.target, lids, (height, width))
            if self.warps and dark.any():
                paint = np.zeros((height, width, 4), np.float32)
                paint[:, :, 3] = dark * share
                patches.append(Patch(to_grid, paint))
        return tuple(patches)

    def _slit_grid(self, slit: Opening) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Photo pixels to a grid about an eye or the lips, (2, 3); what it counts, (h, w)."""
        on_canvas = transformed(self.portrait.face.landmarks[:N_MESH], self.to_canvas)
        around = on_canvas[[*slit.corners, *slit.upper.ravel(), *slit.lower.ravel()], :2]
        low, high = around.min(axis=0), around.max(axis=0)
        margin = SLIT_MARGIN * (high - low).max()
        fine = float(np.clip(np.linalg.det(self.to_canvas[:, :2]) ** -0.5, 1, FINEST))
        width, height = np.ceil(fine * (high - low + 2 * margin)).astype(int)
        to_grid = fine * self.to_canvas
        to_grid[:, 2] += 0.5 * fine - 0.5 - fine * (low - margin)
        return to_grid, _window((height, width), round(margin * fine))

    def _on_crop(self, frame: _Prepared) -> Warp:
        """A frame's warp on the generator's crop."""
        inner = Warp(
            *(grid[self.inner, self.inner] for grid in (frame.warp.field, frame.warp.unknown))
        )
        size = self.generator.config.size
        on_crop = enlarged(inner, (size, size))
        for slit in frame.slits:
            self._refine_crop(on_crop.field, slit)
        return on_crop

    def _glances(self, frame: _Prepared) -> Iterator[_Glance]:
        """The windows in which something has to be painted."""
        change = float(np.abs(frame.aus - self.portrait.aus).max())
        if self.warps and not frame.warp.unknown.any():
            return
        on_crop = self._on_crop(frame)
        warped = apply_warp(self.crop, on_crop)
        given, drawn = filled(warped, on_crop.unknown, frame.landmarks, frame.mouth)
        for view, window in self.windows:
            unknown = on_crop.unknown[window.pixels]
            if change and (unknown.any() or not self.warps):
                yield _Glance(
                    window,
                    given[window.pixels],
                    unknown,
                    drawn[window.pixels],
                    seen(view, frame.aus),
                    change,
                )

    def _paint(self, batch: Sequence[_Prepared]) -> list[list[_Painted]]:
        """Run the generator on what it has to paint of each frame."""
        glances = [list(self._glances(frame)) for frame in batch]
        every = [one for frame in glances for one in frame]
        # A frame has up to three windows: memory must not follow what faces happen to do.
        some = (every[start : start + BATCH] for start in range(0, len(every), BATCH))
        painted = chain.from_iterable(map(self._painted, some))
        return [list(islice(painted, len(frame))) for frame in glances]

    @torch.inference_mode()
    def _painted(self, glances: Sequence[_Glance]) -> list[_Painted]:
        """The generator's answers for some windows, at least one."""

        def tensor(arrays: list[NDArray[np.generic]]) -> torch.Tensor:
            return torch.from_numpy(np.stack(arrays)).to(self.device)

        x = tensor([one.given for one in glances]).permute(0, 3, 1, 2).float() / 127.5 - 1
        u = tensor([one.unknown for one in glances])[:, None]
        y = tensor([one.aus for one in glances])
        change = torch.tensor([one.change for one in glances], device=self.device)
        with autocast(self.device):
            colour, attention = self.generator(x.contiguous(), u, y)
        # The paper's generator is given no unknown mask: nothing but the change opens its gate.
        share = gate(change, u if self.warps else torch.ones_like(u))
        attention = gated(attention.float(), share)
        colours = ((colour.float() + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()
        attentions = attention.permute(0, 2, 3, 1).cpu().numpy()
        return [
            _Painted(
                one.window,
                one.given.astype(np.float32),
                one.unknown[:, :, None],
                keep,
                toned(paint, one.given, one.drawn),
            )
            for one, keep, paint in zip(glances, attentions, colours, strict=True)
        ]

    def _patch(self, painted: _Painted) -> Patch:
        """What to paint over the photo in a window."""
        to_window = self.to_crop.copy()
        to_window[:, 2] -= (painted.window.left, painted.window.top)
        return Patch(to_window, _paint_over(painted, DETAIL_FROM if self.warps else 1.0))

    def _refine_crop(self, field: NDArray[np.float32], slit: SlitWarp) -> None:
        """Put a finer warp in its place in the crop's field (s, s, 2), in place."""
        finer = _sampled(slit.field, self._from_crop(slit.to_grid), (len(field), len(field)))
        field *= 1 - finer[:, :, 2:]
        field += finer[:, :, :2] @ self.to_crop[:, :2].T.astype(np.float32)

    def _warped_strip(self, layer: Layer, rows: slice, columns: slice) -> NDArray[np.uint8]:
        """(rows, columns, 3) of the photo under the warp."""
        offset = _onto(layer.field, self.to_canvas, rows, columns)
        for slit in layer.slits:
            height, width = slit.field.shape[:2]
            box = _box_in_photo(slit.to_grid, (width, height), columns.stop, rows.stop)
            left, top = max(box[0], columns.start), max(box[1], rows.start)
            if left >= box[2] or top >= box[3]:
                continue
            # Not between pixels: half way from one lid to the other it points at the eye.
            finer = _onto(
                slit.field,
                slit.to_grid,
                slice(top, box[3]),
                slice(left, box[2]),
                cv2.INTER_NEAREST,
            )
            here = offset[
                top - rows.start : box[3] - rows.start,
                left - columns.start : box[2] - columns.start,
            ]
            here *= 1 - finer[:, :, 2:]
            here += finer[:, :, :2]
        x = offset[:, :, 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
        y = offset[:, :, 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        warped = np.asarray(
            cv2.remap(self.portrait.photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )
        for etching in layer.etchings:
            size = etching.gain.shape[1], etching.gain.shape[0]
            left, top, right, bottom = _box_in_photo(etching.to_grid, size, columns.stop, rows.stop)
            reach = int(np.ceil(np.abs(layer.field).max())) + 1  # the warp takes lines no farther
            about = (
                slice(max(0, top - reach - rows.start), max(0, bottom + reach - rows.start)),
                slice(max(0, left - reach - columns.start), max(0, right + reach - columns.start)),
            )
            if warped[about].size:
                gain = gain_at(etching, x[about], y[about])
                warped[about] = multiplied(warped[about], gain)
        return warped


def _painted_strip(
    warped: NDArray[np.uint8], patch: Patch, rows: slice, columns: slice
) -> NDArray[np.uint8]:
    """Paint over a strip of the warped photo."""
    over = _onto(patch.paint, patch.to_window, rows, columns)
    drop = over[:, :, 3:]
    mixed = over[:, :, :3] + warped - drop * warped if drop.any() else over[:, :, :3] + warped
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _in_photo_pixels(
    field: NDArray[np.float32], to_grid: NDArray[np.float64]
) -> NDArray[np.float32]:
    """A field's vectors in photo pixels instead of the grid's."""
    to_photo = np.asarray(cv2.invertAffineTransform(to_grid), np.float32)
    return np.asarray(cv2.transform(field, to_photo[:, :2]), np.float32)


def _box_in_photo(
    to_grid: NDArray[np.float64], size: tuple[int, int], width: int, height: int
) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of a grid of (width, height) in the photo, clipped."""
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size], np.float64)
    back = np.asarray(cv2.invertAffineTransform(to_grid), np.float64)
    around = corners @ back[:, :2].T + back[:, 2]
    low = np.clip(np.floor(around.min(axis=0)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(around.max(axis=0)), 0, (width, height)).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _onto(
    grid: NDArray[np.float32],
    to_grid: NDArray[np.float64],
    rows: slice,
    columns: slice,
    interpolation: int = cv2.INTER_LINEAR,
) -> NDArray[np.float32]:
    """Sample an (h, w, c) grid at a rectangle of photo pixels; 0 outside the grid."""
    matrix = to_grid.copy()
    matrix[:, 2] += matrix[:, :2] @ (columns.start, rows.start)
    size = columns.stop - columns.start, rows.stop - rows.start
    return _sampled(grid, matrix, size, interpolation)


def _sampled(
    grid: NDArray[np.float32],
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    interpolation: int = cv2.INTER_LINEAR,
) -> NDArray[np.float32]:
    """Sample a grid where the affine `matrix` takes each pixel of a picture (width, height)."""
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grid, matrix, size, flags=flags), np.float32)


def _paint_over(painted: _Painted, detail_from: float) -> NDArray[np.float32]:
    """(w, w, 4): what to add to the warped photo, and the share of it to drop first.

    On a photo as coarse as the crop, W (1 - drop) + add is Eq. 1. On a finer one W brings its
    detail along, except where the photo says nothing or the generator paints thickly: all of it
    from an attention of `detail_from` on. With 1 it is Eq. 1 on every photo, as it has to be where
    detail stays in place that the paint has moved.
    """
    attention = painted.attention
    detail = np.clip(attention / detail_from, 0, 1) * (1 - painted.unknown)
    over = np.empty((*detail.shape[:2], 4), np.float32)
    over[:, :, :3] = (1 - attention) * painted.colour + (attention - detail) * painted.warped
    over[:, :, 3:] = 1 - detail
    side = len(over)
    over *= _window((side, side), FEATHER * side)[:, :, None]
    return over


def _window(shape: tuple[int, int], border: float) -> NDArray[np.float32]:
    """(height, width) 1 inside, falling to 0 at the border."""
    ramps = []
    for side in shape:
        edge = np.minimum(np.arange(side), np.arange(side)[::-1]) / border
        t = np.clip(edge, 0, 1)
        ramps.append((t * t * (3 - 2 * t)).astype(np.float32))
    return np.outer(*ramps).astype(np.float32)


def frames_of(
    animators: Sequence[Animator], sequences: Sequence[Iterator[Layer]]
) -> Iterator[Photo]:
    """Frames of one photo in which each animator's face has its own layers; all equally long."""
    photo = animators[0].portrait.photo
    for layers in zip(*sequences, strict=True):
        frame = photo.copy()
        for animator, layer in zip(animators, layers, strict=True):
            animator.draw(frame, layer)
        yield frame
