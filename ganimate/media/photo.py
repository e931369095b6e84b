"""Photos in: any common image file to upright sRGB pixels.

Size and pixels are limited before anything is decoded, and only formats that people keep photos in
are tried.
"""

from __future__ import annotations

import os
import warnings
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from ganimate.arrays import Photo
from ganimate.concurrency import SharedChange
from ganimate.errors import (
    LargePhotoError,
    MissingReaderError,
    PhotoError,
    PhotoWarning,
    UsageError,
)
from ganimate.media.photo_kinds import BEGINNING, DEVELOP, HEIC, explain_kind, find_brand
from ganimate.media.photo_pixels import convert_pixels, measure_square
from ganimate.media.tiff import UndevelopedError, is_tiff, mend_planes, open_largest

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "MPO")
"""Formats of photos, by Pillow's names. Pillow knows fifty, and tries them all whatever a file is
called: some hand it to another program (EPS to Ghostscript) or decode it while they look for its
size (ICO)."""

MAX_BYTES = 2 << 30
"""Bytes of the largest file that is read: MAX_PIXELS of four bytes each, uncompressed, fit in."""

_PIECE = 1 << 20
"""Bytes that are read of a file at a time: what is read beyond MAX_BYTES."""

MAX_PIXELS = 250_000_000
"""Pixels of the largest picture that is read, where decoding one takes _USUAL_BYTES: in 2 GB, a
third of which is the photo. Phones make 200 megapixels; a bigger one is a mistake or an attack."""

MAX_SIDE = 32_766
"""Pixels of the longest side of a photo: OpenCV, which samples it, counts them in 16 bits."""

_USUAL_BYTES = 7
"""Bytes that decoding a pixel takes: four in Pillow, and three in the photo."""

_BYTES = {"WEBP": 17, "AVIF": 13, "HEIF": 13, "TIFF": 12}
"""Format -> bytes that decoding a pixel takes where its decoder keeps more than that."""

_PROGRESSIVE_BYTES = 13
"""Bytes that decoding a pixel of a progressive JPEG takes: its coefficients are kept, too."""

_CONVERT = "open it in an image editor, save it as JPEG or PNG, and try again"


def read_photo(path: str | Path, most_pixels: int = MAX_PIXELS) -> Photo:
    """Read a photo as upright sRGB pixels.

    EXIF orientation and an embedded ICC profile are applied, transparency is laid on white (a
    PhotoWarning says so), greys of 16 and 32 bit are scaled to 8 bit, pixels that are not square
    are stretched, of an animation the first frame is taken, and of a raw photo the picture that the
    camera developed.

    Args:
        path: the photo's file.
        most_pixels: pixels of the largest picture that is read; fewer of a format whose decoder
            takes more memory.

    Returns:
        (H, W, 3) uint8, contiguous and writable.

    Raises:
        PhotoError: there is no such file, or it is not a whole image, in one of FORMATS or HEIC
            (with the extra `heif`), of at most `most_pixels` and 2 GiB.
    """
    path = Path(path)
    return decode_photo(_read_bytes(path), str(path), most_pixels)


def decode_photo(data: BytesIO, name: str, most_pixels: int = MAX_PIXELS) -> Photo:
    """Decode all bytes of an image file as read_photo() does.

    Args:
        data: the file.
        name: what errors call it.
        most_pixels: pixels of the largest picture that is decoded.

    Returns:
        (H, W, 3) uint8, contiguous and writable.

    Raises:
        PhotoError: it is not a whole image, in one of FORMATS, of at most so many pixels.
    """
    with _NO_PILLOW_LIMIT.hold():
        try:
            image = _open_image(data, name)
        except PhotoError:
            raise
        except UnidentifiedImageError as error:
            kind = explain_kind(bytes(data.getbuffer()[:BEGINNING]))
            unknown = f"is not an image that can be read (or its beginning is damaged): {_CONVERT}"
            raise PhotoError(f"{name} {kind or unknown}") from error
        except Exception as error:  # damaged headers make Pillow raise nearly anything
            raise PhotoError(f"{name} is damaged ({error}): {_CONVERT}") from error
        return convert_image(image, name, most_pixels)


def convert_image(image: Image.Image, name: str, most_pixels: int = MAX_PIXELS) -> Photo:
    """Decode an image of Pillow as read_photo() does: upright, in sRGB, without transparency.

    Args:
        image: perhaps not loaded yet.
        name: what errors call it.
        most_pixels: pixels of the largest picture that is decoded.

    Returns:
        (H, W, 3) uint8, contiguous and writable.

    Raises:
        PhotoError: it is not whole, or has more pixels than that.
    """
    _check_size(name, image, most_pixels)
    try:
        image.load()
        photo, opaque = convert_pixels(image)
    except MemoryError as error:
        raise PhotoError(
            f"{name} ({image.width} x {image.height}) does not fit in memory: make it smaller"
        ) from error
    except Exception as error:  # damaged pixels make it raise nearly anything, too
        raise PhotoError(
            f"{name} is damaged or incomplete ({error}): copy or download it again, or {_CONVERT}"
        ) from error
    if not opaque:
        warnings.warn(
            f"{name} is transparent in places, which are laid on white: clips have no "
            "transparency; lay it on another background first if that shall not be white",
            PhotoWarning,
            stacklevel=3,
        )
    return photo


