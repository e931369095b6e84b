"""What a training step sees: faces warped to other expressions, with and without an answer.

A round trip has one: the photo is warped to an expression that shows less (mouth less open, lids
no wider, creases shaded away) and back, and the generator must return the photo. A transfer has
none: the photo is warped to other action units and the critic judges. A sample depends on nothing
but the seed and its step, so a resumed run sees what an uninterrupted one would have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ganimate.action_units import PRESETS, ROW_OF, SHAPE, AUVector
from ganimate.faces import N_MESH
from ganimate.motion import (
    LIDS_OF_SIDE,
    LIPS,
    MotionPrior,
    Warp,
    apply_warp,
    enlarged,
    moved,
    warp_between,
)
from ganimate.pose import fit_pose
from ganimate.training.dataset import FaceSet
from ganimate.training.shading import Shading, shade

GRID = 2  # crop pixels for each pixel of the warp's grid
LANDMARK_NOISE = 0.004  # of the face's width, at lips and lids: the detector's own error
SHUT_MOUTH = 0.7  # share of round trips through a closed mouth
MOUTH_HEIGHT = 0.72  # of an aligned crop: where mouths are
PARTED = 0.06  # AU25 below this is a closed mouth
PARTED_MOUTH = 0.6  # share of round trips of closed mouths through an open one
BLINKING = 0.7  # AU45 above this is a closed eye
SHUT_EYES = 0.12  # ... through closed eyes
UNCHANGED = 0.1  # share of round trips that go nowhere: nothing may be painted

# How much oftener a face is drawn for what it shows at full intensity: rare ones teach most.
DRAW = {4: 3.0, 9: 2.0, 12: 0.7, 15: 3.0, 17: 2.0, 20: 2.0, 23: 1.0, 25: 3.0, 26: 6.0, 45: 2.0}


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: round trips, then transfers, n in all, in every field."""

    warped: Tensor  # (n, 3, s, s) uint8, what the generator is given
    unknown: Tensor  # (n, 1, s, s) uint8, 255 where the photo says nothing
    aus: Tensor  # (n, 17, 2) float32, what it shall show
    change: Tensor  # (n,) float32, largest change of an AU on the way
    real: Tensor  # (n, 3, s, s) uint8, the photos themselves: the answers of the round trips
    real_aus: Tensor  # (n, 17, 2) float32, of the photos
    round_trips: int  # how many of them, the first ones, have an answer

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(
            self.warped.to(device),
            self.unknown.to(device),
            self.aus.to(device),
            self.change.to(device),
            self.real.to(device),
            self.real_aus.to(device),
            self.round_trips,
        )


@dataclass(frozen=True)
class Drawn:
    """One sample of a batch, as arrays."""

    warped: NDArray[np.uint8]  # (s, s, 3)
    unknown: NDArray[np.float32]  # (s, s)
    aus: AUVector
    change: float
    real: NDArray[np.uint8]  # (s, s, 3)
    real_aus: AUVector


