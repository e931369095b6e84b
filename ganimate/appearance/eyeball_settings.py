"""How eyeballs are drawn: their proportions, colours and shades, each with its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EyeballSettings:
    """How eyes are drawn that a photo shows hardly anything of.

    Lengths along an eye are shares of its breadth, from corner to corner; distances from the middle
    of an iris are shares of its radius. Measured are 6,336 open eyes of UTKFace and of portraits,
    none held out, but for the proportions and the hue: these are of 1,600 eyes of portraits, whose
    pixels mix less with lids.
    """

    slit: tuple[float, float] = (0.13, 0.18)
    """Mean height of a slit over its breadth up to which the photo shows lashes rather than an eye,
    and from which it shows the eye. By eye: eyes of portraits below .15 opened as dark as lashes,
    half of those up to .18. Half of all eyes have more than .2."""

    dark: tuple[float, float] = (-20.0, -8.0)
    """L* of the brightest between the lids over what whites have in this light, up to which no
    white is seen, and from which whites are. By eye; larger draws eyes that are seen. Of eyes below
    .15 two thirds lie below the middle, of open ones one in seven."""

    shut: tuple[float, float] = (0.08, 0.12)
    """Height of a slit over its breadth up to which nothing is an eye's, however light it is, and
    from which light tells: wet lids shine. By eye."""

    alike: float = 0.06
    """Difference of the slits of both eyes up to which they count as one: larger draws both eyes
    of a wink, smaller one of a pair. By eye."""

    opened: float = 0.06
    """Height over its breadth by which an eye has opened when it is drawn in full; smaller lets it
    appear at once. By eye."""

    least: float = 0.02
    """Opacity below which an eye is not drawn: nobody would see it."""

    bright: float = 90.0
    """Percentile of lightness between the lids that tells of whites, as whites were measured."""

    lightness: tuple[float, float] = (16.8, 0.69)
    """L* of whites, and what it has for one of the skin's below the eye. Measured: mean error 8.9
    (10.4 by the skin of the whole face)."""

    red: tuple[float, float] = (-2.1, 0.48)
    """a* of whites, and what it has for one of that skin's. Measured: mean error 2.5."""

    yellow: tuple[float, float] = (-6.5, 0.75)
    """b* of whites, and what it has for one of that skin's. Measured: mean error 2.9."""

    radius: float = 0.225
    """Radius of an iris; medians of groups by how far eyes are open lie from .213 to .232."""

    middle: tuple[float, float] = (0.457, 0.068)
    """Middle of an iris: the way from the outer corner to the inner one, and above the line of
    both. Measured on open eyes: medians."""

    aside: float = 0.12
    """How far from there a look may lead along the eye: behind a slit it is a guess. Two and a half
    standard deviations of those eyes."""

    unlike: tuple[float, float] = (0.28, 0.6)
    """L* of irises as a share of that of whites, at least and at most: lashes before an eye are
    darker than it, and what shines in it is lighter. Measured: of nine in ten eyes .28 to .77, of
    portraits .25 to .66."""

    of_iris: float = 35.0
    """Percentile of lightness before an iris that counts as its own; larger turns brown eyes grey,
    for lids and skin mix into a slit, smaller darkens blue ones. By eye, on squints of five Asian
    faces and of five portraits."""

    usual_iris: tuple[float, float, float] = (0.47, 5.0, 6.0)
    """L* of an iris as a share of that of whites, a* and b*, where none is seen. Measured: medians
    of portraits."""

    seen_hue: float = 0.6
    """Share that the seen hue has in an iris' a* and b*, beside the usual one; larger gives irises
    the hue of lids and lashes. By eye."""

    most_chroma: float = 18.0
    """Chroma of an iris at most. Measured: nine in ten of portraits have less than 16."""

    pupil: tuple[float, float] = (0.3, 0.42)
    """Where the pupil's edge begins and ends. Pupils of 4 mm in irises of 12 mm."""

    pupil_light: float = 0.1
    """Share of the light of whites in a pupil. By eye."""

    rim: tuple[float, float] = (0.72, 1.0)
    """Where an iris begins to darken towards its rim, and where it is darkest. By eye."""

    rim_shade: float = 0.5
    """Share of its light that it loses there; larger rings it. By eye."""

    edge: float = 0.1
    """Breadth over which iris and white mix. By eye."""

    lit_below: float = 0.45
    """By how much an iris is lighter at its lower rim than in its middle, and darker at its upper
    one: light comes from above and leaves on the other side. By eye."""

    fibres: tuple[float, ...] = (13.0, 23.0, 37.0, 61.0)
    """How often the light fibres of an iris come round it; they are drawn where pixels are fine
    enough. By eye: none divides another, which would make a pattern."""

    fibre_pixels: tuple[float, float] = (2.0, 6.0)
    """Pixels for one fibre at the rim, up to which it is not drawn, and from which it is in
    full; fewer would make rings. By eye."""

    fibre_light: float = 0.22
    """Share of its light by which an iris is lighter and darker along them. By eye."""

    corners: float = 0.3
    """Share of its light that the white loses at the corners, where it turns away. By eye."""

    caruncle: tuple[float, float] = (0.84, 1.0)
    """Way from the outer corner to the inner one on which the white turns into red flesh. By
    eye."""

    flesh: tuple[float, float, float] = (0.86, 0.62, 0.6)
    """What is left of red, green and blue of the white there. By eye."""

    lid_shadow: tuple[float, float] = (0.65, 0.09)
    """Share of its light that an eye loses right below the upper lid, and the distance at which
    that is e times less; larger ages. By eye."""

    lower_shadow: tuple[float, float] = (0.2, 0.03)
    """The same above the lower lid. By eye."""

    glint: tuple[float, float, float] = (-0.3, -0.38, 0.17)
    """The middle of the light that shines in an iris, to the right and down as the picture lies,
    and its radius. By eye: on the same side in both eyes, or they would squint."""

    glint_edge: tuple[float, float] = (0.6, 1.4)
    """Where the edge of that light begins and ends, in its radii. By eye."""

    glint_light: float = 0.8
    """Share of white in that light. By eye."""


EYEBALL = EyeballSettings()
