"""Checkpoints of StarGAN's public PyTorch code, yunjey/stargan: `200000-G.ckpt`.

The code trains on crops of 178 px of aligned CelebA, made smaller to 128 px. Running statistics of
instance normalisation are written down by it, and it never runs on them: they are dropped. A file
does not say what its labels are called.
"""

from __future__ import annotations

from ganimate.networks.checkpoint_file import (
    Checkpoint,
    Imported,
)
from ganimate.networks.stargan import Framing

REPOSITORY = "yunjey/stargan"

CELEBA = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young")
"""Attributes of CelebA that the public code trains by default."""

RAFD = (
    "angry", "contemptuous", "disgusted", "fearful", "happy", "neutral", "sad", "surprised",
)  # fmt: skip
"""Emotions of RaFD, whose folders the public code sorts by name."""

KNOWN = {len(CELEBA): CELEBA, len(RAFD): RAFD}
"""Number of labels -> what they are called."""

CELEBA_FRAMING = Framing(scale=1.0)


def read_stargan(checkpoint: Checkpoint) -> Imported | None:
    """Read the generator of the public code of StarGAN; None where the file is of another one.

    Raises:
        ModelError: it has the names of one, and is another network.
    """
    return None
