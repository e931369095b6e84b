"""Labelled sets as people have them, and what is said of them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from ganimate.training.data.labels import Source
from ganimate.training.data.shard import PrepareOptions
from ganimate.training.data.sources import open_source
from ganimate.training.data.survey import Survey, probe_files, survey_source

LABELLED_OPTIONS = PrepareOptions(size=64)
VALUES = np.linspace(0, 5, 17)  # AU1 0, AU45 5


def write_pickle(folder: Path, labels: dict[str, Any], name: str = "aus_openface.pkl") -> None:
    (folder / name).write_bytes(pickle.dumps(labels, 2))


def write_ids(folder: Path, **ids: str) -> None:
    for split_name, names in ids.items():
        lines = "".join(f"{name}.jpg\n" for name in names.split())
        (folder / f"{split_name}_ids.csv").write_text(lines)


def labels_of(source: Source) -> dict[str, list[float]]:
    """File name -> the 17 intensities on OpenFace's scale; both sides must be the same."""
    found = {}
    for photo in source.photos:
        assert photo.aus is not None
        assert photo.aus.shape == (17, 2)
        assert photo.aus.dtype == np.float32
        assert np.array_equal(photo.aus[:, 0], photo.aus[:, 1])
        found[photo.path.name] = np.round(photo.aus[:, 0] * 5, 4).tolist()
    return found


def near(found: list[float], wanted: Any) -> bool:
    return np.allclose(found, wanted, atol=1e-3)


def surveyed(folder: Path) -> Survey:
    source = open_source(folder)
    return survey_source(source, probe_files(source))
