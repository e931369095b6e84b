"""What files say of how they were made: written by real encoders, read back, and by ffmpeg."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image
from skimage import data

from ganimate.arrays import Photo
from ganimate.errors import OutputError
from ganimate.media.label import LABEL, label_frames
from ganimate.media.provenance import (
    LONGEST,
    MARGIN,
    Provenance,
    build_xmp,
    name_program,
    read_claim,
)
from ganimate.media.video_writer import write_drawing, write_frames

MADE = Provenance(
    model="motïon", weights="0123456789ab", expression='<"AU12"=0.9 & 笑\x1b[31m>', seed=7
)
READ = Provenance(
    model="motïon", weights="0123456789ab", expression='<"AU12"=0.9 & 笑?[31m>', seed=7
)
SUFFIXES = ("mp4", "mov", "webm", "gif", "webp", "png", "jpg")


def clip(frames: int = 3) -> Iterator[Photo]:
    for shift in range(frames):
        yield np.roll(data.astronaut()[:160, :160], shift, 1)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    write_frames(clip(), path, fps=10, made=MADE)
    claim = read_claim(path)
    assert claim is not None
    assert (claim.program, claim.synthesised, claim.whole) == (name_program(), True, True)
    assert claim.made == READ


def test_values_of_any_length_fit(tmp_path: Path) -> None:
    longest = Provenance(
        model="笑" * 5000, expression="\N{GRINNING FACE}" * 100_000, seed=2**64 - 1
    )
    assert len(build_xmp(longest)) < MARGIN // 2
    for suffix in SUFFIXES:
        path = tmp_path / f"clip.{suffix}"
        write_frames(clip(), path, fps=10, made=longest)
        claim = read_claim(path)
        assert claim is not None
        assert claim.made.expression == "\N{GRINNING FACE}" * (LONGEST - 3) + "..."
        assert claim.made.seed == longest.seed


def test_other_files_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    for content in (b"", b"ganimate", np.random.default_rng(0).bytes(3 * MARGIN)):
        path.write_bytes(content)
        assert read_claim(path) is None
    Image.fromarray(data.astronaut()).save(path)
    assert read_claim(path) is None


def test_a_drawing_is_not_synthesised(tmp_path: Path) -> None:
    write_drawing(data.astronaut(), tmp_path / "drawing.png")
    claim = read_claim(tmp_path / "drawing.png")
    assert claim is not None
    assert claim.whole
    assert not claim.synthesised


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files_are_no_mistake(tmp_path: Path, suffix: str) -> None:
    """A file that is cut off or overwritten says what is left, or nothing; never something else."""
    path = tmp_path / f"clip.{suffix}"
    write_frames(clip(), path, fps=10, made=MADE)
    content = path.read_bytes()
    random = np.random.default_rng(1)
    for share in np.linspace(0, 1, 12):
        path.write_bytes(content[: round(share * len(content))])
        claim = read_claim(path)
        assert claim is None or not claim.whole or claim.made == READ
        damaged = np.frombuffer(content, np.uint8).copy()
        damaged[random.integers(0, len(damaged), 40)] = random.integers(0, 256, 40)
        path.write_bytes(damaged.tobytes())
        read_claim(path)


def test_a_clip_that_is_cut_off_is_told_by_its_comment(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_frames(clip(), path, fps=10, made=MADE)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"uuid")])
    claim = read_claim(path)
    assert claim is not None
    assert (claim.program, claim.synthesised, claim.whole) == (name_program(), True, False)


def test_hostile_values_are_read_as_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    packet = build_xmp(MADE)
    seed = "9" * 3000
    packet = re.sub('Seed="7"', f'Seed="{seed}"', packet)
    packet = packet.replace("0123456789ab", "&#27;[2J&#0;&#x202E;" + "a" * 900)
    path.write_bytes(packet.encode())
    claim = read_claim(path)
    assert claim is not None
    assert claim.made.seed is None
    assert claim.made.weights is not None
    assert claim.made.weights.isprintable()
    assert len(claim.made.weights) == LONGEST


def test_other_programs_read_the_comment(tmp_path: Path) -> None:
    path = tmp_path / "clip.webm"
    write_frames(clip(), path, fps=10, made=Provenance(model="motion", expression="smile"))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert re.search(
        "(?i)comment +: Synthesised with ganimate.*; model motion; expression smile", said
    )


# The label


@pytest.mark.parametrize("side", [64, 256, 1000])
@pytest.mark.parametrize("ground", ["white", "black", "noise"])
def test_the_label_is_legible_and_small(side: int, ground: str) -> None:
    random = np.random.default_rng(0)
    frame = {
        "white": np.full((side, side, 3), 255, np.uint8),
        "black": np.zeros((side, side, 3), np.uint8),
        "noise": random.integers(0, 256, (side, side, 3), dtype=np.uint8),
    }[ground]
    (labelled,) = label_frames([frame])
    changed = (labelled != frame).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert min(rows.min(), columns.min()) > 0
    assert max(rows.max(), columns.max()) < side - 1
    assert columns.max() - columns.min() < LABEL.widest * side
    assert rows.min() > 0.7 * side
    # White letters on a ground that is dark enough for 4.5:1.
    place = labelled[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert place.max() > 200
    if ground != "black":
        luminance = (np.median(place, axis=(0, 1)) / 255) ** 2.2
        assert (1.05 / (luminance + 0.05)).min() > 4.5


def test_a_label_that_nobody_could_read_is_refused(tmp_path: Path) -> None:
    frame = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(OutputError, match="label"):
        write_frames([frame], tmp_path / "still.png", fps=1, label=True)
    assert not list(tmp_path.iterdir())


def test_frames_that_are_labelled_stay_as_they_were(tmp_path: Path) -> None:
    (frame,) = clip(1)
    kept = frame.copy()
    write_frames([frame], tmp_path / "plain.png", fps=1)
    write_frames([frame], tmp_path / "labelled.png", fps=1, label=True)
    assert np.array_equal(frame, kept)
    plain, labelled = (
        np.asarray(Image.open(io.BytesIO((tmp_path / f"{name}.png").read_bytes())))
        for name in ("plain", "labelled")
    )
    assert np.array_equal(plain, kept)
    assert 0 < (plain != labelled).any(axis=2).mean() < 0.1
