"""Keypoints of a driver, and the first-order model in `ganimate drive`."""

from __future__ import annotations

import json
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

import ganimate
from ganimate.arrays import Floats
from ganimate.cli.commands import app
from ganimate.errors import ModelError, UsageError
from ganimate.media.photo import read_photo
from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.generators import save_generator
from ganimate.performance.keypoints import (
    DrivingKeypoints,
    choose_initial,
    find_likest,
    transfer_keypoints,
)

DRIVER = Path(__file__).parents[2] / "examples" / "driver.mp4"
SIDE = 30
SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


def motion_of(places: Floats, jacobians: Floats | None = None) -> DrivingKeypoints:
    """A driver whose landmarks are its keypoints."""
    n, k, _ = places.shape
    eye = np.broadcast_to(np.eye(2, dtype=np.float32), (n, k, 2, 2))
    missing = np.isnan(places[:, :1, :1])
    return DrivingKeypoints(
        fps=25,
        places=places,
        jacobians=(eye if jacobians is None else jacobians)
        + np.where(missing, np.nan, 0)[..., None],
        landmarks=places,
        aus=np.where(missing, np.nan, np.zeros((n, 17, 2))).astype(np.float32),
        pictures=np.zeros((0, 1, 1, 3), np.uint8),
    )


def source_of(places: Floats) -> Floats:
    return np.concatenate([places, np.tile([2, 0, 0, 2], (len(places), 1))], 1).astype(np.float32)


def test_relative_motion_moves_the_photos_own_keypoints() -> None:
    """Eqs. 14 and 15; the source is half as large as the driver, and so is its motion."""
    shift = np.array([[0, 0], [0.4, -0.2]], np.float32)[:, None]
    jacobians = np.broadcast_to(np.eye(2), (2, 4, 2, 2)).copy()
    jacobians[1] *= 3
    motion = motion_of(SQUARE + shift, jacobians.astype(np.float32))
    source = source_of(0.5 * SQUARE - 0.1)
    initial = choose_initial(motion, SQUARE, 0.0)
    first, second = transfer_keypoints(motion, source, initial)
    assert first == pytest.approx(source)
    assert second[:, :2] == pytest.approx(source[:, :2] + 0.5 * shift[1], abs=1e-6)
    assert second[:, 2:] == pytest.approx(3 * source[:, 2:])


def test_absolute_motion_takes_the_drivers_keypoints() -> None:
    motion = motion_of(SQUARE + np.array([[0.0], [0.3]], np.float32)[:, None])
    initial = choose_initial(motion, SQUARE, "absolute")
    made = list(transfer_keypoints(motion, source_of(SQUARE), initial))
    assert made[1][:, :2] == pytest.approx(SQUARE + 0.3)
    assert made[1][:, 2:] == pytest.approx(np.tile([1, 0, 0, 1], (4, 1)))


def test_motion_counts_from_the_frame_most_like_the_photo() -> None:
    """Place and size do not count, shape does."""
    flat = SQUARE * [1, 0.5]
    gone = np.full_like(SQUARE, np.nan)
    frames = np.stack([gone, flat, 3 * SQUARE + 1, 1.2 * flat]).astype(np.float32)
    assert find_likest(SQUARE, frames) == 2
    initial = choose_initial(motion_of(frames), SQUARE, "auto")
    assert (initial.kind, initial.seconds) == ("likest", pytest.approx(2 / 25))
    with pytest.raises(UsageError, match="no face is seen"):
        choose_initial(motion_of(frames), SQUARE, 3.0)


