"""The `first-order` preset: motion of unsupervised keypoints (Siarohin et al., NeurIPS 2019).

Detector, dense motion and painter learn together in each step, then the discriminator. What the
paper leaves open is settled in losses.py.
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
from ganimate.networks.first_order.config import FirstOrderConfig, FirstOrderCriticConfig
from ganimate.networks.first_order.critic import FirstOrderCritic
from ganimate.networks.first_order.generator import FirstOrderGenerator, Reenactment
from ganimate.networks.first_order.layers import draw_heat_maps
from ganimate.training.data.clip_request import read_clips
from ganimate.training.data.clips import ClipSet
from ganimate.training.data.request import DataRequest
from ganimate.training.first_order import losses
from ganimate.training.first_order.config import FirstOrderTrainConfig, count_steps
from ganimate.training.first_order.face_features import load_face_features
from ganimate.training.first_order.perceptual import build_pyramid, open_features
from ganimate.training.first_order.samples import PairBatch, Pairs
from ganimate.training.options import TrainOptions
from ganimate.training.processes import Processes
from ganimate.training.updates import Networks, descend, set_learning_rates, update_average
from ganimate.training.validation import Mean

VALIDATION_BATCH = 8
"""Pairs on a sheet, side by side."""


@dataclass(frozen=True)
class FirstOrderPresetSettings:
    """When the preset's generator is thought to have failed."""

    collapsed: float = 0.05
    """Deviation of keypoints from their common middle, half sides, below which they are one. By
    eye."""

    dot: float = 0.002
    """Variance of the dots that show keypoints on sheets, squares of half sides; larger dots hide
    more."""


SETTINGS = FirstOrderPresetSettings()


