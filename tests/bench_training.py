"""Speed of `ganimate train`, as ratios: python tests/bench_training.py [--rounds 3] [--threads 2]

A step of each preset against one of a plain fp32 loop of the published networks (n_critic 5, as
public code writes it), with the same batch, in turns on the same machine; in processor time, so
that other work hardly matters. And how many samples a core makes in a second from a memory-mapped
data set. With --precision DATASET instead: how far the losses of the paper's networks in bfloat16
are from those in float32, over the same steps. Set MALLOC_MMAP_THRESHOLD_ and
MALLOC_TRIM_THRESHOLD_ to 100000000 and OMP_WAIT_POLICY to PASSIVE.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.face.landmarks import N_LANDMARKS
from ganimate.media.tensors import write_tensors
from ganimate.networks.device import autocast
from ganimate.networks.motion import CriticConfig
from ganimate.networks.paper import PaperConfig, PaperCritic, PaperCriticConfig, PaperGenerator
from ganimate.networks.stargan import (
    StarganConfig,
    StarganCritic,
    StarganCriticConfig,
    StarganGenerator,
)
from ganimate.training.data.dataset import SUMMARY, FaceSet, load_faces
from ganimate.training.motion.config import MotionTrainConfig
from ganimate.training.motion.preset import MOTION
from ganimate.training.motion.windows import PairBatch
from ganimate.training.paper import preset as paper_preset
from ganimate.training.paper.config import PaperTrainConfig
from ganimate.training.paper.preset import PAPER
from ganimate.training.paper.samples import PaperBatch, Samples
from ganimate.training.preset import build_networks
from ganimate.training.processes import ALONE
from ganimate.training.stargan.config import StarganTrainConfig
from ganimate.training.stargan.preset import STARGAN
from ganimate.training.stargan.samples import StarganBatch

N_CRITIC = 5
EMOTIONS = ("angry", "happy", "sad", "surprise")
PLAIN = {"stargan": "plain stargan", "plain stargan": "plain stargan"}
"""Presets that have a plain loop of networks of their own."""

Figures = dict[str, float]


class PlainLoop:
    """Training as the paper describes it: every frame and every judgement made where it is used."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.generator = PaperGenerator(PaperConfig())
        self.critic = PaperCritic(PaperCriticConfig())
        self.optimisers = {
            network: torch.optim.Adam(network.parameters(), 1e-4, (0.5, 0.999))
            for network in (self.generator, self.critic)
        }

    def step(self, batch: PaperBatch, step: int) -> None:
        """One update of the critic, in every fifth step one of the generator."""
        x, y, target = batch.photo.float() / 127.5 - 1, batch.aus, batch.target
        real, real_aus, _ = self.critic(x)
        fake, _ = self.paint(x, target)
        fake = fake.detach()
        share = batch.mix.view(-1, 1, 1, 1)
        between = (share * x + (1 - share) * fake).requires_grad_(True)
        realism, _, _ = self.critic(between)
        (slope,) = torch.autograd.grad(
            realism, between, torch.ones_like(realism), create_graph=True
        )
        loss = (
            self.critic(fake)[0].mean()
            - real.mean()
            + 10 * (slope.view(len(x), -1).norm(dim=1) - 1).square().mean()
            + 160 * F.mse_loss(real_aus, y)
        )
        self.update(self.critic, loss)
        if (step + 1) % N_CRITIC:
            return
        fake, mask = self.paint(x, target)
        realism, aus, _ = self.critic(fake)
        back, mask_back = self.paint(fake, y)
        loss = -realism.mean() + 160 * F.mse_loss(aus, target) + 10 * F.l1_loss(back, x)
        for a in (mask, mask_back):
            down, across = a[:, :, 1:] - a[:, :, :-1], a[..., 1:] - a[..., :-1]
            variation = (down.square().sum() + across.square().sum()) / len(x)
            loss = loss + 0.1 * (1e-4 * variation + a.square().mean())
        self.update(self.generator, loss)

    def paint(self, x: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
        """Frame and attention."""
        colour, mask = self.generator(x, aus[:, :, None].expand(-1, -1, 2))
        return (1 - mask) * colour + mask * x, mask

    def update(self, network: nn.Module, loss: Tensor) -> None:
        """One step of Adam."""
        self.optimisers[network].zero_grad()
        loss.backward()
        self.optimisers[network].step()


class PlainStargan:
    """StarGAN's training as public code writes it: every painting made where it is used."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.generator = StarganGenerator(StarganConfig(EMOTIONS))
        self.critic = StarganCritic(StarganCriticConfig(len(EMOTIONS)))
        self.optimisers = {
            network: torch.optim.Adam(network.parameters(), 1e-4, (0.5, 0.999))
            for network in (self.generator, self.critic)
        }

    def step(self, batch: StarganBatch, step: int) -> None:
        """One update of the critic, in every fifth step one of the generator."""
        x, target = batch.picture.float() / 127.5 - 1, batch.target
        real, labels = self.critic(x)
        fake = self.generator(x, target).detach()
        share = batch.mix.view(-1, 1, 1, 1)
        between = (share * x + (1 - share) * fake).requires_grad_(True)
        realism, _ = self.critic(between)
        (slope,) = torch.autograd.grad(
            realism, between, torch.ones_like(realism), create_graph=True
        )
        loss = (
            self.critic(fake)[0].mean()
            - real.mean()
            + 10 * (slope.view(len(x), -1).norm(dim=1) - 1).square().mean()
            + F.cross_entropy(labels, batch.labels)
        )
        self.update(self.critic, loss)
        if (step + 1) % N_CRITIC:
            return
        fake = self.generator(x, target)
        realism, labels = self.critic(fake)
        back = self.generator(fake, batch.labels)
        loss = -realism.mean() + F.cross_entropy(labels, target) + 10 * F.l1_loss(back, x)
        self.update(self.generator, loss)

    def update(self, network: nn.Module, loss: Tensor) -> None:
        """One step of Adam."""
        self.optimisers[network].zero_grad()
        loss.backward()
        self.optimisers[network].step()


def stargan_batch(n: int) -> StarganBatch:
    """Pictures of noise."""
    labels = torch.eye(len(EMOTIONS))[torch.arange(n) % len(EMOTIONS)]
    return StarganBatch(
        torch.randint(0, 256, (n, 3, 128, 128), dtype=torch.uint8),
        labels,
        labels.roll(1, dims=0),
        torch.rand(n),
    )


def steps_of_stargan(n: int) -> Callable[[int], object]:
    """Steps of `stargan` with the published networks."""
    config = StarganTrainConfig(StarganConfig(EMOTIONS), StarganCriticConfig(len(EMOTIONS)))
    networks = build_networks(STARGAN, config, torch.device("cpu"))
    batch = stargan_batch(n)
    return lambda step: STARGAN.train_step(networks, batch, step, config, ALONE)


def paper_batch(n: int) -> PaperBatch:
    """Pictures of noise: what they show costs nothing."""
    return PaperBatch(
        torch.randint(0, 256, (n, 3, 128, 128), dtype=torch.uint8),
        torch.rand(n, 17),
        torch.rand(n, 17),
        torch.rand(n),
    )


def motion_batch(n: int, side: int) -> PairBatch:
    """Windows of noise for `motion`, half of them round trips."""
    warped, given, real = torch.randint(0, 256, (3, n, 3, side, side), dtype=torch.uint8)
    unknown, drawn = torch.randint(0, 256, (2, n, 1, side, side), dtype=torch.uint8)
    aus, real_aus = torch.rand(2, n, 17, 2)
    return PairBatch(
        warped=warped,
        given=given,
        unknown=unknown,
        drawn=drawn,
        aus=aus,
        change=torch.rand(n),
        real=real,
        real_aus=real_aus,
        readable=torch.ones(n, 17),
        round_trips=n // 2,
    )


def steps_of_motion(n: int, size: int) -> Callable[[int], object]:
    """Steps of `motion` once everything learns, on windows of `size` px."""
    config = MotionTrainConfig(critic=CriticConfig(size=size), batch=n)
    config = replace(config, critic_from=0, adversary_from=0)
    networks = build_networks(MOTION, config, torch.device("cpu"))
    batch = motion_batch(n, size)
    return lambda step: MOTION.train_step(networks, batch, step, config, ALONE)


def seconds(action: Callable[[int], object], steps: int) -> float:
    """Mean processor time of a step, of all threads together."""
    began = time.process_time()
    for step in range(steps):
        action(step)
    return (time.process_time() - began) / steps


def samples_per_second(folder: Path, n: int) -> float:
    """Samples of `paper` that one core makes, from 192 px crops on the disk."""
    count, size = 256, 192
    rng = np.random.default_rng(0)
    tensors = {
        "crops": rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8),
        "landmarks": np.zeros((count, N_LANDMARKS, 3), np.float32),
        "aus": rng.random((count, 17, 2), np.float32),
    }
    names = json.dumps([str(index) for index in range(count)])
    write_tensors(folder / "shard-00000.safetensors", tensors, {"names": names})
    (folder / SUMMARY).write_text(json.dumps({"size": size, "faces": count}))
    samples = Samples(load_faces([folder]), np.arange(count), 128, n, 0)
    return n / median(seconds(lambda step: samples[step], 5) for _ in range(5))


def losses_of(faces: FaceSet, steps: int, n: int, *, half: bool, seed: int = 0) -> list[Figures]:
    """The terms of a run's first steps, in bfloat16 or in float32, on faces in the seed's order."""
    exact = torch.autocast("cpu", enabled=False)
    with patch.object(paper_preset, "autocast", autocast if half else lambda device: exact):
        config = PaperTrainConfig(batch=n)
        networks = build_networks(PAPER, config, torch.device("cpu"))
        samples = Samples(faces, np.arange(len(faces)), config.generator.size, n, seed)
        terms = (
            PAPER.train_step(networks, samples[step], step, config, ALONE) for step in range(steps)
        )
        return [{name: value.item() for name, value in values.items()} for values in terms]


def compare_precisions(faces: FaceSet, steps: int, n: int) -> None:
    """bfloat16 against float32, and what faces in another order make of float32, for scale."""
    exact = losses_of(faces, steps, n, half=False)
    half = losses_of(faces, steps, n, half=True)
    others = losses_of(faces, steps, n, half=False, seed=1)
    print(f"the first {steps} steps of paper, batch {n}: mean loss, mean absolute differences")
    for name in exact[N_CRITIC - 1]:
        values = np.array([step[name] for step in exact if name in step])
        rounded, other = (
            np.abs([step[name] for step in run if name in step] - values).mean()
            for run in (half, others)
        )
        print(f"{name:>19}: {values.mean():8.4f}, bfloat16 {rounded:.4f}, other faces {other:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="of five steps each")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="of: paper, motion, motion 192, stargan")
    parser.add_argument("--precision", type=Path, metavar="DATASET", help="compare losses instead")
    parser.add_argument("--steps", type=int, default=20, help="of --precision")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    n = options.batch
    if options.precision:
        compare_precisions(load_faces([options.precision]), options.steps, n)
        return
    plain, batch = PlainLoop(), paper_batch(n)
    plain_stargan, other_batch = PlainStargan(), stargan_batch(n)
    config = PaperTrainConfig(batch=n)
    networks = build_networks(PAPER, config, torch.device("cpu"))
    contenders: dict[str, Callable[[int], object]] = {
        "plain": lambda step: plain.step(batch, step),
        "paper": lambda step: PAPER.train_step(networks, batch, step, config, ALONE),
        "motion": steps_of_motion(n, 128),
        "motion 192": steps_of_motion(n, 192),
        "plain stargan": lambda step: plain_stargan.step(other_batch, step),
        "stargan": steps_of_stargan(n),
    }
    if options.only:
        wanted = {*options.only, *(PLAIN.get(name, "plain") for name in options.only)}
        contenders = {name: action for name, action in contenders.items() if name in wanted}
    for action in contenders.values():
        action(N_CRITIC - 1)  # memory, and Adam's moments
    quick = "bfloat16" if autocast(torch.device("cpu"))._enabled else "no bfloat16"
    print(f"{options.threads} threads, batch {n}, {quick}")
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(options.rounds):
        for name, action in contenders.items():
            took[name].append(seconds(action, N_CRITIC))
        print(", ".join(f"{name} {times[-1]:.2f} s a step" for name, times in took.items()))
    for name, times in took.items():
        theirs = PLAIN.get(name, "plain")
        ratios = [one / other for one, other in zip(took[theirs], times, strict=True)]
        print(
            f"{name:>13}: {median(times):.2f} s a step, {n / median(times):.1f} faces/s, "
            f"{median(ratios):.2f} times as quick as {theirs} "
            f"({min(ratios):.2f} to {max(ratios):.2f})"
        )
    with tempfile.TemporaryDirectory() as folder:
        rate = samples_per_second(Path(folder), n)
    print(f"samples of paper: {rate:.0f} images/s a core, 192 px crops made 128 px")


if __name__ == "__main__":
    main()
