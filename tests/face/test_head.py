"""Turns of the head: the angles, and frames in which the head turns and the background stays."""

from __future__ import annotations

import numpy as np
import pytest

from ganimate.arrays import Photo
from ganimate.face.detection import find_faces
from ganimate.face.head import limit_turn, turn_landmarks
from ganimate.face.landmarks import LIDS_OF_SIDE, N_MESH, OVAL, SKIN
from ganimate.face.pose import Pose, build_rotation, measure_angles
from ganimate.face_models import FaceModels
from ganimate.limits import MAX_TURN_DEGREES
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import parse_expression
from ganimate.portrait import Portrait, measure_portrait
from ganimate.rendering.animator import Animator, draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.warp.displacement import constrain_border
from ganimate.warp.prior import MotionPrior
from ganimate.warp.settings import DISPLACEMENT
from ganimate.weights import DEFAULT_MODEL, find_model

TURNS = [(12, 0, 0), (-12, 0, 0), (0, 12, 0), (0, -12, 0), (0, 0, 12), (0, 0, -12)]


@pytest.fixture(scope="module")
def animators(smiling: Portrait, serious: Portrait, face_models: FaceModels) -> list[Animator]:
    generator = load_generator(find_model(DEFAULT_MODEL))
    return [open_animator(portrait, generator, face_models) for portrait in (smiling, serious)]


def frame_of(animator: Animator, angles: tuple[float, ...], expression: str = "") -> Photo:
    """The photo with its head turned, and with another expression if one is named."""
    aus = animator.portrait.aus
    if expression:
        aus = parse_expression(expression).apply_to(aus)
    return draw_frame(animator, next(animator.layers([aus], heads=[np.float32(angles)])))


def test_angles_are_found_again() -> None:
    angles = np.random.default_rng(0).uniform(-40, 40, (50, 3))
    np.testing.assert_allclose(measure_angles(build_rotation(angles)), angles, atol=1e-9)
    np.testing.assert_allclose(build_rotation(np.zeros(3)), np.eye(3))


@pytest.mark.parametrize("angles", TURNS)
def test_pose_and_head_count_angles_alike(angles: tuple[float, ...]) -> None:
    rotation = build_rotation(np.array(angles)).astype(np.float32)
    pose = Pose(rotation, 100.0, np.zeros(3, np.float32))
    assert pose.yaw == pytest.approx(angles[0], abs=1e-3)
    assert pose.pitch == pytest.approx(angles[1], abs=1e-3)


def test_a_turn_is_rigid_and_none_is_exact(serious: Portrait) -> None:
    landmarks = serious.face.landmarks
    assert np.array_equal(
        turn_landmarks(landmarks, serious.pose, np.zeros(3, np.float32)), landmarks[:468]
    )
    after = turn_landmarks(landmarks, serious.pose, np.float32([10, -5, 3]))
    some = np.arange(0, N_MESH, 7)

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[some, None] - points[None, some], axis=-1)

    np.testing.assert_allclose(distances(after), distances(landmarks), atol=0.05)


