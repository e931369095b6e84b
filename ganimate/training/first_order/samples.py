"""What a step of the `first-order` preset sees: two frames of each of some clips, and transforms.

Clips come in a new order in each epoch. A sample depends on nothing but the seed and its step, so a
resumed run sees what an uninterrupted one would have, and so do several processes together.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.arrays import Floats, Photo
from ganimate.errors import DataError
from ganimate.training.data.clips import ClipSet
from ganimate.training.first_order.config import TransformSettings
from ganimate.training.first_order.transforms import Transform
from ganimate.training.preset import SampleSet
from ganimate.training.processes import ALONE, Processes

LUMA = np.array([0.299, 0.587, 0.114])
"""Shares of red, green and blue in luminance (ITU-R BT.601)."""


@dataclass(frozen=True)
class PairSettings:
    """How pairs are varied; both frames alike."""

    brightness: float = 0.1
    """Largest share by which pictures are made brighter or darker; the authors'."""

    contrast: float = 0.1
    """Largest share by which contrast grows or shrinks; the authors'."""

    saturation: float = 0.1
    """Largest share by which colours grow or pale; the authors'. Their hues turn, too; ours do
    not."""


PAIRS = PairSettings()


@dataclass(frozen=True)
class PairBatch:
    """Tensors of one step.

    Attributes:
        source: (n, 3, s, s) uint8.
        driving: (n, 3, s, s) uint8, another frame of the same clip.
        affine: (n, 2, 3) float32, of the transform for equivariance.
        bend: (n, p * p) float32, of the same.
    """

    source: Tensor
    driving: Tensor
    affine: Tensor
    bend: Tensor

    def to(self, device: torch.device) -> PairBatch:
        """Move the batch to a device."""
        return PairBatch(
            source=self.source.to(device),
            driving=self.driving.to(device),
            affine=self.affine.to(device),
            bend=self.bend.to(device),
        )

    @property
    def transform(self) -> Transform:
        """The maps from transformed driving pictures to these."""
        return Transform(self.affine, self.bend)


class Pairs(SampleSet[PairBatch]):
    """Batches of the preset by step number."""

    def __init__(
        self,
        clips: ClipSet,
        indices: NDArray[np.int64],
        size: int,
        batch: int,
        seed: int,
        processes: Processes = ALONE,
        *,
        transform: TransformSettings,
        settings: PairSettings = PAIRS,
    ) -> None:
        """Choose clips.

        Args:
            clips: a prepared set.
            indices: (n,) of its clips.
            size: side of the pictures, pixels; larger frames are made smaller.
            batch: pairs a step, of all processes together.
            seed: of order, frames and variations.
            processes: that train together; each makes its share.
            transform: how far transforms for equivariance go.
            settings: how pairs are varied.

        Raises:
            DataError: frames are smaller.
        """
        if clips.size < size:
            raise DataError(
                f"The clips' frames are {clips.size} px wide, the network takes {size} px: prepare "
                f"the videos again with frames of {size} px."
            )
        self.size = size
        self._clips, self._indices, self._batch, self._seed = clips, indices, batch, seed
        self._processes, self._transform, self._settings = processes, transform, settings
        self._epoch: tuple[int, NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, step: int) -> PairBatch:
        cv2.setNumThreads(1)
        count, transform = self._batch, self._transform
        rng = np.random.default_rng((self._seed, step))
        # Drawn for the whole batch, so that the shares of several processes are one process's.
        places = [self._find_place(step * count + index) for index in range(count)]
        chances = rng.random((count, 2))
        mirrored = rng.random(count) < 0.5
        colours = rng.uniform(-1, 1, (count, 3))
        affine = np.eye(2, 3) + rng.normal(0, transform.affine, (count, 2, 3))
        bend = rng.normal(0, transform.bend, (count, transform.points**2))
        mine = self._processes.share(count)
        pairs = []
        for i in range(count)[mine]:
            source, driving = self._read_pair(places[i], chances[i])
            change = mix_colours(colours[i], self._settings)
            pairs.append([self._vary(one, change, bool(mirrored[i])) for one in (source, driving)])
        pictures = torch.from_numpy(np.stack(pairs, axis=1)).permute(0, 1, 4, 2, 3).contiguous()
        return PairBatch(
            source=pictures[0],
            driving=pictures[1],
            affine=torch.from_numpy(affine[mine]).float(),
            bend=torch.from_numpy(bend[mine]).float(),
        )

    def _find_place(self, drawn: int) -> int:
        """The clip that is drawn after so many others, as a place in the set."""
        epoch, place = divmod(drawn, len(self))
        if self._epoch is None or self._epoch[0] != epoch:
            order = np.random.default_rng((self._seed, epoch, len(self))).permutation(len(self))
            self._epoch = epoch, order
        return int(self._indices[self._epoch[1][place]])

    def _read_pair(self, clip: int, chances: NDArray[np.float64]) -> tuple[Photo, Photo]:
        """Read two different frames of a clip, chosen by two numbers in [0, 1)."""
        count = len(self._clips.clips[clip])
        first = int(chances[0] * count)
        second = (first + 1 + int(chances[1] * (count - 1))) % count
        return self._clips.read_frame(clip, first), self._clips.read_frame(clip, second)

    def _vary(self, frame: Photo, change: Floats, mirrored: bool) -> Photo:
        """A frame at the size of the pictures, in other colours (3, 4), mirrored or not."""
        if len(frame) != self.size:
            side = (self.size, self.size)
            frame = np.asarray(cv2.resize(frame, side, interpolation=cv2.INTER_AREA), np.uint8)
        changed = np.asarray(cv2.transform(frame, change), np.uint8)
        return changed[:, ::-1] if mirrored else changed


def mix_colours(changes: NDArray[np.float64], settings: PairSettings = PAIRS) -> Floats:
    """Mix a change of colours: (3, 4), a matrix and what it adds, of 255.

    Args:
        changes: (3,) how far brightness, contrast and saturation change, in [-1, 1].
        settings: the largest changes.
    """
    brightness, contrast, saturation = changes
    gain = 1 + brightness * settings.brightness
    spread = 1 + contrast * settings.contrast
    colour = 1 + saturation * settings.saturation
    matrix = gain * spread * (colour * np.eye(3) + (1 - colour) * np.tile(LUMA, (3, 1)))
    offset = gain * (1 - spread) * 127.5
    return np.asarray(np.concatenate([matrix, np.full((3, 1), offset)], axis=1), np.float32)
