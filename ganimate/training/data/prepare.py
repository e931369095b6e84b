"""From photos and videos to a data set: detect, align, crop, and measure every face.

What a folder holds, and the labels that come with it, is sources.py's matter. Labels are kept
beside what we measure; which of the two is learnt from is the trainer's choice.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Photo
from ganimate.errors import DataError, GanimateError
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import N_LANDMARKS, N_MESH, Face
from ganimate.face.pose import fit_pose
from ganimate.face_models import FaceModels
from ganimate.media.files import write_whole
from ganimate.media.photo import read_photo
from ganimate.media.tensors import read_tensors, write_tensors
from ganimate.numerics import measure_sharpness
from ganimate.streams import discard_stderr
from ganimate.training.data.dataset import SUMMARY
from ganimate.training.data.footage import select_frames
from ganimate.training.data.sources import LABELLED, LabelledPhoto, Source, open_source
from ganimate.weights import load_face_models

PHOTOS_PER_SHARD = 256
VIDEOS_PER_SHARD = 4  # of some hundred frames each
DROPPED = "dropped.csv"
EXAMPLES = 5  # names shown of each reason


@dataclass(frozen=True)
class PrepareOptions:
    """What makes a face good enough to learn from."""

    size: int = 320  # px; side of the crops
    min_width: float = 60.0  # px; of a face in its photo
    max_yaw: float = 32.0  # degrees
    max_pitch: float = 22.0  # degrees
    min_sharpness: float = 20.0  # variance of the crop's Laplacian; UTKFace's blurriest 7 % miss it


@dataclass(frozen=True)
class Sample:
    """One prepared face."""

    name: str
    crop: NDArray[np.uint8]  # (s, s, 3)
    landmarks: NDArray[np.float32]  # (478, 3) crop pixels
    aus: NDArray[np.float32]  # (17, 2) measured
    label: AUVector | None = None  # (17, 2) as the set has it


@dataclass(frozen=True)
class Report:
    """What became of the photos and frames."""

    photos: int
    faces: int
    dropped: dict[str, int]  # reason -> photos
    examples: dict[str, list[str]]  # reason -> a few names; all of them are in dropped.csv
    labelled: int = 0  # faces with labels of the set's own
    held_out: int = 0  # faces that the set keeps for validation


@dataclass(frozen=True)
class Job:
    """The photos and videos of one shard."""

    folder: Path  # that was asked for; names are relative to it
    photos: tuple[LabelledPhoto, ...]
    videos: tuple[Path, ...]
    shard: Path
    options: PrepareOptions
    models_mark: str  # of the models that measure the faces

    def __len__(self) -> int:
        return len(self.photos) + len(self.videos)

    def name(self, path: Path) -> str:
        """What a photo or video is called in the data set."""
        return str(path.relative_to(self.folder))

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [self.name(path) for path in (*(p.path for p in self.photos), *self.videos)]

    @property
    def made_of(self) -> str:
        """What the shard's content follows from, the models aside."""
        parts = [asdict(self.options), self.names]
        if any(photo.aus is not None for photo in self.photos):
            digest = hashlib.sha256()
            for photo in self.photos:
                digest.update(repr((photo.split, photo.aus is not None)).encode())
                digest.update(b"" if photo.aus is None else photo.aus.tobytes())
            parts.append(digest.hexdigest())
        return json.dumps(parts)


def prepare(
    data: Path | Source, output: Path, options: PrepareOptions, *, workers: int | None = None
) -> Iterator[int]:
    """Prepare all photos and videos of a folder; yields how many of them are done so far.

    Run again after an interruption, it keeps the shards that are whole and of the same photos
    (by name), labels and options; faces that another estimator measured are measured again. The
    report is in dataset.json at the end; `read_report` returns it. Raises DataError when there are
    no photos, wrong labels or no usable faces, and OutputError when the disk is full.
    """
    source = data if isinstance(data, Source) else open_source(data)
    if source.kind == "prepared":
        raise DataError(f"{source.folder} is prepared: `ganimate train` takes it as it is.")
    output.mkdir(parents=True, exist_ok=True)
    jobs = _jobs(source, output, options)
    todo = [job for job in jobs if not (_has_crops(job) and _is_measured(job))]
    done = len(source) - sum(map(len, todo))
    yield done
    known = {job.shard for job in jobs}
    stale = [shard for shard in output.glob("shard-*.safetensors") if shard not in known]
    if todo or stale:
        (output / SUMMARY).unlink(missing_ok=True)  # until all shards go together again
    for shard in stale:
        shard.unlink()
    for count in _in_processes(todo, min(workers or os.cpu_count() or 1, len(todo))):
        done += count
        yield done
    report = _report([job.shard for job in jobs], source, output)
    summary = {
        "size": options.size,
        "options": asdict(options),
        "source": source.kind,
        **asdict(report),
    }
    write_whole(output / SUMMARY, json.dumps(summary, indent=1).encode())
    if not report.faces:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in report.dropped.items())
        raise DataError(
            f"No usable face in {report.photos} photos ({reasons}). Faces must be "
            f"{options.min_width:g} px wide, sharp, and look at the camera."
        )


