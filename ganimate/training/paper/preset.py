"""The `paper` preset: GANimation as published (Pumarola et al., ECCV 2018), section 5.

The critic learns in every step, the generator in every fifth. What the paper leaves open, and where
public code differs, is settled in losses.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.errors import DataError
from ganimate.networks.device import autocast
from ganimate.networks.paper import PaperConfig, PaperCritic, PaperCriticConfig, PaperGenerator
from ganimate.rendering.painter import paint, to_signed
from ganimate.training.data.dataset import FaceSet
from ganimate.training.data.request import DataRequest, read_faces
from ganimate.training.options import TrainOptions
from ganimate.training.paper import losses
from ganimate.training.paper.config import PaperTrainConfig, count_steps
from ganimate.training.paper.samples import PaperBatch, Samples
from ganimate.training.preset import check_judged_size
from ganimate.training.processes import Processes
from ganimate.training.updates import Networks, descend, set_learning_rates, update_average
from ganimate.training.validation import AttentionHealth, Mean, describe_attention

VALIDATION_BATCH = 8
"""Faces on a sheet, side by side."""


@dataclass(frozen=True)
class PaperPresetSettings:
    """When the preset's generator is thought to have failed."""

    saturated: float = 0.95
    """Share of pixels that a mask may keep and still be one; by eye."""

    collapsed: float = 0.95
    """Share of pixels that a mask may paint and still be one; by eye."""


SETTINGS = PaperPresetSettings()


class PaperPreset:
    """GANimation as published; see Preset for what its methods do."""

    name = "paper"
    own_options = frozenset({"attention_weight"})
    generator_kind = PaperGenerator
    batch_multiple = 1
    fused = True

    def read_data(self, request: DataRequest) -> FaceSet:
        """Read faces with their action units."""
        return read_faces(request)

    def configure(
        self, data: FaceSet, first: PaperGenerator | None, options: TrainOptions
    ) -> PaperTrainConfig:
        """Take the paper's sizes, or those of the trained weights, whatever the crops."""
        own = first.config if first else PaperConfig()
        return PaperTrainConfig(own, PaperCriticConfig(own.size, own.channels))

    def count_steps(self, config: PaperTrainConfig, members: int) -> int:
        """Let the run see each face as often as the paper's."""
        return count_steps(members, config.batch)

    def check_batch(self, batch: int) -> None:
        """Take any number of faces."""

    def check_crops(self, config: PaperTrainConfig, size: int) -> None:
        """Check that the critic can halve crops as often as it has layers."""
        multiple = int(2**config.critic.layers)
        if size % multiple:
            raise DataError(
                f"The generator's {size} px are no multiple of {multiple}, as the critic needs "
                "them: start from other weights."
            )
        check_judged_size(config, size, config.generator.size)

    def create_networks(self, config: PaperTrainConfig) -> tuple[PaperGenerator, PaperCritic]:
        """Create the paper's G and D."""
        return PaperGenerator(config.generator), PaperCritic(config.critic)

    def make_samples(
        self,
        data: FaceSet,
        seen: NDArray[np.int64],
        unseen: NDArray[np.int64],
        config: PaperTrainConfig,
        processes: Processes,
    ) -> tuple[Samples, Samples]:
        """Make samples of crops as wide as the generator's."""
        size = config.generator.size
        return (
            Samples(data, seen, size, config.batch, config.seed, processes),
            Samples(data, unseen, size, VALIDATION_BATCH, config.seed + 1),
        )

    def train_step(
        self,
        networks: Networks[PaperGenerator],
        batch: PaperBatch,
        step: int,
        config: PaperTrainConfig,
        processes: Processes,
    ) -> dict[str, Tensor]:
        """Update the critic once and, in every n_critic-th step, the generator once."""
        set_learning_rates(networks, config, share_learning_rate(step, config.steps))
        generators_turn = (step + 1) % config.n_critic == 0
        photo = to_signed(batch.photo)
        # The critic's update leaves the generator as it is: both learn from the same frames.
        with torch.set_grad_enabled(generators_turn):
            fake, mask = paint_faces(networks.generator, photo, batch.target)
        terms = _step_critic(networks, batch, photo, fake.detach(), config, processes)
        if generators_turn:
            terms |= _step_generator(networks, batch, photo, fake, mask, config, processes)
            update_average(networks, config.ema, step // config.n_critic)
        return terms

    def validate(
        self,
        networks: Networks[PaperGenerator],
        batches: Sequence[PaperBatch],
        device: torch.device,
    ) -> dict[str, float]:
        """Measure faces never trained on, there and back.

        Returns:
            val_cycle: L1 of faces that went there and back, in [0, 1]; val_change: L1 of the way
            there, that is how much of a picture changes at all; val_action_units: mean absolute
            difference of the AUs that the critic reads and those asked for; val_attention...: see
            AttentionHealth.
        """
        return _validate(networks, batches, device)

    def draw_rows(
        self, generator: PaperGenerator, batch: PaperBatch
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draw photo, frame, its attention (white keeps the photo), and the way back."""
        photo = to_signed(batch.photo)
        fake, mask = paint_faces(generator, photo, batch.target)
        back, _ = paint_faces(generator, fake, batch.aus)
        return photo, fake, (2 * mask - 1).expand(-1, 3, -1, -1), back

    def describe(self, figures: Mapping[str, float]) -> str:
        """Put into words how faces come back, how much they change, and what attention does."""
        return (
            f"held-out faces there and back {figures['val_cycle']:.4f}, there "
            f"{figures['val_change']:.4f} from the photo; {describe_attention(figures)}"
        )

    def find_fault(self, figures: Mapping[str, float]) -> str | None:
        """Find an attention mask gone to an extreme, the failure that people report most."""
        keeps, paints = figures["val_attention_keeps"], figures["val_attention_paints"]
        if keeps > SETTINGS.saturated:
            return (
                f"the attention mask is saturated: {keeps:.0%} of the pixels are the photo's own, "
                "so that faces hardly change: start again with a higher attention weight, and see "
                "that the labels differ from face to face"
            )
        if paints > SETTINGS.collapsed:
            return (
                f"the attention mask has collapsed: {paints:.0%} of the pixels are painted anew, "
                "so that faces will blur: start again with a lower attention weight, a lower "
                "learning rate, or from trained weights"
            )
        return None


PAPER = PaperPreset()


def share_learning_rate(step: int, steps: int) -> float:
    """Share of the highest rate at a step: full for 20 epochs, then linearly to zero in 10."""
    return min(1.0, 3 * (1 - step / steps))


def _step_critic(
    networks: Networks[PaperGenerator],
    batch: PaperBatch,
    photo: Tensor,
    fake: Tensor,
    config: PaperTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update D on photos and on what the generator just made of them, both (n, 3, s, s)."""
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


def _step_generator(
    networks: Networks[PaperGenerator],
    batch: PaperBatch,
    photo: Tensor,
    fake: Tensor,
    mask: Tensor,
    config: PaperTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update G on the frames (n, 3, s, s) that it made, and their masks: Eq. 6."""
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
        + losses.attention(mask_back, weights.attention_variation),  # Eq. 5, back
    }
    loss = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    descend(loss, networks.generator, networks.generator_optimiser, processes)
    return terms


def paint_faces(generator: PaperGenerator, x: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
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
def _validate(
    networks: Networks[PaperGenerator], batches: Sequence[PaperBatch], device: torch.device
) -> dict[str, float]:
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
