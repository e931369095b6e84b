"""The data that a run asks for, and folders of faces prepared for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ganimate.errors import UsageError
from ganimate.training.data.dataset import FaceSet, load_faces
from ganimate.training.data.labels import Source
from ganimate.training.data.prepare import prepare
from ganimate.training.data.shard import PrepareOptions
from ganimate.training.data.sources import open_source
from ganimate.training.options import TrainOptions
from ganimate.training.processes import ALONE, Processes


class Watch(Protocol):
    """Whom work on data tells how far it is."""

    def start(self, done: int, total: int | None, label: str) -> None:
        """Say that a phase begins, and how much of it was done before."""

    def update(self, done: int, total: int | None, label: str) -> None:
        """Say how far the phase is."""

    def say(self, text: str) -> None:
        """Say a sentence that stays: a warning."""

    def note(self, text: str) -> None:
        """Say a sentence that stays, unless nobody wants to hear more than warnings."""


class Unwatched:
    """A watch that nobody looks at."""

    def start(self, done: int, total: int | None, label: str) -> None:
        """Say nothing."""

    def update(self, done: int, total: int | None, label: str) -> None:
        """Say nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


UNWATCHED = Unwatched()


@dataclass(frozen=True)
class DataRequest:
    """The data that a run asks for.

    Attributes:
        folders: data sets, as people have them.
        run: the folder of the run, in which what is prepared for it is kept.
        options: of the run.
        size: side of the pictures that the weights take which the run starts from, pixels; None
            for a fresh run.
        processes: those that train together: the first one prepares, and the others wait.
        watch: told how far the work is.
        overwrite: whether data sets of others may be replaced in the run's folder.
    """

    folders: Sequence[Path]
    run: Path
    options: TrainOptions
    size: int | None = None
    processes: Processes = ALONE
    watch: Watch = UNWATCHED
    overwrite: bool = False


def read_faces(request: DataRequest) -> FaceSet:
    """Read faces with their action units, of data sets or of any folder that is prepared first.

    Raises:
        DataError: a folder holds nothing to learn from.
    """
    return load_faces(_prepare_folders(request))


def _prepare_folders(request: DataRequest) -> list[Path]:
    """Data sets as `ganimate prepare` writes them; what is none yet is made one in the run."""
    size = request.size
    options = PrepareOptions() if size is None else PrepareOptions(size=size)
    taken: list[Path] = []
    with request.processes.wait_for_first():
        for folder in request.folders:
            source = open_source(folder)
            if source.kind == "prepared":
                taken.append(folder)
                continue
            taken.append(choose_folder(request.run, folder, taken))
            if request.processes.first:
                prepare_source(
                    source, taken[-1], options, request.watch, overwrite=request.overwrite
                )
    return taken


def choose_folder(run: Path, folder: Path, taken: Sequence[Path]) -> Path:
    """Choose where in a run a folder is prepared, two of one name apart."""
    if run.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{run} lies within {folder}, so that its sheets would be taken for photos of the "
            "set: give another folder as `output`"
        )
    place = run / "data" / folder.resolve().name
    while place in taken:
        place = place.with_name(place.name + "_")
    return place


def prepare_source(
    source: Source,
    output: Path,
    options: PrepareOptions,
    watch: Watch,
    workers: int | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Prepare a folder; what may be wrong with all of its labels is said first.

    Args:
        source: the folder.
        output: where the data set goes.
        options: what it is like.
        watch: told how far it is.
        workers: processes; one a core by default.
        overwrite: whether a data set of other photos may be replaced.
    """
    for note in source.notes:
        watch.say(f"warning: {source.folder}: {note}")
    counts = prepare(source, output, options, workers=workers, overwrite=overwrite)
    label = f"preparing {source.folder}"
    watch.start(next(counts), len(source), label)
    for done in counts:
        watch.update(done, len(source), label)
