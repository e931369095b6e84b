"""The training loop: resumable, deterministic by step, a lazy sequence of progress reports."""

from __future__ import annotations

import io
import json
import math
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
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ganimate.errors import DataError, GanimateError, ModelError, OutputError, UsageError
from ganimate.media.files import write_whole
from ganimate.networks.generators import save_generator
from ganimate.streams import discard_stderr
from ganimate.training.config import AnyTrainConfig, PaperTrainConfig
from ganimate.training.motion.pairs import Pairs
from ganimate.training.motion.preset import MOTION
from ganimate.training.paper.preset import PAPER
from ganimate.training.paper.samples import Samples
from ganimate.training.preset import Networks, Preset
from ganimate.training.processes import ALONE, Processes

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
GENERATOR = "generator.safetensors"

SHEET = "sheet-{:06d}.png"

JUDGED_FROM = 1000  # steps; before, an attention mask may be anything
FIXED = 4  # batches of held-out faces, always the same


@dataclass(frozen=True)
class Progress:
    """One step's figures."""

    step: int  # steps done
    steps: int  # steps in the run
    terms: dict[str, float]  # unweighted value of each loss term, and validation figures
    saved: int = 0  # step of the checkpoint from which a stopped run would go on, 0 for none
    warning: str | None = None  # what seems to go wrong, and what to try


def choose_preset(config: AnyTrainConfig) -> Preset[Any, Any]:
    """The preset that a configuration is of."""
    return PAPER if isinstance(config, PaperTrainConfig) else MOTION


def train(
    samples: Pairs | Samples,
    validation: Pairs | Samples,
    run: Path,
    config: AnyTrainConfig,
    device: torch.device,
    *,
    workers: int = 1,
    init: nn.Module | None = None,
    processes: Processes = ALONE,
    compiled: bool = False,
) -> Iterator[Progress]:
    """Train until config.steps, yielding after every step; resumes the checkpoint in `run`.

    A run without a checkpoint starts from the weights of `init`, which has the architecture of
    config.generator, or afresh. Of several processes, each calls this with its own samples, and
    the first one writes. compiled: let torch.compile translate the generator first, which takes
    minutes and rounds otherwise. Raises DataError when there are too few faces, UsageError when the
    processes cannot divide a batch, ModelError when the checkpoint is another run's, OutputError
    when the disk is full, and GanimateError when a loss is not finite.
    """
    preset = choose_preset(config)
    _check(samples, validation, config, preset, processes)
    run.mkdir(parents=True, exist_ok=True)
    networks = preset.build(config, device)
    if init is not None:
        for generator in (networks.generator, networks.ema):
            generator.load_state_dict(init.state_dict())
    start = saved = resume(run, networks, config)
    if compiled:
        networks.generator.compile()
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32 for what autocast leaves in float32
        torch.backends.cudnn.benchmark = True
    loader: DataLoader[Any] = DataLoader(
        samples,
        batch_size=None,
        sampler=range(start, config.steps),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_start_worker,
    )
    fixed = [validation[step] for step in range(FIXED)] if processes.first else []
    earlier_seconds = 0.0
    if processes.first:
        with _checkpoint_kept(run):
            earlier_seconds = _trim_log(run / LOG, start)
    began = time.monotonic()
    for step, batch in enumerate(loader, start):
        try:
            values = preset.train_step(networks, batch.to(device), step, config, processes)
        except torch.OutOfMemoryError as error:
            raise GanimateError(
                f"Step {step + 1}: {device} is out of memory. Give a smaller batch."
            ) from error
        terms = _figures(values, processes)
        if not all(math.isfinite(value) for value in terms.values()):
            raise GanimateError(
                f"Step {step + 1}: a loss is not finite ({terms}). The last checkpoint is good: "
                "run again with a lower learning rate to go on from it."
            )
        done = step + 1
        save_now = done % config.checkpoint_every == 0 or done == config.steps
        warning = None
        if processes.first:
            with _checkpoint_kept(run):
                if save_now:
                    terms |= preset.validate(networks, fixed, device)
                    warning = preset.warning(terms) if done >= JUDGED_FROM else None
                seconds = round(earlier_seconds + time.monotonic() - began, 1)
                with (run / LOG).open("a") as log:
                    log.write(json.dumps({"step": done, "seconds": seconds, **terms}) + "\n")
                if done % config.sheet_every == 0 or done == config.steps:
                    picture = preset.sheet(networks.ema, fixed, device)
                    write_sheet(run / SHEET.format(done), picture)
                if save_now:
                    save(run, networks, done, config)
        saved = done if save_now else saved
        yield Progress(done, config.steps, terms, saved, warning)


