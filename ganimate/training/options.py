"""What a user may set of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganimate.errors import UsageError

LARGEST_WEIGHT = 1000.0
"""Weight of attention from which it is a mistake."""

Adversarial = Literal["wgan-gp", "log"]
"""Forms of StarGAN's adversarial loss."""

CriticForm = Literal["wgan-gp", "logistic"]
"""Forms of the adversarial loss of the `motion` preset: Eq. 2 of GANimation, or a logistic one."""


@dataclass(frozen=True)
class TrainOptions:
    """What a user may set of a run; what is left open, None or empty, is the preset's choice.

    Those from `attention_weight` on are settings of some presets alone, whose `own_options` say so.

    Attributes:
        preset: its name.
        steps: length of the run.
        batch: samples a step.
        learning_rate: of generator and critic, in (0, 1).
        seed: of weights and samples.
        attention_weight: of Eq. 5 of GANimation, in [0, 1000).
        critic: form of the adversarial loss of the `motion` preset.
        labels: what the generator shall learn to paint, of what the data set has.
        adversarial: form of the adversarial loss.
        size: side of the pictures, pixels.
        channels: of the generator after its first convolution.
        skips: whether what a picture shows is moved rather than painted.
        perceptual: file of a network whose features pictures are compared by.

    Raises:
        UsageError: a value is out of range.
    """

    preset: str = "motion"
    steps: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    seed: int = 0
    attention_weight: float | None = None
    critic: CriticForm | None = None
    labels: tuple[str, ...] = ()
    adversarial: Adversarial | None = None
    size: int | None = None
    channels: int | None = None
    skips: bool | None = None
    perceptual: str | None = None

    def __post_init__(self) -> None:
        rate, weight = self.learning_rate, self.attention_weight
        if rate is not None and not 0 < rate < 1:
            raise UsageError(f"a learning rate of {rate:g} is out of range: give 0 to 1")
        if weight is not None and not 0 <= weight < LARGEST_WEIGHT:
            raise UsageError(f"an attention weight of {weight:g} is out of range: give .1")

    def is_set(self, name: str) -> bool:
        """Tell whether the user chose a setting, by its name."""
        return getattr(self, name) not in (None, ())
