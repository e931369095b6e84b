"""The `motion` preset: round trips and transfers over the motion prior.

The critic learns in every step from its first one on; the generator in every step until it listens
to the critic, and from then on in every n_critic-th.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.errors import UsageError
from ganimate.networks.device import autocast
from ganimate.networks.motion import Critic, CriticConfig, Generator, GeneratorConfig
from ganimate.rendering.painter import Painting, paint, shade_painting, to_signed
from ganimate.rendering.window import measure_window
from ganimate.training.data.dataset import FaceSet
from ganimate.training.data.request import DataRequest, read_faces
from ganimate.training.motion import losses
from ganimate.training.motion.config import (
    USUAL_CRITIC,
    MotionTrainConfig,
    choose_critic,
    tune_finely,
)
from ganimate.training.motion.pairs import Pairs
from ganimate.training.motion.windows import PairBatch
from ganimate.training.options import TrainOptions
from ganimate.training.preset import check_judged_size
from ganimate.training.processes import Processes
from ganimate.training.updates import Networks, descend, set_learning_rates, update_average
from ganimate.training.validation import AttentionHealth, Mean, describe_attention
from ganimate.weights import load_face_models


@dataclass(frozen=True)
class MotionPresetSettings:
    """How the preset's learning rate rises, and when its generator is thought to have failed."""

    warm_up: int = 100
    """Steps over which the learning rate rises; more keep Adam's first steps smaller."""

    saturated: float = 0.5
    """Painted share of what photos show above which faces blur; by eye."""

    collapsed: float = 0.0005
    """Painted share of what photos show below which creases are missing; by eye."""


SETTINGS = MotionPresetSettings()