def _jobs(source: Source, output: Path, options: PrepareOptions) -> list[Job]:
    """The shards to make of a source: first the photos', then the videos'."""
    mark = _mark(load_face_models())
    parts: list[tuple[tuple[LabelledPhoto, ...], tuple[Path, ...]]] = []
    for i in range(0, len(source.photos), PHOTOS_PER_SHARD):
        parts.append((source.photos[i : i + PHOTOS_PER_SHARD], ()))
    for i in range(0, len(source.videos), VIDEOS_PER_SHARD):
        parts.append(((), source.videos[i : i + VIDEOS_PER_SHARD]))
    return [
        Job(source.folder, photos, videos, _shard(output, number), options, mark)
        for number, (photos, videos) in enumerate(parts)
    ]


def read_report(output: Path) -> Report:
    """The report of a finished `prepare`."""
    summary = json.loads((output / SUMMARY).read_text())
    return Report(**{k: v for k, v in summary.items() if k in Report.__dataclass_fields__})


def examine(
    face: Face,
    photo: NDArray[np.uint8],
    name: str,
    options: PrepareOptions,
    models: FaceModels,
) -> Sample:
    """Crop and measure a face. Raises DataError, its message the reason, when it is no good."""
    if face.box.width < options.min_width:
        raise DataError("face too small")
    reading = models.measure(face.landmarks)
    pose = reading.pose
    if abs(pose.yaw) > options.max_yaw or abs(pose.pitch) > options.max_pitch:
        raise DataError("turned away")
    to_crop = fit_crop(face.landmarks, options.size)
    crop = sample_crop(photo, to_crop, options.size)
    if measure_crop_sharpness(crop) < options.min_sharpness:
        raise DataError("blurred")
    depth = to_crop.scale * face.landmarks[:, 2:]
    landmarks = np.concatenate([to_crop.apply(face.landmarks), depth], 1).astype(np.float32)
    return Sample(name, crop, landmarks, reading.aus)


def measure_crop_sharpness(crop: Photo) -> float:
    """Sharpness of the grey crop at 128 px, whatever its size: low when blurred."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)
    return measure_sharpness(np.asarray(small, np.uint8))


def _shard(output: Path, number: int) -> Path:
    return output / f"shard-{number:05d}.safetensors"


def _mark(models: FaceModels) -> str:
    """A digest of what measures action units."""
    estimator = models.estimator
    digest = hashlib.sha256(models.prior.mean.tobytes())
    for array in (estimator.mean, *estimator.weights, *estimator.biases):
        digest.update(array.tobytes())
    return digest.hexdigest()


def _has_crops(job: Job) -> bool:
    return _metadata(job.shard).get("made_of") == job.made_of


def _is_measured(job: Job) -> bool:
    return _metadata(job.shard).get("measured_by") == job.models_mark


def _metadata(shard: Path) -> dict[str, str]:
    """The metadata of a shard; empty if there is none or it is damaged."""
    try:
        with safe_open(str(shard), framework="numpy") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return {}


# Worker processes

_stop: Event | None = None  # in a worker: set when nobody waits for it any more


def _in_processes(jobs: Sequence[Job], workers: int) -> Iterator[int]:
    """Do the jobs; yields the number of photos and videos of each as it is done.

    What a worker raises is raised here. Whoever stops iterating waits for no more than a photo.
    """
    if not jobs:
        return
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(workers, context, _start_worker, (stop,))
    try:
        for future in as_completed([pool.submit(_do, job) for job in jobs]):
            yield future.result()
    except BrokenProcessPool as error:
        raise GanimateError(
            "A worker process died, perhaps for want of memory. The shards that were done are "
            "kept: run the same command again, with fewer `workers`."
        ) from error
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _start_worker(stop: Event) -> None:
    """Make a process a worker: one core, silent, stopped by its parent and never by Ctrl-C."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # MediaPipe's threads write to file descriptor 2 whenever they please. Errors do not go there:
    # they are exceptions, which reach the parent.
    discard_stderr()
    cv2.setNumThreads(1)  # there is a process for every core already


