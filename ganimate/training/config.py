"""What every training run is told, whatever its preset; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import Field
from typing import Any, ClassVar, Protocol

from ganimate.networks.generators import AnyConfig


class TrainConfig(Protocol):
    """The settings of a run: the fields that the frozen dataclass of every preset has.

    A preset's own class says what its values come from, and may have more fields.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def generator(self) -> AnyConfig:
        """Architecture of the generator; its `size` is the side of the crops, pixels."""

    @property
    def critic(self) -> Any:
        """Architecture of the critic."""

    @property
    def weights(self) -> Any:
        """Factors of the loss terms; `attention` is that of Eq. 5."""

    @property
    def steps(self) -> int:
        """Length of the run."""

    @property
    def batch(self) -> int:
        """Faces a step, of all processes together."""

    @property
    def learning_rate(self) -> float:
        """Highest rate of the generator's Adam."""

    @property
    def critic_learning_rate(self) -> float:
        """Highest rate of the critic's Adam."""

    @property
    def betas(self) -> tuple[float, float]:
        """Decays of Adam's two moments."""

    @property
    def ema(self) -> float:
        """Decay of the moving average of the generator, which is what is shipped."""

    @property
    def seed(self) -> int:
        """Seed of weights and samples."""

    @property
    def checkpoint_every(self) -> int:
        """Steps between checkpoints, at which the generator is also validated."""

    @property
    def sheet_every(self) -> int:
        """Steps between sheets of pictures."""
