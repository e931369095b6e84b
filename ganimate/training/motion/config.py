"""The settings of a run of the `motion` preset; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ganimate.networks.motion import CriticConfig, GeneratorConfig


@dataclass(frozen=True)
class MotionLossWeights:
    """Factors of the terms; every term is a mean over its sample, whatever the batch size.

    Larger values make a term count more. Those that are not the paper's were chosen by eye over the
    runs of the shipped model (models/README.md).
    """

    round_trip: float = 20.0
    """Factor of L1 to the real photo, the supervised identity (Eq. 4)."""

    unknown: float = 8.0
    """How much more a pixel counts there that the photo says nothing about."""

    features: float = 5.0
    """Factor of the distance of result and photo of a round trip in the critic's features."""

    adversarial: float = 1.0
    """Factor of the adversarial term in the generator's loss; the critic's own has no factor."""

    anatomy: float = 2.0
    """Factor of the distance of transfers' mouths from the drawing that they were given."""

    tint: float = 5.0
    """Factor of the distance of transfers' mouths from the colours of teeth and flesh."""

    gradient_penalty: float = 1.0
    """Factor of R1, in the critic's loss."""

    action_units: float = 5.0
    """Factor of Eq. 3 in the generator's loss."""

    critic_action_units: float = 1.0
    """Factor of Eq. 3 in the critic's loss. Measured: at 20 it learnt nothing else
    (models/README.md)."""

    attention: float = 0.1
    """Factor of Eq. 5, how much is painted; the paper's."""

    attention_variation: float = 1e-3
    """Factor of Eq. 5, how ragged the mask is."""


@dataclass(frozen=True)
class MotionTrainConfig:
    """A training run of the `motion` preset; what fields mean for any run, TrainConfig says."""

    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    weights: MotionLossWeights = field(default_factory=MotionLossWeights)

    steps: int = 6000
    """Length of a run from nothing; by eye."""

    batch: int = 16
    """Faces a step; half make a transfer once the critic is listened to."""

    learning_rate: float = 2e-4
    """Highest rate of the generator, which falls to zero along a cosine."""

    critic_learning_rate: float = 4e-4
    """Highest rate of the critic, which falls with the generator's; by eye. Measured: a
    Wasserstein critic collapsed once at 9e-4 (models/README.md)."""

    betas: tuple[float, float] = (0.5, 0.999)
    """Decays of Adam's two moments, the paper's."""

    critic_from: int = 800
    """Step from which the critic learns; by eye."""

    adversary_from: int = 1000
    """Step from which the generator listens to the critic, which has to know something first."""

    ema: float = 0.998
    """Decay of the average that is shipped: it reaches back some 500 steps."""

    seed: int = 0
    checkpoint_every: int = 200
    sheet_every: int = 400


def tune_finely(config: MotionTrainConfig) -> MotionTrainConfig:
    """Make a run from trained weights of a fresh one: shorter, and careful with what they know.

    The critic starts afresh and knows nothing. It learns from the first step, and the generator
    listens to it once it can tell something. The rates are half of a fresh run's.
    """
    return replace(
        config,
        steps=2500,  # half an hour to an hour on two cores
        learning_rate=1e-4,
        critic_learning_rate=2e-4,
        critic_from=0,
        adversary_from=200,
    )
