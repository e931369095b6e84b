"""Generators that others trained: checkpoints of public PyTorch code become files of this program.

Each system has a module that knows its layouts; READERS lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ganimate.errors import ModelError
from ganimate.networks.checkpoint_file import Checkpoint, Imported, open_checkpoint
from ganimate.networks.paper_checkpoint import LAYOUTS, read_paper
from ganimate.networks.stargan_checkpoint import REPOSITORY as STARGAN
from ganimate.networks.stargan_checkpoint import read_stargan

READERS: tuple[Callable[[Checkpoint], Imported | None], ...] = (read_paper, read_stargan)
"""What reads the checkpoints of a system; None comes of those of others."""

REPOSITORIES = (*(layout.repository for layout in LAYOUTS), STARGAN)
"""Whose checkpoints are known, as people know them."""

CRITICS = ("conv1.weight", "conv2.weight", "dis_top.weight", "aus_top.weight")
"""Tensors by which critics are known."""


def read_checkpoint(path: Path) -> Imported:
    """Read the generator of a checkpoint; nothing in the file can run.

    Raises:
        ModelError: the file is no checkpoint, or one of another network.
    """
    checkpoint = open_checkpoint(path)
    state = checkpoint.largest
    for read in READERS:
        found = read(checkpoint)
        if found is not None:
            return found
    if any(name in state for name in CRITICS):
        raise ModelError(
            f"{path} is a critic (discriminator). Give the generator, whose file has id_G, net_gen "
            "or -G in its name."
        )
    raise ModelError(
        f"{path} is no generator of {', '.join(REPOSITORIES)}: it has "
        f"none of their layers, but {', '.join(list(state)[:3])} ..."
    )
