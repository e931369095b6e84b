"""A second judge of action units, which the program itself does not use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import Floats, Photo
from ganimate.errors import ModelError
from ganimate.streams import silence_stderr
from ganimate.training.prior.blend_shapes import SIGNALS, TOGETHER

Judge = Callable[[Photo], Floats | None]
"""A photo to its action units (17,), on any scale; None where it shows no face."""


@contextmanager
def open_landmarker(task: Path) -> Iterator[Judge]:
    """Open a judge of AUs that the program does not use: the blend shapes of MediaPipe.

    It gives raw signals, not scaled to intensities: only their changes can be compared.

    Args:
        task: MediaPipe's face_landmarker.task.

    Raises:
        ModelError: the file is no such thing, or MediaPipe is not installed.
    """
    # Here, since MediaPipe takes most of a second to import, few evaluations ask for a judge, and
    # no other part of the program needs it.
    try:
        from mediapipe import Image, ImageFormat
        from mediapipe.tasks import python as tasks
        from mediapipe.tasks.python import vision
    except ImportError as error:
        raise ModelError(
            f"{task} cannot be used as a judge, since MediaPipe cannot be imported ({error}): "
            "ganimate installs it with Python 3.10 to 3.12; elsewhere do `pip install mediapipe`."
        ) from error

    try:
        options = vision.FaceLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=task.read_bytes()),
            output_face_blendshapes=True,
            min_face_detection_confidence=0.3,
            min_face_presence_confidence=0.3,
        )
        with silence_stderr():
            landmarker = vision.FaceLandmarker.create_from_options(options)
            # What its threads have to say at the start is over once it has seen a picture.
            landmarker.detect(Image(ImageFormat.SRGB, np.zeros((64, 64, 3), np.uint8)))
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        raise ModelError(
            f"{task} cannot be used as a judge ({reason}): give MediaPipe's face_landmarker.task."
        ) from error

    def judge(photo: Photo) -> Floats | None:
        margin = max(photo.shape[:2]) // 3  # the detector wants some around the face
        padded = np.pad(photo, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
        found = landmarker.detect(Image(ImageFormat.SRGB, padded)).face_blendshapes
        if not found:
            return None
        return _combine_blend_shapes({shape.category_name: shape.score for shape in found[0]})

    with landmarker:
        yield judge


def _combine_blend_shapes(score: dict[str, float]) -> Floats:
    """(17,) raw signals of the AUs, means of both sides; 0 for AU25."""

    def mean(names: Sequence[str]) -> float:
        sides = [score[name.format(side)] for name in names for side in ("Left", "Right")]
        return float(np.mean(sides))

    aus = np.zeros(len(ACTION_UNITS), np.float32)
    for row, unit in enumerate(ACTION_UNITS):
        if unit.number in SIGNALS:
            aus[row] = mean(SIGNALS[unit.number])
        elif unit.number in TOGETHER:
            one, other = TOGETHER[unit.number]
            aus[row] = np.sqrt(mean((one,)) * mean((other,)))
    return aus
