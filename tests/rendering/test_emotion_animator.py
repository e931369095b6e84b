"""A StarGAN on a photo: cut like its data set, painted, and laid back without a seam."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from typer.testing import CliRunner
from values import pixels

import ganimate
from ganimate.action_units import ROW_OF
from ganimate.appearance.colour_line import LUMINANCE
from ganimate.cli.commands import app
from ganimate.emotion_photo import schedule_labels
from ganimate.errors import ModelError, UsageError
from ganimate.face.alignment import fit_crop
from ganimate.frames import EmotionCourse
from ganimate.networks.generators import save_generator
from ganimate.networks.stargan import Framing, StarganConfig, StarganGenerator
from ganimate.performance.performance import schedule_alphas
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.emotion_animator import EmotionAnimator, EmotionFrame, frame_crop
from ganimate.weights import load_face_models

EMOTIONS = ("angry", "happy", "sad", "surprise")
CONFIG = StarganConfig(EMOTIONS, size=64, channels=8, blocks=1, framing=Framing(1.04, 0, -0.09))
CPU = torch.device("cpu")
HAPPY = np.array([0, 1, 0, 0], np.float32)


class Brightener(StarganGenerator):
    """Paints a picture brighter by the share of `happy`, and redder."""

    def forward(self, image: Tensor, labels: Tensor) -> Tensor:
        rise = labels[:, 1, None, None, None] * torch.tensor([0.6, 0.2, 0.2])[:, None, None]
        return (image + rise).clamp(-1, 1)


@pytest.fixture(scope="module")
def stargan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A StarGAN that never learnt anything."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("stargan") / "emotions.safetensors"
    save_generator(path, StarganGenerator(CONFIG).state_dict(), CONFIG)
    return path


def animator_of(portrait: Portrait, **changes: Any) -> EmotionAnimator:
    return EmotionAnimator(portrait, Brightener(replace(CONFIG, **changes)).eval(), CPU)


def draw(animator: EmotionAnimator, labels: Any = HAPPY, share: float = 1.0) -> Any:
    return draw_frame(animator, next(animator.layers([EmotionFrame(labels, share)])))  # type: ignore[arg-type]


def test_a_picture_is_cut_as_its_data_set_is(serious: Portrait) -> None:
    """Its centre and side lie where the framing says, in units of the aligned crop."""
    size = 64
    to_crop = fit_crop(serious.face.landmarks, size)
    framed = frame_crop(to_crop, Framing(1.5, 0.1, -0.2), size)
    middle = np.array([[(size - 1) / 2] * 2])
    in_photo = framed.inverse().apply(middle)
    assert np.allclose(to_crop.apply(in_photo), middle + np.array([0.1, -0.2]) * size, atol=1e-3)
    assert framed.scale == pytest.approx(to_crop.scale / 1.5)
    assert np.allclose(frame_crop(to_crop, Framing(), size).matrix, to_crop.matrix)


def test_what_is_painted_lies_in_the_face_and_fades_out(serious: Portrait) -> None:
    animator = animator_of(serious)
    frame = draw(animator).astype(int)
    change = np.abs(frame - serious.photo.astype(int)).max(axis=2)
    face = np.rint(serious.face.landmarks[:468, :2]).astype(int)
    nose = face[1]
    assert change[nose[1], nose[0]] > 40
    far = np.ones(change.shape, bool)
    (left, top), (right, bottom) = face.min(axis=0), face.max(axis=0)
    reach = (right - left) // 4
    far[top - reach : bottom + reach, left - reach : right + reach] = False
    assert far.any()
    assert not change[far].any()
    # No seam: where all detail stays, the change never jumps from one pixel to the next.
    dark = replace(serious, photo=(serious.photo * 0.7).astype(np.uint8))
    slight = draw(animator_of(dark), HAPPY * 0.14).astype(int)
    rise = slight[:, :, 0] - dark.photo[:, :, 0].astype(int)
    assert rise.max() > 5
    assert np.abs(np.diff(rise, axis=0)).max() <= 2
    assert np.abs(np.diff(rise, axis=1)).max() <= 2


def test_no_share_is_the_photo_bit_for_bit(serious: Portrait) -> None:
    animator = animator_of(serious)
    assert np.array_equal(draw(animator, share=0.0), serious.photo)
    half = np.abs(draw(animator, share=0.5).astype(int) - serious.photo).mean()
    assert 0.3 < half / np.abs(draw(animator).astype(int) - serious.photo).mean() < 0.7


def test_paint_is_measured_against_what_the_photo_shows(serious: Portrait) -> None:
    """A generator that paints everything brighter changes nothing but what is asked for."""

    class Fault(Brightener):
        def forward(self, image: Tensor, labels: Tensor) -> Tensor:
            return (super().forward(image, labels) * 0.9 + 0.05).clamp(-1, 1)

    own = np.array([0, 0, 1, 0], np.float32)
    animator = EmotionAnimator(serious, Fault(CONFIG).eval(), CPU, own)
    assert np.array_equal(draw(animator, labels=own), serious.photo)
    slight = draw(animator, labels=0.97 * own + 0.03 * HAPPY).astype(int) - serious.photo
    assert np.abs(slight).max() <= 3
    assert np.abs(draw(animator).astype(int) - serious.photo).max() > 40


def test_a_grey_model_keeps_the_photo_s_colours(smiling: Portrait) -> None:
    """Luminance changes; what colour has beside it does not."""
    animator = animator_of(smiling, grey=True)
    assert (np.ptp(animator.picture, axis=2) == 0).all()
    frame, photo = draw(animator).astype(np.float32), smiling.photo.astype(np.float32)
    coloured = draw(animator_of(smiling)).astype(np.float32)
    inside = np.abs(frame - photo).max(axis=2) > 20
    assert inside.sum() > 500

    def measure_chroma(picture: Any) -> Any:
        chroma = picture - (picture @ LUMINANCE)[:, :, None]
        return cv2.blur(chroma, (9, 9))[inside]  # as coarse as the picture that is painted

    before, after, other = map(measure_chroma, (photo, frame, coloured))
    assert np.abs(after - before).mean() < 1.5
    assert (other - before)[:, 0].mean() > 8  # a model of colours paints them


def test_a_grey_photo_stays_grey(smiling: Portrait) -> None:
    grey = np.repeat(np.rint(smiling.photo @ LUMINANCE).astype(np.uint8)[:, :, None], 3, axis=2)
    frame = draw(animator_of(replace(smiling, photo=grey)))
    assert (frame != grey).any()
    assert (np.ptp(frame, axis=2) == 0).all()


def test_fine_detail_stays_where_little_changes(smiling: Portrait) -> None:
    """A photo far finer than the picture keeps its pores under a slight change."""
    large = np.asarray(
        Image.fromarray(smiling.photo).resize((2048, 2048), Image.Resampling.LANCZOS)
    )
    noise = np.random.default_rng(0).integers(-9, 10, large.shape[:2])[:, :, None]
    fine = np.clip(large.astype(int) + noise, 0, 255).astype(np.uint8)
    face = replace(smiling.face, landmarks=smiling.face.landmarks * 4 + 1.5)
    portrait = replace(smiling, photo=fine, face=face)
    frame = draw(animator_of(portrait), labels=HAPPY * 0.1)
    x, y = (int(v) for v in face.landmarks[205, :2])  # a cheek
    here = slice(y - 20, y + 20), slice(x - 20, x + 20)
    assert np.abs(frame[here].astype(int) - fine[here]).mean() > 2
    residues = [p[here].astype(float) - np.median(p[here]) for p in (frame, fine)]
    assert np.corrcoef(residues[0][:, :, 1].ravel(), residues[1][:, :, 1].ravel())[0, 1] > 0.9


def test_a_clip_is_a_cross_fade_of_conditions(serious: Portrait) -> None:
    course = EmotionCourse(
        portrait=serious, labels=EMOTIONS, source=HAPPY[[1, 0, 2, 3]], target=HAPPY,
        from_photo=True, to_photo=False,
    )  # fmt: skip
    steps = schedule_alphas(11, "linear", "once")
    frames = list(schedule_labels(course, steps))
    assert [frame.labels[1] for frame in frames] == pytest.approx(np.linspace(0, 1, 11), abs=1e-6)
    assert all(frame.labels.sum() == pytest.approx(1) for frame in frames)
    shares = [frame.share for frame in frames]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[3:] == pytest.approx([1] * 8)
    back = list(schedule_labels(replace(course, to_photo=True), steps))
    assert (back[0].share, back[5].share, back[-1].share) == (0, 1, 0)


def test_the_library_paints_emotions(stargan: Path, astronaut: Path) -> None:
    loaded = ganimate.load(astronaut, model=stargan)
    clip = loaded.animate("surprise", frames=4)
    frames = list(clip)
    assert np.array_equal(frames[0], loaded.photo)
    assert not np.array_equal(frames[3], loaded.photo)
    assert (clip.made.model, clip.made.expression) == ("emotions", "surprise")
    plain = list(ganimate.animate(astronaut, {"surprise": 1.0}, frames=4, model=stargan))
    assert all(np.array_equal(*pair) for pair in zip(frames, plain, strict=True))
    assert (next(loaded.animate("sad", start="angry", frames=3)) != loaded.photo).any()
    for call in (lambda: loaded.timeline({"keys": []}), lambda: loaded.drive([], 30)):
        with pytest.raises(
            ModelError, match=r"emotions\.safetensors is a StarGAN.*`ganimate render`"
        ):
            call()
    with pytest.raises(UsageError, match="knows angry, happy, sad, surprise"):
        loaded.animate("wink")
    with pytest.raises(UsageError, match="paints angry, happy, sad, surprise"):
        loaded.animate(np.zeros((17, 2), np.float32))


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


def test_the_command_renders_emotions(stargan: Path, astronaut: Path, tmp_path: Path) -> None:
    output = tmp_path / "sad.png"
    done = run("render", astronaut, "--to", "sad:0.5", "--model", stargan, "-o", output, "--json")
    assert done.exit_code == 0
    (face,) = json.loads(done.stdout)["faces"]
    assert face["source"] == {"angry": 0, "happy": 1, "sad": 0, "surprise": 0}
    assert face["target"] == {"angry": 0, "happy": 0.5, "sad": 0.5, "surprise": 0}
    assert face["between"] == "cross-fade of conditions"
    assert pixels(output).shape == (512, 512, 3)
    unknown = run("render", astronaut, "--to", "wink", "--model", stargan, "-o", tmp_path / "x.mp4")
    assert unknown.exit_code == 2
    assert "not trained on 'wink': it knows angry, happy, sad, surprise" in unknown.stderr


@pytest.mark.parametrize(
    ("emotion", "number", "least"), [("happy", 12, 0.3), ("sad", 17, 0.25), ("surprise", 1, 0.3)]
)
def test_the_shipped_stargan_shows_what_it_is_asked_for(
    grace_hopper: Path, emotion: str, number: int, least: float
) -> None:
    loaded = ganimate.load(grace_hopper, model="stargan")
    first, _, last = loaded.animate(emotion, frames=3)
    assert np.array_equal(first, loaded.photo)
    assert np.array_equal(last[:20], loaded.photo[:20])  # nothing but the face is painted
    models = load_face_models()
    before, after = (find_portraits(photo, models)[0].aus.mean(axis=1) for photo in (first, last))
    assert after[ROW_OF[number]] - before[ROW_OF[number]] > least
