"""Round trips: faces that show less and come back, against the photo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.arrays import Floats
from ganimate.errors import DataError
from ganimate.evaluation.likeness import Comparison, LikenessScores
from ganimate.face_models import FaceModels
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.networks.motion import Generator
from ganimate.networks.paper import PaperGenerator
from ganimate.rendering.painter import WindowInput, lay_paint, paint, paint_windows, to_signed
from ganimate.rendering.settings import PAINT
from ganimate.rendering.window import MOUTH, VIEWS, place_window, select_side
from ganimate.training.data.dataset import FaceSet
from ganimate.training.motion.pairs import Pairs
from ganimate.training.motion.windows import WarpedSample

BATCH = 8
"""Faces that are painted at once; more only takes memory."""


@dataclass(frozen=True)
class RoundTripBatch:
    """Some faces there and back, as arrays in [0, 1].

    Attributes:
        warped: (n, s, s, 3) what comes back without the generator.
        result: (n, s, s, 3) what the generator made of it.
        photo: (n, s, s, 3) what it should have made.
        unknown: (n, s, s) 1 where nothing of the photo was left to it.
    """

    warped: Floats
    result: Floats
    photo: Floats
    unknown: Floats


@dataclass(frozen=True)
class RoundTripScores:
    """Likeness of what comes back.

    Attributes:
        faces: how many went there and back.
        known: of what is known of the photo, W(x) (1 - u), with nothing where nothing is known.
        warped: of what the warp alone shows, which stretches lips over the mouth.
        result: of the generator's result.
    """

    faces: int
    known: LikenessScores
    warped: LikenessScores
    result: LikenessScores


def run_round_trips(
    faces: FaceSet,
    indices: NDArray[np.int64],
    generator: ActionUnitGenerator,
    models: FaceModels,
    count: int,
    device: torch.device,
) -> Iterator[RoundTripBatch]:
    """Run round trips of `count` or a few more of the faces at `indices`, always the same ones.

    A `motion` generator repaints faces that were warped to an expression that shows less and back.
    One that paints every motion itself goes there and back (Eq. 4 of the paper). Both are run by
    the painter that renders, so that what is measured is what users see.

    Args:
        faces: a prepared set.
        indices: (n,) of faces never trained on.
        generator: in evaluation mode, on `device`.
        models: what is known of faces.
        count: of faces.
        device: where the generator runs.

    Raises:
        DataError: the crops are not of the generator's size.
    """
    yield from ROUND_TRIPS[type(generator)](faces, indices, generator, models, count, device)


def _run_warps(
    faces: FaceSet,
    indices: NDArray[np.int64],
    generator: Generator,
    models: FaceModels,
    count: int,
    device: torch.device,
) -> Iterator[RoundTripBatch]:
    """Faces warped and back; those that show much come more often than others, as in training."""
    if faces.size != generator.config.size:
        raise DataError(
            f"The data set's crops are {faces.size} px wide, the model's {generator.config.size}: "
            "prepare a set of that size to compare round trips."
        )
    pairs = Pairs(faces, indices, models, BATCH, 0)
    rng = np.random.default_rng(0)
    for _ in range(-(-count // BATCH)):
        samples = [pairs.make_round_trip(MOUTH, rng) for _ in range(BATCH)]
        yield RoundTripBatch(
            warped=np.stack([one.warped for one in samples]) / np.float32(255),
            result=np.stack([repaint(generator, one, device) for one in samples]),
            photo=np.stack([one.real for one in samples]) / np.float32(255),
            unknown=np.stack([one.unknown for one in samples]),
        )


def repaint(generator: Generator, sample: WarpedSample, device: torch.device) -> Floats:
    """Paint a warped face as rendering paints a photo as coarse as the crop.

    Returns:
        (s, s, 3) in [0, 1].
    """
    result = sample.warped.astype(np.float32)
    windows = ((view, place_window(view, sample.landmarks, len(result))) for view in VIEWS)
    inputs = [
        WindowInput(
            window=window,
            given=sample.given[window.pixels],
            unknown=sample.unknown[window.pixels],
            drawn=sample.drawn[window.pixels],
            aus=select_side(view, sample.aus),
            change=sample.change,
        )
        for view, window in windows
        if sample.unknown[window.pixels].any()
    ]
    for one in paint_windows(generator, inputs, device) if inputs else []:
        over = lay_paint(one, PAINT.detail_from, PAINT.feather)
        under = result[one.window.pixels]
        result[one.window.pixels] = over[:, :, :3] + (1 - over[:, :, 3:]) * under
    return np.rint(result).clip(0, 255) / np.float32(255)


@torch.inference_mode()
def _run_cycles(
    faces: FaceSet,
    indices: NDArray[np.int64],
    generator: PaperGenerator,
    models: FaceModels,
    count: int,
    device: torch.device,
) -> Iterator[RoundTripBatch]:
    """G(G(x | y') | y) against x, y' being the next face's action units."""
    size = generator.config.size
    indices = indices[:count]
    for start in range(0, len(indices), BATCH):
        some = indices[start : start + BATCH]
        crops = [
            cv2.resize(faces.crop(int(i)), (size, size), interpolation=cv2.INTER_AREA) for i in some
        ]
        x = to_signed(torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)).to(device)
        y = torch.from_numpy(faces.aus[some]).to(device)
        other = y.roll(1, dims=0)
        unknown, change = torch.zeros_like(x[:, :1]), (other - y).abs().amax(dim=(1, 2))
        there = paint(generator, x, unknown, other, change).result
        back = paint(generator, there, unknown, y, change).result
        nothing = np.zeros((len(some), size, size), np.float32)
        yield RoundTripBatch(
            warped=_to_pictures(there),
            result=_to_pictures(back),
            photo=_to_pictures(x),
            unknown=nothing,
        )


ROUND_TRIPS: Mapping[type[Any], Callable[..., Iterator[RoundTripBatch]]] = MappingProxyType(
    {Generator: _run_warps, PaperGenerator: _run_cycles}
)
"""Kind of generator -> its round trips."""


def _to_pictures(x: Tensor) -> Floats:
    """Tensors (n, 3, s, s) in [-1, 1] as pictures (n, s, s, 3) in [0, 1]."""
    return np.asarray(((x.float() + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy())


def score_round_trips(round_trips: Iterable[RoundTripBatch]) -> RoundTripScores:
    """Score round trips over all pixels, and over the unknown ones."""
    faces = 0
    known, warped, result = Comparison(), Comparison(), Comparison()
    for some in round_trips:
        faces += len(some.photo)
        for n, photo in enumerate(some.photo):
            unknown = some.unknown[n]
            known.add(some.warped[n] * (1 - unknown[:, :, None]), photo, unknown)
            warped.add(some.warped[n], photo, unknown)
            result.add(some.result[n], photo, unknown)
    return RoundTripScores(
        faces=faces, known=known.result(), warped=warped.result(), result=result.result()
    )