def _check(
    samples: Pairs | Samples,
    validation: Pairs | Samples,
    config: AnyTrainConfig,
    preset: Preset[Any, Any],
    processes: Processes,
) -> None:
    """Whether there are faces enough, of the right size, for batches that can be divided."""
    if len(samples) < config.batch or not len(validation):
        raise DataError(
            f"{len(samples)} faces to train on and {len(validation)} to validate on are too few "
            f"for batches of {config.batch}: prepare more photos."
        )
    size, multiple, judged = samples.size, preset.crop_multiple(config), preset.judged_size(config)
    if size != config.generator.size:
        raise DataError(
            f"The data set's crops are {size} px wide, the generator's {config.generator.size} px: "
            "give the photos instead, to prepare them for this generator, or `init` other weights."
        )
    if size % multiple:
        raise DataError(
            f"The generator's {size} px are no multiple of {multiple}, as the critic needs them: "
            "give `init` other weights."
        )
    if config.critic.size != judged:
        raise DataError(
            f"The critic judges {config.critic.size} px, and of crops of {size} px it is given "
            f"{judged} px."
        )
    each = processes.count * preset.batch_multiple
    if config.batch % each:
        raise UsageError(
            f"{processes.count} processes cannot divide a batch of {config.batch}: give a multiple "
            f"of {each}"
        )


def _figures(values: dict[str, Tensor], processes: Processes) -> dict[str, float]:
    """Loss terms as numbers, the means over the processes."""
    together = torch.stack([value.detach().float() for value in values.values()])
    return dict(zip(values, processes.mean(together).tolist(), strict=True))


def _start_worker(worker: int) -> None:
    """Leave signals, and all that is to be said, to the process that samples are made for.

    `timeout` and batch systems signal all processes of a command. A worker ends when that process
    closes the loader. Errors reach it as exceptions. What a worker writes itself is that nobody
    takes its samples.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    discard_stderr()


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


def write_sheet(path: Path, picture: Tensor) -> None:
    """Write a picture (3, h, w) in [-1, 1] as a .png file."""
    sheet = picture.permute(1, 2, 0).cpu().numpy()
    pixels = np.clip((sheet + 1) * 127.5, 0, 255).astype(np.uint8)
    _, png = cv2.imencode(".png", pixels[:, :, ::-1])
    write_whole(path, png.tobytes())


def save(run: Path, networks: Networks, step: int, config: AnyTrainConfig) -> None:
    """Write the averaged generator and then the checkpoint, each whole or not at all.

    The checkpoint is the last thing that a step writes: what it says is done is on the disk.
    Raises OutputError when the disk refuses.
    """
    state = {
        "preset": choose_preset(config).name,
        "step": step,
        "config": json.dumps(asdict(config)),
        **{name: module.state_dict() for name, module in _parts(networks).items()},
    }
    checkpoint = io.BytesIO()  # torch's own writer aborts on a full disk
    torch.save(state, checkpoint)
    save_generator(
        run / GENERATOR, networks.ema.state_dict(), config.generator, {"step": str(step)}
    )
    write_whole(run / CHECKPOINT, checkpoint.getbuffer())


def resume(run: Path, networks: Networks, config: AnyTrainConfig) -> int:
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
        trained_as = state.get("preset", MOTION.name)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, LookupError, TypeError,
            ValueError) as error:  # fmt: skip
        raise ModelError(
            f"{path} is no checkpoint of a training run, or is damaged: delete it, or choose "
            "another folder to start afresh."
        ) from error
    preset = choose_preset(config).name
    if trained_as != preset:
        raise ModelError(
            f"{path} is of the {trained_as} preset, this run of the {preset} one: choose another "
            f"folder to start afresh, or give `preset` {trained_as} to go on with it."
        )
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


def _differences(network: str, config: AnyTrainConfig, built: dict[str, Any]) -> Iterator[str]:
    """In which settings a network differs from the one that a checkpoint was built with."""
    wanted = json.loads(json.dumps(asdict(config)))[network]
    for name, value in built.get(network, {}).items():
        if name in wanted and wanted[name] != value:
            yield f"its {network} has {name} {value}, this one {wanted[name]}"


def _parts(networks: Networks) -> dict[str, Any]:
    return {name: getattr(networks, name) for name in Networks.__dataclass_fields__}
