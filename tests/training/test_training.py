"""From a folder of photos to a trained generator: prepare, pairs, and runs that are interrupted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from safetensors import safe_open
from safetensors.numpy import load_file
from typer.testing import CliRunner

from ganimate.action_units import ROW_OF
from ganimate.cli.commands import app
from ganimate.errors import DataError, GanimateError, ModelError, OutputError
from ganimate.media.photo import read_photo
from ganimate.media.tensors import write_tensors
from ganimate.networks.attention import apply_gate, compose, compute_gate
from ganimate.networks.generators import load_generator
from ganimate.networks.motion import CriticConfig, Generator, GeneratorConfig
from ganimate.rendering.window import EYES, MOUTH, measure_window, place_window
from ganimate.training import loop
from ganimate.training.config import TrainConfig
from ganimate.training.data import prepare
from ganimate.training.data.dataset import SUMMARY, FaceSet, load_faces, split
from ganimate.training.data.prepare import PrepareOptions, read_report
from ganimate.training.loop import CHECKPOINT, GENERATOR, LOG, Progress, latest_terms, train
from ganimate.training.motion.pairs import (
    ANY,
    BARED_GUMS,
    OPEN_MOUTHS,
    PARTED,
    SHUT_EYES,
    Batch,
    Pairs,
    SamplingWeights,
    _weigh_faces,
)
from ganimate.training.motion.shade import load_shading
from ganimate.training.plan import TrainOptions, config_for, first_generator
from ganimate.weights import load_face_models

OPTIONS = PrepareOptions(size=64, min_sharpness=200)
TINY = TrainConfig(
    generator=GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16)),
    critic=CriticConfig(size=24, channels=8, max_channels=16, layers=3),
    steps=4,
    batch=4,
    critic_from=1,
    adversary_from=2,
    checkpoint_every=2,
    sheet_every=4,
)
CPU = torch.device("cpu")
pytestmark = pytest.mark.usefixtures("one_thread")


# Prepare


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path) -> Path:
    """27 usable photos (three faces and small shifts of each), and three that are not."""
    folder = tmp_path_factory.mktemp("mixed")
    woman = read_photo(astronaut)
    faces = {"a": woman, "g": read_photo(grace_hopper), "m": woman[:, ::-1]}
    (folder / "shifted").mkdir()
    for name, photo in faces.items():
        Image.fromarray(photo).save(folder / f"{name}.png")
        for index in range(8):
            moved = np.roll(photo, (index - 4, 3 * index), axis=(0, 1))
            Image.fromarray(moved).save(folder / "shifted" / f"{name}{index}.jpg")
    with Image.open(astronaut) as image:
        image.filter(ImageFilter.GaussianBlur(4)).save(folder / "blurred.jpg")
    (folder / "text.jpg").write_text("no picture")
    Image.fromarray(np.full((200, 200, 3), 127, np.uint8)).save(folder / "empty.png")
    return folder


@pytest.fixture(scope="module")
def dataset(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder prepared: three shards."""
    output = tmp_path_factory.mktemp("prepared") / "faces"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare, "PHOTOS_PER_SHARD", 10)
        assert list(prepare.prepare(folder, output, OPTIONS, workers=1)) == [0, 10, 20, 30]
    return output


def test_the_report_says_what_was_dropped_and_why(dataset: Path) -> None:
    report = read_report(dataset)
    assert (report.photos, report.faces) == (30, 27)
    assert report.dropped == {"unreadable": 1, "blurred": 1, "no face found": 1}
    assert report.examples["unreadable"] == ["text.jpg"]
    assert report.examples["blurred"] == ["blurred.jpg"]


def test_faces_are_aligned_and_measured(dataset: Path) -> None:
    faces = load_faces([dataset])
    assert (len(faces), faces.size) == (27, 64)
    assert faces.crop(26).shape == (64, 64, 3)
    eyes = faces.landmarks[:, [33, 263], :2].mean(axis=0)  # outer corners, in crop pixels
    assert np.abs(eyes - 64 * np.array([[0.226, 0.295], [0.774, 0.295]])).max() < 3
    smile = dict(zip(faces.names, faces.aus[:, ROW_OF[12]].mean(axis=1).tolist(), strict=True))
    assert smile["a.png"] > 0.6 > 0.4 > smile["g.png"]
    assert abs(smile["m.png"] - smile["a.png"]) < 0.15


