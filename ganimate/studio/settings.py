"""The numbers of the studio, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionSettings:
    """How long a tab's photo is kept, and how much of it is taken."""

    sessions: int = 8
    """Tabs at once; each holds a photo and its face, some tens of megabytes for a large photo."""

    grace: float = 20.0
    """Seconds that a tab may be gone, as while it is loaded again, before all of it is deleted;
    larger keeps a face longer after its page was closed."""

    leave: float = 0.5
    """Seconds that a socket waits for the one before it on the same tab to close, as when a page is
    loaded again; larger tells a duplicated tab later that it is one."""

    most_bytes: int = 64 << 20
    """Bytes of the largest upload of a photo: more than cameras make of `most_pixels`."""

    most_pixels: int = 64_000_000
    """Pixels of the largest photo; larger ones take seconds a picture to draw and to send."""


@dataclass(frozen=True)
class PictureSettings:
    """How pictures are sent."""

    quality: int = 90
    """JPEG quality of what is shown during a drag, 0 to 100; larger is sharper and slower to send
    and to show."""

    compression: int = 1
    """Effort of PNG for pictures at rest, 0 to 9; larger makes smaller files more slowly, which
    pays for no network that a studio is used over."""

    preset_size: int = 144
    """Side of a preset's small picture, pixels; larger is sharper on dense screens and slower."""


@dataclass(frozen=True)
class LeavingSettings:
    """How the program ends."""

    graceful: int = 1
    """Seconds that requests which are being answered may take at the end; larger ends later."""

    patience: float = 0.5
    """Seconds for what runs in threads to notice the end; what is still drawing then is left."""


SESSION = SessionSettings()
LEAVING = LeavingSettings()
PICTURE = PictureSettings()


@dataclass(frozen=True)
class StripSettings:
    """The strip of the timeline."""

    fps: float = 30.0
    """Frames a second of a timeline that is begun in the page, as `ganimate timeline` has it."""

    duration: float = 3.0
    """Seconds of such a timeline: room for a few expressions, and soon exported."""

    most_frames: int = 18_000
    """Frames of a clip at most, ten minutes at 30 a second; larger takes memory in each tab, and
    seconds for each change."""

    samples: int = 600
    """Points of a curve at most; more are finer than the strip has pixels, and slower to send."""

    least_change: float = 0.005
    """Intensity by which an action unit has to change for a curve to be drawn, and its sides to
    differ for two; larger leaves out more. The same as in drawings of timelines."""

    same_time: float = 0.002
    """Seconds: a key this near to the playhead is replaced by a new one rather than joined by it;
    larger replaces more."""


@dataclass(frozen=True)
class DriverUploadSettings:
    """Which driving videos are taken."""

    most_bytes: int = 512 << 20
    """Bytes of the largest upload, which is kept on the disk for as long as it is measured: ten
    minutes of a phone's video."""

    most_seconds: float = 300.0
    """Seconds of the longest video; each takes about a second to measure."""


@dataclass(frozen=True)
class JobSettings:
    """What runs longer than an answer is waited for."""

    kept: int = 4
    """Finished exports that a tab keeps for download; larger takes more of the disk."""


STRIP = StripSettings()
DRIVER_UPLOAD = DriverUploadSettings()
JOBS = JobSettings()
