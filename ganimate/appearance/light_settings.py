"""The tuned numbers of the light on a mouth, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MouthLightSettings:
    """How the colour of front teeth follows from what a face shows of the light.

    Colours are CIE L*a*b*. Fitted to 4,826 broad smiles of UTKFace and of portraits, none of them
    held out, by scripts/fit_mouth_light.py: least squares in which the mean errors of groups of
    people, and of quarters of the skin's lightness, count, too. Teeth of Black people are predicted
    1.9 L* too dark in the mean, those of White people 1.2 too bright; with no weight on groups and
    quarters that is 4.1 and 2.0.
    """

    by_eyes: tuple[float, ...] = (
        22.696,
        -0.113,
        -0.357,
        0.679,
        0.24,
        -0.925,
        0.133,
        0.332,
        0.273,
        -0.374,
        0.729,
        0.308,
        0.231,
    )
    """L* of teeth by list_clues(), in the order of that. Fitted: mean error 6.7."""

    by_skin: tuple[float, ...] = (
        28.676,
        -0.025,
        -0.512,
        1.034,
        0.125,
        -1.274,
        0.27,
        0.6,
        0.449,
        -0.656,
        1.056,
    )
    """L* of teeth without the last two of these, where eyes are shut. Fitted: mean error 7.4."""

    knees: tuple[float, float, float, float] = (50.0, 70.0, 40.0, 45.0)
    """L* of skin, highlights, lips and whites of eyes below which they count otherwise. Chosen by
    hand: below them teeth of dim photos were predicted 2 L* too light by straight lines, and those
    behind lips below 35 from 1 to 4."""

    usual_skin: tuple[float, float, float] = (58.7, 16.1, 19.5)
    """Mean colour of skin in those photos."""

    usual_eyes: tuple[float, float, float] = (47.0, 10.0, 10.0)
    """Mean colour of the whites of eyes, small as they are, in those photos."""

    usual_lips: tuple[float, float, float] = (47.8, 22.0, 16.4)
    """Mean colour of lips in those photos."""

    usual_teeth: tuple[float, float, float] = (76.1, 7.5, 10.9)
    """Mean L* of the brightest fifth of teeth in those photos, and a* and b* that teeth of this L*
    have beside usual skin and eyes."""

    skin_strays: tuple[float, float] = (10.5, 15.6)
    """By how much a* and b* of skin may differ from the usual and still tell of skin: two standard
    deviations in those photos."""

    lip_strays: tuple[float, float, float] = (14.3, 15.1, 14.9)
    """By how much the colour of lips may differ from the usual for such skin and still tell of the
    light: two standard deviations in those photos; larger lets dark lipstick darken teeth."""

    colourless: float = 2.5
    """a* and b* of skin, at most, of a photo without colours: smaller than any skin's."""

    hue_by_eyes: tuple[float, float] = (0.37, 0.354)
    """a* and b* of teeth for one of those of eyes. Fitted, as the two below, to the 3,600 smiles
    whose teeth have an L* beyond 70: of others, lips and gums between teeth make much of the
    hue."""

    hue_by_skin: tuple[float, float] = (0.165, 0.397)
    """a* and b* of teeth for one of those of skin."""

    hue_by_lightness: tuple[float, float] = (-0.102, -0.093)
    """a* and b* of teeth for one of their L*: teeth in the shade are redder and yellower."""

    hue_strays: tuple[float, float] = (6.0, 10.5)
    """By how much a* and b* of teeth may differ from the usual ones but for a cast; larger draws
    pink teeth in red faces. Measured: teeth between the reddest skin and eyes are 4 to 6 redder
    than usual; of b*, nine in ten teeth."""

    cast_from: tuple[float, float] = (10.5, 14.6)
    """By how much a* and b* of skin and eyes stray from the usual when it is the light that is
    coloured: two standard deviations in those photos."""

    cast: float = 0.8
    """Share of a coloured light's cast that teeth take; 0 leaves cream teeth in blue light."""

    darkest: float = 8.0
    """L* that teeth have at least. By eye: black ones are no teeth."""

    above_highlights: float = 14.0
    """L* by which teeth may be brighter than the brightest of skin and eyes; larger lets teeth glow
    in the dark. Of those photos nine in ten stay below 12."""

    own_teeth: float = 0.8
    """Share of the photo's own teeth, where it shows some, in the colour of drawn ones; the rest is
    what the light tells: few teeth say little. By eye."""

    drawn_teeth: tuple[float, float, float] = (61.8, 0.4, 6.6)
    """Colour of the brightest fifth of teeth drawn under a light of 1: larger darkens drawn mouths.
    Measured on drawings of smiles: L* 64; so much less that teeth of 332 mouths that were
    shut and opened again, 168 of them not held out, have the L* of real ones in the mean to .9
    (tests/bench_mouths.py)."""

    whites: float = 90.0
    """Percentile of lightness between the lids from which it is the white of the eye. Fitted with
    it."""

    teeth: float = 80.0
    """Percentile of lightness between the lips that is compared. Fitted with it."""

    highlights: float = 98.0
    """Percentile of lightness of the skin's highlights. Fitted with it."""

    fewest_pixels: int = 12
    """Pixels between the lids that say something."""

    fewest_teeth: int = 60
    """Pixels between the lips, off their rims, in which teeth can be told."""

    lip_rim: float = 0.012
    """Breadth of the rims of lips as a share of the face's width: their shade is no tooth's."""

    pale: float = 0.22
    """(R - G) / R below which a pixel may be a tooth's in any light: three quarters of gums have
    more."""

    paler_than_lips: float = 0.7
    """The same for one of the lips; larger takes tongues for teeth, smaller misses those of dark
    faces and in warm light. By eye: without it 38 of 527 portraits with teeth between their lips
    and 119 of 587 photos of UTKFace were taken for toothless; of the 101 of these that were looked
    at one is a tongue, and some half a dozen cannot be told."""

    lips_redder: float = 0.14
    """(R - G) / R by which lips count as redder than skin at most: lipstick. By eye."""

    least_pale: float = 0.3
    """Share of such pixels between the lips from which a face shows teeth. By eye."""

    teeth_over_middle: float = 3.0
    """L* by which teeth are brighter than the middle of what is between the lips; less is a grey
    throat. By eye."""

    off_openings: float = 0.03
    """Distance from eyes and mouth, as a share of the face's width, at which skin begins."""


