"""From photos to a data set: detect, align, crop, and measure every face."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from ganimate.action_units import PHOTO_SUFFIXES, SHAPE
from ganimate.errors import DataError, GanimateError
from ganimate.estimator import Estimator
from ganimate.faces import (
    N_LANDMARKS,
    N_MESH,
    Face,
    crop_transform,
    face_finder,
    sample,
    transformed,
)
from ganimate.files import write_whole
from ganimate.motion import MotionPrior
from ganimate.photo import read_photo
from ganimate.pose import fit_pose
from ganimate.training.dataset import SUMMARY
from ganimate.weights import load_face_models, read_tensors, write_tensors

PHOTOS_PER_SHARD = 256

FaceModels = tuple[MotionPrior, Estimator]


@dataclass(frozen=True)
class PrepareOptions:
    """What makes a face good enough to learn from."""

    size: int = 192  # px; side of the crops
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
    aus: NDArray[np.float32]  # (17, 2)


@dataclass(frozen=True)
class Report:
    """What became of the photos."""

    photos: int
    faces: int
    dropped: dict[str, int]  # reason -> photos
    examples: dict[str, list[str]]  # reason -> a few names


def find_photos(folder: Path) -> list[Path]:
    """All photos below a folder, sorted. Raises DataError when there are none."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder of photos.")
    photos = sorted(p for p in folder.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES)
    if not photos:
        raise DataError(f"{folder} holds no photos ({', '.join(sorted(PHOTO_SUFFIXES))}).")
    return photos


@dataclass(frozen=True)
class Job:
    """The photos of one shard."""

    folder: Path  # that was asked for; names are relative to it
    photos: tuple[Path, ...]
    shard: Path
    options: PrepareOptions
    models_mark: str  # of the models that measure the faces

    @property
    def names(self) -> list[str]:
        """The photos' names in the data set."""
        return [str(photo.relative_to(self.folder)) for photo in self.photos]

    @property
    def made_of(self) -> str:
        """What the crops and landmarks follow from."""
        return json.dumps([asdict(self.options), self.names])


def prepare(
    folder: Path, output: Path, options: PrepareOptions, *, workers: int | None = None
) -> Iterator[int]:
    """Prepare every photo below a folder; yields how many photos are done so far.

    Run again after an interruption, it keeps the shards that are whole and of the same photos
    (by name) and options; faces that another estimator measured are measured again. The report is
    in dataset.json at the end; `read_report` returns it. Raises DataError when there are no
    photos or no usable faces and OutputError when the disk is full.
    """
    photos = find_photos(folder)
    output.mkdir(parents=True, exist_ok=True)
    mark = _mark(load_face_models())
    jobs = [
        Job(folder, tuple(photos[i : i + PHOTOS_PER_SHARD]), _shard(output, number), options, mark)
        for number, i in enumerate(range(0, len(photos), PHOTOS_PER_SHARD))
    ]
    todo = [job for job in jobs if not (_has_crops(job) and _is_measured(job))]
    done = len(photos) - sum(len(job.photos) for job in todo)
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
    report = _report([job.shard for job in jobs], len(photos))
    summary = {"size": options.size, "options": asdict(options), **asdict(report)}
    write_whole(output / SUMMARY, json.dumps(summary, indent=1).encode())
    if not report.faces:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in report.dropped.items())
        raise DataError(
            f"No usable face in {len(photos)} photos ({reasons}). Faces must be "
            f"{options.min_width:g} px wide, sharp, and look at the camera."
        )


def read_report(output: Path) -> Report:
    """The report of a finished `prepare`."""
    summary = json.loads((output / SUMMARY).read_text())
    return Report(**{name: summary[name] for name in Report.__dataclass_fields__})


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
    prior, estimator = models
    pose = fit_pose(face.landmarks, prior.mean)
    if abs(pose.yaw) > options.max_yaw or abs(pose.pitch) > options.max_pitch:
        raise DataError("turned away")
    to_crop = crop_transform(face.landmarks, options.size)
    crop = sample(photo, to_crop, options.size)
    if sharpness(crop) < options.min_sharpness:
        raise DataError("blurred")
    scale = np.hypot(to_crop[0, 0], to_crop[1, 0])
    landmarks = np.concatenate(
        [transformed(face.landmarks, to_crop), scale * face.landmarks[:, 2:]], 1
    ).astype(np.float32)
    aus = estimator.measure(pose.normalise(face.landmarks[: len(prior.mean)]))
    return Sample(name, crop, landmarks, aus)


def sharpness(crop: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of the grey crop at 128 px: low when blurred."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def _shard(output: Path, number: int) -> Path:
    return output / f"shard-{number:05d}.safetensors"


def _mark(models: FaceModels) -> str:
    """A digest of what measures action units."""
    prior, estimator = models
    digest = hashlib.sha256(prior.mean.tobytes())
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
    """Do the jobs; yields the number of photos of each as it is done.

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
            "kept: run the same command again, with fewer --workers."
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
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    cv2.setNumThreads(1)  # there is a process for every core already


def _end_with_parent() -> None:
    """A parent that was killed cannot say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(job: Job) -> int:
    """Write a shard, complete or not at all; returns the number of its photos."""
    models = load_face_models()
    if _has_crops(job):
        _measure_again(job, models)
    else:
        _prepare_shard(job, models)
    return len(job.photos)


def _prepare_shard(job: Job, models: FaceModels) -> None:
    samples: list[Sample] = []
    dropped: dict[str, str] = {}
    with face_finder() as find:
        for path, name in zip(job.photos, job.names, strict=True):
            if _stop is not None and _stop.is_set():
                return
            try:
                photo = read_photo(path)
            except GanimateError:
                dropped[name] = "unreadable"
                continue
            faces = find(photo, False)
            try:
                if not faces:
                    raise DataError("no face found")
                samples.append(examine(faces[0], photo, name, job.options, models))
            except DataError as error:
                dropped[name] = str(error)
    size = job.options.size
    crops = np.array([s.crop for s in samples], np.uint8)
    landmarks = np.array([s.landmarks for s in samples], np.float32)
    aus = np.array([s.aus for s in samples], np.float32)
    tensors: dict[str, NDArray[Any]] = {
        "crops": crops.reshape(-1, size, size, 3),
        "landmarks": landmarks.reshape(-1, N_LANDMARKS, 3),
        "aus": aus.reshape(-1, *SHAPE),
    }
    metadata = {
        "names": json.dumps([s.name for s in samples]),
        "dropped": json.dumps(dropped),
        "made_of": job.made_of,
        "measured_by": job.models_mark,
    }
    write_tensors(job.shard, tensors, metadata)


def _measure_again(job: Job, models: FaceModels) -> None:
    """Replace the action units of a shard, whose landmarks are still good."""
    prior, estimator = models
    tensors, metadata = read_tensors(job.shard)
    shapes = [fit_pose(face, prior.mean).normalise(face[:N_MESH]) for face in tensors["landmarks"]]
    if shapes:
        tensors["aus"] = estimator.measure_all(np.stack(shapes))
    write_tensors(job.shard, tensors, {**metadata, "measured_by": job.models_mark})


def _report(shards: Sequence[Path], photos: int) -> Report:
    faces = 0
    dropped: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for shard in shards:
        metadata = _metadata(shard)
        faces += len(json.loads(metadata["names"]))
        for name, reason in json.loads(metadata["dropped"]).items():
            dropped[reason] += 1
            examples.setdefault(reason, [])
            if len(examples[reason]) < 5:
                examples[reason].append(name)
    return Report(photos, faces, dict(dropped), examples)
