"""Pictures of faces with labels: emotions, of which a face has one, or attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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

EXAMPLES = 3
"""Names that are kept of pictures that were left out."""


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
        left_out: why -> how many pictures.
        examples: why -> names of some of them.
    """

    counts: Mapping[str, int]
    left_out: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelledPictures:
    """A set of pictures with labels.

    Attributes:
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
    """

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
        counts = self.labels[indices].sum(axis=0)
        for name, count in zip(self.label_names, counts.tolist(), strict=True):
            if count == 0:
                raise DataError(
                    f"No picture to train on is labelled {name}: leave it out of `labels`, or add "
                    "pictures of it."
                )
            if count == len(indices):
                raise DataError(
                    f"All {len(indices)} pictures to train on are labelled {name}: there is "
                    "nothing to change; add pictures of other labels."
                )


def cut_square(photo: Photo) -> Photo:
    """Cut the square in the middle of a photo."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def count_labels(
    labels: Floats, names: Sequence[str], left_out: Mapping[str, list[str]]
) -> LabelReport:
    """Count what there is of each label.

    Args:
        labels: (n, k), 0 or 1.
        names: of the k labels.
        left_out: why -> names of the pictures that are not in the set.
    """
    counts = labels.sum(axis=0).astype(int).tolist()
    return LabelReport(
        counts=dict(zip(names, counts, strict=True)),
        left_out={why: len(which) for why, which in left_out.items()},
        examples={why: which[:EXAMPLES] for why, which in left_out.items()},
    )
