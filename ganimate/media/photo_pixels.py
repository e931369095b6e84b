"""The pixels of a decoded picture as a photo: square, upright, in sRGB, on white.

A picture may have hundreds of megapixels, and each of these steps would make a copy of all of it:
it is gone through in strips.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ganimate.arrays import Photo

_STRIP = 1 << 22
"""Pixels that are converted at a time, about; more takes more memory, and less more calls."""

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = 5
"""From which EXIF orientation on width and height are exchanged."""

_LAY_DOWN: Mapping[int, Callable[[Photo], Photo]] = MappingProxyType(
    {
        2: lambda upright: upright[:, ::-1],
        3: lambda upright: upright[::-1, ::-1],
        4: lambda upright: upright[::-1],
        5: lambda upright: upright.swapaxes(0, 1),
        6: lambda upright: np.rot90(upright, 1),
        7: lambda upright: upright.swapaxes(0, 1)[::-1, ::-1],
        8: lambda upright: np.rot90(upright, -1),
    }
)
"""EXIF orientation -> view of an upright photo as it lies in the file (CIPA DC-008, tag 0x0112)."""

_SQUARE_WITHIN = 0.01
"""How far the shape of pixels may be from 1 and be taken for it: densities are whole numbers."""

_MOST_OBLONG = 4.0
"""Times that pixels are longer than wide at most; faxes have 1.9, and more is a mistake."""

_PROFILE_SPACE = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "CMYK": "CMYK"}
"""Pillow's mode -> colour space that an ICC profile must have to describe a picture of it."""

_USUAL_WHITES = {"I": (255.0, 65535.0, 2.0**31 - 1), "F": (1.0, 255.0, 65535.0)}
"""Pillow's mode of greys whose white is not given -> values that white usually has."""

Strip: TypeAlias = tuple[Photo, bool]  # (h, w, 3), and whether nothing of it was transparent


def convert_pixels(image: Image.Image) -> tuple[Photo, bool]:
    """Convert a decoded picture: square pixels, upright, in sRGB, what is transparent on white.

    Returns:
        (H, W, 3) uint8, contiguous and writable, and whether nothing was transparent.
    """
    orientation = _read_orientation(image)
    image = _stretch_pixels(image)
    width, height = image.size
    photo = np.empty(
        (width, height, 3) if orientation >= _SIDEWAYS else (height, width, 3), np.uint8
    )
    lying = _LAY_DOWN[orientation](photo) if orientation in _LAY_DOWN else photo
    top, opaque = 0, True
    grey = image.mode.startswith("I") or image.mode == "F"
    for pixels, strip_opaque in _scale_greys(image) if grey else _flatten(image):
        lying[top : top + len(pixels)] = pixels
        top, opaque = top + len(pixels), opaque and strip_opaque
    return photo, opaque


def measure_square(image: Image.Image) -> tuple[int, int]:
    """Measure the width and height of a picture in square pixels, before it is decoded."""
    shape = _find_pixel_shape(image)
    return round(image.width * max(shape, 1)), round(image.height / min(shape, 1))


def _find_pixel_shape(image: Image.Image) -> float:
    """Find how many times as wide as high the pixels of a picture are, by what its file says.

    That is the density that a JPEG, PNG or TIFF gives for each axis; 1 where it gives none, or one
    that nobody means.
    """
    told = (image.info.get(name) for name in ("jfif_density", "aspect", "dpi"))
    density: Any = next(filter(None, told), None)
    try:
        across, down = (float(one) for one in density)
        shape = down / across
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0
    usual = abs(shape - 1) < _SQUARE_WITHIN or not 1 / _MOST_OBLONG <= shape <= _MOST_OBLONG
    return 1.0 if usual else shape


def _stretch_pixels(image: Image.Image) -> Image.Image:
    """Make pixels square without losing detail."""
    size = measure_square(image)
    if size == image.size:
        return image
    if image.mode in ("P", "1"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    stretched = image.resize(size, Image.Resampling.BICUBIC)
    stretched.info = image.info
    return stretched


def _read_orientation(image: Image.Image) -> int:
    """The EXIF orientation of a picture; 1, upright, where it has none."""
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1  # broken EXIF says nothing about the pixels, which are sound
    return orientation if orientation in _LAY_DOWN else 1


def _cut_strips(image: Image.Image) -> Iterator[Image.Image]:
    """The strips of a picture, from the top."""
    rows = max(1, _STRIP // image.width)
    if rows >= image.height:
        yield image
        return
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _flatten(image: Image.Image) -> Iterator[Strip]:
    """Strips of a picture in sRGB, laid on white."""
    clear = image.has_transparency_data
    mode = "RGBA" if clear else "RGB" if image.mode in ("P", "1") else image.mode
    to_srgb = _make_transform(image.info.get("icc_profile"), mode)
    for piece in _cut_strips(image):
        strip = piece if piece.mode == mode else piece.convert(mode)
        if to_srgb is not None:
            strip = ImageCms.applyTransform(strip, to_srgb) or strip
        opaque = True
        if strip.mode == "RGBA":
            opaque = strip.getchannel("A").getextrema() == (255, 255)
            strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
        yield np.asarray(strip.convert("RGB")), opaque


def _scale_greys(image: Image.Image) -> Iterator[Strip]:
    """Strips of greys of 16 or 32 bit, or floats, scaled to 8 bit.

    White is 65535 where the mode says so; elsewhere the smallest usual white that no value exceeds.
    """
    values = np.asarray(image)
    rows = max(1, _STRIP // image.width)
    tops = range(0, len(values), rows)
    white = 65535.0
    if not image.mode.startswith("I;16"):
        brightest = max(float(_to_floats(values[top : top + rows]).max()) for top in tops)
        whites = _USUAL_WHITES[image.mode]
        white = next((white for white in whites if brightest <= white), brightest)
    for top in tops:
        scaled = np.rint(_to_floats(values[top : top + rows]) * np.float32(255 / white))
        greys = np.clip(scaled, 0, 255).astype(np.uint8)
        yield np.repeat(greys[:, :, None], 3, axis=2), True


def _to_floats(values: NDArray[np.generic]) -> NDArray[np.float32]:
    return np.nan_to_num(values.astype(np.float32))


def _make_transform(profile_bytes: bytes | None, mode: str) -> Any:
    """What converts a picture of a mode from its ICC profile to sRGB.

    Returns:
        None where there is nothing to convert: without a profile, from a broken one, or from one
        for other channels.
    """
    if not profile_bytes:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(profile_bytes))
        if profile.profile.xcolor_space.strip() != _PROFILE_SPACE.get(mode):
            return None
        if ImageCms.getProfileDescription(profile).startswith("sRGB"):
            return None  # converting would only round
        return ImageCms.buildTransform(
            profile, ImageCms.createProfile("sRGB"), mode, "RGBA" if mode == "RGBA" else "RGB"
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
