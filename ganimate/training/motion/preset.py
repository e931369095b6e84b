"""The `motion` preset: round trips and transfers over the motion prior.

Generator and critic learn in turns, once a step each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganimate.networks.device import autocast
from ganimate.networks.generators import AnyGenerator
from ganimate.networks.motion import Critic, Generator
from ganimate.rendering.painter import Painting, clamp_painting, paint, to_signed
from ganimate.rendering.window import measure_window
from ganimate.training.config import TrainConfig
from ganimate.training.motion import losses
from ganimate.training.motion.pairs import Batch
from ganimate.training.preset import (
    AttentionHealth,
    Mean,
    Networks,
    Preset,
    descend,
    set_learning_rates,
    update_average,
)
from ganimate.training.processes import Processes

SATURATED, COLLAPSED = 0.5, 0.0005  # painted shares of what the photo shows, beyond any use


def build(config: TrainConfig) -> tuple[Generator, Critic]:
    """The two networks, untrained."""
    return Generator(config.generator), Critic(config.critic)


def train_step(
    networks: Networks, batch: Batch, step: int, config: TrainConfig, processes: Processes
) -> dict[str, Tensor]:
    """One update of the generator, one of the critic; returns the value of each term."""
    weights = config.weights
    set_learning_rates(networks, config, learning_rate_share(step, config.steps))
    given, real = to_signed(batch.given), to_signed(batch.real)
    unknown, drawn = batch.unknown.float() / 255, batch.drawn.float() / 255
    n = batch.round_trips

    networks.critic.requires_grad_(False)
    painting = paint(networks.generator, given, unknown, batch.aus, batch.change)
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
        terms["adversarial"] = losses.adversarial_generator(patches, unknown)
        terms["action_units"] = losses.conditional_expression(aus, batch.aus, batch.readable)
        terms["features"] = losses.feature_distance(
            [f[:n] for f in features], answers, processes.mean
        )
    total = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    descend(total, networks.generator, networks.generator_optimiser, processes)
    update_average(networks, config.ema, step)

    if step >= config.critic_from:
        terms |= critic_step(networks, batch, result.detach(), real, config, processes)
    return terms


def critic_step(
    networks: Networks,
    batch: Batch,
    fake: Tensor,
    real: Tensor,
    config: TrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """One update of the critic on photos and what the generator just made of them."""
    weights, critic = config.weights, networks.critic
    critic.requires_grad_(True)
    unknown = batch.unknown.float() / 255
    with autocast(real.device):
        patches, aus, _ = critic(torch.cat([real, fake]), torch.cat([unknown, unknown]))
    n = len(real)
    with autocast(real.device):
        penalty = losses.gradient_penalty(critic, real, unknown)
    terms = {
        "critic": losses.adversarial_critic(
            [m[:n] for m in patches], [m[n:] for m in patches], unknown
        ),
        "gradient_penalty": penalty,
    }
    total = terms["critic"] + weights.gradient_penalty * penalty
    terms["critic_action_units"] = losses.conditional_expression(
        aus[:n], batch.real_aus, batch.readable
    )
    total = total + weights.critic_action_units * terms["critic_action_units"]
    descend(total, critic, networks.critic_optimiser, processes)
    return terms


def learning_rate_share(step: int, steps: int) -> float:
    """A cosine from full to zero, after a warm-up of 100 steps."""
    return min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / steps))


@torch.no_grad()
def validate(
    networks: Networks, batches: Sequence[Batch], device: torch.device
) -> dict[str, float]:
    """Figures of faces never trained on.

    val_l1, val_l1_unknown: round-trip L1 of the result, in [0, 1], over all pixels and over the
    unknown ones; val_l1_input, val_l1_input_unknown: the same of what the warp alone makes.
    val_painted: share of the known pixels, of all samples, that the result takes from the colour
    mask. val_attention...: see AttentionHealth.
    """
    l1, l1_input, l1_unknown, l1_input_unknown, painted = (Mean() for _ in range(5))
    health = AttentionHealth()
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        n = batch.round_trips
        real, unknown = to_signed(batch.real[:n]), batch.unknown.float() / 255
        painting = paint_batch(networks.ema, batch)
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
        painted.add((1 - attention / known.clamp(min=1e-6)).clamp(min=0), known)
    return {
        "val_l1_input": l1_input.value,
        "val_l1": l1.value,
        "val_l1_input_unknown": l1_input_unknown.value,
        "val_l1_unknown": l1_unknown.value,
        "val_painted": painted.value,
        **health.terms(),
    }


def paint_batch(generator: AnyGenerator, batch: Batch) -> Painting:
    """Paint the windows of a batch as users see them."""
    unknown, drawn = batch.unknown.float() / 255, batch.drawn.float() / 255
    painting = paint(generator, to_signed(batch.given), unknown, batch.aus, batch.change)
    return clamp_painting(painting, drawn)


def rows(generator: AnyGenerator, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """What is given, result, photo of some faces: round trips, then transfers."""
    return to_signed(batch.given), paint_batch(generator, batch).result, to_signed(batch.real)


def warning(terms: dict[str, float]) -> str | None:
    """What a run hardly comes back from: an attention mask gone to an extreme, worse pictures."""
    painted = terms["val_painted"]
    if painted > SATURATED:
        return (
            f"the generator repaints {painted:.0%} of what photos show, so that faces will blur: "
            "start again with a lower learning rate, or from trained weights"
        )
    if painted < COLLAPSED:
        return (
            f"the generator paints only {painted:.2%} of what photos show, so that creases will be "
            "missing: start again with a lower learning rate, from trained weights, or with more "
            "expressive faces"
        )
    if terms["val_l1"] > terms["val_l1_input"]:
        return (
            "the generator makes photos worse than the warp alone leaves them: start again with "
            "lower learning rates, or from trained weights"
        )
    return None


MOTION = Preset(
    "motion",
    build,
    train_step,
    validate,
    rows,
    warning,
    crop_multiple=lambda config: 1,
    judged_size=lambda config: measure_window(config.generator.size),
    batch_multiple=2,
    fused=False,
)
