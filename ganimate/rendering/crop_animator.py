"""The animator of the paper's generators: nothing is warped, the whole crop is painted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch

from ganimate.appearance.colour_line import measure_colour_line
from ganimate.arrays import Angles, AUVector, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.networks.paper import PaperGenerator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Masks
from ganimate.rendering.layer import Layer, Patch
from ganimate.rendering.painter import WindowInput, WindowPaint, lay_paint, paint_windows
from ganimate.rendering.settings import PAINT, PaintSettings
from ganimate.rendering.window import Window


class CropAnimator:
    """One portrait, painted by a generator that makes every motion itself."""

    def __init__(
        self,
        portrait: Portrait,
        generator: PaperGenerator,
        models: FaceModels,
        device: torch.device,
        settings: PaintSettings = PAINT,
    ) -> None:
        """Cut the crop.

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
        self.to_crop = fit_crop(portrait.face.landmarks, size)
        self.crop = sample_crop(portrait.photo, self.to_crop, size)
        self.colour_line = measure_colour_line(self.crop)

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, lazily; drives and heads move nothing here."""
        frames = iter(aus)
        while batch := list(islice(frames, self.settings.batch)):
            paints = iter(self._paint([one for one in batch if self._changes(one)]))
            for one in batch:
                yield Layer(None, patches=(self._lay(next(paints)),) if self._changes(one) else ())

    def move(self, drive: AUVector, head: Angles) -> Points:
        """Where the mesh of the face is, (468, 2) photo pixels: nothing moves it."""
        return self.portrait.face.landmarks[:N_MESH, :2].copy()

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2)."""
        if not self._changes(aus):
            return Masks(
                self.crop.copy(), np.ones(self.crop.shape[:2], np.float32), self.crop.copy()
            )
        (paint,) = self._paint([aus])
        return Masks(
            np.clip(paint.result + 0.5, 0, 255).astype(np.uint8),
            paint.attention[:, :, 0],
            np.clip(paint.colour + 0.5, 0, 255).astype(np.uint8),
        )

    def calibrate(self, targets: Sequence[AUVector], *, bounded: bool = False) -> list[AUVector]:
        """The targets themselves: no warp is driven."""
        return list(targets)

    def _changes(self, aus: AUVector) -> bool:
        return bool((aus != self.portrait.aus).any())

    def _paint(self, aus: Sequence[AUVector]) -> list[WindowPaint]:
        """Paint the crop for AUs (17, 2) that are others than the photo's."""
        nothing = np.zeros(self.crop.shape[:2], np.float32)
        inputs = [
            WindowInput(
                window=Window(0, 0, len(self.crop)),
                given=self.crop,
                unknown=nothing,
                drawn=nothing,
                aus=one,
                change=float(np.abs(one - self.portrait.aus).max()),
                colour_line=self.colour_line,
            )
            for one in aus
        ]
        return paint_windows(self.generator, inputs, self.device) if inputs else []

    def _lay(self, paint: WindowPaint) -> Patch:
        return Patch(self.to_crop, lay_paint(paint, 1.0, self.settings.feather))
