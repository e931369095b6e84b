"""The tuned numbers of one person's teeth, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OwnTeethSettings:
    """How the upper teeth that a photo shows are found and kept.

    Judged on 90 photos of open mouths, marked pixels laid over the teeth.
    """

    dark: float = 5.0
    """Percentile of lightness between the lips that is no tooth; larger ends teeth sooner."""

    bright: float = 80.0
    """Percentile of lightness between the lips from which it is teeth, as for the light."""

    pale: tuple[float, float] = (0.45, 0.75)
    """Shares of the way from the redness (a*) of teeth to that of lips at which pixels begin, and
    cease, to be something else; larger takes gums for teeth. By eye."""

    palest: float = 25.0
    """Percentile of redness, of the brighter half between the lips, that teeth have; larger takes
    lower lips for teeth where they are bright. By eye."""

    redder: float = 4.0
    """a* by which lips are redder than teeth at least if redness is to tell them apart; smaller
    trusts photos without colours. By eye."""

    lit: tuple[float, float] = (0.15, 0.4)
    """Lightness, from `dark` to `bright`, at which pixels begin to be kept, and from which they are
    kept in full; larger gives up teeth in the shade. By eye."""

    line: float = 0.025
    """Half breadth of lines between teeth, as a share of the face's width, that are kept however
    dark they are; larger keeps the dark of gaps and corners. By eye."""

    front: float = 0.14
    """Distance from the middle, as a share of the face's width, of the teeth whose edges make the
    arch; larger takes in teeth that no smile shows."""

    looked_at: float = 0.06
    """Half breadth, as a share of the face's width, of the front teeth whose edges are looked for;
    larger looks at canines, too. By eye."""

    fewest_rows: int = 5
    """Rows between the lips, pixels of the crop, below which nothing is told of teeth."""

    lip_from: float = 0.85
    """Share of the way down between the lips from which the lower lip counts as near: edges that
    are not found above it are hidden by it. By eye."""

    gone: float = 0.45
    """Share of the toothiest row's score below which teeth have ended; larger ends them sooner. By
    eye."""

    valley: float = 0.85
    """Share of it below which the line between upper and lower teeth lies; larger finds fainter
    lines. By eye."""

    rises: float = 0.12
    """Share of it by which rows below that line are toothier again; larger finds fewer lower teeth.
    By eye."""

    reach: float = 0.01
    """How far teeth are looked for beyond the lips' landmarks, as a share of the face's width: the
    landmarks run inside of the lips' edges. By eye."""

    soft: float = 0.004
    """Standard deviation of the edges of what is kept, as a share of the face's width; larger is
    softer, and mixes lips and teeth. By eye."""

    least: float = 0.02
    """Share of a pixel from which it counts as a tooth's; smaller looks at more pixels that hardly
    change."""

    stretch: float = 1.15
    """Times that teeth are stretched upwards at most where the upper lip rises off them; larger
    keeps them longer, and makes them long. By eye (docs/tuning.md, own teeth)."""

    shaded: tuple[float, float, float] = (0.47, 0.55, 0.57)
    """Exponents by which the shadow of lips that come down over them darkens red, green and blue of
    a photo's own teeth; 1 makes white ones grey, ones alike make them bluish. Their mean by eye;
    their ratios so that teeth get as red and yellow as darker ones are
    (MouthLightSettings.hue_by_lightness)."""

    left_over: tuple[float, float] = (0.1, 0.5)
    """Shares of a pixel of what a warp carries along of teeth that stay, from which it begins to be
    drawn over, and from which it is; larger leaves the edge of a second row below theirs. By
    eye."""

    gives_way: float = 1.35
    """Times that they would have to be stretched from which others are drawn. By eye."""

    parted: tuple[float, float] = (0.006, 0.016)
    """Mean distances of the lips, as shares of the face's width, below which they hide all teeth,
    and from which they hide none; larger hides teeth sooner in mouths that shut. By eye."""

    opened_known: float = 1.1
    """Times its height up to which a mouth with teeth of its own shows below them what the photo
    does; larger stretches that. By eye: teeth stay, so that what is below may come sooner."""

    opened_unknown: float = 1.4
    """Times its height from which all below them is drawn. By eye."""

    rim: float = 0.0
    """How far beyond the edges of the lips of such a mouth it is drawn, as a share of the face's
    width: they show where they turn inwards. Larger shows drawn teeth above a photo's own. By eye:
    at .005 there is a second row."""

    fallen_known: float = 0.015
    """How far the upper lip may come down over teeth and carry along what stands beside and below
    them, as a share of the face's width; larger lets a smile that goes take its teeth down with the
    lip. By eye: a surprised smile had two rows over each other."""

    fallen_unknown: float = 0.03
    """How far it has come down when all that is drawn. By eye."""

    narrow_known: float = 1.3
    """Times that such a mouth may narrow until what is beside its teeth begins to be drawn; larger
    squeezes that. By eye: the teeth themselves neither narrow nor give way."""

    narrow_unknown: float = 1.6
    """Times that it narrows from which all beside them is drawn. By eye."""


