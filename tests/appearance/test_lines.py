"""The lines of a face's own skin: drawn on plain skin, so that what is a line is known."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from values import changed

from ganimate.action_units import LEFT, RIGHT
from ganimate.appearance.line_settings import LINES
from ganimate.appearance.lines import Lines, deepen_lines, measure_skin
from ganimate.arrays import AUVector, Landmarks, Photo
from ganimate.face_models import FaceModels
from ganimate.media.photo import resize_longest
from ganimate.networks.generators import load_generator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frames
from ganimate.rendering.compositor import compose_layer
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.settings import CompositorSettings
from ganimate.rendering.warp_animator import WarpAnimator

Ends = tuple[tuple[float, float], tuple[float, float]]
SKIN = (200, 160, 140)
NOTHING = np.zeros((17, 2), np.float32)


@pytest.fixture(scope="module")
def landmarks(serious: Portrait) -> Landmarks:
    """Of a face 200 px wide."""
    return serious.face.landmarks


def plain(serious: Portrait) -> Photo:
    return np.full_like(serious.photo, SKIN)


def with_line(photo: Photo, ends: Ends, depth: float = 0.12, width: float = 1.5) -> Photo:
    """A soft line, darker than the skin by `depth` of log luminance."""
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
    start, end = np.array(ends)
    way = (end - start) / np.linalg.norm(end - start)
    along = (x - start[0]) * way[0] + (y - start[1]) * way[1]
    off = np.abs((x - start[0]) * way[1] - (y - start[1]) * way[0])
    beyond = np.maximum(np.maximum(-along, along - np.linalg.norm(end - start)), 0)
    dark = depth * np.exp(-(off**2 + beyond**2) / (2 * width**2))
    return np.clip(photo * np.exp(-dark)[:, :, None] + 0.5, 0, 255).astype(np.uint8)


def on_forehead(landmarks: Landmarks) -> Ends:
    """A level line across the forehead, half way up from the brows."""
    low, high = landmarks[9, :2], landmarks[10, :2]
    x, y = (low + high) / 2
    reach = 0.12 * float(np.linalg.norm(landmarks[234, :2] - landmarks[454, :2]))
    return (x - reach, y), (x + reach, y)


def between_brows(landmarks: Landmarks) -> Ends:
    x, y = landmarks[[9, 8], :2].mean(axis=0)
    reach = 0.04 * float(np.linalg.norm(landmarks[234, :2] - landmarks[454, :2]))
    return (x, y - reach), (x, y + reach)


def beside_eye(landmarks: Landmarks, side: int) -> Ends:
    outer, inner = landmarks[[(263, 362), (33, 133)][side], :2]
    away = (outer - inner) / np.linalg.norm(outer - inner)
    width = float(np.linalg.norm(landmarks[234, :2] - landmarks[454, :2]))
    start, end = outer + 0.06 * width * away, outer + 0.13 * width * away
    return (start[0], start[1]), (end[0], end[1])


def lines_of(photo: Photo, landmarks: Landmarks) -> tuple[Lines, ...]:
    return measure_skin(photo, landmarks).lines


def units_of(found: tuple[Lines, ...]) -> list[set[tuple[int, int]]]:
    return [{(int(row), int(column)) for row, column in one.cells} for one in found]


def depth_at(lines: Lines, x: float, y: float) -> float:
    """Depth at a photo pixel."""
    across, down = lines.to_grid.matrix @ (x, y, 1)
    return float(lines.depth[round(float(down)), round(float(across))])


def test_smooth_skin_has_no_lines(serious: Portrait, landmarks: Landmarks) -> None:
    assert lines_of(plain(serious), landmarks) == ()


def test_a_line_of_the_forehead_is_found_where_it_lies(
    serious: Portrait, landmarks: Landmarks
) -> None:
    ends = on_forehead(landmarks)
    (lines,) = lines_of(with_line(plain(serious), ends), landmarks)
    assert {row for row, _ in units_of((lines,))[0]} == {0, 1}  # AU1 and AU2
    (x, y), (end, _) = ends
    middle = (x + end) / 2
    assert depth_at(lines, middle, y) > 0.03
    rows = np.flatnonzero(lines.depth.max(axis=1) > 0.004)
    top, bottom = (float(row) for row in rows[[0, -1]])
    scale = lines.to_grid.scale
    assert bottom - top < 12 * scale  # no halo
    deepest = int(lines.depth.sum(axis=1).argmax())
    assert deepest == pytest.approx(float((lines.to_grid.matrix @ (middle, y, 1))[1]), abs=1)


def test_lines_across_the_way_that_skin_folds_are_none(
    serious: Portrait, landmarks: Landmarks
) -> None:
    (left, y), (right, _) = on_forehead(landmarks)
    photo = plain(serious)
    for x in np.linspace(left, right, 4):  # hairs that hang down
        photo = with_line(photo, ((x, y - 12), (x, y + 12)))
    # In the middle they may pass for the lines of a frown.
    assert all(units == {(2, LEFT), (2, RIGHT)} for units in units_of(lines_of(photo, landmarks)))


def test_a_frown_line_is_the_brow_lowerer_s(serious: Portrait, landmarks: Landmarks) -> None:
    found = lines_of(with_line(plain(serious), between_brows(landmarks)), landmarks)
    assert units_of(found) == [{(2, LEFT), (2, RIGHT)}]


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_crow_s_feet_are_their_own_side_s(
    serious: Portrait, landmarks: Landmarks, side: int
) -> None:
    found = lines_of(with_line(plain(serious), beside_eye(landmarks, side)), landmarks)
    assert units_of(found) == [{(4, side)}]


def test_grain_and_blocks_are_no_lines(serious: Portrait, landmarks: Landmarks) -> None:
    photo = plain(serious)
    grain = np.random.default_rng(0).normal(0, 5, photo.shape[:2])[:, :, None]
    grainy = np.clip(photo + grain, 0, 255).astype(np.uint8)
    assert deepest_of(lines_of(grainy, landmarks)) < 0.01
    done, coded = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert done
    blocks = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert deepest_of(lines_of(np.asarray(blocks, np.uint8), landmarks)) < 0.01


def deepest_of(found: tuple[Lines, ...]) -> float:
    return max((float(lines.depth.max()) for lines in found), default=0.0)


def test_the_edge_of_a_shadow_is_no_line(serious: Portrait, landmarks: Landmarks) -> None:
    photo = plain(serious)
    (_, y), _ = on_forehead(landmarks)
    photo[: round(y)] = photo[: round(y)] * 0.8
    assert lines_of(photo, landmarks) == ()


def test_what_is_darker_than_a_crease_is_none(serious: Portrait, landmarks: Landmarks) -> None:
    """A brim, a fringe or the frame of glasses."""
    photo = with_line(plain(serious), on_forehead(landmarks), depth=1.5, width=2.5)
    assert lines_of(photo, landmarks) == ()


def test_a_larger_photo_has_the_same_lines(serious: Portrait, landmarks: Landmarks) -> None:
    photo = with_line(plain(serious), on_forehead(landmarks))
    large = resize_longest(photo, 2 * max(photo.shape[:2]))
    (lines,) = lines_of(photo, landmarks)
    (larger,) = lines_of(large, landmarks * (large.shape[0] / photo.shape[0]))
    assert larger.depth.shape[1] > 1.3 * lines.depth.shape[1]
    assert larger.depth.max() == pytest.approx(lines.depth.max(), rel=0.25)


def test_a_face_cut_off_at_the_brows(serious: Portrait, landmarks: Landmarks) -> None:
    cut = round(float(landmarks[107, 1]))
    photo = np.ascontiguousarray(serious.photo[cut:])
    shifted = landmarks - np.array([0, cut, 0], np.float32)
    assert all(0 not in {row for row, _ in units} for units in units_of(lines_of(photo, shifted)))


def test_lines_deepen_with_their_units_and_soften_without(
    serious: Portrait, landmarks: Landmarks
) -> None:
    (lines,) = lines_of(with_line(plain(serious), on_forehead(landmarks)), landmarks)
    assert deepen_lines(lines, NOTHING) is None
    assert deepen_lines(lines, changed(NOTHING, {12: 1.0, 4: 1.0, 6: 1.0})) is None
    gains = []
    for amount in (0.25, 0.5, 1.0):
        deeper = deepen_lines(lines, changed(NOTHING, {1: amount, 2: amount}))
        assert deeper is not None
        assert deeper.gain.max() <= 0
        gains.append(float(deeper.gain.min()))
    assert 0 > gains[0] > gains[1] > gains[2]
    assert gains[1] == pytest.approx(gains[2] / 2, rel=0.15)
    softer = deepen_lines(lines, changed(NOTHING, {1: -1.0, 2: -1.0}))
    assert softer is not None
    assert softer.gain.min() >= 0
    # Whatever goes, a part of the line stays.
    assert 0 < np.log1p(softer.gain.max()) <= LINES.softening * lines.depth.max() + 1e-6


def test_one_brow_creases_its_own_side(serious: Portrait, landmarks: Landmarks) -> None:
    (lines,) = lines_of(with_line(plain(serious), on_forehead(landmarks)), landmarks)
    deeper = deepen_lines(lines, changed(NOTHING, {2: (1.0, 0.0)}))
    assert deeper is not None
    per_column = -deeper.gain.sum(axis=0)
    x = (per_column * np.arange(len(per_column))).sum() / per_column.sum()
    middle = (lines.to_grid.matrix @ (landmarks[9, 0], landmarks[9, 1], 1))[0]
    assert x > middle + 3  # the person's left is the picture's right


def test_lined_skin_has_deeper_folds(serious: Portrait, landmarks: Landmarks) -> None:
    smooth = plain(serious)
    one = with_line(smooth, on_forehead(landmarks))
    more = with_line(one, between_brows(landmarks))
    folds = [measure_skin(photo, landmarks).folds for photo in (smooth, one, more)]
    assert folds[0] == LINES.folds_smooth
    assert LINES.folds_smooth < folds[1] < folds[2] < LINES.folds_lined


def test_a_fringe_leaves_it_unknown(serious: Portrait, landmarks: Landmarks) -> None:
    (left, y), (right, _) = on_forehead(landmarks)
    photo = plain(serious)
    for x in np.arange(left - 40, right + 40, 5):
        photo = with_line(photo, ((x, y - 40), (x, y + 15)), depth=0.3)
    skin = measure_skin(photo, landmarks)
    assert skin.folds == pytest.approx(LINES.folds_unknown, abs=0.02)
    assert skin.lines == ()


def test_a_hat_leaves_it_unknown(serious: Portrait, landmarks: Landmarks) -> None:
    photo = plain(serious)
    (_, y), _ = on_forehead(landmarks)
    photo[: round(y) + 3] = (30, 30, 60)
    assert measure_skin(photo, landmarks).folds > (LINES.folds_smooth + LINES.folds_unknown) / 2


def test_a_small_photo_leaves_it_unknown(serious: Portrait, landmarks: Landmarks) -> None:
    small = resize_longest(with_line(plain(serious), on_forehead(landmarks)), 300)
    skin = measure_skin(small, landmarks * (300 / max(serious.photo.shape[:2])))
    assert (skin.lines, skin.folds) == ((), LINES.folds_unknown)


@pytest.fixture(scope="module")
def lined(
    serious: Portrait, landmarks: Landmarks, model: Path, face_models: FaceModels
) -> WarpAnimator:
    """Grace Hopper's face on which a line across the forehead is drawn."""
    photo = with_line(serious.photo, on_forehead(landmarks))
    animator = open_animator(replace(serious, photo=photo), load_generator(model), face_models)
    assert isinstance(animator, WarpAnimator)
    return animator


