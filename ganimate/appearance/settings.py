"""The tuned numbers of what a warp cannot show, each with its unit, its effect and its source.

Those of the skin's lines stand in line_settings.py.
"""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[float, float, float]
"""Red, green and blue."""


@dataclass(frozen=True)
class GainSettings:
    """How a gain of light colours the skin."""

    tint: RGB = (0.75, 1.0, 1.1)
    """Shares of a gain that red, green and blue take; a smaller share of red makes a fold redder.
    By eye: folds of skin are ruddy, not grey."""


@dataclass(frozen=True)
class ColourLineSettings:
    """When a photo has no colours but one for each luminance."""

    side: int = 40
    """Pixels to which a face is shrunk first, since JPEG and grain have colours of their own;
    smaller loses eyes and lips."""

    steps: int = 32
    """Steps of luminance for which a colour is measured; more follow the line more closely, and
    noise, too."""

    percentile: float = 95.0
    """Percentile of pixels that have to lie near the line: JPEG strays at edges."""

    noise: float = 4.5
    """Levels of 255 by which they may stray; larger takes pale photos for monochrome ones. Measured
    on 400 faces of UTKFace: monochrome ones stray by 3.8 at most, the others by 5.6 at least."""


@dataclass(frozen=True)
class BlurSettings:
    """How the blur of a photo is measured, pixels being its own."""

    again: float = 1.0
    """Standard deviation of the blur that is added; larger measures strong blurs better, and weak
    ones worse."""

    percentile: float = 90.0
    """Percentile of gradients from which they are edges."""

    sharp: float = 1.0
    """What a sharp photo measures; larger leaves what is drawn sharper. Measured: .76 to 1.04 on
    eight sharp portraits, 1.5 on them when blurred by 1 and 2.4 when blurred by 2."""

    most: float = 8.0
    """What any photo measures at most: faces without edges tell nothing."""


@dataclass(frozen=True)
class LashSettings:
    """The line of the lashes of lids that shut."""

    width: float = 0.01
    """Breadth of the line as a share of the face's width; larger is mascara. By eye
    (docs/tuning.md, lashes): without a line a shut eye looked half made, and the detector read it
    as two thirds shut."""

    full_at: float = 0.6
    """Share by which an eye has shut when the line is there in full; larger lets it come later. By
    eye: an open lid hides its lashes before the dark of the eye."""

    bare: float = 0.25
    """Share of the lid's length, from its inner corner, along which the line comes to its full
    darkness: no lashes grow there. Larger leaves more bare. By eye: in turned heads the corner lies
    behind the nose, and a line to its end stood on the bridge."""

    softness: float = 0.6
    """Standard deviation of the line's blur over its breadth; larger is softer and fainter. By
    eye."""


@dataclass(frozen=True)
class LipLineSettings:
    """The line between lips that shut, measured on 36 portraits whose lips are."""

    width: float = 0.011
    """Breadth as a share of the face's width; larger is a slit. Portraits: half of it over .015."""

    darkening: float = 0.54
    """Share of the light that it takes, before it is softened: portraits have .5 at the line."""

    softness: float = 0.45
    """Standard deviation of its blur over its breadth; larger is softer and fainter. By eye."""

    met: float = 0.006
    """Distance of the lips, as a share of the face's width, at which the line is there in full;
    larger draws it earlier. By eye."""

    apart: float = 0.028
    """Distance beyond which there is none, and beyond which lips of the photo count as apart: lips
    that are shut in it have a line of their own. By eye."""

    moved: tuple[float, float] = (0.004, 0.02)
    """Shares of the face's width by which lips come together or apart from which their edges are as
    soft as the photo, and from which in full; smaller blurs lips that hardly move. By eye."""

    gaps: tuple[float, float, float] = (0.025, 0.05, 0.1)
    """Distances of the lips, as shares of the face's width, at which `lit` holds; between them it
    goes evenly."""

    lit: tuple[float, float, float] = (0.85, 1.25, 1.5)
    """How light what is between lips is so far apart, over the lips themselves: the 80th percentile
    of L*, teeth mostly. The first one lower darkens teeth that are nearly covered. Measured on
    3,359 faces of UTKFace and 650 portraits, in the median: within .05 of these in both."""

    shade_softness: float = 0.004
    """Standard deviation of the blur of that shade, as a share of the face's width, and how far it
    reaches beyond the lips' edges; larger shades lips. By eye."""