def test_whole_shards_survive_an_interruption(
    folder: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "PHOTOS_PER_SHARD", 10)
    counts = prepare.prepare(folder, tmp_path, OPTIONS, workers=1)
    assert [next(counts), next(counts)] == [0, 10]
    counts.close()  # type: ignore[attr-defined]  # as Ctrl-C does
    (first,) = tmp_path.iterdir()
    with pytest.raises(DataError, match="to its end"):
        load_faces([tmp_path])
    made = first.stat().st_mtime_ns
    assert list(prepare.prepare(folder, tmp_path, OPTIONS, workers=2)) in ([10, 20, 30],)
    assert first.stat().st_mtime_ns == made
    again, straight = load_faces([tmp_path]), load_faces([dataset])
    assert again.names == straight.names
    assert np.array_equal(again.aus, straight.aus)
    for one, other in zip(again.crops, straight.crops, strict=True):
        assert torch.equal(one, other)
    assert list(prepare.prepare(folder, tmp_path, OPTIONS)) == [30]  # all done
    assert not list(tmp_path.glob("*.part"))


def test_other_options_and_damage_make_shards_anew(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("a.png", "g.png"):
        (few / name).write_bytes((folder / name).read_bytes())
    output = tmp_path / "faces"
    list(prepare.prepare(few, output, OPTIONS, workers=1))
    assert load_faces([output]).size == 64
    list(prepare.prepare(few, output, replace(OPTIONS, size=48), workers=1))
    assert load_faces([output]).size == 48
    (shard,) = output.glob("*.safetensors")
    assert shard.stat().st_mode & 0o777 == 0o666 & ~_umask()
    made = load_file(shard)
    shard.write_bytes(shard.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"shard-00000\.safetensors is damaged"):
        load_faces([output])
    list(prepare.prepare(few, output, replace(OPTIONS, size=48), workers=1))
    assert all(np.array_equal(load_file(shard)[name], made[name]) for name in made)
    assert capfd.readouterr().err == ""  # MediaPipe's chatter stays in the workers


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_another_estimator_measures_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    (few / "a.png").write_bytes((folder / "a.png").read_bytes())
    output = tmp_path / "faces"
    list(prepare.prepare(few, output, OPTIONS, workers=1))
    right = load_faces([output]).aus
    (shard,) = output.glob("*.safetensors")
    tensors = load_file(shard)
    with safe_open(str(shard), framework="numpy") as file:
        metadata = {**file.metadata(), "measured_by": "another"}
    tensors["aus"][:] = 0.5
    write_tensors(shard, tensors, metadata)
    (few / "a.png").write_bytes(b"gone, and not needed")
    assert list(prepare.prepare(few, output, OPTIONS, workers=1)) == [0, 1]
    faces = load_faces([output])
    assert np.allclose(faces.aus, right, atol=1e-4)
    assert np.array_equal(faces.crop(0), tensors["crops"][0])


def test_a_worker_that_dies_is_reported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "_do", os._exit)  # called with a job: no exit code at all
    monkeypatch.setattr(prepare, "_start_worker", _die)
    with pytest.raises(GanimateError, match="fewer `workers`"):
        list(prepare.prepare(folder, tmp_path / "faces", OPTIONS, workers=1))


def _die(stop: object) -> None:
    """A worker's start, killed by the system."""
    os._exit(9)