def drawn(animator: WarpAnimator, aus: AUVector, drive: AUVector | None = None) -> Photo:
    drives = None if drive is None else [drive]
    (frame,) = draw_frames([animator], [animator.layers([aus], drives)])
    return frame


def without_lines(animator: WarpAnimator) -> WarpAnimator:
    bare = copy.copy(animator)
    bare.face = replace(animator.face, lines=())
    return bare


def test_raised_brows_deepen_the_line_and_nothing_else(lined: WarpAnimator) -> None:
    portrait = lined.portrait
    raised = changed(portrait.aus, {1: 1.0, 2: 1.0})
    ends = on_forehead(portrait.face.landmarks)
    x, y = round((ends[0][0] + ends[1][0]) / 2), round(ends[0][1])
    still = drawn(lined, raised, portrait.aus).astype(int)
    assert still[y, x].sum() < portrait.photo[y, x].sum() - 15
    assert (still[y, x] <= portrait.photo[y, x]).all()
    change = (still != drawn(without_lines(lined), raised, portrait.aus)).any(axis=2)
    rows = np.flatnonzero(change.any(axis=1))
    assert rows.max() < portrait.face.landmarks[[33, 263], 1].min()  # above the eyes
    assert np.array_equal(drawn(lined, portrait.aus), portrait.photo)