@dataclass(frozen=True)
class CreaseSettings:
    """How the mean shading of each action unit is laid onto a face."""

    side_blend: float = 8.0
    """Slope of the logistic curve by which the person's right becomes their left, in halves of the
    texture's width; larger parts the sides more sharply. By eye. Training shades with it, too."""

    faint: float = 0.004
    """Change of log luminance below which a crease is left out: one level of 255."""

    darkest: float = 0.35
    """Change of log luminance by which skin darkens at most; larger makes the folds of a laugh
    deeper. By eye (docs/tuning.md, creases): a fold, not dirt."""

    lightest: float = 0.05
    """Change of log luminance by which skin lightens at most, where an expression goes; larger
    fades the photo's own creases more, and would make them glow. By eye."""


@dataclass(frozen=True)
class MouthSettings:
    """How the mouth behind the lips is drawn, lit and opened.

    Lengths are shares of the face's width, positions in the mean face.
    """

    teeth: RGB = (232.5, 224.6, 210.8)
    """Colour of teeth in full light, of 255, under a light of 1. By eye, and by L* of real teeth
    (docs/tuning.md, light of the mouth)."""

    flesh: RGB = (255.0, 184.0, 178.0)
    """Colour of lower gums and the floor of the mouth in full light, of 255. By eye, after (176,
    98, 96) and, under a light that was a tenth brighter, (232, 150, 144)."""

    palate: RGB = (178.0, 125.0, 120.0)
    """Colour of upper gums and the palate, in the shade of the upper lip. Measured: where smiles of
    250 photos show what is above crowns, it has an L* of 35 to 50 and an a* of 17; drawn as lower
    gums are it had 69 and 35. Green and blue are a twelfth more since the dark reddens."""

    tongue_darkening: float = 3.2
    """How fast the tongue darkens inwards beyond all else there: light falls by e over 1 /
    tongue_darkening of the face's width; 0 draws a flat pad. Of 58 mouths that were open without a
    smile, what is seen has an L* of 24 in the upper quarter and 51 in the lower one."""

    tongue_lit: float = 0.1
    """Depth (z) from which that begins; larger lights more than the tip. By eye."""

    tongue: RGB = (255.0, 187.0, 180.0)
    """Colour of the tongue in full light, of 255; it lies deep, where less gets to. By eye
    (docs/tuning.md, wide-open mouths)."""

    tongue_follows: float = 0.7
    """Share of the jaw's way down, beyond `jaw_drawn`, that the tongue goes; 1 leaves it behind the
    lower lip and the mouth empty. By eye (docs/tuning.md, wide-open mouths)."""

    groove: float = 0.16
    """Share of the light that the groove along the tongue's middle takes; 0 leaves a pad. By eye
    (docs/tuning.md, wide-open mouths)."""

    groove_width: float = 0.01
    """Half breadth of that groove, where it is e times fainter. By eye."""

    groove_from: float = 0.06
    """Depth (z) at which the groove is there in full; the tip has none. By eye."""

    dentine: RGB = (0.0, 0.05, 0.13)
    """Shares of red, green and blue that enamel lacks beside the gums; larger is yellower. By eye:
    dentine shines through there."""

    dentine_reaches: float = 0.45
    """Share of a tooth's height over which that fades. By eye."""

    edge: RGB = (0.1, 0.07, 0.04)
    """Shares of red, green and blue that the edges of teeth lack; larger is greyer. By eye: enamel
    lets light through there."""

    edge_begins: float = 0.82
    """Share of a tooth's height from which that begins. By eye."""

    gloss: tuple[float, float, float, float] = (0.07, 0.1, 0.22, 0.06)
    """Brightness, of full light, of the highlights on teeth, lower gums, tongue and upper gums,
    which are wet; larger is wetter. By eye (docs/tuning.md, wide-open mouths)."""

    shininess: tuple[float, float, float, float] = (60.0, 30.0, 14.0, 30.0)
    """Exponents of those highlights (Blinn, 1977); larger is smaller and sharper. By eye."""

    tongue_half: float = 0.105
    """Distance from the middle to which the tongue reaches. Read off the ICT model, as are the four
    below: its tongue is one mesh with the lower gums."""

    tongue_tip: float = 0.054
    """Distance from the middle to which its tip reaches, at z = 0."""

    tongue_spread: float = 0.6
    """By how much more of that it reaches for each depth (z) inwards."""

    tongue_front: float = 0.012
    """Depth (z) at which it begins."""

    tongue_floor: float = 0.47
    """Height (y) of the floor of the mouth below it."""

    tongue_border: float = 0.012
    """How far on both sides of those limits the tongue turns into gums, as a share of the face's
    width; smaller leaves the steps of the mesh. By eye (docs/tuning.md, large mouths)."""

    cavity: RGB = (50.0, 29.0, 26.0)
    """Colour of what is deeper than all that is drawn, of 255; larger lets throats glow. By eye: a
    dark red, after a grey of 26."""

    brightest: float = 250.0
    """Level of 255 that no channel exceeds, however bright the light: photos seldom show teeth
    whiter."""

    dims_from: float = 222.0
    """Level of 255 from which brighter light adds ever less, as cameras expose; larger bleaches
    teeth to one flat white, smaller darkens bright teeth: from 200 on, those of the palest quarter
    of 200 faces came out 1.5 L* darker."""

    light_direction: tuple[float, float, float] = (0.0, -0.45, -0.9)
    """Where the light comes from: x to the picture's right, y down, z away. From the viewer's side,
    above. By eye."""

    ambient: float = 0.45
    """Share of the light that reaches what faces away from it; larger draws flatter teeth. By
    eye."""

    darkening: float = 4.5
    """How fast a mouth darkens inwards: light falls by e over 1 / darkening of the face's width;
    larger leaves the front teeth alone. By eye (docs/tuning.md, darkening of the mouth)."""

    flesh_lit: float = 0.19
    """Exponent of the light that gums and tongue get there; smaller lights what lies deep. Between
    the lips of 164 mouths that were shut and opened again the mean error is 36.4 of 255 with it and
    37.0 with .26 (tests/bench_mouths.py)."""

    most_nod: float = 4.0
    """Degrees by which a mouth nods at most; larger shows nothing but its throat, or its lower
    teeth, in heads that are held far back or forward. By eye (docs/tuning.md, mouths that nod)."""

    flesh_light: float = 1.6
    """Light that the floor of a mouth and its tongue get at most; larger lets them glow in wide
    mouths whose teeth are bright. By eye."""

    flesh_shadow: float = 1.0
    """Share of what narrow lips take of the light on flesh (PartedLipsSettings.on_flesh) that holds
    for all but infants. Their tongues lie between their lips: of 11 held-out children below 3 years
    flesh was 3.5 L* too dark without it and 10.5 with it."""

    flesh_by_lips: float = 0.9
    """By how much lighter, as a share, gums and tongue are for lips that are lighter by 1 under a
    light of 1: lips are of the same flesh. Fitted (docs/tuning.md, flesh behind lips)."""

    usual_lips: float = 0.39
    """How light lips are at which flesh is as it is drawn. Estimated: those have a level of .5 in
    the mean, under a light of 1.1 (.45); less for teeth that were darkened since."""

    flesh_differs: float = 0.25
    """Share by which flesh is lighter or darker at most; larger follows lipstick, and lips that are
    lit alone. By eye."""

    throat: float = 0.3
    """Share of the light below which flesh falls off into the dark of the throat; smaller lets the
    folds of its floor be seen. By eye; .22 left the darkest tenth of 165 mouths 1 L* lighter."""

    cheek_darkening: float = 2.0
    """How fast it darkens sideways, in the same unit; 0 lets the sides of the arch, lower molars
    above all, stand out grey in the corners of wide mouths. By eye."""

    front: float = 0.09
    """Distance from the middle from which it darkens sideways; larger leaves more teeth in full
    light. By eye."""

    reddens_below: float = 0.35
    """Share of the light below which what is drawn reddens, since light that comes from flesh is
    red; larger draws redder mouths. By eye."""

    reddening: float = 0.5
    """Exponent by which green and blue go first there; larger is redder. By eye."""

    lower_light: tuple[float, float, float] = (1.25, 1.16, 1.09)
    """Times as much red, green and blue light as falls on what lies as deep that lower teeth get;
    larger lets a row stand in a mouth that is just open, ones alike make it grey. By 250 open
    mouths, in which all of .72 drew them 12 L* too dark, and by eye."""

    back_teeth: float = 0.1
    """Distance behind the foremost lower teeth from which others are as flat as the gums, and
    flesh; larger lets them stand in turned mouths as a grey block, for tongue and cheeks are not
    there to hide them. By eye: all up to the canines are teeth."""

    gums_softness: float = 0.006
    """Standard deviation of the blur of lower gums, as a share of the face's width; smaller leaves
    the outlines of those flattened teeth, larger lets gums shine through gaps. By eye."""

    gum_lines: tuple[float, float] = (0.3, 0.475)
    """Height above which an upper tooth, and below which a lower one, is its root and drawn as gum:
    gums of the ICT model have holes that roots fill. By eye: the edges of its gums."""

    crowns: float = 1.25
    """Times as long as the ICT model's that upper crowns are; smaller shows gums in smiles that
    have none. Measured on photos of smiles, drawn teeth laid with their edges on the real ones: of
    what lies .07 to .09 of the face's width above the edges a fifth is as red as gums, and with the
    model's crowns nine tenths were."""

    lip_at_rest: float = 0.43
    """Height (y) of the lower lip while the teeth touch; larger opens the jaw later. By eye: a
    little below that of the mean face, .413."""

    jaw_follows: float = 0.85
    """Share of the lower lip's way down that the lower teeth go; larger opens the jaw wider than
    the lips. By eye."""

    jaw_length: float = 0.137
    """How far the lower teeth drop when the jaw is wide open: the mean of those of the ICT model in
    the mean face."""

    jaw_widest: float = 1.2
    """How far the jaw opens at most, of its widest in the ICT model. By eye."""

    jaw_drawn: float = 0.4
    """Opening of the jaw at which its layer is drawn; from there it is moved as it is, and the
    drawing is the worse the farther. By eye."""