@dataclass(frozen=True)
class ToothWidthSettings:
    """How the breadth of the teeth that a photo shows is measured."""

    narrowest: float = 0.825
    """Times as broad as the mean face's that are tried at least; the outermost count as not
    found."""

    broadest: float = 1.25
    """Times as broad that are tried at most."""

    step: float = 0.025
    """Times between two that are tried; smaller is slower, and no surer."""

    aside: float = 0.012
    """How far the middle of the teeth may lie aside of the face's, as a share of its width."""

    front: float = 0.1
    """Distance from the middle, as a share of the face's width, of the lines that are looked for;
    larger looks beyond the canines, where the arch turns away."""

    fine: float = 0.6
    """Standard deviation, in pixels of the crop, that noise is smoothed with."""

    coarse: float = 0.018
    """That of the surroundings, as a share of the face's width, with which lightness is compared;
    larger takes shade for lines."""

    shown: float = 0.35
    """Share of the highest column's teeth from which another shows some."""

    fewest_columns: int = 24
    """Columns of the crop with teeth below which nothing is told. By eye."""

    plain: float = 1.4
    """Standard deviations by which lines are darker than teeth if they are plain; larger trusts
    fewer photos. By eye, on 24 smiles: lines below 1.4 were off."""


@dataclass(frozen=True)
class TeethSettings:
    """How a person's teeth differ from the mean face's. Lengths are shares of the face's width."""

    follows_lip: float = 0.7
    """How far teeth stand lower for one that the upper lip does at rest. Fitted to the edges of
    teeth of 112 faces, most of UTKFace and none held out: .93; less, since it has to hold for shut
    mouths, too. On 66 held-out faces edges are .0197 off in the mean, those of the mean face's
    teeth .0229 (docs/tuning.md, where teeth stand)."""

    usual_lip: float = 0.365
    """Height (y) of the upper lip at rest, in the mean face, behind which teeth stand as they do in
    the mean face. Fitted with it (.389), and less since photos whose lower lip hides the edges
    count, too: with those of 165 portraits and 289 photos of UTKFace as lower bounds, teeth stand
    0 and .013 lower. Of .379 and this, smiles that were shut and opened again are nearer to real
    ones with this (docs/tuning.md, where teeth stand)."""

    strays: float = 0.045
    """How far teeth stand higher or lower at most where the photo shows none: 1.6 standard
    deviations of what those photos show."""

    behind_own: float = 0.012
    """How much higher teeth are drawn than a photo's own, which lie over them; smaller shows the
    edges of drawn ones below them, larger makes teeth short where a photo's own give way. By
    eye."""

    hidden_lower: float = 0.01
    """How much lower than the edge of a lower lip that hides them teeth have to be expected until
    they are drawn longer than the photo shows them; smaller shows drawn teeth below a photo's own,
    which they do not line up with. By eye."""

    own_strays: float = 0.07
    """How far teeth stand higher or lower at most where the photo shows some; what lies farther off
    was taken for teeth by mistake."""

    behind_lip: float = 0.02
    """How far teeth end above the edge of an upper lip that hides them; smaller leaves those at the
    sides of the arch seen. By eye."""

    grown: float = 0.8
    """Height from the root of the nose to the chin, at rest, from which a face is no child's. Means
    of 5,459 faces of UTKFace: .74 below 3 years, .76 below 7, .79 below 13, .83 beyond, where it
    deviates by .03: at .82 adults with low faces had children's teeth twice as often."""

    infant: float = 0.74
    """Height below which a face is a small child's in full."""

    infant_by: tuple[float, ...] = (-88.16, -30.91, 25.42, 24.46, -31.42, 153.4, -79.02)
    """What 1 and the lengths of teeth.INFANCY, in widths of the face, count in the log odds that a
    face is an infant's. Fitted by scripts/fit_infants.py: three in four faces of a year, half of
    two years and one in a hundred of seven to twelve lie beyond the first of `infancy`."""

    infancy: tuple[float, float] = (1.5, 3.0)
    """Log odds from which teeth are short, as of an infant, and from which they are as short as
    they get; smaller takes the teeth of older children. By eye."""

    hidden_crown: float = 0.9
    """Share of the crowns of an infant that has not come through the gums; 0 gives babies the teeth
    of adults. By eye."""

    rise_of_child: float = 0.03
    """By how much a small child's teeth stand higher than the lip says. Fitted to the faces of
    `follows_lip` (.02: 11 held-out children's edges are .0204 off with it, .0223 without), and as
    much more as adults' teeth stand lower since."""

    child_shade: float = 0.22
    """Share of its light that a small child's mouth has less of: small mouths let less in. Measured
    on 49 mouths of children of UTKFace from 3 to 12 years, none held out, that were shut and opened
    again: teeth are 4.0 L* too light with .12, 2.3 with .2 and 1.1 with .25; given to teeth alone,
    grey ones before a bright tongue, .3 leaves 1.7 and a mean error that is larger by 1 of 255."""

    arch: float = 1.15
    """Times as broad as the ICT model's that arches are beside the canines; larger fills corners
    of smiles with teeth. Of 14 held-out mouths that were shut and opened again the mean error
    between the lips, of 255, is 37.3 with 1, 35.3 with 1.12 and 34.7 with 1.2; less than that, by
    eye. A small child's is not broadened: 11 children's mouths were 2.2 worse with it."""

    broader: float = 0.07
    """By how much teeth are broader or narrower than the mean face's at most. Their standard
    deviation (teeth_width.py) is .06 on 24 portraits and .08 on 22 of UTKFace, the mean 1.02 and
    .98."""

    gap: float = 0.04
    """Share of a tooth's breadth that is free beside it at most; larger parts teeth. By eye."""

    whiter: float = 0.045
    """By how much the green of teeth is more or less at most; larger is whiter, and yellower. By
    eye: a shade or so of a dentist's guide."""

    tint: tuple[float, float, float] = (0.6, 1.0, 1.6)
    """Shares of that which red, green and blue take; more blue makes darker teeth yellower."""

    usual: tuple[float, ...] = (0.267, 0.198, 0.259, 0.656, 0.709, 0.367)
    """Mean lengths of the proportions that tell faces apart (teeth.PROPORTIONS), of 831 faces of
    UTKFace from 20 to 40 years."""

    deviation: tuple[float, ...] = (0.022, 0.011, 0.015, 0.024, 0.023, 0.023)
    """Their standard deviations."""


OWN_TEETH = OwnTeethSettings()
TOOTH_WIDTH = ToothWidthSettings()
TEETH = TeethSettings()
