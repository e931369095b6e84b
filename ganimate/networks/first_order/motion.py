"""Dense motion: from keypoints of two pictures to where each pixel comes from (section 3.2)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.keypoints import Keypoints, invert, multiply
from ganimate.networks.first_order.layers import (
    Hourglass,
    Shrink,
    draw_heat_maps,
    make_grid,
    sample,
)


class DenseMotion(NamedTuple):
    """Where a driving picture's pixels lie in the source.

    Attributes:
        field: (n, h, w, 2) in [-1, 1], the place in the source; Eq. 7, the backward flow.
        occlusion: (n, 1, h, w) in [0, 1], 0 where the source does not show what is there.
        masks: (n, k + 1, h, w), whose sum over the keypoints and the background is 1.
    """

    field: Tensor
    occlusion: Tensor
    masks: Tensor


def compute_sparse_motions(
    source: Keypoints, driving: Keypoints, height: int, width: int
) -> Tensor:
    """Eq. 4: about each keypoint, where a pixel z of the driving picture comes from.

    T(z) = p_source + J (z - p_driving), J = J_source J_driving^-1 (Eq. 5); the first motion is the
    background's, which holds still.

    Args:
        source: keypoints of the source, n times k.
        driving: keypoints of the driving picture.
        height: of the motions, pixels.
        width: of the motions, pixels.

    Returns:
        (n, k + 1, height, width, 2).
    """
    grid = make_grid(height, width, source.places)
    away = grid - driving.places[:, :, None, None]  # (n, k, h, w, 2)
    turn = multiply(source.jacobians, invert(driving.jacobians))[:, :, None, None]
    moved = (turn * away[..., None, :]).sum(-1) + source.places[:, :, None, None]
    still = grid.expand(len(moved), 1, -1, -1, -1)
    return torch.cat([still, moved], dim=1)


class MotionNetwork(nn.Module):
    """Combines the motions of keypoints into one, and finds what the source does not show."""

    def __init__(self, config: FirstOrderConfig) -> None:
        super().__init__()
        self.variance = config.variance
        self.shrink = Shrink(3, config.shrink)
        self.hourglass = Hourglass(
            4 * (config.keypoints + 1),
            config.motion_channels,
            config.levels,
            config.most_hourglass_channels,
        )
        self.mask = nn.Conv2d(self.hourglass.width, config.keypoints + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.width, 1, 7, padding=3)

    def forward(self, source: Tensor, from_: Keypoints, to: Keypoints) -> DenseMotion:
        """Find the motion that takes a source to a driving picture.

        Args:
            source: (n, 3, s, s) in [0, 1].
            from_: its keypoints.
            to: the keypoints of the driving picture, which is not seen.
        """
        small = self.shrink(source)
        height, width = small.shape[2:]
        motions = compute_sparse_motions(from_, to, height, width)
        seen = torch.cat(
            [self._draw_changes(from_, to, height, width), deform_each(small, motions)], 2
        )
        features = self.hourglass(seen.flatten(1, 2))
        masks = self.mask(features).float().softmax(1)
        field = (masks[..., None] * motions).sum(1)  # Eq. 7
        return DenseMotion(field, self.occlusion(features).float().sigmoid(), masks)

    def _draw_changes(self, from_: Keypoints, to: Keypoints, height: int, width: int) -> Tensor:
        """Eq. 6: the driving picture's heat maps less the source's, (n, k + 1, 1, h, w)."""
        after, before = (
            draw_heat_maps(one.places, height, width, self.variance) for one in (to, from_)
        )
        change = after - before
        return torch.cat([torch.zeros_like(change[:, :1]), change], 1)[:, :, None]


def deform_each(picture: Tensor, motions: Tensor) -> Tensor:
    """Deform a picture (n, 3, h, w) by each motion (n, m, h, w, 2): (n, m, 3, h, w)."""
    n, m, height, width, _ = motions.shape
    repeated = picture[:, None].expand(-1, m, -1, -1, -1).flatten(0, 1)
    return sample(repeated, motions.flatten(0, 1)).view(n, m, -1, height, width)
