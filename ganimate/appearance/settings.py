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
class LashSettings:
    """The line of the lashes of lids that shut."""

    width: float = 0.01
    """Breadth of the line as a share of the face's width; larger is mascara. By eye
    (docs/tuning.md, lashes): without a line a shut eye looked half made, and the detector read it
    as two thirds shut."""

    darkening: float = 0.65
    """Share of the light that the line takes, before it is softened; larger is darker. By eye
    (docs/tuning.md, lashes)."""

    full_at: float = 0.6
    """Share by which an eye has shut when the line is there in full; larger lets it come later. By
    eye: an open lid hides its lashes before the dark of the eye."""

    softness: float = 0.6
    """Standard deviation of the line's blur over its breadth; larger is softer and fainter. By
    eye."""


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

    teeth: RGB = (236.0, 228.0, 214.0)
    """Colour of teeth in full light, of 255, on a face of `skin_brightness`. By eye
    (docs/tuning.md, light of the mouth)."""

    flesh: RGB = (210.0, 130.0, 125.0)
    """Colour of gums, tongue and palate in full light, of 255. By eye, after
    (176, 98, 96)."""

    cavity: RGB = (36.0, 20.0, 18.0)
    """Colour of what is deeper than all that is drawn, of 255; larger lets throats glow. By eye: a
    dark red, after a grey of 26."""

    light_direction: tuple[float, float, float] = (0.0, -0.45, -0.9)
    """Where the light comes from: x to the picture's right, y down, z away. From the viewer's side,
    above. By eye."""

    ambient: float = 0.45
    """Share of the light that reaches what faces away from it; larger draws flatter teeth. By
    eye."""

    darkening: float = 4.5
    """How fast a mouth darkens inwards: light falls by e over 1 / darkening of the face's width;
    larger leaves the front teeth alone. By eye (docs/tuning.md, darkening of the mouth)."""

    cheek_darkening: float = 4.0
    """How fast it darkens sideways, in the same unit; 0 lets the sides of the arch, lower molars
    above all, stand out grey in the corners of wide mouths. By eye."""

    front: float = 0.06
    """Distance from the middle from which it darkens sideways; larger leaves more teeth in full
    light. By eye."""

    reddens_below: float = 0.35
    """Share of the light below which what is drawn reddens, since light that comes from flesh is
    red; larger draws redder mouths. By eye."""

    reddening: float = 0.5
    """Exponent by which green and blue go first there; larger is redder. By eye."""

    back_teeth: float = 0.06
    """Distance behind the foremost lower teeth from which others are not drawn; larger lets them
    stand in turned mouths as a grey block, for tongue and cheeks are not there to hide them. By
    eye."""

    gum_lines: tuple[float, float] = (0.3, 0.475)
    """Height above which an upper tooth, and below which a lower one, is its root and drawn as gum:
    gums of the ICT model have holes that roots fill. By eye: the edges of its gums."""

    skin_brightness: float = 150.0
    """Mean of the skin about the nose, of 255, on which a mouth has the colours above; larger draws
    darker mouths. By eye (docs/tuning.md, light of the mouth)."""

    brightness_range: tuple[float, float] = (0.3, 1.2)
    """Least and most light on a mouth, as shares of that under which it has the colours above; a
    wider range follows the skin further into the dark and into the light. By eye."""

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
class MouthColourSettings:
    """What painted teeth and flesh may look like.

    Medians over 1,069 photos of open mouths: (R - G) / R is .11 to .14 on teeth and .3 on gums.
    """

    teeth_redden: tuple[float, float] = (0.04, 0.13)
    """(R - G) / R that teeth have at least and at most; a larger maximum lets teeth be pink. The
    most: measured on those photos. The least: without it teeth turned yellow in training."""

    teeth_yellow: float = 0.12
    """(G - B) / G that teeth have at most; larger lets them be yellow. By eye, when they turned
    yellow in training."""

    flesh_reddens: float = 0.28
    """(R - G) / R that flesh has at least; smaller lets corners of mouths be olive. A little below
    the median of gums on those photos."""

    pale: float = 0.15
    """(R - G) / R below which a drawing shows teeth: between what MouthSettings draws teeth and
    flesh with, .03 and .38."""

    teeth_shaded: float = 0.45
    """Share of a drawing's brightness that painted teeth have at least; smaller lets black stand
    between teeth. By eye."""

    gums_shaded: float = 0.7
    """Share of a drawing's brightness that painted flesh has at least; smaller lets laughs that
    bare gums have black notches. By eye."""

    glows: float = 1.5
    """Times a drawing's brightness that paint has at most, `glow` aside; larger lets tongues and
    hindmost teeth be as bright as those in front. By eye."""

    glow: float = 25.0
    """Levels of 255 that paint may be brighter by beyond that, so that dark parts are not bound too
    tightly. By eye."""

    lip_covers: int = 3
    """Pixels of a generator's window that lips may reach over what is drawn; larger leaves more of
    the rim unbounded. By eye."""


GAINS = GainSettings()
LASHES = LashSettings()
CREASES = CreaseSettings()
INNER_MOUTH = MouthSettings()
MOUTH_COLOURS = MouthColourSettings()
