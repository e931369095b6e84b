"""Moving and painting one face, with an untrained generator: what must hold whatever it paints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from values import changed

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector, Photo
from ganimate.errors import UsageError
from ganimate.face.alignment import fit_crop
from ganimate.face.landmarks import LIPS, N_MESH, OVAL
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo, resize_longest
from ganimate.networks.device import choose_device
from ganimate.networks.generators import load_generator
from ganimate.networks.motion import Generator
from ganimate.performance.expressions import PRESETS
from ganimate.performance.performance import interpolate_aus
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import Animator, draw_frame, draw_frames
from ganimate.rendering.kinds import open_animator
from ganimate.rendering.settings import PAINT
from ganimate.rendering.territory import divide_photo
from ganimate.warp.settings import MESH


@pytest.fixture(scope="module")
def generator(model: Path) -> Generator:
    return load_generator(model)


@pytest.fixture(scope="module")
def animator(serious: Portrait, generator: Generator, face_models: FaceModels) -> Animator:
    return open_animator(serious, generator, face_models)


def target_of(portrait: Portrait, preset: str) -> AUVector:
    return PRESETS[preset].apply_to(portrait.aus)


def drawn(animator: Animator, aus: AUVector) -> Photo:
    """The photo with its face at some AUs."""
    (frame,) = draw_frames([animator], [animator.layers([aus])])
    return frame


def influence(portrait: Portrait) -> NDArray[np.bool_]:
    """(H, W) the pixels within the mesh's outer ring or the generator's crop."""
    height, width = portrait.photo.shape[:2]
    oval = portrait.face.landmarks[OVAL, :2]
    ring = oval.mean(axis=0) + MESH.ring_sizes[-1] * (oval - oval.mean(axis=0))
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    back = fit_crop(portrait.face.landmarks, 1).inverse()
    mask = np.zeros((height, width), np.uint8)
    for outline in (ring, back.apply(square)):
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], (1,))
    coarse = round(portrait.face.box.width / 20)  # a few pixels of the warp's grid
    return cv2.dilate(mask, np.ones((coarse, coarse), np.uint8)) > 0


def test_the_photo_s_own_expression_is_the_photo(animator: Animator) -> None:
    portrait = animator.portrait
    assert np.array_equal(drawn(animator, portrait.aus.copy()), portrait.photo)


@pytest.mark.parametrize("preset", ["laugh", "surprise", "blink"])
def test_only_the_face_changes(animator: Animator, preset: str) -> None:
    portrait = animator.portrait
    frame = drawn(animator, target_of(portrait, preset))
    assert (frame.shape, frame.dtype) == (portrait.photo.shape, np.uint8)
    differs = (frame != portrait.photo).any(axis=2)
    inside = influence(portrait)
    assert not differs[~inside].any()
    assert differs[inside].mean() > 0.05
    assert not differs[:20].any()
    assert not differs[-20:].any()


def test_the_photo_itself_is_never_drawn_into(animator: Animator) -> None:
    before = animator.portrait.photo.copy()
    drawn(animator, target_of(animator.portrait, "laugh"))
    assert np.array_equal(animator.portrait.photo, before)


def test_little_changes_draw_little(animator: Animator) -> None:
    portrait = animator.portrait
    alphas = np.array([0.01, 0.1, 1.0], np.float32)
    wanted = interpolate_aus(portrait.aus, target_of(portrait, "surprise"), alphas)
    photo = portrait.photo.astype(int)
    change = [np.abs(drawn(animator, aus) - photo).mean() for aus in wanted]
    assert 0 < change[0] < change[1] < change[2]
    assert change[0] < 0.2 * change[2]


def test_frames_in_a_batch_are_as_alone(animator: Animator) -> None:
    portrait = animator.portrait
    steps = np.linspace(0, 1, PAINT.batch + 1, dtype=np.float32)
    wanted = list(interpolate_aus(portrait.aus, target_of(portrait, "laugh"), steps))
    together = list(draw_frames([animator], [animator.layers(wanted)]))
    assert len(together) == PAINT.batch + 1
    for aus, frame in zip(wanted, together, strict=True):
        # Kernels may round differently for another batch size; the mean must not.
        assert np.abs(drawn(animator, aus).astype(int) - frame).mean() < 0.02


def test_equal_runs_are_equal(animator: Animator) -> None:
    target = target_of(animator.portrait, "disgust")
    assert np.array_equal(drawn(animator, target), drawn(animator, target))


def test_a_face_at_the_border(
    serious: Portrait, generator: Generator, face_models: FaceModels
) -> None:
    box = serious.face.box
    cut = np.ascontiguousarray(
        serious.photo[int(box.top) - 8 : int(box.top + box.height) + 8, : int(box.left + 200)]
    )
    (portrait,) = find_portraits(cut, face_models)
    animator = open_animator(portrait, generator, face_models)
    frame = drawn(animator, target_of(portrait, "surprise"))
    assert frame.shape == cut.shape
    assert (frame != cut).any()
    assert np.array_equal(drawn(animator, portrait.aus), cut)


def test_a_large_photo_keeps_its_detail(
    serious: Portrait, generator: Generator, face_models: FaceModels
) -> None:
    """A face larger than the crop: skin that moved is as sharp as the photo's."""
    smooth = resize_longest(serious.photo, 1818)
    noise = np.random.default_rng(0).normal(0, 12, (*smooth.shape[:2], 1))
    large = np.clip(smooth + noise, 0, 255).astype(np.uint8)
    (portrait,) = find_portraits(large, face_models)
    frame = drawn(open_animator(portrait, generator, face_models), target_of(portrait, "smile"))
    x, y = portrait.face.landmarks[50, :2].astype(int)  # cheek of the person's right
    patch = slice(y - 40, y + 40), slice(x - 40, x + 40)
    assert (frame[patch] != large[patch]).mean() > 0.5
    sharp = [cv2.Laplacian(picture[patch], cv2.CV_32F).std() for picture in (frame, large)]
    assert sharp[0] > 0.7 * sharp[1]


