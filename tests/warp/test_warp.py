"""The motion prior on two real faces: what moves, what must not, and the warp that follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from conftest import changed
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.appearance.filling import fill_unknown
from ganimate.appearance.lashes import draw_lashes
from ganimate.appearance.mouth import Mouth, MouthView, draw_mouth, measure_jaw, measure_light
from ganimate.arrays import AUVector
from ganimate.face.alignment import fit_crop
from ganimate.face.landmarks import (
    BROW_EDGES,
    BROWS,
    LIDS_OF_SIDE,
    LIPS,
    N_MESH,
    OPENINGS,
    OVAL,
    SKIN,
    Opening,
)
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.warp.displacement import _displace, move_landmarks
from ganimate.warp.field import Warp, apply_warp, build_warp, resize_warp
from ganimate.warp.mesh import build_mesh
from ganimate.warp.prior import PLACED, MotionPrior
from ganimate.warp.raster import rasterise
from ganimate.warp.settings import DISPLACEMENT, MESH

SIDED = [unit.number for unit in ACTION_UNITS if unit.sided]
LEFT_CORNER, RIGHT_CORNER = 291, 61  # of the lips, the person's own sides
GRID = 160  # px of the warps below; the face takes about half of it


@pytest.fixture(params=["smiling", "serious"])
def portrait(request: pytest.FixtureRequest) -> Portrait:
    chosen: Portrait = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def prior(face_models: FaceModels) -> MotionPrior:
    return face_models.prior


@pytest.fixture
def mouth(face_models: FaceModels) -> Mouth:
    return face_models.mouth


def driven(prior: MotionPrior, portrait: Portrait, target: AUVector) -> NDArray[np.float32]:
    """Landmarks (468, 3) of a portrait at `target`, pose-normalised."""
    landmarks = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
    return portrait.pose.normalise(landmarks)


def gaps(shape: NDArray[np.float32], opening: Opening) -> NDArray[np.float32]:
    """Height of an opening at each column, negative where its edges cross."""
    return shape[opening.lower[0], 1] - shape[opening.upper[0], 1]


def draws(count: int) -> Iterator[AUVector]:
    """Random AUs, some of them at 0 and some at 1."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield np.clip(rng.random(SHAPE) * 1.8 - 0.4, 0, 1).astype(np.float32)


# landmarks


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


# the warp


def gridded(portrait: Portrait, landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Landmarks in pixels of the grid, the portrait's face in its middle."""
    to_grid = fit_crop(portrait.face.landmarks, GRID // 2).shifted(GRID / 4, GRID / 4)
    return to_grid.apply(landmarks[:N_MESH])


def warp_to(
    prior: MotionPrior, portrait: Portrait, target: AUVector
) -> tuple[Warp, NDArray[np.float32], NDArray[np.float32]]:
    """The warp of a portrait, and the landmarks (468, 2) before and after."""
    landmarks = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
    before, after = gridded(portrait, portrait.face.landmarks), gridded(portrait, landmarks)
    return build_warp(prior, build_mesh(before, after), (GRID, GRID)), before, after


def within(outline: NDArray[np.float32], margin: int) -> NDArray[np.bool_]:
    """(GRID, GRID) the pixels inside an outline (n, 2), or up to `margin` pixels beside it."""
    mask = np.zeros((GRID, GRID), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], (1,))
    return cv2.dilate(mask, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)) > 0


def outline_of(points: NDArray[np.float32], opening: Opening) -> NDArray[np.float32]:
    first, last = opening.corners
    return points[[first, *opening.upper[0], last, *opening.lower[0][::-1]]]


def test_equal_points_make_no_warp(prior: MotionPrior, portrait: Portrait) -> None:
    points = gridded(portrait, portrait.face.landmarks)
    warp = build_warp(prior, build_mesh(points, points.copy()), (GRID, GRID))
    assert warp.field.shape == (GRID, GRID, 2)
    assert (warp.field.dtype, warp.unknown.dtype) == (np.float32, np.float32)
    assert not warp.field.any()
    assert not warp.unknown.any()


