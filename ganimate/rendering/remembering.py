"""An animator that calibrates each expression once: the next time it costs its frames alone."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ganimate.arrays import Angles, AUVector, Points
from ganimate.concurrency import check_process
from ganimate.rendering.animator import Animator, Masks
from ganimate.rendering.layer import Layer

KEPT = 4096
"""Expressions whose drives are kept, half a kilobyte each; then the oldest ones are forgotten."""


class RememberingAnimator:
    """One portrait, animated many times, from several threads if need be."""

    def __init__(self, animator: Animator) -> None:
        """Remember what an animator finds, who may be used beside this one."""
        self._animator = animator
        self.portrait, self.models, self.crop = animator.portrait, animator.models, animator.crop
        self.generator, self.device = animator.generator, animator.device
        self._lock = threading.Lock()
        self._drives: dict[tuple[bool, bytes], AUVector] = {}

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, lazily: see Animator."""
        check_process()
        yield from self._animator.layers(aus, drives, heads)

    def move(self, drive: AUVector, head: Angles) -> Points:
        """Where the mesh of the face is moved to: see Animator."""
        check_process()
        return self._animator.move(drive, head)

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2), driven as in layers()."""
        check_process()
        return self._animator.masks(aus, drive)

    def calibrate(self, targets: Sequence[AUVector], *, bounded: bool = False) -> list[AUVector]:
        """Drives that make this face show each target, those of earlier calls from memory.

        A second thread waits for the first: it may want what that one finds.
        """
        check_process()
        keys = [_make_key(target, bounded=bounded) for target in targets]
        with self._lock:
            new = {key: target for key, target in zip(keys, targets, strict=True)}
            new = {key: target for key, target in new.items() if key not in self._drives}
            found = self._animator.calibrate(list(new.values()), bounded=bounded) if new else []
            self._drives |= zip(new, found, strict=True)
            drives = [self._drives[key].copy() for key in keys]
            for oldest in list(self._drives)[: max(0, len(self._drives) - KEPT)]:
                del self._drives[oldest]
        return drives

    def knows(self, target: AUVector, *, bounded: bool = False) -> bool:
        """Whether a target (17, 2) was calibrated before, and is still remembered."""
        return _make_key(target, bounded=bounded) in self._drives


def _make_key(target: AUVector, *, bounded: bool) -> tuple[bool, bytes]:
    """What the drive of a target (17, 2) is remembered by."""
    return bounded, np.asarray(target, np.float32).tobytes()
