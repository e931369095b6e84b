"""A face that remembers how hard it has to be driven, so that no expression is calibrated twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch

from ganimate.arrays import Angles, AUVector, Photo, Points
from ganimate.face_models import FaceModels
from ganimate.networks.generators import AnyGenerator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator, Masks
from ganimate.rendering.compositor import Layer


class RememberingAnimator:
    """An animator whose calibrations are kept: keys come back each time a timeline is edited."""

    def __init__(self, animator: Animator) -> None:
        """Remember nothing yet.

        Args:
            animator: what draws and calibrates.
        """
        self._animator = animator
        self._drives: dict[tuple[bytes, bool], AUVector] = {}

    @property
    def portrait(self) -> Portrait:
        """The face."""
        return self._animator.portrait

    @property
    def models(self) -> FaceModels:
        """What is known of faces."""
        return self._animator.models

    @property
    def crop(self) -> Photo:
        """(s, s, 3) the aligned crop that the generator sees."""
        return self._animator.crop

    @property
    def generator(self) -> AnyGenerator:
        """What paints."""
        return self._animator.generator

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self._animator.device

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, as Animator.layers()."""
        return self._animator.layers(aus, drives, heads)

    def move(self, drive: AUVector, head: Angles) -> Points:
        """Where the mesh of the face is moved to, as Animator.move()."""
        return self._animator.move(drive, head)

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour, as Animator.masks()."""
        return self._animator.masks(aus, drive)

    def calibrate(self, targets: Sequence[AUVector], *, bounded: bool = False) -> list[AUVector]:
        """The drives of targets (17, 2), as Animator.calibrate(); only new ones are searched."""
        keys = [(target.tobytes(), bounded) for target in targets]
        new = {
            key: target
            for key, target in zip(keys, targets, strict=True)
            if key not in self._drives
        }
        if new:
            drives = self._animator.calibrate(list(new.values()), bounded=bounded)
            self._drives |= zip(new, drives, strict=True)
        return [self._drives[key] for key in keys]

    def knows(self, target: AUVector, *, bounded: bool = False) -> bool:
        """Whether a target (17, 2) was calibrated before."""
        return (target.tobytes(), bounded) in self._drives
