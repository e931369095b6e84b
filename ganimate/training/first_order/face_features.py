"""What the face mesh sees in a picture: features for Eq. 9 that know lids, lips and brows.

The reader's mesh network (models/reader.safetensors, Apache-2.0) comes with this program. It was
trained to tell where 468 points of a face lie, so that its layers see small motions of a face which
differences of pixels hardly weigh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.errors import ModelError
from ganimate.face.networks import read_graph
from ganimate.face.onnx import Attribute, Operator

SIDE = 192
"""Side of the pictures that the network takes, pixels."""

STAGES = 5
"""Sizes of its layers that are compared: 96, 48, 24, 12 and 6 cells a side."""


class FaceFeatures(nn.Module):
    """The mesh network in torch, through which a loss can be differentiated."""

    def __init__(self) -> None:
        super().__init__()
        graph = read_graph("mesh")
        self._operators = tuple(graph.operators)
        (self._input,) = graph.inputs
        self._value_names = {
            name: f"value_{index}"
            for index, name in enumerate(
                sorted({n for one in self._operators for n in one.inputs if n in graph.values})
            )
        }
        for name, attribute in self._value_names.items():
            value = torch.from_numpy(graph.values[name].copy())
            self.register_buffer(attribute, value.float() if value.is_floating_point() else value)

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Look at a face.

        Args:
            picture: (n, 3, s, s) in [0, 1], of an upright face that fills about half of it.

        Returns:
            The features of the last layer of each of STAGES sizes, from the finest to the coarsest.
        """
        size = (SIDE, SIDE)
        if picture.shape[-2:] != size:
            picture = F.interpolate(picture, size, mode="bilinear", align_corners=False)
        known = {name: getattr(self, own) for name, own in self._value_names.items()}
        known[self._input] = picture
        by_side: dict[int, Tensor] = {}
        for operator in self._operators:
            (output,) = operator.outputs
            known[output] = result = run_operator(operator, known)
            if operator.kind == "PRelu":
                by_side[result.shape[-1]] = result
        return list(by_side.values())[:STAGES]


@lru_cache(maxsize=2)
def load_face_features(device: torch.device) -> FaceFeatures:
    """Load the network, which nothing trains.

    Raises:
        ModelError: the file that holds it is missing or damaged.
    """
    return FaceFeatures().to(device).eval().requires_grad_(False)


def run_operator(operator: Operator, known: Mapping[str, Tensor]) -> Tensor:
    """Run a step of the mesh's graph, as ONNX defines it.

    Args:
        operator: the step.
        known: inputs, values and earlier results by name, (n, channels, height, width) each.

    Raises:
        ModelError: it is none of the five kinds that the graph has.
    """
    told = operator.attributes
    first, *others = (known[name] for name in operator.inputs)
    match operator.kind:
        case "Conv":
            weight, bias = others
            top, left, bottom, right = _read_numbers(told["pads"])
            padded = F.pad(first, (left, right, top, bottom))
            stride, groups = _read_numbers(told["strides"]), told["group"]
            return F.conv2d(padded, weight, bias, (stride[0], stride[1]), groups=int(str(groups)))
        case "PRelu":
            return F.prelu(first, others[0].flatten())
        case "Add":
            return first + others[0]
        case "MaxPool":
            kernel, stride = (_read_numbers(told[name]) for name in ("kernel_shape", "strides"))
            return F.max_pool2d(first, (kernel[0], kernel[1]), (stride[0], stride[1]))
        case "Pad":
            return F.pad(first, (0, 0, 0, 0, 0, int(others[0][5])))  # channels behind
    raise ModelError(
        f"the reader's mesh network has an unknown step {operator.kind}: install ganimate again"
    )


def _read_numbers(attribute: Attribute) -> Sequence[int]:
    assert not isinstance(attribute, int | str)
    return attribute
