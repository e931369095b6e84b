"""Where results may go: checked before any work is done."""

from __future__ import annotations

from pathlib import Path

from ganimate.errors import UsageError


def check_keeps(used: str | Path, *written: str | Path) -> None:
    """Raise UsageError if a file that is read would be overwritten by what is written.

    A folder of frames replaces all that is in it.
    """
    # Where a link is, as well as what it leads to: either would be gone.
    places = Path(used).resolve(), Path(used).parent.resolve() / Path(used).name
    targets = {Path(path).resolve() for path in written}
    if targets.intersection(places):
        raise UsageError(f"{used} would be overwritten: give -o another name")
    if any(targets.intersection(place.parents) for place in places):
        raise UsageError(
            f"{used} would be deleted with the folder that it is in: give -o another folder"
        )


def check_folder(output: Path) -> None:
    """Raise UsageError unless the folder of a file is there."""
    if not output.parent.is_dir():
        raise UsageError(f"the folder {output.parent} does not exist: make it first")


def check_picture(output: str, photo: str) -> None:
    """Raise UsageError unless a drawing of a photo goes into a .png file of its own."""
    from ganimate.media.video_writer import check_output

    if not output.lower().endswith(".png"):
        raise UsageError(f"{output} is no name for a picture: end it in .png")
    check_output(output)
    check_keeps(photo, output)
