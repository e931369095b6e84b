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

import pickle
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganimate.action_units import ACTION_UNITS
from ganimate.errors import ModelError
from ganimate.networks.generators import check_finite, check_shapes
from ganimate.networks.paper import PaperConfig, PaperGenerator

State = Mapping[str, Tensor]


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
LARGEST = 1 << 30
"""Bytes of a file, at most: published generators have 34 MB; one tensor may fill a file."""

CRITICS = ("conv1.weight", "conv2.weight", "dis_top.weight", "aus_top.weight")


@dataclass(frozen=True)
class Imported:
    """A generator read from a checkpoint.

    Attributes:
        generator: in evaluation mode, on the CPU, in float32.
        repository: whose layout it has.
    """

    generator: PaperGenerator
    repository: str


def read_checkpoint(path: Path) -> Imported:
    """Read the generator of a checkpoint; nothing in the file can run.

    Raises:
        ModelError: the file is no checkpoint, or one of another network.
    """
    state = _read_state(path)
    for layout in LAYOUTS:
        for colour in layout.colour:
            for attention in layout.attention:
                if f"{colour}.0.weight" in state and f"{attention}.0.weight" in state:
                    generator = _convert(path, state, layout, colour, attention)
                    return Imported(generator, layout.repository)
    if any(name in state for name in CRITICS):
        raise ModelError(
            f"{path} is a critic (discriminator). Give the generator, whose file has id_G, net_gen "
            "or -G in its name."
        )
    raise ModelError(
        f"{path} is no generator of {', '.join(layout.repository for layout in LAYOUTS)}: it has "
        f"neither img_reg, im_reg nor color_top, but {', '.join(list(state)[:3])} ..."
    )


def _read_state(path: Path) -> dict[str, Tensor]:
    """Tensors by name, without what wrappers added to the names."""
    try:
        _check_packing(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path} does not exist.") from error
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} holds more than tensors, or is damaged, and is not opened: it could run code. "
            "Save the generator's state_dict() alone."
        ) from error
    except ModelError:
        raise
    except Exception as error:  # a damaged file makes torch raise nearly anything
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{path} cannot be read as a PyTorch checkpoint ({reason}): copy or download it again."
        ) from error
    if isinstance(content, Mapping) and not any(map(_is_tensor, content.values())):
        nested = [value for value in content.values() if isinstance(value, Mapping)]
        content = max(nested, key=len, default={})
    if not isinstance(content, Mapping) or not any(map(_is_tensor, content.values())):
        raise ModelError(f"{path} holds no state_dict: save the generator's state_dict() alone.")
    state = {str(name): value for name, value in content.items() if _is_tensor(value)}
    for name, tensor in state.items():
        if _count_bytes(tensor) > path.stat().st_size:  # one value, said to stand for many
            raise ModelError(f"{path} is damaged: {name} is larger than the file. Save it again.")
    while all(name.startswith("module.") for name in state):  # as DataParallel names them
        state = {name.removeprefix("module."): value for name, value in state.items()}
    return state


def _check_packing(path: Path) -> None:
    """Raise if a file is none that torch.save wrote, or would be larger in memory than on the disk.

    Raises:
        ModelError: it does not begin like one.
        RuntimeError: it is compressed, or larger than any generator.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        beginning = file.read(2)
    if beginning != b"PK" and beginning[:1] != b"\x80":  # neither zip nor pickle
        raise ModelError(
            f"{path} is no PyTorch checkpoint: give the .pth file that torch.save wrote, with the "
            "generator's state_dict()."
        )
    if path.stat().st_size > LARGEST:
        raise RuntimeError(f"it is larger than {LARGEST >> 30} GiB")
    if not zipfile.is_zipfile(path):
        return  # as versions of PyTorch before 1.6 wrote them, or none
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
            raise RuntimeError("it is compressed, as PyTorch compresses none")


def _count_bytes(tensor: Tensor) -> int:
    """How many bytes a tensor needs once it is copied."""
    return tensor.numel() * tensor.element_size()


def _build(config: dict[str, Any]) -> PaperGenerator:
    return PaperGenerator(PaperConfig(**config))


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


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
        if sum(map(_count_bytes, tensors.values())) > path.stat().st_size:
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
    places = _list_places(state, layout.trunk)
    blocks = [
        place for place in places if _list_places(state, f"{layout.trunk}.{place}.{layout.block}")
    ]
    outside = [
        place for place in places
        if place not in blocks and _is_convolution(state, f"{layout.trunk}.{place}")
    ]  # fmt: skip
    names = ("stem", "down2", "down4", "up2", "up1")
    if len(outside) != len(names):
        raise ValueError(f"it has {len(outside)} convolutions outside blocks, not {len(names)}")
    for name, place in zip(names, outside, strict=True):
        yield from _rename_pair(state, layout, f"{layout.trunk}.", place, name, f"{name}_norm")
    for number, place in enumerate(blocks):
        prefix = f"{layout.trunk}.{place}.{layout.block}."
        inside = [
            i for i in _list_places(state, prefix[:-1]) if _is_convolution(state, f"{prefix}{i}")
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


def _list_places(state: State, prefix: str) -> list[int]:
    """The numbers of the layers of a sequence, in order."""
    found = (re.match(rf"{re.escape(prefix)}\.(\d+)\.", name) for name in state)
    return sorted({int(match[1]) for match in found if match})


def _is_convolution(state: State, layer: str) -> bool:
    weight = state.get(f"{layer}.weight")
    return weight is not None and weight.ndim == 4
