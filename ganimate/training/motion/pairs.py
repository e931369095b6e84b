"""What a training step sees: mouths and eyes warped to other expressions.

A round trip has an answer: the photo is warped to an expression that shows less (mouth less open,
lids lower, creases shaded away) and back, and the generator must return the photo. A transfer has
none: the photo is warped to other action units, and the critic compares it with a face that shows
them. Both are seen through the windows that rendering looks through. A sample depends on nothing
but the seed and its step, so a resumed run sees what an uninterrupted one would have.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.appearance.filling import fill_unknown
from ganimate.appearance.mouth import (
    MouthDrawing,
    MouthView,
    draw_mouth,
    measure_jaw,
    measure_light,
    measure_yaw_pitch,
)
from ganimate.arrays import AUVector
from ganimate.face.landmarks import LIDS_OF_SIDE, LIPS, N_MESH
from ganimate.face.pose import Pose, fit_pose
from ganimate.face_models import FaceModels
from ganimate.numerics import measure_sharpness, rescale_points
from ganimate.performance.expressions import PRESETS
from ganimate.rendering.window import EYES, MOUTH, View, mask_readable, place_window, select_side
from ganimate.training.data.dataset import FaceSet
from ganimate.training.motion.shade import shade_crop
from ganimate.training.prior.mirror import find_mirror
from ganimate.training.processes import ALONE, Processes
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.field import GRID, Warp, apply_warp, build_warp, resize_warp
from ganimate.warp.mesh import are_lips_closing, build_mesh

LANDMARK_NOISE = 0.004  # of the face's width, at lips and lids: the detector's own error
SHUT_MOUTH = 0.7  # share of round trips through a closed mouth
PARTED = 0.06  # AU25 below this is a closed mouth
PARTED_MOUTH = 0.6  # share of round trips of closed mouths through an open one
EYE_SAMPLES = 0.25  # share of samples that look at an eye
OFF_CENTRE = 0.02  # of a crop's side: how far it may lie off, either way
ALIKE = 4.0  # degrees: heads held more alike than this share a drawing of the mouth
SHARPER = 3  # power of a face's rank in sharpness with which it is drawn


@dataclass(frozen=True)
class SamplingWeights:
    """How often faces are drawn: those that show something rare teach most."""

    power: int  # of an intensity
    any_face: float  # what a face counts that shows none of the units
    factors: tuple[tuple[int, float], ...]  # units, and what each adds at full intensity
    parted: tuple[float, float] = (0.0, 1.0)  # AU25 of the faces that are drawn at all


ANY = SamplingWeights(1, 1.0, ())
EXPRESSIVE = SamplingWeights(
    2,
    0.25,
    (
        (4, 3.0),
        (9, 2.0),
        (12, 0.7),
        (15, 3.0),
        (17, 2.0),
        (20, 2.0),
        (23, 1.0),
        (25, 3.0),
        (26, 6.0),
    ),
)
OPEN_MOUTHS = SamplingWeights(2, 0.04, ((25, 1.0), (26, 8.0)))
BARED_GUMS = SamplingWeights(4, 0.002, ((10, 1.0), (12, 1.0)), (0.4, 1.0))
PARTED_LIPS = SamplingWeights(2, 0.1, ((12, 1.0),), (0.15, 0.45))
SHUT_LIPS = SamplingWeights(2, 0.25, ((15, 1.0), (17, 1.0), (23, 1.0)), (0.0, 0.05))
WIDE_EYES = SamplingWeights(2, 0.05, ((5, 1.0),))
SHUT_EYES = SamplingWeights(6, 0.002, ((45, 1.0),))  # only those as good as shut
MOUTHS = {OPEN_MOUTHS: 0.55, BARED_GUMS: 0.2, PARTED_LIPS: 0.15, SHUT_LIPS: 0.1}
"""What transfers are made to, and how often."""


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: round trips, then transfers, n in all, in every field."""

    warped: Tensor  # (n, 3, w, w) uint8 windows, what the warp alone makes
    given: Tensor  # (n, 3, w, w) uint8, the same with a mouth drawn: what the generator is given
    unknown: Tensor  # (n, 1, w, w) uint8, 255 where the photo says nothing
    drawn: Tensor  # (n, 1, w, w) uint8, 255 where a mouth is drawn instead
    aus: Tensor  # (n, 17, 2) float32, what it shall show
    change: Tensor  # (n,) float32, largest change of an AU on the way
    real: Tensor  # (n, 3, w, w) uint8 photos: round trips' answers, faces that show what is wanted
    real_aus: Tensor  # (n, 17, 2) float32, of the photos
    readable: Tensor  # (n, 17) float32, 1 for the units that a critic can read there
    round_trips: int  # how many of them, the first ones, have an answer

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(
            self.warped.to(device),
            self.given.to(device),
            self.unknown.to(device),
            self.drawn.to(device),
            self.aus.to(device),
            self.change.to(device),
            self.real.to(device),
            self.real_aus.to(device),
            self.readable.to(device),
            self.round_trips,
        )


