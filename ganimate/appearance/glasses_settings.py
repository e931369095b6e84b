"""The tuned numbers of finding glasses, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GlassesSettings:
    """How the rims of glasses are found on an aligned crop, and what is held still of them."""

    size: int = 320
    """Side of the crop that is searched, pixels; a larger one finds thinner rims, and is slower."""

    angles: int = 72
    """Directions about an eye in which its rim is looked for."""

    places: int = 56
    """Distances from the eye in each direction at which a rim may begin."""

    from_eye: tuple[float, float] = (0.62, 0.40)
    """Least distance of a rim from the middle of the eye, sideways and up or down, in widths of the
    eye; smaller takes lids for rims. By eye."""

    near_eye: tuple[float, float] = (0.62, 0.32)
    """The same for the rims of faces that are sure to wear some: upper ones of narrow glasses run
    close to the lids. By eye."""

    to_eye: tuple[float, float] = (1.45, 1.35)
    """Greatest distance of the same; larger takes brows and cheeks for rims. By eye."""

    below: float = 0.12
    """How far the middle of a lens lies below that of the eye, in widths of the eye. By eye."""

    aside: float = 0.12
    """How far the middle of a lens lies beside that of the eye, away from the nose, in widths of
    the eye. By eye."""

    thickness: tuple[int, int] = (2, 10)
    """Least and greatest thickness of a rim, pixels of the crop. By eye."""

    beside: int = 3
    """Pixels on each side of a rim that it must differ from; more needs a broader lens."""

    most: float = 40.0
    """Contrast, in units of L*a*b* as bytes, beyond which a rim is no surer one."""

    bend: float = 1.5
    """Contrast that a step of one place from one direction to the next costs; larger makes rims
    rounder. By eye."""

    swell: float = 1.0
    """Contrast that a pixel more or less of thickness costs. By eye."""

    heavy: float = 1.0
    """Contrast that each pixel of a rim's thickness costs where thin ones count more; smaller takes
    what lies between a rim and a brow for a rim, larger leaves a part of bold rims. By eye."""

    off_brow: float = 2.0
    """Pixels of the crop below a brow's outline at which its hair still grows. By eye."""

    of_brow: float = 0.2
    """What the contrast of a band that reaches there counts then; larger holds brows as rims. By
    eye."""

    no_brow: float = 35.0
    """Median contrast above the eye from which a rim is no brow; larger looks for rims below bold
    ones that lie on the brows. Of 57 wearers, rims that had followed a brow reach 25."""

    sure: float = 9.0
    """Median contrast along both rims from which a face wears glasses. Measured on 40 portraits:
    faces without reach 6, bold rims begin at 15; thin metal ones, from 3 on, are not told from
    wrinkles and are left alone."""

    least_bridge: float = 1.5
    """Mean contrast of a bridge below which rims are none, however sure: wrinkles around both eyes
    have none between them. Of 62 wearers that are found the faintest has 1.8."""

    lopsided: float = 6.0
    """Places, on an average above the eye, by which one rim may lie higher than the other, and by
    which it may differ in each direction when it is looked for beside that; larger leaves brows in
    the place of rims. By eye."""

    nearly_as_sure: float = 0.72
    """Median contrast of what is found there, in parts of that of the higher rim, from which it
    counts: larger leaves brows in the place of rims, smaller takes lids for them. By eye."""

    likely: float = 4.0
    """Median contrast along both rims from which a bridge can make them sure; smaller only takes
    more time."""

    bridge_counts: float = 0.5
    """What the mean contrast of a bridge counts beside that of a rim. By eye."""

    sure_with_bridge: float = 12.2
    """Contrast of the fainter rim, and of the bridge as it counts, from which a face wears glasses.
    Measured on 399 photos of 200 px, 44 of them of wearers: a wrinkled face reaches 12.2, no other
    without glasses more than 10.4."""

    seen: float = 4.0
    """Contrast along a few directions below which there is no rim in them: half-rimmed glasses."""

    smooth: int = 5
    """Directions over which that contrast is averaged."""

    hinge_from: float = 0.75
    """Quantile of the rim, from the nose to the ear, beyond which a hinge may begin."""

    hinge: float = 0.6
    """How far a hinge may reach beyond the rim, in widths of the eye."""

    hinge_height: float = 0.7
    """How far a hinge may lie above or below the rim's outer end, in widths of the eye; larger
    holds hair beside it, smaller lets the tips of winged rims go up with brows. By eye."""

    bridge_height: float = 0.3
    """How far a bridge may lie above or below the rim's inner end, in widths of the eye; larger
    holds the inner ends of brows that have its colour. By eye."""

    bold: float = 15.0
    """Contrast from which a rim's colour tells its hinge: a fainter one's is that of skin."""

    alike: float = 0.4
    """Distance from the rim's colour, over the rim's contrast, up to which pixels that touch it are
    its hinge; larger takes hair for it. By eye."""

    gap: int = 7
    """Pixels of the crop across which a hinge is closed: ornaments."""

    glare: float = 30.0
    """How much lighter than the middle of a lens a reflection is, of 255 of L*; larger leaves faint
    ones to move with the skin. By eye."""

    skin_beside: float = 0.3
    """How far from a rim the skin lies that a reflection must be lighter than, in widths of the
    eye; farther takes in hair and background. By eye."""

    skin_percentile: float = 90.0
    """Percentile of that skin's L* which it must exceed: cheeks behind a lens are as light. By eye;
    larger leaves faint reflections to move with the skin."""

    joint: float = 6.0
    """Mean contrast along a bridge or an arm from which it is held still, too."""

    reach: float = 0.35
    """How far a bridge or an arm may lie from the straight line, in widths of the eye."""

    steps: int = 24
    """Places along a bridge or an arm at which it is looked for."""

    margin: float = 3.0
    """Pixels of the crop around what was found that are held still with it: shadows, and what the
    crop's grid leaves uncertain. By eye: less leaves dark fringes on moving skin."""

    softness: float = 2.0
    """Pixels of the crop over which the hold fades out beyond that, and what is filled in sets in
    before; smaller leaves light seams on blurred photos. By eye."""

    inpaint: float = 8.0
    """Radius from which skin is filled in where rims were, pixels of the crop; smaller draws out
    what touches them, hair, lashes and reflections, to streaks and blots. By eye."""

    hair: tuple[float, float] = (15.0, 40.0)
    """Levels of 255 by which what either side of a rim would fill in is darker than the other
    side's, from which it begins to be left out, and from which it is; smaller draws light arcs
    where shade ends at a rim, larger dark ones below brows. By eye."""

    other_side: int = 8
    """Pixels of the crop beyond which skin is filled in from the other side of a rim as well, where
    it is filled in from one; smaller lets brows in. By eye."""


GLASSES = GlassesSettings()
