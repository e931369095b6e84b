"""What a training step sees: faces warped to other expressions, with and without an answer.

A round trip has one: the photo is warped to an expression that shows less (mouth less open, lids
no wider, creases shaded away) and back, and the generator must return the photo. A transfer has
none: the photo is warped to other action units, and the critic compares it with a face that shows
them. Both are seen whole, or as close-ups of the mouth or an eye at the same scale: most of what no
photo shows lies there, in a quarter of the pixels. A sample depends on nothing but the seed and its
step, so a resumed run sees what an uninterrupted one would have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

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
    mesh_between,
    moved,
    warp_between,
)
from ganimate.pose import fit_pose
from ganimate.training.dataset import FaceSet
from ganimate.training.processes import ALONE, Processes
from ganimate.training.shading import Shading, shade

LANDMARK_NOISE = 0.004  # of the face's width, at lips and lids: the detector's own error
SHUT_MOUTH = 0.7  # share of round trips through a closed mouth
PARTED = 0.06  # AU25 below this is a closed mouth
PARTED_MOUTH = 0.6  # share of round trips of closed mouths through an open one
BLINKING = 0.7  # AU45 above this is a closed eye
SHUT_EYES = 0.12  # ... through closed eyes
UNCHANGED = 0.1  # share of round trips that go nowhere: nothing may be painted

View: TypeAlias = Literal["face", "mouth", "eye"]

# Crop pixels for each pixel of the warp's grid. Where lids slide over the eye, a coarse grid would
# smear the one into the other.
GRID: dict[View, int] = {"face": 2, "mouth": 2, "eye": 1}
VIEWS: tuple[View, ...] = ("face", "mouth", "mouth", "eye")  # of one step after another

# How much oftener a face is drawn for what it shows at full intensity, over what any face counts:
# rare expressions teach most. The first number is the power of an intensity: of eyes, only those
# as good as shut.
DRAW: dict[View, tuple[int, float, dict[int, float]]] = {
    "face": (
        2,
        0.25,
        {4: 3.0, 9: 2.0, 12: 0.7, 15: 3.0, 17: 2.0, 20: 2.0, 23: 1.0, 25: 3.0, 26: 6.0, 45: 2.0},
    ),
    "mouth": (2, 0.04, {25: 1.0, 26: 8.0}),
    "eye": (6, 0.002, {45: 1.0}),
}

# Where a close-up looks, (x, y) as shares of the aligned crop.
MOUTH_AT = (0.5, 0.72)
EYES_AT = ((0.6875, 0.3), (0.3125, 0.3))  # the person's left, right


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: round trips, then transfers, n in all, in every field."""

    warped: Tensor  # (n, 3, s, s) uint8, what the generator is given
    unknown: Tensor  # (n, 1, s, s) uint8, 255 where the photo says nothing
    aus: Tensor  # (n, 17, 2) float32, what it shall show
    change: Tensor  # (n,) float32, largest change of an AU on the way
    real: Tensor  # (n, 3, s, s) uint8 photos: round trips' answers, faces that show what is wanted
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
        *,
        transfers_from: int = 0,
        closeups: bool = True,
        processes: Processes = ALONE,
    ) -> None:
        """Of the faces at `indices`; this process's share of `batch` a step."""
        self.faces, self.indices, self.batch, self.seed = faces, indices, batch, seed
        self.prior, self.shading = prior, shading
        self.transfers_from, self.closeups = transfers_from, closeups
        self.processes = processes
        shown = faces.aus[indices].mean(axis=2, dtype=float)  # (n, 17)
        sharp = _sharpness_ranks(faces, indices)
        self.base_chance = np.cumsum(sharp / sharp.sum())
        self.chance: dict[View, NDArray[np.float64]] = {}
        for view, (power, any_face, factors) in DRAW.items():
            strength = shown**power
            weight = any_face + sum(
                factor * strength[:, ROW_OF[au]] for au, factor in factors.items()
            )
            weight *= sharp
            self.chance[view] = np.cumsum(weight / weight.sum())

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, step))
        view = VIEWS[step % len(VIEWS)] if self.closeups else "face"
        # Until a critic listens, a transfer teaches nothing: then every sample has an answer.
        trips = self.batch if step < self.transfers_from else self.batch - self.batch // 2
        drawn = [self.round_trip(view, rng) for _ in range(trips)]
        drawn += [self.transfer(view, rng) for _ in range(self.batch - trips)]
        if view != "face":
            drawn = [close_up(sample, view, rng) for sample in drawn]
        # Each sample takes its numbers from where the one before left off: all must be made.
        mine = drawn[:trips][self.processes.share(trips)]
        others = drawn[trips:][self.processes.share(self.batch - trips)]
        return collate([*mine, *others], len(mine))

    def draw(self, view: View, rng: np.random.Generator) -> int:
        """A sharp face, oftener one that has something to show in this view."""
        return self._drawn(self.chance[view], rng)

    def _drawn(self, chance: NDArray[np.float64], rng: np.random.Generator) -> int:
        place = int(np.searchsorted(chance, rng.random()))
        return int(self.indices[min(place, len(self) - 1)])  # rounding may leave it past the end

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def size(self) -> int:
        """Side of the crops, px."""
        return self.faces.size

    def round_trip(self, view: View, rng: np.random.Generator) -> Drawn:
        """A photo warped to an expression that shows less, and back; the photo is the answer."""
        crop, landmarks, aus = self.load(self.draw(view, rng), rng.random() < 0.5)
        if rng.random() < UNCHANGED:
            return Drawn(crop, np.zeros(crop.shape[:2], np.float32), aus, 0.0, crop, aus)
        via = self.withheld(aus, rng)
        pose = fit_pose(landmarks, self.prior.mean)
        there = moved(self.prior, landmarks, pose, aus, via)
        size = crop.shape[0]
        # Cubic, as rendering samples once: two linear samplings would blur what it keeps sharp,
        # and the generator would learn to sharpen.
        away = apply_warp(crop, self.warp(landmarks, there, size, view), cv2.INTER_CUBIC)
        away = shade(away, self.shading, self.prior, there, via - aus)
        guessed = self.jittered(there, rng)
        back = self.warp(guessed, landmarks, size, view)
        warped = apply_warp(away, back, cv2.INTER_CUBIC)
        return Drawn(warped, back.unknown, aus, float(np.abs(via - aus).max()), crop, aus)

    def transfer(self, view: View, rng: np.random.Generator) -> Drawn:
        """A photo warped to other action units, beside another that shows them or the like."""
        face = self._drawn(self.base_chance, rng)
        crop, landmarks, aus = self.load(face, rng.random() < 0.5)
        real, _, real_aus = self.load(self.draw(view, rng), rng.random() < 0.5)
        target = self.wanted(view, aus, real_aus, rng)
        pose = fit_pose(landmarks, self.prior.mean)
        there = moved(self.prior, landmarks, pose, aus, target)
        warp = self.warp(landmarks, there, crop.shape[0], view)
        warped = apply_warp(crop, warp)
        change = float(np.abs(target - aus).max())
        return Drawn(warped, warp.unknown, target, change, real, real_aus)

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

    def wanted(
        self, view: View, aus: AUVector, real_aus: AUVector, rng: np.random.Generator
    ) -> AUVector:
        """Target action units: the other face's, a preset, or one to three set at random."""
        kind = rng.random()
        if view == "eye" and kind < 0.5:
            target = aus.copy()
            target[ROW_OF[45]] = 1
            return target
        if view != "face" or kind < 0.4:
            return real_aus
        if kind < 0.7:
            preset = list(PRESETS.values())[rng.integers(len(PRESETS))]
            return aus + np.float32(rng.uniform(0.4, 1)) * (preset.applied_to(aus) - aus)
        target = aus.copy() if rng.random() < 0.5 else np.zeros(SHAPE, np.float32)
        for row in rng.choice(SHAPE[0], rng.integers(1, 4), replace=False):
            target[row] = rng.random()
        return target

    def other(self, rng: np.random.Generator) -> AUVector:
        """The action units of some other face."""
        return np.array(self.faces.aus[self.draw("face", rng)])

    def warp(
        self, source: NDArray[np.float32], target: NDArray[np.float32], size: int, view: View
    ) -> Warp:
        """The warp between landmarks in crop pixels."""
        coarse = GRID[view]
        grid = size // coarse
        before, after = ((points[:, :2] + 0.5) / coarse - 0.5 for points in (source, target))
        return enlarged(
            warp_between(self.prior, mesh_between(before, after), (grid, grid)), (size, size)
        )

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


def _sharpness_ranks(faces: FaceSet, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) from above 0 for the most blurred face to 1 for the sharpest.

    Faces are drawn in proportion: teeth and lashes are learnt where they can be seen.
    """
    variance = [cv2.Laplacian(faces.crop(int(face))[:, :, 1], cv2.CV_32F).var() for face in indices]
    return (np.argsort(np.argsort(variance)) + 1.0) / len(indices)


def close_up(sample: Drawn, view: View, rng: np.random.Generator) -> Drawn:
    """The mouth or one of the eyes of a sample: (s/2, s/2) windows, at the same scale."""
    size = sample.real.shape[0]
    side = size // 2
    x, y = MOUTH_AT if view == "mouth" else EYES_AT[rng.integers(2)]
    left, top = (
        # on the generator's grid of 8 px, so that a window lies as it does in the whole
        int(np.clip(round((share * size - side / 2) / 8) * 8, 0, size - side))
        for share in (x, y)
    )
    window = slice(top, top + side), slice(left, left + side)
    return replace(
        sample,
        warped=sample.warped[window],
        unknown=sample.unknown[window],
        real=sample.real[window],
    )


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