class MotionPreset:
    """Round trips and transfers over the motion prior; see Preset for what its methods do."""

    name = "motion"
    own_options = frozenset({"attention_weight", "critic"})
    generator_kind = Generator
    batch_multiple = 2
    fused = False

    def read_data(self, request: DataRequest) -> FaceSet:
        """Read faces with their action units."""
        return read_faces(request)

    def configure(
        self, data: FaceSet, first: Generator | None, options: TrainOptions
    ) -> MotionTrainConfig:
        """Fit generator and critic to the crops; from trained weights, tune finely."""
        side = measure_window(data.size)
        # Each layer halves the window: one of a small crop is not to shrink to nothing.
        critic = CriticConfig(side, layers=min(CriticConfig.layers, side.bit_length() - 2))
        if first:
            config = tune_finely(MotionTrainConfig(first.config, critic))
        else:
            config = MotionTrainConfig(GeneratorConfig(size=data.size), critic)
        return choose_critic(config, options.critic or USUAL_CRITIC)

    def count_steps(self, config: MotionTrainConfig, members: int) -> int:
        """Keep the configuration's, whatever the number of faces."""
        return config.steps

    def check_batch(self, batch: int) -> None:
        """Check that half of a batch can be transfers."""
        if batch % self.batch_multiple:
            raise UsageError(f"a batch of {batch} has no halves: give an even number of faces")

    def check_crops(self, config: MotionTrainConfig, size: int) -> None:
        """Check that the critic is as wide as a window."""
        check_judged_size(config, size, measure_window(size))

    def create_networks(self, config: MotionTrainConfig) -> tuple[Generator, Critic]:
        """Create the generator and the critic of windows."""
        return Generator(config.generator), Critic(config.critic)

    def make_samples(
        self,
        data: FaceSet,
        seen: NDArray[np.int64],
        unseen: NDArray[np.int64],
        config: MotionTrainConfig,
        processes: Processes,
    ) -> tuple[Pairs, Pairs]:
        """Make round trips, and transfers from the step from which a critic is listened to."""
        models = load_face_models()
        start = config.adversary_from
        batch, seed = config.batch, config.seed
        return (
            Pairs(data, seen, models, batch, seed, transfers_from=start, processes=processes),
            Pairs(data, unseen, models, batch, seed + 1),
        )

    def train_step(
        self,
        networks: Networks[Generator],
        batch: PairBatch,
        step: int,
        config: MotionTrainConfig,
        processes: Processes,
    ) -> dict[str, Tensor]:
        """Update the generator where it is its turn and, from its step on, the critic once."""
        set_learning_rates(networks, config, share_learning_rate(step, config.steps))
        real = to_signed(batch.real)
        listens = step >= config.adversary_from
        generators_turn = not listens or (step + 1) % config.n_critic == 0
        # The critic's update leaves the generator as it is: both learn from the same windows.
        with torch.set_grad_enabled(generators_turn):
            painting = _paint_given(networks.generator, batch)
        terms: dict[str, Tensor] = {}
        if generators_turn:
            terms = _step_generator(networks, batch, painting, real, step, config, processes)
        if step >= config.critic_from:
            fake = painting.result.detach()
            terms |= _step_critic(networks, batch, fake, real, config, processes)
        return terms

    def validate(
        self, networks: Networks[Generator], batches: Sequence[PairBatch], device: torch.device
    ) -> dict[str, float]:
        """Measure round trips of faces never trained on.

        Returns:
            val_l1, val_l1_unknown: round-trip L1 of the result, in [0, 1], over all pixels and over
            the unknown ones; val_l1_input, val_l1_input_unknown: that of what the warp alone makes.
            val_painted: share of the known pixels that the result takes from the colour mask, of
            samples in which anything is unknown; in others nothing is painted. val_attention...:
            see AttentionHealth.
        """
        return _validate(networks.ema, batches, device)

    def draw_rows(self, generator: Generator, batch: PairBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Draw what is given, result, photo of some faces: round trips, then transfers."""
        return to_signed(batch.given), paint_batch(generator, batch).result, to_signed(batch.real)

    def describe(self, figures: Mapping[str, float]) -> str:
        """Put the errors of round trips into words, and what attention does."""
        return (
            f"round trip of held-out faces {figures['val_l1']:.4f} (their warp "
            f"{figures['val_l1_input']:.4f}), where nothing was known "
            f"{figures['val_l1_unknown']:.4f} ({figures['val_l1_input_unknown']:.4f}); "
            + describe_attention(figures)
        )

    def find_fault(self, figures: Mapping[str, float]) -> str | None:
        """Find what a run hardly comes back from: a mask gone to an extreme, worse pictures."""
        painted = figures["val_painted"]
        if painted > SETTINGS.saturated:
            return (
                f"the generator repaints {painted:.0%} of what photos show, so that faces will "
                "blur: start again with a lower learning rate, or from trained weights"
            )
        if painted < SETTINGS.collapsed:
            return (
                f"the generator paints only {painted:.2%} of what photos show, so that creases "
                "will be missing: start again with a lower learning rate, from trained weights, or "
                "with more expressive faces"
            )
        if figures["val_l1"] > figures["val_l1_input"]:
            return (
                "the generator makes photos worse than the warp alone leaves them: start again "
                "with lower learning rates, or from trained weights"
            )
        return None


MOTION = MotionPreset()


def share_learning_rate(step: int, steps: int) -> float:
    """Share of the highest rate at a step: a cosine from full to zero, after a warm-up."""
    warm = min(1.0, (step + 1) / SETTINGS.warm_up)
    return warm * 0.5 * (1 + math.cos(math.pi * step / steps))


def _paint_given(generator: Generator, batch: PairBatch) -> Painting:
    """Paint the windows of a batch as the generator alone does."""
    unknown = batch.unknown.float() / 255
    return paint(generator, to_signed(batch.given), unknown, batch.aus, batch.change)


def _step_generator(
    networks: Networks[Generator],
    batch: PairBatch,
    painting: Painting,
    real: Tensor,
    step: int,
    config: MotionTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update the generator on the windows that it painted; real: (n, 3, w, w) in [-1, 1]."""
    weights = config.weights
    given = to_signed(batch.given)
    unknown, drawn = batch.unknown.float() / 255, batch.drawn.float() / 255
    n = batch.round_trips
    networks.critic.requires_grad_(False)
    result, attention = painting.result, painting.attention
    terms = {
        "round_trip": losses.round_trip(result[:n], real[:n], unknown[:n], weights.unknown),
        "anatomy": losses.anatomy(result[n:], given[n:], drawn[n:]),
        "tint": losses.tint(result[n:], given[n:], drawn[n:]),
        "attention": losses.attention_size(attention),
        "attention_variation": losses.attention_variation(attention),
    }
    if step >= config.adversary_from:
        with autocast(given.device):
            patches, aus, features = networks.critic(result, unknown)
            _, _, answers = networks.critic(real[:n], unknown[:n])
        terms["adversarial"] = losses.adversarial_generator(patches, unknown, config.critic_form)
        terms["action_units"] = losses.conditional_expression(aus, batch.aus, batch.readable)
        terms["features"] = losses.feature_distance(
            [f[:n] for f in features], answers, processes.average
        )
    total = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    descend(total, networks.generator, networks.generator_optimiser, processes)
    update_average(networks, config.ema, step)
    return terms


def _step_critic(
    networks: Networks[Generator],
    batch: PairBatch,
    fake: Tensor,
    real: Tensor,
    config: MotionTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update the critic on photos and what the generator just made, both (n, 3, w, w)."""
    weights, critic, form = config.weights, networks.critic, config.critic_form
    critic.requires_grad_(True)
    unknown = batch.unknown.float() / 255
    n = len(real)
    with autocast(real.device):
        patches, aus, _ = critic(torch.cat([real, fake]), torch.cat([unknown, unknown]))
        if form == "wgan-gp":
            penalty = losses.gradient_penalty(critic, real, fake, unknown, batch.mix)
        else:
            penalty = losses.gradient_penalty_of_photos(critic, real, unknown)
    on_real, on_fake = [m[:n] for m in patches], [m[n:] for m in patches]
    terms = {
        "critic": losses.adversarial_critic(on_real, on_fake, unknown, form),  # Eq. 2
        "gradient_penalty": penalty,  # Eq. 2
        "critic_action_units": losses.conditional_expression(  # Eq. 3
            aus[:n], batch.real_aus, batch.readable
        ),
    }
    loss = (
        terms["critic"]
        + weights.gradient_penalty * terms["gradient_penalty"]
        + weights.critic_action_units * terms["critic_action_units"]
    )
    descend(loss, critic, networks.critic_optimiser, processes)
    return terms


@torch.no_grad()
def _validate(
    generator: Generator, batches: Sequence[PairBatch], device: torch.device
) -> dict[str, float]:
    l1, l1_input, l1_unknown, l1_input_unknown, painted = (Mean() for _ in range(5))
    health = AttentionHealth()
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        n = batch.round_trips
        real, unknown = to_signed(batch.real[:n]), batch.unknown.float() / 255
        painting = paint_batch(generator, batch)
        result, attention = painting.result, painting.attention
        error, error_input = (
            (picture[:n] - real).abs().mean(dim=1, keepdim=True) / 2
            for picture in (result, to_signed(batch.warped))
        )
        for mean, mean_unknown, values in (
            (l1, l1_unknown, error),
            (l1_input, l1_input_unknown, error_input),
        ):
            mean.add(values, torch.ones_like(values))
            mean_unknown.add(values, unknown[:n])
        known = 1 - unknown  # all that attention can keep
        health.add(attention)
        asked = (unknown.amax(dim=(1, 2, 3), keepdim=True) > 0).float()  # else the gate is shut
        painted.add((1 - attention / known.clamp(min=1e-6)).clamp(min=0), known * asked)
    return {
        "val_l1_input": l1_input.value,
        "val_l1": l1.value,
        "val_l1_input_unknown": l1_input_unknown.value,
        "val_l1_unknown": l1_unknown.value,
        "val_painted": painted.value,
        **health.terms(),
    }


def paint_batch(generator: Generator, batch: PairBatch) -> Painting:
    """Paint the windows of a batch as users see them."""
    unknown, drawn = batch.unknown.float() / 255, batch.drawn.float() / 255
    painting = paint(generator, to_signed(batch.given), unknown, batch.aus, batch.change)
    return shade_painting(painting, drawn)
