"""One face of a photo, ready to be moved: what every kind of generator is animated by.

    frame = (1 - A) C + A W(photo)            (Eq. 1 of GANimation, over a warp W of the photo)

A kind of generator has an animator of its own: `motion` paints windows of a warped face
(warp_animator.py), `paper` the whole crop (crop_animator.py). kinds.py knows which is whose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch

from ganimate.arrays import Angles, AUVector, Map, Photo, Points
from ganimate.face_models import FaceModels
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.portrait import Portrait
from ganimate.rendering.compositor import compose_layers
from ganimate.rendering.layer import Layer
from ganimate.rendering.territory import divide_photo


@dataclass(frozen=True)
class Masks:
    """What a generator says about one face, at its own size s.

    Attributes:
        result: (s, s, 3) Eq. 1.
        attention: (s, s) in [0, 1]; 1 keeps the warped photo.
        colour: (s, s, 3) the colour mask; the warped photo where the generator did not look.
    """

    result: Photo
    attention: Map
    colour: Photo


class Animator(Protocol):
    """One portrait and what is needed to move it."""

    @property
    def portrait(self) -> Portrait:
        """The face."""

    @property
    def models(self) -> FaceModels:
        """What is known of faces."""

    @property
    def crop(self) -> Photo:
        """(s, s, 3) the aligned crop of the photo."""

    @property
    def generator(self) -> ActionUnitGenerator:
        """What paints."""

    @property
    def device(self) -> torch.device:
        """Where it runs."""

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, lazily.

        Args:
            aus: what each frame shall show, (17, 2).
            drives: the intensities of its motion; those of `aus` unless calibrated.
            heads: how far the head turns, (3,) degrees; not at all by default.
        """

    def move(self, drive: AUVector, head: Angles) -> Points:
        """Where the mesh of the face is moved to, (468, 2) photo pixels.

        Args:
            drive: (17, 2) the intensities of its motion.
            head: (3,) degrees that the head turns.
        """

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2), driven as in layers()."""

    def calibrate(self, targets: Sequence[AUVector], *, bounded: bool = False) -> list[AUVector]:
        """The intensities (17, 2) to drive this face with so that each target is measured.

        Args:
            targets: (17, 2) each.
            bounded: whether drives stay near their targets, as in performances, where what one
                action unit lacks must not pull at the others in every frame.
        """


def draw_frame(animator: Animator, layer: Layer) -> Photo:
    """The photo with its face as a layer of the animator makes it."""
    frame = animator.portrait.photo.copy()
    compose_layers(animator.portrait.photo, frame, [layer])
    return frame


class Placed(Protocol):
    """Whatever has a face in a photo."""

    @property
    def portrait(self) -> Portrait:
        """The face."""


def draw_frames(
    animators: Sequence[Placed], sequences: Sequence[Iterator[Layer]]
) -> Iterator[Photo]:
    """Frames of one photo in which each animator's face has its own layers; all equally long."""
    photo = animators[0].portrait.photo
    shares = divide_photo([animator.portrait for animator in animators])
    for layers in zip(*sequences, strict=True):
        frame = photo.copy()
        divided = [replace(one, share=share) for one, share in zip(layers, shares, strict=True)]
        compose_layers(photo, frame, divided)
        yield frame
