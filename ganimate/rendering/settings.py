"""The tuned numbers of rendering, each with its unit, its effect and its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FrameSettings:
    """How a frame's warps are laid out on their grids."""

    margin: float = 0.4
    """Share of the crop's side that the warp's grid reaches beyond it, so that the outermost ring
    of the mesh lies within; larger wastes time."""

    slit_margin: float = 0.2
    """Share of the longer side of an eye's or the lips' box, around it, over which their finer
    warp fades out; by eye (docs/tuning.md, finer warps)."""

    finer: float = 2.0
    """Pixels of that finer warp for one of the photo; fewer leave stairs at the edges of lids on
    small photos (docs/tuning.md, finer warps)."""

    finest: float = 12.0
    """Pixels of that finer warp for one of the coarse grid, at most; larger is sharper at lids on
    large photos, and slower. By eye: as fine as a photo whose face is 1,200 px wide."""

    finest_mouth: int = 1200
    """Pixels of a drawn mouth for the face's width, at most; larger is crisper on very large faces,
    and takes longer once a face: .1 s at 320, 1 s at this."""


@dataclass(frozen=True)
class PaintSettings:
    """How what the generator paints is laid over the photo."""

    batch: int = 8
    """Frames planned, and windows painted, at once; more would only delay the first frame."""

    feather: float = 0.05
    """Share of a window's side over which paint fades out towards its border; by eye."""

    detail_from: float = 0.5
    """Attention from which all of the photo's fine detail stays; 1 is Eq. 1 on every photo, lower
    keeps more of skin and beard under thin paint. By eye (docs/tuning.md, detail)."""


@dataclass(frozen=True)
class FineEyeSettings:
    """How what lids uncover is painted on photos that are finer than the generator's crop."""

    finer: float = 1.3
    """Pixels of the photo for one of the crop from which eyes are painted so; below, the steps of
    the crop's pixels are not seen. By eye."""

    full: float = 0.99
    """Share of a pixel of the crop that is between the lids from which its paint is the eye's."""

    reach: float = 1.5
    """Standard deviation of what paint is drawn on with beyond these, in pixels of the crop; larger
    takes more of it from within the eye, smaller from its border alone. By eye."""

    least: float = 1e-3
    """Share of paint within that reach below which it fades out."""


@dataclass(frozen=True)
class EmotionPaintSettings:
    """How what a StarGAN paints is laid over the photo."""

    reach: float = 0.02
    """How far the paint reaches beyond the outline of the face, of the picture's side; larger
    paints hair and hats, smaller cuts a jaw off that drops. By eye (docs/tuning.md, a painted
    face)."""

    fade: float = 0.12
    """Share of the picture's side over which paint fades out at the outline; larger is softer and
    reaches further in. By eye (docs/tuning.md, a painted face)."""

    detail_until: float = 24.0
    """Change of a region, of 255, up to which the photo stays below the change; larger keeps more
    skin, and more of the lines of what was there. By eye (docs/tuning.md, a painted face)."""

    detail_gone: float = 72.0
    """Change of a region, of 255, from which the painting replaces the photo; larger lets the old
    mouth show through the new one. By eye (docs/tuning.md, a painted face)."""

    region: float = 0.02
    """How far around a pixel a change counts, of the picture's side; larger replaces the photo in
    larger patches. By eye."""

    appear: float = 0.3
    """Share of the way over which paint appears where nobody knows what labels the photo has;
    smaller is more abrupt, larger shows photo and paint as a double picture for longer. By eye."""

    finest: int = 256
    """Side to which pictures are enlarged smoothly before they are laid over a larger photo,
    pixels; larger takes more time, and shows no more."""


@dataclass(frozen=True)
class ReenactmentSettings:
    """How a first-order model's squares are painted and pasted back."""

    batch: int = 4
    """Frames that are painted together; more take more memory. Measured: 1, 2, 4 and 8 take 34, 32,
    24 and 21 ms a frame of 128 px on one core."""

    feather: float = 0.12
    """Share of the square's side over which paint and motion fade out; larger hides the seam of a
    head that moves, and lets the photo's own hair and shoulders stand still beside the moved ones.
    Measured: the widest that follows as much of the driver's motion as any (docs/tuning.md, a
    reenacted face)."""


@dataclass(frozen=True)
class CompositorSettings:
    """How a frame is composed."""

    strip: int = 256
    """Rows of the photo composed at a time: memory grows with it, speed hardly."""


