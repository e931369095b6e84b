"""The mouth behind the lips: how it is drawn, held, opened and lit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ganimate.appearance.mouth import LOWER_LIP, MouthView, measure_jaw, place_mouth
from ganimate.appearance.mouth_anatomy import (
    GUM,
    TEETH,
    Mouth,
    find_moving,
    find_parts,
    find_teeth,
)
from ganimate.appearance.mouth_drawing import MIDDLE, SCALE, draw_mouth, measure_yaw_pitch
from ganimate.appearance.parted_lips import PartedLips
from ganimate.appearance.settings import INNER_MOUTH
from ganimate.face.pose import Pose
from ganimate.face_models import FaceModels

FRONT = np.eye(3, dtype=np.float32)
SIZE = 200  # px of the pictures below, in which a face is as wide as they are
WHITE = np.full(3, 255, np.float32)  # lips that colour no shade


def turned(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> NDArray[np.float32]:
    """(3, 3) a nod, then a turn, then a tilt, in degrees."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.radians([yaw, pitch, roll])) for f in (np.cos, np.sin))
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, np.float32)


def pose_of(rotation: NDArray[np.float32], scale: float = SIZE) -> Pose:
    """A head whose lips are in the middle of the picture."""
    centre = np.array([SIZE / 2, SIZE / 2, 0]) - scale * rotation @ MIDDLE
    return Pose(rotation, scale, centre.astype(np.float32))


@pytest.fixture
def mouth(face_models: FaceModels) -> Mouth:
    return face_models.mouth


def picture(mouth: Mouth, pose: Pose, jaw: float = 0.0, light: float = 1.0) -> NDArray[np.float32]:
    lit = np.full(3, light, np.float32)
    view = MouthView(draw_mouth(mouth, pose), pose, jaw, lit, WHITE)
    return place_mouth(view, (0, 0), (SIZE, SIZE))


def test_it_stands_behind_the_lips_of_the_mean_face(
    face_models: FaceModels,
) -> None:
    mean, mouth = face_models.prior.mean, face_models.mouth
    teeth = mouth.vertices[np.unique(mouth.quads[mouth.parts == TEETH])]
    in_the_middle = teeth[np.abs(teeth[:, 0]) < 0.03]
    assert 0 < in_the_middle[:, 2].min() - mean[13, 2] < 0.1  # behind the upper lip, close to it
    assert teeth[:, 1].min() < mean[13, 1] < teeth[:, 1].max()
    assert abs(teeth[:, 0].mean()) < 0.005


