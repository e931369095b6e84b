"""Who somebody is, by a network that the program does not use, for benchmarks.

It is dlib's ResNet of 2017 (public domain), which takes two faces for one person's where their
descriptors are less than .6 apart: pip install dlib-bin face_recognition_models.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Photo


def open_describer() -> Callable[[Photo], NDArray[np.float64] | None]:
    """dlib's descriptor (128,) of the largest face of a picture; None where it finds none."""
    import dlib
    import face_recognition_models as models

    detector = dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(models.pose_predictor_five_point_model_location())
    network = dlib.face_recognition_model_v1(models.face_recognition_model_location())

    def describe(picture: Photo) -> NDArray[np.float64] | None:
        large = np.ascontiguousarray(picture.repeat(2, 0).repeat(2, 1))
        found = detector(large, 0)
        if not found:
            return None
        largest = max(found, key=lambda box: box.area())
        return np.array(network.compute_face_descriptor(large, shape(large, largest)))

    return describe
