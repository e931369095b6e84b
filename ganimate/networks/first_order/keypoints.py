"""Keypoints with their Jacobians, and the network that finds them (section 3.1, Eqs. 1 to 5).

A keypoint says where a part of a face lies; its Jacobian how the picture is turned and stretched
about it, from an abstract reference frame that is never seen.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganimate.networks.first_order.config import FirstOrderConfig
from ganimate.networks.first_order.layers import Hourglass, Shrink, make_grid


class Keypoints(NamedTuple):
    """Keypoints of n pictures.

    Attributes:
        places: (n, k, 2) in [-1, 1].
        jacobians: (n, k, 2, 2), d(place in the picture) / d(place in the reference frame).
    """

    places: Tensor
    jacobians: Tensor

    def detach(self) -> Keypoints:
        """The same, without gradients."""
        return Keypoints(self.places.detach(), self.jacobians.detach())


class KeypointDetector(nn.Module):
    """An hourglass with two heads: heat maps of keypoints, and Jacobians at every pixel."""

    def __init__(self, config: FirstOrderConfig) -> None:
        super().__init__()
        self.temperature = config.temperature
        self.keypoints = config.keypoints
        self.shrink = Shrink(3, config.shrink)
        self.hourglass = Hourglass(
            3, config.detector_channels, config.levels, config.most_hourglass_channels
        )
        self.heat = nn.Conv2d(self.hourglass.width, config.keypoints, 7)
        self.jacobian = nn.Conv2d(self.hourglass.width, 4 * config.keypoints, 7)
        # Every Jacobian begins as the identity.
        nn.init.zeros_(self.jacobian.weight)
        with torch.no_grad():
            assert self.jacobian.bias is not None
            self.jacobian.bias.copy_(torch.eye(2).flatten().repeat(config.keypoints))

    def forward(self, picture: Tensor) -> Keypoints:
        """Find the keypoints of pictures (n, 3, s, s) in [0, 1]."""
        return self.find(picture)[0]

    def find(self, picture: Tensor) -> tuple[Keypoints, Tensor]:
        """Find keypoints as the means of heat maps, and Jacobians as their means under these.

        Args:
            picture: (n, 3, s, s) in [0, 1].

        Returns:
            The keypoints, and the heat maps (n, k, h, w), each of which sums to 1.
        """
        features = self.hourglass(self.shrink(picture))
        scores = self.heat(features).float()
        n, k, height, width = scores.shape
        heat = (scores.flatten(2) / self.temperature).softmax(2).view_as(scores)
        places = (heat[..., None] * make_grid(height, width, heat)).sum((2, 3))
        maps = self.jacobian(features).float().view(n, k, 4, height, width)
        jacobians = (heat[:, :, None] * maps).sum((3, 4)).view(n, k, 2, 2)
        return Keypoints(places, jacobians), heat


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """Multiply matrices (..., 2, 2) in the precision that they have.

    `a @ b` would be taken to bfloat16 where networks run in it, which knows places to a 256th of
    the picture; so would einsum.
    """
    return (a[..., :, :, None] * b[..., None, :, :]).sum(-2)


def invert(matrices: Tensor) -> Tensor:
    """Invert matrices (..., 2, 2) in closed form."""
    a, b, c, d = (matrices[..., i, j] for i in (0, 1) for j in (0, 1))
    adjugate = torch.stack([d, -b, -c, a], dim=-1).view_as(matrices)
    return adjugate / (a * d - b * c)[..., None, None]
