"""Samples as arrays of a whole face, as windows show them, and as the tensors of a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganimate.arrays import AUVector, Floats, Landmarks, Map, Photo
from ganimate.rendering.window import View, mask_readable, place_window, select_side


@dataclass(frozen=True)
class WindowSettings:
    """How windows are placed on samples."""

    off_centre: float = 0.02
    """Share of a crop's side by which a window may lie off, either way; larger forgives a detector
    more, and shows less of the mouth. By eye."""


WINDOWS = WindowSettings()


@dataclass(frozen=True)
class WarpedSample:
    """One sample, of a whole face whose crop is s pixels wide.

    Attributes:
        warped: (s, s, 3) by the warp alone.
        given: (s, s, 3) with a mouth drawn where it is unknown.
        unknown: (s, s) in [0, 1], 1 where the photo does not say what is there.
        drawn: (s, s) in [0, 1], share of the drawn mouth.
        aus: (17, 2) that it shall show.
        change: largest change of an action unit on the way.
        landmarks: (468, 3) of the warped face, crop pixels.
        real: (s, s, 3) a photo: the answer of a round trip, or a face that shows what is wanted.
        real_aus: (17, 2) of that photo.
        real_landmarks: (468, 3) of that photo, crop pixels.
    """

    warped: Photo
    given: Photo
    unknown: Map
    drawn: Map
    aus: AUVector
    change: float
    landmarks: Landmarks
    real: Photo
    real_aus: AUVector
    real_landmarks: Landmarks


@dataclass(frozen=True)
class WindowSample:
    """A sample as a window of w pixels shows it.

    Attributes:
        warped: (w, w, 3) by the warp alone.
        given: (w, w, 3) with a mouth drawn where it is unknown.
        unknown: (w, w) uint8, 255 where the photo does not say what is there.
        drawn: (w, w) uint8, share of the drawn mouth, 255 for all of a pixel.
        aus: (17, 2) that it shall show, both sides alike for an eye.
        change: largest change of an action unit on the way.
        real: (w, w, 3) of the photo that it is compared with.
        real_aus: (17, 2) of that photo.
        readable: (17,) 1 for the units that a critic can read there, 0 for others.
    """

    warped: Photo
    given: Photo
    unknown: Photo
    drawn: Photo
    aus: AUVector
    change: float
    real: Photo
    real_aus: AUVector
    readable: Floats


@dataclass(frozen=True)
class PairBatch:
    """Tensors of one step: round trips, then transfers, n in all, in every field.

    Attributes:
        warped: (n, 3, w, w) uint8 windows, what the warp alone makes.
        given: (n, 3, w, w) uint8, with a mouth drawn: what the generator is given.
        unknown: (n, 1, w, w) uint8, 255 where the photo says nothing.
        drawn: (n, 1, w, w) uint8, 255 where a mouth is drawn instead.
        aus: (n, 17, 2) float32, what it shall show.
        change: (n,) float32, largest change of an AU on the way.
        real: (n, 3, w, w) uint8 photos: round trips' answers, faces that show what is wanted.
        real_aus: (n, 17, 2) float32, of the photos.
        readable: (n, 17) float32, 1 for the units that a critic can read there.
        mix: (n,) float32 in [0, 1], where between photo and result the critic's slope is measured.
        round_trips: how many of them, the first ones, have an answer.
    """

    warped: Tensor
    given: Tensor
    unknown: Tensor
    drawn: Tensor
    aus: Tensor
    change: Tensor
    real: Tensor
    real_aus: Tensor
    readable: Tensor
    mix: Tensor
    round_trips: int

    def to(self, device: torch.device) -> PairBatch:
        """Move the batch to a device."""
        return PairBatch(
            warped=self.warped.to(device),
            given=self.given.to(device),
            unknown=self.unknown.to(device),
            drawn=self.drawn.to(device),
            aus=self.aus.to(device),
            change=self.change.to(device),
            real=self.real.to(device),
            real_aus=self.real_aus.to(device),
            readable=self.readable.to(device),
            mix=self.mix.to(device),
            round_trips=self.round_trips,
        )


def cut_window(
    view: View,
    sample: WarpedSample,
    rng: np.random.Generator,
    settings: WindowSettings = WINDOWS,
) -> WindowSample:
    """Cut a sample to the window of a view, not always quite at its middle."""
    size = len(sample.warped)
    off = rng.uniform(-settings.off_centre, settings.off_centre, 2).astype(np.float32) * size
    here, there = (
        place_window(view, landmarks[:, :2] + off, size).pixels
        for landmarks in (sample.landmarks, sample.real_landmarks)
    )
    return WindowSample(
        warped=sample.warped[here],
        given=sample.given[here],
        unknown=np.round(255 * sample.unknown[here]).astype(np.uint8),
        drawn=np.round(255 * sample.drawn[here]).astype(np.uint8),
        aus=select_side(view, sample.aus),
        change=sample.change,
        real=sample.real[there],
        real_aus=select_side(view, sample.real_aus),
        readable=mask_readable(view),
    )


def stack_windows(samples: Sequence[WindowSample], round_trips: int, mix: Floats) -> PairBatch:
    """Stack samples (n), round trips first, and mix (n,), into the tensors of a step."""

    def stack(name: str) -> Tensor:
        return torch.from_numpy(np.stack([getattr(one, name) for one in samples]))

    def stack_pictures(name: str) -> Tensor:
        return stack(name).permute(0, 3, 1, 2).contiguous()

    return PairBatch(
        warped=stack_pictures("warped"),
        given=stack_pictures("given"),
        unknown=stack("unknown")[:, None],
        drawn=stack("drawn")[:, None],
        aus=stack("aus").float(),
        change=torch.tensor([one.change for one in samples]),
        real=stack_pictures("real"),
        real_aus=stack("real_aus").float(),
        readable=stack("readable"),
        mix=torch.from_numpy(mix.astype(np.float32)),
        round_trips=round_trips,
    )
