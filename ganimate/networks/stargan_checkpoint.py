"""Checkpoints of StarGAN's public PyTorch code, yunjey/stargan: `200000-G.ckpt`.

The code trains on crops of 178 px of aligned CelebA, made smaller to 128 px. Running statistics of
instance normalisation are written down by it, and it never runs on them: they are dropped. A file
does not say what its labels are called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from torch import Tensor

from ganimate.errors import ModelError, UsageError
from ganimate.networks.checkpoint_file import (
    Checkpoint,
    Imported,
    State,
    count_bytes,
    is_convolution,
    list_places,
)
from ganimate.networks.generators import check_finite, check_shapes
from ganimate.networks.stargan import Framing, StarganConfig, StarganGenerator

REPOSITORY = "yunjey/stargan"

CELEBA = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young")
"""Attributes of CelebA that the public code trains by default."""

RAFD = (
    "angry", "contemptuous", "disgusted", "fearful", "happy", "neutral", "sad", "surprised",
)  # fmt: skip
"""Emotions of RaFD, whose folders the public code sorts by name."""

KNOWN = {len(CELEBA): CELEBA, len(RAFD): RAFD}
"""Number of labels -> what they are called."""

CELEBA_FRAMING = Framing(scale=1.73, y=-0.22)
"""How the code's crops of CelebA are cut: by the means of its landmarks, eyes at (69, 111) and
(108, 111), nose at (88, 135), mouth from (71, 152) to (105, 152), of which the crop begins at
(0, 20)."""

TRUNK, BLOCK = "main", "main"
"""Prefixes of the layers, and of those within a residual block."""

COLOURS, CONVOLUTIONS = 3, 2
"""Channels that the generator paints, and convolutions of a residual block."""

NAMES = ("stem", "down2", "down4", "up2", "up1", "colour")
"""Our names of the convolutions outside residual blocks, in order."""


def read_stargan(checkpoint: Checkpoint) -> Imported | None:
    """Read the generator of the public code of StarGAN; None where the file is of another one.

    Raises:
        ModelError: it has the names of one, and is another network.
    """
    state = checkpoint.largest
    if not _is_generator(state):
        return None
    path = checkpoint.path
    try:
        tensors = dict(_rename(state))
        count = tensors["stem.weight"].shape[1] - 3
        config = StarganConfig(
            labels=KNOWN.get(count, tuple(f"label{place}" for place in range(1, count + 1))),
            exclusive=count == len(RAFD),
            channels=len(tensors["stem.weight"]),
            blocks=len({name.split(".")[1] for name in tensors if name.startswith("trunk.")}),
            framing=CELEBA_FRAMING,
        )
        if sum(map(count_bytes, tensors.values())) > path.stat().st_size:
            raise ValueError("its tensors are larger than the file")
        check_shapes(_build, asdict(config), tensors)
        generator = StarganGenerator(config)
        generator.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"{path} has the names of {REPOSITORY}, but another network: {reason}"
        ) from error
    check_finite(path, generator.state_dict())
    return Imported(
        generator.eval(),
        REPOSITORY,
        caution=f"the file does not say what its {count} labels are called: they are taken for "
        f"{', '.join(config.labels)}, of pictures of {config.size} px; `labels` names others",
    )


def name_labels(generator: StarganGenerator, labels: Sequence[str]) -> None:
    """Call the labels of a generator what its user says that they are.

    Raises:
        UsageError: there are more or fewer.
    """
    config = generator.config
    if len(labels) != len(config.labels):
        raise UsageError(
            f"the generator has {len(config.labels)} labels, not {len(labels)}: name all of them, "
            "in the order in which it was trained on them"
        )
    generator.config = replace(config, labels=tuple(labels))


def _build(config: dict[str, Any]) -> StarganGenerator:
    return StarganGenerator(StarganConfig(**config))


def _is_generator(state: State) -> bool:
    """Whether tensors are called as those of the generator: one sequence, which ends in colours."""
    places = list_places(state, TRUNK)
    if not places or any(not name.startswith(f"{TRUNK}.") for name in state):
        return False
    first, last = (state.get(f"{TRUNK}.{place}.weight") for place in (places[0], places[-1]))
    if first is None or last is None or first.ndim != 4 or last.ndim != 4:
        return False
    return first.shape[1] > COLOURS == len(last)


def _rename(state: State) -> Iterator[tuple[str, Tensor]]:
    """The tensors under our names; statistics are dropped."""
    places = list_places(state, TRUNK)
    blocks = [place for place in places if list_places(state, f"{TRUNK}.{place}.{BLOCK}")]
    outside = [
        place for place in places
        if place not in blocks and is_convolution(state, f"{TRUNK}.{place}")
    ]  # fmt: skip
    if len(outside) != len(NAMES):
        raise ValueError(f"it has {len(outside)} convolutions outside blocks, not {len(NAMES)}")
    for name, place in zip(NAMES, outside, strict=True):
        yield f"{name}.weight", state[f"{TRUNK}.{place}.weight"]
        if name != NAMES[-1]:
            yield from _rename_norm(state, f"{TRUNK}.{place + 1}", f"{name}_norm")
    for number, place in enumerate(blocks):
        prefix = f"{TRUNK}.{place}.{BLOCK}"
        inside = [i for i in list_places(state, prefix) if is_convolution(state, f"{prefix}.{i}")]
        if len(inside) != CONVOLUTIONS:
            raise ValueError(f"its residual blocks have {len(inside)} convolutions, not 2")
        for order, i in enumerate(inside, start=1):
            yield f"trunk.{number}.conv{order}.weight", state[f"{prefix}.{i}.weight"]
            yield from _rename_norm(state, f"{prefix}.{i + 1}", f"trunk.{number}.norm{order}")


def _rename_norm(state: State, theirs: str, ours: str) -> Iterator[tuple[str, Tensor]]:
    """Scale and shift of a normalisation."""
    for part in ("weight", "bias"):
        yield f"{ours}.{part}", state[f"{theirs}.{part}"]
