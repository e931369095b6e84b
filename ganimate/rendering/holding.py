"""An animator of a face of which a part is covered: that part keeps what the photo shows.

Whatever is asked for, by an expression, a timeline, a driving video or a slider, goes through an
animator, so that this is the one place where it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ganimate.action_units import ACTION_UNITS, LEFT, RIGHT, ROW_OF, SHAPE
from ganimate.arrays import Angles, AUVector, Mask, Points
from ganimate.face.sight import Part
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator, Masks
from ganimate.rendering.layer import Layer

MOUTH_UNITS = (6, 9, *(unit.number for unit in ACTION_UNITS if 10 <= unit.number <= 26))
"""Action units that move lips and jaw; cheeks and nose that rise draw the upper lip up."""

EYE_UNITS = (1, 2, 4, 5, 6, 7, 45)
"""Action units that move lids, and the skin around them, on which lenses and hair would bend."""


def list_held_cells(held: Iterable[Part]) -> Mask:
    """List which intensities (17, 2) of action units do not change where parts are held."""
    cells = np.zeros(SHAPE, bool)
    sides = {"left eye": LEFT, "right eye": RIGHT}
    for part in held:
        if part == "mouth":
            cells[[ROW_OF[number] for number in MOUTH_UNITS]] = True
        else:
            cells[[ROW_OF[number] for number in EYE_UNITS], sides[part]] = True
    return cells


def hold_aus(portrait: Portrait, aus: AUVector) -> AUVector:
    """What a face can show of action units (17, 2): those of its held parts are the photo's."""
    return np.where(list_held_cells(portrait.held), portrait.aus, aus)


class HoldingAnimator:
    """One portrait whose covered parts stay as they are, moved by another animator."""

    def __init__(self, animator: Animator) -> None:
        """Hold what the portrait of an animator says."""
        self._animator = animator
        self.portrait, self.models, self.crop = animator.portrait, animator.models, animator.crop
        self.generator, self.device = animator.generator, animator.device

    def layers(
        self,
        aus: Iterable[AUVector],
        drives: Iterable[AUVector] | None = None,
        heads: Iterable[Angles] | None = None,
    ) -> Iterator[Layer]:
        """What each frame does to the photo, lazily: see Animator."""
        driven = None if drives is None else map(self._hold, drives)
        return self._animator.layers(map(self._hold, aus), driven, heads)

    def move(self, drive: AUVector, head: Angles) -> Points:
        """Where the mesh of the face is moved to: see Animator."""
        return self._animator.move(self._hold(drive), head)

    def masks(self, aus: AUVector, drive: AUVector | None = None) -> Masks:
        """The generator's result, attention and colour for AUs (17, 2), driven as in layers()."""
        driven = None if drive is None else self._hold(drive)
        return self._animator.masks(self._hold(aus), driven)

    def calibrate(self, targets: Sequence[AUVector], *, bounded: bool = False) -> list[AUVector]:
        """Drives that make the rest of this face show each target: see Animator."""
        asked = [self._hold(target) for target in targets]
        return [self._hold(drive) for drive in self._animator.calibrate(asked, bounded=bounded)]

    def _hold(self, aus: AUVector) -> AUVector:
        return hold_aus(self.portrait, aus)
