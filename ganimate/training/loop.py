"""The training loop: resumable, deterministic by step, a lazy sequence of progress reports."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from ganimate.errors import DataError, GanimateError, ModelError
from ganimate.networks import Critic, Generator, compose
from ganimate.training import losses
from ganimate.training.config import TrainConfig
from ganimate.training.dataset import FaceSet
from ganimate.training.pairs import Batch, Pairs
from ganimate.weights import save_generator

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
GENERATOR = "generator.safetensors"
GATE = 0.1  # changes smaller than this are painted in proportion; none at all is the photo


@dataclass(frozen=True)
class Progress:
    """One step's figures."""

    step: int  # steps done
    steps: int  # steps in the run
    terms: dict[str, float]  # unweighted value of each loss term, and validation figures


@dataclass
class Networks:
    """What a run trains."""

    generator: Generator
    critic: Critic
    ema: Generator
    generator_optimiser: torch.optim.Optimizer
    critic_optimiser: torch.optim.Optimizer


def build(config: TrainConfig, device: torch.device) -> Networks:
    """Fresh networks and optimisers, the same for the same seed."""
    torch.manual_seed(config.seed)
    generator = Generator(config.generator).to(device)
    critic = Critic(config.critic).to(device)
    return Networks(
        generator,
        critic,
        copy.deepcopy(generator).requires_grad_(False),
        torch.optim.Adam(generator.parameters(), config.learning_rate, config.betas),
        torch.optim.Adam(critic.parameters(), config.critic_learning_rate, config.betas),
    )


def train(
    pairs: Pairs,
    validation: Pairs,
    run: Path,
    config: TrainConfig,
    device: torch.device,
    *,
    workers: int = 1,
) -> Iterator[Progress]:
    """Train until config.steps, yielding after every step; resumes the checkpoint in `run`.

    Raises DataError when there are too few faces and GanimateError when a loss is not finite.
    """
    if len(pairs) < config.batch:
        raise DataError(f"{len(pairs)} faces are too few for batches of {config.batch}.")
    run.mkdir(parents=True, exist_ok=True)
    networks = build(config, device)
    start = resume(run, networks, config)
    loader: DataLoader[Batch] = DataLoader(
        pairs,
        batch_size=None,
        sampler=range(start, config.steps),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
    )
    fixed = [validation[step] for step in range(4)]
    began = time.monotonic()
    with (run / LOG).open("a") as log:
        for step, batch in enumerate(loader, start):
            terms = train_step(networks, batch.to(device), step, config)
            if not all(math.isfinite(value) for value in terms.values()):
                raise GanimateError(
                    f"Step {step}: a loss is not finite ({terms}). The last checkpoint is good: "
                    "resume from it with a lower learning rate."
                )
            done = step + 1
            if done % config.checkpoint_every == 0 or done == config.steps:
                terms |= validate(networks.ema, fixed, device)
                save(run, networks, done, config)
            if done % config.sheet_every == 0 or done == config.steps:
                write_sheet(run / f"sheet-{done:06d}.png", networks.ema, fixed, device)
            seconds = time.monotonic() - began
            log.write(json.dumps({"step": done, "seconds": round(seconds, 1), **terms}) + "\n")
            log.flush()
            yield Progress(done, config.steps, terms)


def train_step(
    networks: Networks, batch: Batch, step: int, config: TrainConfig
) -> dict[str, float]:
    """One update of the generator, one of the critic; returns the value of each term."""
    weights = config.weights
    set_learning_rates(networks, step, config)
    warped, real = signed(batch.warped), signed(batch.real)
    unknown = batch.unknown.float() / 255
    n = len(warped) // 2  # round trips come first

    networks.critic.requires_grad_(False)
    with autocast(warped.device):
        colour, attention = networks.generator(warped, unknown, batch.aus)
    attention = gated(attention, batch.change)
    result = compose(warped, colour, attention)
    terms = {
        "round_trip": losses.round_trip(result[:n], real[:n], unknown[:n], weights.unknown),
        "attention": losses.attention_size(attention),
        "attention_variation": losses.attention_variation(attention),
    }
    if step >= config.adversary_from:
        with autocast(warped.device):
            realism, aus, features = networks.critic(result)
            _, _, answers = networks.critic(real[:n])
        terms["adversarial"] = losses.adversarial_generator(realism)
        terms["action_units"] = losses.conditional_expression(aus, batch.aus)
        terms["features"] = losses.feature_distance([f[:n] for f in features], answers)
    total = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    networks.generator_optimiser.zero_grad()
    total.backward()
    networks.generator_optimiser.step()
    update_average(networks, config.ema, step)

    if step >= config.critic_from:
        terms |= critic_step(networks, batch, result.detach(), real, step, config)
    return {name: float(term.detach()) for name, term in terms.items()}


def critic_step(
    networks: Networks, batch: Batch, fake: Tensor, real: Tensor, step: int, config: TrainConfig
) -> dict[str, Tensor]:
    """One update of the critic on photos and what the generator just made of them."""
    weights, critic = config.weights, networks.critic
    critic.requires_grad_(True)
    with autocast(real.device):
        realism, aus, _ = critic(torch.cat([real, fake]))
    n = len(real)
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
    mix = torch.rand((n, 1, 1, 1), generator=generator).to(real.device)
    with autocast(real.device):
        penalty = losses.gradient_penalty(critic, real, fake, mix)
    terms = {
        "critic": losses.adversarial_critic(realism[:n], realism[n:]),
        "gradient_penalty": penalty,
        "critic_action_units": losses.conditional_expression(aus[:n], batch.real_aus),
    }
    total = (
        weights.adversarial * terms["critic"]
        + weights.gradient_penalty * terms["gradient_penalty"]
        + weights.action_units * terms["critic_action_units"]
    )
    networks.critic_optimiser.zero_grad()
    total.backward()
    networks.critic_optimiser.step()
    return terms


