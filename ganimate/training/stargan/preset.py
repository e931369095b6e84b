"""The `stargan` preset: StarGAN as published (Choi et al., CVPR 2018), sections 3 and 4.

The critic learns in every step, the generator in every fifth. What the paper leaves open is settled
in losses.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.errors import DataError, UsageError
from ganimate.networks.device import autocast
from ganimate.networks.stargan import (
    STRIDE,
    StarganConfig,
    StarganCritic,
    StarganCriticConfig,
    StarganGenerator,
    count_critic_layers,
)
from ganimate.rendering.painter import to_signed
from ganimate.training.data.labelled_pictures import LabelledPictures
from ganimate.training.data.labelled_sources import read_pictures
from ganimate.training.data.request import DataRequest
from ganimate.training.options import TrainOptions
from ganimate.training.preset import check_judged_size
from ganimate.training.processes import Processes
from ganimate.training.stargan import losses
from ganimate.training.stargan.config import (
    StarganTrainConfig,
    choose_batch,
    share_learning_rate,
)
from ganimate.training.stargan.samples import StarganBatch, StarganSamples
from ganimate.training.updates import Networks, descend, set_learning_rates, update_average
from ganimate.training.validation import Mean

VALIDATION_BATCH = 8
"""Pictures on a sheet, side by side."""


@dataclass(frozen=True)
class StarganPresetSettings:
    """When the preset's generator is thought to have failed."""

    unchanged: float = 0.005
    """Mean change of a picture, of [0, 1], below which nothing is painted; by eye."""

    beyond_chance: float = 1.3
    """How much oftener than by chance the critic has to see what painted pictures shall show,
    below which the labels are not learnt; by eye."""


SETTINGS = StarganPresetSettings()


