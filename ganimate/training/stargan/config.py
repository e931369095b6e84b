"""The settings of a run of the `stargan` preset; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

from ganimate.networks.stargan import StarganConfig, StarganCriticConfig
from ganimate.training.options import Adversarial

PUBLISHED_STEPS = 200_000
"""Steps of the public code's runs, which takes the same number for every data set."""


@dataclass(frozen=True)
class StarganLossWeights:
    """Factors of StarGAN's terms (Eqs. 5, 6 and 8), for the means of losses.py.

    Larger values make a term count more.
    """

    adversarial: float = 1.0
    """Factor of Eq. 1 or 8 in the generator's loss; the critic's own has no factor."""

    classes: float = 1.0
    """lambda_cls, of Eqs. 2 and 3; the paper's."""

    reconstruction: float = 10.0
    """lambda_rec, of Eq. 4; the paper's."""

    gradient_penalty: float = 10.0
    """lambda_gp, within Eq. 8; the paper's. The log form has no penalty."""


@dataclass(frozen=True)
class StarganTrainConfig:
    """A training run of the `stargan` preset; what fields mean for any run, TrainConfig says.

    A step is one of the critic. Values are the paper's unless said otherwise.
    """

    generator: StarganConfig
    critic: StarganCriticConfig
    weights: StarganLossWeights = field(default_factory=StarganLossWeights)

    adversarial: Adversarial = "wgan-gp"
    """Form of the adversarial loss: Eq. 8, with which the paper's figures were made, or "log",
    Eq. 1."""

    steps: int = PUBLISHED_STEPS
    """Length of the run, whatever the size of the set."""

    batch: int = 16
    """Pictures a step; see choose_batch()."""

    learning_rate: float = 1e-4
    """Rate of the generator, which falls linearly to zero over the last half of the run."""

    critic_learning_rate: float = 1e-4
    """Rate of the critic, which falls together with the generator's."""

    betas: tuple[float, float] = (0.5, 0.999)
    """Decays of Adam's two moments."""

    n_critic: int = 5
    """The generator learns in every fifth step."""

    ema: float = 0.999
    """Decay of the average that is shipped, which is not the paper's: it reaches back some 1,000
    updates of the generator."""

    seed: int = 0
    checkpoint_every: int = 500
    sheet_every: int = 500


def choose_batch(size: int) -> int:
    """Choose how many pictures a step has: 16 as published, 8 of those as small as FER2013's.

    Args:
        size: side of the pictures, pixels.
    """
    return 8 if size < 64 else 16


def share_learning_rate(step: int, steps: int) -> float:
    """Share of the highest rate at a step: full for half of the run, then linearly to zero."""
    return min(1.0, 2 * (1 - step / steps))
