"""Sets of labelled pictures as people have them; what a folder holds is seen by its files.

a .csv with columns emotion, pixels     FER2013 as released, fer2013.py
list_attr_celeba.txt or .csv            CelebA with its pictures, celeba.py
train/<emotion>/*.jpg, <emotion>/*.jpg  folders of emotions; test/ and val/ are held out
dataset.json                            what `ganimate prepare` wrote, by its action units
photos of faces                         the same, prepared first
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ganimate.arrays import Photo
from ganimate.errors import DataError
from ganimate.media.suffixes import PHOTO_SUFFIXES
from ganimate.networks.stargan import Framing
from ganimate.performance.emotions import PROTOTYPES, find_emotion, find_label
from ganimate.training.data.celeba import (
    PARTITION,
    find_list,
    read_attributes,
    read_partition,
)
from ganimate.training.data.dataset import SUMMARY, FaceSet
from ganimate.training.data.emotion_folders import (
    explain_one_emotion,
    list_folder_names,
    name_emotion,
    read_emotion_folders,
)
from ganimate.training.data.fer2013 import find_table, read_fer2013
from ganimate.training.data.framing import FRAMING, measure_framing
from ganimate.training.data.label_choice import choose_emotions
from ganimate.training.data.labelled_pictures import (
    FaceCrops,
    LabelledPictures,
    LabelReport,
    count_labels,
)
from ganimate.training.data.picture_files import collect_pictures, probe_pictures
from ganimate.training.data.request import DataRequest, Watch, read_faces
from ganimate.training.data.sources import list_files

UNLABELLED = "no attributes in the list"
MISSING = "in the list, and no picture"
UNSURE = "unsure by its action units"
"""Why pictures are left out."""

TOO_FEW_FACES = (
    "too few faces are found in the pictures to say how they are cut: photos will be cut as this "
    "program cuts faces"
)

EXAMPLES = 3
"""Names that are shown of pictures that were left out."""


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
    found = None if (folder / SUMMARY).is_file() else read_labelled_folder(folder, wanted, watch)
    if found is None:
        choose_emotions(wanted, tuple(PROTOTYPES), f"{folder}, by its faces' action units,")
        watch.note(
            f"{folder}: emotions are those that its faces' action units show, each learnt from "
            "equally often"
        )
        found = label_faces(read_faces(request), wanted)
    elif (framing := measure_cut(found, watch)) is not None:
        found = replace(found, framing=framing)
    elif request.processes.first:
        watch.say(f"warning: {TOO_FEW_FACES}")
    for line in describe_report(found.report):
        watch.note(line)
    return found


def read_labelled_folder(
    folder: Path, wanted: Sequence[str], watch: Watch
) -> LabelledPictures | None:
    """Read the labelled pictures of a folder; None where its files say nothing of labels.

    Args:
        folder: the folder.
        wanted: labels to learn; empty for the usual ones.
        watch: told how far it is.

    Raises:
        DataError: the labels are not those that are wanted, or no picture can be read.
    """
    files = list_files(folder)
    if (table := find_table(files)) is not None:
        return read_fer2013(table, wanted)
    photos = [path for path in files if path.suffix.lower() in PHOTO_SUFFIXES]
    if (attributes := find_list(files)) is not None:
        return _read_celeba(attributes, find_list(files, PARTITION), photos, wanted, watch)
    there = list_folder_names(folder, photos)
    if any(map(name_emotion, there)) or any(find_label(word, there) for word in wanted):
        return read_emotion_folders(folder, photos, wanted, watch)
    if photos and not there and name_emotion(folder.resolve().name):
        raise DataError(explain_one_emotion(folder.resolve()))
    return None


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
    named = [by_name[name] for name in found if name in by_name]
    probed = list(probe_pictures(folder, named, left_out, watch))
    if not probed:
        raise DataError(
            f"{attributes} names {len(found)} pictures, and none of them is there and can be read: "
            "put img_align_celeba beside it."
        )
    names = [one.path.name for one in probed]
    labels = np.array([found[name.casefold()] for name in names], np.float32)
    kept = read_partition(partition) if partition else frozenset[str]()
    held_out = frozenset(name for name in names if name.casefold() in kept)
    return collect_pictures(
        "attributes", names, labels, chosen, probed, left_out, held_out, exclusive=False
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
        kind="prepared",
        names=names,
        labels=labels,
        label_names=emotions,
        exclusive=True,
        pictures=FaceCrops(faces, sure),
        size=faces.size,
        grey=False,
        report=count_labels(
            labels,
            emotions,
            {UNSURE: unsure} if unsure else {},
            [(faces.size, faces.size)] * len(names),
        ),
        held_out=faces.held_out & set(names),
        even=True,
    )


def measure_cut(pictures: LabelledPictures, watch: Watch) -> Framing | None:
    """Measure how pictures are cut; None where too few faces are found to say."""
    rng = np.random.default_rng(0)
    some = rng.permutation(len(pictures))[: FRAMING.pictures]

    def read_some() -> Iterator[Photo]:
        watch.start(0, len(some), "measuring how faces are cut")
        for done, index in enumerate(some, start=1):
            yield pictures.pictures.read(int(index))
            watch.update(done, len(some), "measuring how faces are cut")

    return measure_framing(read_some())


def describe_report(report: LabelReport) -> Iterator[str]:
    """Say what there is of each label, and what is left out, a line each."""
    yield "labels: " + ", ".join(f"{name} {count}" for name, count in report.counts.items())
    for why, names in report.left_out.items():
        more = ", ..." if len(names) > EXAMPLES else ""
        yield f"left out {len(names)}: {why} ({', '.join(names[:EXAMPLES])}{more})"
