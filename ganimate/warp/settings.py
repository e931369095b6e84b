"""The tuned numbers of the warp, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MeshSettings:
    """The mesh around the landmarks, and when an opening counts as shut."""

    ring_sizes: tuple[float, ...] = (1.15, 1.4, 1.7)
    """Sizes of the rings around the face over that of its oval; a larger outermost one takes more
    of the hair and the background along, a smaller one tears at the outline. By eye. How many they
    are is part of the shipped mesh (N_RINGS)."""

    ring_shares: tuple[float, ...] = (0.6, 0.12, 0.0)
    """Share of the oval's motion that each ring takes over; larger lets the hair go along with an
    expression. 0 at the last: what lies beyond stays as it is. By eye."""

    turn_shares_upper: tuple[float, ...] = (1.0, 0.6, 0.0)
    """Share of a turn of the head that each ring takes over beside the forehead; larger turns
    more of the hair with the head. By eye: hair goes along."""

    turn_shares_lower: tuple[float, ...] = (0.8, 0.25, 0.0)
    """Share of a turn of the head that each ring takes over below the chin; larger takes the neck
    along, which stays behind when a head turns. By eye."""

    shut: float = 0.004
    """Height, as a share of the face's width, below which an opening counts as shut; larger lets
    parted lips pass for shut ones. Half a pixel of a 128 px crop, which landmarks are not exact
    to."""


@dataclass(frozen=True)
class WarpSettings:
    """What of a warped face the photo does not know, and how smooth the warp is."""

    stretch_known: float = 1.25
    """Times its height up to which an opened mouth still shows what the photo showed; larger keeps
    more of the photo's own teeth, stretched. By eye."""

    stretch_unknown: float = 2.0
    """Times its height from which an opened mouth is painted altogether. By eye."""

    narrow_known: float = 1.15
    """Times that a mouth may narrow and keep the photo's teeth, a little narrower; larger squeezes
    them. By eye."""

    narrow_unknown: float = 1.4
    """Times that a mouth narrows from which its teeth are painted altogether: teeth do not narrow.
    By eye."""

    fallen_known: float = 1.0
    """How far the upper lip may come down and carry along what the photo shows between lips, as a
    share of the face's width; farther than lips come, since most photos show no teeth there."""

    fallen_unknown: float = 2.0
    """How far it has come down when all between the lips is painted. As above."""

    fallen_apart: tuple[float, float] = (0.016, 0.03)
    """Mean distances of the lips, as shares of the face's width, from which that sets in, and from
    which it counts in full; less paints holes between lips that almost shut. By eye."""

    lids_unknown: float = 1.15
    """Times its height from which all that an opened eye uncovers is painted; larger keeps the lid
    of the photo where an eye should be. By eye."""

    rim: float = 0.015
    """How far beyond the edges of an opened mouth the lips are painted, as a share of the face's
    width: pressed lips do not show where they turn inwards, and in training what a coarse grid
    leaves of teeth there would give the answer away. Larger paints more of the lips. By eye
    (docs/tuning.md, the rim of an opened mouth)."""

    rim_of_height: float = 0.5
    """The same, at most, as a share of the height of the mouth; larger draws teeth over lips that
    have hardly parted, which read as parted far and are shut for it. By eye."""

    touching: float = 0.01
    """Distance of lips, as a share of the face's width, below which they have met, and nothing of
    the teeth is left between them; larger shuts lips that are still parted. By eye."""

    smoothing: int = 3
    """Side of the square of grid pixels that the field of skin is averaged over, and width of the
    strips along lids and lips that are left out of it; larger hides the facets of the mesh and
    blurs the motion. By eye: the least there is."""

    slit_finer: int = 4
    """Times as finely as the grid that mouths which hardly open are looked at; smaller breaks their
    teeth into pieces."""

    slit_covers: float = 0.4
    """Share of a pixel that such a mouth takes up from which the pixel is within it; larger draws
    nothing in narrower slits. By eye (docs/tuning.md, the rim of an opened mouth)."""

    softening: int = 3
    """Side of the square of pixels that the mask of an opened mouth is averaged over; larger makes
    its border softer. The least that hides the stairs of a mask, which would be painted."""


