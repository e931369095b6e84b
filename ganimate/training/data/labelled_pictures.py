"""Pictures of faces with labels: emotions, of which a face has one, or attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ganimate.arrays import Floats, Photo
from ganimate.errors import DataError
from ganimate.media.photo import read_photo
from ganimate.networks.stargan import ALIGNED, Framing
from ganimate.training.data.dataset import FaceSet
from ganimate.training.data.labels import Kind


class Pictures(Protocol):
    """Square pictures by number, wherever they are kept."""

    def read(self, index: int) -> Photo:
        """Read one, (s, s, 3), at its own size."""


@dataclass(frozen=True)
class PictureFiles:
    """Pictures in files, of which the square in the middle counts.

    Attributes:
        paths: of the files.
    """

    paths: Sequence[Path]

    def read(self, index: int) -> Photo:
        """Read one, (s, s, 3).

        Raises:
            PhotoError: the file is no picture.
        """
        return cut_square(read_photo(self.paths[index]))


@dataclass(frozen=True)
class GreyPictures:
    """Grey pictures in memory.

    Attributes:
        pixels: (n, s, s).
    """

    pixels: NDArray[np.uint8]

    def read(self, index: int) -> Photo:
        """Read one, (s, s, 3)."""
        return np.repeat(self.pixels[index, :, :, None], 3, axis=2)


@dataclass(frozen=True)
class FaceCrops:
    """Some crops of a prepared set.

    Attributes:
        faces: the set.
        indices: (n,) of its faces.
    """

    faces: FaceSet
    indices: NDArray[np.int64]

    def read(self, index: int) -> Photo:
        """Read one, (s, s, 3)."""
        return self.faces.crop(int(self.indices[index]))


@dataclass(frozen=True)
class LabelReport:
    """What there is of each label, and what is left out.

    Attributes:
        counts: label -> pictures that have it, those held out among them.
        left_out: why -> names of the pictures that are not in the set.
        sizes: "48 x 48" -> pictures of the set, commonest first.
    """

    counts: Mapping[str, int]
    left_out: Mapping[str, Sequence[str]]
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class LabelledPictures:
    """A set of pictures with labels.

    Attributes:
        kind: of the set.
        names: of the pictures, n in all.
        labels: (n, k) float32, 0 or 1.
        label_names: of the k labels.
        exclusive: whether each picture has one of them; else each on its own.
        pictures: the n pictures.
        size: side of the pictures, pixels; of files, of the smallest one.
        grey: whether they have no colours.
        framing: how they are cut around the face.
        report: what there is of each label.
        held_out: names that the set itself keeps for validation.
        even: whether training draws each label equally often, rather than each picture.
    """

    kind: Kind
    names: tuple[str, ...]
    labels: Floats
    label_names: tuple[str, ...]
    exclusive: bool
    pictures: Pictures
    size: int
    grey: bool
    report: LabelReport
    framing: Framing = ALIGNED
    held_out: frozenset[str] = frozenset()
    even: bool = False

    def __len__(self) -> int:
        return len(self.names)

    def read(self, index: int, size: int) -> Photo:
        """Read a picture as (size, size, 3)."""
        picture = self.pictures.read(index)
        if len(picture) == size:
            return picture
        shrinks = len(picture) > size
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(picture, (size, size), interpolation=how), np.uint8)

    def check_labels(self, indices: NDArray[np.int64]) -> None:
        """Check that there is a choice between labels among some of the pictures.

        Args:
            indices: (n,) of the pictures to train on.

        Raises:
            DataError: a label has no picture, or all have it.
        """
        if fault := self.find_label_fault(indices):
            raise DataError(fault)

    def find_label_fault(self, indices: NDArray[np.int64]) -> str | None:
        """Find a label that none or all of the pictures (n,) to train on have, and what to do."""
        counts = self.labels[indices].sum(axis=0)
        for name, count in zip(self.label_names, counts.tolist(), strict=True):
            if count == 0:
                return (
                    f"No picture to train on is labelled {name}: leave it out of `labels`, or add "
                    "pictures of it."
                )
            if count == len(indices):
                return (
                    f"All {len(indices)} pictures to train on are labelled {name}: there is "
                    "nothing to change; add pictures of other labels."
                )
        return None


def cut_square(photo: Photo) -> Photo:
    """Cut the square in the middle of a photo."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def count_labels(
    labels: Floats,
    names: Sequence[str],
    left_out: Mapping[str, Sequence[str]],
    sizes: Iterable[tuple[int, int]],
) -> LabelReport:
    """Count what there is of each label.

    Args:
        labels: (n, k), 0 or 1.
        names: of the k labels.
        left_out: why -> names of the pictures that are not in the set.
        sizes: (width, height) of the n pictures, pixels.
    """
    counts = labels.sum(axis=0).astype(int).tolist()
    commonest = Counter(f"{width} x {height}" for width, height in sizes).most_common()
    return LabelReport(
        counts=dict(zip(names, counts, strict=True)), left_out=left_out, sizes=dict(commonest)
    )
