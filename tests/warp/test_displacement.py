"""Landmarks of two real faces: what moves with an action unit, and what must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from values import changed

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import AUVector, Floats
from ganimate.face.head import turn_pose
from ganimate.face.landmarks import (
    BROW_EDGES,
    BROWS,
    LIDS_OF_SIDE,
    LIPS,
    N_MESH,
    OPENINGS,
    SKIN,
    Opening,
)
from ganimate.face.pose import Pose
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import BROW_TOPS, _displace, move_landmarks
from ganimate.warp.prior import PLACED, MotionPrior
from ganimate.warp.settings import DISPLACEMENT

SIDED = [unit.number for unit in ACTION_UNITS if unit.sided]
LEFT_CORNER, RIGHT_CORNER = 291, 61  # of the lips, the person's own sides
EDGE_OF = {43: 146, 273: 375}  # of the lower lip, above skin below either corner


@pytest.fixture(params=["smiling", "serious"])
def portrait(request: pytest.FixtureRequest) -> Portrait:
    chosen: Portrait = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def prior(face_models: FaceModels) -> MotionPrior:
    return face_models.prior


def driven(prior: MotionPrior, portrait: Portrait, target: AUVector) -> Floats:
    """Landmarks (468, 3) of a portrait at `target`, pose-normalised."""
    landmarks = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
    return portrait.pose.normalise(landmarks)


def gaps(shape: Floats, opening: Opening) -> Floats:
    """Height of an opening at each column, negative where its edges cross."""
    return shape[opening.lower[0], 1] - shape[opening.upper[0], 1]


def draws(count: int) -> Iterator[AUVector]:
    """Random AUs, some of them at 0 and some at 1."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield np.clip(rng.random(SHAPE) * 1.8 - 0.4, 0, 1).astype(np.float32)


def test_zero_change_moves_nothing(prior: MotionPrior, portrait: Portrait) -> None:
    landmarks = portrait.face.landmarks
    still = move_landmarks(prior, landmarks, portrait.pose, portrait.aus, portrait.aus.copy())
    assert still.shape == (N_MESH, 3)
    assert np.array_equal(still, landmarks[:N_MESH])


def test_a_full_blink_shuts_the_eyes(prior: MotionPrior, portrait: Portrait) -> None:
    shape = driven(prior, portrait, changed(portrait.aus, {45: 1.0}))
    for lids in LIDS_OF_SIDE:
        assert np.abs(gaps(shape, lids)).max() < 1e-5


def test_a_full_blink_shuts_the_eyes_of_any_expression(
    prior: MotionPrior, portrait: Portrait
) -> None:
    for target in draws(50):
        shape = driven(prior, portrait, changed(target, {45: (1.0, 0.0)}))
        assert np.abs(gaps(shape, LIDS_OF_SIDE[LEFT])).max() < 1e-5
        assert gaps(shape, LIDS_OF_SIDE[RIGHT]).max() > 0.01


def test_half_a_blink_shuts_the_eyes_half_way(prior: MotionPrior, portrait: Portrait) -> None:
    before = portrait.pose.normalise(portrait.face.landmarks[:N_MESH])
    shut = portrait.aus[ROW_OF[45]]
    shape = driven(prior, portrait, changed(portrait.aus, {45: tuple((1 + shut) / 2)}))
    for lids in LIDS_OF_SIDE:
        assert gaps(shape, lids).sum() == pytest.approx(gaps(before, lids).sum() / 2, rel=0.02)


def test_parted_lips_close(prior: MotionPrior, smiling: Portrait) -> None:
    shape = driven(prior, smiling, changed(smiling.aus, {25: 0.0}))
    assert np.abs(gaps(shape, LIPS)).max() < 1e-5


