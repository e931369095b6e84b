"""What a driver's expressions are counted from: drivers with a rest, and one that only laughs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ganimate.action_units import ROW_OF
from ganimate.cli.commands import app
from ganimate.clip import animate_by_video, animate_timeline, detect
from ganimate.errors import UsageError
from ganimate.face_models import FaceModels
from ganimate.media.video_reader import open_video, read_frames
from ganimate.media.video_writer import write_frames
from ganimate.performance.driver import DrivingMotion, measure_driver, transfer_performance
from ganimate.performance.neutral import NEUTRAL, find_neutral, measure_rest_limits, place_neutral
from ganimate.performance.shown_faces import load_faces
from ganimate.portrait import Portrait

EXAMPLE = Path(__file__).parents[2] / "examples" / "driver.mp4"
SMILE, JAW = ROW_OF[12], ROW_OF[26]
FPS = 10.0


@pytest.fixture(scope="module")
def laughing(tmp_path_factory: pytest.TempPathFactory, astronaut: Path) -> Path:
    """The astronaut, who laughs from the first frame to the last, more or less, and nods."""
    laugh = {"AU6": 0.9, "AU10": 0.6, "AU12": 0.9, "AU25": 0.7, "AU26": 0.3}
    keys = [
        {"t": 0, "aus": laugh},
        {"t": 0.6, "aus": {"AU26": 0.7, "AU12": 1, "AU45": 0.5}},
        {"t": 1.2, "aus": laugh | {"AU45": 0}},
    ]
    nod = [{"t": 0, "pitch": 0}, {"t": 0.6, "pitch": 6}, {"t": 1.2, "pitch": 0}]
    document = {"photo": str(astronaut), "fps": FPS, "size": 320, "keys": keys, "head": nod}
    path = tmp_path_factory.mktemp("laughing") / "laughing.mp4"
    write_frames(animate_timeline(document), path, fps=FPS)
    return path


@pytest.fixture(scope="module")
def laugh(laughing: Path, face_models: FaceModels) -> DrivingMotion:
    return measure_driver(read_frames(open_video(laughing), FPS), FPS, face_models)


@pytest.fixture(scope="module")
def example(face_models: FaceModels) -> DrivingMotion:
    """The example's driver, who begins and ends at rest."""
    return measure_driver(read_frames(open_video(EXAMPLE), FPS), FPS, face_models)


def test_a_rest_is_the_median_of_the_frames_that_show_least(example: DrivingMotion) -> None:
    neutral = find_neutral(example.aus, FPS)
    least = np.argsort(example.aus.sum(axis=(1, 2)), kind="stable")[:5]
    assert neutral.kind == "rest"
    assert np.flatnonzero(neutral.frames).tolist() == sorted(least)
    np.testing.assert_array_equal(neutral.aus, np.median(example.aus[least], axis=0))
    assert neutral.seconds == least[0] / FPS


def test_a_laugh_is_no_rest(laugh: DrivingMotion) -> None:
    neutral = find_neutral(laugh.aus, FPS)
    assert neutral.kind == "absolute"
    shown, limit = neutral.beyond[12]
    assert shown == pytest.approx(neutral.aus[SMILE].mean())
    assert limit < 0.5 < 0.7 < shown


@pytest.mark.parametrize("neutral", ["auto", "absolute"])
def test_who_only_laughs_makes_a_face_laugh(
    laugh: DrivingMotion, serious: Portrait, neutral: str
) -> None:
    aus = transfer_performance(laugh, serious.aus, neutral=neutral).aus
    np.testing.assert_allclose(aus[:, SMILE], laugh.aus[:, SMILE], atol=0.1)
    assert aus[:, SMILE].min() > serious.aus[SMILE].max() + 0.4
    counted = transfer_performance(laugh, serious.aus, neutral=0.0).aus
    assert abs(counted[0, SMILE] - serious.aus[SMILE]).max() < 0.1


def test_what_a_face_shows_fades_to_the_photos_own(laugh: DrivingMotion, serious: Portrait) -> None:
    lost = np.full_like(laugh.aus, np.nan), np.full_like(laugh.angles, np.nan)
    aus, angles = (
        np.concatenate(pair) for pair in zip((laugh.aus, laugh.angles), lost, strict=True)
    )
    shown = transfer_performance(DrivingMotion(FPS, aus, angles), serious.aus).aus
    assert shown[0, SMILE].min() > 0.7
    np.testing.assert_allclose(shown[-3:], serious.aus[None].repeat(3, 0), atol=1e-6)


def test_most_smiles_are_no_rest_and_calm_faces_are() -> None:
    faces = load_faces()
    over = np.maximum(faces.mean(axis=2) - measure_rest_limits(faces), 0).sum(axis=1)
    expressed = faces.sum(axis=(1, 2))
    assert (over[faces[:, SMILE].mean(axis=1) > 0.7] > NEUTRAL.most_beyond).mean() > 0.9
    assert (over[expressed < np.quantile(expressed, 0.4)] <= NEUTRAL.most_beyond).all()


def test_the_clip_laughs_and_says_so(laughing: Path, grace_hopper: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    words = ["drive", grace_hopper, laughing, "--size", 300, "--fps", 5, "-o", out]
    result = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)["neutral"]
    assert (facts["asked"], facts["used"]) == ("auto", "absolute")
    assert facts["beyond_rest"]["AU12"]["shown"] > facts["beyond_rest"]["AU12"]["limit"]
    assert "note: the driver never rests" in result.stderr
    before, after = detect(grace_hopper, size=300)[0], detect(out)[0]
    assert after.aus[SMILE].min() > before.aus[SMILE].max() + 0.4


@pytest.mark.parametrize(
    ("options", "used", "said"),
    [
        ([], "rest", "note: expressions count from the driver's rest"),
        (["--neutral", "absolute"], "absolute", "note: expressions count as the driver shows"),
        (["--neutral", "0.2"], "moment", "note: expressions count from what the driver shows"),
        (["--neutral-at", "0.2", "--quiet"], "moment", ""),
    ],
)
def test_what_was_done_is_said(
    grace_hopper: Path, model: Path, tmp_path: Path, options: list[str], used: str, said: str
) -> None:
    words = ["drive", grace_hopper, EXAMPLE, "--size", 200, "--fps", 5, "--model", model]
    words += ["-o", tmp_path / "out.mp4", "--end", 1, "--json"]
    result = CliRunner().invoke(app, [*map(str, words), *options])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["neutral"]["used"] == used
    assert result.stderr.startswith(said) if said else not result.stderr


def test_the_library_counts_alike(grace_hopper: Path, model: Path) -> None:
    frames = list(read_frames(open_video(EXAMPLE), 5.0))[:6]
    wanted = {"size": 200, "model": str(model)}
    older = animate_by_video(grace_hopper, frames, 5.0, neutral_at=0.2, **wanted)
    newer = animate_by_video(grace_hopper, frames, 5.0, neutral=0.2, **wanted)
    np.testing.assert_array_equal(older.performances[0].aus, newer.performances[0].aus)
    for wrong in ({"neutral": "never"}, {"neutral": None}, {"neutral": 1, "neutral_at": 1}):
        with pytest.raises(UsageError, match="`neutral`"):
            animate_by_video(grace_hopper, frames, 5.0, **wrong, **wanted)
    assert place_neutral("absolute", 3.0, 4.0) == "absolute"
    assert place_neutral(3.5, 3.0, 4.0) == 0.5
