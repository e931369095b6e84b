"""What the library warns of, and what a machine lacks, said as commands say things."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ganimate.cli.console import warn
from ganimate.errors import PhotoWarning

if TYPE_CHECKING:
    from ganimate.arrays import Photo
    from ganimate.frames import Clip
    from ganimate.performance.neutral import Neutral, NeutralLike

MOST_LISTED = 3
"""Action units that a note lists."""

SYSTEM_PACKAGES = {
    "libGL.so": "libgl1",
    "libEGL.so": "libegl1",
    "libGLESv2.so": "libgles2",
    "libglib-2.0.so": "libglib2.0-0",
    "libgthread-2.0.so": "libglib2.0-0",
    "libX11.so": "libx11-6",
    "libxcb": "libxcb1",
    "libSM.so": "libsm6",
    "libICE.so": "libice6",
    "libXext.so": "libxext6",
    "libgomp.so": "libgomp1",
    "libstdc++.so": "libstdc++6",
}
"""Beginning of a shared library's name -> the package of Debian and Ubuntu that holds it."""


@contextmanager
def say_photo_warnings() -> Iterator[None]:
    """Say on stderr what the library warns of in a photo, each time."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
            if issubclass(category, PhotoWarning):
                warn(str(message))
            else:
                usual(message, category, *where)

        warnings.simplefilter("always", PhotoWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        yield


def warn_of_faces(photo: str, clip: Clip) -> None:
    """Warn of faces whose clip will be worse than others, before it is drawn.

    Args:
        photo: its name.
        clip: of its faces.
    """
    from ganimate.quality import find_concerns

    for number, course in enumerate(clip.courses):
        which = f" (face {number})" if len(clip.courses) > 1 else ""
        for concern in find_concerns(course.portrait):
            moved = " (--move-covered moves what is held)" if concern.is_held else ""
            warn(f"{photo}{which}: {concern.message}{moved}")


def describe_neutral(neutral: Neutral, asked: NeutralLike, start: float) -> str:
    """Say what a driver's expressions were counted from.

    Args:
        neutral: what it was.
        asked: what was asked for.
        start: seconds of the video at which the part begins that was followed.
    """
    when = f"{start + neutral.seconds:.3g} s"
    if neutral.kind == "moment":
        return f"expressions count from what the driver shows at {when}"
    if neutral.kind == "rest":
        return f"expressions count from the driver's rest, which was found about {when}"
    if neutral.kind == "likest":
        return f"motion counts from {when}, where the driver stands most like the photo"
    if asked == "absolute":
        return "expressions count as the driver shows them"
    most = sorted(neutral.beyond.items(), key=lambda item: item[1].limit - item[1].shown)
    listed = ", ".join(
        f"AU{number} {one.shown:.2f}, at rest at most {one.limit:.2f}"
        for number, one in most[:MOST_LISTED]
    )
    return (
        f"the driver never rests, so that expressions count as they are shown (least about {when}: "
        f"{listed}); --neutral SECONDS names a moment of rest"
    )


def warn_of_size(output: str, photo: Photo, fps: float, setting: str = "--size {}") -> None:
    """Warn of a clip that is too large for many players, before it is drawn.

    Args:
        output: its name.
        photo: (H, W, 3), as large as its frames.
        fps: frames a second.
        setting: what makes the clip smaller; {} stands for the size.
    """
    from ganimate.media.video_writer import find_playable_size

    height, width = photo.shape[:2]
    side = find_playable_size(output, width, height, fps)
    if side is not None:
        warn(
            f"{output} will have {width} x {height} pixels, more than phones and televisions play "
            f"(H.264 up to level 5.2): give {setting.format(side)} for a clip that they do"
        )


def explain_import_error(error: ImportError) -> str | None:
    """Say what to install where a package finds a library of the system missing.

    Returns:
        A sentence; None for any other error.
    """
    words = str(error)
    library, _, rest = words.partition(":")
    if "cannot open shared object file" not in rest:
        return None
    found = (name for start, name in SYSTEM_PACKAGES.items() if library.startswith(start))
    package = next(found, None)
    if package is None:
        return f"this system lacks {library}: install the package that has it"
    both = "libgl1 libglib2.0-0" if package in ("libgl1", "libglib2.0-0") else package
    return (
        f"this system lacks {library}, which OpenCV needs: install it, on Debian and "
        f"Ubuntu by `apt-get install {both}`"
    )
