"""A photo as programs have it: a path, bytes, an open file, an image of Pillow or an array."""

from __future__ import annotations

import operator
import os
from io import BytesIO
from numbers import Real
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganimate.arrays import Photo
from ganimate.errors import PhotoError, UsageError
from ganimate.media.photo import (
    MAX_BYTES,
    MAX_PIXELS,
    check_side,
    convert_image,
    decode_photo,
    read_photo,
    resize_longest,
)

PhotoLike: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | "
    "NDArray[Any]"
)
"""A photo: the path of a file, all bytes of one, a file open for reading, an image of Pillow, or an
array as read_pixels() says."""

CHANNELS = (1, 2, 3, 4)
"""Channels that a picture can have: grey, grey and alpha, RGB, RGB and alpha."""

_WHITES = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype(np.bool_): 1.0}
"""Types of arrays whose white their largest value is."""


def read_pixels(photo: PhotoLike, size: int | None = None) -> Photo:
    """Read a photo as upright sRGB pixels.

    Arrays are (H, W), (H, W, 1 to 4) or, as PyTorch has them, (1 to 4, H, W): grey, grey and alpha,
    RGB, RGB and alpha, which is laid on white. White is 255 for uint8, 65535 for uint16, and 1 for
    floats, or 255 if one of them is above 1. An (H, W, 3) uint8 array is taken as it is.

    Args:
        photo: a file, an image or an array.
        size: longest side in pixels; the photo's own by default.

    Returns:
        (H, W, 3) uint8, contiguous.

    Raises:
        PhotoError: it is no photo, or one that cannot be read.
        UsageError: it is of a type that is no photo, or the size is out of range.
    """
    if size is not None:
        size = read_count(size, "size")
    pixels = _decode(photo)
    if 0 in pixels.shape:
        raise PhotoError(f"the photo is empty: {pixels.shape[1]} x {pixels.shape[0]} pixels")
    return pixels if size is None else resize_longest(pixels, size)


def _decode(photo: PhotoLike) -> Photo:
    if isinstance(photo, (str, os.PathLike)):
        return _read_file(photo)
    if isinstance(photo, (bytes, bytearray, memoryview)):
        return _decode_bytes(bytes(photo))
    if isinstance(photo, Image.Image):
        if 0 in photo.size:
            raise PhotoError(f"the photo is empty: {photo.width} x {photo.height} pixels")
        return convert_image(photo, "the image")
    if isinstance(photo, np.ndarray) or hasattr(photo, "__array__"):
        return convert_array(photo)
    if hasattr(photo, "read"):
        return _decode_open_file(photo)
    raise UsageError(
        f"a photo is a path, the bytes of a file, an open file, an image of Pillow or an array, "
        f"not {describe_type(photo)}"
    )


def _read_file(path: str | os.PathLike[str]) -> Photo:
    name = os.fspath(path)
    if not isinstance(name, str) or "\0" in name or not name:
        raise UsageError(f"{name!r} is no path of a photo")
    return read_photo(name)


def _decode_bytes(data: bytes) -> Photo:
    if not data:
        raise PhotoError("the photo is empty: give all bytes of an image file")
    if len(data) > MAX_BYTES:
        raise PhotoError(f"the photo is larger than {MAX_BYTES / 2**30:g} GiB, as no photo is")
    return decode_photo(BytesIO(data), "the photo")


def _decode_open_file(file: IO[bytes]) -> Photo:
    """The photo in an open file, from where it was read to."""
    try:
        data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # closed, or open for writing
        raise PhotoError(f"the open file cannot be read ({error}): open it with 'rb'") from error
    if not isinstance(data, bytes):
        raise UsageError("the open file gives text: open it with 'rb'")
    return _decode_bytes(data)


def convert_array(array: Any) -> Photo:
    """Convert an array to a photo: see read_pixels().

    Raises:
        PhotoError: it is empty, or its values are not finite or out of range.
        UsageError: its shape or its type is that of no picture.
    """
    try:
        values = np.asarray(array)
    except Exception as error:  # a tensor on a GPU, or one with gradients
        raise UsageError(
            f"{describe_type(array)} cannot be made an array ({error}): give a NumPy array"
        ) from error
    values = _lay_out(values)
    if values.dtype != np.uint8:
        values = _scale(values)
    height, width, channels = values.shape
    check_side("the photo", width, height)
    if height * width > MAX_PIXELS:
        raise PhotoError(
            f"the photo has {width} x {height} pixels, more than {MAX_PIXELS // 10**6} megapixels: "
            "make it smaller"
        )
    if channels == 3:
        return np.ascontiguousarray(values)
    plain = values[:, :, 0] if channels == 1 else values
    return convert_image(Image.fromarray(np.ascontiguousarray(plain)), "the photo")


def _lay_out(values: NDArray[Any]) -> NDArray[Any]:
    """An array of pixels as (H, W, channels)."""
    if not values.size:
        raise PhotoError(f"the photo is an empty array of the shape {values.shape}")
    if values.ndim == 2:
        return values[:, :, None]
    if values.ndim == 3 and values.shape[2] in CHANNELS:
        return values
    if values.ndim == 3 and values.shape[0] in CHANNELS:
        return values.transpose(1, 2, 0)
    raise UsageError(
        f"an array of the shape {values.shape} is no photo: give (H, W) or (H, W, 1 to 4), or "
        "(1 to 4, H, W)"
    )


def _scale(values: NDArray[Any]) -> Photo:
    """Values of any type of number as uint8, white being 255."""
    if values.dtype.kind not in "buif":
        raise UsageError(f"an array of {values.dtype} is no photo: give numbers")
    lowest, highest = float(values.min()), float(values.max())
    if not np.isfinite([lowest, highest]).all():
        raise PhotoError("the photo has pixels that are not finite")
    white = _WHITES.get(values.dtype)
    if white is None:
        usual = (1.0, 255.0) if values.dtype.kind == "f" else (255.0, 65535.0)
        white = next((one for one in usual if highest <= one), None)
    if white is None or lowest < 0:
        raise PhotoError(
            f"the photo has values from {lowest:g} to {highest:g}: give 0 to 1 or 0 to 255"
        )
    scaled: Photo = np.rint(values.astype(np.float64) * (255 / white)).astype(np.uint8)
    return scaled


def read_count(value: Any, name: str) -> int:
    """Read a whole number, of which NumPy's are some.

    Args:
        value: what is given.
        name: of the argument.

    Raises:
        UsageError: it is none.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise UsageError(f"`{name}` takes a whole number, not {value!r}") from None


def read_number(value: Any, name: str) -> float:
    """Read a finite number, of which NumPy's are some.

    Args:
        value: what is given.
        name: what errors call it.

    Raises:
        UsageError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (Real, np.number)):
        raise UsageError(f"{name} is a number, not {value!r}")
    number = float(value)
    if not np.isfinite(number):
        raise UsageError(f"{name} is a finite number, not {value!r}")
    return number


def describe_type(value: object) -> str:
    """Describe what kind of thing was given, for messages: `a list`."""
    name = type(value).__name__
    if value is None:
        return "None"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
