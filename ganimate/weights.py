"""Weights by their names or paths, and the models of faces in and out of their file."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import SHAPE
from ganimate.appearance.creases import TEXTURE
from ganimate.appearance.mouth_anatomy import Mouth
from ganimate.errors import ModelError
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.media.provenance import WEIGHTS_DIGITS, Provenance
from ganimate.media.tensors import read_metadata, read_tensors, write_tensors
from ganimate.shipped import FACE_FILE, NO_GENERATORS, find_models_folder
from ganimate.warp.prior import MotionPrior

DEFAULT_MODEL = "motion"
"""Name of the generator that is used unless another one is asked for."""

RUN_FILE = "generator.safetensors"
"""Name of the generator in the folder of a training run."""

FOREIGN_SUFFIXES = frozenset({".pth", ".pt", ".ckpt", ".tar", ".pkl", ".bin"})
"""What names of weights end in that other programs write."""


def find_model(name: str) -> Path:
    """Find a weights file by a path, or by the name of a shipped model.

    Args:
        name: the name of a file in models/ without its suffix, "default", or the path of a file or
            of a training run's folder. A file in the current folder that is called like a shipped
            model is `./NAME`.

    Raises:
        ModelError: there is neither such a file nor such a model, or it is of another program.
    """
    path = Path(name)
    if path.suffix.lower() in FOREIGN_SUFFIXES and os.path.isfile(path):
        raise ModelError(
            f"{path} is a checkpoint of another program: turn it into a .safetensors file by "
            f"`ganimate import {path}`."
        )
    if path.name != name and os.path.isfile(path):
        return path
    shipped = find_models_folder() / f"{DEFAULT_MODEL if name == 'default' else name}.safetensors"
    for found in (shipped, path):
        if os.path.isfile(found):  # False of a name that is too long, where a Path raises
            return found
    if os.path.isdir(path):
        if (path / RUN_FILE).is_file():
            return path / RUN_FILE
        raise ModelError(
            f"The folder {path} holds no {RUN_FILE}, which `ganimate train` writes with its first "
            "checkpoint. Give a .safetensors file."
        )
    raise ModelError(
        f"There is no weights file {name!r}, nor a shipped model of that name. "
        "Give the path of a .safetensors file."
    )


def read_labels(path: Path) -> tuple[str, ...] | None:
    """Read which labels a generator paints, without its weights; None where it is told AUs.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        config = json.loads(read_metadata(path).get("config", "{}"))
        labels = config.get("labels") if isinstance(config, dict) else None
        return None if labels is None else tuple(map(str, labels))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path} was made by another version of ganimate: {error}") from error


def identify_model(path: Path) -> Provenance:
    """Say which weights a clip is made with: their name, and which of that name.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    return Provenance(model=path.stem, weights=digest[:WEIGHTS_DIGITS])


def list_models() -> list[str]:
    """List the names of the shipped generators."""
    files = sorted(find_models_folder().glob("*.safetensors"))
    return [file.stem for file in files if file.name not in NO_GENERATORS]


def save_face_models(path: Path, models: FaceModels) -> None:
    """Write what the program knows of faces, in half precision where that is exact enough.

    Raises:
        OutputError: the disk refuses.
    """
    prior, estimator, mouth = models.prior, models.estimator, models.mouth
    tensors: dict[str, NDArray[Any]] = {
        "mean": prior.mean,
        "basis": prior.basis.astype(np.float16),
        "triangles": prior.triangles.astype(np.int16),
        "regions": prior.regions.astype(np.uint8),
        "mouth.vertices": mouth.vertices.astype(np.float16),
        "mouth.jaw": mouth.jaw.astype(np.float16),
        "mouth.quads": mouth.quads.astype(np.int16),
        "mouth.parts": mouth.parts,
        "shading": models.shading.astype(np.float16),
        "estimator.mean": estimator.mean,
    }
    for layer, (weight, bias) in enumerate(zip(estimator.weights, estimator.biases, strict=True)):
        tensors[f"estimator.{layer}.weight"] = weight.astype(np.float16)
        tensors[f"estimator.{layer}.bias"] = bias
    write_tensors(path, tensors, {"kind": "face"})


def load_face_models(path: Path | None = None) -> FaceModels:
    """Read what the program knows of faces, from the shipped file by default.

    Raises:
        ModelError: the file is missing, damaged, or made by another version.
    """
    path = path or find_models_folder() / FACE_FILE
    tensors, metadata = read_tensors(path)
    if metadata.get("kind") != "face":
        raise ModelError(f"{path} holds no motion prior.")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise ModelError(f"{path} is damaged: {name} is not finite. Fit it again.")
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
        triangles=tensors["triangles"].astype(np.int64),
        regions=tensors["regions"].astype(np.int64),
    )
    if prior.basis.shape != (*SHAPE, N_MESH, 3):
        raise ModelError(f"{path} was made for other action units or landmarks.")
    mouth = Mouth(
        vertices=tensors["mouth.vertices"].astype(np.float32),
        jaw=tensors["mouth.jaw"].astype(np.float32),
        quads=tensors["mouth.quads"].astype(np.int64),
        parts=tensors["mouth.parts"],
    )
    return FaceModels(
        prior=prior,
        estimator=_read_estimator(tensors),
        mouth=mouth,
        shading=shading.astype(np.float32),
    )


def _read_estimator(tensors: dict[str, NDArray[Any]]) -> Estimator:
    layers = range(sum(name.endswith(".weight") for name in tensors))
    return Estimator(
        mean=tensors["estimator.mean"],
        weights=tuple(tensors[f"estimator.{layer}.weight"].astype(np.float32) for layer in layers),
        biases=tuple(tensors[f"estimator.{layer}.bias"] for layer in layers),
    )
