"""The training loop: resumable, deterministic by step, a lazy sequence of progress reports."""

from __future__ import annotations

import copy
import io
import json
import math
import os
import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ganimate.errors import DataError, GanimateError, ModelError, OutputError
from ganimate.files import write_whole
from ganimate.networks import GATE, Critic, Generator, autocast, compose
from ganimate.training import losses
from ganimate.training.config import TrainConfig
from ganimate.training.pairs import Batch, Pairs
from ganimate.weights import save_generator

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
GENERATOR = "generator.safetensors"

JUDGED_FROM = 1000  # steps; before, an attention mask may be anything
SATURATED, COLLAPSED = 0.5, 0.0005  # painted shares of what the photo shows, beyond any use


@dataclass(frozen=True)
class Progress:
    """One step's figures."""

    step: int  # steps done
    steps: int  # steps in the run
    terms: dict[str, float]  # unweighted value of each loss term, and validation figures
    saved: int = 0  # step of the checkpoint from which a stopped run would go on, 0 for none
    warning: str | None = None  # what seems to go wrong, and what to try


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
    init: Generator | None = None,
) -> Iterator[Progress]:
    """Train until config.steps, yielding after every step; resumes the checkpoint in `run`.

    A run without a checkpoint starts from the weights of `init`, which has the architecture of
    config.generator, or afresh. Raises DataError when there are too few faces, ModelError when
    the checkpoint is another run's, OutputError when the disk is full, and GanimateError when
    a loss is not finite.
    """
    _check_data(pairs, validation, config)
    run.mkdir(parents=True, exist_ok=True)
    networks = build(config, device)
    if init is not None:
        for generator in (networks.generator, networks.ema):
            generator.load_state_dict(init.state_dict())
    start = saved = resume(run, networks, config)
    loader: DataLoader[Batch] = DataLoader(
        pairs,
        batch_size=None,
        sampler=range(start, config.steps),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_start_worker,
    )
    fixed = [validation[step] for step in range(4)]
    with _checkpoint_kept(run):
        earlier_seconds = _trim_log(run / LOG, start)
    began = time.monotonic()
    for step, batch in enumerate(loader, start):
        try:
            terms = train_step(networks, batch.to(device), step, config)
        except torch.OutOfMemoryError as error:
            raise GanimateError(
                f"Step {step + 1}: {device} is out of memory. Give a smaller batch."
            ) from error
        if not all(math.isfinite(value) for value in terms.values()):
            raise GanimateError(
                f"Step {step + 1}: a loss is not finite ({terms}). The last checkpoint is good: "
                "run again with a lower learning rate to go on from it."
            )
        done = step + 1
        with _checkpoint_kept(run):
            if done % config.checkpoint_every == 0 or done == config.steps:
                terms |= validate(networks.ema, fixed, device)
                save(run, networks, done, config)
                saved = done
            if done % config.sheet_every == 0 or done == config.steps:
                write_sheet(run / f"sheet-{done:06d}.png", networks.ema, fixed, device)
            seconds = round(earlier_seconds + time.monotonic() - began, 1)
            with (run / LOG).open("a") as log:
                log.write(json.dumps({"step": done, "seconds": seconds, **terms}) + "\n")
        yield Progress(done, config.steps, terms, saved, _warning(done, terms))


def _check_data(pairs: Pairs, validation: Pairs, config: TrainConfig) -> None:
    size = pairs.faces.size
    if len(pairs) < config.batch or not len(validation):
        raise DataError(
            f"{len(pairs)} faces to train on and {len(validation)} to validate on are too few for "
            f"batches of {config.batch}: prepare more photos."
        )
    if size % 8 or size != config.generator.size or size != config.critic.size:
        raise DataError(
            f"The data set's crops are {size} px wide, the generator's {config.generator.size} px "
            f"and the critic's {config.critic.size} px: all must be the same multiple of 8."
        )


