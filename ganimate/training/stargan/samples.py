"""What a step of the `stargan` preset sees: pictures, their labels, and what they shall show.

Pictures come in a new order in each epoch. What they shall show are the labels of the same batch in
another order, as in the authors' code. Of a set whose labels nobody balanced, each label is drawn
equally often: of faces that their action units label, thirty are happy for each that is sad, and a
generator that is asked for sad faces in one picture of forty does not learn to paint them.
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
        self._parts = _split_by_label(pictures, indices) if pictures.even else [indices]
        self._orders: dict[int, tuple[int, NDArray[np.int64]]] = {}

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
        count = len(self._parts)
        turn, place = divmod(drawn, count)
        # Each part comes once in a turn, in an order that is the turn's own.
        order = np.random.default_rng((self._seed, turn, count)).permutation(count)
        part = int(order[place])
        members = self._parts[part]
        epoch, place = divmod(turn, len(members))
        if part not in self._orders or self._orders[part][0] != epoch:
            rng = np.random.default_rng((self._seed, epoch, len(members), part))
            self._orders[part] = epoch, rng.permutation(len(members))
        return int(members[self._orders[part][1][place]])

    def _read(self, index: int, mirrored: bool) -> NDArray[np.uint8]:
        picture = self._pictures.read(index, self.size)
        return picture[:, ::-1] if mirrored else picture


def _split_by_label(
    pictures: LabelledPictures, indices: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Pictures (n,) of a set whose labels exclude each other, by what they show."""
    shown = pictures.labels[indices].argmax(axis=1)
    return [indices[shown == label] for label in np.unique(shown)]
