"""Labelled photos of a folder: how labels name them, and what is wrong with labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ganimate.arrays import AUVector
from ganimate.errors import DataError
from ganimate.training.data.openface import HIGHEST

IMAGES = "imgs"
"""The folder in which the original GANimation code has its photos."""

Split = Literal["train", "test"]
Kind = Literal["prepared", "pickle", "openface", "text", "pictures"]
LABELLED: tuple[Kind, ...] = ("pickle", "openface", "text")


@dataclass(frozen=True)
class LabelSettings:
    """When labels are suspected of being on another scale."""

    already_scaled: float = 0.2001
    """Largest intensity of a set, in [0, 1], up to which it looks as if it had been scaled to
    [0, 1] before: 1 of OpenFace's 5, and a hair for rounding."""

    enough: int = 50
    """Labels that are needed to suspect anything."""


LABELS = LabelSettings()


@dataclass(frozen=True)
class LabelledPhoto:
    """One photo of a data set and what the set says of it.

    Attributes:
        path: the file.
        aus: (17, 2) in [0, 1]; None where the set does not say.
        split: the part of the set that it is in; None where the set leaves the choice to us.
    """

    path: Path
    aus: AUVector | None = None
    split: Split | None = None


@dataclass(frozen=True)
class Source:
    """What a folder holds.

    Attributes:
        folder: the folder.
        kind: what its labels are, or that it has none.
        photos: in their order.
        videos: in their order.
        problems: what is wrong -> with what.
        notes: what may be wrong with all of it.
    """

    folder: Path
    kind: Kind
    photos: tuple[LabelledPhoto, ...] = ()
    videos: tuple[Path, ...] = ()
    problems: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.photos) + len(self.videos)


class PhotoIndex:
    """The photos below a folder, by the ways in which labels name them.

    Attributes:
        folder: the folder.
        photos: all of them, sorted.
        by_name: path below the folder, file name, or stem -> photos.
    """

    def __init__(self, folder: Path, photos: Sequence[Path]) -> None:
        self.folder, self.photos = folder, photos
        self.by_name: dict[str, list[Path]] = {}
        for path in photos:
            relative = path.relative_to(folder).as_posix()
            for name in {relative, path.name, path.stem}:
                self.by_name.setdefault(name, []).append(path)

    def find(self, name: str, where: Path) -> Path | None:
        """Find the photo of a name, file name or stem.

        Args:
            name: as a label has it.
            where: the file of labels, for the message.

        Raises:
            DataError: it could be several.
        """
        name = name.replace("\\", "/")
        found = self.by_name.get(name) or self.by_name.get(Path(name).name) or []
        if len(found) > 1:
            found = [path for path in found if path.parent == self.folder / IMAGES] or found
        if len(found) > 1:
            raise DataError(
                f"{where}: {name!r} may be {found[0]} or {found[1]}. Leave one of them in the "
                "folder, or name photos by their path."
            )
        return found[0] if found else None


class LabelCollector:
    """Labels as they are found, and what is wrong with them.

    Attributes:
        photos: path -> labelled photo, so far.
        problems: what is wrong -> with what, so far.
    """

    def __init__(self, kind: Kind, index: PhotoIndex) -> None:
        self.kind, self.index = kind, index
        self.photos: dict[Path, LabelledPhoto] = {}
        self.problems: dict[str, list[str]] = {}

    def note_problem(self, problem: str, name: str) -> None:
        """Note what is wrong with a photo or file."""
        self.problems.setdefault(problem, []).append(name)

    def add(self, name: str, aus: AUVector, where: Path, split: Split | None = None) -> None:
        """Add one label.

        Args:
            name: of the photo, as the label has it.
            aus: (17, 2) in [0, 1].
            where: the file of labels, for messages.
            split: the part of the set that the photo is in.

        Raises:
            DataError: the photo has one already, or the name could mean several photos.
        """
        path = self.index.find(name, where)
        if path is None:
            self.note_problem("label without its photo", name)
            return
        if path in self.photos:
            raise DataError(f"{where}: {name} is labelled twice. Delete one of the labels.")
        self.photos[path] = LabelledPhoto(path, aus, split)

    def make_source(self) -> Source:
        """Make a source of what was collected; photos that no label named are left out of it."""
        known = {*self.photos, *self._list_noted()}
        for path in self.index.photos:
            if path not in known:
                relative = path.relative_to(self.index.folder).as_posix()
                self.note_problem("photo without a label", relative)
        ordered = tuple(self.photos[path] for path in sorted(self.photos))
        return Source(
            folder=self.index.folder,
            kind=self.kind,
            photos=ordered,
            problems=self.problems,
            notes=_suspect_scale(ordered),
        )

    def _list_noted(self) -> Iterator[Path]:
        """Photos that are noted for another reason already."""
        for names in self.problems.values():
            for name in names:
                yield from self.index.by_name.get(name, ())


def _suspect_scale(photos: Sequence[LabelledPhoto]) -> tuple[str, ...]:
    """Notes on labels that look as if they were on another scale than OpenFace's."""
    largest = max((float(photo.aus.max()) for photo in photos if photo.aus is not None), default=0)
    if len(photos) >= LABELS.enough and largest <= LABELS.already_scaled:
        return (
            f"no label is above {largest * HIGHEST:.2g} on OpenFace's scale of 0 to 5: if they "
            "were scaled to [0, 1] before, multiply them by 5",
        )
    return ()
