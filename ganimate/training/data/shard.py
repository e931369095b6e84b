"""One shard of a prepared data set: its photos and videos in, its faces out.

Faces are detected, aligned, cropped and measured. Labels of the set's own are kept beside what we
measure; which of the two is learnt from is the trainer's choice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import SHAPE
from ganimate.arrays import AUVector, Landmarks, Photo
from ganimate.errors import (
    DataError,
    GanimateError,
    LargePhotoError,
    MissingReaderError,
    ModelError,
)
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import N_LANDMARKS, N_MESH, Face
from ganimate.face.pose import fit_pose
from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.media.tensors import read_metadata as read_notes
from ganimate.media.tensors import read_tensors, write_tensors
from ganimate.numerics import measure_sharpness
from ganimate.training.data.footage import select_frames
from ganimate.training.data.labels import LabelledPhoto
from ganimate.weights import load_face_models

SHARPNESS_SIZE = 128
"""Side of the copy of a crop whose sharpness is measured, pixels."""

MOST_PIXELS = 120_000_000
"""Pixels of the largest photo that is prepared, as read_photo() counts them: every core has a photo
of its own in memory, which then takes up to .9 GB."""


@dataclass(frozen=True)
class PrepareOptions:
    """What makes a face good enough to learn from; stored in the data set."""

    size: int = 320
    """Side of the crops, pixels; larger shows finer detail, if the photos have it."""

    min_width: float = 60.0
    """Width of a face in its photo, pixels; larger drops more photos. By eye."""

    max_yaw: float = 45.0
    """Degrees to either side; larger keeps faces of which a side is hidden. By eye."""

    max_pitch: float = 22.0
    """Degrees up or down; larger keeps faces whose mouths are foreshortened. By eye."""

    min_sharpness: float = 20.0
    """Variance of the crop's Laplacian, see measure_crop_sharpness(); larger drops more photos.
    Measured: UTKFace's blurriest 7 % miss it."""


@dataclass(frozen=True)
class Sample:
    """One prepared face.

    Attributes:
        name: of its photo or frame.
        crop: (s, s, 3).
        landmarks: (478, 3) crop pixels.
        aus: (17, 2) in [0, 1], measured.
        label: (17, 2) in [0, 1] as the set has it.
    """

    name: str
    crop: Photo
    landmarks: Landmarks
    aus: AUVector
    label: AUVector | None = None


@dataclass(frozen=True)
class Job:
    """The photos and videos of one shard.

    Attributes:
        folder: the one that was asked for; names are relative to it.
        photos: with the labels that the set has.
        videos: whose frames are taken.
        shard: the file to write.
        options: what makes a face good enough.
        models_digest: of the models that measure the faces.
    """

    folder: Path
    photos: tuple[LabelledPhoto, ...]
    videos: tuple[Path, ...]
    shard: Path
    options: PrepareOptions
    models_digest: str

    def __len__(self) -> int:
        return len(self.photos) + len(self.videos)

    def name_file(self, path: Path) -> str:
        """Name a photo or video as the data set does."""
        return str(path.relative_to(self.folder))

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of the photos and videos."""
        return (*(photo.path for photo in self.photos), *self.videos)

    @property
    def sizes(self) -> str:
        """Bytes of each photo and video, as JSON: those of another folder may have their names."""
        return json.dumps([measure_file(path) for path in self.paths])

    @property
    def made_of(self) -> str:
        """What the shard's content follows from, the models aside."""
        parts = [asdict(self.options), [self.name_file(path) for path in self.paths]]
        if any(photo.aus is not None for photo in self.photos):
            digest = hashlib.sha256()
            for photo in self.photos:
                digest.update(repr((photo.split, photo.aus is not None)).encode())
                digest.update(b"" if photo.aus is None else photo.aus.tobytes())
            parts.append(digest.hexdigest())
        return json.dumps(parts)

    @property
    def has_crops(self) -> bool:
        """Whether the shard holds the faces of these photos."""
        found = read_metadata(self.shard)
        same = found.get("made_of") == self.made_of
        return same and found.get("sizes", self.sizes) == self.sizes  # older ones have no sizes

    @property
    def is_measured(self) -> bool:
        """Whether the faces of the shard were measured by these models."""
        return read_metadata(self.shard).get("measured_by") == self.models_digest


def digest_models(models: FaceModels) -> str:
    """Digest what measures action units."""
    estimator = models.estimator
    digest = hashlib.sha256(models.prior.mean.tobytes())
    for array in (estimator.mean, *estimator.weights, *estimator.biases):
        digest.update(array.tobytes())
    return digest.hexdigest()


