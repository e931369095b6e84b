"""Every reader of files that others made, each as a function of a file alone.

What comes of a file is a value or a GanimateError; tests/test_properties.py and tests/fuzz.py try.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import hostile_seeds as seeds
import numpy as np
from typer.testing import CliRunner

from ganimate.action_units import SHAPE
from ganimate.cli.commands import app
from ganimate.errors import GanimateError
from ganimate.media.photo import decode_photo
from ganimate.media.provenance import read_claim
from ganimate.media.tensors import read_metadata
from ganimate.media.video_reader import open_video, read_frames
from ganimate.networks.checkpoint import read_checkpoint
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import parse_expression
from ganimate.performance.performance import parse_ease
from ganimate.performance.timeline_reader import read_timeline
from ganimate.training.data.dataset import load_faces
from ganimate.training.data.labels import Source
from ganimate.training.data.pickles import read_arrays
from ganimate.training.data.replacing import check_same_source
from ganimate.training.data.sources import open_source
from ganimate.training.prior.blend_shapes import read_scores
from ganimate.training.run_files import check_run, read_latest_terms, resume_run, trim_log
from ganimate.training.seen_faces import read_seen_faces
from ganimate.weights import load_face_models


@dataclass(frozen=True)
class HostileReader:
    """A reader, and what it is tried with.

    Attributes:
        list_seeds: real files, to be changed.
        read: reads a file in an empty folder; raises GanimateError and nothing else.
        name: of the file.
        words: that files of this kind have, for a fuzzer.
    """

    list_seeds: Callable[[], list[bytes]]
    read: Callable[[Path], None]
    name: str
    words: tuple[str, ...] = ()


def read_photo_file(path: Path) -> None:
    """Decode a photo, and read what it says of its origin."""
    read_claim(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        photo = decode_photo(io.BytesIO(path.read_bytes()), "photo")
    assert photo.dtype == np.uint8
    assert photo.ndim == 3


def read_video_file(path: Path) -> None:
    """Probe a video and read its frames, under the name that its first byte chooses."""
    content = path.read_bytes()
    suffix = seeds.VIDEO_SUFFIXES[content[0] % len(seeds.VIDEO_SUFFIXES)] if content else ""
    named = path.with_name(f"video{suffix}")
    named.write_bytes(content[1:])
    video = open_video(named)
    for frame in read_frames(video, video.fps, 64):
        assert max(frame.shape) <= 64


def read_timeline_file(path: Path) -> None:
    """Read keys, with the photo that most of them name."""
    path.with_name("photo.jpg").touch()
    read_timeline(path)


def read_expression_file(path: Path) -> None:
    """Read an expression, and an ease."""
    text = path.read_bytes().decode(errors="surrogateescape")
    with suppress(GanimateError):
        parse_ease(text)
    aus = parse_expression(text).apply_to(np.full(SHAPE, 0.3, np.float32))
    assert ((aus >= 0) & (aus <= 1)).all()


def read_label_file(path: Path) -> None:
    """Read a folder of two photos and a file of labels, under the name its first byte chooses."""
    content = path.read_bytes()
    folder = path.with_name("set")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).touch()
    name = seeds.LABEL_FILES[content[0] % len(seeds.LABEL_FILES)] if content else "labels.csv"
    (folder / name).write_bytes(content[1:])
    for photo in open_source(folder).photos:
        assert photo.aus is None or ((photo.aus >= 0) & (photo.aus <= 1)).all()


def read_weights_file(path: Path) -> None:
    """Read weights as a generator, as models of faces and for what they saw."""
    for read in (read_metadata, read_seen_faces, load_face_models):
        with suppress(GanimateError):
            read(path)
    load_generator(path)


def read_set_file(path: Path) -> None:
    """Open a prepared set of a shard or a summary, and ask whether it may be replaced."""
    content = path.read_bytes()
    folder = path.with_name("prepared")
    folder.mkdir(exist_ok=True)
    shard, summary = folder / "shard-00000.safetensors", folder / "dataset.json"
    whole = _list_shards()
    parts = {shard: whole[0][1:], summary: whole[1][1:]}
    parts[summary if content[:1] == b"\1" else shard] = content[1:]
    for file, part in parts.items():
        file.write_bytes(part)
    with suppress(GanimateError):
        check_same_source(folder, Source(folder, "pictures"))
    load_faces([folder])


def read_log_file(path: Path) -> None:
    """Read the log of a run, and trim it."""
    run = path.with_name("run")
    run.mkdir(exist_ok=True)
    log = run / "log.jsonl"
    log.write_bytes(path.read_bytes())
    with suppress(GanimateError):
        check_run(run)
    assert isinstance(trim_log(run, 1), float)
    read_latest_terms(run)


def read_run_file(path: Path) -> None:
    """Resume from the checkpoint of a run."""
    run = path.with_name("run")
    run.mkdir(exist_ok=True)
    (run / "checkpoint.pt").write_bytes(path.read_bytes())
    resume_run(run, "motion", seeds.make_networks(), seeds.RUN_CONFIG)


COMMANDS = (
    ("timeline", "--check", "keys.json"),
    ("inspect", "clip.mp4"),
    ("detect", "photo.jpg"),
    ("import", "weights.pth", "-o", "out.safetensors"),
    ("prepare", "--check", "folder"),
    ("render", "photo.jpg", "--model", "weights.safetensors", "-o", "out.mp4"),
    ("drive", "photo.jpg", "video.mp4", "-o", "out.mp4"),
)


def run_command(path: Path) -> None:
    """Run a command, which the first byte chooses, on a file: it ends with 0, 1 or 2."""
    content = path.read_bytes()
    words = COMMANDS[content[0] % len(COMMANDS) if content else 0]
    folder = path.with_name("folder")
    folder.mkdir(exist_ok=True)
    arguments = []
    for word in words:
        if "." in word and not word.startswith("out."):
            (path.parent / word).write_bytes(content[1:])
        inside = "." in word or word == "folder"
        arguments.append(str(path.parent / word) if inside else word)
    (folder / "labels.csv").write_bytes(content[1:])
    (folder / "a.jpg").write_bytes(content[1:])
    result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2)
    printed = result.stdout + result.stderr
    assert not any(letter in printed for letter in "\x1b\x07\x9b\x00")


def list_command_seeds() -> list[bytes]:
    """A few files for each command."""
    every: tuple[list[bytes], ...] = (
        seeds.list_timelines(),
        seeds.list_clips()[3:],
        seeds.list_photos()[::5],
        seeds.list_checkpoints(),
        [content[1:] for content in seeds.list_labels()],
        seeds.list_weights(),
        [content[1:] for content in seeds.list_videos()[:3]],
    )
    return [bytes([which]) + one for which, several in enumerate(every) for one in several]


@cache
def _list_shards() -> list[bytes]:
    return seeds.list_shards()


KEYS = ('"keys"', '"expression"', '"aus"', '"t"', "NaN", "1e308", "\\ud800", "\\u0000", '"tracks"')
HEADERS = ('"dtype":"BF16"', "F8_E4M3", '"data_offsets":[0,4]', '"shape":[]', "__metadata__")

READERS: Mapping[str, HostileReader] = {
    "photo": HostileReader(seeds.list_photos, read_photo_file, "photo"),
    "video": HostileReader(seeds.list_videos, read_video_file, "video"),
    "timeline": HostileReader(seeds.list_timelines, read_timeline_file, "keys.json", KEYS),
    "expression": HostileReader(
        seeds.list_expressions, read_expression_file, "text", ("AU12=", "smile:", "source", "+")
    ),
    "labels": HostileReader(
        seeds.list_labels, read_label_file, "labels", ("AU01_r", "1e400", "sep=;", "filename")
    ),
    "pickle": HostileReader(
        seeds.list_pickles, lambda path: void(read_arrays(path)), "aus.pkl", ("cnumpy\ndtype\n",)
    ),
    "checkpoint": HostileReader(
        seeds.list_checkpoints, lambda path: void(read_checkpoint(path)), "net.pth"
    ),
    "weights": HostileReader(seeds.list_weights, read_weights_file, "weights.safetensors", HEADERS),
    "set": HostileReader(seeds.list_shards, read_set_file, "shard", (*HEADERS, '"faces":')),
    "log": HostileReader(seeds.list_logs, read_log_file, "log.jsonl", ('"step"', '"seconds"')),
    "run": HostileReader(seeds.list_runs, read_run_file, "checkpoint.pt"),
    "claim": HostileReader(seeds.list_clips, lambda path: void(read_claim(path)), "clip"),
    "scores": HostileReader(
        seeds.list_archives, lambda path: void(read_scores(path)), "scores.npz"
    ),
    "command": HostileReader(list_command_seeds, run_command, "input"),
}


def void(_: object) -> None:
    """Take a value and do nothing."""
