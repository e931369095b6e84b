"""Who somebody is, by a network that the program does not use, for benchmarks.

It is dlib's ResNet of 2017 (public domain), which takes two faces for one person's where their
descriptors are less than .6 apart: pip install dlib-bin face_recognition_models.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Photo


def open_describer() -> Callable[[Photo], NDArray[np.float64] | None]:
    """dlib's descriptor (128,) of the largest face of a picture; None where it finds none."""
    import dlib

    package = find_spec("face_recognition_models")  # its import needs an old setuptools
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pip install face_recognition_models")
    models = Path(package.origin).parent / "models"
    detector = dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(
        str(models / "dlib_face_recognition_resnet_model_v1.dat")
    )

    def describe(picture: Photo) -> NDArray[np.float64] | None:
        large = np.ascontiguousarray(picture.repeat(2, 0).repeat(2, 1))
        found = detector(large, 0)
        if not found:
            return None
        largest = max(found, key=lambda box: box.area())
        return np.array(network.compute_face_descriptor(large, shape(large, largest)))

    return describe
