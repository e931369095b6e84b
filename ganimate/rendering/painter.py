"""The painter: the one place where a generator is run, for rendering, evaluation and training.

A generator looks at windows of an aligned crop and answers with a colour mask C and an attention
mask A; the picture is (1 - A) C + A x (GANimation, Pumarola et al., ECCV 2018, Eq. 1). Between the
generator and Eq. 1 stand a gate, which lets nothing be painted where nothing is asked to change,
and, where pictures are shown or judged, bounds on the colours of drawn mouths and of eyes.
paint_windows() is what users see: rendering composes its answers onto the photo, evaluation judges
them. Training steps take paint(), the same without the bounds, which have no gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ganimate.appearance.colour_line import ColourLine
from ganimate.appearance.eye_hues import bound_hues
from ganimate.appearance.mouth_shade import mask_inside, measure_shade, shade_mouth
from ganimate.arrays import AUVector, Floats, Map, Photo
from ganimate.networks.attention import apply_gate, compose
from ganimate.networks.device import autocast
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.rendering.compositor import feather
from ganimate.rendering.window import Window


@dataclass(frozen=True)
class WindowInput:
    """What a generator is given of one window of a crop.

    Attributes:
        window: where it lies on the crop, w pixels wide.
        given: (w, w, 3) the warped crop, with a mouth drawn where the photo does not know one.
        unknown: (w, w) in [0, 1], 1 where the photo does not say what is there.
        drawn: (w, w) in [0, 1], the share of each pixel that is a drawn mouth.
        aus: (17, 2) that the window shall show.
        change: the largest change of an action unit, from the photo to the whole face.
        colour_line: what all colours lie on; None for a photo with colours.
    """

    window: Window
    given: Photo
    unknown: Map
    drawn: Map
    aus: AUVector
    change: float
    colour_line: ColourLine | None = None


@dataclass(frozen=True)
class WindowPaint:
    """A generator's answer for one window.

    Attributes:
        window: where it lies on the crop, w pixels wide.
        given: (w, w, 3) in [0, 255], what the generator was given.
        unknown: (w, w, 1) in [0, 1], 1 where the photo does not say what is there.
        attention: (w, w, 1) in [0, 1], 1 where nothing is painted.
        colour: (w, w, 3) in [0, 255].
        inside: (w, w) in [0, 1], the share of each pixel that is a drawn mouth, off the lips.
        shade: (w, w) what a drawn mouth is multiplied by there.
    """

    window: Window
    given: Floats
    unknown: Floats
    attention: Floats
    colour: Floats
    inside: Map
    shade: Map

    @property
    def result(self) -> Floats:
        """(w, w, 3) in [0, 255]: Eq. 1."""
        return self.given + (1 - self.attention) * (self.colour - self.given)


@dataclass(frozen=True)
class Painting:
    """A generator's answer for n windows, as tensors.

    Attributes:
        image: (n, 3, s, s) in [-1, 1], what it was given.
        colour: (n, 3, s, s) in [-1, 1].
        attention: (n, 1, s, s) in [0, 1], 1 where nothing is painted.
    """

    image: Tensor
    colour: Tensor
    attention: Tensor

    @property
    def result(self) -> Tensor:
        """(n, 3, s, s) in [-1, 1]: Eq. 1."""
        return compose(self.image, self.colour, self.attention)


def paint(
    generator: ActionUnitGenerator,
    image: Tensor,
    unknown: Tensor,
    aus: Tensor,
    change: Tensor | None,
) -> Painting:
    """Run a generator on windows.

    Args:
        generator: any kind; its `arguments` and `gate` say how the kinds differ.
        image: (n, 3, s, s) in [-1, 1].
        unknown: (n, 1, s, s) in [0, 1], 1 where the photo does not say what is there.
        aus: (n, 17, 2) in [0, 1].
        change: (n,) largest change of an action unit; None for no gate, as the paper trains.
    """
    with autocast(image.device):
        colour, attention = generator(*generator.arguments(image, unknown, aus))
    attention = attention.float()
    if change is not None:
        attention = apply_gate(attention, generator.gate(change, unknown))
    return Painting(image, colour.float(), attention)


@torch.inference_mode()
def paint_windows(
    generator: ActionUnitGenerator, inputs: Sequence[WindowInput], device: torch.device
) -> list[WindowPaint]:
    """Paint windows as users see them, at least one and all of one size."""
    image = to_signed(_stack([one.given for one in inputs], device).permute(0, 3, 1, 2))
    unknown = _stack([one.unknown for one in inputs], device)[:, None]
    aus = _stack([one.aus for one in inputs], device)
    change = torch.tensor([one.change for one in inputs], device=device)
    painting = paint(generator, image.contiguous(), unknown, aus, change)
    attentions = painting.attention.permute(0, 2, 3, 1).cpu().numpy()
    colours = ((painting.colour + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()
    answers = zip(inputs, attentions, colours, strict=True)
    return [_finish_window(one, attention, colour) for one, attention, colour in answers]


def _finish_window(one: WindowInput, attention: Floats, colour: Floats) -> WindowPaint:
    """What users see of a generator's attention (w, w, 1) and colour (w, w, 3) in a window."""
    inside = mask_inside(one.drawn)
    if one.drawn.any():
        shaded = shade_mouth(colour, one.given, one.drawn)
        shade = measure_shade(colour, one.given, one.drawn) if inside.any() else inside
    else:  # an eye, or lips that hardly part
        shaded, shade = bound_hues(colour, one.given, one.unknown), inside
    return WindowPaint(
        window=one.window,
        given=one.given.astype(np.float32),
        unknown=one.unknown[:, :, None],
        attention=attention,
        colour=shaded if one.colour_line is None else one.colour_line.project(shaded),
        inside=inside,
        shade=shade,
    )


