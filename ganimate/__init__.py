"""ganimate brings one face photo to life.

import ganimate
for frame in ganimate.animate("photo.jpg", to="smile", frames=30):
    ...  # (H, W, 3) uint8 RGB
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganimate.errors import GanimateError

if TYPE_CHECKING:
    from ganimate.clip import animate

__all__ = ["GanimateError", "animate"]


def __getattr__(name: str) -> Any:
    # torch and MediaPipe take seconds to import: only who animates waits for them.
    if name == "animate":
        from ganimate.clip import animate

        return animate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
