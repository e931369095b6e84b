"""Weights files: safetensors whose metadata holds the configuration that rebuilds the model.

Nothing here can execute code from a file. The shipped files lie in models/ at the top of the
repository, and inside the package (ganimate/models) once installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ganimate.appearance.creases import TEXTURE
from ganimate.appearance.mouth import Mouth
from ganimate.errors import ModelError
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import N_MESH
from ganimate.media.files import write_whole
from ganimate.performance.expressions import SHAPE
from ganimate.warp.prior import MotionPrior

if TYPE_CHECKING:
    from ganimate.networks.motion import Generator, GeneratorConfig
    from ganimate.networks.paper import PaperConfig, PaperGenerator

FACE_FILE = "face.safetensors"
DEFAULT_MODEL = "motion"


def models_folder() -> Path:
    """Where the shipped weights are: in the installed package or at the top of a checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "models", package.parent / "models"):
        if (folder / FACE_FILE).is_file():
            return folder
    raise ModelError(
        f"The weights that come with ganimate are missing from {package / 'models'}: "
        "install the package again."
    )


def model_path(name: str) -> Path:
    """The file of a shipped model's name or the path itself. Raises ModelError if neither is.

    "default" is the name of the default model, too.
    """
    path = Path(name)
    if path.is_file():
        return path
    shipped = models_folder() / f"{DEFAULT_MODEL if name == 'default' else name}.safetensors"
    if shipped.is_file():
        return shipped
    raise ModelError(
        f"There is no weights file {name!r}, nor a shipped model of that name. "
        "Give --model the path of a .safetensors file."
    )


def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """All tensors of a safetensors file as NumPy arrays, and its metadata.

    Raises ModelError when the file is missing or damaged.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read as a safetensors file: {error}") from error


def write_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write a safetensors file, whole or not at all. Raises OutputError when the disk refuses."""
    contiguous = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    write_whole(path, save(contiguous, dict(metadata)))


def save_face_models(path: Path, prior: MotionPrior, estimator: Estimator) -> None:
    """Write what the program knows of faces, halves where halves are exact enough."""
    tensors: dict[str, NDArray[Any]] = {
        "mean": prior.mean,
        "basis": prior.basis.astype(np.float16),
        "triangles": prior.triangles.astype(np.int16),
        "regions": prior.regions.astype(np.uint8),
        "mouth.vertices": prior.mouth.vertices.astype(np.float16),
        "mouth.jaw": prior.mouth.jaw.astype(np.float16),
        "mouth.quads": prior.mouth.quads.astype(np.int16),
        "mouth.parts": prior.mouth.parts,
        "shading": prior.shading.astype(np.float16),
        "estimator.mean": estimator.mean,
    }
    for layer, (weight, bias) in enumerate(zip(estimator.weights, estimator.biases, strict=True)):
        tensors[f"estimator.{layer}.weight"] = weight.astype(np.float16)
        tensors[f"estimator.{layer}.bias"] = bias
    write_tensors(path, tensors, {"kind": "face", "mouth_gap": repr(prior.mouth_gap)})


def load_face_models(path: Path | None = None) -> tuple[MotionPrior, Estimator]:
    """The motion prior and the AU estimator, the shipped ones by default."""
    path = path or models_folder() / FACE_FILE
    tensors, metadata = read_tensors(path)
    if metadata.get("kind") != "face":
        raise ModelError(f"{path} holds no motion prior.")
    if "mouth.vertices" not in tensors:
        raise ModelError(
            f"{path} holds no mouth, which frames are made with: make it anew with "
            "`ganimate fit-prior`."
        )
    shading = tensors.get("shading")
    if shading is None or shading.shape != (SHAPE[0], TEXTURE, TEXTURE):
        raise ModelError(
            f"{path} holds no shading of this version: make the file with `ganimate fit-prior`."
        )
    prior = MotionPrior(
        mean=tensors["mean"],
        basis=tensors["basis"].astype(np.float32),
        mouth_gap=float(metadata["mouth_gap"]),
        triangles=tensors["triangles"].astype(np.int64),
        regions=tensors["regions"].astype(np.int64),
        mouth=Mouth(
            tensors["mouth.vertices"].astype(np.float32),
            tensors["mouth.jaw"].astype(np.float32),
            tensors["mouth.quads"].astype(np.int64),
            tensors["mouth.parts"],
        ),
        shading=shading.astype(np.float32),
    )
    if prior.basis.shape != (*SHAPE, N_MESH, 3):
        raise ModelError(f"{path} was made for other action units or landmarks.")
    layers = range(sum(name.endswith(".weight") for name in tensors))
    estimator = Estimator(
        tensors["estimator.mean"],
        tuple(tensors[f"estimator.{layer}.weight"].astype(np.float32) for layer in layers),
        tuple(tensors[f"estimator.{layer}.bias"] for layer in layers),
    )
    return prior, estimator


def save_generator(
    path: Path,
    state: Mapping[str, Any],
    config: GeneratorConfig | PaperConfig,
    notes: Mapping[str, str] | None = None,
    *,
    halves: bool = True,
) -> None:
    """Write a generator's state (name -> tensor) with the architecture that its config is of.

    halves: in half precision, which is exact enough to paint with.
    """
    dtype = np.float16 if halves else np.float32
    arrays = {name: tensor.detach().cpu().numpy().astype(dtype) for name, tensor in state.items()}
    architecture = {"GeneratorConfig": "motion", "PaperConfig": "paper"}[type(config).__name__]
    metadata = {
        "kind": "generator",
        "architecture": architecture,
        "config": json.dumps(asdict(config)),
        **(notes or {}),
    }
    write_tensors(path, arrays, metadata)


def load_generator(path: Path) -> Generator | PaperGenerator:
    """Rebuild a generator from its weights file, in evaluation mode on the CPU, fp32."""
    import torch

    tensors, metadata = read_tensors(path)
    if metadata.get("kind") != "generator":
        raise ModelError(f"{path} holds no generator of ganimate.")
    try:
        generator = _untrained(metadata.get("architecture", "motion"), metadata["config"])
        generator.load_state_dict(
            {name: torch.from_numpy(tensor).float() for name, tensor in tensors.items()}
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path} was made by another version of ganimate: {error}") from error
    return generator.eval()


def _untrained(architecture: str, config_text: str) -> Generator | PaperGenerator:
    """A generator of an architecture; files without one are of the first, `motion`."""
    from ganimate.networks.motion import Generator, GeneratorConfig
    from ganimate.networks.paper import PaperConfig, PaperGenerator

    config = json.loads(config_text)
    if architecture == "paper":
        return PaperGenerator(PaperConfig(**config))
    if architecture == "motion":
        config["skip_channels"] = tuple(config["skip_channels"])
        return Generator(GeneratorConfig(**config))
    raise ValueError(f"there is no architecture {architecture!r}")
