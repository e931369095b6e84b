"""Pictures in folders that are called like the emotion that they show.

    train/<emotion>/*.jpg and test/<emotion>/*.jpg, or <emotion>/*.jpg

Folders called test or validation, at any depth, are held out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ganimate.errors import DataError
from ganimate.performance.emotions import find_label
from ganimate.training.data.fer2013 import EMOTIONS
from ganimate.training.data.label_choice import FEWEST, OTHER, choose_emotions
from ganimate.training.data.labelled_pictures import LabelledPictures
from ganimate.training.data.picture_files import collect_pictures, probe_pictures
from ganimate.training.data.request import Watch

EMOTION_NAMES = (*EMOTIONS, "contempt")
"""What folders of emotions are called in the field's sets, by these words or others for them."""

HELD_OUT_FOLDERS = frozenset({"test", "testing", "val", "valid", "validation"})
"""Folders whose pictures are held out, in lower case."""

ELSEWHERE = "in no folder of an emotion"
"""Why a picture is left out."""


def list_folder_names(folder: Path, photos: Iterable[Path]) -> list[str]:
    """List the names of the folders below one in which photos lie, each once."""
    return sorted({path.parent.name for path in photos if path.parent != folder})


def name_emotion(name: str) -> str | None:
    """Name the emotion that a folder's name means; None where it means none."""
    return find_label(name, EMOTION_NAMES)


def explain_one_emotion(folder: Path) -> str:
    """Explain what to give instead of the folder of one emotion alone."""
    folders = sorted(path.name for path in folder.parent.glob("*") if path.is_dir())
    beside = list(filter(name_emotion, folders))
    if len(beside) >= FEWEST:
        remedy = f"give {folder.parent}, which has {', '.join(beside)}"
    else:
        remedy = f"put folders of other emotions beside it, and give {folder.parent}"
    return f"{folder} holds {folder.name} alone, and two emotions are needed or more: {remedy}."


def read_emotion_folders(
    folder: Path, photos: Sequence[Path], wanted: Sequence[str], watch: Watch
) -> LabelledPictures:
    """Read pictures in folders that are called like what they show.

    Args:
        folder: that they are below.
        photos: all that are there.
        wanted: emotions to learn; empty for those that this program knows by their action units.
        watch: told how far it is.

    Raises:
        DataError: there are no folders of these emotions, or no picture can be read.
    """
    there = list_folder_names(folder, photos)
    emotions = choose_emotions(wanted, there, str(folder))
    shown_in = {name: label for name in there if (label := find_label(name, emotions))}
    chosen = [path for path in photos if path.parent.name in shown_in]
    others = [path for path in photos if path.parent.name not in shown_in]
    left_out = _list_others(folder, others)
    probed = list(probe_pictures(folder, chosen, left_out, watch))
    if not probed:
        raise DataError(f"{folder}: none of {len(chosen)} pictures can be read.")
    shown = [emotions.index(shown_in[one.path.parent.name]) for one in probed]
    labels = np.eye(len(emotions), dtype=np.float32)[shown]
    names = [one.path.relative_to(folder).as_posix() for one in probed]
    held_out = frozenset(
        name
        for name, one in zip(names, probed, strict=True)
        if {part.lower() for part in one.path.relative_to(folder).parts[:-1]} & HELD_OUT_FOLDERS
    )
    return collect_pictures(
        "emotions", names, labels, emotions, probed, left_out, held_out, exclusive=True
    )


def _list_others(folder: Path, photos: Iterable[Path]) -> dict[str, list[str]]:
    """Why pictures are left out that are in no folder that counts -> their names."""
    others: dict[str, list[str]] = {}
    for path in photos:
        name = path.parent.name
        of_emotion = path.parent != folder and name_emotion(name)
        why = f"{OTHER}, {name}" if of_emotion else ELSEWHERE
        others.setdefault(why, []).append(path.relative_to(folder).as_posix())
    return others
