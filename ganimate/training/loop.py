"""The training loop: resumable, deterministic by step, a lazy sequence of progress reports.

It runs any preset and knows none.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ganimate.concurrency import end_with_parent, keep_signals
from ganimate.errors import DataError, GanimateError, UsageError
from ganimate.streams import discard_stderr
from ganimate.training.config import TrainConfig
from ganimate.training.preset import AnyPreset, SampleSet, build_networks, draw_sheet
from ganimate.training.processes import ALONE, Processes
from ganimate.training.run_files import (
    append_line,
    complete_generator,
    explain_write_errors,
    resume_run,
    save_run,
    trim_log,
    write_sheet,
)
from ganimate.training.seen_faces import SeenFaces
from ganimate.training.updates import AnyNetworks


@dataclass(frozen=True)
class LoopSettings:
    """How a run is watched."""

    judged_from: int = 1000
    """Steps before which no fault is looked for: an attention mask may be anything yet. By eye."""

    validated: int = 4
    """Batches of held-out faces, always the same ones; more judge better and take longer."""

    prefetched: int = 4
    """Batches that each worker holds ready; more take memory."""


LOOP = LoopSettings()


@dataclass(frozen=True)
class Progress:
    """One step's figures.

    Attributes:
        step: steps done.
        steps: steps in the run.
        terms: unweighted value of each loss term, and validation figures, named val_...
        saved: step of the checkpoint from which a stopped run would go on, 0 for none.
        summary: the validation figures in words, in steps that have any.
        warning: what seems to go wrong, and what to try.
    """

    step: int
    steps: int
    terms: dict[str, float]
    saved: int = 0
    summary: str | None = None
    warning: str | None = None


def train(
    preset: AnyPreset,
    samples: SampleSet[Any],
    validation: SampleSet[Any],
    run: Path,
    config: TrainConfig,
    device: torch.device,
    *,
    workers: int = 1,
    init: nn.Module | None = None,
    processes: Processes = ALONE,
    compiled: bool = False,
    seen: SeenFaces | None = None,
    stop: Callable[[], bool] = lambda: False,
    settings: LoopSettings = LOOP,
) -> Iterator[Progress]:
    """Train until config.steps, yielding after every step; resumes the checkpoint in `run`.

    Of several processes, each calls this with its own samples, and the first one writes.

    A run that is stopped goes on as if it had never been: what it does follows from the step.

    Args:
        preset: whose run it is.
        samples: to train on, this process's share of each batch.
        validation: samples of faces never trained on.
        run: the folder, made when it is not there.
        config: of the preset.
        device: where the networks are.
        workers: processes that make samples; 0 for this one.
        init: whose weights a run starts from that has no checkpoint, built like config.generator.
        processes: that train together.
        compiled: translate the generator first, which takes minutes and rounds otherwise.
        seen: whom this training learns from and holds out, which its weights remember.
        stop: whether the run shall end after the step that is under way; asked after each.
        settings: how the run is watched.

    Raises:
        DataError: there are too few faces, or they are of another size.
        UsageError: the processes cannot divide a batch.
        ModelError: the checkpoint is another run's.
        OutputError: the disk is full.
        GanimateError: a loss is not finite, or memory runs out.
    """
    _check_run(preset, samples, validation, config, processes)
    run.mkdir(parents=True, exist_ok=True)
    networks = build_networks(preset, config, device)
    _copy_weights(init, networks)
    under_way = _open_run(
        preset, networks, validation, run, config, device, processes, seen, settings
    )
    _speed_up(networks, device, compiled)
    with _leave_cores(workers):
        yield from under_way.take_steps(samples, workers, stop)


@contextmanager
def _leave_cores(workers: int) -> Iterator[None]:
    """Let networks run on the cores that are left beside the workers.

    Measured on two cores, where one of torch's two threads waits for the worker's: 75 seconds of
    `motion`, its start among them, hold 65 steps instead of 36.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads - workers))
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _open_run(
    preset: AnyPreset,
    networks: AnyNetworks,
    validation: SampleSet[Any],
    folder: Path,
    config: TrainConfig,
    device: torch.device,
    processes: Processes,
    seen: SeenFaces | None,
    settings: LoopSettings,
) -> _Run:
    """A run at its last checkpoint, which the networks are given; new ones stay as they are."""
    resumed = resume_run(folder, preset.name, networks, config)
    start = resumed.steps if resumed else 0
    if resumed and processes.first:
        with explain_write_errors(folder):
            complete_generator(folder, networks, start, config, resumed.seen)
    return _Run(
        preset=preset,
        networks=networks,
        folder=folder,
        config=config,
        device=device,
        processes=processes,
        settings=settings,
        batches=[validation[n] for n in range(settings.validated if processes.first else 0)],
        began=time.monotonic() - _trim_log(folder, start, processes),
        saved=start,
        seen=seen.follow(resumed.seen) if seen and resumed else seen,
    )