def _end_with_parent() -> None:
    """A parent that was killed cannot say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(job: Job) -> int:
    """Write a shard, complete or not at all; returns the number of its photos and videos."""
    models = load_face_models()
    if _has_crops(job):
        _measure_again(job, models)
    else:
        _prepare_shard(job, models)
    return len(job)


@dataclass(frozen=True)
class _Picture:
    """A photo or frame on its way into a shard."""

    name: str
    pixels: Photo
    label: AUVector | None = None


def _pictures(job: Job, dropped: dict[str, str]) -> Generator[_Picture]:
    """The photos and frames of a job; what cannot be read is noted in `dropped`."""
    for photo in job.photos:
        name = job.name(photo.path)
        try:
            yield _Picture(name, read_photo(photo.path), photo.aus)
        except GanimateError:
            dropped[name] = "unreadable"
    for video in job.videos:
        name = job.name(video)
        try:
            for number, frame in select_frames(video):
                yield _Picture(f"{name}/{number:05d}", frame)
        except DataError as error:
            dropped[name] = str(error)


def _prepare_shard(job: Job, models: FaceModels) -> None:
    samples: list[Sample] = []
    dropped: dict[str, str] = {}
    with open_finder() as find, closing(_pictures(job, dropped)) as pictures:
        for picture in pictures:
            if _stop is not None and _stop.is_set():
                return
            faces = find(picture.pixels, False)
            try:
                if not faces:
                    raise DataError("no face found")
                face = examine(faces[0], picture.pixels, picture.name, job.options, models)
                samples.append(replace(face, label=picture.label))
            except DataError as error:
                dropped[picture.name] = str(error)
    size = job.options.size
    crops = np.array([s.crop for s in samples], np.uint8)
    landmarks = np.array([s.landmarks for s in samples], np.float32)
    aus = np.array([s.aus for s in samples], np.float32)
    tensors: dict[str, NDArray[Any]] = {
        "crops": crops.reshape(-1, size, size, 3),
        "landmarks": landmarks.reshape(-1, N_LANDMARKS, 3),
        "aus": aus.reshape(-1, *SHAPE),
    }
    if any(photo.aus is not None for photo in job.photos):
        unlabelled = np.full(SHAPE, np.nan, np.float32)
        labels = [unlabelled if s.label is None else s.label for s in samples]
        tensors["labels"] = np.array(labels, np.float32).reshape(-1, *SHAPE)
    kept_back = {job.name(photo.path) for photo in job.photos if photo.split == "test"}
    metadata = {
        "names": json.dumps([s.name for s in samples]),
        "held_out": json.dumps([s.name for s in samples if s.name in kept_back]),
        "dropped": json.dumps(dropped),
        "made_of": job.made_of,
        "measured_by": job.models_mark,
    }
    write_tensors(job.shard, tensors, metadata)


def _measure_again(job: Job, models: FaceModels) -> None:
    """Replace the action units of a shard, whose landmarks are still good."""
    mean = models.prior.mean
    tensors, metadata = read_tensors(job.shard)
    shapes = [fit_pose(face, mean).normalise(face[:N_MESH]) for face in tensors["landmarks"]]
    if shapes:
        tensors["aus"] = models.estimator.measure_all(np.stack(shapes))
    write_tensors(job.shard, tensors, {**metadata, "measured_by": job.models_mark})


def _report(shards: Sequence[Path], source: Source, output: Path) -> Report:
    """Count what is in the shards; the names of all that is not go to dropped.csv."""
    faces = labelled = held_out = 0
    dropped: list[tuple[str, str]] = []
    for shard in shards:
        metadata = _metadata(shard)
        inside = len(json.loads(metadata["names"]))
        faces += inside
        labelled += inside if source.kind in LABELLED else 0
        held_out += len(json.loads(metadata.get("held_out", "[]")))
        dropped += json.loads(metadata["dropped"]).items()
    photos = faces + len(dropped)
    dropped += [(name, problem) for problem, names in source.problems.items() for name in names]
    table = io.StringIO()
    csv.writer(table).writerows([("name", "reason"), *dropped])
    write_whole(output / DROPPED, table.getvalue().encode())
    examples: dict[str, list[str]] = {}
    for name, reason in dropped:
        examples.setdefault(reason, []).append(name)
    return Report(
        photos,
        faces,
        {reason: len(names) for reason, names in examples.items()},
        {reason: names[:EXAMPLES] for reason, names in examples.items()},
        labelled,
        held_out,
    )
