"""Sets of labelled pictures as people have them; what a folder holds is seen by its files.

a .csv with columns emotion, pixels     FER2013 as released, fer2013.py
list_attr_celeba.txt or .csv            CelebA with its pictures, celeba.py
train/<emotion>/*.jpg, <emotion>/*.jpg  folders of emotions; test/ and val/ are held out
dataset.json                            what `ganimate prepare` wrote, by its action units
photos of faces                         the same, prepared first
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ganimate.arrays import Floats, Photo
from ganimate.errors import DataError, PhotoError
from ganimate.media.photo import read_photo
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.networks.stargan import ALIGNED, Framing
from ganimate.performance.emotions import PROTOTYPES, find_emotion, find_label
from ganimate.training.data.celeba import (
    PARTITION,
    find_list,
    read_attributes,
    read_partition,
)
from ganimate.training.data.dataset import SUMMARY, FaceSet
from ganimate.training.data.fer2013 import find_table, read_fer2013
from ganimate.training.data.framing import FRAMING, measure_framing
from ganimate.training.data.label_choice import choose_emotions
from ganimate.training.data.labelled_pictures import (
    FaceCrops,
    LabelledPictures,
    LabelReport,
    PictureFiles,
    count_labels,
)
from ganimate.training.data.request import DataRequest, Watch, read_faces
from ganimate.training.data.sources import list_files

HELD_OUT_FOLDERS = frozenset({"test", "testing", "val", "valid", "validation"})
"""Folders whose pictures are held out, in lower case."""

UNREADABLE = "cannot be read"
UNLABELLED = "no attributes in the list"
MISSING = "in the list, and no picture"
UNSURE = "unsure by its action units"
"""Why pictures are left out."""

SHOWN_EVERY = 100
"""Pictures after which progress is shown."""


def read_pictures(request: DataRequest) -> LabelledPictures:
    """Read labelled pictures, say what there is of each label, and measure how they are cut.

    Raises:
        DataError: there are none, or not what was asked for.
    """
    wanted, watch = request.options.labels, request.watch
    folders = request.folders
    if len(folders) > 1 and not all((folder / SUMMARY).is_file() for folder in folders):
        raise DataError("Several sets of labelled pictures cannot be one: give them as one folder.")
    folder = folders[0]
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder of pictures: give the one that holds the data set.")
    found = None if (folder / SUMMARY).is_file() else _read_folder(folder, wanted, watch)
    if found is None:
        found = label_faces(read_faces(request), wanted)
    else:
        found = replace(found, framing=_measure_cut(found, watch))
    for line in describe_report(found.report):
        watch.note(line)
    return found


def _read_folder(folder: Path, wanted: Sequence[str], watch: Watch) -> LabelledPictures | None:
    """The labelled pictures of a folder; None where its files say nothing of labels."""
    files = list_files(folder)
    if (table := find_table(files)) is not None:
        return read_fer2013(table, wanted)
    photos = [path for path in files if path.suffix.lower() in PHOTO_SUFFIXES]
    if (attributes := find_list(files)) is not None:
        return _read_celeba(attributes, find_list(files, PARTITION), photos, wanted, watch)
    there = sorted({path.parent.name for path in photos if path.parent != folder})
    known = [name for name in there if any(find_label(one, [name]) for one in PROTOTYPES)]
    if not known and not any(find_label(word, there) for word in wanted):
        return None
    return _read_emotion_folders(folder, photos, there, wanted, watch)


def _read_emotion_folders(
    folder: Path, photos: Sequence[Path], there: Sequence[str], wanted: Sequence[str], watch: Watch
) -> LabelledPictures:
    """Pictures in folders that are called like what they show."""
    emotions = choose_emotions(wanted, there, str(folder))
    chosen = [path for path in photos if path.parent.name in emotions]
    left_out: dict[str, list[str]] = {}
    probed = list(_probe(folder, chosen, left_out, watch))
    if not probed:
        raise DataError(f"{folder}: none of {len(chosen)} pictures can be read.")
    shown = [emotions.index(one.path.parent.name) for one in probed]
    labels = np.eye(len(emotions), dtype=np.float32)[shown]
    names = [one.path.relative_to(folder).as_posix() for one in probed]
    held_out = frozenset(
        name
        for name, one in zip(names, probed, strict=True)
        if {part.lower() for part in one.path.relative_to(folder).parts[:-1]} & HELD_OUT_FOLDERS
    )
    return _make_set(names, labels, emotions, probed, left_out, held_out, exclusive=True)


def _read_celeba(
    attributes: Path,
    partition: Path | None,
    photos: Sequence[Path],
    wanted: Sequence[str],
    watch: Watch,
) -> LabelledPictures:
    """Pictures that CelebA's list names."""
    chosen, found = read_attributes(attributes, wanted)
    by_name = {path.name.casefold(): path for path in photos}
    folder = attributes.parent
    left_out: dict[str, list[str]] = {}
    if missing := [name for name in found if name not in by_name]:
        left_out[MISSING] = missing
    if unlabelled := [name for name in by_name if name not in found]:
        left_out[UNLABELLED] = unlabelled
    probed = list(_probe(folder, [by_name[n] for n in found if n in by_name], left_out, watch))
    if not probed:
        raise DataError(
            f"{attributes} names {len(found)} pictures, and none of them is there and can be read: "
            "put img_align_celeba beside it."
        )
    names = [one.path.name for one in probed]
    labels = np.array([found[name.casefold()] for name in names], np.float32)
    kept = read_partition(partition) if partition else frozenset[str]()
    held_out = frozenset(name for name in names if name.casefold() in kept)
    return _make_set(names, labels, chosen, probed, left_out, held_out, exclusive=False)