def signed(pixels: Tensor) -> Tensor:
    """uint8 pixels to [-1, 1]."""
    return pixels.float() / 127.5 - 1


def gated(attention: Tensor, change: Tensor) -> Tensor:
    """Paint in proportion to a small change, nothing for none: 1 - g (1 - A).

    attention: (n, 1, s, s); change: (n,) the largest change of an action unit.
    """
    t = (change / GATE).clamp(0, 1)
    gate = (t * t * (3 - 2 * t))[:, None, None, None]
    return 1 - gate * (1 - attention)


def autocast(device: torch.device) -> AbstractContextManager[Any]:
    """bfloat16 where matrix units make it quick: CUDA, and CPUs from AVX-512 BF16 on."""
    quick = device.type == "cuda" or (
        device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )
    return torch.autocast(device.type, torch.bfloat16, enabled=quick)


def set_learning_rates(networks: Networks, step: int, config: TrainConfig) -> None:
    """A cosine from full to zero, after a warm-up of 100 steps."""
    share = min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / config.steps))
    for optimiser, rate in (
        (networks.generator_optimiser, config.learning_rate),
        (networks.critic_optimiser, config.critic_learning_rate),
    ):
        for group in optimiser.param_groups:
            group["lr"] = rate * share


@torch.no_grad()
def update_average(networks: Networks, decay: float, step: int) -> None:
    """Exponential moving average of the generator, quick at first."""
    decay = min(decay, (step + 1) / (step + 10))
    for mean, now in zip(
        networks.ema.parameters(), networks.generator.parameters(), strict=True
    ):
        mean.lerp_(now, 1 - decay)


@torch.no_grad()
def validate(
    generator: Generator, batches: list[Batch], device: torch.device
) -> dict[str, float]:
    """Round-trip L1 on faces never trained on, of the warped input and of the result."""
    sums = dict.fromkeys(("before", "after", "before_unknown", "after_unknown"), 0.0)
    weight_unknown = 0.0
    count = 0
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        n = len(batch.warped) // 2
        warped, real = signed(batch.warped[:n]), signed(batch.real[:n])
        unknown = batch.unknown[:n].float() / 255
        result = restored(generator, batch)[:n]
        for name, picture in (("before", warped), ("after", result)):
            error = (picture - real).abs() / 2
            sums[name] += float(error.mean(dim=(1, 2, 3)).sum())
            sums[name + "_unknown"] += float((error * unknown).sum() / 3)
        weight_unknown += float(unknown.sum())
        count += n
    return {
        "val_l1_input": sums["before"] / count,
        "val_l1": sums["after"] / count,
        "val_l1_input_unknown": sums["before_unknown"] / max(weight_unknown, 1),
        "val_l1_unknown": sums["after_unknown"] / max(weight_unknown, 1),
    }


def restored(generator: Generator, batch: Batch) -> Tensor:
    """The frames (2n, 3, s, s) in [-1, 1] that a generator makes of a batch."""
    warped, unknown = signed(batch.warped), batch.unknown.float() / 255
    with autocast(warped.device):
        colour, attention = generator(warped, unknown, batch.aus)
    return compose(warped, colour, gated(attention, batch.change))


@torch.no_grad()
def write_sheet(path: Path, generator: Generator, batches: list[Batch], device: torch.device) -> None:
    """A picture of fixed faces: warped input, result, photo; round trips, then transfers."""
    rows = []
    for cpu_batch in batches[:2]:
        batch = cpu_batch.to(device)
        result = restored(generator, batch)
        for pictures in (signed(batch.warped), result, signed(batch.real)):
            rows.append(torch.cat(list(pictures), dim=2))  # (3, s, 2n s)
    sheet = torch.cat(rows, dim=1).permute(1, 2, 0).cpu().numpy()
    pixels = np.clip((sheet + 1) * 127.5, 0, 255).astype(np.uint8)
    cv2.imwrite(str(path), pixels[:, :, ::-1])


def save(run: Path, networks: Networks, step: int, config: TrainConfig) -> None:
    """Write the checkpoint and the averaged generator; a reader never sees half of one."""
    state = {
        "step": step,
        "config": json.dumps(asdict(config)),
        **{name: module.state_dict() for name, module in _parts(networks).items()},
    }
    part = run / (CHECKPOINT + ".part")
    torch.save(state, part)
    part.replace(run / CHECKPOINT)
    part = run / (GENERATOR + ".part")
    save_generator(part, networks.ema.state_dict(), config.generator, {"step": str(step)})
    part.replace(run / GENERATOR)


def resume(run: Path, networks: Networks, config: TrainConfig) -> int:
    """Load the checkpoint of a run, if it has one; returns the steps done."""
    path = run / CHECKPOINT
    if not path.exists():
        return 0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        for name, module in _parts(networks).items():
            module.load_state_dict(state[name])
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise ModelError(
            f"{path} does not fit this run: {error}. Choose another -o to start afresh."
        ) from error
    return int(state["step"])


def _parts(networks: Networks) -> dict[str, Any]:
    return {name: getattr(networks, name) for name in Networks.__dataclass_fields__}


def split(faces: FaceSet, held_out: frozenset[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the faces to train on and to validate on: those named, or every fiftieth."""
    if held_out:
        validation = np.array([name in held_out for name in faces.names])
    else:
        validation = np.arange(len(faces)) % 50 == 25
    return np.flatnonzero(~validation), np.flatnonzero(validation)
