"""The settings of a run of the `first-order` preset; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

from ganimate.networks.first_order.config import FirstOrderConfig, FirstOrderCriticConfig

EPOCHS = 100
"""Epochs of the authors' run for faces."""

REPEATS = 75
"""Pairs that an epoch of theirs takes from each video."""


@dataclass(frozen=True)
class FirstOrderLossWeights:
    """Factors of the terms of losses.py; larger values make a term count more.

    Values are those of the authors for faces, of vox-adv where it differs from vox.
    """

    perceptual: float = 10.0
    """Factor of Eq. 9, of each layer at each scale."""

    face: float = 0.5
    """Factor of what the face mesh sees, which is compared where no VGG-19 is given. Larger moves
    lids and lips more, and paints what the mesh alone sees. This project's: with it, the term's
    gradient on pictures is about twice that of the pixels (2.7 to 5)."""

    adversarial: float = 1.0
    """Factor of the least-squares loss in the generator's loss; the critic's own has no factor."""

    matching: float = 10.0
    """Factor of feature matching, of each layer."""

    equivariance: float = 10.0
    """Factor of Eq. 11."""

    jacobian: float = 10.0
    """Factor of Eq. 13."""


@dataclass(frozen=True)
class TransformSettings:
    """How far random transforms for equivariance bend a picture; the authors' values."""

    affine: float = 0.05
    """Deviation of the entries of the affine map from the identity, of half sides; larger turns
    and shifts more."""

    bend: float = 0.005
    """Deviation of the weights of the thin plate's control points; larger bends more."""

    points: int = 5
    """Control points of the thin plate, each way."""


@dataclass(frozen=True)
class FirstOrderTrainConfig:
    """A training run of the `first-order` preset; what fields mean for any run, TrainConfig says.

    A step updates detector, dense motion and painter together, then the discriminator. Values are
    the authors' for faces unless said otherwise.
    """

    generator: FirstOrderConfig = field(default_factory=FirstOrderConfig)
    critic: FirstOrderCriticConfig = field(default_factory=FirstOrderCriticConfig)
    weights: FirstOrderLossWeights = field(default_factory=FirstOrderLossWeights)
    transform: TransformSettings = field(default_factory=TransformSettings)

    perceptual: str | None = None
    """File of VGG-19's weights, whose features Eq. 9 compares; None for the pixels themselves and
    for what the face mesh sees, a choice of this project for want of weights that come with a
    package."""

    scales: tuple[int, ...] = (1, 2, 4, 8)
    """By how much pictures are made smaller for Eq. 9."""

    steps: int = 0
    """Length of the run; see count_steps()."""

    batch: int = 20
    """Pairs a step."""

    learning_rate: float = 2e-4
    """Highest rate of generator and detector; a tenth from 60 % of the run on, a hundredth from
    90 %."""

    critic_learning_rate: float = 2e-4
    """Rate of the discriminator, which falls together with the generator's."""

    betas: tuple[float, float] = (0.5, 0.999)
    """Decays of Adam's two moments."""

    milestones: tuple[float, ...] = (0.6, 0.9)
    """Shares of the run at which the rates fall to a tenth."""

    ema: float = 0.999
    """Decay of the average that is shipped, which is not the authors'."""

    seed: int = 0
    checkpoint_every: int = 250
    sheet_every: int = 500


def count_steps(clips: int, batch: int) -> int:
    """Count the steps of the authors' run over so many videos."""
    return max(1, EPOCHS * REPEATS * clips // batch)