def test_where_the_face_is_lost_the_photo_rests() -> None:
    places = np.repeat(SQUARE[None] + np.float32(0.2), 60, axis=0)
    places[0] -= 0.2
    places[20:] = np.nan
    motion = motion_of(places)
    source = source_of(SQUARE)
    made = list(transfer_keypoints(motion, source, choose_initial(motion, SQUARE, 0.0)))
    assert made[22][:, :2] == pytest.approx(SQUARE + 0.2)  # stays .3 s
    assert made[59] == pytest.approx(source)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first-order model that moves the photo and paints little, untrained."""
    torch.manual_seed(0)
    config = FirstOrderConfig(
        size=64, keypoints=3, shrink=2, detector_channels=8, motion_channels=8,
        most_hourglass_channels=16, channels=8, most_channels=16, blocks=1, skips=True,
    )  # fmt: skip
    generator = FirstOrderGenerator(config)
    with torch.no_grad():
        assert generator.motion.occlusion.bias is not None
        generator.motion.occlusion.bias.fill_(20)  # all is shown
    path = tmp_path_factory.mktemp("weights") / "first-order.safetensors"
    save_generator(path, generator.state_dict(), config)
    return path


def test_a_photo_follows_a_video(model: Path, grace_hopper: Path) -> None:
    photo = read_photo(grace_hopper)
    loaded = ganimate.load(grace_hopper, model=model)
    frames = iio.imread(DRIVER, index=None)[:SIDE:10]
    clip = loaded.drive(list(frames), fps=5, neutral=0.0)
    made: list[NDArray[np.uint8]] = list(clip)
    assert len(made) == len(frames) == clip.count
    assert clip.face_found.all()
    assert clip.neutral.kind == "moment"
    # The first frame has the photo's own keypoints, and shows the photo with its detail.
    assert np.abs(made[0].astype(int) - photo).mean() < 1
    assert np.abs(made[0].astype(int) - photo).max() < 60
    # Elsewhere it is the photo, to the bit.
    assert np.array_equal(made[2][:40], photo[:40])
    with pytest.raises(ModelError, match="give it to `ganimate drive`"):
        loaded.animate("smile")
    with pytest.raises(ModelError, match="give it to `ganimate drive`"):
        loaded.timeline({"keys": []})


def test_a_grey_photo_stays_grey(model: Path, grace_hopper: Path, tmp_path: Path) -> None:
    grey = tmp_path / "grey.png"
    Image.fromarray(read_photo(grace_hopper)).convert("L").save(grey)
    frames = list(iio.imread(DRIVER, index=None)[:SIDE:15])
    for frame in ganimate.drive(grey, frames, fps=5, model=model, size=300):
        assert np.ptp(frame.astype(int), axis=2).max() == 0


def test_drive_writes_clips_and_figures(model: Path, grace_hopper: Path, tmp_path: Path) -> None:
    command = ["drive", str(grace_hopper), str(DRIVER), "--model", str(model), "--end", "0.4"]
    command += ["--fps", "5", "--size", "300"]
    run = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "a.mp4"), "--json"])
    assert run.exit_code == 0, run.output
    facts = json.loads(run.stdout)
    assert facts["neutral"]["used"] == "likest"
    assert facts["frames"] == 2
    for shown, panels in (("keypoints", 3), ("occlusion", 4), ("deformation", 4)):
        figure = tmp_path / f"{shown}.png"
        run = CliRunner().invoke(app, [*command, "--show", shown, "-o", str(figure)])
        assert run.exit_code == 0, run.output
        with Image.open(figure) as image:
            assert image.size == (256 * panels, 256)
    marked = np.asarray(Image.open(tmp_path / "keypoints.png"))
    plain = np.asarray(Image.open(tmp_path / "occlusion.png"))
    assert (marked[:, :256] != plain[:, :256]).any()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["drive", "PHOTO", "VIDEO", "--model", "MODEL", "--save-timeline", "k.json"], "no timel"),
        (["drive", "PHOTO", "VIDEO", "--show", "keypoints", "--end", "0.2"], "first-order models"),
        (["render", "PHOTO", "--to", "smile", "--model", "MODEL"], "give it to `ganimate drive`"),
    ],
)
def test_models_given_to_the_wrong_command(
    model: Path, grace_hopper: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    names = {"PHOTO": str(grace_hopper), "VIDEO": str(DRIVER), "MODEL": str(model)}
    names["k.json"] = str(tmp_path / "k.json")
    command = [names.get(one, one) for one in options]
    run = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "x.mp4")])
    assert run.exit_code in (1, 2)
    assert words in " ".join(run.output.split())
    assert not (tmp_path / "x.mp4").exists()
