"""Figures of a model: checked against other code, by hand, and on real faces."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data
from skimage.metrics import structural_similarity
from typer.testing import CliRunner

from ganimate.action_units import ACTION_UNITS, ROW_OF
from ganimate.cli.commands import app
from ganimate.errors import DataError, ModelError
from ganimate.evaluation.clips import CLIP_FRAMES, score_clips
from ganimate.evaluation.evaluation import choose_held_out
from ganimate.evaluation.expressions import find_portraits_in, score_expressions
from ganimate.evaluation.judge import open_landmarker
from ganimate.evaluation.likeness import compute_ssim
from ganimate.evaluation.round_trips import RoundTripBatch, run_round_trips, score_round_trips
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.paper import PaperConfig, PaperGenerator
from ganimate.numerics import correlate
from ganimate.performance.expressions import PRESETS
from ganimate.portrait import Portrait
from ganimate.training.data.dataset import FaceSet, load_faces
from ganimate.training.data.prepare import PrepareOptions, prepare
from ganimate.weights import find_model

CPU = torch.device("cpu")
TASK = Path(__file__).resolve().parents[3] / "shared" / "faces" / "face_landmarker.task"


# The measures


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.3])
def test_ssim_is_that_of_scikit_image(noise: float) -> None:
    photo = data.astronaut()[:200, 100:300].astype(np.float32) / 255
    rng = np.random.default_rng(0)
    other = np.clip(photo + noise * rng.standard_normal(photo.shape), 0, 1).astype(np.float32)
    wanted = structural_similarity(
        photo, other, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False,
    )  # fmt: skip
    found = compute_ssim(other, photo)
    assert found.shape == (190, 190)
    assert abs(float(found.mean()) - wanted) < 1e-4


def made_up(result: float, unknown: float = 0.0) -> RoundTripBatch:
    """Grey photos of 0.5, and results that are off by 0.1 in half of the picture."""
    photo = np.full((2, 40, 40, 3), 0.5, np.float32)
    off = photo.copy()
    off[:, :, :20] += result
    mask = np.zeros((2, 40, 40), np.float32)
    mask[:, :, :10] = unknown
    return RoundTripBatch(off, photo, photo, mask)


def test_likeness_by_hand() -> None:
    found = score_round_trips([made_up(0.1, unknown=1.0), made_up(0.1, unknown=1.0)])
    assert found.faces == 4
    everywhere, unknown = found.warped.everywhere, found.warped.unknown
    assert everywhere.l1 == pytest.approx(0.05)
    assert everywhere.psnr == pytest.approx(-10 * np.log10(0.01 / 2), abs=1e-3)
    assert everywhere.ssim < 1
    result = found.result.everywhere
    assert (result.l1, result.psnr, result.ssim) == (0, None, pytest.approx(1))
    assert unknown is not None
    assert unknown.l1 == pytest.approx(0.1)
    assert unknown.psnr == pytest.approx(20, abs=1e-3)
    luminance = (2 * 0.5 * 0.6 + 1e-4) / (0.5**2 + 0.6**2 + 1e-4)  # flat on both sides
    assert unknown.ssim == pytest.approx(luminance, abs=1e-4)
    assert found.known.unknown is not None
    assert found.known.unknown.l1 == pytest.approx(0.5)  # of a grey of 0.5, nothing
    assert found.known.everywhere.l1 == pytest.approx(0.25 * 0.5 + 0.25 * 0.1)


def test_half_known_pixels_count_half() -> None:
    one, half = (score_round_trips([made_up(0.1, unknown=u)]).warped.unknown for u in (1.0, 0.5))
    assert one is not None
    assert half is not None
    assert half.l1 == pytest.approx(one.l1)
    assert score_round_trips([made_up(0.1)]).warped.unknown is None


def test_correlation() -> None:
    one = np.array([0, 1, 2, 3], np.float32)
    assert correlate(one, 2 * one + 1) == pytest.approx(1)
    assert correlate(one, -one) == pytest.approx(-1)
    assert correlate(one, one * 0) is None
    assert correlate(one[:1], one[:1]) is None


def test_faces_are_chosen_from_all_over() -> None:
    chosen = choose_held_out(np.arange(1000), 100)
    assert len(set(chosen.tolist())) == 100
    assert np.array_equal(chosen, choose_held_out(np.arange(1000), 100))
    assert chosen.min() < 50
    assert chosen.max() > 950
    assert sorted(choose_held_out(np.arange(5), 100)) == [0, 1, 2, 3, 4]


# Real faces


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, astronaut: Path, grace_hopper: Path) -> Path:
    """Two women and their mirror images, prepared at 64 px."""
    folder = tmp_path_factory.mktemp("photos_to_evaluate")
    for name, path in (("a", astronaut), ("g", grace_hopper)):
        photo = read_photo(path)
        Image.fromarray(photo).save(folder / f"{name}.png")
        Image.fromarray(photo[:, ::-1]).save(folder / f"{name}-mirrored.png")
    output = tmp_path_factory.mktemp("set_to_evaluate")
    list(prepare(folder, output, PrepareOptions(size=64, min_sharpness=0), workers=1))
    return output


@pytest.fixture(scope="module")
def faces(dataset: Path) -> FaceSet:
    return load_faces([dataset])


def test_round_trips_of_the_motion_generator(
    faces: FaceSet, model: Path, face_models: FaceModels
) -> None:
    arguments = (faces, np.arange(4), load_generator(model), face_models, 9, CPU)
    found = list(run_round_trips(*arguments))
    assert [len(some.photo) for some in found] == [8, 8]
    for some in found:
        assert some.warped.shape == some.result.shape == some.photo.shape == (8, 64, 64, 3)
        pictures = some.warped, some.result, some.photo, some.unknown
        assert min(x.min() for x in pictures) >= 0
        assert max(x.max() for x in pictures) <= 1
    report = score_round_trips(found)
    warped = report.warped
    assert 0 < warped.everywhere.l1 < report.result.everywhere.l1  # it is untrained
    assert warped.everywhere.l1 < report.known.everywhere.l1
    assert warped.unknown is not None
    assert warped.everywhere.l1 < warped.unknown.l1
    assert score_round_trips(run_round_trips(*arguments)) == report


def test_round_trips_of_the_paper_s_generator(
    faces: FaceSet, face_models: FaceModels, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    generator = PaperGenerator(PaperConfig(size=32, channels=8, blocks=1)).eval()
    (some,) = run_round_trips(faces, np.arange(4), generator, face_models, 3, CPU)
    assert some.photo.shape == (3, 32, 32, 3)
    report = score_round_trips([some])
    assert report.warped.unknown is None
    assert (
        report.result.everywhere.l1 > report.warped.everywhere.l1 > 0.01
    )  # each pass of it adds its paint


def test_crops_of_another_size(faces: FaceSet, face_models: FaceModels) -> None:
    generator = load_generator(find_model("motion"))
    with pytest.raises(DataError, match="64 px wide, the model's 320"):
        next(run_round_trips(faces, np.arange(4), generator, face_models, 2, CPU))


def test_faces_are_found_again_on_their_crops(faces: FaceSet, face_models: FaceModels) -> None:
    found = list(find_portraits_in(faces, range(4), face_models))
    assert len(found) == 4
    for index, portrait in enumerate(found):
        assert portrait.photo.shape == (64, 64, 3)
        assert np.abs(portrait.face.landmarks - faces.landmarks[index])[:, :2].mean() < 2


def test_the_shipped_model_shows_what_is_asked(smiling: Portrait, face_models: FaceModels) -> None:
    generator = load_generator(find_model("motion"))
    found = score_expressions([smiling], generator, face_models, CPU)
    assert (found.faces, found.lost, found.zero_edit) == (1, 0, 0)
    assert found.error < 0.5 * found.idle
    assert found.error == pytest.approx(np.mean([unit.error for unit in found.units]))
    assert found.error == pytest.approx(np.mean([preset.error for preset in found.presets]))
    assert [preset.name for preset in found.presets] == list(PRESETS)
    assert [unit.action_unit for unit in found.units] == [unit.number for unit in ACTION_UNITS]
    smile = found.units[ROW_OF[12]]
    assert smile.correlation is not None
    assert smile.correlation > 0.9
    assert smile.judged is None
    assert 0.5 < found.untouched < 1  # much of the photo is background


def test_clips_are_followed(smiling: Portrait, face_models: FaceModels, model: Path) -> None:
    found = score_clips([smiling], load_generator(model), face_models, CPU)
    assert found is not None
    assert found.clips == 1
    assert found.pixels == (512, 512)
    assert 0 < found.still_second_difference < 0.02
    assert 0 < found.second_difference < 0.05
    assert found.second_difference < found.second_difference_p99
    assert found.frame_milliseconds > 0
    assert CLIP_FRAMES > 2


def test_nobody_to_evaluate(face_models: FaceModels, model: Path) -> None:
    generator = load_generator(model)
    with pytest.raises(DataError, match="No face"):
        score_expressions([], generator, face_models, CPU)
    assert score_clips([], generator, face_models, CPU) is None


def test_a_judge_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "face_landmarker.task"
    for content in (None, b"no model"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match=r"face_landmarker\.task cannot be used"), \
                open_landmarker(path):  # fmt: skip
            pass


def test_a_judge_without_mediapipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(ModelError, match="pip install mediapipe"), open_landmarker(tmp_path):
        pass


@pytest.mark.skipif(not TASK.is_file(), reason="face_landmarker.task does not come with the code")
def test_the_second_judge(smiling: Portrait, serious: Portrait) -> None:
    pytest.importorskip("mediapipe")
    with open_landmarker(TASK) as judge:
        one, other = judge(smiling.photo), judge(serious.photo)
        assert judge(np.full((100, 100, 3), 127, np.uint8)) is None
    assert one is not None
    assert other is not None
    assert one.shape == (17,)
    assert one[ROW_OF[12]] > other[ROW_OF[12]] + 0.3
    assert one[ROW_OF[25]] == 0


# The command


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stderr if code else result.stdout


def test_evaluate(dataset: Path, tmp_path: Path) -> None:
    config = PaperConfig(size=64, channels=8, blocks=1, head_bias=True)
    torch.manual_seed(0)
    generator = PaperGenerator(config)
    path, opaque = tmp_path / "paper.safetensors", tmp_path / "opaque.safetensors"
    for file, bias in ((path, 4.0), (opaque, -4.0)):  # paints hardly anything; everything
        torch.nn.init.constant_(generator.state_dict()["attention.bias"], bias)
        save_generator(file, generator.state_dict(), config)
    names = tmp_path / "names.txt"
    names.write_text("a.png\ng.png\n")
    arguments = ["evaluate", "--data", dataset, "--held-out", names, "--model"]
    assert "paints it over" in ganimate(*arguments, opaque, code=1)
    arguments.append(path)
    facts = json.loads(ganimate(*arguments, "--count", 1, "--json"))
    assert facts["model"] == str(path)
    assert facts["round_trips"]["faces"] == facts["expressions"]["faces"] == 1
    assert facts["expressions"]["zero_edit"] == 0
    assert len(facts["expressions"]["units"]) == 17
    text = ganimate(*arguments)
    assert "round trips of 2 faces" in text
    assert "lip corner puller" in text
    assert "surprise" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--model", "nothing"], 1, "no weights file"),
        (["--held-out", "missing.txt"], 1, "missing.txt"),
        (["--judge", "missing.task"], 1, "missing.task"),
        (["--count", "0"], 2, "--count"),
        (["--held-out", "nobody.txt"], 1, "None of the 1 faces"),
    ],
)
def test_bad_evaluations(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str],
    code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("nobody.txt").write_text("nobody.png\n")
    if "--judge" in arguments:
        Path("names.txt").write_text("a.png\n")
        arguments = [*arguments, "--held-out", "names.txt"]
    assert said in ganimate("evaluate", "--data", dataset, *arguments, code=code)
