"""Glasses stay as they are while the face behind them moves."""

from __future__ import annotations

import numpy as np
from values import changed

from ganimate.face.head import turn_landmarks
from ganimate.face.landmarks import BROWS, N_MESH
from ganimate.face_models import FaceModels
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.compositor import compose_layer
from ganimate.rendering.glasses import take_glasses_off, turn_glasses
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.layer import Layer
from ganimate.weights import DEFAULT_MODEL, find_model


def test_glasses_put_on_again_give_the_photo(serious: Portrait) -> None:
    glasses = take_glasses_off(serious.photo, serious.face.landmarks)
    assert glasses is not None
    assert (glasses.bare != serious.photo).any()
    frame = glasses.bare.copy()
    compose_layer(glasses.bare, frame, Layer(None, patches=(glasses.patch,)))
    np.testing.assert_array_equal(frame, serious.photo)


def test_a_face_without_glasses_has_none_to_take_off(smiling: Portrait) -> None:
    assert take_glasses_off(smiling.photo, smiling.face.landmarks) is None


def test_rims_do_not_move_with_brows(serious: Portrait, face_models: FaceModels) -> None:
    animator = open_animator(serious, load_generator(find_model(DEFAULT_MODEL)), face_models)
    raised = changed(serious.aus, {1: 1.0, 2: 1.0})
    frame = draw_frame(animator, next(animator.layers([raised])))
    glasses = take_glasses_off(serious.photo, serious.face.landmarks)
    assert glasses is not None
    share = glasses.patch.paint[:, :, 3]
    left, top = np.round(-glasses.patch.to_window.offset).astype(int)
    area = np.s_[top : top + share.shape[0], left : left + share.shape[1]]
    np.testing.assert_array_equal(frame[area][share == 1], serious.photo[area][share == 1])
    # The brows have moved, above and behind them.
    assert np.abs(frame.astype(int) - serious.photo).max() > 60


def test_no_black_of_a_rim_that_lies_on_a_brow_goes_up_with_it(
    serious: Portrait, face_models: FaceModels
) -> None:
    """Where the reader takes black rims for brows they are rims all the same, to their tips."""
    animator = open_animator(serious, load_generator(find_model(DEFAULT_MODEL)), face_models)
    raised = changed(serious.aus, {1: 1.0, 2: 1.0, 5: 0.5})
    frame = draw_frame(animator, next(animator.layers([raised])))
    points, width = serious.face.landmarks[:N_MESH, :2], serious.face.box.width
    brows, eyes = points[BROWS], points[[33, 263]]
    top, bottom = round(brows[:, 1].min() - 0.08 * width), round(eyes[:, 1].mean() - 0.06 * width)
    left, right = round(eyes[:, 0].min() - 0.1 * width), round(eyes[:, 0].max() + 0.1 * width)
    before, after = (
        picture[top:bottom, left:right].max(axis=2) < 70 for picture in (serious.photo, frame)
    )
    assert before.sum() > 300
    assert (after & ~before).sum() < 0.03 * before.sum()
    assert (before & ~after).sum() < 0.1 * before.sum()


def test_glasses_turn_with_the_head(serious: Portrait) -> None:
    glasses = take_glasses_off(serious.photo, serious.face.landmarks)
    assert glasses is not None
    still = serious.face.landmarks[:N_MESH]
    turned = turn_landmarks(still, serious.pose, np.array([12, 0, 0], np.float32))
    after = turn_glasses(glasses, still, turned)
    for landmark in (33, 133, 263, 362, 6):
        before = glasses.patch.to_window.apply(still[landmark : landmark + 1])
        there = after.patch.to_window.apply(turned[landmark : landmark + 1])
        assert np.linalg.norm(there - before) < 3  # px of the photo; corners lie behind the bridge
    assert np.linalg.norm(turned[33, :2] - still[33, :2]) > 5
