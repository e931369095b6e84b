"""From videos to a set of clips: a shard at a time, resumable."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ganimate.errors import DataError, OutputError
from ganimate.media.files import write_whole
from ganimate.media.tensors import write_tensors
from ganimate.training.data.clips import CLIP_SHARDS, CLIPS_SUMMARY
from ganimate.training.data.dataset import DROPPED, DROPPED_COLUMNS
from ganimate.training.data.shard import measure_file, read_metadata
from ganimate.training.data.videos import VIDEOS, Clip, VideoSettings, cut_clip, find_clips

EXAMPLES = 5
"""Names shown of what was dropped for a reason."""

SHARD_CLIPS = 16
"""Clips of a shard; more are lost when preparing is interrupted."""


@dataclass(frozen=True)
class ClipReport:
    """What became of the videos.

    Attributes:
        size: side of the frames, pixels.
        videos: all of them.
        clips: those that are in the set.
        frames: of all clips.
        held_out: clips that the set keeps for validation.
        dropped: reason -> videos.
        examples: reason -> a few names; all of them are in dropped.csv.
    """

    size: int
    videos: int
    clips: int
    frames: int
    held_out: int
    dropped: Mapping[str, int]
    examples: Mapping[str, Sequence[str]]


def prepare_clips(
    folder: Path,
    output: Path,
    size: int,
    settings: VideoSettings = VIDEOS,
    *,
    overwrite: bool = False,
) -> Iterator[int]:
    """Prepare all videos of a folder; run again after an interruption, it keeps what is done.

    Args:
        folder: of videos.
        output: the folder of the set.
        size: side of the frames, pixels.
        settings: which frames are kept.
        overwrite: whether a set of other videos may be replaced.

    Yields:
        How many videos are done so far, after all that were done before.

    Raises:
        DataError: there are no videos, or none of them can be used.
        OutputError: the disk is full, or a set of other videos is there.
    """
    clips = find_clips(folder)
    parts = [clips[i : i + SHARD_CLIPS] for i in range(0, len(clips), SHARD_CLIPS)]
    shards = [output / f"clips-{number:05d}.safetensors" for number in range(len(parts))]
    made_of = [_describe_part(part, size, settings) for part in parts]
    if not overwrite:
        _check_same(output, set(made_of))
    output.mkdir(parents=True, exist_ok=True)
    for stale in {*output.glob(CLIP_SHARDS)} - {*shards}:
        stale.unlink()
    yield 0
    done = 0
    for part, shard, description in zip(parts, shards, made_of, strict=True):
        if read_metadata(shard).get("made_of") != description:
            (output / CLIPS_SUMMARY).unlink(missing_ok=True)
            _write_shard(part, shard, description, size, settings)
        done += len(part)
        yield done
    report = _write_report(shards, output, size, len(clips))
    if not report.clips:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in report.dropped.items())
        raise DataError(
            f"None of the {report.videos} videos of {folder} can be learnt from ({reasons}): each "
            "should show one face that moves."
        )


def read_clip_report(output: Path) -> ClipReport:
    """Read the report of a finished prepare_clips()."""
    return ClipReport(**json.loads((output / CLIPS_SUMMARY).read_text(encoding="utf-8")))


def _describe_part(part: Sequence[Clip], size: int, settings: VideoSettings) -> str:
    """What a shard's content follows from, as JSON."""
    files = [[clip.name, [measure_file(path) for path in clip.paths]] for clip in part]
    return json.dumps([size, asdict(settings), files])


def _check_same(output: Path, wanted: set[str]) -> None:
    """Raise OutputError if shards are there of which none is wanted."""
    there = [read_metadata(path).get("made_of") for path in output.glob(CLIP_SHARDS)]
    if there and not wanted & {*there}:
        raise OutputError(
            f"{output} holds a set of other videos: give another folder, or `overwrite` if that "
            "set may be lost"
        )


def _write_shard(
    part: Sequence[Clip], shard: Path, made_of: str, size: int, settings: VideoSettings
) -> None:
    names: list[str] = []
    cut = [np.zeros((0, size, size, 3), np.uint8)]
    dropped: dict[str, str] = {}
    for clip in part:
        try:
            cut.append(cut_clip(clip, size, settings))
        except DataError as error:
            dropped[clip.name] = str(error)
        else:
            names.append(clip.name)
    held_out = [clip.name for clip in part if clip.held_out and clip.name in names]
    metadata = {
        "made_of": made_of,
        "names": json.dumps(names),
        "counts": json.dumps([len(frames) for frames in cut[1:]]),
        "held_out": json.dumps(held_out),
        "dropped": json.dumps(dropped),
    }
    write_tensors(shard, {"frames": np.concatenate(cut)}, metadata)


def _write_report(shards: Sequence[Path], output: Path, size: int, videos: int) -> ClipReport:
    """Write clips.json, and the names of all videos that are not in the set to dropped.csv."""
    counts: list[int] = []
    held_out = 0
    dropped: dict[str, list[str]] = {}
    for shard in shards:
        metadata = read_metadata(shard)
        counts += json.loads(metadata["counts"])
        held_out += len(json.loads(metadata["held_out"]))
        for name, reason in json.loads(metadata["dropped"]).items():
            dropped.setdefault(reason, []).append(name)
    rows = [(name, reason) for reason, names in dropped.items() for name in names]
    table = io.StringIO()
    csv.writer(table).writerows([DROPPED_COLUMNS, *rows])
    write_whole(output / DROPPED, os.fsencode(table.getvalue()))
    report = ClipReport(
        size=size,
        videos=videos,
        clips=len(counts),
        frames=sum(counts),
        held_out=held_out,
        dropped={reason: len(names) for reason, names in dropped.items()},
        examples={reason: names[:EXAMPLES] for reason, names in dropped.items()},
    )
    write_whole(output / CLIPS_SUMMARY, json.dumps(asdict(report), indent=1).encode())
    return report
