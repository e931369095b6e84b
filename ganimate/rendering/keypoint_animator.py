"""The animator of first-order generators: a square about the face, moved by keypoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from ganimate.appearance.colour_line import measure_colour_line
from ganimate.arrays import Floats, Map, Photo
from ganimate.face.alignment import sample_crop
from ganimate.face.square import fit_square
from ganimate.networks.device import autocast
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.performance.keypoints import detect_keypoints, to_keypoints
from ganimate.portrait import Portrait
from ganimate.rendering.compositor import feather, to_photo_pixels
from ganimate.rendering.layer import GridField, Layer, Patch
from ganimate.rendering.settings import REENACTMENT, ReenactmentSettings


@dataclass(frozen=True)
class MovedFace:
    """What a generator makes of a face for one frame, at its own size s.

    Attributes:
        picture: (s, s, 3) uint8.
        painted: (s, s, 3) uint8, what the painter made of all of it.
        deformed: (s, s, 3) uint8, the photo's own pixels, moved and not painted.
        shown: (s, s) in [0, 1], 0 where the photo does not show what is there.
        field: (s, s, 2) in [-1, 1], the place in the photo's square that each pixel comes from.
    """

    picture: Photo
    painted: Photo
    deformed: Photo
    shown: Map
    field: Floats


class KeypointAnimator:
    """One portrait, moved by keypoints."""

    def __init__(
        self,
        portrait: Portrait,
        generator: FirstOrderGenerator,
        device: torch.device,
        settings: ReenactmentSettings = REENACTMENT,
    ) -> None:
        """Cut the square about the face and find its keypoints.

        Args:
            portrait: the face, measured.
            generator: on `device`, in evaluation mode.
            device: where the generator runs.
            settings: how squares are painted and pasted back.
        """
        self.portrait, self.generator = portrait, generator
        self.device, self.settings = device, settings
        size = generator.config.size
        self.to_square = fit_square([portrait.face.box], size)
        self.square = sample_crop(portrait.photo, self.to_square, size)
        (self.keypoints,) = detect_keypoints(generator, [self.square], device)
        self.colour_line = measure_colour_line(self.square)

    def move(self, keypoints: Iterable[Floats]) -> Iterator[MovedFace]:
        """Move the face to the keypoints (k, 6) of each frame, lazily."""
        wanted = iter(keypoints)
        while batch := list(islice(wanted, self.settings.batch)):
            yield from self._move_batch(batch)

    def layers(self, keypoints: Iterable[Floats]) -> Iterator[Layer]:
        """What each frame does to the photo, lazily.

        Args:
            keypoints: (k, 6) that the face shall have in each frame.
        """
        size = len(self.square)
        share = feather((size, size), self.settings.feather * size)[:, :, None]
        for moved in self.move(keypoints):
            painted = moved.painted.astype(np.float32)
            if self.colour_line is not None:
                painted = self.colour_line.project(painted)
            warp = None
            drop = share
            if self.generator.config.skips:  # the photo is moved at its own size, with its detail
                warp = self._warp(moved.field, share)
                drop = share * (1 - moved.shown[:, :, None])
            paint = np.concatenate([painted * drop, drop], axis=2)
            yield Layer(warp, patches=(Patch(self.to_square, paint),))

    def _warp(self, field: Floats, share: Floats) -> GridField:
        """The warp of the photo by a field (s, s, 2) of the square, by its share (s, s, 1)."""
        last = len(field) - 1
        here = np.stack(np.meshgrid(*[np.arange(last + 1, dtype=np.float32)] * 2), axis=2)
        offset = ((field + 1) / 2 * last - here) * share
        return GridField(self.to_square, to_photo_pixels(offset, self.to_square))

    @torch.inference_mode()
    def _move_batch(self, keypoints: list[Floats]) -> Iterator[MovedFace]:
        count = len(keypoints)
        square = torch.from_numpy(self.square).to(self.device).permute(2, 0, 1)[None].float() / 255
        own = to_keypoints([self.keypoints] * count, self.device)
        with autocast(self.device):
            made = self.generator.animate(
                square.expand(count, -1, -1, -1), own, to_keypoints(keypoints, self.device)
            )
        pictures, painted, deformed = (
            (255 * one).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
            for one in (made.picture, made.painted, made.deformed)
        )
        shown, field = made.shown.cpu().numpy(), made.field.cpu().numpy()
        for index in range(count):
            yield MovedFace(
                picture=pictures[index],
                painted=painted[index],
                deformed=deformed[index],
                shown=shown[index, 0],
                field=field[index],
            )
