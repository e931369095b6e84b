"""Generators that others trained: checkpoints of public PyTorch code become files of this program.

Each system has a module that knows its layouts; READERS lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ganimate.errors import ModelError, UsageError
from ganimate.networks.checkpoint_file import Checkpoint, Imported, open_checkpoint
from ganimate.networks.first_order_checkpoint import REPOSITORY as FIRST_ORDER
from ganimate.networks.first_order_checkpoint import read_first_order
from ganimate.networks.paper_checkpoint import LAYOUTS, read_paper
from ganimate.networks.stargan import StarganGenerator
from ganimate.networks.stargan_checkpoint import REPOSITORY as STARGAN
from ganimate.networks.stargan_checkpoint import name_labels, read_stargan

READERS: tuple[Callable[[Checkpoint], Imported | None], ...] = (
    read_paper,
    read_stargan,
    read_first_order,
)
"""What reads the checkpoints of a system; None comes of those of others."""

REPOSITORIES = (*(layout.repository for layout in LAYOUTS), STARGAN, FIRST_ORDER)
"""Whose checkpoints are known, as people know them."""

CRITICS = ("conv1.weight", "conv2.weight", "dis_top.weight", "aus_top.weight")
"""Tensors by which critics are known."""


def read_checkpoint(path: Path, labels: Sequence[str] = ()) -> Imported:
    """Read the generator of a checkpoint; nothing in the file can run.

    Args:
        path: the file.
        labels: what the labels of a StarGAN are called, which its file does not say.

    Raises:
        ModelError: the file is no checkpoint, or one of another network.
        UsageError: the network has other labels, or none.
    """
    checkpoint = open_checkpoint(path)
    state = checkpoint.largest
    for read in READERS:
        found = read(checkpoint)
        if found is not None:
            return _name_labels(found, labels) if labels else found
    if any(name in state for name in CRITICS):
        raise ModelError(
            f"{path} is a critic (discriminator). Give the generator, whose file has id_G, net_gen "
            "or -G in its name."
        )
    raise ModelError(
        f"{path} is no generator of {', '.join(REPOSITORIES)}: it has "
        f"none of their layers, but {', '.join(list(state)[:3])} ..."
    )


def _name_labels(found: Imported, labels: Sequence[str]) -> Imported:
    """The same generator with its labels called as its user says."""
    if not isinstance(found.generator, StarganGenerator):
        raise UsageError(f"a generator of {found.repository} has no labels: leave `labels` away")
    name_labels(found.generator, labels)
    return replace(found, caution=None)