@dataclass(frozen=True)
class WarpedSample:
    """One sample, of a whole face."""

    warped: NDArray[np.uint8]  # (s, s, 3) by the warp alone
    given: NDArray[np.uint8]  # (s, s, 3) with a mouth drawn where it is unknown
    unknown: NDArray[np.float32]  # (s, s)
    drawn: NDArray[np.float32]  # (s, s) share of that mouth
    aus: AUVector
    change: float
    landmarks: NDArray[np.float32]  # (468, 3) of the photo that is warped, crop pixels
    real: NDArray[np.uint8]  # (s, s, 3)
    real_aus: AUVector
    real_landmarks: NDArray[np.float32]  # (468, 3)


class Pairs(Dataset[Batch]):
    """Batches by step number, for a DataLoader with batch_size=None."""

    def __init__(
        self,
        faces: FaceSet,
        indices: NDArray[np.int64],
        models: FaceModels,
        batch: int,
        seed: int,
        *,
        transfers_from: int = 0,
        processes: Processes = ALONE,
    ) -> None:
        """Of the faces at `indices`; this process's share of `batch` a step."""
        self.faces, self.indices, self.batch, self.seed = faces, indices, batch, seed
        self.models, self.prior = models, models.prior
        self.mirror = find_mirror(models.prior.mean)
        self.transfers_from, self.processes = transfers_from, processes
        self.drawings: dict[
            tuple[float, float], MouthDrawing
        ] = {}  # of the mouth, as they are needed
        shown = faces.aus[indices].mean(axis=2, dtype=float)  # (n, 17)
        sharp = _rank_sharpness(faces, indices) ** SHARPER
        self.chances = {
            draw: np.cumsum(sharp * _weigh_faces(draw, shown))
            for draw in (ANY, EXPRESSIVE, *MOUTHS, WIDE_EYES, SHUT_EYES)
        }

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng((self.seed, step))
        # Until a critic listens, a transfer teaches nothing: then every sample has an answer.
        trips = self.batch if step < self.transfers_from else self.batch - self.batch // 2
        views = [
            EYES[rng.integers(len(EYES))] if rng.random() < EYE_SAMPLES else MOUTH
            for _ in range(self.batch)
        ]
        samples = [
            WindowSample.through(
                view, (self.round_trip if n < trips else self.transfer)(view, rng), rng
            )
            for n, view in enumerate(views)
        ]
        # Each sample takes its numbers from where the one before left off: all must be made.
        mine = samples[:trips][self.processes.share(trips)]
        others = samples[trips:][self.processes.share(self.batch - trips)]
        return collate([*mine, *others], len(mine))

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def size(self) -> int:
        """Side of the crops, px."""
        return self.faces.size

    def draw(self, draw: SamplingWeights, rng: np.random.Generator) -> int:
        """A sharp face, oftener one that has something to show."""
        chances = self.chances[draw]
        place = int(np.searchsorted(chances, rng.random() * chances[-1]))
        return int(self.indices[min(place, len(self) - 1)])  # rounding may leave it past the end

    def round_trip(self, view: View, rng: np.random.Generator) -> WarpedSample:
        """A photo warped to an expression that shows less, and back; the photo is the answer."""
        face = self.draw(OPEN_MOUTHS if view is MOUTH else WIDE_EYES, rng)
        crop, landmarks, aus = self.load(face, rng.random() < 0.5)
        via = self.withheld(view, aus, rng)
        pose = fit_pose(landmarks, self.prior.mean)
        there = move_landmarks(self.prior, landmarks, pose, aus, via)
        size = crop.shape[0]
        # Cubic, as rendering samples once: two linear samplings would blur what it keeps sharp,
        # and the generator would learn to sharpen.
        away = apply_warp(crop, self.warp(landmarks, there, size, view), cv2.INTER_CUBIC)
        away = shade_crop(away, self.models, there, via - aus)
        guessed = self.jittered(there, rng)
        back = self.warp(guessed, landmarks, size, view, are_lips_closing(guessed, landmarks))
        warped = apply_warp(away, back, cv2.INTER_CUBIC)
        given, drawn = fill_unknown(
            warped, back.unknown, landmarks, self.inside(crop, landmarks, pose)
        )
        change = float(np.abs(via - aus).max())
        return WarpedSample(
            warped, given, back.unknown, drawn, aus, change, landmarks, crop, aus, landmarks
        )  # fmt: skip

    def transfer(self, view: View, rng: np.random.Generator) -> WarpedSample:
        """A photo warped to other action units, beside another that shows them or the like."""
        face = self.draw(ANY if view is MOUTH else SHUT_EYES, rng)
        crop, landmarks, aus = self.load(face, rng.random() < 0.5)
        shown = list(MOUTHS)[rng.choice(len(MOUTHS), p=list(MOUTHS.values()))]
        exemplar = self.draw(shown if view is MOUTH else WIDE_EYES, rng)
        real, real_landmarks, real_aus = self.load(exemplar, rng.random() < 0.5)
        target = self.wanted(view, shown, aus, real_aus, rng)
        pose = fit_pose(landmarks, self.prior.mean)
        there = move_landmarks(self.prior, landmarks, pose, aus, target)
        warp = self.warp(landmarks, there, crop.shape[0], view, are_lips_closing(landmarks, there))
        warped = apply_warp(crop, warp)
        given, drawn = fill_unknown(warped, warp.unknown, there, self.inside(crop, there, pose))
        change = float(np.abs(target - aus).max())
        return WarpedSample(
            warped, given, warp.unknown, drawn, target, change, landmarks,
            real, real_aus, real_landmarks,
        )  # fmt: skip

    def load(
        self, face: int, flip: bool
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], AUVector]:
        """Crop, landmarks (468, 3) and AUs of a face, mirrored or not."""
        crop, landmarks, aus = (
            self.faces.crop(face), self.faces.landmarks[face, :N_MESH], self.faces.aus[face],
        )  # fmt: skip
        if not flip:
            return crop, landmarks, aus
        turned = landmarks[self.mirror].copy()
        turned[:, 0] = crop.shape[1] - 1 - turned[:, 0]
        return np.ascontiguousarray(crop[:, ::-1]), turned, aus[:, ::-1].copy()

    def withheld(self, view: View, aus: AUVector, rng: np.random.Generator) -> AUVector:
        """Action units on the way of a round trip: mouth and eyes show no more than the photo."""
        other = self.faces.aus[self.draw(EXPRESSIVE, rng)]
        via = other if rng.random() < 0.5 else aus * rng.random(SHAPE[0])[:, None]
        via = via.astype(np.float32)
        for number in (5, 10, 25, 26):
            row = ROW_OF[number]
            via[row] = np.minimum(via[row], aus[row])
        via[ROW_OF[45]] = aus[ROW_OF[45]]
        if view is not MOUTH:
            via[ROW_OF[5]] = 0
            via[ROW_OF[45]] = np.maximum(aus[ROW_OF[45]], rng.uniform(0, 1.5)).clip(max=1)
        via[ROW_OF[25]] *= 0 if rng.random() < SHUT_MOUTH else rng.random()
        if not via[ROW_OF[25]].any():
            via[ROW_OF[26]] *= rng.random()
        if aus[ROW_OF[25]].mean() < PARTED and rng.random() < PARTED_MOUTH:
            # Closed lips come back from an open mouth: the line between them must be painted.
            via[ROW_OF[25]] = rng.uniform(0.2, 0.7)
        return via

    def wanted(
        self,
        view: View,
        shown: SamplingWeights,
        aus: AUVector,
        real_aus: AUVector,
        rng: np.random.Generator,
    ) -> AUVector:
        """Target action units: the other face's or a preset; of eyes, that they open.

        shown: what the other face shows. Lips that bare gums are lifted further than its own, for
        few are lifted far.
        """
        if view is not MOUTH:
            target = aus.copy()
            target[[ROW_OF[5], ROW_OF[45]]] = real_aus[[ROW_OF[5], ROW_OF[45]]]
            return target
        if shown is BARED_GUMS:
            target = real_aus.copy()
            for number in (10, 12, 25):
                row = ROW_OF[number]
                target[row] = np.maximum(real_aus[row], rng.uniform(0.4, 1))
            return target
        if shown is not OPEN_MOUTHS or rng.random() < 0.75:
            return real_aus
        preset = list(PRESETS.values())[rng.integers(len(PRESETS))]
        return aus + np.float32(rng.uniform(0.4, 1)) * (preset.apply_to(aus) - aus)

    def warp(
        self,
        source: NDArray[np.float32],
        target: NDArray[np.float32],
        size: int,
        view: View,
        finer: bool = False,
    ) -> Warp:
        """The warp between landmarks in crop pixels, on a finer grid than usual or not."""
        # Lids slide over the eye, and lips that shut over teeth: both are rendered on finer grids.
        grid = size if view is not MOUTH or finer else GRID
        scale = grid / size
        before, after = (rescale_points(points[:, :2], scale) for points in (source, target))
        return resize_warp(
            build_warp(self.prior, build_mesh(before, after), (grid, grid)), (size, size)
        )

    def inside(
        self, crop: NDArray[np.uint8], landmarks: NDArray[np.float32], pose: Pose
    ) -> MouthView:
        """What is behind the lips of a face that is moved to these landmarks (468, 3)."""
        angles = measure_yaw_pitch(pose, ALIKE)
        if angles not in self.drawings:
            self.drawings[angles] = draw_mouth(self.models.mouth, pose, ALIKE)
        jaw = measure_jaw(pose.normalise(landmarks))
        return MouthView(self.drawings[angles], pose, jaw, measure_light(crop))

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


