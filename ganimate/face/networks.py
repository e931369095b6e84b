"""MediaPipe's face networks, run by OpenCV, without mediapipe.

models/reader.safetensors holds them as operators and values; scripts/convert_reader.py makes it
out of mediapipe's wheel. OpenCV's dnn is what they run quickest in (one thread of one core, user
time: 12 ms a photo; torch 26 ms, NumPy 37 to 67 ms), and every command has it loaded already.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats
from ganimate.errors import ModelError
from ganimate.face.onnx import Graph, Operator, encode_onnx
from ganimate.media.tensors import read_tensors
from ganimate.shipped import READER_FILE, SIGHT_FILE, find_models_folder


class Network:
    """A network that is ready to run."""

    def __init__(self, graph: Graph, opset: int) -> None:
        self._net = cv2.dnn.readNetFromONNX(np.frombuffer(encode_onnx(graph, opset), np.uint8))
        self._outputs = list(graph.outputs)

    def __call__(self, picture: Floats) -> list[Floats]:
        """Run the network.

        Args:
            picture: (height, width, channels), as large as the network's input.

        Returns:
            Its outputs, each (height, width, channels).
        """
        self._net.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32))
        return [np.asarray(one[0].transpose(1, 2, 0)) for one in self._net.forward(self._outputs)]


@dataclass(frozen=True)
class RegionHead:
    """A network that looks at a part of the face a second time.

    Attributes:
        network: of a patch of the mesh's features (16, 16, 32) to the points below, x and y in
            quarters of a cell of the patch, and those of the iris, if the part is an eye.
        axis: the two landmarks whose line lies along the patch's rows.
        points: numbers of the landmarks that the patch is cut around, in the order of its results.
    """

    network: Network
    axis: tuple[int, int]
    points: NDArray[np.int64]


@dataclass(frozen=True)
class ReaderNetworks:
    """All networks that faces are read with.

    Attributes:
        full_range: the face detector that looks at photos, 192 px: boxes and keypoints (48, 48,
            16), scores (48, 48, 1).
        short_range: the face detector that looks at a crop of one face, 128 px: boxes and
            keypoints (16, 16, 32) and (8, 8, 96), scores (16, 16, 2) and (8, 8, 6).
        mesh: the face mesh, 192 px: features (48, 48, 32), 468 landmarks (1, 1, 1404) in pixels of
            its input, the score of a face (1, 1, 1) as a logit.
        lips: refines the lips.
        right_eye: refines the person's right eye, its brow included.
        left_eye: refines the person's left eye, its brow included.
    """

    full_range: Network
    short_range: Network
    mesh: Network
    lips: RegionHead
    right_eye: RegionHead
    left_eye: RegionHead


def load_networks() -> ReaderNetworks:
    """Load the networks that ship with ganimate.

    Raises:
        ModelError: their file is missing, damaged, or made by another version.
    """
    path = find_models_folder() / READER_FILE
    values, metadata = read_tensors(path)
    try:
        told = json.loads(metadata["reader"])
        graphs = told["graphs"]
        networks = {
            name: Network(_read_graph(graph, values), told["opset"])
            for name, graph in graphs.items()
        }

        def join_head(name: str) -> RegionHead:
            start, end = graphs[name]["axis"]
            return RegionHead(networks[name], (start, end), np.array(graphs[name]["points"]))

        return ReaderNetworks(
            full_range=networks["full_range"],
            short_range=networks["short_range"],
            mesh=networks["mesh"],
            lips=join_head("lips"),
            right_eye=join_head("right_eye"),
            left_eye=join_head("left_eye"),
        )
    except (KeyError, TypeError, ValueError, cv2.error) as error:
        raise ModelError(
            f"{path} cannot be used to read faces ({type(error).__name__}: {error}): "
            "install ganimate again."
        ) from error


def load_sight_network() -> Network:
    """Load the network that sees which parts of a face are covered: see sight.py.

    Raises:
        ModelError: its file is missing, damaged, or made by another version.
    """
    path = find_models_folder() / SIGHT_FILE
    values, metadata = read_tensors(path)
    try:
        told = json.loads(metadata["sight"])
        return Network(_read_graph(told["graph"], values), told["opset"])
    except (KeyError, TypeError, ValueError, cv2.error) as error:
        raise ModelError(
            f"{path} cannot be used to look at faces ({type(error).__name__}: {error}): "
            "install ganimate again."
        ) from error


def read_mesh_edges() -> list[tuple[int, int]]:
    """Read the edges of the triangles that MediaPipe connects the 468 landmarks by.

    Raises:
        ModelError: the file that holds them is missing or damaged.
    """
    values, _ = read_tensors(find_models_folder() / READER_FILE)
    return [(int(start), int(end)) for start, end in values["edges"]]


def read_graph(name: str) -> Graph:
    """Read one of the networks as a graph, for those who run it in their own way.

    Args:
        name: of the network, as ReaderNetworks names it.

    Raises:
        ModelError: the file that holds them is missing or damaged.
    """
    values, metadata = read_tensors(find_models_folder() / READER_FILE)
    return _read_graph(json.loads(metadata["reader"])["graphs"][name], values)


def _read_graph(told: Mapping[str, Any], values: Mapping[str, NDArray[Any]]) -> Graph:
    nodes: Sequence[Any] = told["nodes"]
    return Graph(
        inputs=dict(told["inputs"]),
        outputs=dict(told["outputs"]),
        operators=[
            Operator(kind=kind, inputs=inputs, outputs=outputs, attributes=attributes)
            for kind, inputs, outputs, attributes in nodes
        ],
        values=values,
    )
