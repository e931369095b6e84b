"""What names of photos and of results end in; kept apart, since commands list it in their help."""

from __future__ import annotations

PHOTO_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp",
        ".avif", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff",
    }
)  # fmt: skip
"""What names of photos end in, in lower case. Raw photos have many more, and lie beside a JPEG."""

CLIP_SUFFIXES = (".mp4", ".gif", ".webp")
"""What names of clips end in, in the order of help texts; encoders.py has an encoder for each."""

STILL_SUFFIX = ".png"
"""What names of stills end in."""
