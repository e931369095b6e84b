"""The `paper` preset: GANimation as published (Pumarola et al., ECCV 2018), section 5.

The critic learns in every step, the generator in every fifth. What the paper leaves open, and where
public code differs, is settled in paper_losses.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganimate.networks.device import autocast
from ganimate.networks.generators import AnyGenerator
from ganimate.networks.paper import PaperCritic, PaperGenerator
from ganimate.rendering.painter import paint, to_signed
from ganimate.training.config import PaperTrainConfig
from ganimate.training.paper import losses
from ganimate.training.paper.samples import PaperBatch
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

ALL_BUT_ALL = 0.95  # share of pixels that a mask may keep, or paint, and still be one


def build(config: PaperTrainConfig) -> tuple[PaperGenerator, PaperCritic]:
    """The two networks, untrained."""
    return PaperGenerator(config.generator), PaperCritic(config.critic)


def train_step(
    networks: Networks, batch: PaperBatch, step: int, config: PaperTrainConfig, processes: Processes
) -> dict[str, Tensor]:
    """One update of the critic, in every n_critic-th step one of the generator."""
    set_learning_rates(networks, config, learning_rate_share(step, config.steps))
    generators_turn = (step + 1) % config.n_critic == 0
    photo = to_signed(batch.photo)
    # The critic's update leaves the generator as it is: both learn from the same frames.
    with torch.set_grad_enabled(generators_turn):
        fake, mask = paint_faces(networks.generator, photo, batch.target)
    terms = critic_step(networks, batch, photo, fake.detach(), config, processes)
    if generators_turn:
        terms |= generator_step(networks, batch, photo, fake, mask, config, processes)
        update_average(networks, config.ema, step // config.n_critic)
    return terms


def learning_rate_share(step: int, steps: int) -> float:
    """Full for two thirds of the run (20 epochs), then linearly to zero (10 epochs)."""
    return min(1.0, 3 * (1 - step / steps))


def critic_step(
    networks: Networks,
    batch: PaperBatch,
    photo: Tensor,
    fake: Tensor,
    config: PaperTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """One update of D, on photos and what the generator just made of them."""
    weights, critic = config.weights, networks.critic
    critic.requires_grad_(True)
    with autocast(photo.device):
        realism, aus, _ = critic(torch.cat([photo, fake]))
        penalty = losses.gradient_penalty(critic, photo, fake, batch.mix)
    n = len(photo)
    terms = {
        "critic": losses.adversarial_critic(realism[:n], realism[n:]),  # Eq. 2
        "gradient_penalty": penalty,  # Eq. 2
        "critic_action_units": losses.conditional_expression(aus[:n], batch.aus),  # Eq. 3
    }
    loss = (
        terms["critic"]
        + weights.gradient_penalty * terms["gradient_penalty"]
        + weights.action_units * terms["critic_action_units"]
    )
    descend(loss, critic, networks.critic_optimiser, processes)
    return terms


def generator_step(
    networks: Networks,
    batch: PaperBatch,
    photo: Tensor,
    fake: Tensor,
    mask: Tensor,
    config: PaperTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """One update of G, on the frames that it made: Eq. 6."""
    weights, critic = config.weights, networks.critic
    critic.requires_grad_(False)
    with autocast(photo.device):
        realism, aus, _ = critic(fake)
    back, mask_back = paint_faces(networks.generator, fake, batch.aus)
    terms = {
        "adversarial": losses.adversarial_generator(realism),  # Eq. 2
        "action_units": losses.conditional_expression(aus, batch.target),  # Eq. 3
        "identity": losses.identity(back, photo),  # Eq. 4
        "attention": losses.attention(mask, weights.attention_variation)  # Eq. 5, there
        + losses.attention(mask_back, weights.attention_variation),  # and back
    }
    loss = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    descend(loss, networks.generator, networks.generator_optimiser, processes)
    return terms


def paint_faces(generator: AnyGenerator, x: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
    """Paint the frames G(x | y), (n, 3, s, s) in [-1, 1], and return their attention masks, too.

    Args:
        generator: of the paper.
        x: (n, 3, s, s) in [-1, 1].
        aus: (n, 17) in [0, 1].
    """
    sides = aus[:, :, None].expand(-1, -1, 2)
    painting = paint(generator, x, torch.zeros_like(x[:, :1]), sides, change=None)
    return painting.result, painting.attention


@torch.no_grad()
def validate(
    networks: Networks, batches: Sequence[PaperBatch], device: torch.device
) -> dict[str, float]:
    """Figures of faces never trained on.

    val_cycle: L1 of faces that went there and back, in [0, 1]; val_change: L1 of the way there,
    that is how much of a picture changes at all; val_action_units: mean absolute difference of the
    AUs that the critic reads and those asked for; val_attention...: see AttentionHealth.
    """
    cycle, change, misread = Mean(), Mean(), Mean()
    health = AttentionHealth()
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        photo = to_signed(batch.photo)
        fake, mask = paint_faces(networks.ema, photo, batch.target)
        back, _ = paint_faces(networks.ema, fake, batch.aus)
        with autocast(device):
            _, aus, _ = networks.critic(fake)
        for mean, values in (
            (cycle, (back - photo).abs() / 2),
            (change, (fake - photo).abs() / 2),
            (misread, (aus - batch.target).abs()),
        ):
            mean.add(values, torch.ones_like(values))
        health.add(mask)
    return {
        "val_cycle": cycle.value,
        "val_change": change.value,
        "val_action_units": misread.value,
        **health.terms(),
    }


def rows(generator: AnyGenerator, batch: PaperBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Photo, frame, its attention (white keeps the photo), and the way back, of some faces."""
    photo = to_signed(batch.photo)
    fake, mask = paint_faces(generator, photo, batch.target)
    back, _ = paint_faces(generator, fake, batch.aus)
    return photo, fake, (2 * mask - 1).expand(-1, 3, -1, -1), back


def warning(terms: dict[str, float]) -> str | None:
    """An attention mask gone to an extreme, the failure that people report most."""
    keeps, paints = terms["val_attention_keeps"], terms["val_attention_paints"]
    if keeps > ALL_BUT_ALL:
        return (
            f"the attention mask is saturated: {keeps:.0%} of the pixels are the photo's own, so "
            "that faces hardly change: start again with a higher attention weight, and see that "
            "the labels differ from face to face"
        )
    if paints > ALL_BUT_ALL:
        return (
            f"the attention mask has collapsed: {paints:.0%} of the pixels are painted anew, so "
            "that faces will blur: start again with a lower attention weight, a lower learning "
            "rate, or from trained weights"
        )
    return None


PAPER = Preset(
    "paper",
    build,
    train_step,
    validate,
    rows,
    warning,
    crop_multiple=lambda config: int(2**config.critic.layers),
    judged_size=lambda config: config.generator.size,
    batch_multiple=1,
    fused=True,
)
