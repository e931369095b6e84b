"""A prepared set of clips: a folder of shards with frames of faces, cut out alike in each clip.

    CLIPS/clips.json               size of the frames, counts, what was dropped and why
    CLIPS/clips-00000.safetensors  frames (n, s, s, 3) uint8 of several clips in turn; in the
                                   metadata their names, how many frames each has, and which of
                                   them the set holds out
    CLIPS/dropped.csv              every video that was left out, and why

Shards are memory-mapped: a frame is read when a batch draws it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from ganimate.arrays import Photo
from ganimate.errors import DataError
from ganimate.training.data.mapped_pictures import MappedPictures, PictureRange, PictureStack

CLIPS_SUMMARY = "clips.json"
CLIP_SHARDS = "clips-*.safetensors"

HELD_OUT_EVERY = 50
"""Of how many people one is held out where a set holds out none, one at least."""


@dataclass(frozen=True, eq=False)
class ClipSet:
    """The clips of a prepared set.

    Attributes:
        size: side of the frames, pixels.
        names: of the videos, n in all.
        clips: (s, s, 3) uint8 each, memory-mapped, k of each clip, 2 or more.
        held_out: names that are kept for validation: those that the set keeps, or all clips of
            every fiftieth person.
    """

    size: int
    names: tuple[str, ...]
    clips: tuple[PictureStack, ...]
    held_out: frozenset[str]

    def __len__(self) -> int:
        return len(self.names)

    def read_frame(self, clip: int, frame: int) -> Photo:
        """Read a frame (s, s, 3) of a clip."""
        return np.asarray(self.clips[clip][frame].numpy())


def load_clips(folders: Sequence[Path]) -> ClipSet:
    """Open prepared sets of clips as one.

    Raises:
        DataError: a folder is none, a shard is damaged, or their frames differ in size.
    """
    names: list[str] = []
    clips: list[PictureStack] = []
    own: set[str] = set()
    sizes = {folder: _read_size(folder) for folder in folders}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{folder}: {size} px" for folder, size in sizes.items())
        raise DataError(f"The frames of the sets differ in size ({said}). Prepare them alike.")
    for folder, size in sizes.items():
        for path in sorted(folder.glob(CLIP_SHARDS)):
            shard = _load_shard(path, size)
            names += shard.names
            clips += shard.clips
            own |= shard.held_out
    return ClipSet(
        size=next(iter(sizes.values())),
        names=tuple(names),
        clips=tuple(clips),
        held_out=frozenset(own or choose_held_out(names)),
    )


def name_person(clip: str) -> str:
    """Name whose clip it is: VoxCeleb's number of a person where the name has one, or the clip."""
    for part in clip.replace("\\", "/").replace("#", "/").split("/"):
        if part.startswith("id") and part[2:].isdecimal():
            return part
    return clip


def choose_held_out(names: Sequence[str]) -> frozenset[str]:
    """Choose the clips to validate on: all of every fiftieth person, of one at least."""
    people = sorted({name_person(name) for name in names})
    first = HELD_OUT_EVERY // 2 if len(people) > HELD_OUT_EVERY // 2 else len(people) // 2
    kept = set(people[first::HELD_OUT_EVERY])
    return frozenset(name for name in names if name_person(name) in kept)


def _read_size(folder: Path) -> int:
    try:
        summary = json.loads((folder / CLIPS_SUMMARY).read_text(encoding="utf-8"))
        if not int(summary["clips"]):
            raise DataError(f"{folder} holds no clips: prepare more videos.")
        return int(summary["size"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{folder} is not a prepared set of clips ({error}): prepare videos into it to the end."
        ) from error


def _load_shard(path: Path, size: int) -> ClipSet:
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata()
        frames = MappedPictures(path, "frames")
        names = tuple(json.loads(metadata["names"]))
        counts = list(json.loads(metadata["counts"]))
        held_out = frozenset(json.loads(metadata["held_out"]))
        found = tuple(frames.values.shape)
        if not all(isinstance(count, int) and count > 0 for count in counts):
            raise ValueError(f"its clips have {counts!r:.40} frames")
        if found != (sum(counts), size, size, 3) or len(counts) != len(names):
            raise ValueError(f"its frames are {found}")
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error}): delete it and prepare again.") from error
    firsts = [0, *accumulate(counts)]
    parts = [PictureRange(frames, *place) for place in zip(firsts, counts, strict=False)]
    return ClipSet(size, names, tuple(parts), held_out)
