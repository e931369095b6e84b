"""What may be replaced where a data set is to be made: the same set, and no other one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ganimate.errors import OutputError
from ganimate.training.data.dataset import DROPPED, DROPPED_COLUMNS, SHARDS, SUMMARY
from ganimate.training.data.labels import Source
from ganimate.training.data.shard import measure_file, read_metadata

LEAST_SAME = 0.5
"""Share of a data set's photos that a folder must still hold for it to be the same one: people add
photos and take some away."""


def check_same_source(output: Path, source: Source) -> None:
    """Raise OutputError if files would be lost that were not prepared from these photos.

    Photos are told apart by name and size, so that a folder may move.

    Args:
        output: where the data set goes.
        source: what it will be prepared from.
    """
    shards = [shard for shard in output.glob(SHARDS) if shard.is_file()]
    for path in (*shards, output / SUMMARY, output / DROPPED):
        if path.exists() and not _is_ours(path):
            raise OutputError(
                f"{path} is there already, and is no part of a data set of ganimate: give another "
                "folder, or `overwrite` if it may be lost"
            )
    paths = (*(photo.path for photo in source.photos), *source.videos)
    sizes = {str(path.relative_to(source.folder)): measure_file(path) for path in paths}
    prepared = [photo for shard in shards for photo in _list_prepared(shard)]
    same = sum(name in sizes and (size is None or size == sizes[name]) for name, size in prepared)
    if same < LEAST_SAME * len(prepared):
        raise OutputError(
            f"{output} holds a data set of other photos than those of {source.folder}: give "
            "another folder, or `overwrite` if that data set may be lost"
        )


def _is_ours(path: Path) -> bool:
    """Whether a file is what `ganimate prepare` writes under its name."""
    try:
        if path.name == SUMMARY:
            return bool({"faces", "size"} <= json.loads(path.read_text(encoding="utf-8")).keys())
        if path.name == DROPPED:
            return path.read_bytes().splitlines()[:1] == [",".join(DROPPED_COLUMNS).encode()]
    except (OSError, ValueError, AttributeError, RecursionError):
        return False
    # A damaged one says nothing; it is ours if the whole set is, which a summary tells.
    return "made_of" in read_metadata(path) or _is_ours(path.with_name(SUMMARY))


def _list_prepared(shard: Path) -> Iterator[tuple[str, int | None]]:
    """Name and bytes of each photo and video of a shard; older ones do not know their bytes.

    Raises:
        OutputError: what it says of them is not what we write.
    """
    metadata = read_metadata(shard)
    try:
        names = json.loads(metadata["made_of"])[1] if "made_of" in metadata else []
        sizes = json.loads(metadata["sizes"]) if "sizes" in metadata else [None] * len(names)
        yield from dict(zip(names, sizes, strict=True)).items()
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise OutputError(
            f"{shard} is there already, and is damaged: give another folder, or `overwrite` if it "
            "may be lost"
        ) from error
