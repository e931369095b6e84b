"""The tuned numbers of the skin's lines, each with its unit, its effect and its source.

Lengths are millimetres of a face that is 140 mm wide from temple to temple. Depths are differences
of log luminance: a line of depth .01 is 1 % darker than the skin beside it. What is "by eye" was
set so that lines are found on lined skin, and none on smooth or grainy skin, in hair, on frames of
glasses and at the edges of shadows; tests/appearance/test_lines.py holds most of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RegionSettings:
    """Skin that some action units fold in a known direction."""

    softness: float
    """Standard deviation of the region's border, mm, which lies within its outline; larger leaves
    lines near the outline fainter."""

    within: float
    """Degrees to both sides of the direction that its lines may run in; larger takes hair and
    wrinkles of other muscles for its lines."""

    rough: tuple[float, float]
    """Contrast up to which it is skin, and from which it is none but hair, brows, the frame of
    glasses or a brim; larger finds lines in those."""

    wide: bool
    """Whether its lines can be wide, and hide under a fringe."""

    evidence: float
    """How much its lines count for how lined a face is; 0 for not at all."""


@dataclass(frozen=True)
class LineSettings:
    """How the lines of a face's skin are found, deepened and softened."""

    finest: int = 384
    """Most pixels for the side of the aligned crop that is looked at; larger takes pores for
    lines."""

    coarsest: int = 128
    """Pixels for that side below which a photo shows no lines, and none are looked for."""

    above: float = 0.15
    """How far above the aligned crop foreheads are looked at, as a share of its side."""

    below: float = 0.62
    """How far down from its upper edge faces are looked at, as a share of its side: to below the
    wings of the nose."""

    dark_level: float = 8.0
    """Levels of 255 added before the logarithm; larger takes noise of dark skin less seriously."""

    along: float = 3.5
    """Standard deviation, mm, of the mean that is taken along a line; larger finds long straight
    lines alone. By eye."""

    across: float = 0.45
    """Standard deviation, mm, of the mean across a line; larger misses fine lines. By eye."""

    least_across: float = 0.7
    """Standard deviation in pixels that the mean across a line has at least; smaller takes single
    pixels for lines."""

    flanks: tuple[float, float] = (1.6, 3.2)
    """Distance, mm, from the middle of a line to the skin at its sides, of narrow and of wide ones;
    larger takes shades of the face for lines. By eye."""

    turn: int = 12
    """Degrees between the directions that are tried; larger is quicker and misses lines between
    them."""

    direction_fall: tuple[float, float] = (0.6, 1.2)
    """Shares of a region's `within` from which a direction counts less, and from which it does not
    count."""

    face_shape: float = 3.0
    """Standard deviation, mm, of what is no line but the shape of the face; larger takes more of
    that for contrast. By eye."""

    beside: float = 2.5
    """Standard deviation, mm, of what is next to a line, over which contrast is taken. By eye."""

    around: float = 4.0
    """Standard deviation, mm, of the neighbourhood of a line, over which noise is taken. By eye."""

    about: float = 8.0
    """Standard deviation, mm, of the surroundings of a line, over which evidence is taken; larger
    finds a line only where there are more. By eye."""

    lash_reach: tuple[float, float] = (7.0, 12.0)
    """Distances, mm, from the outer corner of an eye within which a line may be the lids' and does
    not count, and beyond which it counts in full. By eye."""

    ray_origin: float = 0.25
    """How far within the outer corner of an eye the rays begin along which crow's feet run, as a
    share of the eye's width. By eye."""

    noise: float = 2.0
    """Times the depth of what lies in every direction alike (pores, grain, blocks of a JPEG) by
    which a line has to be deeper; larger finds fewer lines on coarse photos. By eye."""

    faint: float = 0.004
    """What a line has to be deeper by; larger leaves fine lines out. One level of 255."""

    evidence: tuple[float, float] = (0.0007, 0.002)
    """Mean depth about a line, less that across it, of smooth skin and of lined skin; larger finds
    lines on lined skin alone. By eye."""

    in_sight: float = 0.5
    """Share of the middle of a forehead that has to be in sight for it to say in full how lined the
    face is; larger trusts fewer foreheads. By eye."""

    hidden: float = 0.3
    """Share of a region that has to be in sight for its evidence to count in full; larger finds no
    lines where a fringe or glasses leave little skin. By eye."""

    strands: tuple[float, float] = (0.006, 0.012)
    """Mean depth across the forehead's lines of bare foreheads, and of those under hair; larger
    finds lines in fringes. By eye."""

    inner: float = 0.25
    """Share of the way from the middle of the brows to their outer parts up to which a forehead's
    lines are AU1's, and over which left becomes right. By eye."""

    outer: float = 0.75
    """Share of that way from which they are AU2's. By eye."""

    forehead: RegionSettings = RegionSettings(
        softness=2.0, within=30.0, rough=(0.07, 0.11), wide=True, evidence=1.0
    )
    """Level lines, which AU1 and AU2 fold. By eye."""

    glabella: RegionSettings = RegionSettings(
        softness=1.0, within=36.0, rough=(0.07, 0.11), wide=True, evidence=2.0
    )
    """Upright lines between the brows, which AU4 folds. By eye."""

    nose_root: RegionSettings = RegionSettings(
        softness=1.0, within=30.0, rough=(0.07, 0.11), wide=True, evidence=1.0
    )
    """Level wrinkles of the nose, which AU9 folds. By eye."""

    eye_corner: RegionSettings = RegionSettings(
        softness=1.2, within=30.0, rough=(0.085, 0.13), wide=False, evidence=0.0
    )
    """Crow's feet, along rays from the eye, which AU6 folds. By eye: they are deeper than other
    lines, and arms of glasses are rougher still."""

    narrow: float = 1.7
    """Times that a line which cannot be wide is deeper than it looks beside skin that it still
    shades; larger draws deeper crow's feet. By eye."""

    deepening: float = 3.5
    """Times its depth by which an action unit at full intensity deepens a line; larger carves it.
    By eye (docs/tuning.md, lines of the skin)."""

    deepest: float = 0.3
    """Depth by which a line is deepened at most, which deep ones come near to and never reach. By
    eye."""

    softening: float = 0.5
    """Share of its depth by which a line softens as the unit goes that folds it; larger smooths
    skin of which no photo says how it looks without. By eye."""

    unseen: float = 0.004
    """Change of log luminance below which nothing is drawn: one level of 255."""

    folds_smooth: float = 0.55
    """How deep the mean face's folds are drawn on skin without lines, times the mean; larger gives
    children the folds of adults. Fitted by eye to 320 photos of UTKFace: the number rises from .6
    (to 4 years) to 1.2 (beyond 75), rank correlation with age .5."""

    folds_lined: float = 1.3
    """How deep they are drawn on skin with any amount of lines, times the mean; larger draws the
    old older. Fitted by eye to the same photos."""

    folds_half: float = 1.0
    """Amount of lines, mm^2 of log luminance, half way between; larger takes a face for smoother.
    Over UTKFace the amount has a median of 0 up to the age of 10, .9 from 30 to 45 and 5.7 beyond
    75."""

    folds_unknown: float = 0.85
    """How deep they are drawn where a fringe or a hat hides the lines or the photo is too coarse,
    times the mean. By eye: a little below the middle of the two."""


LINES = LineSettings()
