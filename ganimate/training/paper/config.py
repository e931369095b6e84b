"""The settings of a run of the `paper` preset; stored in its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

from ganimate.networks.paper import PaperConfig, PaperCriticConfig

EPOCHS = 30
"""How often the paper's run sees each face."""


@dataclass(frozen=True)
class PaperLossWeights:
    """Factors of the paper's terms (section 5 and Eq. 6), for the means of losses.py.

    Larger values make a term count more.
    """

    adversarial: float = 1.0
    """Factor of Eq. 2 in the generator's loss; the critic's own has no factor."""

    gradient_penalty: float = 10.0
    """Factor of the gradient penalty within Eq. 2; the paper's."""

    action_units: float = 160.0
    """Factor of Eq. 3 in both losses; 4000 in the paper, see losses.py."""

    identity: float = 10.0
    """Factor of Eq. 4; the paper's."""

    attention: float = 0.1
    """Factor of Eq. 5; the paper's."""

    attention_variation: float = 1e-4
    """Factor of the variation within Eq. 5; the paper's."""


@dataclass(frozen=True)
class PaperTrainConfig:
    """A training run of the `paper` preset; what fields mean for any run, TrainConfig says.

    A step is one of the critic. Values are the paper's unless said otherwise.
    """

    generator: PaperConfig = field(default_factory=PaperConfig)
    critic: PaperCriticConfig = field(default_factory=PaperCriticConfig)
    weights: PaperLossWeights = field(default_factory=PaperLossWeights)

    steps: int = 240_000
    """30 epochs of the paper's 200,000 faces; see count_steps()."""

    batch: int = 25
    """Faces a step."""

    learning_rate: float = 1e-4
    """Rate of the generator, which falls linearly to zero over the last third of the run."""

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
    checkpoint_every: int = 250
    sheet_every: int = 500


def count_steps(faces: int, batch: int) -> int:
    """Count the steps of the paper's run over so many faces, each of which it sees 30 times."""
    return max(1, EPOCHS * faces // batch)
