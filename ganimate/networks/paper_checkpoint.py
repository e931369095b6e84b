"""Generators that others trained: checkpoints of the public PyTorch code of GANimation.

All three implementations have the published network and agree in its use: the frame is
(1 - A) C + A x, pictures lie in [-1, 1], and the generator is given OpenFace's intensities over 5,
in the order of ACTION_UNITS. They differ in the names of the layers and in what stands around the
convolutions, which comes to the same:

- A bias before an instance normalisation has no effect: the mean is subtracted. It is dropped.
- Running statistics of instance normalisation are there because old versions of PyTorch, or
  track_running_stats, wrote them down; none of the implementations runs on them. They are dropped.
- Instance normalisation without weights has weights of 1 and biases of 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganimate.action_units import ACTION_UNITS
from ganimate.errors import ModelError
from ganimate.networks.checkpoint_file import (
    Checkpoint,
    Imported,
    State,
    count_bytes,
    is_convolution,
    list_places,
)
from ganimate.networks.generators import check_finite, check_shapes
from ganimate.networks.paper import PaperConfig, PaperGenerator


@dataclass(frozen=True)
class Layout:
    """How an implementation names the parts of its generator.

    Attributes:
        repository: owner and name, as people know it.
        trunk: prefix of the layers from the first convolution to the last but two.
        block: prefix of the layers of a residual block, within its place in the trunk.
        colour: possible prefixes of the head of the colour mask.
        attention: possible prefixes of the head of the attention mask.
        weighted: whether its instance normalisation has weights.
    """

    repository: str
    trunk: str
    block: str
    colour: tuple[str, ...]
    attention: tuple[str, ...]
    weighted: bool


LAYOUTS = (
    Layout(
        "albertpumarola/GANimation",
        trunk="main",
        block="main",
        colour=("img_reg",),
        attention=("attetion_reg", "attention_reg"),  # the first is what the code says
        weighted=True,
    ),
    Layout(
        "vipermu/ganimation",
        trunk="main",  # and four times more as debug1 to debug4, which are never used
        block="main",
        colour=("im_reg",),
        attention=("im_att",),
        weighted=True,
    ),
    Layout(
        "donydchen/ganimation_replicate",
        trunk="model",
        block="conv_block",
        colour=("color_top",),
        attention=("au_top",),
        weighted=False,
    ),
)


def read_paper(checkpoint: Checkpoint) -> Imported | None:
    """Read the generator of a public code of GANimation; None where the file is of another one.

    Raises:
        ModelError: it has the names of one, and is another network.
    """
    state = checkpoint.largest
    for layout in LAYOUTS:
        for colour in layout.colour:
            for attention in layout.attention:
                if f"{colour}.0.weight" in state and f"{attention}.0.weight" in state:
                    generator = _convert(checkpoint.path, state, layout, colour, attention)
                    return Imported(generator, layout.repository)
    return None


def _build(config: dict[str, Any]) -> PaperGenerator:
    return PaperGenerator(PaperConfig(**config))


def _convert(
    path: Path, state: State, layout: Layout, colour: str, attention: str
) -> PaperGenerator:
    """Build the published network from the tensors of a layout."""
    try:
        tensors = dict(_rename(state, layout))
        for head, name in (("colour", colour), ("attention", attention)):
            tensors[f"{head}.weight"] = state[f"{name}.0.weight"]
            if f"{name}.0.bias" in state:
                tensors[f"{head}.bias"] = state[f"{name}.0.bias"]
        inputs = tensors["stem.weight"].shape[1] - 3
        if inputs != len(ACTION_UNITS):
            raise ValueError(f"it is conditioned on {inputs} values, not {len(ACTION_UNITS)} AUs")
        config = PaperConfig(
            channels=len(tensors["stem.weight"]),
            blocks=len({name.split(".")[1] for name in tensors if name.startswith("trunk.")}),
            head_bias="colour.bias" in tensors,
        )
        if sum(map(count_bytes, tensors.values())) > path.stat().st_size:
            raise ValueError("its tensors are larger than the file")
        check_shapes(_build, asdict(config), tensors)
        generator = PaperGenerator(config)
        generator.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"{path} has the names of {layout.repository}, but another network: {reason}"
        ) from error
    check_finite(path, generator.state_dict())
    return generator.eval()


def _rename(state: State, layout: Layout) -> Iterator[tuple[str, Tensor]]:
    """The trunk's tensors under our names."""
    places = list_places(state, layout.trunk)
    blocks = [
        place for place in places if list_places(state, f"{layout.trunk}.{place}.{layout.block}")
    ]
    outside = [
        place for place in places
        if place not in blocks and is_convolution(state, f"{layout.trunk}.{place}")
    ]  # fmt: skip
    names = ("stem", "down2", "down4", "up2", "up1")
    if len(outside) != len(names):
        raise ValueError(f"it has {len(outside)} convolutions outside blocks, not {len(names)}")
    for name, place in zip(names, outside, strict=True):
        yield from _rename_pair(state, layout, f"{layout.trunk}.", place, name, f"{name}_norm")
    for number, place in enumerate(blocks):
        prefix = f"{layout.trunk}.{place}.{layout.block}."
        inside = [
            i for i in list_places(state, prefix[:-1]) if is_convolution(state, f"{prefix}{i}")
        ]
        if len(inside) != 2:
            raise ValueError(f"its residual blocks have {len(inside)} convolutions, not 2")
        for order, i in enumerate(inside, start=1):
            ours = f"trunk.{number}."
            yield from _rename_pair(
                state, layout, prefix, i, f"{ours}conv{order}", f"{ours}norm{order}"
            )


def _rename_pair(
    state: State, layout: Layout, prefix: str, place: int, conv: str, norm: str
) -> Iterator[tuple[str, Tensor]]:
    """A convolution and the normalisation after it."""
    weight = state[f"{prefix}{place}.weight"]
    yield f"{conv}.weight", weight
    after = f"{prefix}{place + 1}"
    scale, shift = state.get(f"{after}.weight"), state.get(f"{after}.bias")
    if layout.weighted and scale is None:
        raise KeyError(f"{after}.weight")
    if not layout.weighted and scale is not None:
        raise ValueError("it was trained with batch normalisation (--norm batch)")
    transposed = conv.startswith("up")
    channels = weight.shape[1 if transposed else 0]
    yield f"{norm}.weight", torch.ones(channels) if scale is None else scale
    yield f"{norm}.bias", torch.zeros(channels) if shift is None else shift
