"""Generators in weights files: the metadata of a file holds what rebuilds its network."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch

from ganimate.errors import ModelError
from ganimate.media.tensors import read_tensors, write_tensors
from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.motion import Generator, GeneratorConfig
from ganimate.networks.paper import PaperConfig, PaperGenerator
from ganimate.networks.stargan import Framing, StarganConfig, StarganGenerator

ActionUnitGenerator: TypeAlias = Generator | PaperGenerator
"""Generators that are told action units: the painter runs them, and any performance drives them."""

AnyGenerator: TypeAlias = ActionUnitGenerator | StarganGenerator | FirstOrderGenerator
AnyConfig: TypeAlias = GeneratorConfig | PaperConfig | StarganConfig | FirstOrderConfig


@dataclass(frozen=True)
class Architecture:
    """A kind of generator.

    Attributes:
        name: as weights files have it.
        kind: class of the network.
        config: type of the configuration.
        build: an untrained network from the configuration as JSON gives it. Raises TypeError for
            another version's.
        what: what it is, in words.
        commands: which ones take it, for whoever gave it to another one.
    """

    name: str
    kind: type[Any]
    config: type[Any]
    build: Callable[[dict[str, Any]], AnyGenerator]
    what: str
    commands: str


def _build_motion(config: dict[str, Any]) -> Generator:
    return Generator(GeneratorConfig(**{**config, "skip_channels": tuple(config["skip_channels"])}))


def _build_paper(config: dict[str, Any]) -> PaperGenerator:
    return PaperGenerator(PaperConfig(**config))


def _build_stargan(config: dict[str, Any]) -> StarganGenerator:
    labels, framing = tuple(config["labels"]), Framing(**config["framing"])
    return StarganGenerator(StarganConfig(**{**config, "labels": labels, "framing": framing}))


def _build_first_order(config: dict[str, Any]) -> FirstOrderGenerator:
    return FirstOrderGenerator(FirstOrderConfig(**config))


_ACTION_UNITS = "`ganimate render`, `timeline`, `drive` or `studio`"

MAX_SIZE = 2048
"""Side of the largest crop that a file may ask for, pixels. No tensor tells it, and the memory of
painting grows with its square: 2048 takes some 3 GB."""

ARCHITECTURES = (
    Architecture(
        name="motion",
        kind=Generator,
        config=GeneratorConfig,
        build=_build_motion,
        what="a generator that paints action units over a warp",
        commands=_ACTION_UNITS,
    ),
    Architecture(
        name="paper",
        kind=PaperGenerator,
        config=PaperConfig,
        build=_build_paper,
        what="a GANimation as published, which paints action units",
        commands=_ACTION_UNITS,
    ),
    Architecture(
        name="stargan",
        kind=StarganGenerator,
        config=StarganConfig,
        build=_build_stargan,
        what="a StarGAN, which paints emotions or attributes",
        commands="`ganimate render`",
    ),
    Architecture(
        name="first-order",
        kind=FirstOrderGenerator,
        config=FirstOrderConfig,
        build=_build_first_order,
        what="a first-order model, which takes its motion from a video",
        commands="`ganimate drive`",
    ),
)
"""Every kind of generator; files that name none are of the first."""


def save_generator(
    path: Path,
    state: Mapping[str, Any],
    config: AnyConfig,
    notes: Mapping[str, str] | None = None,
    *,
    halves: bool = True,
) -> None:
    """Write a generator with its architecture.

    Args:
        path: the safetensors file, replaced once all of it is written.
        state: name -> tensor.
        config: of the network that the state is of.
        notes: more metadata.
        halves: whether numbers are written in half precision, which is exact enough to paint with.

    Raises:
        OutputError: the disk refuses.
    """
    dtype = np.float16 if halves else np.float32
    arrays = {name: tensor.detach().cpu().numpy().astype(dtype) for name, tensor in state.items()}
    (architecture,) = (one.name for one in ARCHITECTURES if one.config is type(config))
    metadata = {
        "kind": "generator",
        "architecture": architecture,
        "config": json.dumps(asdict(config)),
        **(notes or {}),
    }
    write_tensors(path, arrays, metadata)


def load_generator(path: Path) -> AnyGenerator:
    """Rebuild a generator from its weights file: in evaluation mode, on the CPU, in float32.

    Raises:
        ModelError: the file is missing, damaged, or made for something else.
    """
    arrays, metadata = read_tensors(path)
    if metadata.get("kind") != "generator":
        raise ModelError(f"{path} holds no generator of ganimate.")
    try:
        name = metadata.get("architecture", ARCHITECTURES[0].name)
        known = {one.name: one for one in ARCHITECTURES}
        if name not in known:
            raise ValueError(f"there is no architecture {name!r}")
        config = json.loads(metadata["config"])
        tensors = {name: torch.from_numpy(array).float() for name, array in arrays.items()}
        check_shapes(known[name].build, config, tensors)
        generator = known[name].build(config)
        generator.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path} was made by another version of ganimate: {error}") from error
    check_finite(path, tensors)
    return generator.eval()


def load_action_unit_generator(path: Path) -> ActionUnitGenerator:
    """Rebuild a generator that is told action units; see load_generator().

    Raises:
        ModelError: the file is none that can be read, or of another kind.
    """
    generator = load_generator(path)
    if not isinstance(generator, (Generator, PaperGenerator)):
        raise ModelError(explain_use(path, generator))
    return generator


def find_architecture(generator: AnyGenerator) -> Architecture:
    """Find the kind of a generator."""
    return next(one for one in ARCHITECTURES if isinstance(generator, one.kind))


def explain_use(path: Path, generator: AnyGenerator) -> str:
    """Explain what a generator is and which command takes it, where another one was given it.

    Args:
        path: its file.
        generator: of any kind.
    """
    found = find_architecture(generator)
    return f"{path} is {found.what}: give it to {found.commands}."


def check_shapes(
    build: Callable[[dict[str, Any]], AnyGenerator],
    config: object,
    tensors: Mapping[str, torch.Tensor],
) -> None:
    """Check that a configuration is that of some tensors, before a network of its size is built.

    Args:
        build: makes the network of a configuration.
        config: as the file has it, which may ask for anything.
        tensors: by name, as the file has them.

    Raises:
        ValueError, TypeError, RuntimeError: it is not.
    """
    if not isinstance(config, dict):
        raise ValueError("its configuration is none")
    blocks, most = config.get("blocks", 0), len(_list_blocks(tensors))
    if blocks > most:  # each is a Python object, even where it has no memory
        raise ValueError(f"it asks for {blocks} blocks and has {most}")
    with torch.device("meta"):  # shapes without memory
        skeleton = build(config)
    size = skeleton.config.size
    if type(size) is not int or not 0 < size <= MAX_SIZE:
        raise ValueError(f"its crop has {size} pixels, not 1 to {MAX_SIZE}")
    skeleton.load_state_dict(tensors, assign=True)


def check_finite(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise ModelError if one of a file's weights is infinite or not a number."""
    for name, tensor in tensors.items():
        # A sum takes a tenth of the time, and is finite only if all of them are.
        if not math.isfinite(float(tensor.sum())) and not torch.isfinite(tensor).all():
            raise ModelError(
                f"{path} is of a run that failed: {name} is not finite. Give the weights of "
                "another run."
            )


def _list_blocks(tensors: Mapping[str, Any]) -> set[str]:
    """The numbers of the residual blocks that some tensors are of."""
    return {name.split(".")[1] for name in tensors if name.startswith("trunk.")}