def _weigh_faces(draw: SamplingWeights, shown: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) what faces count that show these AUs, (n, 17)."""
    weights = np.full(len(shown), draw.any_face)
    for number, factor in draw.factors:
        weights += factor * shown[:, ROW_OF[number]] ** draw.power
    least, most = draw.parted
    within = (least <= shown[:, ROW_OF[25]]) & (shown[:, ROW_OF[25]] <= most)
    if within.any():  # some sets have no such face
        weights *= within
    return weights


def _rank_sharpness(faces: FaceSet, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) from above 0 for the most blurred face to 1 for the sharpest.

    Sharp faces are drawn oftener: teeth and lashes are learnt where they can be seen.
    """
    variance = [measure_sharpness(faces.crop(int(face))[:, :, 1]) for face in indices]
    return (np.argsort(np.argsort(variance)) + 1.0) / len(indices)


@dataclass(frozen=True)
class WindowSample:
    """A sample as a window shows it."""

    warped: NDArray[np.uint8]  # (w, w, 3)
    given: NDArray[np.uint8]  # (w, w, 3)
    unknown: NDArray[np.uint8]  # (w, w)
    drawn: NDArray[np.uint8]  # (w, w)
    aus: AUVector
    change: float
    real: NDArray[np.uint8]  # (w, w, 3)
    real_aus: AUVector
    readable: NDArray[np.float32]  # (17,)

    @classmethod
    def through(cls, view: View, sample: WarpedSample, rng: np.random.Generator) -> WindowSample:
        """Look at a sample, not always quite at the middle."""
        size = len(sample.warped)
        off = rng.uniform(-OFF_CENTRE, OFF_CENTRE, 2).astype(np.float32) * size
        here, there = (
            place_window(view, landmarks[:, :2] + off, size).pixels
            for landmarks in (sample.landmarks, sample.real_landmarks)
        )
        return cls(
            sample.warped[here],
            sample.given[here],
            np.round(255 * sample.unknown[here]).astype(np.uint8),
            np.round(255 * sample.drawn[here]).astype(np.uint8),
            select_side(view, sample.aus),
            sample.change,
            sample.real[there],
            select_side(view, sample.real_aus),
            mask_readable(view),
        )


def collate(samples: list[WindowSample], round_trips: int) -> Batch:
    """Stack samples into a batch."""

    def stacked(name: str) -> Tensor:
        return torch.from_numpy(np.stack([getattr(one, name) for one in samples]))

    def pictures(name: str) -> Tensor:
        return stacked(name).permute(0, 3, 1, 2).contiguous()

    return Batch(
        pictures("warped"),
        pictures("given"),
        stacked("unknown")[:, None],
        stacked("drawn")[:, None],
        stacked("aus").float(),
        torch.tensor([one.change for one in samples]),
        pictures("real"),
        stacked("real_aus").float(),
        stacked("readable"),
        round_trips,
    )
