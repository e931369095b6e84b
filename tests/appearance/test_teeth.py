"""One person's teeth: told by their face, bounded, and the same whenever it is seen."""

from __future__ import annotations

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from ganimate.appearance.mouth_anatomy import Mouth, find_teeth
from ganimate.appearance.mouth_drawing import SCALE, draw_mouth
from ganimate.appearance.own_teeth import OwnTeeth
from ganimate.appearance.settings import INNER_MOUTH
from ganimate.appearance.teeth import INFANCY, Teeth, choose_teeth, hide_teeth, shape_mouth
from ganimate.appearance.teeth_settings import TEETH
from ganimate.arrays import FaceShape
from ganimate.face.landmarks import N_MESH
from ganimate.face.pose import Pose
from ganimate.face_models import FaceModels
from ganimate.portrait import Portrait, find_portraits
from ganimate.warp.displacement import move_landmarks

BABY = (0.753, 1.015, 0.269, 0.307, 0.718, 0.23)
"""Lengths of INFANCY, means of 1,008 faces of a year or less in UTKFace."""

FRONT = Pose(np.eye(3, dtype=np.float32), 100.0, np.zeros(3, np.float32))


@pytest.fixture
def mouth(face_models: FaceModels) -> Mouth:
    return face_models.mouth


def shapes(portrait: Portrait, models: FaceModels) -> tuple[FaceShape, FaceShape]:
    """A face as it is and at rest, in the frame of the mean face."""
    pose, still = portrait.pose, portrait.face.landmarks[:N_MESH]
    rest = move_landmarks(models.prior, still, pose, portrait.aus, np.zeros_like(portrait.aus))
    return pose.normalise(still), pose.normalise(rest)