@dataclass(frozen=True)
class DrawnOutSkinSettings:
    """How the skin of lids that shut is smoothed, or of lips; here as lids have it."""

    stretch: tuple[float, float] = (1.5, 3.0)
    """Times that skin is drawn out from which it is smoothed, and from which it is in full; larger
    leaves streaks, smaller smooths skin that is nearly as in the photo. By eye (docs/tuning.md,
    smooth lids)."""

    across: float = 0.15
    """Standard deviation of what is averaged, as a share of the breadth of eye or mouth; larger
    takes the shade of a lid away with the streaks. By eye."""

    facets: float = 0.06
    """Softness, across, of what is smoothed, as a share of that breadth; larger smooths skin beside
    it, smaller shows the triangles of the mesh. By eye."""

    row: float = 0.8
    """Softness, downwards, of what is smoothed, pixels: about a row; larger blurs the edges of
    lids. By eye."""

    full_at: float = 0.6
    """Share by which an eye or a mouth has shut when it is smoothed in full. By eye: as lashes
    come."""

    least: float = 0.02
    """Share below which nothing is done."""


@dataclass(frozen=True)
class SoftEdgesSettings:
    """How lips and eyes are blurred in blurred photos where warp or paint leaves sharp edges."""

    breadth: float = 3.0
    """Breadth of what is blurred along the edge, in standard deviations of the photo's blur;
    smaller leaves a step between a dark and a light lip, larger blurs lips and teeth. By eye."""

    blurred_lips: tuple[float, float] = (0.0095, 0.012)
    """Deviations of a photo's blur, in widths of the face, from which lips that shut are blurred,
    and from which in full; larger leaves streaks in lips of smiles that are drawn together. By eye,
    on 19 smiles of UTKFace. Of 121 faces a quarter have more than .010, a tenth more than .0115."""

    blurred_eyes: tuple[float, float] = (0.011, 0.0135)
    """The same of eyes that open. Below, irises that the photo shows would be blurred twice; above,
    paint that is sharper than the photo stood as sparks at the lids' edges. By eye, on 14 faces
    between .0076 and .0137."""

    new: tuple[float, float] = (0.02, 0.12)
    """Shares of an open eye that the photo does not show from which it is blurred, and from which
    in full; larger leaves such sparks in eyes that hardly open. By eye."""


@dataclass(frozen=True)
class LidSettings(DrawnOutSkinSettings):
    """How the skin of lids is smoothed that shut, or whose brow rises."""

    raised: tuple[float, float] = (1.1, 1.4)
    """Times its distance from the lashes that a brow has risen to from which its lid is smoothed,
    and from which it is in full; larger leaves streaks below bushy brows. By eye."""

    darkest: tuple[float, float, float] = (0.6, 0.54, 0.51)
    """Red, green and blue of a shut lid at least, in parts of those of the skin below the eye. What
    is drawn out over it can be the shadow below a low brow, or its hairs; larger makes lids glow
    that lie in shadow. Measured: of 463 shut eyes of faces that are trained on, a tenth have less,
    half less than .81, .81 and .82."""

    hue: float = 0.6
    """Share of the hue of that skin that a shut lid has; 0 leaves grey lids in blurred photos, 1
    takes eye shadow away. Measured: those shut eyes have its hue, but for 2 less of a* and b*."""

    soft: float = 0.04
    """How softly what is lightened goes over into what is dark above it, as a share of the eye's
    breadth; smaller cuts the hairs of a low brow off in steps, larger brightens lower lids. By
    eye."""

    across_raised: float = 0.04
    """`across` of a lid whose brow rises: streaks of single hairs are narrow, and the shade of the
    lid is to stay. By eye: at .15 the lid is a flat patch."""


@dataclass(frozen=True)
class EdgeSettings:
    """How the edges of lids and lips are smoothed."""

    apart: float = 1.0
    """Pixels by which neighbours come from farther apart than they lie, from which there is an edge
    between them; larger leaves stairs, smaller looks at more pixels."""

    places: int = 3
    """Places of a pixel at an edge that are looked at, across and down; more are smoother, and
    slower."""


