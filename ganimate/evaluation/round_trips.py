"""Round trips: faces that show less and come back, against the photo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.errors import DataError
from ganimate.evaluation.likeness import Compared, _Comparison
from ganimate.face.estimator import Estimator
from ganimate.networks.motion import Generator, autocast, compose, gate, gated
from ganimate.networks.paper import PaperGenerator
from ganimate.rendering.window import MOUTH, VIEWS, seen, window_of
from ganimate.training.data.dataset import FaceSet
from ganimate.training.motion.pairs import Drawn, Pairs
from ganimate.training.motion.shade import Shading
from ganimate.training.preset import signed
from ganimate.warp.prior import MotionPrior

AnyGenerator = Generator | PaperGenerator
FaceModels = tuple[MotionPrior, Estimator]

BATCH = 8  # faces of a round trip


@dataclass(frozen=True)
class Trips:
    """Some faces there and back, as arrays in [0, 1]."""

    warped: NDArray[np.float32]  # (n, s, s, 3) what comes back without the generator
    result: NDArray[np.float32]  # (n, s, s, 3) what it made of it
    photo: NDArray[np.float32]  # (n, s, s, 3) what it should have made
    unknown: NDArray[np.float32]  # (n, s, s) 1 where nothing of the photo was left to it


@dataclass(frozen=True)
class RoundTrips:
    """Likeness of what comes back.

    Of what is known of the photo, nothing standing where nothing is known (a generator's input, by
    W(x) * (1 - u)); of what the warp alone shows, which stretches lips over the mouth; and of the
    generator's result.
    """

    faces: int
    known: Compared
    warped: Compared
    result: Compared


def trips(
    faces: FaceSet,
    indices: NDArray[np.int64],
    generator: AnyGenerator,
    models: FaceModels,
    shading: Shading,
    count: int,
    device: torch.device,
) -> Iterator[Trips]:
    """Round trips of `count` or a few more of the faces at `indices`, always the same ones.

    Faces that show much are drawn more often than others, as in training. Raises DataError when
    the crops are not of the generator's size.
    """
    if isinstance(generator, PaperGenerator):
        yield from _cycles(faces, indices[:count], generator, device)
        return
    if faces.size != generator.config.size:
        raise DataError(
            f"The data set's crops are {faces.size} px wide, the model's {generator.config.size}: "
            "prepare a set of that size to compare round trips."
        )
    pairs = Pairs(faces, indices, models[0], shading, BATCH, 0)
    rng = np.random.default_rng(0)
    for _ in range(-(-count // BATCH)):
        drawn = [pairs.round_trip(MOUTH, rng) for _ in range(BATCH)]
        yield Trips(
            np.stack([one.warped for one in drawn]) / np.float32(255),
            np.stack([_repainted(generator, one, device) for one in drawn]),
            np.stack([one.real for one in drawn]) / np.float32(255),
            np.stack([one.unknown for one in drawn]),
        )


@torch.inference_mode()
def _repainted(generator: Generator, drawn: Drawn, device: torch.device) -> NDArray[np.float32]:
    """(s, s, 3) in [0, 1]: a warped face, painted in the windows that need it."""
    result: NDArray[np.float32] = drawn.warped / np.float32(255)
    for view in VIEWS:
        pixels = window_of(view, drawn.landmarks, len(result)).pixels
        x = signed(torch.from_numpy(drawn.given[pixels])).permute(2, 0, 1)[None].to(device)
        u = torch.from_numpy(drawn.unknown[pixels])[None, None].to(device)
        y = torch.from_numpy(seen(view, drawn.aus))[None].to(device)
        with autocast(device):
            colour, attention = generator(x.contiguous(), u, y)
        share = gate(torch.tensor([drawn.change], device=device), u)
        result[pixels] = _pictures(compose(x, colour, gated(attention, share)))[0]
    return result


@torch.inference_mode()
def _cycles(
    faces: FaceSet, indices: NDArray[np.int64], generator: PaperGenerator, device: torch.device
) -> Iterator[Trips]:
    """G(G(x | y') | y) against x, y' being the next face's action units."""
    size = generator.config.size
    for start in range(0, len(indices), BATCH):
        some = indices[start : start + BATCH]
        crops = [cv2.resize(faces.crop(int(i)), (size, size), interpolation=cv2.INTER_AREA)
                 for i in some]  # fmt: skip
        x = signed(torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2)).to(device)
        y = torch.from_numpy(faces.aus[some]).to(device)
        there = _painted(generator, x, y.roll(1, dims=0))
        back = _painted(generator, there, y)
        nothing = np.zeros((len(some), size, size), np.float32)
        yield Trips(_pictures(there), _pictures(back), _pictures(x), nothing)


def _painted(generator: PaperGenerator, x: Tensor, y: Tensor) -> Tensor:
    with autocast(x.device):
        colour, attention = generator(x, x[:, :1], y)
    return compose(x, colour, attention)


def _pictures(x: Tensor) -> NDArray[np.float32]:
    """(n, 3, s, s) in [-1, 1] -> (n, s, s, 3) in [0, 1]."""
    return np.asarray(((x.float() + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy())


def compare(round_trips: Iterable[Trips]) -> RoundTrips:
    """Likeness over all pixels, and over the unknown ones."""
    faces = 0
    known, warped, result = _Comparison(), _Comparison(), _Comparison()
    for some in round_trips:
        faces += len(some.photo)
        for n, photo in enumerate(some.photo):
            unknown = some.unknown[n]
            known.add(some.warped[n] * (1 - unknown[:, :, None]), photo, unknown)
            warped.add(some.warped[n], photo, unknown)
            result.add(some.result[n], photo, unknown)
    return RoundTrips(faces, known.result(), warped.result(), result.result())
