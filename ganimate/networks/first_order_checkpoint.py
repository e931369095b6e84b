"""Checkpoints of the first-order model's public code: `vox-cpk.pth.tar`, `vox-adv-cpk.pth.tar`.

A file of AliaksandrSiarohin/first-order-model holds the states of several networks, of which the
generator, with the dense motion inside, and the keypoint detector are taken; vox-adv differs in how
it was trained alone. What is as in public code and has no weights is dropped: the Gaussian by which
pictures are blurred before they are made smaller, whose width says by how much, and the counts of
batches. A file does not say the size of its pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from torch import Tensor

from ganimate.errors import ModelError
from ganimate.networks.checkpoint_file import Checkpoint, Imported, State, count_bytes
from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.generators import check_finite, check_shapes

REPOSITORY = "AliaksandrSiarohin/first-order-model"

DETECTOR, GENERATOR = "kp_detector", "generator"
"""What the public code calls the two networks."""

DROPPED = re.compile(r"(^|\.)down\.weight$|num_batches_tracked$")
"""Tensors that are no weights."""

NAMES = {
    DETECTOR: (
        (r"predictor\.encoder\.down_blocks\.", "detector.hourglass.down."),
        (r"predictor\.decoder\.up_blocks\.", "detector.hourglass.up."),
        (r"kp\.", "detector.heat."),
        (r"jacobian\.", "detector.jacobian."),
    ),
    GENERATOR: (
        (r"dense_motion_network\.hourglass\.encoder\.down_blocks\.", "motion.hourglass.down."),
        (r"dense_motion_network\.hourglass\.decoder\.up_blocks\.", "motion.hourglass.up."),
        (r"dense_motion_network\.", "motion."),
        (r"first\.", "stem."),
        (r"down_blocks\.", "down."),
        (r"bottleneck\.r", "trunk."),
        (r"up_blocks\.", "up."),
        (r"final\.", "head."),
    ),
}
"""Beginnings of names in public files, and of ours."""


def read_first_order(checkpoint: Checkpoint) -> Imported | None:
    """Read the networks of the public first-order model; None where the file is of another one.

    Raises:
        ModelError: it has the names of one, and lacks a part or is another network.
    """
    detector = _find_part(checkpoint, "predictor.encoder.")
    generator = _find_part(checkpoint, "dense_motion_network.")
    if detector is None and generator is None:
        return None
    if detector is None or generator is None:
        lacking = DETECTOR if detector is None else GENERATOR
        raise ModelError(
            f"{checkpoint.path} is a part of a first-order model and lacks its {lacking}: give the "
            "whole file, as vox-cpk.pth.tar, with both."
        )
    try:
        tensors = dict(_rename(detector, DETECTOR)) | dict(_rename(generator, GENERATOR))
        config = _measure_config(tensors, detector.get("down.weight"))
        if sum(map(count_bytes, tensors.values())) > checkpoint.path.stat().st_size:
            raise ValueError("its tensors are larger than the file")
        check_shapes(_build, asdict(config), tensors)
        network = FirstOrderGenerator(config)
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (KeyError, ValueError, RuntimeError, IndexError) as error:
        said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        reason = " ".join(line.strip() for line in said.splitlines()[:2])  # torch lists all of it
        raise ModelError(
            f"{checkpoint.path} has the names of {REPOSITORY}, but another network: {reason}"
        ) from error
    check_finite(checkpoint.path, network.state_dict())
    caution = (
        f"the file does not say the size of its pictures: {config.size} px are taken, those of the "
        "public models of faces"
    )
    return Imported(network.eval(), REPOSITORY, caution)


def _find_part(checkpoint: Checkpoint, prefix: str) -> State | None:
    """The network whose tensors have a prefix; None where the file has none."""
    parts = checkpoint.parts.values()
    return next((part for part in parts if any(name.startswith(prefix) for name in part)), None)


def _rename(state: State, part: str) -> Iterator[tuple[str, Tensor]]:
    """The weights of a network under our names.

    Raises:
        ValueError: one of them has no place in ours.
    """
    for name, tensor in state.items():
        if DROPPED.search(name):
            continue
        for public, ours in NAMES[part]:
            renamed, count = re.subn(f"^{public}", ours, name)
            if count:
                yield renamed, tensor
                break
        else:
            raise ValueError(f"{name} is unknown")


def _measure_config(tensors: State, blur: Tensor | None) -> FirstOrderConfig:
    """Measure the architecture by the shapes of its tensors, under our names.

    Args:
        tensors: of the whole generator.
        blur: the Gaussian before pictures are made smaller, (3, 1, w, w); None for none.
    """
    levels = _count(tensors, "motion.hourglass.down")
    halvings = _count(tensors, "down")
    widths = {
        name: len(tensors[f"{name}.hourglass.up.{levels - 1}.conv.weight"])
        for name in ("detector", "motion")
    }
    widest = max(len(tensors[f"{name}.hourglass.down.{levels - 1}.conv.weight"]) for name in widths)
    usual = FirstOrderConfig()
    return FirstOrderConfig(
        size=usual.size,
        keypoints=len(tensors["detector.heat.weight"]),
        shrink=1 if blur is None else blur.shape[-1] // 4 + 1,  # w = 4 (shrink - 1) + 1
        levels=levels,
        detector_channels=widths["detector"],
        motion_channels=widths["motion"],
        most_hourglass_channels=widest,
        channels=len(tensors["stem.conv.weight"]),
        most_channels=len(tensors[f"down.{halvings - 1}.conv.weight"]),
        halvings=halvings,
        blocks=_count(tensors, "trunk"),
    )


def _count(tensors: State, prefix: str) -> int:
    """How many layers a list of them has."""
    found = (re.match(rf"{re.escape(prefix)}\.(\d+)\.", name) for name in tensors)
    return len({match[1] for match in found if match})


def _build(config: dict[str, Any]) -> FirstOrderGenerator:
    return FirstOrderGenerator(FirstOrderConfig(**config))
