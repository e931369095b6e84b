"""The estimator of action units, trained and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import Floats
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import MIRROR, N_MESH
from ganimate.numerics import correlate
from ganimate.training.mirror import ACROSS, mirror_shapes
from ganimate.training.prior.basis import weigh_left


@dataclass(frozen=True)
class EstimatorSettings:
    """How the estimator is trained."""

    steps: int = 12_000
    """Updates; more read the faces that it learns from better, and take longer (5 minutes on one
    core)."""

    batch: int = 512
    """Faces an update."""

    width: int = 224
    """Units of each of the two hidden layers; more read more, and make the shipped file larger."""

    learning_rate: float = 2e-3
    """Highest rate of AdamW on a one-cycle schedule (Smith and Topin, 2019)."""

    weight_decay: float = 1e-2
    """Weight decay of AdamW (Loshchilov and Hutter, 2019); its usual value."""

    noise: float = 0.002
    """Standard deviation of noise on the landmarks, of the face's width: about their own error, so
    that the estimate does not hang on single points. Larger is steadier and reads less."""

    tolerance: float = 0.1
    """Error of an intensity below which it counts squared, and beyond which linearly (Huber)."""

    of_two_faces: float = 0.35
    """Share of a batch whose sides are two people's. Photos seldom wink, and from faces that do the
    same on both sides nothing is learnt of which side does it. Measured: with none, of a difference
    between two people's eyes .15 was found again, with this share .77 (models/README.md)."""

    shut_eyes: float = 6.0
    """What a face with shut eyes counts more than others; one in a hundred has them. Larger reads
    blinks better and everything else worse. By eye."""


ESTIMATOR = EstimatorSettings()


def fit_estimator(
    shapes: Floats,
    aus: Floats,
    settings: EstimatorSettings = ESTIMATOR,
    seed: int = 0,
) -> Estimator:
    """Train the estimator of action units.

    Half of every batch is mirrored, with its sides exchanged, and landmarks carry noise.

    Args:
        shapes: (n, 468, 3) pose-normalised faces.
        aus: (n, 17, 2) what they show, in [0, 1].
        settings: of the network and its training.
        seed: of weights and batches.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    both = np.concatenate([shapes, mirror_shapes(shapes)])
    shown = np.concatenate([aus, aus[:, :, ::-1]])
    left = weigh_left(both.mean(axis=0))
    mean = both.mean(axis=0).reshape(-1)
    chances = np.cumsum(1 + settings.shut_eyes * shown[:, ROW_OF[45]].mean(axis=1) ** 2)
    network = _build_network(len(mean), shown[0].size, settings.width)
    rate, batch = settings.learning_rate, settings.batch
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=settings.steps)
    for _ in range(settings.steps):
        rows = np.searchsorted(chances, rng.random(batch) * chances[-1]).clip(max=len(both) - 1)
        x, y = both[rows], shown[rows]
        halved = round(settings.of_two_faces * batch)
        others = rng.permutation(halved)
        x[:halved], y[:halved] = join_sides(x[:halved], y[:halved], others, left)
        x = x.reshape(batch, -1) - mean + rng.normal(0, settings.noise, (batch, len(mean)))
        loss = nn.functional.smooth_l1_loss(
            network(torch.from_numpy(x.astype(np.float32))),
            torch.from_numpy(y.reshape(batch, -1)),
            beta=settings.tolerance,
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return symmetrise_estimator(_export_network(network, mean))


def _build_network(inputs: int, outputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
        nn.Linear(width, outputs),
    )  # fmt: skip


def _export_network(network: nn.Sequential, mean: Floats) -> Estimator:
    """The network as arrays; `mean` (1404,) is what was subtracted from its inputs."""
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    return Estimator(
        mean.astype(np.float32),
        tuple(layer.weight.detach().numpy().T.copy() for layer in layers),
        tuple(layer.bias.detach().numpy().copy() for layer in layers),
    )


def symmetrise_estimator(estimator: Estimator) -> Estimator:
    """Make one network that averages what an estimator reads in a face and in its mirror image.

    What the two sides show is then exactly exchanged when a face is mirrored.

    Args:
        estimator: whose mean must be symmetric.
    """
    first, *inner, last = estimator.weights
    points = first.reshape(N_MESH, 3, -1)
    turned = np.empty_like(points)
    turned[MIRROR[:N_MESH]] = points * ACROSS[:, None]  # W(Mx) = (M'W)x
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
    """Make faces whose left sides are their own and whose right sides are those of others.

    Args:
        shapes: (n, 468, 3) pose-normalised faces.
        aus: (n, 17, 2) what they show.
        others: (n,) the face, of these, whose right side each face gets.
        left: (468,) how far landmarks are on the left side, see weigh_left().

    Returns:
        Shapes and action units of the new faces; a unit without sides is the mean of both.
    """
    own = left[None, :, None]
    joined = own * shapes + (1 - own) * shapes[others]
    shown = np.stack([aus[:, :, LEFT], aus[others][:, :, RIGHT]], axis=2)
    whole = [row for row, unit in enumerate(ACTION_UNITS) if not unit.sided]
    shown[:, whole] = shown[:, whole].mean(axis=2, keepdims=True)
    return joined, shown


@dataclass(frozen=True)
class Accuracy:
    """How well the estimator finds one AU again on faces it never saw, both sides together.

    Attributes:
        action_unit: its number.
        error: mean absolute error of the intensity, in [0, 1].
        correlation: Pearson's r with the true intensities; 0 where the faces do not differ.
    """

    action_unit: int
    error: float
    correlation: float


def measure_accuracy(measured: Floats, true: Floats) -> Iterator[Accuracy]:
    """Compare measured intensities (n, 17, 2) with the true ones, AU by AU."""
    for row, unit in enumerate(ACTION_UNITS):
        found, wanted = measured[:, row].ravel(), true[:, row].ravel()
        error = float(np.abs(found - wanted).mean())
        yield Accuracy(unit.number, error, correlate(found, wanted) or 0.0)
