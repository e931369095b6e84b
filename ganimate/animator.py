"""Frames of a clip: a photo, its face moved by the warp and repainted by the generator.

For every frame, with W the photo warped to the frame's action units,

    frame = (1 - A) C + A W                                            (Eq. 1 of the paper)

at the generator's size, and at the photo's own size the same plus what of W is finer than the
generator can see: skin, hair and beard keep every pixel of the photo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ganimate.action_units import AUVector
from ganimate.errors import UsageError
from ganimate.faces import N_MESH, Photo, crop_transform, sample, transformed
from ganimate.head import Angles, turned
from ganimate.motion import (
    LIDS_OF_SIDE,
    Mesh,
    MotionPrior,
    Opening,
    Warp,
    apply_warp,
    enlarged,
    field_between,
    mesh_between,
    moved,
    warp_between,
)
from ganimate.networks import GATE, Generator, autocast
from ganimate.paper import PaperGenerator
from ganimate.portrait import Portrait

BATCH = 8  # frames painted at once: more would only delay the first one
GRID = 128  # px of the warp's grid for the side of the crop
MARGIN = 0.4  # of the crop's side, around it: the mesh's outer ring lies within
STRIP = 256  # rows of the photo composed at a time, so that memory does not follow its size
FEATHER = 0.05  # of the crop's side: paint fades out towards its border
LIDS_MARGIN = 0.2  # of an eye's box, around it: where its finer warp passes into the canvas's
FINEST = 6.0  # pixels of that finer warp for one of the canvas, on photos that have as many
STILL: Angles = np.zeros(3, np.float32)
EDGE = 1 / 12  # of the crop's side: left, right and top of that are hair and background
DETAIL_FROM = 0.5  # attention from which all of the photo's fine detail stays


@dataclass(frozen=True)
class LidWarp:
    """A finer warp about one eye: lids slide over the eyeball, and a coarse grid would mix them."""

    to_grid: NDArray[np.float64]  # (2, 3) photo pixels to the grid's
    field: NDArray[
        np.float32
    ]  # (h, w, 3) source - target in photo pixels, times a share; the share


@dataclass(frozen=True)
class Layer:
    """What one frame does to the photo around one face."""

    field: NDArray[np.float32]  # (g, g, 2) warp on the canvas grid, source - target, photo pixels
    lids: tuple[LidWarp, ...]  # ... and about the eyes
    paint: NDArray[np.float32]  # (s, s, 4) RGB to add, and the share of the warped photo to drop


@dataclass(frozen=True)
class Masks:
    """What the generator said about one face, at its own size s."""

    result: NDArray[np.uint8]  # (s, s, 3) Eq. 1
    attention: NDArray[np.float32]  # (s, s) in [0, 1]; 1 keeps the warped photo
    colour: NDArray[np.uint8]  # (s, s, 3)


@dataclass(frozen=True)
class _Painted:
    """The generator's answer for one warped crop."""

    warped: NDArray[np.float32]  # (s, s, 3) in [0, 255]
    unknown: NDArray[np.float32]  # (s, s, 1)
    attention: NDArray[np.float32]  # (s, s, 1)
    colour: NDArray[np.float32]  # (s, s, 3) in [0, 255]

    @property
    def result(self) -> NDArray[np.float32]:
        """Eq. 1, (s, s, 3) in [0, 255]."""
        return (1 - self.attention) * self.colour + self.attention * self.warped


