"""Labelled photos of a folder: how labels name them, and what is wrong with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ganimate.arrays import AUVector
from ganimate.errors import DataError
from ganimate.training.data.openface import HIGHEST

IMAGES = "imgs"
"""The folder in which the original GANimation code has its photos."""

NO_PHOTO = "label without its photo"
NO_NUMBER = "label that is no number"
"""Problems that several kinds of labels have."""

Split = Literal["train", "test"]
Kind = Literal[
    "prepared", "pickle", "openface", "text", "pictures",
    "fer2013", "emotions", "attributes", "clips",
]  # fmt: skip
"""Kind of a folder of data."""

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


@dataclass(frozen=True)
class NamedPhoto:
    """A photo that a label names.

    Attributes:
        path: the file.
        tail: how many parts of its path, from the end, the label has; without and with their case.
    """

    path: Path
    tail: tuple[int, int]


class PhotoIndex:
    """The photos below a folder, by the ways in which labels name them.

    Attributes:
        folder: the folder.
        photos: all of them, sorted.
        by_name: file name or stem, without its case -> photos.
    """

    def __init__(self, folder: Path, photos: Sequence[Path]) -> None:
        self.folder, self.photos = folder, photos
        self.by_name: dict[str, list[Path]] = {}
        self._above = folder.resolve().parts
        for path in photos:
            for name in {path.name.casefold(), path.stem.casefold()}:
                self.by_name.setdefault(name, []).append(path)

    def find(self, name: str, where: Path) -> NamedPhoto | None:
        """Find the photo that a label names.

        That is the one with whose path, or path without its suffix, the name agrees farthest from
        the end; of several the one nearest to the labels.

        Args:
            name: as a label has it: a path of another machine, a file name, or a stem.
            where: the file of labels.

        Raises:
            DataError: it could be several.
        """
        found = self._list_nearest(name, where)
        if not found:
            return None
        whole = found[0].tail[0] == len(_split_name(name))
        if len(found) > 1 and whole and found[0].tail[1]:
            raise DataError(
                f"{where}: {name!r} may be {found[0].path} or {found[1].path}. Leave one of them "
                "in the folder, or name photos by their path."
            )
        return found[0] if len(found) == 1 else None

    def list_named(self, name: str, where: Path) -> list[Path]:
        """List the photos that a label may mean; the arguments are those of find()."""
        return [one.path for one in self._list_nearest(name, where)]

    def _list_nearest(self, name: str, where: Path) -> list[NamedPhoto]:
        """The photos that agree best with a name, and are nearest to the labels."""
        asked = _split_name(name)
        ranked = []
        for path in self.by_name.get(asked[-1].casefold() if asked else "", ()):
            named = NamedPhoto(path, self._agree(path, asked))
            nearness = _measure_nearness(path.parent, where.parent, self.folder)
            ranked.append(((named.tail, nearness), named))
        best = max((rank for rank, _ in ranked), default=None)
        return [named for rank, named in ranked if rank == best]

    def _agree(self, path: Path, asked: Sequence[str]) -> tuple[int, int]:
        """Count the parts at the end of a path that a name has; without and with their case."""
        own = [*self._above, *path.relative_to(self.folder).parts]
        if own[-1].casefold() != asked[-1].casefold():
            own[-1] = path.stem
        pairs = list(zip(reversed(own), reversed(asked), strict=False))
        folded = [one.casefold() == other.casefold() for one, other in pairs]
        exact = [one == other for one, other in pairs]
        return [*folded, False].index(False), [*exact, False].index(False)


def _split_name(name: str) -> list[str]:
    """The parts of a path of any system."""
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def _measure_nearness(photos: Path, labels: Path, folder: Path) -> tuple[bool, bool, bool, int]:
    """Measure how near a folder of photos is to one of labels, both in the folder of a set."""
    shared = zip(photos.parts, labels.parts, strict=False)
    common = [one == other for one, other in shared]
    return (
        photos == labels / IMAGES,
        photos == labels,
        photos == folder / IMAGES,
        [*common, False].index(False),
    )


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
        self._named: dict[Path, tuple[str, tuple[int, int]]] = {}
        self._noted: set[Path] = set()

    def note_problem(self, problem: str, name: str, where: Path | None = None) -> None:
        """Note what is wrong with a photo or file.

        Args:
            problem: what is wrong.
            name: of the photo or file.
            where: the file of labels, if it is a photo that they name.
        """
        self.problems.setdefault(problem, []).append(name)
        if where is not None:
            self._noted.update(self.index.list_named(name, where))

    def add(self, name: str, aus: AUVector, where: Path, split: Split | None = None) -> None:
        """Add one label; of two, the one that has more of the photo's path counts.

        Args:
            name: of the photo, as the label has it.
            aus: (17, 2) in [0, 1].
            where: the file of labels.
            split: the part of the set that the photo is in.

        Raises:
            DataError: the photo has one already, or the name could mean several photos.
        """
        found = self.index.find(name, where)
        if found is None:
            self.note_problem(NO_PHOTO, name)
            return
        before, tail = self._named.get(found.path, (name, (0, 0)))
        if tail == found.tail:
            raise DataError(f"{where}: {name} is labelled twice. Delete one of the labels.")
        if tail > found.tail:
            self.note_problem(NO_PHOTO, name)
            return
        if found.path in self.photos:
            self.note_problem(NO_PHOTO, before)
        self._named[found.path] = name, found.tail
        self.photos[found.path] = LabelledPhoto(found.path, aus, split)

    def make_source(self) -> Source:
        """Make a source of what was collected; photos that no label named are left out of it."""
        known = {*self.photos, *self._noted}
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


def _suspect_scale(photos: Sequence[LabelledPhoto]) -> tuple[str, ...]:
    """Notes on labels that look as if they were on another scale than OpenFace's."""
    largest = max((float(photo.aus.max()) for photo in photos if photo.aus is not None), default=0)
    if len(photos) >= LABELS.enough and largest <= LABELS.already_scaled:
        return (
            f"no label is above {largest * HIGHEST:.2g} on OpenFace's scale of 0 to 5: if they "
            "were scaled to [0, 1] before, multiply them by 5",
        )
    return ()