def lay_paint(paint: WindowPaint, detail_from: float, border: float) -> Floats:
    """What to add to the warped photo in a window, and the share of it to drop first.

    On a photo as coarse as the crop, W (1 - drop) + add is Eq. 1. On a finer one W brings its
    detail along, except where the photo says nothing or the generator paints thickly.

    Args:
        paint: the generator's answer, of a window w pixels wide.
        detail_from: attention from which all detail stays. With 1 it is Eq. 1 on every photo, as
            it has to be where detail stays in place that the paint has moved.
        border: share of the window's side over which paint fades out.

    Returns:
        (w, w, 4).
    """
    attention = paint.attention
    detail = np.clip(attention / detail_from, 0, 1) * (1 - paint.unknown)
    over = np.empty((*detail.shape[:2], 4), np.float32)
    over[:, :, :3] = (1 - attention) * paint.colour + (attention - detail) * paint.given
    over[:, :, 3:] = 1 - detail
    side = len(over)
    over *= feather((side, side), border * side)[:, :, None]
    return over


def shade_painting(painting: Painting, drawn: Tensor) -> Painting:
    """The same painting with the colours of its drawn mouths bounded, as users see them.

    Args:
        painting: of n windows.
        drawn: (n, 1, s, s) in [0, 1], the share of each pixel that is a drawn mouth.
    """
    colours = ((painting.colour + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()
    given = ((painting.image + 1) * 127.5).round().permute(0, 2, 3, 1).cpu().numpy()
    shares = drawn[:, 0].cpu().numpy()
    clamped = [
        shade_mouth(colour, picture.astype(np.uint8), share)
        for colour, picture, share in zip(colours, given, shares, strict=True)
    ]
    colour = _stack(clamped, painting.colour.device).permute(0, 3, 1, 2)
    return replace(painting, colour=colour / 127.5 - 1)


def to_signed(pixels: Tensor) -> Tensor:
    """Pixels of 0 to 255 as numbers in [-1, 1]."""
    return pixels.float() / 127.5 - 1


def _stack(arrays: Sequence[Photo | Floats], device: torch.device) -> Tensor:
    return torch.from_numpy(np.stack(arrays)).to(device)
