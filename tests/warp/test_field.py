"""The warp of two real faces: where pixels come from, and what of them the photo does not know."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Floats, Mask, Points
from ganimate.face.alignment import fit_crop
from ganimate.face.head import turn_pose
from ganimate.face.landmarks import (
    LIDS_OF_SIDE,
    LIPS,
    N_MESH,
    OPENINGS,
    OVAL,
    Opening,
    measure_width,
)
from ganimate.face.pose import Pose
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait
from ganimate.rendering.own_teeth import OWN_WARP
from ganimate.warp.displacement import move_landmarks
from ganimate.warp.field import Warp, apply_warp, build_warp, resize_warp
from ganimate.warp.mesh import build_mesh, measure_fall, measure_height
from ganimate.warp.outline import carry_background, mark_behind
from ganimate.warp.prior import PLACED, MotionPrior
from ganimate.warp.raster import interpolate_displacement, rasterise
from ganimate.warp.settings import MESH, WARP
from ganimate.warp.unknown import measure_rim

RIGHT_CORNER = 61  # of the lips, the person's own right
GRID = 160  # px of the warps below; the face takes about half of it


@pytest.fixture(params=["smiling", "serious"])
def portrait(request: pytest.FixtureRequest) -> Portrait:
    chosen: Portrait = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def prior(face_models: FaceModels) -> MotionPrior:
    return face_models.prior


def draws(count: int) -> Iterator[AUVector]:
    """Random AUs, some of them at 0 and some at 1."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield np.clip(rng.random(SHAPE) * 1.8 - 0.4, 0, 1).astype(np.float32)


def gridded(portrait: Portrait, landmarks: Points) -> Points:
    """Landmarks in pixels of the grid, the portrait's face in its middle."""
    to_grid = fit_crop(portrait.face.landmarks, GRID // 2).shifted(GRID / 4, GRID / 4)
    return to_grid.apply(landmarks[:N_MESH])


def warp_to(
    prior: MotionPrior, portrait: Portrait, target: AUVector
) -> tuple[Warp, Points, Points]:
    """The warp of a portrait, and the landmarks (468, 2) before and after."""
    landmarks = move_landmarks(prior, portrait.face.landmarks, portrait.pose, portrait.aus, target)
    before, after = gridded(portrait, portrait.face.landmarks), gridded(portrait, landmarks)
    return build_warp(prior, build_mesh(before, after), (GRID, GRID)), before, after


def within(outline: Points, margin: int) -> Mask:
    """(GRID, GRID) the pixels inside an outline (n, 2), or up to `margin` pixels beside it."""
    mask = np.zeros((GRID, GRID), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], (1,))
    return cv2.dilate(mask, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)) > 0


def outline_of(points: Points, opening: Opening) -> Points:
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


def test_only_openings_can_be_unknown(prior: MotionPrior, portrait: Portrait) -> None:
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


def test_a_mouth_that_hardly_opens_is_unknown_from_end_to_end(
    prior: MotionPrior, serious: Portrait
) -> None:
    for parted in (0.1, 0.15, 0.2, 0.3):
        warp, _, after = warp_to(prior, serious, changed(serious.aus, {25: parted}))
        gaps = after[LIPS.lower[0], 1] - after[LIPS.upper[0], 1]
        wide = np.flatnonzero(gaps > 0.45)  # px
        left, right = np.rint(after[LIPS.upper[0]][wide[[0, -1]], 0]).astype(int)
        shown = warp.unknown[:, left : right + 1].max(axis=0)
        assert len(shown) > 8
        assert shown.min() > 0.6 * shown.max() > 0


@pytest.mark.parametrize(("parted", "most"), [(0.08, 0.6), (1.0, 1.0)])
def test_around_lips_that_hardly_part_no_more_is_unknown_than_between_them(
    prior: MotionPrior, serious: Portrait, parted: float, most: float
) -> None:
    """Half of their distance above and below, and the rim of wide mouths at most."""
    aus = changed(serious.aus, {25: parted, 26: 0.0})
    moved = move_landmarks(prior, serious.face.landmarks, serious.pose, serious.aus, aus)
    apart = measure_height(moved, LIPS)
    assert measure_rim(moved) == pytest.approx(min(WARP.rim, apart / 2))
    assert measure_rim(moved) <= most * WARP.rim


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


@pytest.mark.parametrize(("fallen", "known"), [(-0.04, True), (0.01, True), (0.04, False)])
def test_teeth_do_not_come_down_with_the_lips(
    prior: MotionPrior, smiling: Portrait, fallen: float, known: bool
) -> None:
    before = gridded(smiling, smiling.face.landmarks)
    after = before.copy()
    after[PLACED, 1] += fallen * measure_width(before)
    assert measure_fall(before, after) == pytest.approx(fallen, rel=0.05)
    for settings, unknown in ((OWN_WARP, 0 if known else 1), (WARP, 0)):
        warp = build_warp(prior, build_mesh(before, after), (GRID, GRID), settings=settings)
        assert warp.unknown[within(outline_of(after, LIPS), margin=0)].max() == unknown


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
    assert (seen > 0).sum() < 0.01 * (teeth > 0).sum()


def test_skin_that_a_smile_had_turned_over_is_drawn_where_it_comes_to_lie_flat(
    prior: MotionPrior, smiling: Portrait
) -> None:
    beside = [57, RIGHT_CORNER, 185]  # a triangle of the mesh, at the corner of the lips
    (at,) = np.flatnonzero((np.sort(prior.triangles, axis=1) == beside).all(axis=1))
    flat, turned_over = (gridded(smiling, smiling.face.landmarks) for _ in range(2))
    flat[RIGHT_CORNER] = (flat[57] + flat[185]) / 2 + (0, 2)  # below the line between the others
    turned_over[RIGHT_CORNER] = (flat[57] + flat[185]) / 2 - (0, 2)

    def is_drawn(source: Points, target: Points) -> bool:
        mesh = build_mesh(source, target)
        drawn, _ = rasterise(prior, mesh, (GRID, GRID))
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