def _copy_weights(init: nn.Module | None, networks: AnyNetworks) -> None:
    """Start from a generator's weights, if there is one."""
    if init is not None:
        for generator in (networks.generator, networks.ema):
            generator.load_state_dict(init.state_dict())


def _speed_up(networks: AnyNetworks, device: torch.device, compiled: bool) -> None:
    """Translate the generator, and let a GPU take its quickest kernels."""
    if compiled:
        networks.generator.compile()
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32 for what autocast leaves in float32
        torch.backends.cudnn.benchmark = True


@dataclass
class _Run:
    """A run under way.

    Attributes:
        preset: whose run it is.
        networks: that it trains.
        folder: where it leaves what it writes.
        config: of the preset.
        device: where the networks are.
        processes: that train together; the first one validates and writes.
        settings: how the run is watched.
        batches: of held-out faces; none in other processes.
        began: when it would have begun without a stop, seconds of time.monotonic().
        saved: step of its last checkpoint.
        seen: whom the networks were trained on; None where that is not known.
    """

    preset: AnyPreset
    networks: AnyNetworks
    folder: Path
    config: TrainConfig
    device: torch.device
    processes: Processes
    settings: LoopSettings
    batches: Sequence[Any]
    began: float
    saved: int
    seen: SeenFaces | None

    def take_steps(
        self, samples: SampleSet[Any], workers: int, stop: Callable[[], bool]
    ) -> Iterator[Progress]:
        """Take the steps that are left, or those until a stop is asked for; see train()."""
        start = self.saved
        batches = _open_batches(samples, range(start, self.config.steps), workers, self.settings)
        try:
            for step, batch in enumerate(batches, start):
                terms = self.take_step(batch, step)
                stopping = self.processes.agree(stop(), self.device)
                yield self.record_step(step + 1, terms, stopping=stopping)
                if stopping:
                    return
        finally:
            # The traceback of an error that nobody foresaw keeps this frame. Workers end with the
            # batches, and heed no signal: what waits for them at its end would wait for ever.
            del batches

    def take_step(self, batch: Any, step: int) -> dict[str, float]:
        """One step's loss terms, the means over the processes; all of them are finite."""
        try:
            values = self.preset.train_step(
                self.networks, batch.to(self.device), step, self.config, self.processes
            )
        except torch.OutOfMemoryError as error:
            raise GanimateError(
                f"Step {step + 1}: {self.device} is out of memory. Give a smaller batch."
            ) from error
        terms = _average_terms(values, self.processes)
        if not all(math.isfinite(value) for value in terms.values()):
            raise GanimateError(
                f"Step {step + 1}: a loss is not finite ({terms}). The last checkpoint is good: "
                "run again with a lower learning rate to go on from it."
            )
        return terms

    def record_step(self, done: int, terms: dict[str, float], *, stopping: bool) -> Progress:
        """Write what is due after `done` steps, of which the last one had these loss terms.

        A run that stops is saved, and no more than that: its log is to be that of one that went on.
        """
        last = done == self.config.steps
        validate_now = done % self.config.checkpoint_every == 0 or last
        save_now = validate_now or stopping
        sheet_now = done % self.config.sheet_every == 0 or last
        summary = fault = None
        if self.processes.first:
            with explain_write_errors(self.folder):
                if validate_now:
                    terms |= self.preset.validate(self.networks, self.batches, self.device)
                    summary = self.preset.describe(terms)
                    if done >= self.settings.judged_from:
                        fault = self.preset.find_fault(terms)
                seconds = round(time.monotonic() - self.began, 1)
                append_line(self.folder, {"step": done, "seconds": seconds, **terms})
                if sheet_now:
                    sheet = draw_sheet(self.preset, self.networks.ema, self.batches, self.device)
                    write_sheet(self.folder, done, sheet)
                if save_now:
                    save_run(
                        self.folder, self.preset.name, self.networks, done, self.config, self.seen
                    )
        self.saved = done if save_now else self.saved
        return Progress(
            step=done,
            steps=self.config.steps,
            terms=terms,
            saved=self.saved,
            summary=summary,
            warning=fault,
        )


