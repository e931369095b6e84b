"""Limits that several parts of ganimate hold to, each a choice and none a measurement.

This module imports nothing, so that the reader of a timeline knows them without OpenCV.
"""

from __future__ import annotations

MAX_TURN_DEGREES = 12.0
"""Largest turn of a head, degrees about each axis: a photo does not show what more uncovers."""

MIN_FPS = 1.0
"""Fewest frames a second of a clip or of what is read of a driving video."""

MAX_FPS = 120.0
"""Most frames a second of a clip or of what is read of a driving video: fast screens show as many,
and a larger number is more likely a typing error."""

MIN_SIZE = 16
"""Pixels of the longest side of the smallest clip: no face would be found in a smaller photo."""

MAX_SECONDS = 3600.0
"""Longest clip and longest driving video, seconds: more is more likely a typing error, and would
render for days."""
