"""What a step of the `paper` preset sees: faces, what they show, and what they shall show.

Faces come in a new order in each epoch. A sample depends on nothing but the seed and its step, so a
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
from ganimate.training.data.dataset import FaceSet
from ganimate.training.preset import SampleSet
from ganimate.training.processes import ALONE, Processes


@dataclass(frozen=True)
class SampleSettings:
    """How targets are drawn, and which labels are refused."""

    target_noise: float = 0.1
    """Largest change of a target, either way, of an intensity; the authors' code has it."""

    smallest_spread: float = 0.02
    """Standard deviation of the liveliest action unit over the faces, below which there is nothing
    to learn from labels; by eye."""


SAMPLES = SampleSettings()


@dataclass(frozen=True)
class PaperBatch:
    """Tensors of one step.

    Attributes:
        photo: (n, 3, s, s) uint8.
        aus: (n, 17) float32 in [0, 1], what the photos show.
        target: (n, 17) float32 in [0, 1], what they shall show.
        mix: (n,) float32 in [0, 1], where between photo and frame Eq. 2 looks at gradients.
    """

    photo: Tensor
    aus: Tensor
    target: Tensor
    mix: Tensor

    def to(self, device: torch.device) -> PaperBatch:
        """Move the batch to a device."""
        return PaperBatch(
            photo=self.photo.to(device),
            aus=self.aus.to(device),
            target=self.target.to(device),
            mix=self.mix.to(device),
        )


class Samples(SampleSet[PaperBatch]):
    """Batches of the paper's preset by step number.

    Attributes:
        aus: (n, 17) in [0, 1], what the faces show.
    """

    def __init__(
        self,
        faces: FaceSet,
        indices: NDArray[np.int64],
        size: int,
        batch: int,
        seed: int,
        processes: Processes = ALONE,
        settings: SampleSettings = SAMPLES,
    ) -> None:
        """Choose the labels of faces, and check that they differ.

        Labels are the set's own, our measurements where it has none; sides are averaged, because
        the paper has none.

        Args:
            faces: a prepared set.
            indices: (n,) of its faces.
            size: side of the photos, pixels; larger crops are made smaller.
            batch: faces a step, of all processes together.
            seed: of order, targets and mirroring.
            processes: that train together; each makes its share.
            settings: how targets are drawn.

        Raises:
            DataError: crops are smaller, or all faces look alike.
        """
        if faces.size < size:
            raise DataError(
                f"The data set's crops are {faces.size} px wide, the paper's network takes {size} "
                f"px: prepare the photos again with crops of {size} px or more."
            )
        aus = faces.aus if faces.labels is None else faces.labels
        aus = np.where(np.isnan(aus), faces.aus, aus)[indices]
        self.aus: Floats = aus.mean(axis=2, dtype=np.float32)
        if len(indices) > 1 and self.aus.std(axis=0).max() < settings.smallest_spread:
            raise DataError(
                f"All {len(indices)} faces have nearly the same AUs, so that there is nothing to "
                "learn: check the labels, as `ganimate prepare` lists them."
            )
        self.size = size
        self._faces, self._indices, self._settings = faces, indices, settings
        self._batch, self._seed, self._processes = batch, seed, processes
        self._epoch: tuple[int, NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, step: int) -> PaperBatch:
        cv2.setNumThreads(1)
        count, noise = self._batch, self._settings.target_noise
        rng = np.random.default_rng((self._seed, step))
        # Drawn for the whole batch, so that the shares of several processes are one process's.
        shown = [self._find_place(step * count + index) for index in range(count)]
        wanted = rng.integers(len(self), size=count)
        change = rng.uniform(-noise, noise, (count, self.aus.shape[1]))
        target = np.clip(self.aus[wanted] + change, 0, 1).astype(np.float32)
        mirrored = rng.random(count) < 0.5
        mix = rng.random(count, np.float32)
        mine = self._processes.share(count)
        photos = [self.read_photo(shown[i], bool(mirrored[i])) for i in range(count)[mine]]
        return PaperBatch(
            photo=torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).contiguous(),
            aus=torch.from_numpy(self.aus[shown[mine]]),
            target=torch.from_numpy(target[mine]),
            mix=torch.from_numpy(mix[mine]),
        )

    def _find_place(self, drawn: int) -> int:
        """The face that is drawn after so many others, as a place in the indices."""
        epoch, place = divmod(drawn, len(self))
        if self._epoch is None or self._epoch[0] != epoch:
            order = np.random.default_rng((self._seed, epoch, len(self))).permutation(len(self))
            self._epoch = epoch, order
        return int(self._epoch[1][place])

    def read_photo(self, place: int, mirrored: bool) -> Photo:
        """Read the (size, size, 3) crop of a face, by its place in the indices."""
        crop = self._faces.crop(int(self._indices[place]))
        if len(crop) != self.size:
            crop = np.asarray(
                cv2.resize(crop, (self.size, self.size), interpolation=cv2.INTER_AREA), np.uint8
            )
        return crop[:, ::-1] if mirrored else crop
