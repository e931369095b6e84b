"""Fitting what is known of faces: mirror, mesh, basis, action units, anatomy, and all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF
from ganimate.appearance.mouth_anatomy import GUM, TEETH
from ganimate.errors import DataError, ModelError
from ganimate.face.alignment import fit_crop
from ganimate.face.estimator import Estimator
from ganimate.face.landmarks import LEFT_EYE, MOUTH, OVAL, RIGHT_EYE, SKIN
from ganimate.face.networks import read_mesh_edges
from ganimate.media.tensors import read_tensors, write_tensors
from ganimate.shipped import FACE_FILE, find_models_folder
from ganimate.training.data.dataset import FaceSet
from ganimate.training.mirror import mirror_shapes, symmetrise
from ganimate.training.prior.basis import BASIS, fit_basis, weigh_left
from ganimate.training.prior.blend_shapes import (
    SCALE,
    SIGNALS,
    SMILING,
    Scores,
    read_scores,
    scale_scores,
)
from ganimate.training.prior.estimator import (
    ESTIMATOR,
    Accuracy,
    join_sides,
    measure_accuracy,
    symmetrise_estimator,
)
from ganimate.training.prior.fit import fit_prior
from ganimate.training.prior.ict import (
    GUM_VERTICES,
    ICT,
    JAW_OPEN,
    LANDMARKS68,
    TEETH_VERTICES,
    IctHead,
    carry_anatomy,
    carry_mouth,
    read_head,
)
from ganimate.training.prior.mesh import build_triangles
from ganimate.weights import load_face_models, save_face_models

Array = NDArray[np.float32]

CATEGORIES = sorted(
    {
        name.format(side)
        for names in SIGNALS.values()
        for name in names
        for side in ("Left", "Right")
    }
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices gain nothing from more threads and lose much to a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def mean() -> Array:
    """The shipped mean face, (468, 3)."""
    return symmetrise(load_face_models().prior.mean)


@pytest.fixture(scope="module")
def known_basis(mean: Array) -> Array:
    """(17, 468, 3) symmetric motion of each AU where it can act."""
    rng = np.random.default_rng(0)
    basis = rng.normal(0, 0.03, (17, 468, 3)).astype(np.float32)
    basis = (basis + mirror_shapes(basis)) / 2
    y = mean[:, 1]
    for unit in ACTION_UNITS:
        if unit.number in (1, 2):
            acts = y < mean[223, 1]
        elif unit.number == 5:
            acts = y < mean[159, 1]
        elif unit.number in (4, 7, 45):
            acts = y < mean[2, 1]
        elif unit.number in (6, 9):
            acts = y < mean[14, 1]
        elif unit.number == 10:
            acts = (y > mean[145, 1]) & (y < mean[14, 1])
        elif unit.number in (12, 14, 20):
            acts = y > mean[145, 1]
        else:
            acts = y > mean[2, 1]
        basis[ROW_OF[unit.number]] *= acts[:, None]
    return basis


# The mesh


def test_the_mesh_covers_the_face_once() -> None:
    triangles, regions = build_triangles(read_mesh_edges())
    assert Counter(regions.tolist()) == {SKIN: 852 + 216, MOUTH: 18, LEFT_EYE: 14, RIGHT_EYE: 14}
    assert len({tuple(sorted(triangle)) for triangle in triangles.tolist()}) == len(triangles)
    assert set(triangles.ravel().tolist()) == set(range(468 + 3 * len(OVAL)))
    edges = Counter(
        tuple(sorted((triangle[k], triangle[k - 1])))
        for triangle in triangles.tolist()
        for k in range(3)
    )
    # One sheet without holes: every edge has two sides, but for the rim of the outer ring.
    assert set(edges.values()) == {1, 2}
    rim = [edge for edge, count in edges.items() if count == 1]
    assert len(rim) == len(OVAL)
    assert min(map(min, rim)) >= 468 + 2 * len(OVAL)


def test_openings_are_drawn_before_the_skin() -> None:
    _, regions = build_triangles(read_mesh_edges())
    assert (regions[: 18 + 14 + 14] != SKIN).all()


# The basis


def test_the_basis_is_found_again(mean: Array, known_basis: Array) -> None:
    rng = np.random.default_rng(1)
    both = rng.random((200, 17)).astype(np.float32)
    shapes = mean + np.tensordot(both, known_basis, 1)
    basis = fit_basis(shapes, np.stack([both, both], 2), mean, {}, replace(BASIS, ridge=1e-6))
    gain = np.array([BASIS.gain[unit.number] for unit in ACTION_UNITS])[:, None, None]
    assert basis.shape == (17, 2, 468, 3)
    assert np.abs(basis.sum(axis=1) - gain * known_basis).max() < 1e-4


def test_each_side_moves_its_own_half(mean: Array, known_basis: Array) -> None:
    rng = np.random.default_rng(1)
    both = rng.random((100, 17)).astype(np.float32)
    shapes = mean + np.tensordot(both, known_basis, 1)
    basis = np.abs(fit_basis(shapes, np.stack([both, both], 2), mean, {}))
    smile = basis[ROW_OF[12]]
    left_corner, right_corner = 291, 61  # the person's
    assert smile[LEFT, right_corner].max() < 0.02 * smile[RIGHT, right_corner].max()
    assert smile[RIGHT, left_corner].max() < 0.02 * smile[LEFT, left_corner].max()
    assert np.allclose(smile[LEFT, 13], smile[RIGHT, 13])  # the middle of the lip moves with both


def test_units_that_no_face_shows_move_as_anatomy_says(mean: Array, known_basis: Array) -> None:
    rng = np.random.default_rng(1)
    both = rng.random((50, 17)).astype(np.float32)
    both[:, ROW_OF[15]] = 0
    shapes = mean + np.tensordot(both, known_basis, 1)
    frown = known_basis[ROW_OF[15]]
    basis = fit_basis(shapes, np.stack([both, both], 2), mean, {15: frown})
    assert np.allclose(basis[ROW_OF[15]].sum(axis=0), BASIS.gain[15] * frown, atol=1e-5)
    without = fit_basis(shapes, np.stack([both, both], 2), mean, {})
    assert np.allclose(without[ROW_OF[15]], 0, atol=1e-6)


# Action units from blend shapes


def scores_of(n: int, **values: Array) -> Scores:
    """Scores of n faces, 0 but for those named."""
    table = np.zeros((n, len(CATEGORIES)), np.float32)
    for name, column in values.items():
        table[:, CATEGORIES.index(name)] = column
    return Scores(CATEGORIES, table)


@pytest.mark.parametrize(
    ("number", "shape"), [(12, "mouthSmile"), (4, "browDown"), (45, "eyeBlink")]
)
def test_percentiles_become_0_and_1(mean: Array, number: int, shape: str) -> None:
    values = np.linspace(0, 0.5, 1001).astype(np.float32)
    scores = scores_of(1001, **{f"{shape}Left": values, f"{shape}Right": values})
    with np.errstate(invalid="ignore"):  # the other units do not differ
        aus = scale_scores(scores, np.repeat(mean[None], 1001, 0))
    percentiles = SCALE.smiling if number in SMILING else SCALE.resting
    low, high = np.percentile(values, percentiles)
    wanted = np.clip((values - low) / (high - low), 0, 1)
    assert np.allclose(aus[:, ROW_OF[number], LEFT], wanted, atol=1e-4)
    assert np.array_equal(aus[:, ROW_OF[number], LEFT], aus[:, ROW_OF[number], RIGHT])


def test_sides_are_told_apart(mean: Array) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.random((2, 500)).astype(np.float32)
    scores = scores_of(500, eyeBlinkLeft=left, eyeBlinkRight=right)
    with np.errstate(invalid="ignore"):
        aus = scale_scores(scores, np.repeat(mean[None], 500, 0))[:, ROW_OF[45]]
    assert np.corrcoef(aus[:, LEFT], left)[0, 1] > 0.85
    assert np.corrcoef(aus[:, RIGHT], right)[0, 1] > 0.85
    assert abs(np.corrcoef(aus[:, LEFT], right)[0, 1]) < 0.2


def test_closed_lips_are_closed(mean: Array) -> None:
    shapes = np.repeat(mean[None], 300, 0)
    shapes[:, 14] = shapes[:, 13]
    shapes[:, 14, 1] += np.linspace(0, 0.2, 300)
    with np.errstate(invalid="ignore"):
        aus = scale_scores(scores_of(300), shapes)[:, ROW_OF[25]]
    assert (aus[0] == 0).all()
    assert (aus[-1] == 1).all()
    assert (np.diff(aus[:, 0]) >= 0).all()


# Anatomy


def head_like(mean: Array, displacement: tuple[float, float, float]) -> IctHead:
    """The mean face as an ICT head ten times as large, every expression's left half moving so.

    Its mouth is two quads between the lips, of which the jaw moves the one that is a tooth.
    """
    flip = np.array([1, -1, -1], np.float32)
    neutral = np.zeros((TEETH_VERTICES.stop, 3), np.float32) + 1e4  # far from any landmark
    neutral[:468] = 10 * mean * flip + [1, 2, 3]
    quads = np.array([np.arange(4) + part.start for part in (GUM_VERTICES, TEETH_VERTICES)])
    square = np.array([[-0.1, 0.3, 0], [0.1, 0.3, 0], [0.1, 0.4, 0], [-0.1, 0.4, 0]], np.float32)
    neutral[quads] = 10 * square * flip + [1, 2, 3]
    moved: dict[str, Array] = {}
    for name, _ in ICT.anatomy.values():
        moved[f"{name}_L"] = np.full_like(neutral, displacement)
        moved[f"{name}_R"] = np.zeros_like(neutral)
    moved[JAW_OPEN] = np.zeros_like(neutral)
    moved[JAW_OPEN][TEETH_VERTICES] = (0, -1, 0)
    outside = np.arange(4)[None]
    return IctHead(neutral, np.concatenate([outside, quads]), moved, LANDMARKS68)


def test_anatomy_is_carried_over_in_scale_and_frame(mean: Array) -> None:
    head = head_like(mean, (0.1, 0.2, 0.3))
    anatomy = carry_anatomy(head, mean)
    assert set(anatomy) == set(ICT.anatomy)
    for number, (_, share) in ICT.anatomy.items():
        wanted = share * np.array([0.01, -0.02, -0.03])
        assert np.allclose(anatomy[number], wanted, atol=1e-4)


def test_the_mouth_is_placed_in_the_mean_face(mean: Array) -> None:
    mouth = carry_mouth(head_like(mean, (0, 0, 0)), mean)
    assert mouth.quads.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert mouth.parts.tolist() == [GUM, TEETH]
    assert np.allclose(mouth.vertices[:4], mouth.vertices[4:], atol=1e-4)
    assert np.allclose(mouth.vertices[0], [-0.1, 0.3, 0], atol=1e-3)
    assert np.allclose(mouth.jaw[:4], 0)
    assert np.allclose(mouth.jaw[4:], [0, 0.1, 0], atol=1e-4)


# Files


def write_inputs(
    folder: Path, names: list[str], scores: Scores, head: IctHead
) -> tuple[Path, Path]:
    """Both .npz files that `ganimate fit-prior` reads."""
    np.savez(
        folder / "scores.npz",
        names=np.array(names),
        categories=np.array(scores.categories),
        scores=scores.values.astype(np.float16),
    )
    np.savez(
        folder / "ict.npz",
        neutral=head.neutral,
        faces=head.quads,
        names=np.array(list(head.displacements)),
        displacements=np.stack(list(head.displacements.values())).astype(np.float16),
        landmarks68=head.landmarks68,
    )
    return folder / "scores.npz", folder / "ict.npz"


def test_what_is_read_is_what_was_written(mean: Array, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scores = Scores(CATEGORIES, rng.random((3, len(CATEGORIES))).astype(np.float32))
    head = head_like(mean, (0.25, 0.5, 1.0))
    scores_file, head_file = write_inputs(tmp_path, ["a", "b", "c"], scores, head)
    names, read = read_scores(scores_file)
    assert names == ["a", "b", "c"]
    assert np.allclose(read.select("jawOpen"), scores.select("jawOpen"), atol=1e-3)
    again = read_head(head_file)
    assert np.array_equal(again.neutral, head.neutral)
    assert np.array_equal(again.quads, head.quads)
    assert np.array_equal(again.displacements["eyeWide_L"], head.displacements["eyeWide_L"])


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x03\x04 half a zip"])
def test_files_that_are_no_npz(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "scores.npz"
    if content is not None:
        path.write_bytes(content)
    for read in (read_scores, read_head):
        with pytest.raises(DataError, match=r"scores\.npz"):
            read(path)


@pytest.mark.parametrize(("at", "value"), [(8, 1), (8, 32), (10, 99), (6, 214)])
def test_archives_that_no_zipfile_reads(tmp_path: Path, at: int, value: int) -> None:
    """Encrypted, patched, compressed by an unknown method, of a later version."""
    path = tmp_path / "scores.npz"
    np.savez(path, names=np.array(["a"]), categories=np.array(["x"]), scores=np.zeros((1, 1)))
    content = bytearray(path.read_bytes())
    for signature, shift in ((b"PK\x03\x04", -2), (b"PK\x01\x02", 0)):  # both headers of a file
        content[content.index(signature) + at + shift] = value
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"scores\.npz"):
        read_scores(path)


def test_arrays_that_are_not_the_wanted_ones(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, names=np.array(["a"]), categories=np.array(["x"]), scores=np.zeros((1, 1)))
    with pytest.raises(DataError, match="no blend shape"):
        read_scores(path)
    with pytest.raises(DataError, match="neutral"):
        read_head(path)
    np.savez(path, names=np.array([object()]), categories=np.array(["x"]), scores=np.zeros((1, 1)))
    with pytest.raises(DataError, match=r"some\.npz"):  # pickled arrays are never loaded
        read_scores(path)


# Two faces in one


def test_a_face_of_two_has_the_left_of_one_and_the_right_of_the_other(mean: Array) -> None:
    shapes = np.stack([mean, mean + np.float32(1)])
    aus = np.zeros((2, 17, 2), np.float32)
    aus[1] = 1
    joined, shown = join_sides(shapes, aus, np.array([1, 0]), weigh_left(mean))
    left_eye, right_eye = 263, 33  # outer corners
    moved = joined - mean
    assert moved[0, left_eye] == pytest.approx(0, abs=1e-2)
    assert moved[0, right_eye] == pytest.approx(1, abs=1e-2)
    assert moved[1, left_eye] == pytest.approx(1, abs=1e-2)
    assert moved[0, 1].mean() == pytest.approx(0.5, abs=0.1)  # the tip of the nose
    assert shown[0, ROW_OF[45]].tolist() == [0, 1]
    assert shown[1, ROW_OF[45]].tolist() == [1, 0]
    assert shown[0, ROW_OF[25]].tolist() == [0.5, 0.5]  # has no sides
    assert np.array_equal(aus[0], np.zeros((17, 2)))  # what was given is left alone


def test_an_even_handed_estimator_reads_mirror_images_alike(mean: Array) -> None:
    rng = np.random.default_rng(0)
    layers = [(468 * 3, 8), (8, 8), (8, 34)]
    one_sided = Estimator(
        mean.ravel(),
        tuple(rng.normal(0, 0.1, layer).astype(np.float32) for layer in layers),
        tuple(rng.normal(0.1, 0.1, layer[1]).astype(np.float32) for layer in layers),
    )
    fair = symmetrise_estimator(one_sided)
    shapes = mean + rng.normal(0, 0.05, (20, 468, 3)).astype(np.float32)
    there, back = (x.measure_all(mirror_shapes(shapes))[:, :, ::-1] for x in (one_sided, fair))
    here = one_sided.measure_all(shapes)
    inside = (np.minimum(here, there) > 0) & (np.maximum(here, there) < 1)
    assert inside.sum() > 100
    assert np.abs(here - there)[inside].max() > 0.1
    assert fair.measure_all(shapes)[inside] == pytest.approx(((here + there) / 2)[inside], abs=1e-4)
    assert back == pytest.approx(fair.measure_all(shapes), abs=1e-4)


# All of it


@pytest.fixture(scope="module")
def made_up(mean: Array) -> tuple[FaceSet, list[str], Scores]:
    """260 faces that the shipped basis moves, their names and scores."""
    rng = np.random.default_rng(0)
    n, size = 260, 64
    values = (rng.random((n, len(CATEGORIES))) ** 2).astype(np.float32)
    scores = Scores(CATEGORIES, values)
    basis = load_face_models().prior.basis
    smile = np.stack([scores.select("mouthSmileLeft"), scores.select("mouthSmileRight")], 1)
    shapes = mean + np.tensordot(smile, basis[ROW_OF[12]], 1)
    shapes += np.einsum("n,vc->nvc", scores.select("jawOpen"), basis[ROW_OF[26]].sum(axis=0))
    shapes[:, 14, 1] += 0.1 * rng.random(n).astype(np.float32)
    landmarks = np.zeros((n, 478, 3), np.float32)
    landmarks[:, :468] = 300 * shapes
    landmarks[:, :, :2] = [fit_crop(face, size).apply(face) for face in landmarks]
    scale = np.linalg.norm(landmarks[:, 234, :2] - landmarks[:, 454, :2], axis=1)
    landmarks[:, :468, 2] = shapes[..., 2] * scale[:, None]
    crops = torch.from_numpy(rng.integers(0, 256, (n, size, size, 3), np.uint8))
    names = tuple(f"{index}.jpg" for index in range(n))
    faces = FaceSet(size, names, (crops,), landmarks, np.zeros((n, 17, 2), np.float32))
    return (
        faces,
        [*names, "not prepared.jpg"],
        replace(scores, values=np.concatenate([values, values[:1]])),
    )


def test_everything_is_fitted_and_comes_back(
    mean: Array, made_up: tuple[FaceSet, list[str], Scores], tmp_path: Path
) -> None:
    held_out = frozenset(f"{index}.jpg" for index in range(200, 260))
    head = head_like(mean, (0.0, 0.1, 0.0))
    fitted = fit_prior(*made_up, head, held_out, estimator_settings=replace(ESTIMATOR, steps=150))
    assert (fitted.faces, fitted.held_out) == (200, 60)
    made = fitted.models
    shape = made.prior.mean
    assert np.abs(shape - mirror_shapes(shape[None])).max() < 1e-6

    known = load_face_models().prior.basis[ROW_OF[12]].sum(axis=0).ravel()
    found = made.prior.basis[ROW_OF[12]].sum(axis=0).ravel()
    assert np.corrcoef(known, found)[0, 1] > 0.9
    by_number = {one.action_unit: one for one in fitted.accuracy}
    assert list(by_number) == [unit.number for unit in ACTION_UNITS]
    assert by_number[12].correlation > 0.8  # moves the face
    assert by_number[20].correlation < 0.5  # leaves no trace in these

    path = tmp_path / "face.safetensors"
    save_face_models(path, made)
    read = load_face_models(path)
    assert np.allclose(read.prior.basis, made.prior.basis, atol=1e-3)
    assert np.array_equal(read.prior.triangles, made.prior.triangles)
    assert np.allclose(read.mouth.vertices, made.mouth.vertices, atol=1e-3)
    assert np.array_equal(read.mouth.quads, made.mouth.quads)
    assert np.allclose(read.shading, made.shading, atol=1e-3)
    assert np.allclose(read.estimator.measure(shape), made.estimator.measure(shape), atol=0.01)


def test_too_few_scores(mean: Array, made_up: tuple[FaceSet, list[str], Scores]) -> None:
    faces, names, scores = made_up
    others = [f"another {name}" for name in names]
    with pytest.raises(DataError, match="Only 0 of the data set's 260 faces"):
        fit_prior(faces, others, scores, head_like(mean, (0, 0, 0)), frozenset())


def test_held_out_names_of_other_faces(
    mean: Array, made_up: tuple[FaceSet, list[str], Scores]
) -> None:
    with pytest.raises(DataError, match="None of the 1 faces to hold out"):
        fit_prior(*made_up, head_like(mean, (0, 0, 0)), frozenset({"x.jpg"}))
    with pytest.raises(DataError, match="0 are left to fit to"):
        fit_prior(*made_up, head_like(mean, (0, 0, 0)), frozenset(made_up[1]))


def test_accuracy_by_hand() -> None:
    true = np.zeros((2, 17, 2), np.float32)
    true[:, 0] = [[0, 1], [0, 1]]
    measured = true.copy()
    measured[:, 0] = [[0.1, 0.9], [0.1, 0.9]]
    first, second, *_ = measure_accuracy(measured, true)
    assert first.action_unit == 1
    assert first.error == pytest.approx(0.1)
    assert first.correlation == pytest.approx(1.0)
    assert second == Accuracy(2, 0.0, 0.0)


# Shading


def test_the_shipped_shading(mean: Array) -> None:
    shading = load_face_models().shading
    assert shading.shape == (17, 128, 128)
    assert shading.dtype == np.float32
    assert 0.05 < np.abs(shading[ROW_OF[12]]).max() < 1
    assert (shading[ROW_OF[25]] == 0).all()  # parted lips crease nothing


def test_a_file_without_shading(tmp_path: Path) -> None:
    tensors, metadata = read_tensors(find_models_folder() / FACE_FILE)
    path = tmp_path / "face.safetensors"
    write_tensors(path, {name: tensors[name] for name in tensors if name != "shading"}, metadata)
    with pytest.raises(ModelError, match="fit-prior"):
        load_face_models(path)
