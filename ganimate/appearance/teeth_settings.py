"""The tuned numbers of one person's teeth, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OwnTeethSettings:
    """How the upper teeth that a photo shows are found and kept."""

    dark: float = 5.0
    """Percentile of lightness between the lips that is no tooth; larger ends teeth sooner."""

    bright: float = 80.0
    """Percentile of lightness between the lips from which it is teeth, as in the light on a mouth."""

    pale: tuple[float, float] = (0.35, 0.65)
    """Shares of the way from the redness (a*) of teeth to that of lips at which pixels begin, and
    cease, to be something else; larger takes gums for teeth. By eye."""

    redder: float = 6.0
    """a* by which lips are redder than teeth at least if redness is to tell them apart; smaller
    trusts photos without colours."""

    looked_at: float = 0.06
    """Half breadth, as a share of the face's width, of the front teeth whose edges are looked for;
    larger looks at canines, too."""

    fewest_rows: int = 5
    """Rows between the lips, pixels of the crop, below which nothing is told of teeth."""

    lip_from: float = 0.85
    """Share of the way down between the lips from which the lower lip counts as near: edges that
    are not found above it are hidden by it."""

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
    """How far teeth are looked for beyond the lips' landmarks, as a share of the face's width: those
    run inside of the lips' edges. By eye."""

    stretch: float = 1.4
    """Times that teeth are stretched upwards at most where the upper lip rises off them; larger
    keeps them longer, and longer ones. By eye."""

    gives_way: float = 1.9
    """Times that they would have to be stretched from which others are drawn. By eye."""

    soft: float = 0.004
    """Standard deviation of the edges of what is kept, as a share of the face's width; larger is
    softer, and mixes lips and teeth. By eye."""


@dataclass(frozen=True)
class TeethSettings:
    """How a person's teeth differ from the mean face's. Lengths are shares of the face's width."""

    follows_lip: float = 0.7
    """How far teeth stand lower for one that the upper lip does at rest. Fitted to 112 open mouths
    of UTKFace: .93; less, since the lip of a shut mouth says more of the lip."""

    usual_lip: float = 0.389
    """Height (y) of the upper lip at rest, in the mean face, behind which teeth stand as in the
    mean face. Fitted with it."""

    strays: float = 0.045
    """How far teeth stand higher or lower at most where the photo shows none."""

    own_strays: float = 0.07
    """The same where it shows some; farther off, something else was taken for them."""

    grown: float = 0.78
    """Height from the root of the nose to the chin from which a face has grown teeth."""

    infant: float = 0.72
    """Height below which its teeth are all milk teeth."""

    milk_height: float = 0.75
    """Height of milk teeth, times that of grown ones."""

    milk_gap: float = 0.05
    """Share of a milk tooth's breadth that is free beside it; larger parts them."""

    broader: float = 0.05
    """By how much teeth are broader or narrower at most."""

    whiter: float = 0.045
    """By how much teeth are lighter or darker at most, in shares of their green."""

    gap: float = 0.05
    """Share of a tooth's breadth that is free beside it at most."""

    usual: tuple[float, ...] = (0.267, 0.198, 0.259, 0.656, 0.709, 0.367)
    """Mean lengths of the proportions that tell faces apart."""

    deviation: tuple[float, ...] = (0.022, 0.011, 0.015, 0.024, 0.023, 0.023)
    """Their standard deviations."""


OWN_TEETH = OwnTeethSettings()
TEETH = TeethSettings()
