"""A photo's own teeth in frames: where they were, under lips that moved."""

from __future__ import annotations

import numpy as np
import pytest
from values import changed

from ganimate.appearance.own_teeth import OwnTeeth
from ganimate.appearance.teeth_settings import OWN_TEETH
from ganimate.arrays import Floats
from ganimate.face.landmarks import LIPS, N_MESH
from ganimate.face_models import FaceModels
from ganimate.numerics import Affine2D
from ganimate.portrait import Portrait
from ganimate.rendering.compositor import compose_layer, sample_grid
from ganimate.rendering.frame import STILL, build_photo_field, plan_frame, prepare_face
from ganimate.rendering.layer import Layer, Patch
from ganimate.rendering.own_teeth import OWN_WARP, KeptTeeth, cut_teeth, lay_teeth
from ganimate.warp.field import apply_warp, build_warp

CROP = 320


@pytest.fixture(scope="module")
def kept(smiling: Portrait) -> KeptTeeth:
    """All between the astronaut's lips taken for teeth that end above the lower one."""
    still = smiling.face.landmarks[:N_MESH]
    edge = 0.3 * still[13, :2] + 0.7 * still[14, :2]
    share = np.ones(smiling.photo.shape[:2], np.float32)
    share[:, : int(still[78, 0])] = share[:, int(still[308, 0]) :] = 0
    share[: int(still[13, 1]) - 4] = share[int(still[14, 1]) + 4 :] = 0
    own = OwnTeeth(share, 0.0, 0.0, np.asarray(edge, np.float32), None)
    teeth = cut_teeth(smiling.photo, own, Affine2D(np.eye(2, 3)), smiling.pose)
    assert teeth is not None
    return teeth


def lift(portrait: Portrait, share: float) -> Floats:
    """Landmarks whose upper lip rises by a share of the distance between the lips."""
    there = portrait.face.landmarks[:N_MESH].copy()
    gap = there[14, :2] - there[13, :2]
    there[LIPS.upper[0], :2] -= share * gap
    return there


def find_teeth(patch: Patch) -> tuple[Floats, Floats]:
    """(2,) where the middle of what is laid lies in the photo, and its height and breadth."""
    rows, columns = np.nonzero(patch.paint[:, :, 3] > 0.5)
    points = np.array([[columns.min(), rows.min()], [columns.max(), rows.max()]], np.float32)
    low, high = patch.to_window.inverse().apply(points)
    return (low + high) / 2, high - low


def test_teeth_stay_where_they_are_under_a_mouth_that_narrows(
    smiling: Portrait, face_models: FaceModels
) -> None:
    face = prepare_face(smiling, face_models, CROP)
    assert face.teeth is not None
    narrow = changed(smiling.aus, {12: 0.0, 6: 0.0})
    plan = plan_frame(face, narrow, narrow, STILL)
    assert np.array_equal(plan.laid[0].to_window.linear, np.eye(2))  # no scale: to the pixel
    frame = smiling.photo.copy()
    warp = build_photo_field(face, plan)
    compose_layer(smiling.photo, frame, Layer(warp, patches=plan.laid))
    rows, columns = np.nonzero(plan.laid[0].paint[:, :, 3] > 0.97)
    assert len(rows) > 20
    rows, columns = rows + face.teeth.top, columns + face.teeth.left
    there, real = frame[rows, columns].astype(int), smiling.photo[rows, columns].astype(int)
    left = there.sum(axis=1) / real.sum(axis=1)  # in the shadow of a lip that has come down
    assert 0.6 < left.min() < left.max() < 1.03
    assert np.abs(there - left[:, None] * real).max() <= 6
    squeezed = smiling.photo.copy()
    compose_layer(smiling.photo, squeezed, Layer(warp))
    assert np.abs(squeezed[rows, columns].astype(int) - real).mean() > 5


