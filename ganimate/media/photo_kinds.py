"""Files that are given as photos and are something else, told by their first bytes."""

from __future__ import annotations

import re

HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Brands of files in which phones keep photos (ISO/IEC 23008-12)."""

AVIF = frozenset({b"avif", b"avis"})
"""Brands of AVIF files."""

DEVELOP = (
    "develop it in a raw editor (darktable, RawTherapee, the camera's own program), save it as "
    "JPEG, and try again"
)
"""What to do with a raw photo."""

_RAW = re.compile(rb"....ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|MMOR|IIU\0|\0MRM|FOVb", re.DOTALL)
"""First bytes of raw photos that are no usual TIFF: CR3, RAF, ORF, RW2, MRW and X3F."""

_VIDEO = re.compile(
    rb"....(ftyp|moov|mdat|wide)|\x1a\x45\xdf\xa3|RIFF....AVI |FLV\x01|\x30\x26\xb2\x75|OggS"
    rb"|\0\0\x01[\xb0-\xbf]|G.{187}G",
    re.DOTALL,
)
"""First bytes of videos: mp4 and mov, Matroska and WebM, AVI, FLV, WMV, Ogg, MPEG and its ts."""

BEGINNING = 512
"""Bytes that tell what a file is."""


def find_brand(beginning: bytes) -> bytes | None:
    """Find the major brand of a file of ISO/IEC 14496-12, four bytes; None for another file."""
    return beginning[8:12] if beginning[4:8] == b"ftyp" else None


def explain_kind(beginning: bytes) -> str | None:
    """Say what a file is that Pillow does not read, and what to do about it.

    Args:
        beginning: the first bytes of the file, BEGINNING of them.

    Returns:
        How a sentence goes on that begins with the file's name; None for what is not known.
    """
    brand = find_brand(beginning)
    if brand in AVIF:
        return (
            "is an AVIF picture, which this Pillow cannot read: install Pillow 11.3 or newer, or "
            "save it as JPEG"
        )
    if _RAW.match(beginning):
        return f"is a raw photo: {DEVELOP}"
    if _VIDEO.match(beginning):
        return (
            "is a video: `ganimate drive` animates a photo by it. To animate the face in it, save "
            "one of its frames as a picture in a video player, and give that"
        )
    return None
