"""Everything that decides a training run, in one place; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ganimate.networks.motion import CriticConfig, GeneratorConfig
from ganimate.networks.paper import PaperConfig, PaperCriticConfig


@dataclass(frozen=True)
class LossWeights:
    """Factors of the terms; every term is a mean over its sample, whatever the batch size."""

    round_trip: float = 20.0  # L1 to the real photo, the supervised identity (Eq. 4)
    unknown: float = 8.0  # how much more a pixel counts there that the photo says nothing about
    features: float = 5.0  # the same pairs compared in the critic's features
    adversarial: float = 1.0  # in the generator's loss; the critic's own has no factor
    anatomy: float = 2.0  # transfers' mouths compared with the drawing that they were given
    tint: float = 5.0  # ... and with the colours of teeth and flesh
    gradient_penalty: float = 1.0  # R1, in the critic's loss
    action_units: float = 5.0  # Eq. 3, in the generator's loss
    critic_action_units: float = 1.0  # Eq. 3, in the critic's: at 20 it learnt nothing else
    attention: float = 0.1  # Eq. 5: how much is painted
    attention_variation: float = 1e-3  # Eq. 5: how ragged the mask is


@dataclass(frozen=True)
class TrainConfig:
    """A training run of the `motion` preset."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    steps: int = 6000
    batch: int = 16  # faces a step; half make a transfer once the critic is listened to
    learning_rate: float = 2e-4  # falls to zero along a cosine
    critic_learning_rate: float = 4e-4
    betas: tuple[float, float] = (0.5, 0.999)  # of Adam, the paper's
    critic_from: int = 800  # step from which the critic learns
    adversary_from: int = 1000  # step from which the generator listens to it
    ema: float = 0.998  # of the weights that are shipped
    seed: int = 0
    checkpoint_every: int = 200  # steps
    sheet_every: int = 400  # steps


def tune_finely(config: TrainConfig) -> TrainConfig:
    """The same run from trained weights: shorter, and careful with what they know.

    The critic starts afresh and knows nothing. It learns from the first step, and the generator
    hears it once it can tell something. The rates are half of a fresh run's.
    """
    return replace(
        config,
        steps=2500,  # half an hour to an hour on two cores
        learning_rate=1e-4,
        critic_learning_rate=2e-4,
        critic_from=0,
        adversary_from=200,
    )


@dataclass(frozen=True)
class PaperLossWeights:
    """Factors of the paper's terms (section 5 and Eq. 6), for the means of paper_losses.py."""

    adversarial: float = 1.0  # Eq. 2, in the generator's loss; the critic's own has no factor
    gradient_penalty: float = 10.0  # Eq. 2
    action_units: float = 160.0  # Eq. 3 in both losses; 4000 in the paper, see paper_losses.py
    identity: float = 10.0  # Eq. 4
    attention: float = 0.1  # Eq. 5
    attention_variation: float = 1e-4  # within Eq. 5


@dataclass(frozen=True)
class PaperTrainConfig:
    """A training run of the `paper` preset. A step is one of the critic."""

    generator: PaperConfig = field(default_factory=PaperConfig)
    critic: PaperCriticConfig = field(default_factory=PaperCriticConfig)
    weights: PaperLossWeights = field(default_factory=PaperLossWeights)
    steps: int = 240_000  # 30 epochs of the paper's 200,000 faces; see steps_of()
    batch: int = 25  # faces a step
    learning_rate: float = 1e-4  # falls linearly to zero over the last third of the run
    critic_learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.5, 0.999)  # of Adam
    n_critic: int = 5  # the generator learns in every fifth step
    ema: float = 0.999  # of the weights that are shipped
    seed: int = 0
    checkpoint_every: int = 250  # steps
    sheet_every: int = 500  # steps


AnyTrainConfig = TrainConfig | PaperTrainConfig

EPOCHS = 30  # of the paper's run


def count_steps(faces: int, batch: int) -> int:
    """Steps of the paper's run over so many faces: each is seen 30 times."""
    return max(1, EPOCHS * faces // batch)
