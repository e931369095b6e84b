"""What a training preset is: everything in which one kind of run differs from another.

loop.py runs any preset and plan.py prepares its run; neither knows one by name. presets.py lists
them. Each has a folder with the same names: config, preset, losses, and what its samples are.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from ganimate.errors import DataError
from ganimate.networks.generators import AnyGenerator
from ganimate.training.config import TrainConfig
from ganimate.training.data.dataset import NamedSet
from ganimate.training.data.request import DataRequest
from ganimate.training.options import TrainOptions
from ganimate.training.processes import Processes
from ganimate.training.updates import AnyNetworks, Generator, Networks

Config = TypeVar("Config")
Data = TypeVar("Data", bound=NamedSet)
Batch = TypeVar("Batch")

SHEET_BATCHES = 2
"""Batches that a sheet shows, under each other."""


class SampleSet(Dataset[Batch]):
    """The samples of a run: batches by step number, for a DataLoader with batch_size=None.

    A batch depends on nothing but the seed and its step, so a resumed run sees what an
    uninterrupted one would have, and so do several processes together. It has a method `to(device)`
    that gives the same batch on a device.

    Attributes:
        size: side of the crops, pixels.
    """

    size: int

    @abstractmethod
    def __len__(self) -> int:
        """How many members of the set the samples are made of: faces, pictures, videos."""

    @abstractmethod
    def __getitem__(self, step: int) -> Batch:
        """Make the batch of a step, or this process's share of it."""


class Preset(Protocol[Config, Data, Generator, Batch]):
    """A kind of training run.

    `Config` is the frozen dataclass of its settings, with the fields of TrainConfig; `Data` what it
    reads, `Generator` what it trains, `Batch` what its samples are. A system of several networks
    that are trained and shipped together is one module here, a generator.

    Attributes:
        name: as users and checkpoints have it.
        own_options: names of the settings of TrainOptions that it takes, of those that not every
            preset does.
        generator_kind: the class of generator that it trains.
        batch_multiple: what each process's part of a batch must be a multiple of, samples.
        fused: whether Adam updates all parameters in one pass: quicker, and rounded otherwise.
    """

    name: str
    own_options: frozenset[str]
    generator_kind: type[Generator]
    batch_multiple: int
    fused: bool

    def read_data(self, request: DataRequest) -> Data:
        """Read what a run learns from.

        Raises:
            DataError: the folders hold nothing to learn from, or not what was asked for.
        """

    def configure(self, data: Data, first: Generator | None, options: TrainOptions) -> Config:
        """Choose the settings of a run; those that every preset has are replaced by the user's.

        Args:
            data: that it learns from.
            first: a generator of this preset's kind that it starts from; None to start afresh.
            options: what the user says of this preset's own settings.

        Raises:
            UsageError: they do not fit the data, or each other.
        """

    def count_steps(self, config: Config, members: int) -> int:
        """Choose how many steps a run over so many members of a set has, where nobody says it."""

    def check_batch(self, batch: int) -> None:
        """Check how many samples a step shall have.

        Raises:
            UsageError: this preset cannot take so many.
        """

    def check_crops(self, config: Config, size: int) -> None:
        """Check that crops, as wide as the generator's, suit the critic.

        Raises:
            DataError: they do not.
        """

    def create_networks(self, config: Config) -> tuple[Generator, nn.Module]:
        """Create the generator and the critic, untrained."""

    def make_samples(
        self,
        data: Data,
        seen: NDArray[np.int64],
        unseen: NDArray[np.int64],
        config: Config,
        processes: Processes,
    ) -> tuple[SampleSet[Batch], SampleSet[Batch]]:
        """Make the samples of a run.

        Args:
            data: what read_data() read.
            seen: (n,) members to train on.
            unseen: (m,) members to validate on.
            config: of the run.
            processes: that train together.

        Returns:
            Samples to train on, this process's share of them, and samples to validate on.

        Raises:
            DataError: the data do not fit the preset.
        """

    def train_step(
        self,
        networks: Networks[Generator],
        batch: Batch,
        step: int,
        config: Config,
        processes: Processes,
    ) -> dict[str, Tensor]:
        """Take one step, counted from 0.

        Returns:
            The unweighted value of each loss term, over this process's samples.
        """

    def validate(
        self, networks: Networks[Generator], batches: Sequence[Batch], device: torch.device
    ) -> dict[str, float]:
        """Measure the averaged generator on what was never trained on.

        Returns:
            Figures, named val_...
        """

    def draw_rows(self, generator: Generator, batch: Batch) -> Sequence[Tensor]:
        """Draw what a sheet shows of a batch: rows of pictures, each (n, 3, s, s) in [-1, 1]."""

    def describe(self, figures: Mapping[str, float]) -> str:
        """Put what validate() found into a line of words."""

    def find_fault(self, figures: Mapping[str, float]) -> str | None:
        """Say what goes wrong by what validate() found, and what to try; None if all is well."""


AnyPreset = Preset[Any, Any, Any, Any]


def build_networks(preset: AnyPreset, config: TrainConfig, device: torch.device) -> AnyNetworks:
    """Build fresh networks and optimisers, the same for the same seed."""
    torch.manual_seed(config.seed)
    generator, critic = preset.create_networks(config)
    generator, critic = generator.to(device), critic.to(device)

    def build_adam(network: nn.Module, rate: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(
            network.parameters(), rate, config.betas, fused=preset.fused or None
        )

    return Networks(
        generator=generator,
        critic=critic,
        ema=copy.deepcopy(generator).requires_grad_(False),
        generator_optimiser=build_adam(generator, config.learning_rate),
        critic_optimiser=build_adam(critic, config.critic_learning_rate),
    )


@torch.no_grad()
def draw_sheet(
    preset: AnyPreset, generator: AnyGenerator, batches: Sequence[Any], device: torch.device
) -> Tensor:
    """Draw the rows of the first batches under each other, (3, h, w) in [-1, 1]."""
    drawn = [preset.draw_rows(generator, batch.to(device)) for batch in batches[:SHEET_BATCHES]]
    rows = [torch.cat(list(row), dim=2) for rows in drawn for row in rows]  # (3, s, n s)
    return torch.cat(rows, dim=1)


def check_judged_size(config: TrainConfig, size: int, judged: int) -> None:
    """Check that the critic is built for what it is given.

    Args:
        config: of the run; its critic has a `size`, pixels.
        size: side of the crops, pixels.
        judged: side of what the critic is given of them, pixels.

    Raises:
        DataError: it is not.
    """
    if config.critic.size != judged:
        raise DataError(
            f"The critic judges {config.critic.size} px, and of crops of {size} px it is given "
            f"{judged} px."
        )
