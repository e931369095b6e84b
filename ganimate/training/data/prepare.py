"""From photos and videos to a data set: a shard at a time, in several processes, resumable.

What a folder holds, and the labels that come with it, is the matter of sources.py; what becomes of
a photo, that of shard.py.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ganimate.errors import DataError
from ganimate.media.files import write_whole
from ganimate.training.data.dataset import DROPPED, DROPPED_COLUMNS, SHARDS, SUMMARY
from ganimate.training.data.labels import LABELLED, LabelledPhoto, Source
from ganimate.training.data.replacing import check_same_source
from ganimate.training.data.shard import Job, PrepareOptions, digest_models, read_metadata
from ganimate.training.data.sources import open_source
from ganimate.training.data.workers import run_jobs
from ganimate.weights import load_face_models

EXAMPLES = 5
"""Names shown of what was dropped for a reason."""


@dataclass(frozen=True)
class ShardSettings:
    """How large shards are: what an interruption loses, and what a worker does at a time."""

    photos: int = 256
    """Photos of a shard; more are lost when preparing is interrupted."""

    videos: int = 4
    """Videos of a shard, of up to some hundred frames each."""


SHARD = ShardSettings()


@dataclass(frozen=True)
class Report:
    """What became of the photos and frames.

    Attributes:
        photos: all of them.
        faces: those that are in the data set.
        dropped: reason -> photos.
        examples: reason -> a few names; all of them are in dropped.csv.
        labelled: faces with labels of the set's own.
        held_out: faces that the set keeps for validation.
    """

    photos: int
    faces: int
    dropped: dict[str, int]
    examples: dict[str, list[str]]
    labelled: int = 0
    held_out: int = 0


def prepare(
    data: Path | Source,
    output: Path,
    options: PrepareOptions,
    *,
    workers: int | None = None,
    settings: ShardSettings = SHARD,
    overwrite: bool = False,
) -> Iterator[int]:
    """Prepare all photos and videos of a folder.

    Run again after an interruption, it keeps the shards that are whole and of the same photos
    (by name), labels and options; faces that another estimator measured are measured again. The
    report is in dataset.json at the end; read_report() reads it.

    Args:
        data: the folder, or what open_source() says of it.
        output: the folder of the data set.
        options: what makes a face good enough.
        workers: processes; None for one a core.
        settings: how large shards are.
        overwrite: whether a data set of other photos may be replaced.

    Yields:
        How many photos and videos are done so far.

    Raises:
        DataError: there are no photos, wrong labels or no usable faces.
        OutputError: the disk is full, or a data set of other photos is there.
    """
    source = data if isinstance(data, Source) else open_source(data)
    if source.kind == "prepared":
        raise DataError(f"{source.folder} is prepared: `ganimate train` takes it as it is.")
    if not overwrite:
        check_same_source(output, source)
    output.mkdir(parents=True, exist_ok=True)
    jobs = _plan_jobs(source, output, options, settings)
    todo = [job for job in jobs if not (job.has_crops and job.is_measured)]
    done = len(source) - sum(map(len, todo))
    yield done
    known = {job.shard for job in jobs}
    stale = [shard for shard in output.glob(SHARDS) if shard not in known]
    if todo or stale:
        (output / SUMMARY).unlink(missing_ok=True)  # until all shards go together again
    for shard in stale:
        shard.unlink()
    for count in run_jobs(todo, min(workers or os.cpu_count() or 1, len(todo))):
        done += count
        yield done
    report = _write_report([job.shard for job in jobs], source, output, options)
    if not report.faces:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in report.dropped.items())
        raise DataError(
            f"No usable face in {report.photos} photos ({reasons}). Faces must be "
            f"{options.min_width:g} px wide, sharp, and look at the camera."
        )


def read_report(output: Path) -> Report:
    """Read the report of a finished prepare()."""
    summary = json.loads((output / SUMMARY).read_text(encoding="utf-8"))
    return Report(**{k: v for k, v in summary.items() if k in Report.__dataclass_fields__})


def _plan_jobs(
    source: Source, output: Path, options: PrepareOptions, settings: ShardSettings
) -> list[Job]:
    """The shards to make of a source: first the photos', then the videos'."""
    digest = digest_models(load_face_models())
    parts: list[tuple[tuple[LabelledPhoto, ...], tuple[Path, ...]]] = []
    for i in range(0, len(source.photos), settings.photos):
        parts.append((source.photos[i : i + settings.photos], ()))
    for i in range(0, len(source.videos), settings.videos):
        parts.append(((), source.videos[i : i + settings.videos]))
    return [
        Job(
            folder=source.folder,
            photos=photos,
            videos=videos,
            shard=output / f"shard-{number:05d}.safetensors",
            options=options,
            models_digest=digest,
        )
        for number, (photos, videos) in enumerate(parts)
    ]


def _write_report(
    shards: Sequence[Path], source: Source, output: Path, options: PrepareOptions
) -> Report:
    """Write dataset.json, and the names of all that is not in the set to dropped.csv."""
    report, dropped = _count_faces(shards, source)
    table = io.StringIO()
    csv.writer(table).writerows([DROPPED_COLUMNS, *dropped])
    write_whole(output / DROPPED, os.fsencode(table.getvalue()))  # names as they are on the disk
    summary = {
        "size": options.size,
        "options": asdict(options),
        "source": source.kind,
        **asdict(report),
    }
    write_whole(output / SUMMARY, json.dumps(summary, indent=1).encode())
    return report


def _count_faces(shards: Sequence[Path], source: Source) -> tuple[Report, list[tuple[str, str]]]:
    """What is in the shards; and the name of each photo that is not, with the reason."""
    faces = labelled = held_out = 0
    dropped: list[tuple[str, str]] = []
    for shard in shards:
        metadata = read_metadata(shard)
        try:
            inside = len(json.loads(metadata["names"]))
            held_out += len(json.loads(metadata.get("held_out", "[]")))
            dropped += json.loads(metadata["dropped"]).items()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise DataError(f"{shard} is damaged: delete it and prepare again.") from error
        faces += inside
        labelled += inside if source.kind in LABELLED else 0
    photos = faces + len(dropped)
    dropped += [(name, problem) for problem, names in source.problems.items() for name in names]
    examples: dict[str, list[str]] = {}
    for name, reason in dropped:
        examples.setdefault(reason, []).append(name)
    report = Report(
        photos=photos,
        faces=faces,
        dropped={reason: len(names) for reason, names in examples.items()},
        examples={reason: names[:EXAMPLES] for reason, names in examples.items()},
        labelled=labelled,
        held_out=held_out,
    )
    return report, dropped
