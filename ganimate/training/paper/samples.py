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
from torch.utils.data import Dataset

from ganimate.errors import DataError
from ganimate.training.data.dataset import FaceSet
from ganimate.training.processes import ALONE, Processes

TARGET_NOISE = 0.1  # largest change of a target AU, either way
SMALLEST_SPREAD = 0.02  # standard deviation of the liveliest AU, below which nothing is labelled


@dataclass(frozen=True)
class PaperBatch:
    """Tensors of one step."""

    photo: Tensor  # (n, 3, s, s) uint8
    aus: Tensor  # (n, 17) float32 in [0, 1], what they show
    target: Tensor  # (n, 17) float32 in [0, 1], what they shall show
    mix: Tensor  # (n,) float32 in [0, 1], where between photo and frame Eq. 2 looks at gradients

    def to(self, device: torch.device) -> PaperBatch:
        """The same batch on a device."""
        return PaperBatch(
            self.photo.to(device),
            self.aus.to(device),
            self.target.to(device),
            self.mix.to(device),
        )


class Samples(Dataset[PaperBatch]):
    """Batches by step number, for a DataLoader with batch_size=None."""

    def __init__(
        self,
        faces: FaceSet,
        indices: NDArray[np.int64],
        size: int,
        batch: int,
        seed: int,
        processes: Processes = ALONE,
    ) -> None:
        """Of the faces at `indices`, `size` px wide; this process's share of `batch` a step.

        Labels are the set's own, our measurements where it has none; sides are averaged, because
        the paper has none. Raises DataError when crops are smaller, or all faces look alike.
        """
        if faces.size < size:
            raise DataError(
                f"The data set's crops are {faces.size} px wide, the paper's network takes {size} "
                f"px: prepare the photos again with crops of {size} px or more."
            )
        aus = faces.aus if faces.labels is None else faces.labels
        aus = np.where(np.isnan(aus), faces.aus, aus)[indices]
        self.aus: NDArray[np.float32] = aus.mean(axis=2, dtype=np.float32)  # (n, 17)
        if len(indices) > 1 and self.aus.std(axis=0).max() < SMALLEST_SPREAD:
            raise DataError(
                f"All {len(indices)} faces have nearly the same AUs, so that there is nothing to "
                "learn: let `ganimate prepare` check the labels."
            )
        self.faces, self.indices, self.size = faces, indices, size
        self.batch, self.seed, self.processes = batch, seed, processes
        self._epoch: tuple[int, NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, step: int) -> PaperBatch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, step))
        # Drawn for the whole batch, so that the shares of several processes are one process's.
        shown = [self._place(step * self.batch + index) for index in range(self.batch)]
        wanted = rng.integers(len(self), size=self.batch)
        noise = rng.uniform(-TARGET_NOISE, TARGET_NOISE, (self.batch, self.aus.shape[1]))
        target = np.clip(self.aus[wanted] + noise, 0, 1).astype(np.float32)
        mirrored = rng.random(self.batch) < 0.5
        mix = rng.random(self.batch, np.float32)
        mine = self.processes.share(self.batch)
        photos = [self.photo(shown[i], bool(mirrored[i])) for i in range(self.batch)[mine]]
        return PaperBatch(
            torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).contiguous(),
            torch.from_numpy(self.aus[shown[mine]]),
            torch.from_numpy(target[mine]),
            torch.from_numpy(mix[mine]),
        )

    def _place(self, drawn: int) -> int:
        """The face that is drawn after so many others, as a place in `indices`."""
        epoch, place = divmod(drawn, len(self))
        if self._epoch is None or self._epoch[0] != epoch:
            order = np.random.default_rng((self.seed, epoch, len(self))).permutation(len(self))
            self._epoch = epoch, order
        return int(self._epoch[1][place])

    def photo(self, place: int, mirrored: bool) -> NDArray[np.uint8]:
        """The (size, size, 3) crop of a face."""
        crop = self.faces.crop(int(self.indices[place]))
        if len(crop) != self.size:
            crop = np.asarray(
                cv2.resize(crop, (self.size, self.size), interpolation=cv2.INTER_AREA), np.uint8
            )
        return crop[:, ::-1] if mirrored else crop
