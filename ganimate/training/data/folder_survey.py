"""What a folder holds for each preset that could learn from it, before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ganimate.errors import DataError
from ganimate.training.data.clips import CLIPS_SUMMARY, load_clips
from ganimate.training.data.dataset import DROPPED, split, warn_of_few
from ganimate.training.data.fer2013 import find_table, read_fer2013
from ganimate.training.data.labelled_pictures import LabelledPictures
from ganimate.training.data.labelled_sources import (
    TOO_FEW_FACES,
    measure_cut,
    read_labelled_folder,
)
from ganimate.training.data.labels import Source
from ganimate.training.data.request import Watch
from ganimate.training.data.sources import list_files, open_source
from ganimate.training.data.survey import ClipSurvey, Probe, Survey, probe_files, survey_source
from ganimate.training.data.tables import read_table
from ganimate.training.data.videos import Clip, cut_clip, list_clips, look_like_clips

PROBED_SIDE = 64
"""Side to which faces of clips are cut where nobody looks at them, pixels."""


def survey_folder(folder: Path, watch: Watch) -> Survey:
    """Survey what a folder holds: faces, labelled pictures, clips.

    Args:
        folder: as people have it, or prepared.
        watch: told how far it is.

    Raises:
        DataError: it holds nothing to learn from, or labels that are wrong.
    """
    if (folder / CLIPS_SUMMARY).is_file():
        return _survey_prepared_clips(folder)
    if folder.is_dir() and (table := find_table(list_files(folder))):
        return _survey_pictures(read_fer2013(table, ()), watch)
    source = open_source(folder)
    complaints: tuple[str, ...] = ()
    if source.kind == "pictures":
        try:
            pictures = read_labelled_folder(folder, (), watch)
        except DataError as error:  # as photos without labels they may be worth learning from
            complaints = (f"not for `train --preset stargan` as it is: {error}",)
        else:
            if pictures is not None:
                return _survey_pictures(pictures, watch)
    watch.start(0, len(source), "reading photos")
    found = survey_source(source, _watch_probes(source, watch))
    clips = list_clips(folder) if source.kind == "pictures" else []
    return replace(
        found,
        notes=(*found.notes, *complaints),
        clips=_survey_clips(clips, watch) if look_like_clips(clips) else None,
    )


def _watch_probes(source: Source, watch: Watch) -> Iterator[Probe]:
    """Probe the files of a source, and say how far that is."""
    for done, probe in enumerate(probe_files(source), start=1):
        yield probe
        watch.update(done, len(source), "reading photos")


def _survey_pictures(pictures: LabelledPictures, watch: Watch) -> Survey:
    """Survey labelled pictures as the `stargan` preset learns from them."""
    report, held_out = pictures.report, len(pictures.held_out)
    notes = [*warn_of_few(len(pictures), held_out)]
    if fault := pictures.find_label_fault(split(pictures, frozenset())[0]):
        notes.append(fault)
    if measure_cut(pictures, watch) is None:
        notes.append(TOO_FEW_FACES)
    return Survey(
        kind=pictures.kind,
        photos=len(pictures),
        videos=0,
        labelled=len(pictures),
        held_out=held_out,
        sizes=dict(report.sizes),
        problems={why: list(names) for why, names in report.left_out.items()},
        notes=tuple(notes),
        labels={},
        measured={},
        classes=dict(report.counts),
    )


def _survey_clips(clips: Sequence[Clip], watch: Watch) -> ClipSurvey:
    """Survey clips as the `first-order` preset learns from them."""
    label = "looking for faces in videos"
    watch.start(0, len(clips), label)
    counts: dict[Clip, int] = {}
    problems: dict[str, list[str]] = {}
    for done, clip in enumerate(clips, start=1):
        try:
            counts[clip] = len(cut_clip(clip, PROBED_SIDE))
        except DataError as error:
            problems.setdefault(str(error), []).append(clip.name)
        watch.update(done, len(clips), label)
    return ClipSurvey(
        found=len(clips),
        used=len(counts),
        frames=sum(counts.values()),
        held_out=sum(clip.held_out for clip in counts),
        problems=problems,
    )


def _survey_prepared_clips(folder: Path) -> Survey:
    """Survey a set of clips that the `first-order` preset prepared."""
    prepared = load_clips([folder])
    frames = sum(map(len, prepared.clips))
    problems: dict[str, list[str]] = {}
    if (folder / DROPPED).is_file():
        for row in read_table(folder / DROPPED):
            problems.setdefault(row.cells.get("reason", ""), []).append(row.cells.get("name", ""))
    clips = ClipSurvey(
        found=len(prepared) + sum(map(len, problems.values())),
        used=len(prepared),
        frames=frames,
        held_out=len(prepared.held_out),
        problems=problems,
    )
    return Survey(
        kind="clips",
        photos=0,
        videos=clips.used,
        labelled=0,
        held_out=clips.held_out,
        sizes={f"{prepared.size} x {prepared.size}": frames},
        problems={},
        notes=(),
        labels={},
        measured={},
        clips=clips,
    )