@dataclass(frozen=True)
class DisplacementSettings:
    """How skin gives way where the mean motion of many faces would not do for this one."""

    brow_lift: float = 0.11
    """How far brows rise at most, as a share of the face's width, some 15 mm: rises come nearer to
    it by tanh and never reach it. Larger lets low brows that stop frowning and rise at once rise
    beyond what skin can do. By eye (docs/tuning.md, the lift of brows). A hard limit of .095, which
    was there before, stood still in four frames of five of a low-browed driver."""

    brow_fall_bend: float = 4.0
    """How suddenly brows that come down slow down before the lids' second row, which they never
    reach: of a fall x, in parts of their distance from it, x / (1 + x^4)^(1/4) is left. Smaller
    slows ordinary frowns down, too, larger presses the skin between into a bright line. By eye, and
    by what is read of frowns (docs/tuning.md, the fall of brows)."""

    least_gap: float = 0.01
    """Distance of a brow from the lids' second row, as a share of the face's width, that counts at
    least; smaller keeps brows up that are read on the lids, as low ones and rims of glasses are. By
    eye."""

    on_brow: float = 0.034
    """Distance of the lid's third row from its brow, as a share of the face's width, below which
    that row lies on the hair of a low or bushy brow, or on the rim of glasses, and rises as the
    brow does; larger lifts more lids. By eye."""

    off_brow: float = 0.05
    """Distance from which that row lies on skin and moves by itself, as a share of the face's
    width. By eye."""

    over_brow: tuple[float, float] = (0.03, 0.06)
    """Distances of the row over a brow from it, as shares of the face's width, up to which that
    comes down with the brow, and from which it moves by itself; larger lowers the forehead, smaller
    draws the hairs of raised brows out. By eye."""

    under_brow_shares: tuple[float, ...] = (0.7, 1.0, 1.0, 1.0, 0.7)
    """How much of the brow's rise that row takes over at each of its columns, in full under the
    middle of the brow. By eye."""

    lid_divisor: float = 3.0
    """The row between that one and the lashes takes over 1 / lid_divisor of its rise; larger
    stretches the skin right under the brow more, and that above the lashes less. By eye: so the
    lid unfolds evenly."""

    lid_fall: float = 0.09
    """How far lower lids fall at most, as a share of the eye's width: falls come nearer to it by
    tanh, and never reach it. In clips of eleven people the heights of their lower lids differ by
    .03 to .1, in eight frames of ten, at rest and squinting; edits that end a squint asked for up
    to .13, and bared skin that is read as eye. At .06, AUs of lids were read farther from what was
    asked (AU45 .070, before .059)."""

    held_middle: float = 0.0
    """Distance from the middle of the face, in halves of the mouth's width, up to which lips and
    chin hold still as one side moves. By eye."""

    free_corner: float = 1.0
    """Distance from which they move in full, as the corner does. By eye."""

    lip_growth: float = 0.75
    """Share of its height by which a lip grows at most: growth comes nearer to it by tanh, and
    never reaches it. Units add their heights, so that the thin lips of a broad smile would grow to
    1.9 times. Measured on 400 pairs of frames of eleven people, smiling and not: upper lips grow by
    .29, .38 their deviation; at .35, .5, .7 and without a limit landmarks of mouths are equally
    near to the real ones. By eye, and by what is read of lips that shut: .5 reads as tightened
    (docs/tuning.md, lips that shut)."""

    jaw_from: float = 0.06
    """How far the lower lip comes up without the chin, as a share of the face's width; smaller
    lifts the chins of smiles that go. By eye."""

    jaw_full: float = 0.12
    """How far it has come up when the chin goes all the way along; larger leaves the lip of a wide
    mouth that shuts drawn out. By eye."""

    chin_breadth: tuple[float, float] = (0.14, 0.5)
    """How far from the middle the chin goes along in full, and no more, as shares of the face's
    width; more lifts the angles of the jaw, less dents its outline. By eye."""

    narrow_mouth: float = 0.34
    """Width of a mouth, as a share of the face's, below which a smile that goes narrows it ever
    less; larger leaves mouths broad. A fourth of 365 unsmiling faces of UTKFace have less; of
    smiles above .7 that were made to go, most had: .317 in the median, where real ones have
    .352."""

    narrowest_mouth: float = 0.3
    """Width that it never narrows it to. A tenth of those faces have less."""

    fringe: float = 0.8
    """Share of the lips' motion that the skin beside their far corner takes over where a head is
    turned; larger moves lips that are not read, and crowds the skin beyond. By eye."""

    fringe_from: float = 12.0
    """Degrees to either side from which on it does; smaller changes faces whose lips are read to
    their end. By eye."""

    fringe_full: float = 28.0
    """Degrees to either side at which it does in full. By eye."""

    flat: float = 0.5
    """Share of its area below which a pressed triangle of the chin takes its vertices along with
    their neighbours; larger spreads a lowered lip over more of the chin. By eye: unfolding only
    what had turned over made landmarks jump."""

    unfold_rounds: int = 6
    """Times that the vertices of the chin are moved towards their neighbours, 0 for never; more
    unfold more, and take longer. By eye, on lower lips drawn down past the chin's first row."""

    speck: float = 3e-5
    """Area of a triangle, as a share of the face's width squared, below which it may turn over:
    nobody sees it."""

    edge_on: float = 1.5
    """Times its area from which a triangle at the face's border is kept from unfolding by a turn of
    the head; larger draws the outline's mixed pixels out over the cheek. By eye."""

    edge_on_full: float = 2.5
    """Times its area from which it is kept in full. By eye; at a turn of 12 degrees the border of
    the example face stretches at most .55 times as much as it would (tests/face/test_head.py)."""

    border_rounds: int = 12
    """Times that the vertices of the border are moved towards their neighbours; more hold it
    better, and take longer. By eye."""

    sliver: float = 2e-4
    """Added to the areas of triangles at the border, as a share of the face's width squared, since
    slivers that are seen edge-on have none; larger lets them unfold further."""

    follow: float = 0.5
    """Share of the way to its neighbours that a vertex goes in a round; larger is quicker and may
    swing."""


