"""The tuned numbers of lips that lie on teeth, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HiddenLipSettings:
    """When teeth were taken for a lip, and where it is put."""

    size: int = 160
    """Side of the aligned crop that is looked at, pixels; larger is slower, and no surer."""

    lighter: float = 12.0
    """L* by which what lies where the upper lip shall be is lighter than the lower lip, and than
    the face, if it is teeth, and what lies where the lower one begins than its end; larger misses
    some. Measured on 580 photos, upper lips: two men with moustaches have 24 and 33, no other face
    has more than 6.2."""

    redder: float = 10.0
    """a* by which a lower lip is redder at its end than where it begins if that is teeth: gloss on
    a lip is light, too. Of 549 photos one has a lower lip that is so much lighter and less red
    where it begins, on teeth; at 5 two more had, glossy ones, which would have opened as mouths."""

    edge_rows: int = 3
    """Steps at either edge of the lower lip that are compared."""

    parted: float = 0.02
    """Mean distance of the lips, as a share of the face's width, from which there are teeth to be
    seen between them. By eye."""

    above: float = 0.12
    """How far the lip is put above the one that the reader found at least, in heights of that;
    larger lets the moustache move with the lip's edge. By eye."""

    step: float = 0.1
    """By how much it is put higher, in the same unit, while its edge is lighter than skin: there
    are teeth yet, which would be a seam in a mouth that shuts. The lower one is put lower by it."""

    highest: float = 1.0
    """How far it is put above that at most."""

    left: float = 0.15
    """Share of its height that is left of the lip, under the moustache; larger keeps a seam of
    teeth. By eye."""


HIDDEN_LIP = HiddenLipSettings()
