"""One training run in several processes, as torchrun starts them.

Each process makes and learns from its share of every batch. Gradients and figures are averaged, so
that all hold the same weights after every step, those of one process with the whole batch.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

import torch
from torch import Tensor, distributed

from ganimate.errors import GanimateError, UsageError

PATIENCE = timedelta(days=7)
"""How long processes wait for the first one: files may take a day to prepare, and torch's usual
limits are of minutes."""


@dataclass(frozen=True)
class Processes:
    """The processes of a run, seen from one of them.

    Attributes:
        rank: which of them this is, from 0.
        count: how many they are.
    """

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that logs, writes and shows progress."""
        return self.rank == 0

    @contextmanager
    def wait_for_first(self) -> Iterator[None]:
        """Let the first process through a block alone, and the others once it is done.

        Raises:
            GanimateError: in the others, when the first one ended before it was done.
        """
        if self.count == 1:
            yield
            return
        together = distributed.new_group(backend="gloo", timeout=PATIENCE)
        if self.first:
            yield
        try:
            distributed.barrier(together)
        except RuntimeError as error:
            raise GanimateError(
                f"Process {self.rank + 1} waited for one that has ended; what stopped that one is "
                "said there."
            ) from error
        if not self.first:
            yield

    def share(self, samples: int) -> slice:
        """Select this process's part of so many samples, which the processes divide evenly."""
        each = samples // self.count
        return slice(self.rank * each, (self.rank + 1) * each)

    def average(self, values: Tensor) -> Tensor:
        """Average what each process has, values of one shape."""
        if self.count == 1:
            return values
        total = values.detach().clone()
        distributed.all_reduce(total)
        return total / self.count

    def agree(self, mine: bool, device: torch.device) -> bool:
        """Ask all processes a question at once; whether one of them at least says yes."""
        return mine if self.count == 1 else bool(self.average(torch.tensor(float(mine)).to(device)))

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Make the gradients those of the whole batch. All processes have them for the same ones.

        Not torch's DistributedDataParallel: the gradient penalty differentiates within the forward
        pass, and one generator step passes through the generator twice.
        """
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        mean = self.average(torch.cat([gradient.flatten() for gradient in gradients]))
        parts = mean.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


ALONE = Processes()


@contextmanager
def join_processes(device: torch.device) -> Iterator[Processes]:
    """Join the processes that torchrun started; without it, this one is alone.

    On CUDA each of them gets a GPU of its own, which is then the device "cuda".

    Args:
        device: where networks are trained.

    Yields:
        The processes.

    Raises:
        UsageError: there are fewer GPUs than processes, the device takes one process alone, or
            what torchrun sets is no number.
        GanimateError: the processes do not find each other.
    """
    count = _read_variable("WORLD_SIZE", 1)
    if count == 1:
        yield ALONE
        return
    if device.type == "mps":
        raise UsageError("several processes train on CUDA or on the CPU: give `device` cpu")
    if device.type == "cuda":
        _take_gpu(_read_variable("LOCAL_RANK", 0))
    # torch.optim would load this module later, and the defaults of its functions' arguments would
    # keep hold of the group: its threads, alive while the interpreter ends, sometimes abort a run
    # that is done. Loaded before there is a group, the defaults are None.
    import_module("torch.distributed.nn.functional")
    try:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        raise GanimateError(
            f"The processes of this run do not find each other ({error}): start them with torchrun."
        ) from error
    try:
        yield Processes(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()


def _take_gpu(place: int) -> None:
    """Make a GPU the device "cuda" of this process, the one of its place on this machine."""
    gpus = torch.cuda.device_count()
    if place >= gpus:
        raise UsageError(
            f"this machine has {gpus} GPUs, too few for process {place + 1}: give torchrun "
            f"--nproc-per-node={gpus}"
        )
    torch.cuda.set_device(place)


def _read_variable(name: str, usual: int) -> int:
    """Read a number that torchrun sets; `usual` where it is not set.

    Raises:
        UsageError: something else stands there.
    """
    text = os.environ.get(name, str(usual))
    if not re.fullmatch("[0-9]{1,9}", text):
        raise UsageError(
            f"{name} is {text!r} and no number: torchrun sets it; leave it unset for one process"
        )
    return int(text)
