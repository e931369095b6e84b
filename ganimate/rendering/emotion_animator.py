"""The animator of a StarGAN: a picture of the face is painted whole, and laid over the photo.

The picture is cut as those of the data set were that the generator learnt from, and what it paints
is seen within the outline of the face. Where little changes, the photo gets the difference between
two paintings, with the labels asked for and with those that it shows itself: what the generator
cannot paint again, such as fine detail, cancels out. Where much changes, the painting replaces the
photo. A generator of grey pictures changes luminance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
import torch

from ganimate.appearance.colour_line import LUMINANCE, measure_colour_line
from ganimate.arrays import Floats, Map, Photo
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import OVAL
from ganimate.networks.device import autocast
from ganimate.networks.stargan import Framing, StarganGenerator
from ganimate.numerics import FIXED_POINT_BITS, Affine2D, fall, to_fixed_point
from ganimate.portrait import Portrait
from ganimate.rendering.compositor import feather
from ganimate.rendering.layer import Layer, Patch
from ganimate.rendering.painter import to_signed
from ganimate.rendering.settings import EMOTION_PAINT, PAINT, EmotionPaintSettings


@dataclass(frozen=True)
class EmotionFrame:
    """What a face shows in one frame.

    Attributes:
        labels: (k,) in [0, 1], the generator's condition.
        share: how much of what is painted is seen, in [0, 1]; 0 is the photo.
    """

    labels: Floats
    share: float = 1.0


class EmotionAnimator:
    """One portrait, painted by a StarGAN.

    Attributes:
        portrait: the face.
        generator: what paints.
        own: (k,) the condition that stands for the photo itself; None where nobody knows it.
        picture: (s, s, 3), what the generator sees.
    """

    def __init__(
        self,
        portrait: Portrait,
        generator: StarganGenerator,
        device: torch.device,
        own: Floats | None = None,
        settings: EmotionPaintSettings = EMOTION_PAINT,
    ) -> None:
        """Cut the picture.

        Args:
            portrait: the face, measured.
            generator: on `device`, in evaluation mode.
            device: where the generator runs.
            own: (k,) the condition that stands for the photo itself, which is never painted; None
                where nobody knows it, and paintings are compared with the picture.
            settings: how paint is laid over the photo.
        """
        self.portrait, self.generator, self._device = portrait, generator, device
        self._settings, self.own = settings, own
        config = generator.config
        size = config.size
        to_crop = fit_crop(portrait.face.landmarks, size)
        self._to_picture = frame_crop(to_crop, config.framing, size)
        cut = sample_crop(portrait.photo, self._to_picture, size)
        self._cut = cut.astype(np.float32)
        self.picture = _make_grey(cut) if config.grey else cut
        self._colour_line = measure_colour_line(cut)
        self._mask = self._draw_mask(size)
        self._base = self._cut if own is None else self.paint([own])[0]

    def layers(self, frames: Iterable[EmotionFrame]) -> Iterator[Layer]:
        """What each frame does to the photo, lazily."""
        asked = iter(frames)
        while batch := list(islice(asked, PAINT.batch)):
            painted = iter(self.paint([one.labels for one in batch if self._changes(one)]))
            for one in batch:
                patches = (self._lay(next(painted), one.share),) if self._changes(one) else ()
                yield Layer(None, patches=patches)

    def _changes(self, frame: EmotionFrame) -> bool:
        return frame.share > 0 and (self.own is None or bool((frame.labels != self.own).any()))

    @torch.inference_mode()
    def paint(self, conditions: Sequence[Floats]) -> list[Floats]:
        """Paint the picture with each of some conditions (k,).

        Returns:
            (s, s, 3) in [0, 255] for each; of a generator of grey pictures, in the photo's colours.
        """
        if not conditions:
            return []
        picture = torch.from_numpy(self.picture).permute(2, 0, 1)[None].to(self._device)
        labels = torch.from_numpy(np.stack(conditions)).float().to(self._device)
        with autocast(self._device):
            answer = self.generator(to_signed(picture).expand(len(labels), -1, -1, -1), labels)
        painted = ((answer.float() + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()
        return [self._keep_colours(one) for one in painted]

    def _keep_colours(self, painted: Floats) -> Floats:
        """The colours of a painted picture (s, s, 3) on this photo."""
        if self.generator.config.grey:
            change = (painted - self.picture) @ LUMINANCE
            return np.asarray(self._cut + change[:, :, None], np.float32)
        return painted if self._colour_line is None else self._colour_line.project(painted)

    def _draw_mask(self, size: int) -> Map:
        """Where the picture is seen, (s, s) in [0, 1]: in the face, off the picture's border."""
        outline = self._to_picture.apply(self.portrait.face.landmarks[OVAL])
        mask = np.zeros((size, size), np.uint8)
        cv2.fillPoly(mask, [to_fixed_point(outline)], (255,), shift=FIXED_POINT_BITS)
        reach = 2 * round(self._settings.reach * size) + 1
        mask = np.asarray(
            cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach,) * 2))
        )
        fade = self._settings.fade * size
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), fade / 2)
        return np.asarray(soft * feather((size, size), fade), np.float32)

    def _lay(self, painted: Floats, share: float) -> Patch:
        """Lay a painted picture (s, s, 3) over the photo, which keeps its detail where it can."""
        settings, size = self._settings, len(painted)
        change = painted - self._base
        extent = cv2.GaussianBlur(np.abs(change).max(axis=2), (0, 0), settings.region * size)
        detail = fall(extent, settings.detail_until, settings.detail_gone)[:, :, None]
        over = np.empty((size, size, 4), np.float32)
        over[:, :, :3] = detail * change + (1 - detail) * painted
        over[:, :, 3:] = 1 - detail
        over *= share * self._mask[:, :, None]
        finer = max(1, round(settings.finest / size))
        side = size * finer
        enlarged = cv2.resize(over, (side, side), interpolation=cv2.INTER_CUBIC)
        to_finer = self._to_picture.rescaled(finer, np.zeros(2))
        return Patch(to_finer, np.asarray(enlarged, np.float32))


def frame_crop(to_crop: Affine2D, framing: Framing, size: int) -> Affine2D:
    """Find the map from photo pixels to those of a picture that is cut as a data set's are.

    Args:
        to_crop: from photo pixels to those of the aligned crop.
        framing: how the data set's pictures are cut.
        size: side of the crop, and of the picture, pixels.
    """
    middle = (size - 1) / 2
    centre = middle + np.array([framing.x, framing.y]) * size
    shrink = 1 / framing.scale
    matrix = np.array(
        [[shrink, 0, middle - shrink * centre[0]], [0, shrink, middle - shrink * centre[1]]]
    )
    return to_crop.then(Affine2D(matrix))


def _make_grey(cut: Photo) -> Photo:
    """The luminance of a picture (s, s, 3), in all three channels."""
    grey = np.rint(cut.astype(np.float32) @ LUMINANCE).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