def test_lips_grow_by_three_quarters_at_most(prior: MotionPrior, portrait: Portrait) -> None:
    def measure(shape: Floats) -> Floats:
        lips = (shape[rows, 1] for rows in (LIPS.upper, LIPS.lower))
        return np.stack([np.abs(rows[-1] - rows[0]) for rows in lips])

    before = measure(portrait.pose.normalise(portrait.face.landmarks[:N_MESH]))
    largest = []
    for target in draws(50):
        largest.append(float((measure(driven(prior, portrait, target)) / before)[:, 2:-2].max()))
    assert max(largest) < 1 + DISPLACEMENT.lip_growth + 1e-3
    assert max(largest) > 1.1


def test_lower_lids_fall_a_little(prior: MotionPrior, portrait: Portrait) -> None:
    still = portrait.pose.normalise(portrait.face.landmarks[:N_MESH])
    squinting = portrait.aus.copy()
    squinting[[ROW_OF[6], ROW_OF[7]]] = 1.0  # as it might be read of this face
    wide = np.zeros(SHAPE, np.float32)
    wide[ROW_OF[5]] = 1.0
    landmarks = portrait.face.landmarks
    moved = move_landmarks(prior, landmarks, portrait.pose, squinting, wide)
    after = portrait.pose.normalise(moved)
    for lids in LIDS_OF_SIDE:
        corners = list(lids.corners)
        way = (after - still)[lids.lower[0], 1] - (after - still)[corners, 1].mean()
        width = np.linalg.norm(still[corners[0]] - still[corners[1]])
        assert 0.4 * DISPLACEMENT.lid_fall < way.max() / width <= DISPLACEMENT.lid_fall + 1e-4


def test_a_smile_that_goes_leaves_a_mouth_of_usual_width(
    prior: MotionPrior, smiling: Portrait
) -> None:
    gone = {number: -0.2 for number in (10, 12, 14, 20)}  # as far as calibration goes
    narrow, narrower, pursed = (
        driven(prior, smiling, changed(smiling.aus, asked))
        for asked in ({12: 0.0}, gone, {**gone, 17: 0.6, 23: 0.8})
    )
    broad, *widths = (
        abs(float(shape[LEFT_CORNER, 0] - shape[RIGHT_CORNER, 0]))
        for shape in (
            smiling.pose.normalise(smiling.face.landmarks[:N_MESH]),
            narrow,
            narrower,
            pursed,
        )
    )
    assert broad > widths[0] + 0.05
    assert widths[0] >= widths[1] > DISPLACEMENT.narrowest_mouth
    free = replace(DISPLACEMENT, narrow_mouth=0.02, narrowest_mouth=0.01)
    there = changed(smiling.aus, gone)
    unheld = smiling.pose.normalise(
        move_landmarks(
            prior, smiling.face.landmarks, smiling.pose, smiling.aus, there, settings=free
        )
    )
    assert abs(unheld[LEFT_CORNER, 0] - unheld[RIGHT_CORNER, 0]) < widths[1]
    assert widths[2] < widths[1]  # lips that purse still narrow


def test_lips_that_come_together_do_so_along_all_their_length(
    prior: MotionPrior, smiling: Portrait
) -> None:
    part = ROW_OF[25]
    before = gaps(smiling.pose.normalise(smiling.face.landmarks[:N_MESH]), LIPS)
    for target in draws(40):
        target[part] = np.float32(0.4) * smiling.aus[part]
        after = gaps(driven(prior, smiling, target), LIPS)
        assert (after <= 0.4 * before + 1e-3).all()


def test_a_wide_mouth_that_shuts_takes_the_chin_along(
    prior: MotionPrior, smiling: Portrait
) -> None:
    still = smiling.pose.normalise(smiling.face.landmarks[:N_MESH])
    below, chin, cheek = 18, 152, 50  # the skin below the lip, the chin, a cheekbone
    laughing = changed(smiling.aus, {25: 1.0, 26: 1.0})
    wide = driven(prior, smiling, laughing)
    photo = smiling.pose.project(wide)
    shut = changed(laughing, {12: 0.0, 25: 0.0, 26: 0.0})
    held, lifted = (
        smiling.pose.normalise(
            move_landmarks(prior, photo, smiling.pose, laughing, shut, settings=settings)
        )
        - wide
        for settings in (replace(DISPLACEMENT, jaw_from=5.0, jaw_full=6.0), DISPLACEMENT)
    )
    lip = lifted[17, 1]
    assert lip < -0.1
    assert held[chin, 1] > 0.7 * lip > 0.8 * lip > lifted[chin, 1]
    assert lifted[below, 1] == pytest.approx(lip, rel=0.15)
    assert np.array_equal(lifted[cheek], held[cheek])
    smaller = driven(prior, smiling, changed(smiling.aus, {25: 0.1})) - still
    assert smaller[chin, 1] > -0.03  # lips that close a little leave it