def areas(prior: MotionPrior, points: np.ndarray) -> np.ndarray:
    """Of the triangles at the face's border, in shares of its width squared; 0 where hidden."""
    skin = prior.triangles[(prior.regions == SKIN) & (prior.triangles < N_MESH).all(axis=1)]
    skin = skin[np.isin(skin, OVAL).any(axis=1)]

    def signed(shape: np.ndarray) -> np.ndarray:
        a, b, c = np.moveaxis(shape[skin, :2], 1, 0)
        (u, v), width = (b - a, c - a), np.linalg.norm(shape[234, :2] - shape[454, :2])
        return np.asarray((u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2 / width**2)

    return np.maximum(np.sign(signed(prior.mean)) * signed(points), 0)


@pytest.mark.parametrize("yaw", [12, -12])
def test_what_is_seen_edge_on_is_not_drawn_out(
    smiling: Portrait, face_models: FaceModels, yaw: float
) -> None:
    prior, still = face_models.prior, smiling.face.landmarks[:N_MESH]
    plain = turn_landmarks(still, smiling.pose, np.float32([yaw, 0, 0]))
    held = constrain_border(prior, still, plain)
    before = areas(prior, still) + DISPLACEMENT.sliver
    grown = [(areas(prior, one) + DISPLACEMENT.sliver) / before for one in (plain, plain + held)]
    assert grown[0].max() > 8
    assert grown[1].max() < 0.55 * grown[0].max()
    assert (grown[1] > DISPLACEMENT.edge_on_full).mean() < 0.04
    kept = np.linalg.norm(held, axis=1) == 0
    assert kept.mean() > 0.75  # the face itself turns as it did
    assert not constrain_border(prior, still, still).any()


def test_what_holds_the_border_back_does_not_jump(
    smiling: Portrait, face_models: FaceModels
) -> None:
    still, pose = smiling.face.landmarks[:N_MESH], smiling.pose
    turns = [
        turn_landmarks(still, pose, np.float32([yaw, 0, 0])) for yaw in np.arange(0.25, 12, 0.25)
    ]
    held = np.stack([constrain_border(face_models.prior, still, one) for one in turns])
    steps = np.linalg.norm(np.diff(held, axis=0), axis=2).max(axis=1) / pose.scale
    assert steps.max() < 0.003  # of the face's width, for a quarter of a degree


def test_the_soft_cap() -> None:
    angles = np.linspace(-90, 90, 1801)
    capped = limit_turn(angles)
    assert np.abs(capped).max() <= MAX_TURN_DEGREES
    assert (np.diff(capped) >= 0).all()
    small = np.abs(angles) < 4
    np.testing.assert_allclose(capped[small], angles[small], atol=0.2)


@pytest.mark.parametrize("angles", TURNS)
def test_the_head_turns_as_asked(
    animators: list[Animator], face_models: FaceModels, angles: tuple[float, ...]
) -> None:
    for animator in animators:
        frame = frame_of(animator, angles)
        after = measure_portrait(frame, find_faces(frame)[0], face_models).pose.rotation
        found = measure_angles(animator.portrait.pose.rotation.T @ after)
        axis = int(np.argmax(np.abs(angles)))
        # The detector's depth is a guess, and glasses turn as a plane: it finds the direction and
        # most of the angle.
        assert np.sign(found[axis]) == np.sign(angles[axis])
        assert 4.5 < abs(found[axis]) < 18
        assert np.abs(np.delete(found, axis)).max() < 5


@pytest.mark.parametrize("angles", TURNS)
def test_the_background_holds_still(animators: list[Animator], angles: tuple[float, ...]) -> None:
    for animator in animators:
        photo, box = animator.portrait.photo, animator.portrait.face.box
        changed = (frame_of(animator, angles) != photo).any(axis=2)
        rows, columns = np.nonzero(changed)
        assert changed.sum() > 2000
        middle = box.left + box.width / 2, box.top + box.height / 2
        assert np.abs(columns - middle[0]).max() < 1.1 * box.width
        assert np.abs(rows - middle[1]).max() < 1.1 * box.height
        assert not changed[-60:].any()


def test_the_eyes_go_along(animators: list[Animator], face_models: FaceModels) -> None:
    """The iris keeps its place between the corners of the eye."""
    animator = animators[0]
    frame = frame_of(animator, (0, 0, 12))
    before = animator.portrait.face.landmarks
    after = find_faces(frame)[0].landmarks
    for lids, iris in zip(LIDS_OF_SIDE, (473, 468), strict=True):
        one, other = lids.corners

        def place(
            points: np.ndarray, one: int = one, other: int = other, iris: int = iris
        ) -> float:
            along = points[other, :2] - points[one, :2]
            return float((points[iris, :2] - points[one, :2]) @ along / (along @ along))

        assert place(after) == pytest.approx(place(before), abs=0.08)


def test_lids_close_and_lips_part_on_a_turned_head(
    animators: list[Animator], face_models: FaceModels
) -> None:
    animator = animators[1]
    turn = (10.0, 0.0, 5.0)
    plain = measure_of(frame_of(animator, turn), face_models)
    open_mouth = measure_of(frame_of(animator, turn, "AU25=0.8,AU26=0.8"), face_models)
    assert open_mouth.aus[14].mean() > plain.aus[14].mean() + 0.3
    assert np.abs(open_mouth.pose.yaw - plain.pose.yaw) < 4


def measure_of(frame: Photo, face_models: FaceModels) -> Portrait:
    return measure_portrait(frame, find_faces(frame)[0], face_models)


def test_no_turn_is_bit_equal_to_none(animators: list[Animator]) -> None:
    animator = animators[0]
    target = parse_expression("pucker").apply_to(animator.portrait.aus)
    with_head = next(animator.layers([target], heads=[np.zeros(3, np.float32)]))
    without = next(animator.layers([target]))
    assert np.array_equal(with_head.warp.field, without.warp.field)
    painted, same = ((*layer.patches, *layer.laid) for layer in (with_head, without))
    assert painted
    for one, other in zip(painted, same, strict=True):
        assert np.array_equal(one.paint, other.paint)


def test_a_turn_alone_paints_nothing(animators: list[Animator]) -> None:
    animator = animators[0]
    layer = next(animator.layers([animator.portrait.aus], heads=[np.float32([5, 0, 0])]))
    assert layer.warp.field.any()
    assert not layer.patches
