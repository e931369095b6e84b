"""The tuned numbers of hidden upper lips, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HiddenLipSettings:
    """When teeth were taken for the upper lip, and where it is put."""

    size: int = 160
    """Side of the aligned crop that is looked at, pixels; larger is slower, and no surer."""

    lighter: float = 12.0
    """L* by which what lies where the upper lip shall be is lighter than the lower lip, and than
    the face, if it is teeth; larger misses some. Measured on 580 photos: two men with moustaches
    have 24 and 33, no other face has more than 6.2."""

    above: float = 0.12
    """How far the lip is put above the one that the reader found at least, in heights of that;
    larger lets the moustache move with the lip's edge. By eye."""

    step: float = 0.1
    """By how much it is put higher, in the same unit, while its edge is lighter than skin: there
    are teeth yet, which would be a seam in a mouth that shuts."""

    highest: float = 1.0
    """How far it is put above that at most."""

    left: float = 0.15
    """Share of its height that is left of the lip, under the moustache; larger keeps a seam of
    teeth. By eye."""


HIDDEN_LIP = HiddenLipSettings()