class StarganPreset:
    """StarGAN as published; see Preset for what its methods do."""

    name = "stargan"
    own_options = frozenset({"labels", "adversarial", "size", "channels"})
    generator_kind = StarganGenerator
    batch_multiple = 1
    fused = True

    def read_data(self, request: DataRequest) -> LabelledPictures:
        """Read pictures with emotions or attributes, and say what there is of each."""
        return read_pictures(request)

    def configure(
        self, data: LabelledPictures, first: StarganGenerator | None, options: TrainOptions
    ) -> StarganTrainConfig:
        """Take the paper's network at the pictures' size, or that of the trained weights."""
        chosen = {
            name: getattr(options, name) for name in ("size", "channels") if options.is_set(name)
        }
        if first is not None:
            own = first.config
            if chosen:
                raise UsageError(f"{_name(chosen)} is that of the weights that the run starts from")
            if own.labels != data.label_names:
                raise UsageError(
                    f"the weights know {', '.join(own.labels)}, the data set has "
                    f"{', '.join(data.label_names)}: give those as `labels`, in that order"
                )
        else:
            own = StarganConfig(
                labels=data.label_names,
                exclusive=data.exclusive,
                size=min(StarganConfig.size, data.size // STRIDE * STRIDE),
                grey=data.grey,
                framing=data.framing,
            )
            own = replace(own, **chosen)
        critic = StarganCriticConfig(
            labels=len(own.labels),
            size=own.size,
            channels=own.channels,
            layers=count_critic_layers(own.size),
        )
        config = StarganTrainConfig(own, critic, batch=choose_batch(own.size))
        return replace(config, adversarial=options.adversarial or config.adversarial)

    def count_steps(self, config: StarganTrainConfig, members: int) -> int:
        """Keep the published number, whatever the size of the set."""
        return config.steps

    def check_batch(self, batch: int) -> None:
        """Take any number of pictures."""

    def check_crops(self, config: StarganTrainConfig, size: int) -> None:
        """Check that generator and critic can halve pictures as often as they do."""
        multiple = max(STRIDE, 2**config.critic.layers)
        if size % multiple or config.critic.layers < 2:
            raise DataError(
                f"Pictures of {size} px cannot be halved as the networks do: give a `size` that is "
                f"a multiple of {STRIDE}, such as 48 or 128."
            )
        check_judged_size(config, size, config.generator.size)

    def create_networks(self, config: StarganTrainConfig) -> tuple[StarganGenerator, StarganCritic]:
        """Create the paper's G and D."""
        return StarganGenerator(config.generator), StarganCritic(config.critic)

    def make_samples(
        self,
        data: LabelledPictures,
        seen: NDArray[np.int64],
        unseen: NDArray[np.int64],
        config: StarganTrainConfig,
        processes: Processes,
    ) -> tuple[StarganSamples, StarganSamples]:
        """Make samples of pictures as wide as the generator's."""
        size = config.generator.size
        data.check_labels(seen)
        return (
            StarganSamples(data, seen, size, config.batch, config.seed, processes),
            StarganSamples(data, unseen, size, VALIDATION_BATCH, config.seed + 1),
        )

    def train_step(
        self,
        networks: Networks[StarganGenerator],
        batch: StarganBatch,
        step: int,
        config: StarganTrainConfig,
        processes: Processes,
    ) -> dict[str, Tensor]:
        """Update the critic once and, in every n_critic-th step, the generator once."""
        set_learning_rates(networks, config, share_learning_rate(step, config.steps))
        generators_turn = (step + 1) % config.n_critic == 0
        picture = to_signed(batch.picture)
        # The critic's update leaves the generator as it is: both learn from the same paintings.
        with torch.set_grad_enabled(generators_turn):
            fake = paint_labels(networks.generator, picture, batch.target)
        terms = _step_critic(networks, batch, picture, fake.detach(), config, processes)
        if generators_turn:
            terms |= _step_generator(networks, batch, picture, fake, config, processes)
            update_average(networks, config.ema, step // config.n_critic)
        return terms

    def validate(
        self,
        networks: Networks[StarganGenerator],
        batches: Sequence[StarganBatch],
        device: torch.device,
    ) -> dict[str, float]:
        """Measure pictures never trained on, there and back.

        Returns:
            val_cycle: L1 of pictures that went there and back, in [0, 1]; val_change: L1 of the way
            there; val_seen: share of labels that the critic sees as they shall be in what was
            painted; val_read: the same of the pictures themselves; val_chance: the same of a guess.
        """
        return _validate(networks, batches, device)

    def draw_rows(self, generator: StarganGenerator, batch: StarganBatch) -> Sequence[Tensor]:
        """Draw the pictures, and under them what is made of them with each label."""
        picture = to_signed(batch.picture)
        rows = [picture]
        for label in torch.eye(batch.labels.shape[1], device=picture.device):
            rows.append(paint_labels(generator, picture, label.expand(len(picture), -1)))
        return rows

    def describe(self, figures: Mapping[str, float]) -> str:
        """Put into words how pictures come back, how much they change, and what is seen of it."""
        return (
            f"held-out pictures there and back {figures['val_cycle']:.4f}, there "
            f"{figures['val_change']:.4f} from the picture; the critic sees what they shall show "
            f"in {figures['val_seen']:.0%}, what they show in {figures['val_read']:.0%}"
        )

    def find_fault(self, figures: Mapping[str, float]) -> str | None:
        """Find a generator that gives its pictures back, or paints what no label asked for."""
        if figures["val_change"] < SETTINGS.unchanged:
            return (
                "the generator hardly changes its pictures: see that each label has pictures "
                "enough, or start again with a higher learning rate"
            )
        if figures["val_seen"] < SETTINGS.beyond_chance * figures["val_chance"]:
            return (
                "the critic sees in painted pictures what they shall show hardly oftener than by "
                "chance: train for longer, and check the labels"
            )
        return None


STARGAN = StarganPreset()


def _name(chosen: Mapping[str, object]) -> str:
    return " and ".join(f"`{name}`" for name in chosen)


def paint_labels(generator: StarganGenerator, picture: Tensor, labels: Tensor) -> Tensor:
    """Paint G(x, c), (n, 3, s, s) in [-1, 1], of pictures (n, 3, s, s) and labels (n, k)."""
    with autocast(picture.device):
        painted: Tensor = generator(picture, labels)
    return painted


def _step_critic(
    networks: Networks[StarganGenerator],
    batch: StarganBatch,
    picture: Tensor,
    fake: Tensor,
    config: StarganTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update D on pictures and on what the generator just made of them, both (n, 3, s, s): Eq. 5.

    Only WGAN-GP has a gradient penalty.
    """
    weights, critic, form = config.weights, networks.critic, config.adversarial
    exclusive = config.generator.exclusive
    critic.requires_grad_(True)
    with autocast(picture.device):
        realism, labels = critic(torch.cat([picture, fake]))
    n = len(picture)
    terms = {
        "critic": losses.adversarial_critic(realism[:n], realism[n:], form),  # Eq. 1 or 8
        "critic_classes": losses.classes(labels[:n], batch.labels, exclusive=exclusive),  # Eq. 2
    }
    loss = terms["critic"] + weights.classes * terms["critic_classes"]
    if form == "wgan-gp":
        with autocast(picture.device):
            penalty = losses.gradient_penalty(lambda x: critic(x)[0], picture, fake, batch.mix)
        terms["gradient_penalty"] = penalty  # Eq. 8
        loss = loss + weights.gradient_penalty * penalty
    descend(loss, critic, networks.critic_optimiser, processes)
    return terms


def _step_generator(
    networks: Networks[StarganGenerator],
    batch: StarganBatch,
    picture: Tensor,
    fake: Tensor,
    config: StarganTrainConfig,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update G on the pictures (n, 3, s, s) that it painted: Eq. 6."""
    weights, critic = config.weights, networks.critic
    critic.requires_grad_(False)
    with autocast(picture.device):
        realism, labels = critic(fake)
    back = paint_labels(networks.generator, fake, batch.labels)
    exclusive = config.generator.exclusive
    terms = {
        "adversarial": losses.adversarial_generator(realism, config.adversarial),  # Eq. 1 or 8
        "classes": losses.classes(labels, batch.target, exclusive=exclusive),  # Eq. 3
        "reconstruction": losses.reconstruction(back, picture),  # Eq. 4
    }
    loss = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    descend(loss, networks.generator, networks.generator_optimiser, processes)
    return terms


@torch.no_grad()
def _validate(
    networks: Networks[StarganGenerator], batches: Sequence[StarganBatch], device: torch.device
) -> dict[str, float]:
    cycle, change, seen, read = Mean(), Mean(), Mean(), Mean()
    exclusive = networks.ema.config.exclusive
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        picture = to_signed(batch.picture)
        fake = paint_labels(networks.ema, picture, batch.target)
        back = paint_labels(networks.ema, fake, batch.labels)
        with autocast(device):
            _, in_fake = networks.critic(fake)
            _, in_picture = networks.critic(picture)
        for mean, values in (
            (cycle, (back - picture).abs() / 2),
            (change, (fake - picture).abs() / 2),
            (seen, _find_agreement(in_fake, batch.target, exclusive=exclusive)),
            (read, _find_agreement(in_picture, batch.labels, exclusive=exclusive)),
        ):
            mean.add(values, torch.ones_like(values))
    return {
        "val_cycle": cycle.value,
        "val_change": change.value,
        "val_seen": seen.value,
        "val_read": read.value,
        "val_chance": 1 / len(networks.ema.config.labels) if exclusive else 0.5,
    }


def _find_agreement(logits: Tensor, labels: Tensor, *, exclusive: bool) -> Tensor:
    """Whether a critic sees what is asked for: (n,) of emotions, (n, k) of attributes, 0 or 1."""
    if exclusive:
        return (logits.argmax(dim=1) == labels.argmax(dim=1)).float()
    return ((logits > 0) == (labels > 0.5)).float()
