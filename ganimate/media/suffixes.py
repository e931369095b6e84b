"""What names of photos and of results end in; kept apart, since commands list it in their help."""

from __future__ import annotations

PHOTO_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp",
        ".avif", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff",
    }
)  # fmt: skip
"""What names of photos end in, in lower case. Raw photos have many more, and lie beside a JPEG."""

VIDEO_CLIP_SUFFIXES = (".mp4", ".mov", ".webm")
"""What names of clips end in that are films: they may have sound, and play once."""

PICTURE_CLIP_SUFFIXES = (".gif", ".webp")
"""What names of clips end in that are moving pictures, which people expect to go on for ever."""

CLIP_SUFFIXES = (*VIDEO_CLIP_SUFFIXES, *PICTURE_CLIP_SUFFIXES)
"""What names of clips end in, in the order of help texts; encoders.py has an encoder for each."""

STILL_SUFFIXES = (".png", ".jpg", ".jpeg")
"""What names of stills end in; a folder of frames holds files of the first."""
