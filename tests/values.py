"""Pictures read back, and action units with a few of them set: values that tests compare."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from ganimate.action_units import ROW_OF
from ganimate.arrays import AUVector


def pixels(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 of a picture file."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def find_xmp(image: Image.Image) -> bytes:
    """Adobe's packet of an open picture; Pillow before 11 calls it otherwise in each format."""
    if "xmp" in image.info:
        return bytes(image.info["xmp"])
    if "XML:com.adobe.xmp" in image.info:
        return str(image.info["XML:com.adobe.xmp"]).encode()
    name = b"http://ns.adobe.com/xap/1.0/\0"
    (packet,) = (part.removeprefix(name) for _, part in image.applist if part.startswith(name))
    return bytes(packet)


def changed(aus: AUVector, intensities: Mapping[int, float | tuple[float, float]]) -> AUVector:
    """A copy of AUs (17, 2) with some set, by number, to one intensity or to (left, right)."""
    copy = aus.copy()
    for number, intensity in intensities.items():
        copy[ROW_OF[number]] = intensity
    return copy