def test_the_warp_takes_landmarks_along(prior: MotionPrior, serious: Portrait) -> None:
    warp, before, after = warp_to(prior, serious, changed(serious.aus, {1: 1.0, 2: 1.0, 12: 1.0}))
    column, row = np.round(after).astype(int).T
    way = before - after
    missed = np.linalg.norm(warp.field[row, column] - way, axis=1)
    far = np.linalg.norm(way, axis=1) > 1
    assert far.sum() > 100
    # Smoothing and rounding to a pixel take some of it where neighbours move differently.
    assert np.median(missed[far]) < 0.3
    assert (missed[far] < 0.5 * np.linalg.norm(way[far], axis=1)).mean() > 0.97


def test_nothing_moves_outside_the_outer_ring(prior: MotionPrior, portrait: Portrait) -> None:
    for target in draws(10):
        warp, before, _ = warp_to(prior, portrait, target)
        centre = before[OVAL].mean(axis=0)
        ring = within(centre + MESH.ring_sizes[-1] * (before[OVAL] - centre), margin=2)
        assert warp.field[ring].any()
        assert not warp.field[~ring].any()


def test_no_pixel_comes_from_farther_than_a_landmark(
    prior: MotionPrior, portrait: Portrait
) -> None:
    for target in draws(40):
        warp, before, after = warp_to(prior, portrait, target)
        farthest = np.linalg.norm(after - before, axis=1).max()
        assert np.linalg.norm(warp.field, axis=2).max() < 2 * farthest + 1


def test_only_openings_and_the_line_of_the_lips_can_be_unknown(
    prior: MotionPrior, portrait: Portrait
) -> None:
    seen = 0.0
    for target in draws(20):
        warp, _, after = warp_to(prior, portrait, target)
        assert warp.unknown.min() >= 0
        assert warp.unknown.max() <= 1
        openings = [within(outline_of(after, opening), margin=3) for opening in OPENINGS]
        assert not warp.unknown[~np.any(openings, axis=0)].any()
        seen = max(seen, float(warp.unknown.max()))
    assert seen == 1


def test_what_a_shut_mouth_hides_is_unknown(prior: MotionPrior, serious: Portrait) -> None:
    warp, _, after = warp_to(prior, serious, changed(serious.aus, {25: 1.0, 26: 1.0}))
    x, y = np.round((after[13] + after[14]) / 2).astype(int)
    assert (warp.unknown[y - 1 : y + 2, x - 3 : x + 4] == 1).all()


def test_what_an_open_mouth_shows_is_known(prior: MotionPrior, smiling: Portrait) -> None:
    warp, _, after = warp_to(prior, smiling, changed(smiling.aus, {1: 1.0, 4: 0.5}))
    assert not warp.unknown[within(outline_of(after, LIPS), margin=2)].any()


@pytest.mark.parametrize(("width", "known"), [(0.95, True), (0.6, False)])
def test_teeth_do_not_narrow_with_the_mouth(
    prior: MotionPrior, smiling: Portrait, width: float, known: bool
) -> None:
    before = gridded(smiling, smiling.face.landmarks)
    after = before.copy()
    middle = outline_of(before, LIPS).mean(axis=0)[0]
    after[PLACED, 0] = middle + width * (after[PLACED, 0] - middle)
    warp = build_warp(prior, build_mesh(before, after), (GRID, GRID))
    assert warp.unknown[within(outline_of(after, LIPS), margin=0)].max() == (0 if known else 1)


def test_lips_that_shut_bring_no_teeth_along(prior: MotionPrior, smiling: Portrait) -> None:
    target = changed(smiling.aus, {12: 0.3, 25: 0.0, 26: 0.0})
    shut = move_landmarks(prior, smiling.face.landmarks, smiling.pose, smiling.aus, target)
    fine = 4  # times as fine as the grid of a whole face
    before, after = (fine * gridded(smiling, points) for points in (smiling.face.landmarks, shut))
    warp = build_warp(prior, build_mesh(before, after), (fine * GRID, fine * GRID))
    teeth = np.zeros((fine * GRID, fine * GRID), np.uint8)
    cv2.fillPoly(teeth, [np.round(outline_of(before, LIPS)).astype(np.int32)], (255,))
    seen = apply_warp(teeth, warp)
    assert (teeth > 0).sum() > 400
    assert (seen > 0).sum() < 0.05 * (teeth > 0).sum()


