"""Faces of which a part is covered: that part stays as it is, and the rest moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from occluders import OVER_EYES, OVER_MOUTH, occlude

from ganimate.action_units import ROW_OF, SHAPE
from ganimate.arrays import Photo
from ganimate.clip import animate, load, open_animators
from ganimate.face.landmarks import BROWS, LEFT_LIDS, LIPS, RIGHT_LIDS
from ganimate.face_models import FaceModels
from ganimate.loaded_photo import LoadedPhoto
from ganimate.portrait import Portrait
from ganimate.quality import find_concerns
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.holding import list_held_cells


def draw_last(clip: Any) -> Photo:
    *_, frame = clip
    return np.asarray(frame)


def measure_change(portrait: Portrait, frame: Photo, points: Any) -> float:
    """Mean difference of a frame from the photo, of 255, about some landmarks of the face."""
    about = portrait.face.landmarks[points, :2]
    reach = 0.02 * portrait.face.box.width
    left, top = np.maximum(about.min(axis=0) - reach, 0).astype(int)
    right, bottom = (about.max(axis=0) + reach).astype(int)
    before, after = (one[top:bottom, left:right].astype(float) for one in (portrait.photo, frame))
    return float(np.abs(after - before).mean())


MOUTH = np.concatenate([LIPS.upper[3], LIPS.lower[3]])


@pytest.fixture(scope="module")
def masked(smiling: Portrait) -> Photo:
    """The astronaut with a mask over mouth and nose."""
    return occlude(smiling.photo, smiling.face.landmarks, OVER_MOUTH["mask"], seed=1)


@pytest.fixture(scope="module")
def held(masked: Photo) -> LoadedPhoto:
    """The same, ready to be animated."""
    return load(masked)


def test_a_covered_mouth_stays_still_and_brows_move(held: LoadedPhoto) -> None:
    (portrait,) = held.portraits
    assert "mouth" in portrait.held
    (concern,) = (one for one in find_concerns(portrait) if one.about == "mouth")
    assert concern.is_held
    assert "held still" in concern.message
    frame = draw_last(held.animate("AU1=1,AU2=1,AU6=1,AU12=1,AU25=1,AU26=1", frames=2))
    assert measure_change(portrait, frame, MOUTH) < 0.5
    assert measure_change(portrait, frame, BROWS) > 3


def test_a_timeline_and_a_driver_leave_it_still(held: LoadedPhoto, smiling: Portrait) -> None:
    (portrait,) = held.portraits
    keys = {"keys": [{"t": 0.0, "expression": "source"}, {"t": 0.1, "expression": "AU26=1"}]}
    gaping = animate(smiling.photo, "AU25=1,AU26=1", frames=2)
    for clip in (held.timeline(keys), held.drive(gaping, 25, neutral="absolute")):
        assert measure_change(portrait, draw_last(clip), MOUTH) < 0.5


def test_sheets_leave_it_still(masked: Photo, face_models: FaceModels) -> None:
    (animator,) = open_animators(masked, face_models)
    asked = np.zeros(SHAPE, np.float32)
    asked[[ROW_OF[12], ROW_OF[25], ROW_OF[26]]] = 1
    frame = draw_frame(animator, next(animator.layers([asked], animator.calibrate([asked]))))
    assert measure_change(animator.portrait, frame, MOUTH) < 0.5


def test_it_is_moved_if_asked_for(masked: Photo) -> None:
    moved = load(masked, move_covered=True)
    (portrait,) = moved.portraits
    assert not portrait.held
    (concern,) = (one for one in find_concerns(portrait) if one.about == "mouth")
    assert "moved as if nothing" in concern.message
    frame = draw_last(moved.animate("AU25=1,AU26=1", frames=2))
    assert measure_change(portrait, frame, MOUTH) > 3


def test_the_lids_of_a_covered_eye_stay_still(smiling: Portrait) -> None:
    patched = load(
        occlude(smiling.photo, smiling.face.landmarks, OVER_EYES["patch over an eye"], 0)
    )
    (portrait,) = patched.portraits
    (eye,) = portrait.held
    lids = {"left eye": LEFT_LIDS, "right eye": RIGHT_LIDS}
    frame = draw_last(patched.animate("blink", frames=2))
    for name, lid in lids.items():
        change = measure_change(portrait, frame, np.concatenate([lid.upper[0], lid.lower[0]]))
        assert change < 0.5 if name == eye else change > 3


def test_only_the_part_that_is_covered_is_held() -> None:
    cells = list_held_cells(["left eye"])
    assert cells[ROW_OF[45]].tolist() == [True, False]
    assert not cells[ROW_OF[12]].any()
    cells = list_held_cells(["mouth"])
    assert cells[[ROW_OF[number] for number in (6, 9, 10, 12, 25, 26)]].all()
    assert not cells[[ROW_OF[number] for number in (1, 2, 4, 5, 45)]].any()
