"""What a training preset is: networks, a step, and how to judge where they got to.

loop.py runs any of them; motion_preset.py and paper_preset.py are the two.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from ganimate.networks.generators import AnyGenerator
from ganimate.training.config import AnyTrainConfig
from ganimate.training.processes import Processes

Config = TypeVar("Config")
Samples = TypeVar("Samples")  # of one step

ON_A_SHEET = 2  # batches
KEEPS, PAINTS = 0.98, 0.02  # attention beyond which a pixel is all photo, or all colour mask


@dataclass
class Networks:
    """What a run trains."""

    generator: AnyGenerator
    critic: nn.Module
    ema: AnyGenerator
    generator_optimiser: torch.optim.Optimizer
    critic_optimiser: torch.optim.Optimizer


@dataclass(frozen=True)
class Preset(Generic[Config, Samples]):
    """A kind of training run, as functions."""

    name: str
    networks: Callable[[Config], tuple[AnyGenerator, nn.Module]]  # generator and critic, untrained
    # One step's updates; returns the unweighted value of each loss term, of this process's samples.
    train_step: Callable[[Networks, Samples, int, Config, Processes], dict[str, Tensor]]
    # Figures of faces never trained on, named val_...
    validate: Callable[[Networks, Sequence[Samples], torch.device], dict[str, float]]
    # What a sheet shows of a batch: rows of pictures, each (n, 3, s, s) in [-1, 1].
    rows: Callable[[AnyGenerator, Samples], Sequence[Tensor]]
    # What goes wrong by these figures, and what to try; None if all is well.
    warning: Callable[[dict[str, float]], str | None]
    crop_multiple: Callable[[Config], int]  # of which crops must be, px
    judged_size: Callable[[Config], int]  # side of what the critic is given of them, px
    batch_multiple: int  # of which each process's part of a batch must be, samples
    fused: bool  # whether Adam updates all parameters in one pass: quicker, other rounding

    def build(self, config: AnyTrainConfig, device: torch.device) -> Networks:
        """Fresh networks and optimisers, the same for the same seed."""
        torch.manual_seed(config.seed)
        of_preset: Any = config
        generator, critic = self.networks(of_preset)
        generator, critic = generator.to(device), critic.to(device)

        def adam(network: nn.Module, rate: float) -> torch.optim.Optimizer:
            return torch.optim.Adam(
                network.parameters(), rate, config.betas, fused=self.fused or None
            )

        return Networks(
            generator,
            critic,
            copy.deepcopy(generator).requires_grad_(False),
            adam(generator, config.learning_rate),
            adam(critic, config.critic_learning_rate),
        )

    @torch.no_grad()
    def sheet(
        self, generator: AnyGenerator, batches: Sequence[Any], device: torch.device
    ) -> Tensor:
        """The rows of the first batches under each other, (3, h, w) in [-1, 1]."""
        shown = [self.rows(generator, batch.to(device)) for batch in batches[:ON_A_SHEET]]
        rows = [torch.cat(list(row), dim=2) for rows in shown for row in rows]  # (3, s, n s)
        return torch.cat(rows, dim=1)


def set_learning_rates(networks: Networks, config: AnyTrainConfig, share: float) -> None:
    """A share of each network's full rate."""
    for optimiser, rate in (
        (networks.generator_optimiser, config.learning_rate),
        (networks.critic_optimiser, config.critic_learning_rate),
    ):
        for group in optimiser.param_groups:
            group["lr"] = rate * share


def descend(
    loss: Tensor, network: nn.Module, optimiser: torch.optim.Optimizer, processes: Processes
) -> None:
    """One update of a network along its loss, of which each process has a part."""
    optimiser.zero_grad()
    loss.backward()
    processes.average_gradients(network.parameters())
    optimiser.step()


@torch.no_grad()
def update_average(networks: Networks, decay: float, step: int) -> None:
    """Exponential moving average of the generator, quick at first."""
    decay = min(decay, (step + 1) / (step + 10))
    for mean, now in zip(networks.ema.parameters(), networks.generator.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)


@dataclass
class Mean:
    """A weighted mean, batch by batch; 0 of nothing."""

    total: float = 0.0
    weight: float = 0.0

    def add(self, values: Tensor, weights: Tensor) -> None:
        """Take in values and their weights, of one shape."""
        self.total += float((values * weights).sum())
        self.weight += float(weights.sum())

    @property
    def value(self) -> float:
        """The mean so far."""
        return self.total / self.weight if self.weight else 0.0


@dataclass
class AttentionHealth:
    """Whether attention masks still choose: the mean, and how much of them is all or nothing."""

    mean: Mean = field(default_factory=Mean)
    keeps: Mean = field(default_factory=Mean)
    paints: Mean = field(default_factory=Mean)

    def add(self, attention: Tensor) -> None:
        """Take in masks of any shape."""
        everywhere = torch.ones_like(attention)
        self.mean.add(attention, everywhere)
        self.keeps.add((attention > KEEPS).float(), everywhere)
        self.paints.add((attention < PAINTS).float(), everywhere)

    def terms(self) -> dict[str, float]:
        """Mean of A, and the shares of pixels with A above .98 and below .02."""
        return {
            "val_attention": self.mean.value,
            "val_attention_keeps": self.keeps.value,
            "val_attention_paints": self.paints.value,
        }
