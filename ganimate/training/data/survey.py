"""What a data set holds, before anything is made of it: counts, sizes, labels, what is wrong."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from ganimate.action_units import ACTION_UNITS
from ganimate.arrays import Floats
from ganimate.errors import DataError, PhotoError, PhotoWarning
from ganimate.media.photo import read_photo
from ganimate.performance.emotions import PROTOTYPES, find_emotion
from ganimate.training.data.dataset import FaceSet, load_faces, split, warn_of_few
from ganimate.training.data.footage import select_frames
from ganimate.training.data.labels import Kind, Source
from ganimate.training.data.shard import MOST_PIXELS, name_fault

BINS = 10
"""Bins of a histogram over [0, 1]."""

Probe: TypeAlias = tuple[int, int] | str
"""(width, height) of a picture in pixels, or what is wrong with the file."""


@dataclass(frozen=True)
class Survey:
    """What a data set holds.

    Attributes:
        kind: of its labels.
        photos: readable ones; of a prepared set its faces.
        videos: those with frames that differ.
        labelled: photos with labels of the set's own.
        held_out: photos that the set keeps for validation.
        sizes: "178 x 218" -> photos, commonest first.
        problems: what is wrong -> with what.
        notes: what may be wrong with all of it.
        labels: AU -> photos in each tenth of [0, 1]; empty without labels.
        measured: AU -> faces in each tenth of our own measurement; of prepared sets only.
        classes: emotion or attribute -> pictures, as the `stargan` preset counts them; empty where
            nothing says what pictures show.
        clips: what the `first-order` preset finds; None where there is nothing that moves.
    """

    kind: Kind
    photos: int
    videos: int
    labelled: int
    held_out: int
    sizes: dict[str, int]
    problems: dict[str, list[str]]
    notes: tuple[str, ...]
    labels: dict[str, list[int]]
    measured: dict[str, list[int]]
    classes: dict[str, int] = field(default_factory=dict)
    clips: ClipSurvey | None = None


@dataclass(frozen=True)
class ClipSurvey:
    """What the `first-order` preset finds.

    Attributes:
        found: videos and folders of frames.
        used: those that it learns from.
        frames: of those, that differ.
        held_out: of those, kept for validation.
        problems: why one is left out -> which ones.
    """

    found: int
    used: int
    frames: int
    held_out: int
    problems: dict[str, list[str]]


def probe_files(source: Source) -> Iterator[Probe]:
    """Decode each photo and video of a source, in their order."""
    for photo in source.photos:
        try:
            with warnings.catch_warnings():  # how a set's photos are cut out is its own matter
                warnings.simplefilter("ignore", PhotoWarning)
                height, width = read_photo(photo.path, MOST_PIXELS).shape[:2]
        except PhotoError as error:
            yield name_fault(error)
        else:
            yield width, height
    for video in source.videos:
        try:
            frames = [frame.shape[:2] for _, frame in select_frames(video)]
        except DataError as error:
            yield str(error)
        else:
            yield frames[0][1], frames[0][0]


def survey_source(source: Source, probes: Iterable[Probe]) -> Survey:
    """Survey what a source holds.

    Args:
        source: a folder, recognised.
        probes: what probe_files() yields for it.

    Raises:
        DataError: it is prepared and damaged.
    """
    if source.kind == "prepared":
        return _survey_faces(load_faces([source.folder]))
    probed = list(probes)
    problems = {problem: list(names) for problem, names in source.problems.items()}
    paths = (*(photo.path for photo in source.photos), *source.videos)
    for path, probe in zip(paths, probed, strict=True):
        if isinstance(probe, str):
            problems.setdefault(probe, []).append(str(path.relative_to(source.folder)))
    sizes = Counter(f"{probe[0]} x {probe[1]}" for probe in probed if not isinstance(probe, str))
    labels = [photo.aus for photo in source.photos if photo.aus is not None]
    readable = [not isinstance(probe, str) for probe in probed]
    photos = sum(readable[: len(source.photos)])
    held_out = sum(photo.split == "test" for photo in source.photos)
    return Survey(
        kind=source.kind,
        photos=photos,
        videos=sum(readable[len(source.photos) :]),
        labelled=len(labels),
        held_out=held_out,
        sizes=dict(sizes.most_common()),
        problems=problems,
        notes=source.notes + (() if source.videos else warn_of_few(photos, held_out)),
        labels=_count_intensities(np.stack(labels)) if labels else {},
        measured={},
    )


def _survey_faces(faces: FaceSet) -> Survey:
    labels = faces.labels
    labelled = None if labels is None else labels[~np.isnan(labels).any(axis=(1, 2))]
    return Survey(
        kind="prepared",
        photos=len(faces),
        videos=0,
        labelled=0 if labelled is None else len(labelled),
        held_out=len(split(faces, frozenset())[1]) if faces.held_out else 0,
        sizes={f"{faces.size} x {faces.size}": len(faces)},
        problems={},
        notes=warn_of_few(len(faces), len(faces.held_out)),
        labels={} if labelled is None else _count_intensities(labelled),
        measured=_count_intensities(faces.aus),
        classes=_count_emotions(faces.aus),
    )


def _count_emotions(aus: Floats) -> dict[str, int]:
    """Emotion -> how many faces with action units (n, 17, 2) surely show it."""
    shown = Counter(map(find_emotion, aus))
    return {emotion: shown[emotion] for emotion in PROTOTYPES}


def _count_intensities(aus: Floats) -> dict[str, list[int]]:
    """AU -> how many of (n, 17, 2) intensities, mean of the sides, lie in each tenth of [0, 1]."""
    shown = aus.mean(axis=2)
    return {
        f"AU{unit.number}": np.histogram(shown[:, row], BINS, (0, 1))[0].tolist()
        for row, unit in enumerate(ACTION_UNITS)
    }