def _start_worker(worker: int) -> None:
    """Leave Ctrl-C, and all that is to be said, to the process that samples are made for.

    Errors reach it as exceptions. What a worker writes itself is that nobody takes its samples.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


@contextmanager
def _checkpoint_kept(run: Path) -> Iterator[None]:
    """What the disk refuses, as an OutputError that says from where to go on."""
    try:
        yield
    except (OutputError, OSError) as error:
        words = str(error)
        if isinstance(error, OSError):
            words = f"{run} cannot be written to ({error.strerror or error}): free some space"
        kept = "nothing had been saved before"
        if (run / CHECKPOINT).exists():
            kept = "the last checkpoint is kept, and the same command goes on from it"
        raise OutputError(f"{words}; {kept}") from error


def _trim_log(path: Path, start: int) -> float:
    """Drop what a log says of steps after `start`, which will be run again.

    Returns the seconds that the run had taken until then.
    """
    lines = [line for line in _log_lines(path) if line["step"] <= start]
    if path.exists():
        write_whole(path, "".join(json.dumps(line) + "\n" for line in lines).encode())
    return float(lines[-1]["seconds"]) if lines else 0.0


def _log_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a log, but for one that a kill cut short."""
    lines = []
    for text in path.read_text().splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        lines.append(line)
    return lines


def latest_terms(run: Path) -> dict[str, float]:
    """The last value of each term and validation figure in the log of a run."""
    terms: dict[str, float] = {}
    for line in _log_lines(run / LOG):
        terms |= {name: value for name, value in line.items() if name not in ("step", "seconds")}
    return terms


def _warning(step: int, terms: dict[str, float]) -> str | None:
    """What a run hardly comes back from: an attention mask gone to an extreme, worse pictures."""
    painted = terms.get("val_painted")
    if painted is None or step < JUDGED_FROM:
        return None
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


def train_step(
    networks: Networks, batch: Batch, step: int, config: TrainConfig
) -> dict[str, float]:
    """One update of the generator, one of the critic; returns the value of each term."""
    weights = config.weights
    set_learning_rates(networks, step, config)
    warped, real = signed(batch.warped), signed(batch.real)
    unknown = batch.unknown.float() / 255
    n = batch.round_trips

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
            patches, aus, features = networks.critic(result, unknown)
            _, _, answers = networks.critic(real[:n], unknown[:n])
        terms["adversarial"] = losses.adversarial_generator(patches, unknown)
        if aus is not None:
            terms["action_units"] = losses.conditional_expression(aus, batch.aus)
        terms["features"] = losses.feature_distance([f[:n] for f in features], answers)
    total = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    networks.generator_optimiser.zero_grad()
    total.backward()
    networks.generator_optimiser.step()
    update_average(networks, config.ema, step)

    if step >= config.critic_from:
        terms |= critic_step(networks, batch, result.detach(), real, config)
    return {name: float(term.detach()) for name, term in terms.items()}