class FirstOrderPreset:
    """The first-order motion model; see Preset for what its methods do."""

    name = "first-order"
    own_options = frozenset({"size", "channels", "skips", "perceptual"})
    generator_kind = FirstOrderGenerator
    batch_multiple = 1
    fused = True

    def read_data(self, request: DataRequest) -> ClipSet:
        """Read clips, with frames as wide as the generator's pictures where they are prepared."""
        choose_generator(request.options, None)  # what is wrong with the size is said first
        return read_clips(request, request.options.size or request.size or FirstOrderConfig().size)

    def configure(
        self, data: ClipSet, first: FirstOrderGenerator | None, options: TrainOptions
    ) -> FirstOrderTrainConfig:
        """Take the authors' networks, made as wide as asked for, or the trained one's.

        Weights go on at another size, too: they are all of convolutions.
        """
        if first is not None and options.channels:
            raise UsageError(
                "the weights to start from have `channels` of their own: leave that away, or `init`"
            )
        if options.perceptual is not None:
            open_features(options.perceptual, torch.device("cpu"))
        own = choose_generator(options, None if first is None else first.config)
        critic = FirstOrderCriticConfig(channels=max(1, own.channels // 2))
        return FirstOrderTrainConfig(own, critic, perceptual=options.perceptual)

    def count_steps(self, config: FirstOrderTrainConfig, members: int) -> int:
        """Let the run see each video as often as the authors' run."""
        return count_steps(members, config.batch)

    def check_batch(self, batch: int) -> None:
        """Take any number of pairs."""

    def check_crops(self, config: FirstOrderTrainConfig, size: int) -> None:
        """Check that the discriminator sees enough of pictures to judge them."""
        for scale in config.critic.scales:
            if not config.critic.measure_output(round(size * scale)):
                raise DataError(
                    f"Pictures of {size} px are too small for the discriminator's "
                    f"{config.critic.layers} layers: give larger ones."
                )

    def create_networks(
        self, config: FirstOrderTrainConfig
    ) -> tuple[FirstOrderGenerator, FirstOrderCritic]:
        """Create the generator, which holds the detector, and the discriminators."""
        return FirstOrderGenerator(config.generator), FirstOrderCritic(config.critic)

    def make_samples(
        self,
        data: ClipSet,
        seen: NDArray[np.int64],
        unseen: NDArray[np.int64],
        config: FirstOrderTrainConfig,
        processes: Processes,
    ) -> tuple[Pairs, Pairs]:
        """Make pairs of frames as wide as the generator's pictures."""
        size, seed, transform = config.generator.size, config.seed, config.transform
        return (
            Pairs(data, seen, size, config.batch, seed, processes, transform=transform),
            Pairs(data, unseen, size, VALIDATION_BATCH, seed + 1, transform=transform),
        )

    def train_step(
        self,
        networks: Networks[FirstOrderGenerator],
        batch: PairBatch,
        step: int,
        config: FirstOrderTrainConfig,
        processes: Processes,
    ) -> dict[str, Tensor]:
        """Update the generator once, then the discriminator."""
        set_learning_rates(networks, config, share_learning_rate(step, config))
        driving = to_unit(batch.driving)
        made, terms = _step_generator(networks, batch, driving, config, processes)
        terms |= _step_critic(networks, made, driving, processes)
        update_average(networks, config.ema, step)
        return terms

    def validate(
        self,
        networks: Networks[FirstOrderGenerator],
        batches: Sequence[PairBatch],
        device: torch.device,
    ) -> dict[str, float]:
        """Measure self-reenactment of clips never trained on.

        Returns:
            val_l1: of the frames that were made and the driving ones, of [0, 1]; val_still: of the
            sources as they are, which a model that moves well is below; val_spread: deviation of
            the keypoints about their middle, half sides; val_occluded: share that the source does
            not show.
        """
        return _validate(networks.ema, batches, device)

    @torch.no_grad()
    def draw_rows(self, generator: FirstOrderGenerator, batch: PairBatch) -> Sequence[Tensor]:
        """Draw source, driving frame with its keypoints, what was made, deformation, occlusion."""
        source, driving = to_unit(batch.source), to_unit(batch.driving)
        made = generator.eval()(source, driving)
        size = driving.shape[-1]
        dots = draw_heat_maps(made.driving.places, size, size, SETTINGS.dot).amax(1, keepdim=True)
        red = torch.tensor([1.0, 0.0, 0.0], device=dots.device)[:, None, None]
        rows = (
            source,
            driving * (1 - dots) + red * dots,
            made.picture,
            made.deformed,
            made.shown.expand(-1, 3, -1, -1),
        )
        return [2 * row - 1 for row in rows]

    def describe(self, figures: Mapping[str, float]) -> str:
        """Put into words how like the driving frames the made ones are."""
        return (
            f"held-out frames remade to an L1 of {figures['val_l1']:.4f}, where their sources are "
            f"{figures['val_still']:.4f} away; {figures['val_occluded']:.0%} painted anew"
        )

    def find_fault(self, figures: Mapping[str, float]) -> str | None:
        """Find keypoints that have become one."""
        if figures["val_spread"] < SETTINGS.collapsed:
            return (
                "all keypoints lie in one place, so that nothing can be told apart: start again "
                "with a lower learning rate, another seed or from trained weights"
            )
        return None


FIRST_ORDER = FirstOrderPreset()


def choose_generator(options: TrainOptions, first: FirstOrderConfig | None) -> FirstOrderConfig:
    """Choose the networks of a run: the authors', for other pictures and channels if asked for.

    All widths keep their proportions. Small pictures are made less small for the hourglasses, which
    halve them five times.

    Args:
        options: of the run.
        first: the networks that it starts from; None to start afresh.

    Raises:
        UsageError: no network takes pictures of that size.
    """
    usual = FirstOrderConfig()
    own = first or _widen(usual, options.channels or usual.channels)
    own = replace(own, skips=own.skips if options.skips is None else options.skips)
    size = options.size or own.size
    if size == own.size:
        return own
    shrink = next((by for by in (4, 2, 1) if size % (by << usual.levels) == 0), 0)
    if not shrink:
        raise UsageError(
            f"pictures of {size} px do not divide: give a `size` that is a multiple of "
            f"{1 << usual.levels}"
        )

    return replace(own, size=size, shrink=shrink)


def _widen(usual: FirstOrderConfig, channels: int) -> FirstOrderConfig:
    """Networks with so many channels after the first convolution, all others in proportion."""

    def scale(width: int) -> int:
        return max(1, width * channels // usual.channels)

    return replace(
        usual,
        channels=channels,
        most_channels=scale(usual.most_channels),
        detector_channels=scale(usual.detector_channels),
        motion_channels=scale(usual.motion_channels),
        most_hourglass_channels=scale(usual.most_hourglass_channels),
    )


def share_learning_rate(step: int, config: FirstOrderTrainConfig) -> float:
    """Share of the highest rate at a step: a tenth after each milestone that is passed."""
    return float(0.1 ** sum(step >= share * config.steps for share in config.milestones))


def to_unit(pixels: Tensor) -> Tensor:
    """Pixels of 0 to 255 as numbers in [0, 1]."""
    return pixels.float() / 255


def _step_generator(
    networks: Networks[FirstOrderGenerator],
    batch: PairBatch,
    driving: Tensor,
    config: FirstOrderTrainConfig,
    processes: Processes,
) -> tuple[Reenactment, dict[str, Tensor]]:
    """Update detector, dense motion and painter on driving pictures (n, 3, s, s) in [0, 1]."""
    weights, critic = config.weights, networks.critic
    critic.requires_grad_(False)
    transform = batch.transform
    transformed = transform.transform_pictures(driving)
    with autocast(driving.device):
        made = networks.generator(to_unit(batch.source), driving)
        found = networks.generator.detector(transformed)
        places = made.driving.places.detach()
        real, fake = critic(driving, places), critic(made.picture, places)
    terms = {
        "perceptual": _compare_pictures(driving, made.picture, config),  # Eq. 9
        "adversarial": _add([losses.adversarial_generator(one.realism) for one in fake]),
        "matching": _add(
            [losses.match_features(a.features, b.features) for a, b in zip(real, fake, strict=True)]
        ),
        "equivariance": losses.equivariance(  # Eq. 11
            made.driving.places, transform.apply(found.places)
        ),
        "jacobian": losses.jacobian_equivariance(  # Eq. 13
            made.driving.jacobians, transform.differentiate(found.places), found.jacobians
        ),
    }
    if config.perceptual is None:
        terms["face"] = _compare_faces(driving, made.picture)
    loss = _add([getattr(weights, name) * term for name, term in terms.items()])
    descend(loss, networks.generator, networks.generator_optimiser, processes)
    return made, terms


def _step_critic(
    networks: Networks[FirstOrderGenerator],
    made: Reenactment,
    driving: Tensor,
    processes: Processes,
) -> dict[str, Tensor]:
    """Update the discriminator on driving pictures and on what the generator made of them."""
    critic = networks.critic
    critic.requires_grad_(True)
    places = made.driving.places.detach()
    with autocast(driving.device):
        real, fake = critic(driving, places), critic(made.picture.detach(), places)
    loss = _add(
        [losses.adversarial_critic(a.realism, b.realism) for a, b in zip(real, fake, strict=True)]
    )
    descend(loss, critic, networks.critic_optimiser, processes)
    return {"critic": loss}


def _compare_pictures(real: Tensor, fake: Tensor, config: FirstOrderTrainConfig) -> Tensor:
    """Eq. 9 over the pyramid of two pictures (n, 3, s, s) in [0, 1]."""
    features = open_features(config.perceptual, real.device)
    pyramid = build_pyramid(config.scales, real.device)
    with autocast(real.device):
        pairs = [(features(shrink(real)), features(shrink(fake))) for shrink in pyramid]
    return losses.reconstruction([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _compare_faces(real: Tensor, fake: Tensor) -> Tensor:
    """What the face mesh sees in two pictures (n, 3, s, s) in [0, 1], compared."""
    features = load_face_features(real.device)
    with autocast(real.device):
        with torch.no_grad():
            seen = features(real)
        return losses.compare_faces(seen, features(fake))


def _add(terms: Sequence[Tensor]) -> Tensor:
    return torch.stack([term.float() for term in terms]).sum()


@torch.no_grad()
def _validate(
    generator: FirstOrderGenerator, batches: Sequence[PairBatch], device: torch.device
) -> dict[str, float]:
    error, still, spread, occluded = Mean(), Mean(), Mean(), Mean()
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        source, driving = to_unit(batch.source), to_unit(batch.driving)
        with autocast(device):
            made = generator.eval()(source, driving)
        places = made.driving.places
        for mean, values in (
            (error, (made.picture - driving).abs()),
            (still, (source - driving).abs()),
            (spread, (places - places.mean(1, keepdim=True)).square()),
            (occluded, 1 - made.motion.occlusion),
        ):
            mean.add(values, torch.ones_like(values))
    return {
        "val_l1": error.value,
        "val_still": still.value,
        "val_spread": spread.value**0.5,
        "val_occluded": occluded.value,
    }
