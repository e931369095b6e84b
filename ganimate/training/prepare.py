"""From photos to a data set: detect, align, crop, and measure every face."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ganimate.action_units import PHOTO_SUFFIXES
from ganimate.errors import DataError, GanimateError
from ganimate.faces import Face, crop_transform, face_finder, sample, transformed
from ganimate.estimator import Estimator
from ganimate.motion import MotionPrior
from ganimate.photo import read_photo
from ganimate.pose import fit_pose
from ganimate.training.dataset import SUMMARY
from ganimate.weights import load_face_models

PHOTOS_PER_SHARD = 256


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


def prepare(
    folder: Path, output: Path, options: PrepareOptions, *, workers: int | None = None
) -> Iterator[int]:
    """Prepare every photo below a folder; yields how many photos are done so far.

    Run again after an interruption, it keeps the shards that are whole and up to date. The report
    is in dataset.json at the end; `read_report` returns it.
    """
    photos = find_photos(folder)
    output.mkdir(parents=True, exist_ok=True)
    shards = [photos[i : i + PHOTOS_PER_SHARD] for i in range(0, len(photos), PHOTOS_PER_SHARD)]
    for stale in sorted(output.glob("shard-*.safetensors"))[len(shards) :]:
        stale.unlink()
    jobs = [
        (folder, output / f"shard-{number:05d}.safetensors", shard, options)
        for number, shard in enumerate(shards)
    ]
    todo = [job for job in jobs if not _is_done(*job)]
    done = len(photos) - sum(len(job[2]) for job in todo)
    yield done
    context = multiprocessing.get_context("spawn")
    if todo:
        with context.Pool(min(workers or os.cpu_count() or 1, len(todo))) as pool:
            for count in pool.imap_unordered(_prepare_shard, todo):
                done += count
                yield done
    report = _report([job[1] for job in jobs], len(photos))
    summary = {"size": options.size, "options": asdict(options), **asdict(report)}
    (output / SUMMARY).write_text(json.dumps(summary, indent=1))
    if not report.faces:
        raise DataError(f"No usable face in {len(photos)} photos: {report.dropped}.")


def read_report(output: Path) -> Report:
    """The report of a finished `prepare`."""
    summary = json.loads((output / SUMMARY).read_text())
    return Report(**{name: summary[name] for name in Report.__dataclass_fields__})


def examine(
    face: Face,
    photo: NDArray[np.uint8],
    name: str,
    options: PrepareOptions,
    models: tuple[MotionPrior, Estimator],
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


def _fingerprint(folder: Path, photos: Sequence[Path], options: PrepareOptions) -> str:
    names = [str(photo.relative_to(folder)) for photo in photos]
    return json.dumps([asdict(options), names])


def _is_done(folder: Path, shard: Path, photos: Sequence[Path], options: PrepareOptions) -> bool:
    try:
        with safe_open(str(shard), framework="numpy") as file:
            return bool(file.metadata()["made_of"] == _fingerprint(folder, photos, options))
    except (OSError, SafetensorError, KeyError):
        return False


def _prepare_shard(job: tuple[Path, Path, list[Path], PrepareOptions]) -> int:
    """Prepare the photos of one shard and write it, complete or not at all."""
    folder, shard, photos, options = job
    cv2.setNumThreads(1)  # there is a process for every core already
    models = load_face_models()
    samples: list[Sample] = []
    dropped: dict[str, str] = {}
    with face_finder() as find:
        for path in photos:
            name = str(path.relative_to(folder))
            try:
                photo = read_photo(path)
            except GanimateError:
                dropped[name] = "unreadable"
                continue
            faces = find(photo, False)
            try:
                if not faces:
                    raise DataError("no face found")
                samples.append(examine(faces[0], photo, name, options, models))
            except DataError as error:
                dropped[name] = str(error)
    size = options.size
    tensors = {
        "crops": np.array([s.crop for s in samples], np.uint8).reshape(-1, size, size, 3),
        "landmarks": np.array([s.landmarks for s in samples], np.float32).reshape(-1, 478, 3),
        "aus": np.array([s.aus for s in samples], np.float32).reshape(-1, 17, 2),
    }
    metadata = {
        "names": json.dumps([s.name for s in samples]),
        "dropped": json.dumps(dropped),
        "made_of": _fingerprint(folder, photos, options),
    }
    part = shard.with_suffix(".part")
    save_file(tensors, str(part), metadata)
    part.replace(shard)
    return len(photos)


def _report(shards: Sequence[Path], photos: int) -> Report:
    faces = 0
    dropped: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for shard in shards:
        with safe_open(str(shard), framework="numpy") as file:
            metadata = file.metadata()
        faces += len(json.loads(metadata["names"]))
        for name, reason in json.loads(metadata["dropped"]).items():
            dropped[reason] += 1
            examples.setdefault(reason, [])
            if len(examples[reason]) < 5:
                examples[reason].append(name)
    return Report(photos, faces, dict(dropped), examples)
