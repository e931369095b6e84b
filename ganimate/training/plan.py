"""What a run is about to do: the weights it starts from, its settings, its samples.

TrainOptions are what a user asks for; what they leave open is the preset's choice, for these faces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from ganimate.errors import UsageError
from ganimate.networks.generators import load_generator
from ganimate.networks.motion import CriticConfig, Generator, GeneratorConfig
from ganimate.networks.paper import PaperConfig, PaperCriticConfig, PaperGenerator
from ganimate.rendering.window import measure_window
from ganimate.training.config import (
    AnyTrainConfig,
    PaperTrainConfig,
    TrainConfig,
    count_steps,
    tune_finely,
)
from ganimate.training.data.dataset import FaceSet, split
from ganimate.training.motion.pairs import Pairs
from ganimate.training.paper.samples import Samples
from ganimate.training.processes import Processes
from ganimate.weights import find_model, load_face_models

VALIDATION_BATCH = 8  # faces on a sheet of the paper preset, side by side


@dataclass(frozen=True)
class TrainOptions:
    """What a user may set of a run; None is the preset's own. Raises UsageError when wrong."""

    preset: Literal["motion", "paper"] = "motion"
    steps: int | None = None
    batch: int | None = None  # faces a step
    learning_rate: float | None = None  # of generator and critic, in (0, 1)
    attention_weight: float | None = None  # of Eq. 5, in [0, 1000)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.preset == "motion" and self.batch is not None and self.batch % 2:
            raise UsageError(f"a batch of {self.batch} has no halves: give an even number of faces")
        rate, weight = self.learning_rate, self.attention_weight
        if rate is not None and not 0 < rate < 1:
            raise UsageError(f"a learning rate of {rate:g} is out of range: give 0 to 1")
        if weight is not None and not 0 <= weight < 1000:
            raise UsageError(f"an attention weight of {weight:g} is out of range: give .1")


def first_generator(init: str, options: TrainOptions) -> Generator | PaperGenerator:
    """The weights that a run starts from, by a shipped model's name or a file.

    Raises ModelError when there are none, UsageError when they are the other preset's.
    """
    first = load_generator(find_model(init))
    found = "paper" if isinstance(first, PaperGenerator) else "motion"
    if found != options.preset:
        raise UsageError(
            f"{init} holds weights of the {found} preset: give `preset` {found}, or `init` weights "
            f"of the {options.preset} one"
        )
    return first


def config_for(
    options: TrainOptions,
    faces: FaceSet,
    held_out: frozenset[str],
    first: Generator | PaperGenerator | None = None,
) -> AnyTrainConfig:
    """All settings of a run over these faces, which starts from `first` or afresh."""
    config = (_motion_config if options.preset == "motion" else _paper_config)(faces, first)
    batch = config.batch if options.batch is None else options.batch
    steps = config.steps if options.steps is None else options.steps
    if options.steps is None and isinstance(config, PaperTrainConfig):
        steps = count_steps(len(split(faces, held_out)[0]), batch)
    config = replace(config, steps=steps, batch=batch, seed=options.seed)
    if (rate := options.learning_rate) is not None:
        config = replace(config, learning_rate=rate, critic_learning_rate=rate)
    if options.attention_weight is not None:
        weights: Any = replace(config.weights, attention=options.attention_weight)
        config = replace(config, weights=weights)
    return config


def _motion_config(faces: FaceSet, first: Generator | PaperGenerator | None) -> AnyTrainConfig:
    side = measure_window(faces.size)
    # Each layer halves the window: one of a small crop is not to shrink to nothing.
    critic = CriticConfig(side, layers=min(CriticConfig.layers, side.bit_length() - 2))
    if isinstance(first, Generator):
        return tune_finely(TrainConfig(first.config, critic))
    return TrainConfig(GeneratorConfig(size=faces.size), critic)


def _paper_config(faces: FaceSet, first: Generator | PaperGenerator | None) -> AnyTrainConfig:
    own = first.config if isinstance(first, PaperGenerator) else PaperConfig()
    return PaperTrainConfig(own, PaperCriticConfig(own.size, own.channels))


def samples_for(
    faces: FaceSet, held_out: frozenset[str], config: AnyTrainConfig, processes: Processes
) -> tuple[Pairs | Samples, Pairs | Samples]:
    """Samples to train on, this process's share of them, and samples to validate on.

    Raises DataError when the faces do not fit the preset.
    """
    seen, unseen = split(faces, held_out)
    batch, seed = config.batch, config.seed
    if isinstance(config, PaperTrainConfig):
        size = config.generator.size
        return (
            Samples(faces, seen, size, batch, seed, processes),
            Samples(faces, unseen, size, VALIDATION_BATCH, seed + 1),
        )
    models = load_face_models()
    start = config.adversary_from
    return (
        Pairs(faces, seen, models, batch, seed, transfers_from=start, processes=processes),
        Pairs(faces, unseen, models, batch, seed + 1),
    )
