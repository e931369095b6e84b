"""Small pictures of this face with each preset."""

from __future__ import annotations

import numpy as np

from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.studio.channels import Wish
from ganimate.studio.settings import PICTURE, PictureSettings
from ganimate.studio.subject import Subject
from ganimate.studio.views import draw_result, encode_quickly


def draw_thumbnail(subject: Subject, wish: Wish, settings: PictureSettings = PICTURE) -> bytes:
    """Draw the aligned face with an expression, as JPEG.

    Args:
        subject: whose face.
        wish: what it shows.
        settings: how large, how good.
    """
    animator = subject.preview
    frame = draw_result(animator, subject.follow(wish))
    size = settings.preset_size
    crop = sample_crop(frame, fit_crop(animator.portrait.face.landmarks, size), size)
    return encode_quickly(np.ascontiguousarray(crop), settings)