class Pairs(Dataset[Batch]):
    """Batches by step number, for a DataLoader with batch_size=None."""

    def __init__(
        self,
        faces: FaceSet,
        indices: NDArray[np.int64],
        prior: MotionPrior,
        shading: Shading,
        batch: int,
        seed: int,
        transfers_from: int = 0,
    ) -> None:
        self.faces, self.indices, self.batch, self.seed = faces, indices, batch, seed
        self.prior, self.shading = prior, shading
        self.transfers_from = transfers_from
        shown = faces.aus[indices].mean(axis=2) ** 2  # (n, 17)
        weight = 0.25 + sum(factor * shown[:, ROW_OF[au]] for au, factor in DRAW.items())
        self.chance = np.cumsum(weight / weight.sum())

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, step))
        # Until a critic listens, a transfer teaches nothing: then every sample has an answer.
        trips = self.batch if step < self.transfers_from else self.batch - self.batch // 2
        drawn = [self.round_trip(rng) for _ in range(trips)]
        drawn += [self.transfer(rng) for _ in range(self.batch - trips)]
        return collate(drawn, trips)

    def draw(self, rng: np.random.Generator) -> int:
        """A face, expressive ones oftener."""
        place = int(np.searchsorted(self.chance, rng.random()))
        return int(self.indices[min(place, len(self) - 1)])  # rounding may leave it past the end

    def __len__(self) -> int:
        return len(self.indices)

    def round_trip(self, rng: np.random.Generator) -> Drawn:
        """A photo warped to an expression that shows less, and back; the photo is the answer."""
        face = self.draw(rng)
        flip = rng.random() < 0.5
        crop, landmarks, aus = self.load(face, flip)
        if rng.random() < UNCHANGED:
            return Drawn(crop, np.zeros(crop.shape[:2], np.float32), aus, 0.0, crop, aus)
        via = self.withheld(aus, rng)
        pose = fit_pose(landmarks, self.prior.mean)
        there = moved(self.prior, landmarks, pose, aus, via)
        away = apply_warp(crop, self.warp(landmarks, there, crop.shape[0]))
        away = shade(away, self.shading, self.prior, there, via - aus)
        guessed = self.jittered(there, rng)
        back = self.warp(guessed, landmarks, crop.shape[0])
        warped = apply_warp(away, back)
        return Drawn(warped, back.unknown, aus, float(np.abs(via - aus).max()), crop, aus)

    def transfer(self, rng: np.random.Generator) -> Drawn:
        """A photo warped to other action units; only the critic knows how it should look."""
        face = int(rng.choice(self.indices))
        crop, landmarks, aus = self.load(face, rng.random() < 0.5)
        target = self.wanted(aus, rng)
        pose = fit_pose(landmarks, self.prior.mean)
        there = moved(self.prior, landmarks, pose, aus, target)
        warp = self.warp(landmarks, there, crop.shape[0])
        warped = apply_warp(crop, warp)
        change = float(np.abs(target - aus).max())
        return Drawn(warped, warp.unknown, target, change, crop, aus)

    def load(
        self, face: int, flip: bool
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], AUVector]:
        """Crop, landmarks (468, 3) and AUs of a face, mirrored or not."""
        crop, landmarks, aus = (
            self.faces.crop(face), self.faces.landmarks[face, :N_MESH], self.faces.aus[face],
        )  # fmt: skip
        if not flip:
            return crop, landmarks, aus
        turned = landmarks[self.shading.mirror].copy()
        turned[:, 0] = crop.shape[1] - 1 - turned[:, 0]
        return np.ascontiguousarray(crop[:, ::-1]), turned, aus[:, ::-1].copy()

    def withheld(self, aus: AUVector, rng: np.random.Generator) -> AUVector:
        """Action units on the way of a round trip: mouth and eyes show no more than the photo."""
        via = self.other(rng) if rng.random() < 0.5 else aus * rng.random(SHAPE[0])[:, None]
        via = via.astype(np.float32)
        for number in (5, 25, 26):
            row = ROW_OF[number]
            via[row] = np.minimum(via[row], aus[row])
        via[ROW_OF[25]] *= 0 if rng.random() < SHUT_MOUTH else rng.random()
        via[ROW_OF[10]] = np.minimum(via[ROW_OF[10]], aus[ROW_OF[10]])
        if not via[ROW_OF[25]].any():
            via[ROW_OF[26]] *= rng.random()
        if aus[ROW_OF[25]].mean() < PARTED and rng.random() < PARTED_MOUTH:
            # Closed lips come back from an open mouth: the line between them must be painted.
            via[ROW_OF[25]] = rng.uniform(0.2, 0.7)
        blink = ROW_OF[45]
        if aus[blink].mean() > BLINKING:
            via[blink] = rng.uniform(0, 0.3)  # likewise the line between closed lids
        else:
            via[blink] = 1 if rng.random() < SHUT_EYES else aus[blink]
        return via

    def wanted(self, aus: AUVector, rng: np.random.Generator) -> AUVector:
        """Target action units: another face's, a preset, or one to three set at random."""
        kind = rng.random()
        if kind < 0.4:
            return self.other(rng)
        if kind < 0.7:
            preset = list(PRESETS.values())[rng.integers(len(PRESETS))]
            return aus + np.float32(rng.uniform(0.4, 1)) * (preset.applied_to(aus) - aus)
        target = aus.copy() if rng.random() < 0.5 else np.zeros(SHAPE, np.float32)
        for row in rng.choice(SHAPE[0], rng.integers(1, 4), replace=False):
            target[row] = rng.random()
        return target

    def other(self, rng: np.random.Generator) -> AUVector:
        return np.array(self.faces.aus[self.draw(rng)])

    def warp(self, source: NDArray[np.float32], target: NDArray[np.float32], size: int) -> Warp:
        """The warp between landmarks in crop pixels, computed on a coarser grid."""
        grid = size // GRID
        before, after = ((points[:, :2] + 0.5) / GRID - 0.5 for points in (source, target))
        return enlarged(warp_between(self.prior, before, after, (grid, grid)), (size, size))

    def jittered(
        self, landmarks: NDArray[np.float32], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Landmarks with lips and lids a little off, as a detector gives them."""
        landmarks = landmarks.copy()
        width = np.linalg.norm(landmarks[234, :2] - landmarks[454, :2])
        for opening in (LIPS, *LIDS_OF_SIDE):
            for edge in (opening.upper[:2], opening.lower[:2]):
                offset = rng.normal(0, LANDMARK_NOISE * width) * (rng.random() < 0.7)
                landmarks[edge.ravel(), 1] += np.float32(offset)
        return landmarks


def close_up(batch: Batch) -> Batch:
    """The mouths of a batch: (n, c, s/2, s/2) windows of its pictures, at the same scale.

    Most of what no photo shows lies there, in a quarter of the pixels.
    """
    size = batch.real.shape[-1]
    side = size // 2
    left = size // 4
    top = min(size - side, round(MOUTH_HEIGHT * size / 8) * 8 - side // 2)
    rows, columns = slice(top, top + side), slice(left, left + side)
    warped, unknown, real = (
        pictures[:, :, rows, columns].contiguous()
        for pictures in (batch.warped, batch.unknown, batch.real)
    )
    return replace(batch, warped=warped, unknown=unknown, real=real)


def collate(drawn: list[Drawn], round_trips: int) -> Batch:
    """Stack samples into a batch."""

    def pictures(arrays: list[NDArray[np.uint8]]) -> Tensor:
        return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).contiguous()

    unknown = np.stack([np.round(255 * sample.unknown).astype(np.uint8) for sample in drawn])
    return Batch(
        pictures([sample.warped for sample in drawn]),
        torch.from_numpy(unknown)[:, None],
        torch.from_numpy(np.stack([sample.aus for sample in drawn]).astype(np.float32)),
        torch.tensor([sample.change for sample in drawn]),
        pictures([sample.real for sample in drawn]),
        torch.from_numpy(np.stack([sample.real_aus for sample in drawn]).astype(np.float32)),
        round_trips,
    )