@dataclass(frozen=True)
class OutlineSettings:
    """How what lies behind the outline of a turned face goes along with it."""

    jump_from: float = 0.008
    """Jump of the field at the outline, as a share of the face's width, from which on what lies
    behind goes along; larger leaves small rags. Above what fields of faces seen from the front
    have (docs/tuning.md, the outline of a turned face)."""

    jump_full: float = 0.016
    """Jump from which it goes along in full, as a share of the face's width. By eye."""

    reach: float = 0.2
    """How far from the outline the background still moves, as a share of the face's width; larger
    bends more of it, smaller squeezes it. By eye."""

    slope: float = 2.5
    """Times the jump that this reaches at least; below 1.5 the background would fold."""

    turn_from: float = 0.02
    """How far landmarks move by a turn of the head, as a share of the face's width, from which on
    the background goes along with the outline less; larger draws cheeks out beside a face that
    turns away. Some two degrees. By eye."""

    turn_full: float = 0.06
    """How far from which on it does not at all. Some six degrees. By eye."""

    even: float = 0.05
    """Half the side of the square over which what goes along is averaged, as a share of the face's
    width; larger hides where parts of the outline move apart, and lets the edge itself come loose.
    By eye."""


MESH = MeshSettings()
WARP = WarpSettings()
DISPLACEMENT = DisplacementSettings()
OUTLINE = OutlineSettings()