@dataclass(frozen=True)
class MouthShadeSettings:
    """What of a generator's paint is taken for a drawn mouth."""

    smoothness: float = 5.0
    """Standard deviation, in pixels of a generator's window, of the blur of its shade; smaller
    takes more of what it painted: bars across tongues. By eye (docs/tuning.md, wide-open
    mouths)."""

    shade_range: tuple[float, float] = (0.8, 1.1)
    """Least and most shade; a wider range is darker under the lips, and may be blotched. By eye."""

    pale: float = 0.15
    """(R - G) / R below which a drawing shows teeth: between what MouthSettings draws teeth and
    flesh with, .03 and .38."""

    lip_covers: int = 1
    """Pixels of a generator's window that lips may reach over what is drawn; larger leaves more of
    the rim to the generator. By eye."""


@dataclass(frozen=True)
class EyeHueSettings:
    """Which hues an eye may be painted with. Lengths are pixels of a generator's window."""

    reach: int = 12
    """How far about what is unknown the photo's hues count; larger takes in more of the skin, and
    leaves less to what only the eye itself shows. By eye."""

    percentiles: tuple[float, float] = (3.0, 97.0)
    """Percentiles of green and of blue over red there, between which paint keeps; wider ones let
    single pixels set the bounds. By eye."""

    dark: float = 24.0
    """Levels of 255 that are added to all three first: the hue of what is nearly black is noise."""

    fewest: int = 20
    """Pixels that say what hues there are."""

    softening: int = 5
    """Side of the square over which the bounds set in."""


GAINS = GainSettings()
BLUR = BlurSettings()
COLOUR_LINE = ColourLineSettings()
LIP_LINE = LipLineSettings()
LASHES = LashSettings()
CREASES = CreaseSettings()
INNER_MOUTH = MouthSettings()
MOUTH_SHADE = MouthShadeSettings()
EYE_HUES = EyeHueSettings()