def test_hairs_over_raised_brows_come_down_with_them(prior: MotionPrior, smiling: Portrait) -> None:
    edges, over = BROW_TOPS
    landmarks = smiling.face.landmarks[:N_MESH].copy()
    raised = changed(smiling.aus, {1: 1.0, 2: 1.0, 4: 0.0})
    lowered = changed(raised, {1: 0.0, 2: 0.0})
    falls = []
    for gap in (0.01, 0.1):  # of the face's width
        shape = smiling.pose.normalise(landmarks)
        shape[over, 1] = shape[edges, 1] - gap
        photo = smiling.pose.project(shape)
        moved = move_landmarks(prior, photo, smiling.pose, raised, lowered)
        falls.append((smiling.pose.normalise(moved) - smiling.pose.normalise(photo))[:, 1])
    near, far = falls
    assert near[edges].min() > 0.02
    assert (near[over] > 0.95 * near[edges]).all()
    assert (far[over] < 0.8 * far[edges]).any()  # skin that lies higher moves by itself


@pytest.mark.parametrize("opening", OPENINGS)
def test_edges_of_an_opening_never_cross(
    prior: MotionPrior, portrait: Portrait, opening: Opening
) -> None:
    lowest = [gaps(driven(prior, portrait, target), opening).min() for target in draws(200)]
    assert min(lowest) > -1e-5


@pytest.mark.parametrize("number", SIDED)
@pytest.mark.parametrize(("side", "sign"), [(LEFT, 1), (RIGHT, -1)])
def test_one_side_moves_that_side(
    prior: MotionPrior, serious: Portrait, number: int, side: int, sign: int
) -> None:
    before = serious.pose.normalise(serious.face.landmarks[:N_MESH])
    target = serious.aus.copy()
    target[ROW_OF[number], side] = 1
    way = np.linalg.norm(driven(prior, serious, target) - before, axis=1)
    own, other = before[:, 0] * sign > 0, before[:, 0] * sign < 0  # x grows to the person's left
    assert way[own].mean() > 5 * way[other].mean()


def test_a_smile_raises_and_spreads_the_corners(prior: MotionPrior, portrait: Portrait) -> None:
    flat = driven(prior, portrait, changed(portrait.aus, {12: 0.0}))
    smile = driven(prior, portrait, changed(portrait.aus, {12: 1.0}))
    for corner in (LEFT_CORNER, RIGHT_CORNER):
        assert smile[corner, 1] < flat[corner, 1] - 0.03  # up; the face is 1 wide
    width = [shape[LEFT_CORNER, 0] - shape[RIGHT_CORNER, 0] for shape in (flat, smile)]
    assert width[1] > 1.15 * width[0]


@pytest.mark.parametrize(
    ("number", "point", "downwards"),
    [(1, 107, -1), (2, 334, -1), (4, 107, 1), (15, 61, 1), (26, 152, 1), (17, 17, -1)],
)
def test_direction_of_other_units(
    prior: MotionPrior, serious: Portrait, number: int, point: int, downwards: int
) -> None:
    low = driven(prior, serious, changed(serious.aus, {number: 0.0}))
    high = driven(prior, serious, changed(serious.aus, {number: 1.0}))
    assert (high[point, 1] - low[point, 1]) * downwards > 0.005


