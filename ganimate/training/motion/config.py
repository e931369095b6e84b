"""The settings of a run of the `motion` preset; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ganimate.networks.motion import CriticConfig, GeneratorConfig
from ganimate.training.options import CriticForm

USUAL_CRITIC: CriticForm = "logistic"
"""Form of Eq. 2 that runs have where nobody says it. Measured: at equal time round trips with the
paper's form are worse, by 1 % on a CPU and by 4 to 6 % on a GPU, since it takes five steps of the
critic, each with windows of its own, for one of the generator's (models/README.md)."""


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
    """Factor of the gradient penalty in the critic's loss, here of R1; see choose_critic()."""

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

    critic_form: CriticForm = "logistic"
    """Form of Eq. 2; set by choose_critic(), with what belongs to it."""

    n_critic: int = 1
    """Steps of the critic, once it is listened to, for each of the generator's."""

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


@dataclass(frozen=True)
class WassersteinSettings:
    """What a run with "wgan-gp" as the form of its critic has instead of the logistic one's."""

    n_critic: int = 5
    """Steps of the critic for each of the generator's; the paper's."""

    gradient_penalty: float = 10.0
    """Factor of the gradient penalty within Eq. 2; the paper's."""

    adversarial: float = 0.1
    """Factor of Eq. 2 in the generator's loss, the paper's 1. Measured: over 50 steps the gradient
    that reaches a window is some 1 long, of the logistic form .06 to .2, of the round trip .01; at
    1 the critic would drown all else."""

    critic_share: float = 0.5
    """The critic's learning rate as a share of the logistic one's, for it takes five times the
    steps; by eye: at all of it, its reading of AUs came apart within 100 steps."""


WASSERSTEIN = WassersteinSettings()


def choose_critic(config: MotionTrainConfig, form: CriticForm) -> MotionTrainConfig:
    """Train with a form of Eq. 2, and what belongs to it.

    "wgan-gp" is as in the paper (section 5): a penalty of 10, five steps of the critic for each of
    the generator's. A step is one of the critic, so that a run of as many updates is longer.
    "logistic" has R1, and one step for each of the generator's.
    """
    if form == "logistic":
        return replace(config, critic_form=form)
    settings = WASSERSTEIN
    weights = replace(
        config.weights,
        adversarial=settings.adversarial,
        gradient_penalty=settings.gradient_penalty,
    )
    rate = settings.critic_share * config.critic_learning_rate
    return replace(
        config,
        critic_form=form,
        n_critic=settings.n_critic,
        critic_learning_rate=rate,
        weights=weights,
    )