def resize_longest(photo: Photo, longest: int) -> Photo:
    """Scale a photo: shrink it by area means, or enlarge it by cubic interpolation.

    Args:
        photo: (H, W, 3).
        longest: length of its longer side afterwards, pixels.

    Raises:
        UsageError: `longest` is below 1 or above MAX_SIDE, or of more than MAX_PIXELS.
    """
    if longest < 1:
        raise UsageError(f"a photo cannot be {longest} pixels wide: give a size of 1 or more")
    height, width = photo.shape[:2]
    scale = longest / max(height, width)
    if scale == 1:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size[0] * size[1] > MAX_PIXELS or longest > MAX_SIDE:
        raise UsageError(
            f"a photo of {size[0]} x {size[1]} pixels is too large: give a `size` of {MAX_SIDE} or "
            f"less, of which it has no more than {MAX_PIXELS // 10**6} megapixels"
        )
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, size, interpolation=interpolation), np.uint8)


def _read_bytes(path: Path) -> BytesIO:
    """All of a file, which may be a pipe; its size is looked at before anything is read."""
    data = BytesIO()
    try:
        if path.is_dir():
            raise PhotoError(f"{path} is a folder: give one photo in it")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while size <= MAX_BYTES and (piece := file.read(_PIECE)):
                size = max(size, data.tell() + data.write(piece))
    except FileNotFoundError as error:
        raise PhotoError(f"{path} does not exist: check the name of the photo") from error
    except OSError as error:
        raise PhotoError(
            f"{path} cannot be read ({error.strerror}): check its permissions"
        ) from error
    if size > MAX_BYTES:
        raise PhotoError(
            f"{path} is larger than {MAX_BYTES / 2**30:g} GiB, as no photo is: {_CONVERT}"
        )
    if not data.tell():
        raise PhotoError(f"{path} is empty: copy or download it again")
    data.seek(0)
    return data


@lru_cache
def _list_formats() -> tuple[str, ...]:
    """Those of FORMATS that this Pillow has; its reader of JPEG reads MPO, too."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _lift_pillow_limit() -> int | None:
    """Let Pillow open pictures of any size; returns how many pixels it took before."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    return limit


def _open_image(data: BytesIO, name: str) -> Image.Image:
    """Open the photo of a file; it is decoded when its pixels are asked for.

    Raises:
        PhotoError: it is a raw photo, or needs a package that is not here.
        Exception: whatever Pillow has against the file.
    """
    if find_brand(bytes(data.getbuffer()[:BEGINNING])) in HEIC:
        return _open_heic(data, name)
    if not is_tiff(data):
        return _open_plain(data)
    try:
        image = open_largest(data, _open_plain)
    except UndevelopedError as error:
        raise PhotoError(f"{name} is a raw photo with {error}: {DEVELOP}") from error
    mend_planes(image)
    return image


def _open_plain(data: BytesIO) -> Image.Image:
    return Image.open(data, formats=_list_formats())


def _open_heic(data: BytesIO, name: str) -> Image.Image:
    """Open a photo of a phone.

    Raises:
        MissingReaderError: the package that decodes it is not installed.
    """
    try:
        # Here, since it is an extra, and takes .08 s that other photos need not wait.
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise MissingReaderError(
            f"{name} is a HEIC photo: install what reads it by `pip install 'ganimate[heif]'` (or "
            "`pip install pillow-heif`), or save it as JPEG"
        ) from error
    image: Image.Image = HeifImageFile(data)  # type: ignore[no-untyped-call]
    return image


def _set_pillow_limit(limit: int | None) -> None:
    Image.MAX_IMAGE_PIXELS = limit


_NO_PILLOW_LIMIT = SharedChange(_lift_pillow_limit, _set_pillow_limit)
"""Lets Pillow open photos of more than 89 megapixels; MAX_PIXELS is the limit here instead."""


def _check_size(name: str, image: Image.Image, most_pixels: int) -> None:
    """Raise LargePhotoError for too large a picture, of which only the header was read yet."""
    across, down = measure_square(image)
    pixels = image.width * image.height
    stretched = across * down if across * down > pixels else 0
    check_side(name, across, down)
    most = most_pixels * _USUAL_BYTES // _count_bytes(image)
    if pixels + stretched > most:
        raise LargePhotoError(
            f"{name} has {image.width} x {image.height} pixels, more than {most // 10**6} "
            "megapixels: make it smaller"
        )


def check_side(name: str, width: int, height: int) -> None:
    """Raise LargePhotoError for a photo with too long a side, whatever the other one is."""
    if max(width, height) > MAX_SIDE:
        raise LargePhotoError(
            f"{name} has {width} x {height} pixels, and a side may have {MAX_SIDE}: make it smaller"
        )


def _count_bytes(image: Image.Image) -> int:
    """How many bytes for each pixel it takes to decode a picture, its copy as a photo included."""
    if image.info.get("progressive") or image.info.get("progression"):
        return _PROGRESSIVE_BYTES
    return _BYTES.get(image.format or "", _USUAL_BYTES)