@pytest.mark.parametrize("number", [unit.number for unit in ACTION_UNITS])
def test_little_changes_move_little(prior: MotionPrior, portrait: Portrait, number: int) -> None:
    before = portrait.pose.normalise(portrait.face.landmarks[:N_MESH])
    for step in (0.01, -0.01):
        target = portrait.aus.copy()
        target[ROW_OF[number]] += step
        way = np.linalg.norm(driven(prior, portrait, target) - before, axis=1)
        assert 0 < way.max() < 0.004  # of the face's width


def test_brows_rise_ever_less_and_never_stand_still(prior: MotionPrior, portrait: Portrait) -> None:
    still = portrait.pose.normalise(portrait.face.landmarks[:N_MESH])
    low = changed(portrait.aus, {4: 1.0})
    risen = []
    for share in np.linspace(0.05, 1.0, 20):
        target = changed(low, {1: 1.3 * share, 2: 1.3 * share, 4: 1 - share})
        shape = portrait.pose.normalise(
            move_landmarks(prior, portrait.face.landmarks, portrait.pose, low, target)
        )
        risen.append(float((still - shape)[BROWS, 1].max()))
    steps = np.diff(risen)
    assert risen[-1] < DISPLACEMENT.brow_lift
    assert risen[-1] > 0.8 * DISPLACEMENT.brow_lift
    assert (np.diff(steps) < 1e-4).all()  # no step is larger than the one before
    assert steps.min() > 0.05 * steps.max()


def test_skin_on_which_a_brow_lies_rises_with_it(prior: MotionPrior, portrait: Portrait) -> None:
    """The hair of a low brow that hangs over the lid's third row is not drawn out over the lid."""
    change = np.zeros(SHAPE, np.float32)
    change[ROW_OF[1]] = change[ROW_OF[2]] = 0.6
    stretched = []
    for gap in (0.06, 0.02):
        shape = prior.mean.copy()
        for lids, edge in zip(LIDS_OF_SIDE, BROW_EDGES, strict=True):
            shape[lids.upper[2][1:6], 1] = shape[edge, 1] + gap
        away = _displace(prior, shape, change, DISPLACEMENT)[:, 1]
        under = np.stack([lids.upper[2][2:5] for lids in LIDS_OF_SIDE])
        stretched.append(np.abs(away[under] - away[BROW_EDGES[:, 1:4]]).max())
    assert stretched[0] > 0.01
    assert stretched[1] < 1e-6
    unlimited = replace(DISPLACEMENT, least_gap=10.0)
    fallen = _displace(prior, shape, -change, unlimited)
    plain = -np.einsum("ij,ijkl->kl", change, prior.basis)
    np.testing.assert_allclose(fallen, plain, atol=1e-5)  # brows that fall push nothing


def test_brows_come_down_ever_less_and_never_onto_the_lids(
    prior: MotionPrior, portrait: Portrait
) -> None:
    """A high brow that is to frown and to rise no more leaves skin between itself and the lid."""
    raised = driven(prior, portrait, changed(portrait.aus, {1: 1.0, 2: 1.0}))
    change = np.zeros(SHAPE, np.float32)
    for number, by in ((1, -1.0), (2, -1.0), (4, 1.0)):
        change[ROW_OF[number]] = by
    nearest, unlimited = [], []
    for share in np.linspace(0.05, 1.0, 20):
        for settings, found in (
            (DISPLACEMENT, nearest),
            (replace(DISPLACEMENT, least_gap=10.0), unlimited),
        ):
            shape = raised + _displace(prior, raised, share * change, settings)
            found.append(
                min(
                    float((shape[lids.upper[1][2:5], 1] - shape[edge[1:4], 1]).mean())
                    for lids, edge in zip(LIDS_OF_SIDE, BROW_EDGES, strict=True)
                )
            )
    steps = -np.diff(nearest)
    assert nearest[-1] > 0.01 > 0 > unlimited[-1]
    half = len(nearest) // 2 - 1  # an ordinary frown
    assert nearest[half] == pytest.approx(unlimited[half], abs=0.002)
    assert (np.diff(steps) < 1e-4).all()  # no step is larger than the one before
    assert steps.min() > 0.05 * steps.max()


