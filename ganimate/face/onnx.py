"""Graphs of operators as ONNX files in memory, which OpenCV reads and runs.

An ONNX file is a protobuf message (onnx.proto of github.com/onnx/onnx, version 1.23); the few
messages that these graphs need are written here, since the package `onnx` is 20 MB for that alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 7
"""Version of the file format; the one that came with version 13 of the operators."""

VARINT, BYTES = 0, 2
"""How protobuf writes a field: as a whole number, or as bytes after their count."""

FLOAT, INT64 = 1, 7
"""Types of a tensor's numbers."""

ATTRIBUTE_INT, ATTRIBUTE_STRING, ATTRIBUTE_INTS = 2, 3, 7
"""Types of an operator's attribute."""

Field: TypeAlias = tuple[int, int | str | bytes]
"""The number of a field and what stands in it."""

Attribute: TypeAlias = int | str | Sequence[int]
"""What an operator can be told."""


@dataclass(frozen=True)
class Operator:
    """A step of a graph.

    Attributes:
        kind: what it does, by its name in ONNX.
        inputs: names of what it takes: inputs of the graph, values, results of earlier operators.
        outputs: names of its results.
        attributes: what else it is told, by name.
    """

    kind: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True)
class Graph:
    """A network.

    Attributes:
        inputs: shape (batch, channels, height, width) of each input, by name.
        outputs: shape (batch, channels, height, width) of each output, by name.
        operators: in the order in which they run.
        values: what the operators take beside inputs and results, by name: float16, float32 or
            int64.
    """

    inputs: Mapping[str, Sequence[int]]
    outputs: Mapping[str, Sequence[int]]
    operators: Sequence[Operator]
    values: Mapping[str, NDArray[Any]]


def encode_onnx(graph: Graph, opset: int) -> bytes:
    """Encode a graph as an ONNX file; halves become single precision, in which it is run.

    Args:
        graph: the operators.
        opset: version of the operators.
    """
    used = {name for operator in graph.operators for name in operator.inputs}
    body = _encode(
        [
            *((1, _encode_operator(operator)) for operator in graph.operators),
            (2, "graph"),
            *((5, _encode_value(n, v)) for n, v in graph.values.items() if n in used),
            *((11, _encode_shape(name, shape)) for name, shape in graph.inputs.items()),
            *((12, _encode_shape(name, shape)) for name, shape in graph.outputs.items()),
        ]
    )
    return _encode([(1, IR_VERSION), (7, body), (8, _encode([(1, ""), (2, opset)]))])


def _encode_operator(operator: Operator) -> bytes:
    return _encode(
        [
            *((1, name) for name in operator.inputs),
            *((2, name) for name in operator.outputs),
            (3, operator.outputs[0]),
            (4, operator.kind),
            *((5, _encode_attribute(*item)) for item in operator.attributes.items()),
        ]
    )


def _encode_attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, int):
        return _encode([(1, name), (3, value), (20, ATTRIBUTE_INT)])
    if isinstance(value, str):
        return _encode([(1, name), (4, value), (20, ATTRIBUTE_STRING)])
    return _encode([(1, name), *((8, number) for number in value), (20, ATTRIBUTE_INTS)])


def _encode_value(name: str, value: NDArray[Any]) -> bytes:
    is_whole = value.dtype == np.int64
    content = value.astype("<i8" if is_whole else "<f4").tobytes()
    kind = INT64 if is_whole else FLOAT
    return _encode([*((1, side) for side in value.shape), (2, kind), (8, name), (9, content)])


def _encode_shape(name: str, shape: Sequence[int]) -> bytes:
    """The name and the shape of a tensor of single precision."""
    sides = _encode((1, _encode([(1, side)])) for side in shape)
    return _encode([(1, name), (2, _encode([(1, _encode([(1, FLOAT), (2, sides)]))]))])


def _encode(fields: Iterable[Field]) -> bytes:
    """A message of protobuf."""
    parts = []
    for number, content in fields:
        if isinstance(content, int):
            parts += [_encode_varint(number << 3 | VARINT), _encode_varint(content)]
            continue
        content = content.encode() if isinstance(content, str) else content
        parts += [_encode_varint(number << 3 | BYTES), _encode_varint(len(content)), content]
    return b"".join(parts)


def _encode_varint(number: int) -> bytes:
    """A whole number from 0 on, seven bits a byte, the lowest first."""
    if number < 0x80:
        return bytes((number,))
    groups = []
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*groups, number))