def _trim_log(run: Path, start: int, processes: Processes) -> float:
    """Make the log ready for the steps after `start`; returns the seconds that it has of others."""
    if not processes.first:
        return 0.0
    with explain_write_errors(run):
        return trim_log(run, start)


def _check_run(
    preset: AnyPreset,
    samples: SampleSet[Any],
    validation: SampleSet[Any],
    config: TrainConfig,
    processes: Processes,
) -> None:
    """Check that there are faces enough, of the right size, for batches that can be divided."""
    if len(samples) < config.batch or not len(validation):
        raise DataError(
            f"{len(samples)} faces to train on and {len(validation)} to validate on are too few "
            f"for batches of {config.batch}: prepare {config.batch + 1} photos or more, or give a "
            "smaller `batch`."
        )
    if samples.size != config.generator.size:
        raise DataError(
            f"The data set's crops are {samples.size} px wide, the generator's "
            f"{config.generator.size} px: train on the photos instead, which are then prepared for "
            "this generator, or start from other weights."
        )
    preset.check_crops(config, samples.size)
    each = processes.count * preset.batch_multiple
    if config.batch % each:
        raise UsageError(
            f"{processes.count} processes cannot divide a batch of {config.batch}: give a multiple "
            f"of {each}"
        )


def _open_batches(
    samples: SampleSet[Any], steps: range, workers: int, settings: LoopSettings
) -> Iterator[Any]:
    loader = DataLoader(
        samples,
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        prefetch_factor=settings.prefetched if workers else None,
        collate_fn=_pack,
        worker_init_fn=_start_worker,
    )
    with keep_signals():  # workers start here
        packed = iter(loader)
    return map(_unpack, packed)


def _pack(batch: Any) -> tuple[type, dict[str, Any]]:
    """A batch, a dataclass of tensors, as its class and arrays.

    Arrays come from workers through a pipe. Tensors come in shared memory, of which containers have
    little, and by sockets in the temporary folder, which a killed run would leave there.
    """
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return type(batch), {
        name: value.numpy() if isinstance(value, Tensor) else value
        for name, value in values.items()
    }


def _unpack(packed: tuple[type, dict[str, Any]]) -> Any:
    kind, values = packed
    return kind(
        **{
            name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }
    )


def _start_worker(worker: int) -> None:
    """Leave signals, and all that is to be said, to the process that samples are made for.

    `timeout` and batch systems signal all processes of a command. A worker ends when that process
    closes the loader, or ends. Errors reach it as exceptions. What a worker writes itself is that
    nobody takes its samples.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_with_parent()
    discard_stderr()


def _average_terms(values: dict[str, Tensor], processes: Processes) -> dict[str, float]:
    together = torch.stack([value.detach().float() for value in values.values()])
    return dict(zip(values, processes.average(together).tolist(), strict=True))
