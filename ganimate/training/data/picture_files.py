"""Labelled pictures in files: those that can be read, and what they are like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganimate.arrays import Floats, Photo
from ganimate.errors import PhotoError
from ganimate.media.photo import read_photo
from ganimate.training.data.labelled_pictures import LabelledPictures, PictureFiles, count_labels
from ganimate.training.data.labels import Kind
from ganimate.training.data.request import Watch

UNREADABLE = "cannot be read"
"""Why a picture is left out."""

SHOWN_EVERY = 100
"""Pictures after which progress is shown."""


@dataclass(frozen=True)
class ProbedPicture:
    """A picture that can be read.

    Attributes:
        path: its file.
        width: pixels.
        height: pixels.
        grey: whether it has no colours.
    """

    path: Path
    width: int
    height: int
    grey: bool


def probe_pictures(
    folder: Path, paths: Sequence[Path], left_out: dict[str, list[str]], watch: Watch
) -> Iterator[ProbedPicture]:
    """Those pictures that can be read; the names of others go to what is left out."""
    watch.start(0, len(paths), "reading pictures")
    for done, path in enumerate(paths, start=1):
        try:
            photo = read_photo(path)
        except PhotoError:
            left_out.setdefault(UNREADABLE, []).append(path.relative_to(folder).as_posix())
            continue
        height, width = photo.shape[:2]
        yield ProbedPicture(path=path, width=width, height=height, grey=_is_grey(photo))
        if done % SHOWN_EVERY == 0:
            watch.update(done, len(paths), "reading pictures")


def _is_grey(photo: Photo) -> bool:
    return bool(
        (photo[:, :, 0] == photo[:, :, 1]).all() and (photo[:, :, 1] == photo[:, :, 2]).all()
    )


def collect_pictures(
    kind: Kind,
    names: Sequence[str],
    labels: Floats,
    label_names: tuple[str, ...],
    probed: Sequence[ProbedPicture],
    left_out: dict[str, list[str]],
    held_out: frozenset[str],
    *,
    exclusive: bool,
) -> LabelledPictures:
    """Collect a set of labelled pictures.

    Args:
        kind: of the set.
        names: of the n pictures.
        labels: (n, k), 0 or 1.
        label_names: of the k labels.
        probed: the n pictures.
        left_out: why -> names of the pictures that are not in the set.
        held_out: names of the pictures that the set itself keeps for validation.
        exclusive: whether each picture has one of the labels.
    """
    sizes = [(one.width, one.height) for one in probed]
    return LabelledPictures(
        kind=kind,
        names=tuple(names),
        labels=labels,
        label_names=label_names,
        exclusive=exclusive,
        pictures=PictureFiles([one.path for one in probed]),
        size=min(map(min, sizes)),
        grey=all(one.grey for one in probed),
        report=count_labels(labels, label_names, left_out, sizes),
        held_out=held_out,
    )