def test_from_the_front_it_is_symmetric_and_bright_in_the_middle(mouth: Mouth) -> None:
    seen = picture(mouth, pose_of(FRONT))
    assert np.abs(seen - seen[:, ::-1]).mean() < 4  # of 255
    middle = seen[SIZE // 2 - 6 : SIZE // 2 + 4, SIZE // 2 - 12 : SIZE // 2 + 12]
    assert middle.min(axis=2).mean() > 120  # teeth
    assert seen[0, 0] == pytest.approx(INNER_MOUTH.cavity)


@pytest.mark.parametrize("pitch", [-15.0, 0.0])
def test_no_root_of_a_tooth_shows_through_the_gums(mouth: Mouth, pitch: float) -> None:
    pose = pose_of(turned(0, pitch), 3 * SIZE)
    seen = picture(mouth, pose)
    band = [0.0, 0.275, -0.06]  # of the upper gums, from which the tips of roots would stand out
    x, y = pose.project(np.array([band], np.float32))[0, :2].astype(int)
    gums = seen[y - 12 : y + 12, x - 80 : x + 80]
    assert (gums[:, :, 0] - gums[:, :, 1] > 0.25 * gums[:, :, 0]).mean() > 0.99
    assert np.percentile(gums[:, 40:120, 0], 1) > 0.3 * np.median(gums[:, 40:120, 0])  # no holes


def test_crowns_are_longer_than_the_model_s_and_end_where_they_did(mouth: Mouth) -> None:
    def tooth(crowns: float) -> NDArray[np.int64]:
        settings = replace(INNER_MOUTH, crowns=crowns)
        upper = draw_mouth(mouth, pose_of(FRONT), scale=3 * SCALE, settings=settings).upper
        column = upper[:, len(upper) // 2 + 20]  # through a middle incisor
        return np.flatnonzero((column[:, 3] > 0.5) & (column[:, 1] > 0.8 * column[:, 0]))

    usual, longer = tooth(1.0), tooth(INNER_MOUTH.crowns)
    assert abs(int(longer.max()) - int(usual.max())) <= 1
    assert np.ptp(longer) / np.ptp(usual) == pytest.approx(INNER_MOUTH.crowns, abs=0.06)


def test_lower_teeth_are_whole_up_to_the_canines_and_flesh_behind(mouth: Mouth) -> None:
    _, of_jaw = find_moving(mouth)
    parts = find_parts(mouth, of_jaw, INNER_MOUTH)
    crowns = mouth.vertices[mouth.quads].mean(axis=1)[:, 1] < INNER_MOUTH.gum_lines[1]
    seen = []
    for tooth in find_teeth(mouth).lower:
        of = parts[np.isin(mouth.quads[:, 0], tooth) & crowns]
        assert len(set(of.tolist())) == 1  # no tooth in pieces
        seen.append(of[0] == TEETH)
        assert seen[-1] or of[0] == GUM
    assert sum(seen) == 6


def test_a_lowered_head_has_no_darker_jaw(mouth: Mouth) -> None:
    def lower_teeth(pitch: float) -> float:
        drawing = draw_mouth(mouth, pose_of(turned(0, pitch)))
        light = drawing.lower[:, :, :3].mean(axis=2)
        return float(np.percentile(light[drawing.lower[:, :, 3] > 0.99], 95))

    assert lower_teeth(15.0) > 0.65 * lower_teeth(-15.0)


def test_an_open_jaw_leaves_a_dark_gap_and_lowers_the_lower_teeth_alone(mouth: Mouth) -> None:
    shut, wide = (picture(mouth, pose_of(FRONT), jaw) for jaw in (0.0, 1.0))
    column = slice(SIZE // 2 - 3, SIZE // 2 + 3)
    gap = slice(SIZE // 2 + 12, SIZE // 2 + 22)
    assert wide[gap, column].mean() < shut[gap, column].mean() - 15
    upper = slice(SIZE // 2 - 25, SIZE // 2 - 2)
    assert np.abs(wide[upper] - shut[upper]).mean() < 2


def test_a_turned_head_shows_its_other_side(mouth: Mouth) -> None:
    to_the_right, to_the_left = (picture(mouth, pose_of(turned(yaw))) for yaw in (20.0, -20.0))
    mirrored = np.abs(to_the_right - to_the_left[:, ::-1]).mean()
    assert mirrored < 2
    assert np.abs(to_the_right - to_the_left).mean() > 3 * mirrored


def test_a_tilted_head_tilts_the_drawing(mouth: Mouth) -> None:
    upright, tilted = (picture(mouth, pose_of(turned(0, 0, roll))) for roll in (0.0, 90.0))
    assert np.abs(np.rot90(upright, -1) - tilted).mean() < 4


def test_the_drawing_follows_the_picture(mouth: Mouth) -> None:
    pose = pose_of(turned(10.0, 5.0, 8.0))
    inside = MouthView(draw_mouth(mouth, pose), pose, 0.4, np.ones(3, np.float32), WHITE)
    whole, part = place_mouth(inside, (0, 0), (SIZE, SIZE)), place_mouth(inside, (30, 50), (60, 80))
    assert np.abs(whole[50:110, 30:110] - part).max() < 8  # resampled from another start
    assert np.abs(whole[50:110, 30:110] - part).mean() < 0.5


def test_angles_are_told_apart_and_rounded() -> None:
    pose, freely = pose_of(turned(13.0, -7.0, 25.0)), replace(INNER_MOUTH, most_nod=1e4)
    assert measure_yaw_pitch(pose, settings=freely) == pytest.approx((13.0, -7.0), abs=1e-3)
    assert measure_yaw_pitch(pose, 4.0, freely) == pytest.approx((12.0, -8.0), abs=1e-3)


def test_a_mouth_nods_with_its_head_ever_less() -> None:
    nods = [measure_yaw_pitch(pose_of(turned(5.0, by, 0.0)))[1] for by in np.arange(-30.0, 31, 2)]
    assert (np.diff(nods) > 0).all()
    assert np.abs(nods).max() < INNER_MOUTH.most_nod
    assert measure_yaw_pitch(pose_of(turned(5.0, 1.0, 0.0)))[1] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("pitch", [-17.0, 17.0])
def test_a_tongue_stays_in_sight_however_the_head_is_held(mouth: Mouth, pitch: float) -> None:
    """From far below, all that lies behind the teeth would sink behind the lower lip."""

    def measure_throat(nod: float, most: float) -> int:
        """Pixels of the dark between upper teeth and tongue, in the middle of an open jaw."""
        settings, pose = replace(INNER_MOUTH, most_nod=most), pose_of(turned(0.0, nod))
        drawing = draw_mouth(mouth, pose, settings=settings)
        view = MouthView(drawing, pose, 0.6, np.ones(3, np.float32), WHITE)
        column = place_mouth(view, (0, 0), (SIZE, SIZE))[:, 95:106].mean(axis=(1, 2))
        return int(np.diff(np.flatnonzero(column > 60)).max())

    assert measure_throat(pitch, INNER_MOUTH.most_nod) <= 3
    assert measure_throat(-17.0, 1e4) > 10  # a head held back, drawn as it nods


def test_the_jaw_opens_with_the_lower_lip(face_models: FaceModels) -> None:
    shape = face_models.prior.mean.copy()
    assert measure_jaw(shape) == 0
    opened = []
    for way in (0.05, 0.1, 0.2, 0.6):
        shape[LOWER_LIP, 1] = face_models.prior.mean[LOWER_LIP, 1] + way
        opened.append(measure_jaw(shape))
    assert (np.diff(opened) > 0).all()
    assert opened[-1] == INNER_MOUTH.jaw_widest


def test_it_is_lit_as_the_face_is(mouth: Mouth) -> None:
    full, half = (picture(mouth, pose_of(FRONT), light=light) for light in (0.7, 0.35))
    assert np.allclose(half, full / 2, atol=0.01)


def test_no_light_bleaches_it(mouth: Mouth) -> None:
    usual, glaring = (picture(mouth, pose_of(FRONT), light=light) for light in (0.7, 2.0))
    assert glaring.max() <= INNER_MOUTH.brightest + 0.01
    brightest = np.unravel_index(usual[:, :, 0].argmax(), usual.shape[:2])
    hue, kept = (one[brightest] / one[brightest].max() for one in (usual, glaring))
    assert kept == pytest.approx(hue, abs=1e-3)  # cut off channel by channel it would turn white


def test_surfaces_are_smooth(mouth: Mouth) -> None:
    # Of flat facets, neighbouring pixels are equal but for a few at edges; a smooth surface changes
    # a little everywhere.
    tongue = draw_mouth(mouth, pose_of(FRONT), scale=3 * SCALE).tongue
    inner = np.diff(tongue[:, :, 0], axis=1)[tongue[:, 1:, 3] == 1]
    assert (np.abs(inner) > 1e-4).mean() > 0.9
    assert np.percentile(np.abs(inner), 95) < 0.03


def test_a_tongue_has_a_groove_and_stays_above_a_wide_jaw(mouth: Mouth) -> None:
    tongue = draw_mouth(mouth, pose_of(FRONT)).tongue
    middle = len(tongue) // 2
    rows = tongue[:, middle, 3] > 0.99
    groove, beside = (tongue[rows][:, column, 0].mean() for column in (middle, middle + 14))
    assert groove < 0.95 * beside
    seen = picture(mouth, pose_of(FRONT), 1.0)
    below = seen[SIZE // 2 + 20 : SIZE // 2 + 40, SIZE // 2 + 5 : SIZE // 2 + 12]
    assert below[:, :, 0].mean() > 1.6 * INNER_MOUTH.cavity[0]


def test_a_tongue_turns_into_gums_without_steps(mouth: Mouth) -> None:
    scale = 3 * SCALE
    drawing = draw_mouth(mouth, pose_of(FRONT), scale=scale)
    opacity, floor = drawing.tongue[:, :, 3], drawing.floor[:, :, 3]
    rows = np.flatnonzero(opacity.max(axis=1) > 0.99)
    widths = []
    for row in rows[len(rows) // 4 : -len(rows) // 4]:
        border = (opacity[row] > 0.02) & (opacity[row] < 0.98) & (floor[row] > 0.99)
        widths.append(border.sum() / 2)  # of each side
    assert np.median(widths) > 0.3 * INNER_MOUTH.tongue_border * scale


def test_flattened_molars_leave_no_outlines(mouth: Mouth) -> None:
    def steps(softness: float) -> float:
        settings = replace(INNER_MOUTH, gums_softness=softness)
        floor = draw_mouth(mouth, pose_of(FRONT), scale=3 * SCALE, settings=settings).floor
        inner = floor[:, 1:, 3] * floor[:, :-1, 3] > 0.99
        return float(np.percentile(np.abs(np.diff(floor[:, :, 0], axis=1))[inner], 99.5))

    assert steps(INNER_MOUTH.gums_softness) < 0.5 * steps(1e-4)


def test_a_tongue_darkens_inwards(mouth: Mouth) -> None:
    tongue = draw_mouth(mouth, pose_of(FRONT)).tongue
    middle = len(tongue) // 2
    rows = np.flatnonzero(tongue[:, middle + 14, 3] > 0.99)  # from its back down to its tip
    back, tip = (tongue[part, middle + 14, 0].mean() for part in (rows[:8], rows[-16:-8]))
    assert back < 0.7 * tip


def test_flesh_is_as_light_as_lips_and_teeth_are_not(mouth: Mouth) -> None:
    pose = pose_of(FRONT)
    drawing, light = draw_mouth(mouth, pose), np.ones(3, np.float32)
    dark, pale = (
        place_mouth(
            MouthView(drawing, pose, 0.8, light, np.full(3, level, np.float32)),
            (0, 0),
            (SIZE, SIZE),
        )
        for level in (70.0, 170.0)
    )
    lighter = (pale / np.maximum(dark, 1)).mean(axis=2)
    of_dark = 1 + 0.9 * (70 / 255 - 0.39)
    assert lighter.max() == pytest.approx((1 + 0.9 * (170 / 255 - 0.39)) / of_dark, abs=0.01)
    assert lighter.min() == pytest.approx(1, abs=1e-3)


def test_a_shadow_on_flesh_leaves_teeth_as_light(mouth: Mouth) -> None:
    pose = pose_of(FRONT)
    drawing, light = draw_mouth(mouth, pose), np.ones(3, np.float32)
    middle = SIZE // 2
    edge = np.array([[middle - 40, middle - 10], [middle + 40, middle - 10]], np.float32)
    bright, dark = (
        place_mouth(
            MouthView(drawing, pose, 0.8, light, WHITE, parted=parted),
            (0, 0),
            (SIZE, SIZE),
        )
        for parted in (None, PartedLips(0.0, 0.7, edge))
    )
    column = slice(middle - 3, middle + 3)
    left = (dark[:, column].sum(axis=(1, 2)) + 1) / (bright[:, column].sum(axis=(1, 2)) + 1)
    teeth = place_mouth(MouthView(drawing, pose, 0.8, light, WHITE), (0, 0), (SIZE, SIZE))
    pale = (teeth[:, column, 0] < 1.35 * teeth[:, column, 1]).all(axis=1)
    bright_teeth = pale & (teeth[:, column].mean(axis=(1, 2)) > 120)
    assert bright_teeth.any()
    assert np.median(left[bright_teeth]) > 0.97
    assert left[middle - 10 :].min() < 0.8