def test_a_large_mouth_is_as_fine_as_its_photo(
    serious: Portrait, generator: Generator, face_models: FaceModels
) -> None:
    large = find_portraits(resize_longest(serious.photo, 1800), face_models)[0]
    animator = open_animator(large, generator, face_models)
    target = target_of(large, "laugh")
    layer = replace(next(animator.layers([target])), grains=())
    coarse = replace(layer, patches=layer.patches[:1])
    x, y = large.face.landmarks[13, :2].astype(int)
    mouth = slice(y - 20, y + 60), slice(x - 120, x + 120)
    fine, painted = (draw_frame(animator, one)[mouth].astype(np.float32) for one in (layer, coarse))
    edges, blurred = (np.square(np.diff(one, axis=1)).mean() for one in (fine, painted))
    assert edges > 1.5 * blurred
    assert np.abs(cv2.blur(fine, (25, 25)) - cv2.blur(painted, (25, 25))).mean() < 12


@pytest.mark.parametrize("preset", ["laugh", "anger", "blink"])
def test_a_grey_photo_stays_grey(
    serious: Portrait, generator: Generator, face_models: FaceModels, preset: str
) -> None:
    grey = np.repeat(cv2.cvtColor(serious.photo, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    portrait = find_portraits(grey, face_models)[0]
    frame = drawn(open_animator(portrait, generator, face_models), target_of(portrait, preset))
    assert (frame != grey).any()
    assert np.ptp(frame, axis=2).max() == 0


def test_lips_that_shut_hide_the_teeth(
    smiling: Portrait, generator: Generator, face_models: FaceModels
) -> None:
    photo = cv2.resize(smiling.photo, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    marked = np.asarray(photo, np.uint8).copy()
    (portrait,) = find_portraits(marked, face_models)
    points = portrait.face.landmarks
    edge = [*LIPS.upper[0], *LIPS.lower[0][::-1]]
    cv2.fillPoly(marked, [np.round(points[edge, :2]).astype(np.int32)], (0, 255, 0))
    animator = open_animator(portrait, generator, face_models)
    (layer,) = animator.layers([changed(portrait.aus, {25: 0.0, 26: 0.0})])
    frame = draw_frame(animator, replace(layer, patches=()))  # what the warp alone makes

    def greens(picture: Photo) -> int:
        return int((picture[:, :, 1] > picture[:, :, [0, 2]].max(axis=2) + 60.0).sum())

    assert greens(marked) > 400
    assert greens(frame) < 0.05 * greens(marked)


def test_masks(animator: Animator, generator: Generator) -> None:
    size = generator.config.size
    masks = animator.masks(target_of(animator.portrait, "laugh"))
    assert masks.result.shape == masks.colour.shape == (size, size, 3)
    assert masks.attention.shape == (size, size)
    assert 0 <= masks.attention.min() < 0.05  # inside the opened mouth
    assert 0.5 < masks.attention.max() <= 1
    still = animator.masks(animator.portrait.aus)
    assert (still.attention == 1).all()
    assert np.array_equal(still.result, animator.crop)


def test_the_mesh_is_where_the_face_is_moved(animator: Animator) -> None:
    source, still = animator.portrait.aus, np.zeros(3, np.float32)
    mesh = animator.portrait.face.landmarks[:N_MESH, :2]
    assert np.abs(animator.move(source, still) - mesh).max() < 0.01
    opened = source.copy()
    opened[ROW_OF[26]] = 1
    away = animator.move(opened, still) - mesh
    chin, forehead = away[152], away[10]
    assert chin[1] > 0.02 * animator.portrait.face.box.height
    assert np.abs(forehead).max() < 0.5
    nose = (animator.move(source, np.array([10, 0, 0], np.float32)) - mesh)[1]
    assert nose[0] < -1  # towards the person's own right


def test_drives_move_and_targets_paint(animator: Animator) -> None:
    portrait = animator.portrait
    target = changed(portrait.aus, {12: 1.0, 25: 1.0, 26: 0.5})
    (layer,) = animator.layers([target])
    (driven,) = animator.layers([target], [changed(portrait.aus, {12: 0.5, 25: 1.0, 26: 0.5})])
    (still,) = animator.layers([target], [portrait.aus])
    assert layer.warp is not None
    assert driven.warp is not None
    assert still.warp is not None
    assert np.abs(layer.warp.field).max() != np.abs(driven.warp.field).max() > 0
    assert not still.warp.field.any()
    assert not still.patches  # what did not move shows all there is
    (mouth,), (same_mouth,) = layer.patches, driven.patches
    assert mouth.paint.any()
    assert not np.array_equal(mouth.paint, same_mouth.paint)


def test_two_faces_of_one_photo(group: Path, generator: Generator, face_models: FaceModels) -> None:
    photo = read_photo(group)
    portraits = find_portraits(photo, face_models, "all")
    animators = [open_animator(portrait, generator, face_models) for portrait in portraits]
    targets = [target_of(portrait, "surprise") for portrait in portraits]
    layers = [one.layers([target]) for one, target in zip(animators, targets, strict=True)]
    (frame,) = draw_frames(animators, layers)
    apart = photo.copy()
    for animator, target in zip(animators, targets, strict=True):
        moved_here = (alone := drawn(animator, target)) != photo
        apart[moved_here] = alone[moved_here]
    assert np.array_equal(frame, apart)  # their regions do not meet


def open_all(photo: Photo, generator: Generator, face_models: FaceModels) -> list[Animator]:
    portraits = find_portraits(photo, face_models, "all")
    return [open_animator(portrait, generator, face_models) for portrait in portraits]


@pytest.fixture(scope="module")
def side_by_side(smiling: Portrait) -> Photo:
    """Three faces, so near each other that the warp of each reaches across the next one's."""
    left, top, width, height = (round(side) for side in smiling.face.box)
    tall = slice(top - height // 2, top + 2 * height)
    face = smiling.photo[tall, left - width // 5 : left + width + width // 5]
    return np.ascontiguousarray(np.concatenate([face, face[:, ::-1], face], axis=1))


@pytest.mark.parametrize("kind", ["model", "paper_model"])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2]])
def test_a_face_among_others_is_as_alone(
    side_by_side: Photo,
    face_models: FaceModels,
    kind: str,
    order: list[int],
    request: pytest.FixtureRequest,
) -> None:
    generator = load_generator(request.getfixturevalue(kind))
    animators = open_all(side_by_side, generator, face_models)
    assert len(animators) == 3
    animators = [animators[index] for index in order]
    targets = [target_of(one.portrait, "surprise") for one in animators]
    layers = [one.layers([target]) for one, target in zip(animators, targets, strict=True)]
    (frame,) = draw_frames(animators, layers)
    for animator, target in zip(animators, targets, strict=True):
        alone = drawn(animator, target)
        outline = animator.portrait.face.landmarks[OVAL, :2].astype(np.int32)
        oval = cv2.fillPoly(np.zeros(frame.shape[:2], np.uint8), [outline], (1,)) > 0
        assert (alone[oval] != side_by_side[oval]).mean() > 0.2
        assert np.array_equal(frame[oval], alone[oval])


def test_faces_that_overlap_have_no_seam(smiling: Portrait) -> None:
    """The same face twice, a third of its width apart: what moves it changes little by little."""
    x = round(smiling.face.box.width / 3)
    second = replace(smiling.face, landmarks=smiling.face.landmarks + np.float32([x, 0, 0]))
    shares = divide_photo([smiling, replace(smiling, face=second)])
    for share in shares:
        assert share is not None
        assert share.share.min() == 0
        assert share.share.max() > 0.95
        assert np.abs(np.diff(share.share, axis=1)).max() < 0.2  # of a pixel of the coarse grid
        assert np.abs(np.diff(share.share, axis=0)).max() < 0.2


def test_choose_device() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in ("cpu", "cuda", "mps")
    with pytest.raises(UsageError, match="'gpu'"):
        choose_device("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="no cuda device"):
            choose_device("cuda")