@dataclass(frozen=True)
class PartedLipsSettings:
    """How much light lips let in. Lengths are shares of the face's width."""

    by_gap: float = 150.0
    """L* by which teeth are lighter for one that lips are farther apart. Measured from .055 to .11:
    116 on 3,001 mouths of UTKFace, 167 on 484 portraits, none held out (docs/tuning.md,
    light of the mouth)."""

    usual_gap: float = 0.08
    """Distance of the lips at which teeth are as light as eyes and skin tell: that of those
    mouths in the median."""

    gaps: tuple[float, float] = (0.045, 0.14)
    """Distances below and beyond which nothing changes. By eye: below, teeth would turn grey that
    in photos are hardly seen; beyond, few photos show any."""

    by_breadth: tuple[float, float, float] = (140.0, 35.0, 0.0)
    """L* by which teeth are lighter for one that a mouth is broader, behind lips as dark, as usual
    and as light as `lightness`: a smile draws lips back, and lips at rest shade what is behind
    them, most of all above (`shadows`); into the shade of pale lips light comes off them. Fitted to
    198 open mouths of UTKFace, none held out, that were shut and opened again: with 80 for all,
    what is behind narrow dark lips was 5 L* too light, and 8 too dark behind pale ones."""

    lightness: tuple[float, float, float] = (30.0, 47.0, 60.0)
    """L* of the lips in those photos at which these hold; between them it goes evenly."""

    usual_breadth: float = 0.41
    """Breadth of a mouth from which lips are drawn back."""

    narrowest: float = 0.27
    """Breadth below which nothing changes: it is an open mouth at rest."""

    breadths: tuple[float, float, float] = (0.29, 0.36, 0.43)
    """Breadths of mouths at which `shadows` hold: the medians of open mouths without a smile, with
    a faint and with a full one."""

    shadows: tuple[float, float, float] = (0.78, 0.48, 0.09)
    """What the upper lip takes of the light right below it, at each of these; larger hides upper
    teeth in the dark. Of 44, 40 and 45 such mouths of UTKFace, none held out, that were shut and
    opened again, the upper quarter was 19, 10 and 4 L* too light (docs/tuning.md, the dark behind
    lips)."""

    shadow_reach: float = 0.0285
    """Distance below the lip at which its shadow is e times fainter. Fitted to the quarters of
    those mouths."""

    smile_by_height: float = 0.8
    """How much corners that lie higher than the upper lip count, width for width of the face,
    beside a mouth that is broader. Of .5, .8 and 1.2, tried on 155 mouths of UTKFace and of
    portraits, none tells smiles from other open mouths better (r .86 each; breadth alone .82)."""

    on_flesh: tuple[tuple[float, float], tuple[float, float]] = ((0.305, 0.345), (0.65, 0.0))
    """How far a smile draws lips back and up, and what the upper lip takes besides of the light on
    gums and tongue right below it then; less puts a bright tongue between lips that a surprise has
    parted, where photos show the dark. By 68 mouths of UTKFace and of portraits, none held out,
    that were looked at and are open, without a smile, and were shut and opened again: the middle of
    what is between their lips was 16 to 19 L* too light, and is 9 to 11 with it. With .7, and
    `shadow_reach` a fifth longer, it would be 7 to 8; but flesh behind the narrow lips of 16
    held-out adults, some of which only seem open, is then 8 too dark, and 6 with this. Of 107
    smiles, 95 in 100 lie beyond .335, of the 68 below .315."""

    flesh_reach: float = 0.09
    """Distance below the lip at which that is e times fainter. Fitted to the eighths of them."""

    by_jaw: tuple[tuple[float, ...], tuple[float, ...]] = ((0.18, 0.42, 0.8), (0.0, 0.34, 0.42))
    """How far the jaw is open, and what of the light does not get to gums and tongue right below
    the upper teeth then; less puts a flat pink slab into laughs, where photos show the dark. By 40
    laughs and broad smiles of UTKFace and of portraits, none held out, that were looked at, and
    were shut and opened again: from the middle down to three quarters of the way between the lips
    they were 10 to 15 L* too light, and are 3 too dark to 4 too light. With (.05, .3), and .36, the
    flesh of 163 held-out open mouths came out 2 to 4 too dark. Beyond .42 by eye: few photos show
    jaws so wide."""

    below_teeth: float = 0.085
    """Distance below the lip down to which all of that is taken; larger darkens the tip of the
    tongue, too. Fitted to the eighths of those mouths, as is `jaw_reach`."""

    jaw_reach: float = 0.05
    """Distance below that at which it is e times less."""


@dataclass(frozen=True)
class LipColourSettings:
    """How red the dark behind lips is.

    Of 236 open mouths of UTKFace, none held out, that were shut and opened again, drawn ones had
    too little red in the dark: in its darkest tenth a* 12 and b* 9, real ones 20 and 15. What green
    and blue were too bright by went with the lips' own share of them, the more so the darker.
    """

    dark: tuple[float, float] = (0.42, 0.82)
    """Levels of red over that of front teeth below which what is seen lies in light that has come
    off flesh altogether, and from which not at all; larger reddens teeth. Fitted to those
    mouths."""

    reddest: float = 0.35
    """Share of green and blue over red that lips count to have at least: most lips have .4 to .8;
    smaller lets lipstick colour the throat."""


MOUTH_LIGHT = MouthLightSettings()
PARTED_LIPS = PartedLipsSettings()
LIP_COLOUR = LipColourSettings()