def test_apply_warp_looks_where_the_field_says() -> None:
    image = np.arange(20 * 30 * 3, dtype=np.uint32).reshape(20, 30, 3).astype(np.uint8)
    field = np.zeros((20, 30, 2), np.float32)
    field[5, 7] = 3, -2
    warped = apply_warp(image, Warp(field, np.zeros((20, 30), np.float32)))
    assert np.array_equal(warped[5, 7], image[3, 10])
    warped[5, 7] = image[5, 7]
    assert np.array_equal(warped, image)


def test_enlarging_keeps_a_linear_field_linear() -> None:
    def linear(height: int, width: int, scale: float) -> Floats:
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


@pytest.mark.parametrize("yaw", [-35.0, 35.0])
def test_the_far_eye_of_a_turned_head_shuts(prior: MotionPrior, yaw: float) -> None:
    still = Pose(np.eye(3, dtype=np.float32), 100.0, np.array([80, 80, 0], np.float32))
    pose = turn_pose(still, np.array([yaw, 0, 0], np.float32))
    photo = pose.project(prior.mean)
    none = np.zeros(SHAPE, np.float32)
    shut = move_landmarks(prior, photo, pose, none, changed(none, {45: 1}))
    warp = build_warp(prior, build_mesh(photo, shut), (GRID, GRID))
    far = LIDS_OF_SIDE[1 if yaw > 0 else 0]
    outer = np.abs(photo[list(far.corners), 0] - photo[1, 0])  # from the tip of the nose
    assert outer.max() < np.abs(photo[list(OPENINGS[1 if yaw < 0 else 2].corners), 0]).max()
    # Each landmark of the lid above its edge comes from where it was, to the last third.
    for landmark in far.upper[1][2:6]:
        x, y = np.round(shut[landmark, :2]).astype(int)
        moved = photo[landmark, :2] - shut[landmark, :2]
        assert np.linalg.norm(moved) > 1
        np.testing.assert_allclose(warp.field[y, x], moved, atol=1.2)


def turned_mean(prior: MotionPrior, yaw: float) -> tuple[Floats, Pose]:
    """The landmarks (468, 3) of the mean face on the grid, turned by so many degrees."""
    still = Pose(np.eye(3, dtype=np.float32), 100.0, np.array([80, 80, 0], np.float32))
    pose = turn_pose(still, np.array([yaw, 0, 0], np.float32))
    return pose.project(prior.mean), pose


EXPRESSIONS = ({4: 1}, {6: 1, 12: 1, 25: 1, 26: 1}, {10: 1, 17: 1})
"""A frown that lowers the far brow's end, a laugh that lifts the far cheek, a disgust."""


@pytest.mark.parametrize("yaw", [-35.0, 35.0])
def test_what_lies_beside_a_turned_face_goes_along_with_its_outline(
    prior: MotionPrior, yaw: float
) -> None:
    photo, pose = turned_mean(prior, yaw)
    none = np.zeros(SHAPE, np.float32)
    torn = []
    for expression in EXPRESSIONS:
        moved = move_landmarks(prior, photo, pose, none, changed(none, expression))
        mesh = build_mesh(photo, moved)
        drawn, ids = rasterise(prior, mesh, (GRID, GRID))
        behind = mark_behind(prior, mesh, ids)
        raw = interpolate_displacement(mesh.source, mesh.target, prior.triangles, drawn, ids)
        carried = carry_background(raw, behind, mesh)
        assert np.array_equal(carried[~behind], raw[~behind])
        torn.append((jump_between(raw, behind), jump_between(carried, behind)))
        # Nothing folds beside it: from pixel to pixel, where they come from goes on.
        x = np.arange(GRID) + carried[:, :, 0]
        both = behind[:, 1:] & behind[:, :-1]
        assert np.diff(x, axis=1)[both].min() > -0.5
    before, after = np.array(torn).T
    assert before.max() > 2, (before, after)
    assert after.max() < 0.5 * before.max(), (before, after)


def jump_between(field: Floats, behind: Mask) -> float:
    """Step of a field, in pixels, between what is behind a face and what is not: 95 in 100 are
    smaller."""
    steps = [
        np.linalg.norm(np.diff(field, axis=axis)[np.diff(behind, axis=axis)], axis=1)
        for axis in (0, 1)
    ]
    return float(np.percentile(np.concatenate(steps), 95))


def test_no_pixel_moves_much_farther_than_the_corners_of_its_triangle(prior: MotionPrior) -> None:
    # Beside the far corner of a laugh lie slivers, which OpenCV draws as pixels beside them.
    photo, pose = turned_mean(prior, 20.0)
    none = np.zeros(SHAPE, np.float32)
    laugh = move_landmarks(prior, photo, pose, none, changed(none, EXPRESSIONS[1]))
    mesh = build_mesh(photo, laugh)
    drawn, ids = rasterise(prior, mesh, (GRID, GRID))
    field = interpolate_displacement(mesh.source, mesh.target, prior.triangles, drawn, ids)
    of_corners = (mesh.source - mesh.target)[prior.triangles[ids[ids >= 0]]]  # (pixels, 3, 2)
    beyond = np.maximum(field[ids >= 0] - of_corners.max(axis=1), 0)
    short = np.maximum(of_corners.min(axis=1) - field[ids >= 0], 0)
    assert max(beyond.max(), short.max()) < 0.51
    assert max(beyond.max(), short.max()) > 0.4  # a limit that does its work
