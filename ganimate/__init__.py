"""ganimate brings one face photo to life.

import ganimate
for frame in ganimate.animate("photo.jpg", to="smile", frames=30):
    ...  # (H, W, 3) uint8 RGB
ganimate.animate("photo.jpg", to="smile").save("smile.mp4")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ganimate.errors import GanimateError

if TYPE_CHECKING:
    from ganimate.clip import animate, detect, load
    from ganimate.clip import animate_by_video as drive
    from ganimate.clip import animate_timeline as timeline
    from ganimate.frames import Clip, DrivenClip, save
    from ganimate.loaded_photo import LoadedPhoto

    __version__: str

__all__ = [
    "Clip",
    "DrivenClip",
    "GanimateError",
    "LoadedPhoto",
    "__version__",
    "animate",
    "detect",
    "drive",
    "load",
    "save",
    "timeline",
]

_HOMES = {
    "Clip": ("frames", "Clip"),
    "DrivenClip": ("frames", "DrivenClip"),
    "LoadedPhoto": ("loaded_photo", "LoadedPhoto"),
    "animate": ("clip", "animate"),
    "detect": ("clip", "detect"),
    "drive": ("clip", "animate_by_video"),
    "load": ("clip", "load"),
    "save": ("frames", "save"),
    "timeline": ("clip", "animate_timeline"),
}
"""Name -> the module that it is in, and what it is called there."""


def __getattr__(name: str) -> Any:
    # torch takes more than a second to import: only who animates waits for it.
    if name == "__version__":
        return _find_version()
    if name in _HOMES:
        module, its_name = _HOMES[name]
        return getattr(import_module(f"ganimate.{module}"), its_name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)


def _find_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ganimate")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
