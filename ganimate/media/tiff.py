"""TIFF files, and raw photos, which are TIFF files of several pictures: which of them is the photo.

Pillow reads the first picture of a file. In a raw photo that is a thumbnail, and the photo is among
the pictures that its tags point to (Adobe, DNG specification 1.7; TIFF/EP, ISO 12234-2). Tags are
those of TIFF 6.0.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, TiffImagePlugin

MOST_PICTURES = 64
"""Pictures of a file that are looked at; no camera writes as many, and a file may have a loop."""

READY = 0.9
"""Share of the sensor's longer side from which a picture beside its raw data is the photo as the
camera developed it; a larger one refuses cameras that cut a border off, a smaller one takes
previews. A choice: previews are half as wide or less."""

_SUBFILE, _WIDTH, _HEIGHT, _PHOTOMETRIC, _ORIENTATION = 254, 256, 257, 262, 274
_SUB_IFDS, _JPEG_START, _JPEG_LENGTH = 330, 513, 514
_SENSOR = (32803, 34892)
"""Photometric interpretations of data that a raw developer makes a photo of: CFA and LinearRaw."""

_TYPES = {1: "B", 3: "H", 4: "I", 13: "I"}
"""Type of a tag's values -> struct's: bytes, shorts, longs and offsets of IFDs."""


class UndevelopedError(Exception):
    """A raw photo without a developed picture of its size; its message says so."""


@dataclass(frozen=True)
class TiffPicture:
    """One of the pictures of a file.

    Attributes:
        offset: byte of the file at which its tags are.
        tags: those that have whole numbers.
    """

    offset: int
    tags: Mapping[int, tuple[int, ...]]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self._find(_WIDTH), self._find(_HEIGHT)

    @property
    def is_sensor_data(self) -> bool:
        """Whether a raw developer has to make a photo of it."""
        return self._find(_PHOTOMETRIC) in _SENSOR

    @property
    def orientation(self) -> int:
        """As in EXIF; 0 where it does not say."""
        return self._find(_ORIENTATION)

    @property
    def is_reduced(self) -> bool:
        """Whether it is a smaller copy of another picture of the file."""
        return bool(self._find(_SUBFILE) & 1)

    def cut(self, data: bytes) -> bytes:
        """A file of this picture alone, as Pillow reads it, from all bytes of its file."""
        start, length = self._find(_JPEG_START), self._find(_JPEG_LENGTH)
        if start and data[start : start + 2] == b"\xff\xd8":
            return data[start : start + length]
        order = "<" if data[:2] == b"II" else ">"
        return data[:4] + struct.pack(f"{order}I", self.offset) + data[8:]

    def _find(self, tag: int) -> int:
        return next(iter(self.tags.get(tag, ())), 0)


def is_tiff(data: BytesIO) -> bool:
    """Say whether a file is a TIFF of the usual kind, by its first bytes."""
    return bytes(data.getbuffer()[:4]) in (b"II*\0", b"MM\0*")


def open_largest(data: BytesIO, open_image: Callable[[BytesIO], Image.Image]) -> Image.Image:
    """Open the photo of a TIFF file: the largest of the first picture and those that belong to it.

    Args:
        data: the file.
        open_image: opens one picture.

    Returns:
        The picture, opened and not decoded; its orientation is that of the file where it has none.

    Raises:
        UndevelopedError: the largest is data of a sensor, and no other has nearly its size.
    """
    pictures = _list_candidates(data.getvalue())
    largest = max((max(one.size) for one in pictures), default=0)
    if len(pictures) < 2 and not any(one.is_sensor_data for one in pictures):
        return open_image(data)
    for picture in sorted(pictures, key=lambda one: one.size[0] * one.size[1], reverse=True):
        if picture.is_sensor_data or max(picture.size) < READY * largest:
            continue
        try:
            image = open_image(BytesIO(picture.cut(data.getvalue())))
        except Exception:  # a kind of picture that Pillow cannot read raises nearly anything
            continue
        orientation = picture.orientation or pictures[0].orientation
        if orientation:
            image.getexif()[_ORIENTATION] = orientation
        return image
    if any(one.is_sensor_data for one in pictures):
        raise UndevelopedError(f"no developed picture of its {largest} px")
    return open_image(data)


def mend_planes(image: Image.Image) -> None:
    """Let Pillow read planes of 16 bit in a TIFF that is not compressed: it takes them for 8."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    bits = image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, ())
    planes = image.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    if not planes or len(bits) < 3 or set(bits) != {16}:
        return
    order = "L" if image.tag_v2.prefix == TiffImagePlugin.II else "B"
    image.tile = [_mend_tile(tile, order) for tile in image.tile]


def _mend_tile(tile: Any, order: str) -> Any:
    """One tile of an image, its plane read as 16 bit in a byte order, "L" or "B"."""
    codec, extents, offset, arguments = tile
    if codec == "raw" and isinstance(arguments, tuple) and arguments[0] in tuple("RGBA"):
        arguments = (f"{arguments[0]};16{order}", *arguments[1:])
    mended = (codec, extents, offset, arguments)
    return type(tile)._make(mended) if hasattr(type(tile), "_make") else mended  # since Pillow 11.1


def _list_candidates(data: bytes) -> list[TiffPicture]:
    """The first picture of a file and those that belong to it; none where tags are damaged."""
    order = "<" if data[:2] == b"II" else ">"
    try:
        (offset,) = struct.unpack_from(f"{order}I", data, 4)
        chain = list(_follow_chain(data, order, offset))
        pictures = chain if chain[0].is_reduced else chain[:1]
        for above in pictures[:MOST_PICTURES]:
            for below in above.tags.get(_SUB_IFDS, ())[:MOST_PICTURES]:
                pictures = [*pictures, _read_tags(data, order, below)[0]]
    except (struct.error, IndexError):
        return []
    return [one for one in pictures if min(one.size) > 0]


def _follow_chain(data: bytes, order: str, offset: int) -> Iterator[TiffPicture]:
    """The pictures of a file that follow each other."""
    for _ in range(MOST_PICTURES):
        if not offset:
            return
        picture, offset = _read_tags(data, order, offset)
        yield picture


def _read_tags(data: bytes, order: str, offset: int) -> tuple[TiffPicture, int]:
    """The picture whose tags are at an offset, and the offset of the next, 0 for none."""
    (count,) = struct.unpack_from(f"{order}H", data, offset)
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(offset + 2, offset + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, place)
        if kind in _TYPES and length <= MOST_PICTURES:
            layout = f"{order}{length}{_TYPES[kind]}"
            start = place + 8
            if struct.calcsize(layout) > 4:
                (start,) = struct.unpack_from(f"{order}I", data, start)
            tags[tag] = struct.unpack_from(layout, data, start)
    (following,) = struct.unpack_from(f"{order}I", data, offset + 2 + 12 * count)
    return TiffPicture(offset, tags), following