def critic_step(
    networks: Networks, batch: Batch, fake: Tensor, real: Tensor, config: TrainConfig
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
    if aus is not None:
        terms["critic_action_units"] = losses.conditional_expression(aus[:n], batch.real_aus)
        total = total + weights.critic_action_units * terms["critic_action_units"]
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
    for mean, now in zip(networks.ema.parameters(), networks.generator.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)


@torch.no_grad()
def validate(generator: Generator, batches: list[Batch], device: torch.device) -> dict[str, float]:
    """Figures of faces never trained on.

    val_l1, val_l1_unknown: round-trip L1 of the result, in [0, 1], over all pixels and over the
    unknown ones; val_l1_input, val_l1_input_unknown: the same of the warped input. val_painted:
    share of the known pixels, of all samples, that the result takes from the colour mask.
    """
    l1, l1_input, l1_unknown, l1_input_unknown, painted = (Mean() for _ in range(5))
    for cpu_batch in batches:
        batch = cpu_batch.to(device)
        n = batch.round_trips
        real, unknown = signed(batch.real[:n]), batch.unknown.float() / 255
        result, attention = paint(generator, batch)
        error, error_input = (
            (picture[:n] - real).abs().mean(dim=1, keepdim=True) / 2
            for picture in (result, signed(batch.warped))
        )
        for mean, mean_unknown, values in (
            (l1, l1_unknown, error),
            (l1_input, l1_input_unknown, error_input),
        ):
            mean.add(values, torch.ones_like(values))
            mean_unknown.add(values, unknown[:n])
        known = 1 - unknown  # all that attention can keep
        painted.add((1 - attention / known.clamp(min=1e-6)).clamp(min=0), known)
    return {
        "val_l1_input": l1_input.value,
        "val_l1": l1.value,
        "val_l1_input_unknown": l1_input_unknown.value,
        "val_l1_unknown": l1_unknown.value,
        "val_painted": painted.value,
    }


@dataclass
class Mean:
    """A weighted mean, batch by batch; 0 of nothing."""

    total: float = 0.0
    weight: float = 0.0

    def add(self, values: Tensor, weights: Tensor) -> None:
        """Take in values and their weights, of one shape."""
        self.total += float((values * weights).sum())
        self.weight += float(weights.sum())

    @property
    def value(self) -> float:
        """The mean so far."""
        return self.total / self.weight if self.weight else 0.0


def paint(generator: Generator, batch: Batch) -> tuple[Tensor, Tensor]:
    """The frames (2n, 3, s, s) in [-1, 1] that a generator makes of a batch, and its attention."""
    warped, unknown = signed(batch.warped), batch.unknown.float() / 255
    with autocast(warped.device):
        colour, attention = generator(warped, unknown, batch.aus)
    attention = gated(attention, batch.change)
    return compose(warped, colour, attention), attention


@torch.no_grad()
def write_sheet(
    path: Path, generator: Generator, batches: list[Batch], device: torch.device
) -> None:
    """A picture of fixed faces: warped input, result, photo; round trips, then transfers."""
    rows = []
    for cpu_batch in batches[:2]:
        batch = cpu_batch.to(device)
        result, _ = paint(generator, batch)
        for pictures in (signed(batch.warped), result, signed(batch.real)):
            rows.append(torch.cat(list(pictures), dim=2))  # (3, s, 2n s)
    sheet = torch.cat(rows, dim=1).permute(1, 2, 0).cpu().numpy()
    pixels = np.clip((sheet + 1) * 127.5, 0, 255).astype(np.uint8)
    _, png = cv2.imencode(".png", pixels[:, :, ::-1])
    write_whole(path, png.tobytes())


def save(run: Path, networks: Networks, step: int, config: TrainConfig) -> None:
    """Write the checkpoint and the averaged generator, each whole or not at all.

    Raises OutputError when the disk refuses.
    """
    state = {
        "step": step,
        "config": json.dumps(asdict(config)),
        **{name: module.state_dict() for name, module in _parts(networks).items()},
    }
    checkpoint = io.BytesIO()  # torch's own writer aborts on a full disk
    torch.save(state, checkpoint)
    write_whole(run / CHECKPOINT, checkpoint.getvalue())
    save_generator(
        run / GENERATOR, networks.ema.state_dict(), config.generator, {"step": str(step)}
    )


def resume(run: Path, networks: Networks, config: TrainConfig) -> int:
    """Load the checkpoint of a run, if it has one; returns the steps done.

    Raises ModelError when it is damaged or its networks are built otherwise. The other settings
    may differ: a run goes on with those that it is given.
    """
    path = run / CHECKPOINT
    if not path.exists():
        return 0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        step, built = int(state["step"]), json.loads(state["config"])
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, LookupError, TypeError,
            ValueError) as error:  # fmt: skip
        raise ModelError(
            f"{path} is no checkpoint of a training run, or is damaged: delete it, or choose "
            "another folder to start afresh."
        ) from error
    differences = [*_differences("generator", config, built)]
    differences += _differences("critic", config, built)
    try:
        if not differences:
            for name, module in _parts(networks).items():
                module.load_state_dict(state[name])
    except (RuntimeError, LookupError, TypeError, ValueError) as error:
        differences = [str(error)]
    if differences:
        raise ModelError(
            f"{path} is of another network ({'; '.join(differences)}): choose another folder to "
            "start afresh, or give the options of that run."
        )
    return step


def _differences(network: str, config: TrainConfig, built: dict[str, Any]) -> Iterator[str]:
    """In which settings a network differs from the one that a checkpoint was built with."""
    wanted = json.loads(json.dumps(asdict(config)))[network]
    for name, value in built.get(network, {}).items():
        if name in wanted and wanted[name] != value:
            yield f"its {network} has {name} {value}, this one {wanted[name]}"


def _parts(networks: Networks) -> dict[str, Any]:
    return {name: getattr(networks, name) for name in Networks.__dataclass_fields__}