@dataclass(frozen=True)
class TerritorySettings:
    """How wide the transition is from one face's motion to that of a face beside it."""

    least: float = 0.15
    """Width at least, of the root of the smaller oval's area; a larger one holds more of the cheeks
    of faces that touch still, a smaller one tears them. By eye (docs/tuning.md, faces near each
    other)."""

    most: float = 0.25
    """Width at most, of the root of the smaller oval's area; with a larger one more of the hair and
    background between faces differs from what it is with one of them alone. By eye (docs/tuning.md,
    faces near each other)."""


@dataclass(frozen=True)
class CalibrationSettings:
    """How the drive of an expression is searched for on a small copy of the photo."""

    rounds: int = 6
    """Copies that are drawn and measured for one expression; each takes some 100 ms. Measured on 96
    presets of eight faces: action units are .0387 off after six, .0381 after seven, and .0388 after
    eight without `gains`."""

    step: float = 0.8
    """Share of what is missing that a round adds; larger is quicker and may swing."""

    gains: tuple[float, float] = (0.4, 1.5)
    """Least and most of an action unit that may be seen for one of its drive, by which a step is
    longer or shorter; (1, 1) takes all faces for alike. Measured on the same presets: with .25 or
    .33 as the least they are as near."""

    tells_from: float = 0.02
    """Change of a drive from which what is seen of it tells of that; smaller takes noise for it.
    Twice MediaPipe's own noise."""

    limit: float = 0.65
    """How far a drive may stray from what was asked, of an intensity; larger is more exact and
    less plausible. By eye."""

    drive_range: tuple[float, float] = (-0.2, 1.3)
    """Least and greatest intensity of a drive; a wider range shows more of what was asked. By
    eye: a face pushed beyond looks pulled, not expressive."""

    crop: int = 224
    """Side of the face's crop within the copy, pixels; larger is measured better and slower."""

    border: int = 56
    """Pixels of photo around that crop, which the detector needs."""

    anchors: int = 20
    """Expressions of a performance that are calibrated; what lies between them is interpolated."""

    apart: float = 0.2
    """Distance in the space of (17, 2) intensities below which expressions share a calibration."""

    of_change: float = 0.6
    """How far the drive of a performance may stray from its target, of what the target changes.
    Measured: larger values pull action units about for the sake of others."""

    of_mouth_change: float = 0.25
    """How far the drive of a unit around the mouth may stray from its target in any case, of the
    greatest change around the mouth: a jaw that drops pulls at a smile. Measured on driven
    clips."""

    of_rising_brows: float = 2.5
    """How far the drive of brows that rise may stray from its target, of their change: those that
    lie low move far before it is seen. Measured on driven clips."""

    beyond_frown: float = 0.15
    """How far the drive of a frown may stray from what was asked, beyond what that changes, of an
    intensity; larger draws high brows down over the lids, for they are measured as raised. By
    eye. Measured: on faces taken at random the error of AU4 is as large without the limit."""

    beyond_jaw: float = 0.3
    """How far the drive of AU26 may stray from what is asked; larger opens mouths wide, or keeps
    them shut, where the tongue or teeth are misread for a lip. By eye: of 34 jaws that were to
    drop, a third was driven by .46 and more beyond that, a fifth by .22 and more less."""

    tight_lids: float = 0.3
    """How far the drive of lids that tighten may stray from what was asked, of an intensity; larger
    draws lower lids up over the iris. Measured: on 16 faces angers are read as near to what was
    asked as with the limit of all others."""

    uneven: float = 0.1
    """Difference of what two sides of the mouth shall change, in intensity, from which the mouth is
    driven no farther than in performances. Above what two readings of an even face differ by."""

    reading_error: float = 0.06
    """Intensity that no reading is surer than; what is missing below it is left alone. Measured:
    MediaPipe's own noise is .011 to .021."""


FRAME = FrameSettings()
CALIBRATION = CalibrationSettings()
PAINT = PaintSettings()
FINE_EYES = FineEyeSettings()
EMOTION_PAINT = EmotionPaintSettings()
REENACTMENT = ReenactmentSettings()
LIDS = LidSettings()
DRAWN_OUT_LIPS = DrawnOutSkinSettings(stretch=(1.4, 2.6), across=0.06)
"""Lips that shut are smoothed less far across, for real ones have fine lines along; a smile draws
them out less. By eye: at .08 lips of sharp photos look like wax, at .04 those of coarse ones keep
streaks (docs/tuning.md, smooth lips)."""
EDGES = EdgeSettings()
SOFT_EDGES = SoftEdgesSettings()
COMPOSITOR = CompositorSettings()
TERRITORY = TerritorySettings()