@dataclass(frozen=True)
class _Prepared:
    """A frame before it is painted."""

    aus: AUVector  # that it shall show
    warp: Warp  # on the canvas grid
    lids: tuple[LidWarp, ...]


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
        margin = round(MARGIN * GRID)
        self.to_canvas = crop_transform(landmarks, GRID) + np.array([[0, 0, margin]] * 2)
        self.inner = slice(margin, margin + GRID)  # the crop's part of the canvas
        self.eyes = [self._eye_grid(lids) for lids in LIDS_OF_SIDE]

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
                paint = _paint_over(
                    painted, self._gate(one.aus), DETAIL_FROM if self.warps else 1.0
                )
                yield Layer(_in_photo_pixels(one.warp.field, self.to_canvas), one.lids, paint)

    def draw(self, frame: Photo, layer: Layer) -> None:
        """Move and paint the face in `frame`, a copy of the photo, in place."""
        if not layer.field.any() and not layer.paint.any():
            return
        height, width = frame.shape[:2]
        canvas = GRID + 2 * self.inner.start
        left, top, right, bottom = _box_in_photo(self.to_canvas, (canvas, canvas), width, height)
        size = self.generator.config.size
        painted = _box_in_photo(self.to_crop, (size, size), width, height)
        for start in range(top, bottom, STRIP):
            rows, columns = slice(start, min(start + STRIP, bottom)), slice(left, right)
            frame[rows, columns] = self._warped_strip(layer, rows, columns)
        for start in range(painted[1], painted[3], STRIP):
            rows = slice(start, min(start + STRIP, painted[3]))
            columns = slice(painted[0], painted[2])
            frame[rows, columns] = self._painted_strip(
                frame[rows, columns], layer.paint, rows, columns
            )

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2), driven as in layers()."""
        painted = self._paint(self._prepared([((aus, aus if drive is None else drive), STILL)]))[0]
        gate = self._gate(aus)
        result = painted.warped + gate * (painted.result - painted.warped)
        return Masks(
            np.clip(result + 0.5, 0, 255).astype(np.uint8),
            1 - gate * (1 - painted.attention[:, :, 0]),
            np.clip(painted.colour + 0.5, 0, 255).astype(np.uint8),
        )

    def _prepared(
        self, frames: Sequence[tuple[tuple[AUVector, AUVector], Angles]]
    ) -> list[_Prepared]:
        """Warps of frames that show some AUs, driven by others, with a turn of the head."""
        meshes = [self._mesh(drive, head) for (_, drive), head in frames]
        return [
            _Prepared(aus, self._warp(mesh), self._lid_warps(mesh))
            for ((aus, _), _), mesh in zip(frames, meshes, strict=True)
        ]

    def _mesh(self, target: AUVector, head: Angles) -> Mesh:
        """The mesh to some AUs, and a turn of the head, in photo pixels."""
        portrait = self.portrait
        still = portrait.face.landmarks[:N_MESH]
        landmarks = moved(self.prior, still, portrait.pose, portrait.aus, target)
        if not head.any():
            return mesh_between(still, landmarks)
        landmarks, unmoved = (turned(one, portrait.pose, head) for one in (landmarks, still))
        return mesh_between(still, landmarks, unmoved)

    def _warp(self, mesh: Mesh) -> Warp:
        """The warp of a mesh on the canvas grid."""
        side = GRID + 2 * self.inner.start
        if not self.warps:
            return Warp(np.zeros((side, side, 2), np.float32), np.zeros((side, side), np.float32))
        return warp_between(self.prior, mesh.on(self.to_canvas), (side, side))

    def _lid_warps(self, mesh: Mesh) -> tuple[LidWarp, ...]:
        """Finer warps about the eyes whose lids move."""
        warps = []
        for lids, (to_grid, share) in zip(LIDS_OF_SIDE, self.eyes, strict=True):
            edges = [*lids.upper[0], *lids.lower[0]]
            if not self.warps or np.array_equal(mesh.target[edges], mesh.turned[edges]):
                continue
            height, width = share.shape
            field = field_between(self.prior, mesh.on(to_grid), (height, width))
            field = _in_photo_pixels(field, to_grid) * share[:, :, None]
            warps.append(LidWarp(to_grid, np.concatenate([field, share[:, :, None]], 2)))
        return tuple(warps)

    def _eye_grid(self, lids: Opening) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Photo pixels to a grid about an eye, (2, 3); how much it counts at each pixel, (h, w)."""
        on_canvas = transformed(self.portrait.face.landmarks[:N_MESH], self.to_canvas)
        around = on_canvas[[*lids.corners, *lids.upper.ravel(), *lids.lower.ravel()], :2]
        low, high = around.min(axis=0), around.max(axis=0)
        margin = LIDS_MARGIN * (high - low).max()
        fine = float(np.clip(np.linalg.det(self.to_canvas[:, :2]) ** -0.5, 1, FINEST))
        width, height = np.ceil(fine * (high - low + 2 * margin)).astype(int)
        to_grid = fine * self.to_canvas
        to_grid[:, 2] += 0.5 * fine - 0.5 - fine * (low - margin)
        return to_grid, _window((height, width), round(margin * fine))

    @torch.inference_mode()
    def _paint(self, batch: Sequence[_Prepared]) -> list[_Painted]:
        """Run the generator on the crop under each warp."""
        size = self.generator.config.size
        warped, unknown = [], []
        for one in batch:
            inner = Warp(
                *(grid[self.inner, self.inner] for grid in (one.warp.field, one.warp.unknown))
            )
            on_crop = enlarged(inner, (size, size))
            for lids in one.lids:
                self._refine_crop(on_crop.field, lids)
            warped.append(apply_warp(self.crop, on_crop))
            unknown.append(on_crop.unknown[:, :, None])
        images, masks = np.stack(warped), np.stack(unknown)
        # What is never painted need not be looked at; a multiple of 8 px, the generator's grid.
        edge = round(EDGE * size / 8) * 8 if self.warps else 0
        rows, columns = slice(edge, size), slice(edge, size - edge)
        x = torch.from_numpy(images[:, rows, columns]).to(self.device).permute(0, 3, 1, 2)
        u = torch.from_numpy(masks[:, rows, columns]).to(self.device).permute(0, 3, 1, 2)
        y = torch.from_numpy(np.stack([one.aus for one in batch])).to(self.device)
        with autocast(self.device):
            colour, attention = self.generator(
                (x.float() / 127.5 - 1).contiguous(), u.contiguous(), y
            )
        colours, attentions = np.zeros(images.shape, np.float32), np.ones(masks.shape, np.float32)
        shown = ((colour.float() + 1) * 127.5).permute(0, 2, 3, 1)
        colours[:, rows, columns] = shown.cpu().numpy()
        attentions[:, rows, columns] = attention.float().permute(0, 2, 3, 1).cpu().numpy()
        return [
            _Painted(image.astype(np.float32), mask, keep, paint)
            for image, mask, keep, paint in zip(images, masks, attentions, colours, strict=True)
        ]

    def _gate(self, target: AUVector) -> float:
        """0 for the photo's own AUs, 1 from a change of GATE on, smooth between."""
        t = min(1.0, float(np.abs(target - self.portrait.aus).max()) / GATE)
        return t * t * (3 - 2 * t)

    def _refine_crop(self, field: NDArray[np.float32], lids: LidWarp) -> None:
        """Put a finer warp in its place in the crop's field (s, s, 2), in place."""
        to_photo = cv2.invertAffineTransform(self.to_crop)
        matrix = lids.to_grid[:, :2] @ to_photo
        matrix[:, 2] += lids.to_grid[:, 2]
        finer = _sampled(lids.field, matrix, (len(field), len(field)))
        field *= 1 - finer[:, :, 2:]
        field += finer[:, :, :2] @ self.to_crop[:, :2].T.astype(np.float32)

    def _warped_strip(self, layer: Layer, rows: slice, columns: slice) -> NDArray[np.uint8]:
        """(rows, columns, 3) of the photo under the warp."""
        offset = _onto(layer.field, self.to_canvas, rows, columns)
        for lids in layer.lids:
            height, width = lids.field.shape[:2]
            box = _box_in_photo(lids.to_grid, (width, height), columns.stop, rows.stop)
            left, top = max(box[0], columns.start), max(box[1], rows.start)
            if left >= box[2] or top >= box[3]:
                continue
            finer = _onto(lids.field, lids.to_grid, slice(top, box[3]), slice(left, box[2]))
            here = offset[
                top - rows.start : box[3] - rows.start,
                left - columns.start : box[2] - columns.start,
            ]
            here *= 1 - finer[:, :, 2:]
            here += finer[:, :, :2]
        x = offset[:, :, 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
        y = offset[:, :, 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        warped = cv2.remap(
            self.portrait.photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(warped, np.uint8)

    def _painted_strip(
        self, warped: NDArray[np.uint8], paint: NDArray[np.float32], rows: slice, columns: slice
    ) -> NDArray[np.uint8]:
        """Paint over a strip of the warped photo."""
        over = _onto(paint, self.to_crop, rows, columns)
        drop = over[:, :, 3:]
        mixed = over[:, :, :3] + warped - drop * warped if drop.any() else over[:, :, :3] + warped
        return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _in_photo_pixels(
    field: NDArray[np.float32], to_grid: NDArray[np.float64]
) -> NDArray[np.float32]:
    """A field's vectors in photo pixels instead of the grid's."""
    return np.asarray(field @ np.linalg.inv(to_grid[:, :2]).T.astype(np.float32), np.float32)


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
    grid: NDArray[np.float32], to_grid: NDArray[np.float64], rows: slice, columns: slice
) -> NDArray[np.float32]:
    """Sample an (h, w, c) grid at a rectangle of photo pixels; 0 outside the grid."""
    matrix = to_grid.copy()
    matrix[:, 2] += matrix[:, :2] @ (columns.start, rows.start)
    return _sampled(grid, matrix, (columns.stop - columns.start, rows.stop - rows.start))


def _sampled(
    grid: NDArray[np.float32], matrix: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Sample a grid where the affine `matrix` takes each pixel of a picture (width, height)."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grid, matrix, size, flags=flags), np.float32)


def _paint_over(painted: _Painted, gate: float, detail_from: float) -> NDArray[np.float32]:
    """(s, s, 4): what to add to the warped photo, and the share of it to drop first.

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
    over *= gate * _window((side, side), FEATHER * side)[:, :, None]
    return over


def _window(shape: tuple[int, int], border: float) -> NDArray[np.float32]:
    """(height, width) 1 inside, falling to 0 at the border."""
    ramps = []
    for side in shape:
        edge = np.minimum(np.arange(side), np.arange(side)[::-1]) / border
        t = np.clip(edge, 0, 1)
        ramps.append((t * t * (3 - 2 * t)).astype(np.float32))
    return np.outer(*ramps).astype(np.float32)


def choose_device(name: str) -> torch.device:
    """The torch device for auto, cpu, cuda or mps. Raises UsageError when it is not there."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, here in there.items() if here))
    if name not in there:
        raise UsageError(f"--device takes auto, cpu, cuda or mps, not {name!r}.")
    if not there[name]:
        raise UsageError(f"There is no {name} device on this machine. Use --device auto.")
    return torch.device(name)


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