def test_the_same_face_has_the_same_teeth_at_any_size(
    smiling: Portrait, serious: Portrait, face_models: FaceModels
) -> None:
    small = cv2.resize(serious.photo, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    again = find_portraits(small, face_models)[0]
    one, other, else_ = (
        choose_teeth(*shapes(face, face_models), None) for face in (serious, again, smiling)
    )
    assert (one.drop, one.width) == pytest.approx((other.drop, other.width), abs=0.015)
    assert one.arch == pytest.approx(other.arch, abs=0.03)
    assert (one.gap, *one.shade) == pytest.approx((other.gap, *other.shade), abs=0.02)
    differing = [
        abs(one.drop - else_.drop) / TEETH.strays,
        abs(one.width - else_.width) / TEETH.broader,
        abs(one.shade[2] - else_.shade[2]) / TEETH.whiter,
    ]
    assert max(differing) > 0.3


def test_teeth_stand_where_lips_rest_within_bounds(face_models: FaceModels) -> None:
    mean = face_models.prior.mean
    drops = []
    for higher in (0.2, 0.03, 0.0, -0.03, -0.2):
        rest = mean.copy()
        rest[13, 1] -= higher
        drops.append(choose_teeth(mean, rest, None).drop)
    assert drops[0] == -TEETH.strays
    assert drops[-1] == TEETH.strays
    assert np.diff(drops[1:4]) == pytest.approx(0.03 * TEETH.follows_lip, abs=1e-6)


@pytest.mark.parametrize(
    ("below", "drawn_below"), [(-0.03, 0.0), (0.0, 0.0), (0.009, 0.0), (0.02, 0.01)]
)
def test_teeth_whose_edges_a_lip_hides_are_drawn_longer_if_much_longer_ones_are_expected(
    face_models: FaceModels, below: float, drawn_below: float
) -> None:
    """Below: how much lower than the lip's edge they are expected, in widths of the face."""
    mean = face_models.prior.mean
    expected = choose_teeth(mean, mean, None).drop
    shown = np.zeros((4, 4), np.float32)
    own = OwnTeeth(shown, None, hidden_below=expected - below, edge=np.zeros(2), width=None)
    drawn = choose_teeth(mean, mean, own).drop
    assert drawn == pytest.approx(own.hidden_below + drawn_below - TEETH.behind_own, abs=1e-6)


def test_teeth_that_a_lip_hides_end_above_its_edge(face_models: FaceModels, mouth: Mouth) -> None:
    open_wide = face_models.prior.mean.copy()
    open_wide[13, 1] -= 0.03
    teeth = Teeth(drop=hide_teeth(open_wide, mouth))
    shaped, _ = shape_mouth(mouth, teeth)
    edges = [shaped.vertices[tooth, 1].max() for tooth in find_teeth(shaped).upper]
    assert max(edges) == pytest.approx(open_wide[13, 1] - TEETH.behind_lip, abs=1e-5)


def test_an_infants_teeth_have_not_come_and_adults_have_theirs(
    smiling: Portrait, serious: Portrait, face_models: FaceModels, mouth: Mouth
) -> None:
    for portrait in (smiling, serious):
        grown = choose_teeth(*shapes(portrait, face_models), None)
        assert (grown.crown, grown.flesh_shadow) == (1, 1)
    infant = face_models.prior.mean.copy()
    for (one, other), length in zip(INFANCY, BABY, strict=True):
        middle, apart = (infant[one] + infant[other]) / 2, infant[one] - infant[other]
        half = length / 2 * apart / np.linalg.norm(apart)
        infant[one], infant[other] = middle + half, middle - half
    teeth = choose_teeth(infant, infant, None)
    assert teeth.crown < 0.3
    assert teeth.flesh_shadow < 0.1
    assert shape_mouth(face_models.mouth, teeth)[1].flesh_shadow == teeth.flesh_shadow
    shaped, drawn = shape_mouth(mouth, teeth)
    crowns = [
        max(one.vertices[tooth, 1].max() for tooth in find_teeth(one).upper) - lines[0]
        for one, lines in (
            (shaped, drawn.gum_lines),
            (shape_mouth(mouth, replace(teeth, crown=1))[0], drawn.gum_lines),
        )
    ]
    assert crowns[0] == pytest.approx(teeth.crown * crowns[1], rel=1e-3)
    # No vertex of upper gums hangs lower than the teeth end: their ridge is smooth.
    still = np.abs(mouth.jaw).max(axis=1) == 0
    assert shaped.vertices[still, 1].max() <= drawn.gum_lines[0] + crowns[0] + 1e-5


def test_no_face_has_odd_teeth(face_models: FaceModels) -> None:
    mean = face_models.prior.mean
    for stretched in (0.5, 0.9, 1.1, 2.0):
        shape = mean * np.array([stretched, 1, 1], np.float32)
        teeth = choose_teeth(shape, shape, None)
        assert abs(teeth.width - 1) <= TEETH.broader + 1e-9
        assert 1 <= teeth.arch <= TEETH.arch
        assert 0 <= teeth.gap <= TEETH.gap
        assert np.abs(np.array(teeth.shade) - 1).max() <= TEETH.whiter * max(TEETH.tint) + 1e-9


def test_low_faces_have_the_teeth_of_children(face_models: FaceModels) -> None:
    grown, child = face_models.prior.mean.copy(), face_models.prior.mean.copy()
    grown[152, 1], child[152, 1] = grown[168, 1] + TEETH.grown, child[168, 1] + TEETH.infant
    older, younger = (choose_teeth(face, face, None) for face in (grown, child))
    assert older.drop - younger.drop == pytest.approx(TEETH.rise_of_child)
    assert younger.light / older.light == pytest.approx(1 - TEETH.child_shade)
    assert (older.arch, younger.arch) == pytest.approx((TEETH.arch, 1))


def test_the_mean_faces_teeth_are_drawn_as_they_are(mouth: Mouth) -> None:
    same, settings = shape_mouth(mouth, Teeth())
    assert settings == INNER_MOUTH
    assert np.allclose(same.vertices, mouth.vertices, atol=1e-6)
    assert all(
        np.array_equal(getattr(same, one.name), getattr(mouth, one.name))
        for one in fields(mouth)
        if one.name != "vertices"
    )


def test_lower_teeth_are_drawn_lower_and_no_root_shows(mouth: Mouth) -> None:
    drop = 0.04
    there, settings = shape_mouth(mouth, Teeth(drop=drop))
    before = draw_mouth(mouth, FRONT).upper
    after = draw_mouth(there, FRONT, settings=settings).upper
    rows = round(drop * SCALE)
    assert np.abs(after[rows:] - before[:-rows])[:, :, 3].mean() < 0.004
    assert np.abs(after[rows:] - before[:-rows])[:, :, :3].mean() < 0.004
    assert settings.lip_at_rest == pytest.approx(INNER_MOUTH.lip_at_rest + drop)


def test_narrow_teeth_have_gaps_at_their_edges_and_none_at_their_roots(mouth: Mouth) -> None:
    upper = find_teeth(mouth).upper
    middle = sorted(upper, key=lambda tooth: abs(mouth.vertices[tooth, 0].mean()))[:2]
    there, _ = shape_mouth(mouth, Teeth(width=0.9, gap=0.1))
    was, now = mouth.vertices[middle[0]], there.vertices[middle[0]]
    roots, edges = was[:, 1] < INNER_MOUTH.gum_lines[0], was[:, 1] > was[:, 1].max() - 0.01
    assert np.ptp(now[roots, 0]) == pytest.approx(0.9 * np.ptp(was[roots, 0]), rel=1e-3)
    assert np.ptp(now[edges, 0]) == pytest.approx(0.9 * 0.9 * np.ptp(was[edges, 0]), rel=0.02)
    assert np.array_equal(now[:, 1:], was[:, 1:])


def test_darker_teeth_are_yellower(mouth: Mouth) -> None:
    settings = shape_mouth(mouth, Teeth(shade=(0.97, 0.95, 0.92)))[1]
    red, green, blue = INNER_MOUTH.teeth
    assert settings.teeth == pytest.approx((red * 0.97, green * 0.95, blue * 0.92))
    assert replace(settings, teeth=INNER_MOUTH.teeth) == INNER_MOUTH


def test_less_light_makes_all_of_a_mouth_darker_and_shade_its_teeth_alone(mouth: Mouth) -> None:
    """Teeth in the shade alone would be greyer than the tongue behind them."""
    _, plain = shape_mouth(mouth, Teeth())
    _, dim = shape_mouth(mouth, Teeth(light=0.5))
    _, dull = shape_mouth(mouth, Teeth(shade=(0.5, 0.5, 0.5)))
    for part in ("teeth", "flesh", "tongue", "palate"):
        assert getattr(dim, part) == pytest.approx([0.5 * one for one in getattr(plain, part)])
    assert dull == replace(plain, teeth=dim.teeth)
