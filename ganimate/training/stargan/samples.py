"""What a step of the `stargan` preset sees: pictures, their labels, and what they shall show.

Pictures come in a new order in each epoch. What they shall show are the labels of the same batch in
another order, as in the authors' code.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.training.data.labelled_pictures import LabelledPictures
from ganimate.training.preset import SampleSet
from ganimate.training.processes import ALONE, Processes


@dataclass(frozen=True)
class StarganBatch:
    """Tensors of one step.

    Attributes:
        picture: (n, 3, s, s) uint8.
        labels: (n, k) float32, 0 or 1, what the pictures show.
        target: (n, k) float32, 0 or 1, what they shall show.
        mix: (n,) float32 in [0, 1], where between picture and painting Eq. 8 looks at gradients.
    """

    picture: Tensor
    labels: Tensor
    target: Tensor
    mix: Tensor

    def to(self, device: torch.device) -> StarganBatch:
        """Move the batch to a device."""
        return StarganBatch(
            picture=self.picture.to(device),
            labels=self.labels.to(device),
            target=self.target.to(device),
            mix=self.mix.to(device),
        )


class StarganSamples(SampleSet[StarganBatch]):
    """Batches of the preset by step number."""

    def __init__(
        self,
        pictures: LabelledPictures,
        indices: NDArray[np.int64],
        size: int,
        batch: int,
        seed: int,
        processes: Processes = ALONE,
    ) -> None:
        """Choose pictures.

        Args:
            pictures: a set.
            indices: (n,) of its pictures.
            size: side of the pictures, pixels.
            batch: pictures a step, of all processes together.
            seed: of order, targets and mirroring.
            processes: that train together; each makes its share.
        """
        self.size = size
        self._pictures, self._indices = pictures, indices
        self._batch, self._seed, self._processes = batch, seed, processes
        self._epoch: tuple[int, NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, step: int) -> StarganBatch:
        cv2.setNumThreads(1)
        count = self._batch
        rng = np.random.default_rng((self._seed, step))
        # Drawn for the whole batch, so that the shares of several processes are one process's.
        shown = np.array([self._find_index(step * count + place) for place in range(count)])
        labels = self._pictures.labels[shown]
        target = labels[rng.permutation(count)]
        mirrored = rng.random(count) < 0.5
        mix = rng.random(count, np.float32)
        mine = self._processes.share(count)
        pictures = [
            self._read(int(index), bool(turned))
            for index, turned in zip(shown[mine], mirrored[mine], strict=True)
        ]
        return StarganBatch(
            picture=torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous(),
            labels=torch.from_numpy(labels[mine]),
            target=torch.from_numpy(target[mine]),
            mix=torch.from_numpy(mix[mine]),
        )

    def _find_index(self, drawn: int) -> int:
        """The picture of the set that is drawn after so many others."""
        epoch, place = divmod(drawn, len(self))
        if self._epoch is None or self._epoch[0] != epoch:
            order = np.random.default_rng((self._seed, epoch, len(self))).permutation(len(self))
            self._epoch = epoch, order
        return int(self._indices[self._epoch[1][place]])

    def _read(self, index: int, mirrored: bool) -> NDArray[np.uint8]:
        picture = self._pictures.read(index, self.size)
        return picture[:, ::-1] if mirrored else picture