def test_the_line_goes_along_with_the_skin(
    lined: WarpAnimator, serious: Portrait, model: Path, face_models: FaceModels
) -> None:
    portrait = lined.portrait
    raised = changed(portrait.aus, {1: 1.0, 2: 1.0})
    ends = on_forehead(portrait.face.landmarks)
    x, y = round((ends[0][0] + ends[1][0]) / 2), round(ends[0][1])

    def row_of_what_darkens(brighter: Photo, darker: Photo) -> int:
        change = brighter.astype(float).sum(axis=2) - darker.astype(float).sum(axis=2)
        return int(change[y - 30 : y + 30, x - 10 : x + 11].mean(axis=1).argmax()) + y - 30

    bare = without_lines(lined)
    animator = open_animator(serious, load_generator(model), face_models)
    assert isinstance(animator, WarpAnimator)
    unlined = without_lines(animator)
    line_at = row_of_what_darkens(drawn(unlined, raised), drawn(bare, raised))
    assert line_at < y - 2  # it has risen
    assert abs(row_of_what_darkens(drawn(bare, raised), drawn(lined, raised)) - line_at) <= 1


def test_strips_are_the_whole(lined: WarpAnimator) -> None:
    raised = changed(lined.portrait.aus, {1: 1.0, 2: 1.0})
    (layer,) = lined.layers([raised])
    photo = lined.portrait.photo
    whole, strips = photo.copy(), photo.copy()
    compose_layer(photo, whole, layer, CompositorSettings(strip=10_000))
    compose_layer(photo, strips, layer, CompositorSettings(strip=37))
    assert np.abs(whole.astype(int) - strips).max() <= 1


