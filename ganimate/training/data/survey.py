"""What a data set holds, before anything is made of it: counts, sizes, labels, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganimate.action_units import ACTION_UNITS
from ganimate.errors import DataError, PhotoError
from ganimate.media.photo import read_photo
from ganimate.training.data.dataset import FaceSet, load_faces, split
from ganimate.training.data.footage import select_frames
from ganimate.training.data.sources import Kind, Source

BINS = 10  # of a histogram over [0, 1]

Look = tuple[int, int] | str  # (width, height) of a picture, or what is wrong with the file


@dataclass(frozen=True)
class Survey:
    """What a data set holds."""

    kind: Kind
    photos: int  # readable ones; of a prepared set its faces
    videos: int  # those with frames that differ
    labelled: int  # photos with labels of the set's own
    held_out: int  # of the photos, those that the set keeps for validation
    sizes: dict[str, int]  # "178 x 218" -> photos, commonest first
    problems: dict[str, list[str]]  # what is wrong -> with what
    notes: tuple[str, ...]
    labels: dict[str, list[int]]  # AU -> photos in each tenth of [0, 1]; empty without labels
    measured: dict[str, list[int]]  # the same of our own measurement; of prepared sets only


def look_at(source: Source) -> Iterator[Look]:
    """Decode each photo and video of a source, in their order."""
    for photo in source.photos:
        try:
            height, width = read_photo(photo.path).shape[:2]
        except PhotoError:
            yield "unreadable"
        else:
            yield width, height
    for video in source.videos:
        try:
            frames = [frame.shape[:2] for _, frame in select_frames(video)]
        except DataError as error:
            yield str(error)
        else:
            yield frames[0][1], frames[0][0]


def survey(source: Source, looks: Iterable[Look]) -> Survey:
    """What a source holds. `looks` is what look_at() gives of it.

    Raises DataError when it is prepared and damaged.
    """
    if source.kind == "prepared":
        return _of_faces(load_faces([source.folder]))
    seen = list(looks)
    problems = {problem: list(names) for problem, names in source.problems.items()}
    paths = (*(photo.path for photo in source.photos), *source.videos)
    for path, look in zip(paths, seen, strict=True):
        if isinstance(look, str):
            problems.setdefault(look, []).append(str(path.relative_to(source.folder)))
    sizes = Counter(f"{look[0]} x {look[1]}" for look in seen if not isinstance(look, str))
    labels = [photo.aus for photo in source.photos if photo.aus is not None]
    readable = [not isinstance(look, str) for look in seen]
    return Survey(
        kind=source.kind,
        photos=sum(readable[: len(source.photos)]),
        videos=sum(readable[len(source.photos) :]),
        labelled=len(labels),
        held_out=sum(photo.split == "test" for photo in source.photos),
        sizes=dict(sizes.most_common()),
        problems=problems,
        notes=source.notes,
        labels=_histograms(np.stack(labels)) if labels else {},
        measured={},
    )


def _of_faces(faces: FaceSet) -> Survey:
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
        notes=(),
        labels={} if labelled is None else _histograms(labelled),
        measured=_histograms(faces.aus),
    )


def _histograms(aus: NDArray[np.float32]) -> dict[str, list[int]]:
    """AU -> how many of (n, 17, 2) intensities, mean of the sides, lie in each tenth of [0, 1]."""
    shown = aus.mean(axis=2)
    return {
        f"AU{unit.number}": np.histogram(shown[:, row], BINS, (0, 1))[0].tolist()
        for row, unit in enumerate(ACTION_UNITS)
    }