def test_a_lip_that_comes_down_over_teeth_takes_none_along(
    smiling: Portrait, face_models: FaceModels
) -> None:
    face = prepare_face(smiling, face_models, CROP)
    surprised = changed(smiling.aus, {6: 0.0, 10: 0.0, 12: 0.0, 25: 0.5, 26: 0.4})
    plan = plan_frame(face, surprised, surprised, STILL)
    lips = face.to_crop.inverse().apply(plan.landmarks)
    assert lips[13, 1] > smiling.face.landmarks[13, 1] + 3  # px, a tenth of the mouth
    x, y = face.canvas.to_grid.apply((lips[[13]] + lips[[14]]) / 2)[0].round().astype(int)
    assert plan.warp.unknown[y, x] == 1
    brows = changed(smiling.aus, {1: 1.0})
    assert not plan_frame(face, brows, brows, STILL).warp.unknown[y - 8 : y + 8].any()


@pytest.mark.parametrize("drop", [0.3, 0.45])
def test_a_lip_that_goes_down_takes_no_second_row_along(
    smiling: Portrait, face_models: FaceModels, drop: float
) -> None:
    """What the warp shows of the teeth below those that stay is drawn over, and nothing else."""
    face = prepare_face(smiling, face_models, CROP)
    assert face.teeth is not None
    opened = changed(smiling.aus, {26: drop})
    plan = plan_frame(face, opened, opened, STILL)
    size = plan.warp.unknown.shape[::-1]
    to_photo = face.canvas.to_grid.inverse()
    still = to_photo.shifted(-face.teeth.left, -face.teeth.top)
    shown = sample_grid(face.teeth.share, still, size)
    carried = apply_warp(np.rint(255 * shown).astype(np.uint8), plan.warp) / 255
    staying = sample_grid(face.teeth.share, to_photo.then(plan.laid[0].to_window), size)
    rows = np.arange(size[1])[:, None]
    below = rows > np.where(staying > 0.5, rows, 0).max(axis=0)
    second = below & (carried > 0.9) & (staying < 0.1) & (staying.max(axis=0) > 0.9)
    assert second.any()
    assert plan.warp.unknown[second].min() > 0.95
    untouched = build_warp(
        face.models.prior, plan.mesh.on(face.canvas.to_grid), size, settings=OWN_WARP
    )
    elsewhere = (carried < 0.1) | (staying > 0.9)
    assert np.array_equal(plan.warp.unknown[elsewhere], untouched.unknown[elsewhere])


def test_a_face_that_does_not_move_gets_none(smiling: Portrait, kept: KeptTeeth) -> None:
    still = smiling.face.landmarks[:N_MESH]
    assert lay_teeth(kept, still, None, still.copy()) is None


def test_they_stretch_up_to_a_lip_that_rises_and_then_give_way(
    smiling: Portrait, kept: KeptTeeth
) -> None:
    still = smiling.face.landmarks[:N_MESH]
    aside, times = np.array([-kept.up[1], kept.up[0]]), []
    for share in (0.0, 0.05, 0.1, 0.2):
        there = lift(smiling, share)
        there[0, 0] += 1e-3  # something has moved
        laid = lay_teeth(kept, still, None, there)
        assert laid is not None
        patch = laid.patch
        edge = patch.to_window.apply(kept.edge[None])[0]
        assert edge == pytest.approx(kept.edge - (kept.left, kept.top), abs=1e-3)
        assert patch.to_window.linear @ aside == pytest.approx(aside, abs=1e-6)
        times.append(1 / float(kept.up @ patch.to_window.linear @ kept.up))
    assert times[0] == pytest.approx(1)
    assert times[0] < times[1] < times[2] <= times[3]
    assert times[3] == pytest.approx(OWN_TEETH.stretch)
    assert lay_teeth(kept, still, None, lift(smiling, 0.7 * OWN_TEETH.gives_way)) is None


def test_they_go_along_with_a_head_that_turns(smiling: Portrait, kept: KeptTeeth) -> None:
    still = smiling.face.landmarks[:N_MESH]
    moved = still.copy()
    moved[:, :2] += (7.0, -3.0)
    here, there = (
        lay_teeth(kept, still, still, lift(smiling, 0.05)),
        lay_teeth(kept, still, moved, lift(smiling, 0.05) + np.array([7, -3, 0], np.float32)),
    )
    assert here is not None
    assert there is not None
    assert find_teeth(there.patch)[0] - find_teeth(here.patch)[0] == pytest.approx([7, -3], abs=0.1)