def test_skin_that_a_smile_had_turned_over_is_drawn_where_it_comes_to_lie_flat(
    prior: MotionPrior, smiling: Portrait
) -> None:
    beside = [57, RIGHT_CORNER, 185]  # a triangle of the mesh, at the corner of the lips
    (at,) = np.flatnonzero((np.sort(prior.triangles, axis=1) == beside).all(axis=1))
    flat, turned_over = (gridded(smiling, smiling.face.landmarks) for _ in range(2))
    flat[RIGHT_CORNER] = (flat[57] + flat[185]) / 2 + (0, 2)  # below the line between the others
    turned_over[RIGHT_CORNER] = (flat[57] + flat[185]) / 2 - (0, 2)

    def is_drawn(source: NDArray[np.float32], target: NDArray[np.float32]) -> bool:
        mesh = build_mesh(source, target)
        drawn, _ = rasterise(prior, mesh.source, mesh.target, (GRID, GRID))
        return at in drawn

    assert is_drawn(turned_over, flat)
    assert not is_drawn(flat, turned_over)


def test_what_raised_lids_uncover_is_unknown(prior: MotionPrior, serious: Portrait) -> None:
    shut = move_landmarks(
        prior, serious.face.landmarks, serious.pose, serious.aus, changed(serious.aus, {45: 1.0})
    )
    before, after = gridded(serious, shut), gridded(serious, serious.face.landmarks)
    warp = build_warp(prior, build_mesh(before, after), (GRID, GRID))
    for lids in LIDS_OF_SIDE:
        x, y = np.round(outline_of(after, lids).mean(axis=0)).astype(int)
        assert warp.unknown[y, x] == 1


def test_the_eyeball_stays_where_it_is(prior: MotionPrior, portrait: Portrait) -> None:
    warp, _, after = warp_to(prior, portrait, changed(portrait.aus, {1: 1.0, 45: 0.2}))
    for lids in LIDS_OF_SIDE:
        outline = outline_of(after, lids).astype(np.float32)
        pixels = [
            (x, y)
            for y, x in np.ndindex(warp.unknown.shape)
            if cv2.pointPolygonTest(outline, (float(x), float(y)), True) > 0.8
        ]
        assert pixels
        assert not any(warp.field[y, x].any() for x, y in pixels)


# fields applied and enlarged


def test_apply_warp_looks_where_the_field_says() -> None:
    image = np.arange(20 * 30 * 3, dtype=np.uint32).reshape(20, 30, 3).astype(np.uint8)
    field = np.zeros((20, 30, 2), np.float32)
    field[5, 7] = 3, -2
    warped = apply_warp(image, Warp(field, np.zeros((20, 30), np.float32)))
    assert np.array_equal(warped[5, 7], image[3, 10])
    warped[5, 7] = image[5, 7]
    assert np.array_equal(warped, image)


def test_enlarging_keeps_a_linear_field_linear() -> None:
    def linear(height: int, width: int, scale: float) -> NDArray[np.float32]:
        """A field that is linear in the pixel, on a grid `scale` times as fine."""
        x = (np.arange(width) + 0.5) / scale - 0.5
        y = (np.arange(height)[:, None] + 0.5) / scale - 0.5
        return np.stack([0.3 * x + 0.1 * y, 2 - 0.2 * x + 0.05 * y], 2).astype(np.float32) * scale

    small = Warp(linear(20, 30, 1), np.full((20, 30), 0.25, np.float32))
    large = resize_warp(small, (60, 90))
    assert (large.field.dtype, large.unknown.dtype) == (np.float32, np.float32)
    inside = slice(2, -2), slice(2, -2)  # no grid point lies beyond the border to go on from
    assert np.abs(large.field[inside] - linear(60, 90, 3)[inside]).max() < 1e-4
    assert np.abs(large.unknown - 0.25).max() < 1e-6


# brows and lashes


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
    fallen = _displace(prior, shape, -change, DISPLACEMENT)
    plain = -np.einsum("ij,ijkl->kl", change, prior.basis)
    np.testing.assert_allclose(fallen, plain, atol=1e-6)  # brows that fall push nothing


def turned_over(prior: MotionPrior, before: NDArray[np.float32], after: NDArray[np.float32]) -> int:
    """How many triangles of skin a motion turns over, specks aside."""
    skin = prior.triangles[(prior.regions == SKIN) & (prior.triangles < N_MESH).all(axis=1)]
    (a, b), (c, d) = (
        ((p[skin[:, 1], :2] - p[skin[:, 0], :2]), (p[skin[:, 2], :2] - p[skin[:, 0], :2]))
        for p in (before, after)
    )
    width = np.linalg.norm(before[234, :2] - before[454, :2])
    large = np.abs(np.cross(a, b)) > 2e-4 * width**2
    return int(((np.cross(a, b) * np.cross(c, d) < 0) & large).sum())


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


