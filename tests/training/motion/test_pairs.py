"""Samples of the motion preset: round trips, transfers, and which faces they are made of."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from training_runs import (
    pairs_of,
)

from ganimate.action_units import ROW_OF
from ganimate.networks.attention import apply_gate, compose, compute_gate
from ganimate.rendering.window import EYES, MOUTH, mask_readable, measure_window, place_window
from ganimate.training.data.dataset import FaceSet
from ganimate.training.motion.sampling import (
    ANY,
    BARED_GUMS,
    EXPRESSIVE,
    OPEN_MOUTHS,
    WIDE_EYES,
    SamplingWeights,
    weigh_faces,
)
from ganimate.training.motion.targets import TARGETS, choose_target, choose_withheld
from ganimate.training.motion.windows import PairBatch

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def batches(faces: FaceSet) -> list[PairBatch]:
    """Thirty steps' samples."""
    pairs, _ = pairs_of(faces)
    return [pairs[step] for step in range(30)]


def same(one: PairBatch, other: PairBatch) -> bool:
    """Whether two batches are the same in every field."""
    fields = ((getattr(one, name), getattr(other, name)) for name in PairBatch.__dataclass_fields__)
    return all(
        torch.equal(mine, theirs) if isinstance(mine, torch.Tensor) else mine == theirs
        for mine, theirs in fields
    )


def test_a_step_s_samples_depend_on_nothing_else(faces: FaceSet, batches: list[PairBatch]) -> None:
    fresh, _ = pairs_of(faces)
    assert same(fresh[7], batches[7])
    assert not same(batches[7], batches[8])
    other, _ = pairs_of(faces, seed=5)
    assert not same(other[7], batches[7])


