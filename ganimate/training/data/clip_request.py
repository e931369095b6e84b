"""The clips that a run asks for: sets of clips, and folders of videos prepared for it."""

from __future__ import annotations

from pathlib import Path

from ganimate.errors import DataError
from ganimate.training.data.clip_shards import prepare_clips, read_clip_report
from ganimate.training.data.clips import CLIPS_SUMMARY, ClipSet, load_clips
from ganimate.training.data.dataset import SUMMARY
from ganimate.training.data.request import DataRequest, choose_folder
from ganimate.training.data.videos import find_clips


def read_clips(request: DataRequest, size: int) -> ClipSet:
    """Read clips of faces, of prepared sets or of any folder of videos that is prepared first.

    What became of the videos is said to the request's watch.

    Args:
        request: what the run asks for.
        size: side of the frames, pixels, where they are prepared.

    Raises:
        DataError: a folder holds nothing to learn from.
    """
    taken: list[Path] = []
    with request.processes.wait_for_first():
        for folder in request.folders:
            if (folder / CLIPS_SUMMARY).is_file():
                taken.append(folder)
                continue
            if (folder / SUMMARY).is_file():
                raise DataError(
                    f"{folder} is a prepared set of faces, one picture of each: motion is learnt "
                    "from videos, or from folders of frames."
                )
            taken.append(choose_folder(request.run, folder, taken))
            if request.processes.first:
                _prepare(folder, taken[-1], size, request)
    return load_clips(taken)


def _prepare(folder: Path, output: Path, size: int, request: DataRequest) -> None:
    """Prepare a folder of videos, and say what became of them."""
    watch, total = request.watch, len(find_clips(folder))
    label = f"preparing {folder}"
    counts = prepare_clips(folder, output, size, overwrite=request.overwrite)
    watch.start(next(counts), total, label)
    for done in counts:
        watch.update(done, total, label)
    report = read_clip_report(output)
    watch.note(
        f"{folder}: {report.clips} of {report.videos} videos, {report.frames} frames of them that "
        f"differ, {report.held_out} videos held out by the set"
    )
    for reason, count in report.dropped.items():
        watch.note(f"  dropped {count}: {reason} ({', '.join(report.examples[reason])})")