def turned_over(prior: MotionPrior, before: Floats, after: Floats) -> int:
    """How many triangles of skin a motion turns over, specks aside."""
    skin = prior.triangles[(prior.regions == SKIN) & (prior.triangles < N_MESH).all(axis=1)]
    (a, b), (c, d) = (
        ((p[skin[:, 1], :2] - p[skin[:, 0], :2]), (p[skin[:, 2], :2] - p[skin[:, 0], :2]))
        for p in (before, after)
    )
    width = np.linalg.norm(before[234, :2] - before[454, :2])
    areas, later = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0] for p, q in ((a, b), (c, d)))
    return int(((areas * later < 0) & (np.abs(areas) > 2e-4 * width**2)).sum())


def test_the_chin_goes_along_with_a_lip_drawn_over_it(
    prior: MotionPrior, portrait: Portrait
) -> None:
    target = changed(portrait.aus, {12: 0.0, 25: 1.0, 26: 0.9})
    still = portrait.face.landmarks[:N_MESH]
    eased = move_landmarks(prior, still, portrait.pose, portrait.aus, target)
    never = replace(DISPLACEMENT, unfold_rounds=0)
    raw = move_landmarks(prior, still, portrait.pose, portrait.aus, target, never)
    assert turned_over(prior, still, raw) > 0
    assert turned_over(prior, still, eased) < turned_over(prior, still, raw)
    assert np.array_equal(eased[PLACED], raw[PLACED])


def test_one_side_of_a_smile_leaves_the_middle_of_the_mouth(
    prior: MotionPrior, portrait: Portrait
) -> None:
    before = driven(prior, portrait, portrait.aus)
    for number in (12, 14):
        target = portrait.aus.copy()
        target[ROW_OF[number], RIGHT] += 1
        moved = np.abs(driven(prior, portrait, target) - before)[:, :2]
        corner = np.linalg.norm(moved[RIGHT_CORNER])
        assert corner > 0.03
        # philtrum, middles of both lips, chin, the other corner
        for landmark in (164, 0, 17, 152, LEFT_CORNER):
            assert np.linalg.norm(moved[landmark]) < 0.1 * corner


def test_a_smile_of_both_sides_lifts_the_middle_along(
    prior: MotionPrior, portrait: Portrait
) -> None:
    none = changed(portrait.aus, {12: 0})
    both = changed(portrait.aus, {12: 1})
    raw = np.einsum("ij,ijkl->kl", both - none, prior.basis)
    moved = _displace(prior, prior.mean, both - none, DISPLACEMENT)
    np.testing.assert_allclose(moved[LIPS.corners, :], raw[LIPS.corners, :], atol=1e-6)
    np.testing.assert_allclose(moved[0], raw[0], atol=1e-6)


@pytest.mark.parametrize(("yaw", "far", "near"), [(32.0, 43, 273), (-32.0, 273, 43)])
def test_skin_beside_the_far_corner_goes_along_with_lips_that_press(
    prior: MotionPrior, yaw: float, far: int, near: int
) -> None:
    still = Pose(np.eye(3, dtype=np.float32), 100.0, np.zeros(3, np.float32))
    none = np.zeros(SHAPE, np.float32)

    def left_behind(pose: Pose, skin: int) -> float:
        """How far the skin stays behind the edge of the lips as these press, in px."""
        photo = pose.project(prior.mean)
        moved = move_landmarks(prior, photo, pose, none, changed(none, {23: 1, 12: 0.6})) - photo
        return float(np.linalg.norm(moved[EDGE_OF[skin]] - moved[skin]))

    turned = turn_pose(still, np.array([yaw, 0, 0], np.float32))
    assert left_behind(turned, far) < 0.5 * left_behind(still, far)
    np.testing.assert_allclose(left_behind(turned, near), left_behind(still, near), rtol=1e-4)