def test_lines_come_little_by_little(lined: WarpAnimator) -> None:
    """No line jumps as brows rise: each tenth of the way adds about a tenth of it."""
    portrait = lined.portrait
    ends = on_forehead(portrait.face.landmarks)
    x, y = round((ends[0][0] + ends[1][0]) / 2), round(ends[0][1])
    levels = [
        int(drawn(lined, changed(portrait.aus, {1: level, 2: level}), portrait.aus)[y, x].sum())
        for level in np.linspace(float(portrait.aus[:2].max()), 1, 6)
    ]
    steps = -np.diff(levels)
    assert (steps >= 0).all()
    assert steps.max() <= 2.5 * max(1, steps.mean())


def test_masks_show_the_lines(lined: WarpAnimator) -> None:
    raised = changed(lined.portrait.aus, {1: 1.0, 2: 1.0})
    with_them, bare = lined.masks(raised).result, without_lines(lined).masks(raised).result
    assert (with_them.astype(int) - bare).min() < -2
    assert np.array_equal(lined.masks(lined.portrait.aus).result, lined.crop)


def test_the_generator_of_the_paper_draws_none(
    lined: WarpAnimator, paper_model: Path, face_models: FaceModels
) -> None:
    animator = open_animator(lined.portrait, load_generator(paper_model), face_models)
    (layer,) = animator.layers([changed(lined.portrait.aus, {1: 1.0, 2: 1.0})])
    assert not layer.lines