def test_samples_are_seen_through_windows_about_their_mouths_and_eyes(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    whole = pairs.make_round_trip(MOUTH, np.random.default_rng(0))
    for view in (MOUTH, *EYES):
        window = place_window(view, whole.landmarks, 64)
        assert window.side == measure_window(64) == 24
        x, y = whole.landmarks[list(view.centred), :2].mean(axis=0)
        assert abs(x - window.left - 12) <= 1
        assert abs(y - window.top - 24 * view.above) <= 1
        assert whole.real[window.pixels].shape == (24, 24, 3)


def test_faces_that_have_something_to_show_are_drawn_oftener(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    rng = np.random.default_rng(0)

    def mean_shown(kind: SamplingWeights, number: int) -> float:
        drawn = [pairs.sampler.draw_face(kind, rng) for _ in range(300)]
        return float(faces.aus[drawn, ROW_OF[number]].mean())

    assert mean_shown(OPEN_MOUTHS, 25) > 1.2 * mean_shown(ANY, 25)
    wide, anyhow = (np.diff(pairs.sampler.chances[kind], prepend=0) for kind in (WIDE_EYES, ANY))
    by_eyes = np.argsort(faces.aus[pairs.indices, ROW_OF[5]].mean(axis=1))
    assert (np.diff((wide / anyhow)[by_eyes]) > -1e-6).all()


def test_sharp_faces_are_drawn_oftener(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    variance = {
        int(face): cv2.Laplacian(faces.crop(int(face))[:, :, 1], cv2.CV_32F).var()
        for face in pairs.indices
    }
    chance = np.diff(pairs.sampler.chances[ANY], prepend=0)
    ordered = sorted(range(len(pairs)), key=lambda place: variance[int(pairs.indices[place])])
    assert (np.diff(chance[ordered]) > 0).all()


def test_a_transfer_stands_beside_a_face_that_shows_what_is_asked(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    rng = np.random.default_rng(0)
    same_aus = [
        np.array_equal(sample.aus, sample.real_aus)
        for sample in (pairs.make_transfer(rng) for _ in range(60))
    ]
    assert 25 < sum(same_aus) < 55  # the others show a preset, or lift their lips further


def test_only_faces_whose_lips_are_parted_so_far_are_drawn(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    parted = faces.aus[pairs.indices, ROW_OF[25]].mean(axis=1, dtype=float)
    chosen = SamplingWeights(1, 1.0, (), (float(np.median(parted)), 1.0))
    weights = weigh_faces(chosen, faces.aus[pairs.indices].mean(axis=2, dtype=float))
    assert ((weights > 0) == (parted >= np.median(parted))).all()
    nobody = SamplingWeights(1, 1.0, (), (0.998, 0.999))
    assert (weigh_faces(nobody, faces.aus[pairs.indices].mean(axis=2, dtype=float)) > 0).all()


def test_laughs_that_bare_gums_lift_the_lip_far(faces: FaceSet) -> None:
    rng, aus = np.random.default_rng(0), faces.aus[0]
    for _ in range(20):
        target = choose_target(BARED_GUMS, aus, np.zeros_like(aus), rng)
        assert set(np.flatnonzero(target.any(axis=1))) == {ROW_OF[n] for n in (10, 12, 25)}
        assert target[target > 0].min() >= 0.4


def test_transfers_look_at_mouths_and_round_trips_at_eyes_as_often(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    of_mouth = mask_readable(MOUTH)
    trips, transfers = [], []
    for step in range(8):
        batch = pairs[step]
        readable = batch.readable.numpy()
        trips += [np.array_equal(row, of_mouth) for row in readable[: batch.round_trips]]
        transfers += [np.array_equal(row, of_mouth) for row in readable[batch.round_trips :]]
    assert len(transfers) >= 8
    assert all(transfers)
    assert 0 < sum(trips) < len(trips)


def test_shapes_and_ranges_of_a_batch(batches: list[PairBatch]) -> None:
    batch = batches[0]
    assert batch.warped.shape == batch.given.shape == batch.real.shape == (4, 3, 24, 24)
    assert batch.warped.dtype == batch.real.dtype == batch.unknown.dtype == torch.uint8
    assert batch.unknown.shape == (4, 1, 24, 24)
    assert batch.aus.shape == batch.real_aus.shape == (4, 17, 2)
    for aus in (batch.aus, batch.real_aus):
        assert aus.dtype == torch.float32
        assert aus.min() >= 0
        assert aus.max() <= 1


def test_every_sample_has_an_answer_until_a_critic_listens(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    pairs.transfers_from = 5
    assert [pairs[step].round_trips for step in (0, 4, 5)] == [4, 4, 2]
    early = pairs[0]
    assert torch.equal(early.aus, early.real_aus)
    assert any(not torch.equal(pairs[step].aus, pairs[step].real_aus) for step in range(5, 15))


def test_round_trips_have_the_photo_for_an_answer(faces: FaceSet, batches: list[PairBatch]) -> None:
    crops = [faces.crop(index) for index in range(len(faces))]
    crops += [crop[:, ::-1] for crop in crops]
    known = {
        crop[top : top + 24, left : left + 24].tobytes()
        for crop in crops
        for top in range(41)
        for left in range(41)
    }
    moved = 0
    for batch in batches:
        for index in range(2):
            assert batch.real[index].permute(1, 2, 0).numpy().tobytes() in known
            assert torch.equal(batch.aus[index], batch.real_aus[index])
            moved += not torch.equal(batch.warped[index], batch.real[index])
    assert moved > 30


def test_a_round_trip_comes_back_to_where_it_was(batches: list[PairBatch]) -> None:
    """Away from what was hidden on the way, the warp there and back is nearly the photo."""
    for batch in batches:
        known = (batch.unknown[:2] == 0).expand(-1, 3, -1, -1)
        error = (batch.warped[:2].float() - batch.real[:2].float()).abs()
        assert error[known].mean() < 12  # of 255: blurred twice, shaded, but in place


def test_zero_change_paints_nothing(batches: list[PairBatch]) -> None:
    still = 0
    for batch in batches:
        unknown = batch.unknown.float() / 255
        image, colour = torch.rand(4, 3, 24, 24), torch.rand(4, 3, 24, 24)
        for change, nothing in (
            (torch.zeros(4), torch.ones(4, dtype=torch.bool)),
            (batch.change, (batch.unknown == 0).all(dim=(1, 2, 3))),
        ):
            result = compose(
                image, colour, apply_gate(torch.rand(4, 1, 24, 24), compute_gate(change, unknown))
            )
            assert torch.equal(result[nothing], image[nothing])
            still += int(nothing.sum())
    assert still > 30 * 4  # some photos of a batch show all that is asked


def test_what_is_withheld_shows_no_more_than_the_photo(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    rng = np.random.default_rng(0)
    for index in range(200):
        aus = np.array(faces.aus[index % len(faces)])
        other = faces.aus[pairs.sampler.draw_face(EXPRESSIVE, rng)]
        via = choose_withheld(EYES[0] if index % 2 else MOUTH, aus, other, rng)
        assert via.shape == (17, 2)
        for number in (5, 10, 26):
            assert (via[ROW_OF[number]] <= aus[ROW_OF[number]] + 1e-6).all()
        if aus[ROW_OF[25]].mean() >= TARGETS.parted:
            assert (via[ROW_OF[25]] <= aus[ROW_OF[25]] + 1e-6).all()


def test_some_round_trips_of_eyes_only_widen_them() -> None:
    rng = np.random.default_rng(0)
    aus, other = np.full((17, 2), 0.1, np.float32), np.full((17, 2), 0.5, np.float32)
    aus[ROW_OF[5]] = 0.8
    shut = []
    for _ in range(400):
        via = choose_withheld(EYES[0], aus, other, rng)
        assert (via[ROW_OF[5]] == 0).all()
        shut.append(via[ROW_OF[45], 0] - aus[ROW_OF[45], 0])
    as_open = (np.array(shut) == 0).mean()
    assert TARGETS.widened < as_open < TARGETS.widened + 0.15  # few shut by nearly nothing
    assert max(shut) == pytest.approx(0.9)


def test_a_mirrored_face_has_its_sides_exchanged(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    face, turned = pairs.load_face(0, False), pairs.load_face(0, True)
    assert np.array_equal(turned.crop, face.crop[:, ::-1])
    assert np.array_equal(turned.aus, face.aus[:, ::-1])
    assert turned.landmarks[33, 0] == pytest.approx(63 - face.landmarks[263, 0])
    assert turned.landmarks[33, 0] < turned.landmarks[263, 0]


def test_a_validation_set_never_meets_a_training_face(faces: FaceSet) -> None:
    pairs, validation = pairs_of(faces)
    assert not set(pairs.indices) & set(validation.indices)
    rng = np.random.default_rng(0)
    assert {pairs.sampler.draw_face(ANY, rng) for _ in range(2000)} <= set(pairs.indices.tolist())
    assert {validation.sampler.draw_face(ANY, rng) for _ in range(100)} <= set(
        validation.indices.tolist()
    )
