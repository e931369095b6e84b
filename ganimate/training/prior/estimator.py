"""The estimator of action units, trained and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import Floats
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import N_MESH
from ganimate.training.prior.basis import weigh_left
from ganimate.training.prior.mirror import MIRROR, mirror_shapes

ESTIMATOR_STEPS = 12_000
OF_TWO_FACES = 0.35  # share of what the estimator learns from whose sides are two people's
SHUT_EYES_COUNT = 6.0  # what a face with shut eyes counts more: one in a hundred has them


def fit_estimator(
    shapes: Floats,
    aus: Floats,
    mirror: NDArray[np.int64],
    *,
    steps: int = ESTIMATOR_STEPS,
    seed: int = 0,
) -> Estimator:
    """Train the AU estimator: (n, 468, 3) pose-normalised shapes to (n, 17, 2) intensities.

    Half of every batch is mirrored, with its sides exchanged, and landmarks carry noise of about
    their own error, so that the estimate does not hang on single points. A part of it is made of
    two faces: photos seldom wink, and from faces that do the same on both sides nothing is learnt
    of which side does it.
    """
    import torch
    from torch import nn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    both = np.concatenate([shapes, mirror_shapes(shapes, mirror)])
    shown = np.concatenate([aus, aus[:, :, ::-1]])
    left = weigh_left(both.mean(axis=0))
    mean = both.mean(axis=0).reshape(-1)
    chances = np.cumsum(1 + SHUT_EYES_COUNT * shown[:, ROW_OF[45]].mean(axis=1) ** 2)
    width, batch = 224, 512
    network = nn.Sequential(
        nn.Linear(len(mean), width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
        nn.Linear(width, shown[0].size),
    )  # fmt: skip
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for _ in range(steps):
        rows = np.searchsorted(chances, rng.random(batch) * chances[-1]).clip(max=len(both) - 1)
        x, y = both[rows], shown[rows]
        halved = round(OF_TWO_FACES * batch)
        others = rng.permutation(halved)
        x[:halved], y[:halved] = join_sides(x[:halved], y[:halved], others, left)
        x = x.reshape(batch, -1) - mean + rng.normal(0, 0.002, (batch, len(mean)))
        wanted = torch.from_numpy(y.reshape(batch, -1))
        loss = nn.functional.smooth_l1_loss(
            network(torch.from_numpy(x.astype(np.float32))), wanted, beta=0.1
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    return symmetrise_estimator(
        Estimator(
            mean.astype(np.float32),
            tuple(layer.weight.detach().numpy().T.copy() for layer in layers),
            tuple(layer.bias.detach().numpy().copy() for layer in layers),
        ),
        mirror,
    )


def symmetrise_estimator(estimator: Estimator, mirror: NDArray[np.int64]) -> Estimator:
    """The mean of what an estimator reads in a face and in its mirror image, as one network.

    What the two sides show is then exactly exchanged when a face is mirrored. The estimator's mean
    must be symmetric.
    """
    first, *inner, last = estimator.weights
    points = first.reshape(N_MESH, 3, -1)
    turned = np.empty_like(points)
    turned[mirror] = points * MIRROR[:, None]  # W(Mx) = (M'W)x
    weights = [np.concatenate([first, turned.reshape(first.shape)], axis=1)]
    for weight in inner:
        apart = np.zeros_like(weight)
        weights.append(np.block([[weight, apart], [apart, weight]]))
    sides = last.reshape(-1, *SHAPE)
    exchanged = sides[:, :, ::-1].reshape(last.shape)
    weights.append(np.concatenate([last, exchanged]) / 2)
    biases = [np.tile(bias, 2) for bias in estimator.biases[:-1]]
    final = estimator.biases[-1].reshape(SHAPE)
    biases.append(((final + final[:, ::-1]) / 2).ravel())
    return Estimator(estimator.mean, tuple(weights), tuple(biases))


def join_sides(
    shapes: Floats, aus: Floats, others: NDArray[np.int64], left: Floats
) -> tuple[Floats, Floats]:
    """Faces whose left sides are their own and whose right sides are those of `others`.

    shapes: (n, 468, 3); aus: (n, 17, 2); others: (n,) of these faces; left: (468,) as left_of has
    it. An AU without sides is the mean of both.
    """
    own = left[None, :, None]
    joined = own * shapes + (1 - own) * shapes[others]
    shown = np.stack([aus[:, :, LEFT], aus[others][:, :, RIGHT]], axis=2)
    whole = [row for row, unit in enumerate(ACTION_UNITS) if not unit.sided]
    shown[:, whole] = shown[:, whole].mean(axis=2, keepdims=True)
    return joined, shown


@dataclass(frozen=True)
class Accuracy:
    """How well the estimator finds one AU again on faces it never saw, both sides together."""

    action_unit: int
    error: float  # mean absolute, of intensities in [0, 1]
    correlation: float  # 0 where the faces do not differ


def measure_accuracy(measured: Floats, true: Floats) -> Iterator[Accuracy]:
    """Compare (n, 17, 2) intensities with the true ones, AU by AU."""
    for row, unit in enumerate(ACTION_UNITS):
        found, wanted = measured[:, row].ravel(), true[:, row].ravel()
        differ = len(found) > 0 and found.std() > 0 and wanted.std() > 0
        correlation = np.corrcoef(found, wanted)[0, 1] if differ else 0.0
        yield Accuracy(unit.number, float(np.abs(found - wanted).mean()), float(correlation))
