"""Eyeballs of eyes that a photo shows hardly anything of."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ganimate.appearance.eyeball import Eyeball, draw_eyeball, measure_eyeballs, measure_slit
from ganimate.appearance.eyeball_settings import EYEBALL
from ganimate.arrays import Floats, Landmarks, Points
from ganimate.face.landmarks import IRISES, LIDS_OF_SIDE, Opening
from ganimate.portrait import Portrait

BROWN = Eyeball(
    hidden=1.0,
    white=np.array([170.0, 160.0, 150.0]),
    iris=np.array([80.0, 60.0, 45.0]),
    along=EYEBALL.middle[0],
)
SHAPE = (160, 240)


def build_eye(lids: Opening, height: float) -> Points:
    """(468, 2) landmarks whose eye lies flat in the middle of a grid, 160 pixels broad."""
    points = np.zeros((468, 2), np.float32)
    points[:] = [120, 80]
    for outer, inner in (one.corners for one in LIDS_OF_SIDE):
        points[outer], points[inner] = (40, 80), (200, 80)
    along = np.linspace(0, 1, 9)[1:-1]
    for edge, side in ((lids.upper[0], -1), (lids.lower[0], 1)):
        points[edge, 0] = 40 + 160 * along
        points[edge, 1] = 80 + side * 160 * height * 2 * along * (1 - along) * 1.5
    return points


@pytest.fixture(params=LIDS_OF_SIDE, ids=["left", "right"])
def lids(request: pytest.FixtureRequest) -> Opening:
    return request.param


def draw(lids: Opening, before: float, after: float, eyeball: Eyeball = BROWN) -> Floats | None:
    return draw_eyeball(eyeball, build_eye(lids, before), build_eye(lids, after), lids, SHAPE)


def narrow(landmarks: Landmarks, share: float) -> Landmarks:
    """Landmarks whose lids are so much nearer to each other."""
    moved = landmarks.copy()
    for lids in LIDS_OF_SIDE:
        upper, lower = landmarks[lids.upper[0]], landmarks[lids.lower[0]]
        moved[lids.upper[0]] = lower + share * (upper - lower)
    return moved


def test_eyes_that_look_at_the_camera_are_not_drawn(smiling: Portrait) -> None:
    eyes = measure_eyeballs(smiling.photo, smiling.face.landmarks)
    assert [one.hidden for one in eyes] == [0.0, 0.0]


def test_a_slit_that_is_dark_hides_its_eye_and_a_light_one_does_not(smiling: Portrait) -> None:
    landmarks = narrow(smiling.face.landmarks, 0.6)
    assert all(0.12 < measure_slit(landmarks, lids) < 0.15 for lids in LIDS_OF_SIDE)
    for level, least, most in ((20, 0.9, 1.0), (230, 0.0, 0.1)):
        filled = smiling.photo.copy()
        for lids in LIDS_OF_SIDE:
            edges = [lids.corners[0], *lids.upper[0], lids.corners[1], *lids.lower[0][::-1]]
            cv2.fillPoly(filled, [np.rint(landmarks[edges, :2]).astype(np.int32)], (level,) * 3)
        for one in measure_eyeballs(filled, landmarks):
            assert least <= one.hidden <= most


def test_shut_eyes_are_hidden_whatever_shines_on_them(smiling: Portrait) -> None:
    eyes = measure_eyeballs(smiling.photo, narrow(smiling.face.landmarks, 0.05))
    assert all(one.hidden > 0.95 for one in eyes)


def test_an_open_eye_tells_the_colour_of_one_that_winks(smiling: Portrait) -> None:
    photo, landmarks = smiling.photo.copy(), smiling.face.landmarks.copy()
    x, y = np.rint(landmarks[IRISES[0][0], :2]).astype(int).tolist()
    cv2.circle(photo, (x, y), 4, (60, 100, 170), -1)
    winking = LIDS_OF_SIDE[1]
    lower = landmarks[winking.lower[0]]
    landmarks[winking.upper[0]] = lower + 0.05 * (landmarks[winking.upper[0]] - lower)
    seen, hidden = measure_eyeballs(photo, landmarks)
    assert (seen.hidden, hidden.hidden) == pytest.approx((0, 1), abs=0.05)
    assert seen.iris[2] > seen.iris[0] + 10  # blue
    assert hidden.iris == pytest.approx(seen.iris, rel=0.1)


def test_whites_are_those_of_the_photos_own_eyes(smiling: Portrait) -> None:
    """The light below an eye tells how light its white is, to the error that it is fitted to."""
    for lids, one in zip(
        LIDS_OF_SIDE, measure_eyeballs(smiling.photo, smiling.face.landmarks), strict=True
    ):
        points = smiling.face.landmarks[:, :2]
        hull = points[[lids.corners[0], *lids.upper[0], lids.corners[1], *lids.lower[0][::-1]]]
        mask = np.zeros(smiling.photo.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(hull).astype(np.int32)], (1,))
        lab = cv2.cvtColor(smiling.photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        real = np.percentile(lab[mask > 0][:, 0], 90)
        drawn = cv2.cvtColor((one.white / 255).reshape(1, 1, 3), cv2.COLOR_RGB2LAB)[0, 0, 0]
        assert drawn == pytest.approx(real, abs=12)


def test_a_look_aside_is_followed_as_far_as_it_may_lead(smiling: Portrait) -> None:
    for way, most in ((0.05, 0.05), (0.5, EYEBALL.aside)):
        landmarks = smiling.face.landmarks.copy()
        before = measure_eyeballs(smiling.photo, landmarks)
        for lids, iris in zip(LIDS_OF_SIDE, IRISES, strict=True):
            outer, inner = landmarks[list(lids.corners)]
            landmarks[iris] += way * (inner - outer)
        for one, other in zip(before, measure_eyeballs(smiling.photo, landmarks), strict=True):
            assert other.along <= EYEBALL.middle[0] + EYEBALL.aside + 1e-6
            assert 0.3 * most < other.along - one.along <= way + 1e-6


def test_what_is_drawn_is_an_iris_in_a_white_within_the_lids(lids: Opening) -> None:
    painted = draw(lids, 0.02, 0.25)
    assert painted is not None
    opacity, grey = painted[:, :, 3], painted[:, :, :3].mean(axis=2)
    assert opacity[80, 120] == 1
    around = np.ones(SHAPE, bool)
    around[40:125, 38:202] = False
    assert not opacity[around].any()
    x = round(40 + 160 * BROWN.along)
    pupil, iris, white = grey[69, x], grey[69, x + 24], grey[80, 175]
    assert pupil < 0.5 * iris < 0.5 * white


def test_pupil_iris_and_glint_lie_where_they_should(lids: Opening) -> None:
    painted = draw(lids, 0.02, 0.3)
    assert painted is not None
    grey = painted[:, :, :3].mean(axis=2)
    middle = (40 + 160 * BROWN.along, 80 - 160 * EYEBALL.middle[1])
    radius = 160 * EYEBALL.radius
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    inside = np.hypot(x - middle[0], y - middle[1]) < 0.9 * radius
    brightest = np.unravel_index(np.where(inside, grey, 0).argmax(), SHAPE)
    right, down, _ = EYEBALL.glint
    assert brightest[1] == pytest.approx(middle[0] + right * radius, abs=4)
    assert brightest[0] == pytest.approx(middle[1] + down * radius, abs=4)


def test_an_eye_comes_little_by_little_and_only_as_it_opens(lids: Opening) -> None:
    assert draw(lids, 0.1, 0.1) is None
    assert draw(lids, 0.2, 0.05) is None
    assert draw(lids, 0.02, 0.3, replace(BROWN, hidden=0.0)) is None
    shares = [draw(lids, 0.02, height) for height in (0.03, 0.05, 0.07, 0.3)]
    strengths = [0.0 if one is None else float(one[:, :, 3].max()) for one in shares]
    assert strengths == sorted(strengths)
    assert strengths[0] < 0.3
    assert strengths[-1] == 1
    half = draw(lids, 0.02, 0.3, replace(BROWN, hidden=0.5))
    assert half is not None
    assert half[:, :, 3].max() == pytest.approx(0.5)


def test_the_farther_eye_of_a_turned_head_has_a_narrower_iris_no_lower_one(lids: Opening) -> None:
    points = build_eye(lids, 0.3)
    squeezed = points.copy()
    squeezed[:, 0] = 120 + 0.6 * (points[:, 0] - 120)
    other = LIDS_OF_SIDE[1 - LIDS_OF_SIDE.index(lids)]
    squeezed[list(other.corners)] = points[list(other.corners)]
    plain = replace(
        EYEBALL,
        lid_shadow=(0.0, 1.0),
        lower_shadow=(0.0, 1.0),
        glint_light=0.0,
        corners=0.0,
        flesh=(1.0, 1.0, 1.0),
    )
    extents = []
    for target in (points, squeezed):
        painted = draw_eyeball(BROWN, build_eye(lids, 0.02), target, lids, SHAPE, plain)
        assert painted is not None
        dark = (painted[:, :, :3].mean(axis=2) < 120) & (painted[:, :, 3] == 1)
        extents.append([np.ptp(np.flatnonzero(dark.any(axis=axis))) for axis in (1, 0)])
    (height, width), (as_high, narrower) = extents
    assert width == pytest.approx(2 * 160 * EYEBALL.radius, abs=4)
    assert as_high == pytest.approx(height, abs=4)
    assert narrower == pytest.approx(0.6 * width, abs=4)
