"""The animator of `motion` generators: the face is warped, windows of it are painted.

The generator looks at the mouth and the eyes through windows (window.py) and paints what the warp
cannot know. Elsewhere A is 1: skin, hair and beard keep every pixel of the photo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat

import numpy as np
import torch

from ganimate.appearance.filling import fill_unknown
from ganimate.arrays import Angles, AUVector, Photo, Points
from ganimate.face.alignment import sample_crop
from ganimate.face.landmarks import LIDS_OF_SIDE, OPENINGS
from ganimate.face_models import FaceModels
from ganimate.networks.motion import Generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Masks
from ganimate.rendering.calibration import calibrate_drives
from ganimate.rendering.compositor import feather, sample_grid
from ganimate.rendering.fine_eyes import lay_fine_eye
from ganimate.rendering.fine_mouth import lay_fine_mouth
from ganimate.rendering.frame import (
    STILL,
    FramePlan,
    apply_gain_on_crop,
    build_crop_warp,
    build_photo_field,
    plan_frame,
    prepare_face,
    retouch_crop,
)
from ganimate.rendering.layer import GrainPatch, Layer, Patch
from ganimate.rendering.painter import WindowInput, WindowPaint, lay_paint, paint_windows
from ganimate.rendering.settings import FINE_EYES, PAINT, PaintSettings
from ganimate.rendering.window import VIEWS, place_window, select_side
from ganimate.warp.field import apply_warp


class WarpAnimator:
    """One portrait, moved by a warp and painted in windows."""

    def __init__(
        self,
        portrait: Portrait,
        generator: Generator,
        models: FaceModels,
        device: torch.device,
        settings: PaintSettings = PAINT,
    ) -> None:
        """Find what every frame needs.

        Args:
            portrait: the face, measured.
            generator: on `device`, in evaluation mode.
            models: what is known of faces.
            device: where the generator runs.
            settings: how paint is laid over the photo.
        """
        self.portrait, self.generator, self.models = portrait, generator, models
        self.device, self.settings = device, settings
        size = generator.config.size
        self.face = prepare_face(portrait, models, size)
        self.crop = sample_crop(portrait.photo, self.face.to_crop, size)
        on_crop = self.face.to_crop.apply(portrait.face.landmarks)
        self.windows = tuple((view, place_window(view, on_crop, size)) for view in VIEWS)

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, lazily: see Animator."""
        pairs = ((y, y) for y in aus) if drives is None else zip(aus, drives, strict=True)
        turns = repeat(STILL) if heads is None else heads
        frames = ((*pair, head) for pair, head in zip(pairs, turns, strict=heads is not None))
        while batch := list(islice(frames, self.settings.batch)):
            plans = [plan_frame(self.face, *frame) for frame in batch]
            for plan, paints in zip(plans, self._paint(plans), strict=True):
                patches = [patch for paint in paints for patch in self._lay_patches(plan, paint)]
                yield Layer(
                    warp=build_photo_field(self.face, plan),
                    slits=plan.slits,
                    lines=plan.lines,
                    retouches=plan.retouches,
                    shade=plan.shade,
                    patches=(*patches, *plan.eyes),
                    grains=tuple(self._lay_grain(paints)),
                    laid=plan.laid,
                    softened=plan.softened,
                    glasses=plan.glasses,
                )

    def move(self, drive: AUVector, head: Angles) -> Points:
        """Where the mesh of the face is moved to, (468, 2) photo pixels: see Animator."""
        plan = plan_frame(self.face, drive, drive, head)
        return self.face.to_crop.inverse().apply(plan.landmarks)

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2), driven as in layers().

        Where it did not look, attention is 1 and the colour is the warped photo's.
        """
        plan = plan_frame(self.face, aus, aus if drive is None else drive, STILL)
        result = self._draw_crop(plan)
        attention, colour = np.ones(result.shape[:2], np.float32), result.copy()
        for paint in self._paint([plan])[0]:
            pixels = paint.window.pixels
            result[pixels] = np.clip(paint.result + 0.5, 0, 255)
            attention[pixels] = paint.attention[:, :, 0]
            colour[pixels] = np.clip(paint.colour + 0.5, 0, 255)
        to_photo, size = self.face.to_crop.inverse(), len(result)
        for laid in (*plan.eyes, *plan.laid):
            over = sample_grid(laid.paint, to_photo.then(laid.to_window), (size, size))
            result[:] = np.rint(over[:, :, :3] + (1 - over[:, :, 3:]) * result)
        if plan.glasses is not None:
            patch = plan.glasses.patch
            share = sample_grid(patch.paint[:, :, 3], to_photo.then(patch.to_window), (size, size))
            share[(self.crop != self.face.crop).any(axis=2)] = 1
            result[:] = np.rint(result + share[:, :, None] * (self.crop.astype(float) - result))
        return Masks(result, attention, colour)

    def calibrate(self, targets: Sequence[AUVector], *, bounded: bool = False) -> list[AUVector]:
        """Drives that make this face show each target: see calibration.py."""
        return calibrate_drives(self.portrait, self.models, targets, self._copy, bounded=bounded)

    def _copy(self, portrait: Portrait) -> WarpAnimator:
        """Animate a portrait, another or the same, by the same generator."""
        if portrait is self.portrait:
            return self
        return WarpAnimator(portrait, self.generator, self.models, self.device, self.settings)

    def _draw_crop(self, plan: FramePlan) -> Photo:
        """The crop (s, s, 3) with its lines, its warp and its creases, not painted."""
        lined = self.face.crop
        for one in plan.retouches:
            lined = retouch_crop(self.face, lined, one)
        for line in plan.lines:
            lined = apply_gain_on_crop(self.face, lined, line)
        warped = apply_warp(lined, build_crop_warp(self.face, plan))
        return warped if plan.shade is None else apply_gain_on_crop(self.face, warped, plan.shade)

    def _paint(self, plans: Sequence[FramePlan]) -> list[list[WindowPaint]]:
        """Paint what has to be painted of each frame."""
        inputs = [list(self._list_inputs(plan)) for plan in plans]
        every = list(chain.from_iterable(inputs))
        # A frame has up to three windows: memory must not follow what faces happen to do.
        batches = (
            every[start : start + self.settings.batch]
            for start in range(0, len(every), self.settings.batch)
        )
        paints = chain.from_iterable(
            paint_windows(self.generator, batch, self.device) for batch in batches
        )
        return [list(islice(paints, len(frame))) for frame in inputs]

    def _list_inputs(self, plan: FramePlan) -> Iterator[WindowInput]:
        """The windows in which something has to be painted."""
        change = float(np.abs(plan.aus - self.portrait.aus).max())
        if not change or not plan.warp.unknown.any():
            return
        on_crop = build_crop_warp(self.face, plan)
        warped = apply_warp(self.face.crop, on_crop)
        given, drawn = fill_unknown(warped, on_crop.unknown, plan.landmarks, plan.mouth)
        line = self.face.colour_line
        if line is not None:
            given = np.where(drawn[:, :, None] > 0, np.rint(line.project(given)), given)
            given = given.astype(np.uint8)
        for view, window in self.windows:
            unknown = on_crop.unknown[window.pixels]
            if unknown.any():
                yield WindowInput(
                    window=window,
                    given=given[window.pixels],
                    unknown=unknown,
                    drawn=drawn[window.pixels],
                    aus=select_side(view, plan.aus),
                    change=change,
                    colour_line=line,
                )

    def _lay_grain(self, paints: Sequence[WindowPaint]) -> Iterator[GrainPatch]:
        """The photo's grain on what it does not show in each window."""
        grain = self.face.grain
        if grain is None:
            return
        for paint in paints:
            side = len(paint.unknown)
            fades = feather((side, side), self.settings.feather * side)
            to_window = self.face.to_crop.shifted(-paint.window.left, -paint.window.top)
            yield GrainPatch(to_window, paint.unknown[:, :, 0] * fades, grain)

    def _lay_patches(self, plan: FramePlan, paint: WindowPaint) -> Iterator[Patch]:
        """What to paint over the photo in a window."""
        to_window = self.face.to_crop.shifted(-paint.window.left, -paint.window.top)
        height, width = self.portrait.photo.shape[:2]
        over = lay_paint(paint, self.settings.detail_from, self.settings.feather)
        side = self._find_side(paint)
        if side is not None and self.face.to_crop.scale * FINE_EYES.finer < 1:
            lids = LIDS_OF_SIDE[side]
            steps = 1 / self.face.slits[OPENINGS.index(lids)].to_grid.scale
            yield from lay_fine_eye(over, plan.mesh, lids, to_window, (height, width), steps)
            return
        yield Patch(to_window, over)
        if side is None and self.face.fine_mouth is not self.face.mouth:
            line = self.face.colour_line
            fine = lay_fine_mouth(
                paint, plan.fine_mouth, to_window, (height, width), line, self.settings
            )
            if fine is not None:
                yield fine

    def _find_side(self, paint: WindowPaint) -> int | None:
        """The eye that a window looks at, by its column of an AU vector; None for the mouth."""
        return next(view.side for view, window in self.windows if window == paint.window)