def test_folders_without_photos(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        list(prepare.prepare(tmp_path / "nowhere", tmp_path / "out", OPTIONS))
    (tmp_path / "notes.txt").write_text("no photo")
    with pytest.raises(DataError, match="no photos"):
        list(prepare.prepare(tmp_path, tmp_path / "out", OPTIONS))
    assert not (tmp_path / "out").exists()


def test_photos_without_a_usable_face(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(DataError, match="unreadable: 1") as error:
        list(prepare.prepare(tmp_path, tmp_path / "out", OPTIONS, workers=1))
    assert "60 px" in str(error.value)


# Data sets


def test_folders_that_are_no_data_set(tmp_path: Path, dataset: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match="ganimate prepare"):
            load_faces([dataset, folder])
    for content in ("", "[]", "{}", '{"size": 64}'):
        (tmp_path / SUMMARY).write_text(content)
        with pytest.raises(DataError, match="ganimate prepare"):
            load_faces([tmp_path])
    (tmp_path / SUMMARY).write_text('{"size": 64, "faces": 0}')
    with pytest.raises(DataError, match="no faces"):
        load_faces([tmp_path])
    (tmp_path / SUMMARY).write_text('{"size": 64, "faces": 3}')
    with pytest.raises(DataError, match="should hold 3 faces and has 0"):
        load_faces([tmp_path])
    (tmp_path / "shard-00000.safetensors").write_bytes(b"no tensors")
    with pytest.raises(DataError, match="delete it"):
        load_faces([tmp_path])


def test_shards_of_another_size(tmp_path: Path, dataset: Path) -> None:
    for path in dataset.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    summary = json.loads((tmp_path / SUMMARY).read_text())
    (tmp_path / SUMMARY).write_text(json.dumps({**summary, "size": 128}))
    with pytest.raises(DataError, match="damaged"):
        load_faces([tmp_path])


def test_two_data_sets_are_one(dataset: Path) -> None:
    once, twice = load_faces([dataset]), load_faces([dataset, dataset])
    assert len(twice) == 2 * len(once)
    assert np.array_equal(twice.crop(len(once) + 3), once.crop(3))
    with pytest.raises(IndexError):
        twice.crop(len(twice))


def test_held_out_faces_are_those_named(dataset: Path) -> None:
    faces = load_faces([dataset])
    seen, unseen = split(faces, frozenset({"a.png", "shifted/g0.jpg", "elsewhere.jpg"}))
    assert sorted(faces.names[i] for i in unseen) == ["a.png", "shifted/g0.jpg"]
    assert sorted([*seen, *unseen]) == list(range(27))
    assert [part.tolist() for part in split(faces, frozenset())][1] == [25]
    with pytest.raises(DataError, match="None of the 1 faces"):
        split(faces, frozenset({"elsewhere.jpg"}))


# Pairs


@pytest.fixture(scope="module")
def faces(dataset: Path) -> FaceSet:
    """The prepared faces."""
    return load_faces([dataset])


def pairs_of(faces: FaceSet, *, batch: int = 4, seed: int = 0) -> tuple[Pairs, Pairs]:
    """Samples to train on and to validate on."""
    prior, shading = load_face_models()[0], load_shading()
    held_out = frozenset({"shifted/a1.jpg", "shifted/g1.jpg"})
    seen, unseen = split(faces, held_out)
    return (
        Pairs(faces, seen, prior, shading, batch, seed),
        Pairs(faces, unseen, prior, shading, batch, seed + 1),
    )


@pytest.fixture(scope="module")
def batches(faces: FaceSet) -> list[Batch]:
    """Thirty steps' samples."""
    pairs, _ = pairs_of(faces)
    return [pairs[step] for step in range(30)]


def same(one: Batch, other: Batch) -> bool:
    """Whether two batches are the same in every field."""
    fields = ((getattr(one, name), getattr(other, name)) for name in Batch.__dataclass_fields__)
    return all(
        torch.equal(mine, theirs) if isinstance(mine, torch.Tensor) else mine == theirs
        for mine, theirs in fields
    )


def test_a_step_s_samples_depend_on_nothing_else(faces: FaceSet, batches: list[Batch]) -> None:
    fresh, _ = pairs_of(faces)
    assert same(fresh[7], batches[7])
    assert not same(batches[7], batches[8])
    other, _ = pairs_of(faces, seed=5)
    assert not same(other[7], batches[7])


def test_samples_are_seen_through_windows_about_their_mouths_and_eyes(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    whole = pairs.round_trip(MOUTH, np.random.default_rng(0))
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
        drawn = [pairs.draw(kind, rng) for _ in range(300)]
        return float(faces.aus[drawn, ROW_OF[number]].mean())

    assert mean_shown(OPEN_MOUTHS, 25) > 1.2 * mean_shown(ANY, 25)
    shut, anyhow = (np.diff(pairs.chances[kind], prepend=0) for kind in (SHUT_EYES, ANY))
    by_eyes = np.argsort(faces.aus[pairs.indices, ROW_OF[45]].mean(axis=1))
    assert (np.diff((shut / anyhow)[by_eyes]) > -1e-6).all()


def test_sharp_faces_are_drawn_oftener(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    variance = {
        int(face): cv2.Laplacian(faces.crop(int(face))[:, :, 1], cv2.CV_32F).var()
        for face in pairs.indices
    }
    chance = np.diff(pairs.chances[ANY], prepend=0)
    ordered = sorted(range(len(pairs)), key=lambda place: variance[int(pairs.indices[place])])
    assert (np.diff(chance[ordered]) > 0).all()


def test_a_transfer_stands_beside_a_face_that_shows_what_is_asked(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    rng = np.random.default_rng(0)
    same_aus = [
        np.array_equal(sample.aus, sample.real_aus)
        for sample in (pairs.transfer(MOUTH, rng) for _ in range(60))
    ]
    assert 25 < sum(same_aus) < 55  # the others show a preset, or lift their lips further
    for view in EYES:
        sample = pairs.transfer(view, rng)
        assert np.array_equal(sample.aus[ROW_OF[45]], sample.real_aus[ROW_OF[45]])


def test_only_faces_whose_lips_are_parted_so_far_are_drawn(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    parted = faces.aus[pairs.indices, ROW_OF[25]].mean(axis=1)
    chosen = SamplingWeights(1, 1.0, (), (float(np.median(parted)), 1.0))
    weights = _weigh_faces(chosen, faces.aus[pairs.indices].mean(axis=2, dtype=float))
    assert ((weights > 0) == (parted >= np.median(parted))).all()
    nobody = SamplingWeights(1, 1.0, (), (0.998, 0.999))
    assert (_weigh_faces(nobody, faces.aus[pairs.indices].mean(axis=2, dtype=float)) > 0).all()


def test_laughs_that_bare_gums_lift_the_lip_far(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    rng, aus = np.random.default_rng(0), faces.aus[0]
    for _ in range(20):
        target = pairs.wanted(MOUTH, BARED_GUMS, aus, np.zeros_like(aus), rng)
        assert set(np.flatnonzero(target.any(axis=1))) == {ROW_OF[n] for n in (10, 12, 25)}
        assert target[target > 0].min() >= 0.4


def test_shapes_and_ranges_of_a_batch(batches: list[Batch]) -> None:
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


def test_round_trips_have_the_photo_for_an_answer(faces: FaceSet, batches: list[Batch]) -> None:
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


def test_a_round_trip_comes_back_to_where_it_was(batches: list[Batch]) -> None:
    """Away from what was hidden on the way, the warp there and back is nearly the photo."""
    for batch in batches:
        known = (batch.unknown[:2] == 0).expand(-1, 3, -1, -1)
        error = (batch.warped[:2].float() - batch.real[:2].float()).abs()
        assert error[known].mean() < 12  # of 255: blurred twice, shaded, but in place


def test_zero_change_paints_nothing(batches: list[Batch]) -> None:
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


def test_the_gate_opens_smoothly() -> None:
    change = torch.tensor([0.0, 0.05, 0.1, 1.0])
    everything = torch.ones(4, 1, 8, 8)
    assert compute_gate(change, everything).tolist() == pytest.approx([0.0, 0.5, 1.0, 1.0])
    unknown = torch.zeros(4, 1, 8, 8)
    unknown[:, 0, 3, 5] = torch.tensor([0.0, 0.125, 0.25, 1.0])
    assert compute_gate(torch.ones(4), unknown).tolist() == pytest.approx([0.0, 0.5, 1.0, 1.0])
    attention = (
        apply_gate(torch.full((4, 1, 1, 1), 0.2), compute_gate(change, everything))
        .flatten()
        .tolist()
    )
    assert attention == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_what_is_withheld_shows_no_more_than_the_photo(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    rng = np.random.default_rng(0)
    for index in range(200):
        aus = np.array(faces.aus[index % len(faces)])
        via = pairs.withheld(EYES[0] if index % 2 else MOUTH, aus, rng)
        assert via.shape == (17, 2)
        for number in (5, 10, 26):
            assert (via[ROW_OF[number]] <= aus[ROW_OF[number]] + 1e-6).all()
        if aus[ROW_OF[25]].mean() >= PARTED:
            assert (via[ROW_OF[25]] <= aus[ROW_OF[25]] + 1e-6).all()


def test_a_mirrored_face_has_its_sides_exchanged(faces: FaceSet) -> None:
    pairs, _ = pairs_of(faces)
    crop, landmarks, aus = pairs.load(0, False)
    flipped, turned, exchanged = pairs.load(0, True)
    assert np.array_equal(flipped, crop[:, ::-1])
    assert np.array_equal(exchanged, aus[:, ::-1])
    assert turned[33, 0] == pytest.approx(63 - landmarks[263, 0])
    assert turned[33, 0] < turned[263, 0]


def test_a_validation_set_never_meets_a_training_face(faces: FaceSet) -> None:
    pairs, validation = pairs_of(faces)
    assert not set(pairs.indices) & set(validation.indices)
    rng = np.random.default_rng(0)
    assert {pairs.draw(ANY, rng) for _ in range(2000)} <= set(pairs.indices.tolist())
    assert {validation.draw(ANY, rng) for _ in range(100)} <= set(validation.indices.tolist())


# Runs


def run_of(
    faces: FaceSet, run: Path, config: TrainConfig = TINY, init: Generator | None = None
) -> Iterator[Progress]:
    """The progress of a tiny run."""
    pairs, validation = pairs_of(faces, batch=config.batch)
    return train(pairs, validation, run, config, CPU, workers=0, init=init)


@pytest.fixture(scope="module")
def straight(
    faces: FaceSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Progress]]:
    """Four steps without a stop."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    run = tmp_path_factory.mktemp("run") / "straight"
    steps = list(run_of(faces, run))
    torch.set_num_threads(threads)
    return run, steps


def log_of(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


def weights_of(run: Path) -> dict[str, Any]:
    """Every tensor of a run's checkpoint, by name."""
    state = torch.load(run / CHECKPOINT, weights_only=True)
    return {
        f"{part}.{name}": tensor
        for part in ("generator", "critic", "ema")
        for name, tensor in state[part].items()
    }


def assert_same_run(one: Path, other: Path) -> None:
    """Two runs ended in the same weights, to the bit."""
    mine, theirs = weights_of(one), weights_of(other)
    assert mine.keys() == theirs.keys()
    for name, tensor in mine.items():
        assert torch.equal(tensor, theirs[name]), name
    mine, theirs = load_file(one / GENERATOR), load_file(other / GENERATOR)
    assert all(np.array_equal(tensor, theirs[name]) for name, tensor in mine.items())
    for line, other_line in zip(log_of(one), log_of(other), strict=True):
        assert line | {"seconds": 0} == other_line | {"seconds": 0}


def test_a_run_leaves_what_it_should(straight: tuple[Path, list[Progress]]) -> None:
    run, steps = straight
    assert [done.step for done in steps] == [1, 2, 3, 4]
    assert [done.saved for done in steps] == [0, 2, 2, 4]
    assert sorted(os.listdir(run)) == [CHECKPOINT, GENERATOR, LOG, "sheet-000004.png"]
    generator = load_generator(run / GENERATOR)
    assert generator.config == TINY.generator
    height, width = cv2.imread(str(run / "sheet-000004.png")).shape[:2]
    assert (height, width) == (2 * 3 * 24, 4 * 24)


def test_terms_appear_when_their_time_comes(
    straight: tuple[Path, list[Progress]],
) -> None:
    run, steps = straight
    always = {"round_trip", "anatomy", "tint", "attention", "attention_variation"}
    critic = {"critic", "gradient_penalty", "critic_action_units"}
    adversary = {"adversarial", "features", "action_units"}
    measured = {"val_l1", "val_l1_input", "val_l1_unknown", "val_l1_input_unknown", "val_painted"}
    measured |= {"val_attention", "val_attention_keeps", "val_attention_paints"}
    assert set(steps[0].terms) == always
    assert set(steps[1].terms) == always | critic | measured
    assert set(steps[2].terms) == always | critic | adversary
    assert all(np.isfinite(list(done.terms.values())).all() for done in steps)
    assert set(steps[3].terms) == always | critic | adversary | measured
    lines = log_of(run)
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert [line["seconds"] for line in lines] == sorted(line["seconds"] for line in lines)
    assert lines[2]["round_trip"] == steps[2].terms["round_trip"]
    assert latest_terms(run) == {**steps[1].terms, **steps[2].terms, **steps[3].terms}


def test_training_learns(faces: FaceSet, tmp_path: Path) -> None:
    """What was unknown comes back better after a few steps, and the adversary does not spoil it."""
    config = replace(TINY, learning_rate=3e-3, ema=0.9, critic_from=40, adversary_from=50)
    (first,) = run_of(faces, tmp_path / "first", replace(config, steps=1))
    *_, last = run_of(faces, tmp_path / "last", replace(config, steps=60, checkpoint_every=60))
    assert last.terms["val_l1_unknown"] < 0.85 * first.terms["val_l1_unknown"]


def test_a_resumed_run_is_the_uninterrupted_one(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    first = run_of(faces, tmp_path)
    assert [next(first).step, next(first).step, next(first).step] == [1, 2, 3]
    first.close()  # type: ignore[attr-defined]  # after step 3; the checkpoint is of step 2
    with (tmp_path / LOG).open("a") as log:
        log.write('{"step": 4, "sec')  # cut short
    assert [done.step for done in run_of(faces, tmp_path)] == [3, 4]
    assert_same_run(tmp_path, straight[0])


KILLED = """
import sys, time
from dataclasses import replace
from pathlib import Path
import torch
sys.path.insert(0, sys.argv[3])
from test_training import TINY, load_faces, run_of
torch.set_num_threads(1)
for done in run_of(load_faces([Path(sys.argv[1])]), Path(sys.argv[2])):
    time.sleep(60 if done.step == 3 else 0)
"""


def test_a_killed_run_goes_on(
    dataset: Path, faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    here = Path(__file__).parent
    arguments = [sys.executable, "-c", KILLED, str(dataset), str(tmp_path / "run"), str(here)]
    path = os.pathsep.join(
        [str(here.parents[1]), str(here.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    process = subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": path})
    log = tmp_path / "run" / LOG
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") == 3):
        time.sleep(0.05)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert [done.step for done in run_of(faces, tmp_path / "run")] == [3, 4]
    assert_same_run(tmp_path / "run", straight[0])


def test_a_finished_run_has_nothing_to_do(
    faces: FaceSet, straight: tuple[Path, list[Progress]]
) -> None:
    before = (straight[0] / LOG).read_text()
    assert list(run_of(faces, straight[0])) == []
    assert (straight[0] / LOG).read_text() == before


def copied(run: Path, to: Path) -> Path:
    """A run to break."""
    to.mkdir()
    for path in run.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (replace(TINY, generator=replace(TINY.generator, blocks=2)), "blocks 1, this one 2"),
        (replace(TINY, critic=replace(TINY.critic, channels=4)), "channels 8, this one 4"),
    ],
)
def test_a_checkpoint_of_another_network(
    faces: FaceSet, straight: tuple[Path, list[Progress]], config: TrainConfig, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        next(run_of(faces, straight[0], config))


def test_other_settings_may_change(
    faces: FaceSet, straight: tuple[Path, list[Progress]], tmp_path: Path
) -> None:
    run = copied(straight[0], tmp_path / "run")
    longer = replace(TINY, steps=5, learning_rate=1e-4, batch=2)
    assert [done.step for done in run_of(faces, run, longer)] == [5]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint(
    faces: FaceSet, straight: tuple[Path, list[Progress]], tmp_path: Path, content: bytes | None
) -> None:
    run = copied(straight[0], tmp_path / "run")
    whole = (run / CHECKPOINT).read_bytes()
    (run / CHECKPOINT).write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ModelError, match="damaged"):
        next(run_of(faces, run))


class Trap:
    """What an attacker would put into a checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_runs_no_code(faces: FaceSet, tmp_path: Path) -> None:
    run, sprung = tmp_path / "run", tmp_path / "sprung"
    run.mkdir()
    torch.save({"step": 1, "config": Trap(sprung)}, run / CHECKPOINT)
    with pytest.raises(ModelError):
        next(run_of(faces, run))
    assert not sprung.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
def test_a_full_disk_keeps_the_last_checkpoint(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    import resource

    steps = run_of(faces, tmp_path)
    assert [next(steps).step for _ in range(3)] == [1, 2, 3]
    kept = {name: (tmp_path / name).read_bytes() for name in (CHECKPOINT, GENERATOR)}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        with pytest.raises(OutputError, match="last checkpoint is kept") as error:
            next(steps)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "sheet-000004.png cannot be written" in str(error.value)
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept
    assert not list(tmp_path.glob("*.part"))
    assert [done.step for done in run_of(faces, tmp_path)] == [3, 4]
    assert_same_run(tmp_path, straight[0])


def test_a_loss_that_is_not_finite_stops_the_run(faces: FaceSet, tmp_path: Path) -> None:
    with pytest.raises(GanimateError, match="lower learning rate"):
        list(run_of(faces, tmp_path, replace(TINY, learning_rate=1e30)))


def generator_with_bias(bias: float) -> Generator:
    """A generator whose attention is pushed to one end."""
    torch.manual_seed(0)
    generator = Generator(TINY.generator)
    with torch.no_grad():
        generator.heads.weight.zero_()
        assert generator.heads.bias is not None
        generator.heads.bias[12:] = bias
    return generator


@pytest.mark.parametrize(
    ("bias", "said"), [(-20.0, "repaints"), (20.0, "paints only"), (2.0, "worse than the warp")]
)
def test_a_generator_that_spoils_photos_is_warned_of(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bias: float, said: str
) -> None:
    config = replace(TINY, steps=1, learning_rate=1e-9)
    (early,) = run_of(faces, tmp_path / "early", config, generator_with_bias(bias))
    assert early.warning is None  # the first thousand steps may do as they like
    monkeypatch.setattr(loop, "JUDGED_FROM", 1)
    (done,) = run_of(faces, tmp_path / "late", config, generator_with_bias(bias))
    assert done.warning is not None
    assert said in done.warning
    assert "learning rate" in done.warning


def test_a_run_starts_from_given_weights(faces: FaceSet, tmp_path: Path) -> None:
    init = generator_with_bias(0.5)
    list(run_of(faces, tmp_path, replace(TINY, steps=1, learning_rate=1e-12), init))
    written = load_generator(tmp_path / GENERATOR).state_dict()
    for name, tensor in init.state_dict().items():
        assert torch.allclose(written[name], tensor, atol=1e-3), name


def test_data_that_does_not_fit(faces: FaceSet, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(DataError, match="too few"):
        next(run_of(faces, run, replace(TINY, batch=64)))
    pairs, validation = pairs_of(faces)
    validation.indices = validation.indices[:0]
    with pytest.raises(DataError, match="0 to validate on"):
        next(train(pairs, validation, run, TINY, CPU, workers=0))
    wide = replace(TINY, generator=replace(TINY.generator, size=128))
    with pytest.raises(DataError, match=r"64 px wide.*give the photos"):
        next(run_of(faces, run, wide))
    assert not run.exists()


def test_workers_make_the_same_samples(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    pairs, validation = pairs_of(faces)
    list(train(pairs, validation, tmp_path, TINY, CPU, workers=2))
    assert_same_run(tmp_path, straight[0])


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler")
def test_a_compiled_generator_learns_the_same(
    faces: FaceSet, tmp_path: Path, straight: tuple[Path, list[Progress]]
) -> None:
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    pairs, validation = pairs_of(faces)
    steps = list(train(pairs, validation, tmp_path, TINY, CPU, workers=0, compiled=True))
    assert counters["stats"]["unique_graphs"] > 0  # it was compiled indeed
    for done, plain in zip(steps, straight[1], strict=True):
        assert done.terms == pytest.approx(plain.terms, rel=0.02, abs=2e-3)
    assert load_generator(tmp_path / GENERATOR).config == TINY.generator
    assert [done.step for done in run_of(faces, tmp_path, replace(TINY, steps=5))] == [5]


def test_a_configuration_is_written_into_its_checkpoint(
    straight: tuple[Path, list[Progress]],
) -> None:
    state = torch.load(straight[0] / CHECKPOINT, weights_only=True)
    assert json.loads(state["config"]) == json.loads(json.dumps(asdict(TINY)))
    assert state["step"] == 4


# The command


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout


def test_train_from_weights_and_on(dataset: Path, tmp_path: Path, model: Path) -> None:
    names, run = tmp_path / "names.txt", tmp_path / "run"
    names.write_text("a.png\nshifted/g0.jpg\n\n")
    arguments = ["train", "--data", dataset, "-o", run, "--init", model, "--held-out", names]
    arguments += ["--batch", 2, "--workers", 0, "--steps", 2, "--json"]
    report = json.loads(ganimate(*arguments))
    assert report["path"] == str(run / GENERATOR)
    assert report["steps"] == 2
    assert 0 < report["val_painted"] < 1
    assert load_generator(run / GENERATOR).config == load_generator(model).config
    assert json.loads(ganimate(*arguments)) == report  # nothing left to do
    text = ganimate("train", "--data", dataset, "-o", run, "--batch", 2, code=1)
    assert "another folder" in text


def test_the_default_model_has_a_run_of_its_own_kind(dataset: Path) -> None:
    """Shorter than a fresh one, and the critic learns before it is listened to."""
    faces, options = load_faces([dataset]), TrainOptions()
    fresh = config_for(options, faces, frozenset())
    first = first_generator("default", options)
    tuned = config_for(options, faces, frozenset(), first)
    assert isinstance(fresh, TrainConfig)
    assert isinstance(tuned, TrainConfig)
    assert tuned.generator == first.config
    assert (fresh.steps, tuned.steps) == (6000, 2500)
    assert tuned.critic_from < tuned.adversary_from < fresh.critic_from
    assert tuned.learning_rate < fresh.learning_rate
    own = TrainOptions(steps=7, batch=4, learning_rate=1e-5, attention_weight=1, seed=3)
    config = config_for(own, faces, frozenset(), first)
    assert (config.steps, config.batch, config.learning_rate, config.seed) == (7, 4, 1e-5, 3)
    assert (config.critic_learning_rate, config.weights.attention) == (1e-5, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "names.txt"), (b"\xff\xfe\x00", "names.txt"), (b"\n", "no faces"), (b"x\n", "None of")],
)
def test_held_out_files_that_say_nothing(
    dataset: Path, tmp_path: Path, content: bytes | None, said: str
) -> None:
    names, run = tmp_path / "names.txt", tmp_path / "run"
    if content is not None:
        names.write_bytes(content)
    arguments = ["train", "--data", dataset, "-o", run, "--held-out", names, "--batch", 2]
    assert said in ganimate(*arguments, code=1)
    assert not run.exists()


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_order(
    dataset: Path, tmp_path: Path, model: Path, number: int, code: int
) -> None:
    """Sent to all its processes, as terminals, `timeout` and batch systems do."""
    run = tmp_path / "run"
    arguments = ["train", "--data", dataset, "-o", run, "--init", model, "--batch", 2, "-q"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ganimate", *map(str, arguments)],
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    while process.poll() is None and not (run / LOG).exists():
        time.sleep(0.05)
    os.killpg(process.pid, number)
    _, words = process.communicate()
    assert process.returncode == code
    assert (b"the same command" in words) == (number == signal.SIGINT)
    assert b"Traceback" not in words
    assert sorted(os.listdir(run)) == [LOG]


def test_fit_prior_needs_its_files(dataset: Path, tmp_path: Path) -> None:
    scores, ict, output = tmp_path / "s.npz", tmp_path / "i.npz", tmp_path / "face.safetensors"
    arguments = ["fit-prior", dataset, "--blendshapes", scores, "--ict", ict, "-o", output]
    assert "s.npz is no .npz file" in ganimate(*arguments, code=1)
    assert "does not exist" in ganimate(*arguments[:-1], tmp_path / "nowhere" / "x", code=2)
    assert not output.exists()
