"""The first-order generator: detector, dense motion and painter in one network."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.keypoints import KeypointDetector, Keypoints
from ganimate.networks.first_order.layers import (
    ConvBlock,
    DownBlock,
    ResidualBlock,
    UpBlock,
    sample,
)
from ganimate.networks.first_order.motion import DenseMotion, MotionNetwork


class Reenactment(NamedTuple):
    """A source, moved as a driving picture is.

    Attributes:
        picture: (n, 3, s, s) in [0, 1].
        painted: (n, 3, s, s) in [0, 1], what the painter made; the picture itself without skips.
        deformed: (n, 3, s, s) in [0, 1], the source's own pixels, moved and not painted.
        field: (n, s, s, 2) in [-1, 1], the place in the source that each pixel comes from.
        shown: (n, 1, s, s) in [0, 1], 0 where the source does not show what is there.
        source: keypoints of the source.
        driving: keypoints of the driving picture.
        motion: from the one to the other.
    """

    picture: Tensor
    painted: Tensor
    deformed: Tensor
    field: Tensor
    shown: Tensor
    source: Keypoints
    driving: Keypoints
    motion: DenseMotion


class FirstOrderGenerator(nn.Module):
    """Moves a source picture by keypoints, and paints what it does not show (section 3.2)."""

    def __init__(self, config: FirstOrderConfig) -> None:
        super().__init__()
        self.config = config
        self.detector = KeypointDetector(config)
        self.motion = MotionNetwork(config)
        widths = [
            min(config.most_channels, config.channels * 2**i) for i in range(config.halvings + 1)
        ]
        self.stem = ConvBlock(3, widths[0], 7)
        self.down = nn.ModuleList(DownBlock(one, next_) for one, next_ in pairwise(widths))
        self.trunk = nn.ModuleList(ResidualBlock(widths[-1]) for _ in range(config.blocks))
        self.up = nn.ModuleList(
            UpBlock(widths[i + 1], widths[i]) for i in reversed(range(config.halvings))
        )
        self.head = nn.Conv2d(widths[0], 3, 7, padding=3)

    def forward(self, source: Tensor, driving: Tensor) -> Reenactment:
        """Move sources as driving pictures are, both (n, 3, s, s) in [0, 1]."""
        return self.animate(source, self.detector(source), self.detector(driving))

    def animate(self, source: Tensor, from_: Keypoints, to: Keypoints) -> Reenactment:
        """Move sources from their keypoints to others.

        Args:
            source: (n, 3, s, s) in [0, 1].
            from_: keypoints of the source.
            to: keypoints that the picture shall have.
        """
        motion = self.motion(source, from_, to)
        x = self.stem(source)
        for down in self.down:
            x = down(x)
        height, width = x.shape[2:]
        x = sample(x, _resize_field(motion.field, height, width))
        x = x * _resize(motion.occlusion, height, width)  # Eq. 8
        for block in self.trunk:
            x = block(x)
        for up in self.up:
            x = up(x)
        painted = self.head(x).float().sigmoid()
        height, width = source.shape[2:]
        field = _resize_field(motion.field, height, width)
        shown = _resize(motion.occlusion, height, width)
        deformed = sample(source, field)
        return Reenactment(
            picture=painted + shown * (deformed - painted) if self.config.skips else painted,
            painted=painted,
            deformed=deformed,
            field=field,
            shown=shown,
            source=from_,
            driving=to,
            motion=motion,
        )


def _resize(maps: Tensor, height: int, width: int) -> Tensor:
    """Maps (n, c, h, w) at another size.

    The centres of corner pixels stay where they are, as coordinates count: no motion stays none.
    """
    if maps.shape[2:] == (height, width):
        return maps
    return F.interpolate(maps, (height, width), mode="bilinear", align_corners=True)


def _resize_field(field: Tensor, height: int, width: int) -> Tensor:
    """A field (n, h, w, 2) at another size."""
    return _resize(field.permute(0, 3, 1, 2), height, width).permute(0, 2, 3, 1)