@dataclass(frozen=True)
class _Probed:
    """A picture that can be read.

    Attributes:
        path: its file.
        side: of the square in its middle, pixels.
        grey: whether it has no colours.
    """

    path: Path
    side: int
    grey: bool


def _probe(
    folder: Path, paths: Sequence[Path], left_out: dict[str, list[str]], watch: Watch
) -> Iterator[_Probed]:
    """Those pictures that can be read; the names of others go to what is left out."""
    watch.start(0, len(paths), "reading pictures")
    for done, path in enumerate(paths, start=1):
        try:
            photo = read_photo(path)
        except PhotoError:
            left_out.setdefault(UNREADABLE, []).append(path.relative_to(folder).as_posix())
            continue
        yield _Probed(path=path, side=min(photo.shape[:2]), grey=_is_grey(photo))
        if done % SHOWN_EVERY == 0:
            watch.update(done, len(paths), "reading pictures")


def _is_grey(photo: Photo) -> bool:
    return bool(
        (photo[:, :, 0] == photo[:, :, 1]).all() and (photo[:, :, 1] == photo[:, :, 2]).all()
    )


def _make_set(
    names: Sequence[str],
    labels: Floats,
    label_names: tuple[str, ...],
    probed: Sequence[_Probed],
    left_out: dict[str, list[str]],
    held_out: frozenset[str],
    *,
    exclusive: bool,
) -> LabelledPictures:
    return LabelledPictures(
        names=tuple(names),
        labels=labels,
        label_names=label_names,
        exclusive=exclusive,
        pictures=PictureFiles([one.path for one in probed]),
        size=min(one.side for one in probed),
        grey=all(one.grey for one in probed),
        report=count_labels(labels, label_names, left_out),
        held_out=held_out,
    )


def label_faces(faces: FaceSet, wanted: Sequence[str]) -> LabelledPictures:
    """Label prepared faces by what their action units show; unsure ones are left out.

    Args:
        faces: a prepared set.
        wanted: emotions; empty for all that have a prototype.

    Raises:
        DataError: an emotion has no prototype.
    """
    emotions = choose_emotions(wanted, tuple(PROTOTYPES), "What is known by action units")
    found = [find_emotion(aus, emotions) for aus in faces.aus]
    sure = np.array([place for place, emotion in enumerate(found) if emotion], np.int64)
    unsure = [name for name, emotion in zip(faces.names, found, strict=True) if not emotion]
    if not len(sure):
        raise DataError(f"None of {len(faces)} faces shows {', '.join(emotions)} surely.")
    shown = [emotions.index(emotion) for emotion in found if emotion]
    labels = np.eye(len(emotions), dtype=np.float32)[shown]
    names = tuple(faces.names[place] for place in sure)
    return LabelledPictures(
        names=names,
        labels=labels,
        label_names=emotions,
        exclusive=True,
        pictures=FaceCrops(faces, sure),
        size=faces.size,
        grey=False,
        report=count_labels(labels, emotions, {UNSURE: unsure} if unsure else {}),
        held_out=faces.held_out & set(names),
    )


def _measure_cut(pictures: LabelledPictures, watch: Watch) -> Framing:
    """How pictures are cut; as our own crops, where too few faces are found to say."""
    rng = np.random.default_rng(0)
    some = rng.permutation(len(pictures))[: FRAMING.pictures]

    def read_some() -> Iterator[Photo]:
        watch.start(0, len(some), "measuring how faces are cut")
        for done, index in enumerate(some, start=1):
            yield pictures.pictures.read(int(index))
            watch.update(done, len(some), "measuring how faces are cut")

    framing = measure_framing(read_some())
    if framing is None:
        watch.say(
            "warning: too few faces are found in the pictures to say how they are cut: photos will "
            "be cut as this program cuts faces"
        )
        return ALIGNED
    return framing


def describe_report(report: LabelReport) -> Iterator[str]:
    """Say what there is of each label, and what is left out, a line each."""
    yield "labels: " + ", ".join(f"{name} {count}" for name, count in report.counts.items())
    for why, count in report.left_out.items():
        more = ", ..." if count > len(report.examples[why]) else ""
        yield f"left out {count}: {why} ({', '.join(report.examples[why])}{more})"
