"""Whose a file is that stands where a result shall go: nothing but our own is replaced unasked.

A clip, still or drawing is ours if its metadata says so (provenance.py). What has no metadata is
never ours: a timeline is there to be edited by hand.
"""

from __future__ import annotations

from pathlib import Path

from ganimate.errors import OutputError
from ganimate.media import provenance

FRAMES = "frame_*.png"
"""What the frames of a folder are called."""


def check_replaceable(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise OutputError if a file is there that this program did not make, or cannot be read.

    An empty file holds nothing that could be lost.

    Args:
        path: where a clip, still or drawing goes.
        overwrite: whether it may be replaced all the same.
    """
    target = Path(path)
    if overwrite or not target.exists():
        return
    if not target.is_file():
        raise OutputError(f"{path} is not a regular file: give another name")
    if not _is_ours(target):
        raise OutputError(refuse(path))


def check_frames_replaceable(folder: Path, *, overwrite: bool = False) -> None:
    """Raise OutputError unless a folder holds frames of this program and nothing else.

    Args:
        folder: it is there.
        overwrite: whether frames of other programs may be replaced; other files are kept even then.
    """
    entries = sorted(folder.iterdir())
    if any(not path.match(FRAMES) or not path.is_file() for path in entries):
        raise OutputError(f"the folder {folder} has other files in it: give a new or empty folder")
    for path in entries:
        if not overwrite and not _is_ours(path):
            raise OutputError(refuse(path))


def refuse(path: str | Path) -> str:
    """Say why a file is kept, and what to do."""
    return (
        f"{path} is there already, and is nothing that ganimate would make again: give another "
        "name, or `overwrite` if it may be lost"
    )


def _is_ours(path: Path) -> bool:
    try:
        return path.stat().st_size == 0 or provenance.find_program(path) is not None
    except OSError:
        return False