def measure_file(path: Path) -> int:
    """Measure a file in bytes; -1 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def read_metadata(shard: Path) -> dict[str, str]:
    """Read the metadata of a shard; empty if there is none or it is damaged."""
    try:
        return read_notes(shard)
    except ModelError:
        return {}


def make_shard(job: Job, stopped: Callable[[], bool]) -> int:
    """Write a shard, complete or not at all.

    Args:
        job: its photos and videos.
        stopped: asked before each photo; once it says yes, nothing is written.

    Returns:
        How many photos and videos there are.
    """
    models = load_face_models()
    if job.has_crops:
        _measure_again(job, models)
    else:
        _make_samples(job, models, stopped)
    return len(job)


def examine_face(
    face: Face, photo: Photo, name: str, options: PrepareOptions, models: FaceModels
) -> Sample:
    """Crop and measure a face.

    Raises:
        DataError: it is not good enough; its message is the reason.
    """
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
    return Sample(name=name, crop=crop, landmarks=landmarks, aus=reading.aus)


def measure_crop_sharpness(crop: Photo) -> float:
    """Measure the sharpness of a crop's grey copy of SHARPNESS_SIZE, whatever the crop's size."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SHARPNESS_SIZE, SHARPNESS_SIZE), interpolation=cv2.INTER_AREA)
    return measure_sharpness(np.asarray(small, np.uint8))


@dataclass(frozen=True)
class _Picture:
    """A photo or frame on its way into a shard."""

    name: str
    pixels: Photo
    label: AUVector | None = None


def name_fault(error: GanimateError) -> str:
    """Name what keeps a photo from being read, as the report of a data set does."""
    if isinstance(error, MissingReaderError):
        return "HEIC, which needs the extra heif"
    if isinstance(error, LargePhotoError):
        return "too large"
    return "unreadable"


def _read_pictures(job: Job, dropped: dict[str, str]) -> Generator[_Picture]:
    """The photos and frames of a job; what cannot be read is noted in `dropped`."""
    for photo in job.photos:
        name = job.name_file(photo.path)
        try:
            yield _Picture(name, read_photo(photo.path, MOST_PIXELS), photo.aus)
        except GanimateError as error:
            dropped[name] = name_fault(error)
    for video in job.videos:
        name = job.name_file(video)
        try:
            for number, frame in select_frames(video):
                yield _Picture(f"{name}/{number:05d}", frame)
        except DataError as error:
            dropped[name] = str(error)


def _make_samples(job: Job, models: FaceModels, stopped: Callable[[], bool]) -> None:
    samples: list[Sample] = []
    dropped: dict[str, str] = {}
    with open_finder() as find, closing(_read_pictures(job, dropped)) as pictures:
        for picture in pictures:
            if stopped():
                return
            faces = find(picture.pixels, False)
            try:
                if not faces:
                    raise DataError("no face found")
                face = examine_face(faces[0], picture.pixels, picture.name, job.options, models)
                samples.append(replace(face, label=picture.label))
            except DataError as error:
                dropped[picture.name] = str(error)
    _write_samples(job, samples, dropped)


def _write_samples(job: Job, samples: Sequence[Sample], dropped: Mapping[str, str]) -> None:
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
    kept_back = {job.name_file(photo.path) for photo in job.photos if photo.split == "test"}
    metadata = {
        "names": json.dumps([s.name for s in samples]),
        "held_out": json.dumps([s.name for s in samples if s.name in kept_back]),
        "dropped": json.dumps(dict(dropped)),
        "made_of": job.made_of,
        "sizes": job.sizes,
        "measured_by": job.models_digest,
    }
    write_tensors(job.shard, tensors, metadata)


def _measure_again(job: Job, models: FaceModels) -> None:
    """Replace the action units of a shard, whose landmarks are still good."""
    mean = models.prior.mean
    tensors, metadata = read_tensors(job.shard, job.shard.stat().st_size)
    if tensors.get("landmarks", mean).shape[1:] != (N_LANDMARKS, 3):
        raise DataError(f"{job.shard} is damaged (no landmarks): delete it and prepare again.")
    shapes = [fit_pose(face, mean).normalise(face[:N_MESH]) for face in tensors["landmarks"]]
    if shapes:
        tensors["aus"] = models.estimator.measure_all(np.stack(shapes))
    write_tensors(job.shard, tensors, {**metadata, "measured_by": job.models_digest})
