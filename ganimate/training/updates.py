"""What a run trains, and how a step changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from ganimate.networks.generators import AnyGenerator
from ganimate.training.config import TrainConfig
from ganimate.training.processes import Processes

Generator = TypeVar("Generator", bound=AnyGenerator)


@dataclass
class Networks(Generic[Generator]):
    """What a run trains; all of it is in its checkpoints.

    Attributes:
        generator: as the last step left it.
        critic: of the preset; it judges what the generator makes.
        ema: the moving average of the generator, which is shipped and judged.
        generator_optimiser: Adam, with its moments.
        critic_optimiser: Adam, with its moments.
    """

    generator: Generator
    critic: nn.Module
    ema: Generator
    generator_optimiser: torch.optim.Optimizer
    critic_optimiser: torch.optim.Optimizer


AnyNetworks: TypeAlias = Networks[Any]


def set_learning_rates(networks: AnyNetworks, config: TrainConfig, share: float) -> None:
    """Set both rates to a share, in [0, 1], of their highest."""
    for optimiser, rate in (
        (networks.generator_optimiser, config.learning_rate),
        (networks.critic_optimiser, config.critic_learning_rate),
    ):
        for group in optimiser.param_groups:
            group["lr"] = rate * share


def descend(
    loss: Tensor, network: nn.Module, optimiser: torch.optim.Optimizer, processes: Processes
) -> None:
    """Update a network once along its loss, of which each process has a part."""
    optimiser.zero_grad()
    loss.backward()
    processes.average_gradients(network.parameters())
    optimiser.step()


@torch.no_grad()
def update_average(networks: AnyNetworks, decay: float, step: int) -> None:
    """Update the moving average of the generator, which follows quickly at first.

    The decay rises as (1 + n) / (10 + n), the schedule of TensorFlow's ExponentialMovingAverage.

    Args:
        networks: of the run.
        decay: what stays of the average in a step, later on.
        step: updates of the generator so far.
    """
    decay = min(decay, (step + 1) / (step + 10))
    for mean, now in zip(networks.ema.parameters(), networks.generator.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)
    for mean, now in zip(networks.ema.buffers(), networks.generator.buffers(), strict=True):
        mean.copy_(now)  # running statistics are averages themselves
