"""A timeline performed by the face on the stage: any of its frames, at once or calibrated."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ganimate.arrays import AUVector, Floats
from ganimate.frames import drive_performance, fit_performance
from ganimate.performance.performance import Performance, perform
from ganimate.performance.timeline import AXES
from ganimate.rendering.animator import Animator
from ganimate.rendering.calibration import (
    Correction,
    interpolate_drives,
    select_anchors,
)
from ganimate.rendering.remembering import RememberingAnimator
from ganimate.studio.subject import Stance
from ganimate.studio.timeline import OpenedTimeline


class Scene:
    """A timeline and the face that performs it.

    Attributes:
        opened: the timeline.
        animator: the face at the photo's own size.
        performance: what it does.
        version: number of this scene among those of its tab.
    """

    def __init__(self, opened: OpenedTimeline, animator: Animator, version: int) -> None:
        """Work out what the face does; nothing is calibrated yet.

        Args:
            opened: the timeline.
            animator: the face at the photo's own size.
            version: number of this scene among those of its tab.
        """
        self.opened, self.animator, self.version = opened, animator, version
        self.performance: Performance = perform(opened.timeline, animator.portrait.aus)
        self._rough = self._fit_known()

    @cached_property
    def anchors(self) -> Floats:
        """(k, 17, 2) the expressions that a clip of this timeline calibrates."""
        targets = self.performance.calibration_targets
        shown = self.performance.aus if targets is None else targets
        return select_anchors(shown, self.animator.portrait.aus)

    def calibrate(self, anchor: AUVector) -> None:
        """Calibrate one of the anchors, (17, 2), which frames keep to from then on."""
        self.animator.calibrate([anchor], bounded=True)
        self._rough = self._fit_known()

    def follow(self, seconds: float) -> Stance:
        """Find how to draw a moment at once, by what was calibrated before."""
        frame = self.find_frame(seconds)
        stretch = self.performance.cut(frame, frame + 1)
        drive = stretch.add_blinks(self._rough.drive(stretch.aus))[0]
        return self._stand(frame, drive)

    def settle(self, seconds: float) -> Stance:
        """Find how to draw a moment as its clip does: calibrated, which takes a while once."""
        frame = self.find_frame(seconds)
        return self._stand(frame, self._drives[frame])

    def find_frame(self, seconds: float) -> int:
        """Find the frame that a clip shows at a moment; before and after it, the first and last."""
        frame = round(seconds * self.opened.timeline.fps)
        return min(max(frame, 0), len(self.performance.aus) - 1)

    @cached_property
    def _drives(self) -> Floats:
        """(n, 17, 2) what drives each frame of the clip."""
        correction = fit_performance(self.animator, self.performance)
        return np.stack(list(drive_performance(self.performance, correction)))

    def _fit_known(self) -> Correction:
        """The correction by those of the anchors that were calibrated before."""
        animator, known = self.animator, []
        if isinstance(animator, RememberingAnimator):
            known = [one for one in self.anchors if animator.knows(one, bounded=True)]
        return interpolate_drives(
            animator.portrait.aus, known, animator.calibrate(known, bounded=True) if known else []
        )

    def _stand(self, frame: int, drive: AUVector) -> Stance:
        stretch = self.performance.cut(frame, frame + 1)
        heads = stretch.heads
        head = np.zeros(len(AXES), np.float32) if heads is None else heads[0]
        return Stance(stretch.add_blinks(stretch.aus)[0], drive, head)