def test_a_lid_that_shuts_shows_its_lashes(prior: MotionPrior, portrait: Portrait) -> None:
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    before = to_crop.apply(portrait.face.landmarks[:N_MESH])
    darkness = []
    for shut in (0.0, 0.5, 1.0):
        target = changed(portrait.aus, {45: max(shut, float(portrait.aus[ROW_OF[45]].max()))})
        there = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
        after = to_crop.apply(there)
        lines = [draw_lashes(before, after, lids, (GRID, GRID)) for lids in LIDS_OF_SIDE]
        darkness.append(float(np.max(lines)))
    line = lines[0]
    y, x = np.unravel_index(line.argmax(), line.shape)
    edge = after[[*LIDS_OF_SIDE[0].corners, *LIDS_OF_SIDE[0].upper[0]], :2]
    assert np.linalg.norm(edge - (x, y), axis=1).min() < 4  # px, of the lid's edge
    assert darkness[0] < 0.1
    assert darkness[0] <= darkness[1] <= darkness[2] <= 1
    assert darkness[2] > 0.3


# what the generator is given


def opened(
    prior: MotionPrior, mouth: Mouth, portrait: Portrait, target: AUVector
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], MouthView]:
    """A warped crop, what is unknown in it, its landmarks, and the mouth behind its lips."""
    to_crop = fit_crop(portrait.face.landmarks, GRID)
    still = portrait.face.landmarks[:N_MESH]
    there = move_landmarks(prior, still, portrait.pose, portrait.aus, target)
    before, after = (to_crop.apply(points) for points in (still, there))
    warp = build_warp(prior, build_mesh(before, after), (GRID, GRID))
    crop = cv2.warpAffine(portrait.photo, to_crop.matrix, (GRID, GRID))
    pose = portrait.pose
    jaw = measure_jaw(pose.normalise(there))
    inside = MouthView(draw_mouth(mouth, pose), pose.on(to_crop), jaw, measure_light(crop))
    return apply_warp(crop, warp), warp.unknown, after, inside


def test_an_opened_mouth_is_drawn_and_nothing_else(
    prior: MotionPrior, mouth: Mouth, serious: Portrait
) -> None:
    target = changed(serious.aus, {25: 0.8, 26: 0.6})
    warped, unknown, landmarks, inside = opened(prior, mouth, serious, target)
    given, drawn = fill_unknown(warped, unknown, landmarks, inside)
    assert np.array_equal(given[unknown == 0], warped[unknown == 0])
    (x, top), (_, bottom) = np.round(landmarks[[13, 14]]).astype(int)
    assert (unknown[top:bottom, x] > 0.99).all()
    assert (drawn[top:bottom, x] > 0.99).all()
    assert (drawn <= unknown).all()
    lip_to_lip = given[top:bottom, x - 8 : x + 9].mean(axis=(1, 2))
    assert lip_to_lip[:4].max() > 2 * lip_to_lip.min()  # upper teeth, and the dark below them
    other = np.where(unknown[:, :, None] == 1, 255 - warped, warped).astype(np.uint8)
    hidden, _ = fill_unknown(other, unknown, landmarks, inside)
    assert np.array_equal(hidden[unknown == 1], given[unknown == 1])


def test_the_seam_of_shut_lips_is_grey(prior: MotionPrior, mouth: Mouth, smiling: Portrait) -> None:
    target = changed(smiling.aus, {25: 0.0, 26: 0.0})
    warped, unknown, landmarks, inside = opened(prior, mouth, smiling, target)
    given, drawn = fill_unknown(warped, unknown, landmarks, inside)
    assert not drawn.any()
    assert (unknown == 1).any()
    assert (np.abs(given[unknown == 1].astype(int) - 128) <= 1).all()


def test_nothing_is_drawn_where_all_is_known(
    prior: MotionPrior, mouth: Mouth, serious: Portrait
) -> None:
    warped, unknown, landmarks, inside = opened(prior, mouth, serious, serious.aus)
    assert not unknown.any()
    given, drawn = fill_unknown(warped, unknown, landmarks, inside)
    assert given is warped
    assert not drawn.any()
