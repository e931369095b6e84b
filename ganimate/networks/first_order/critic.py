"""The multi-scale discriminator (section 3.4): what of a picture looks real, patch by patch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from ganimate.networks.first_order.config import FirstOrderCriticConfig
from ganimate.networks.first_order.layers import Shrink, draw_heat_maps


class Judgement(NamedTuple):
    """What a discriminator says of n pictures.

    Attributes:
        realism: (n, 1, p, p), 1 of real patches.
        features: of each layer, which feature matching compares.
    """

    realism: Tensor
    features: list[Tensor]


class FirstOrderCritic(nn.Module):
    """A discriminator for each scale of a picture."""

    def __init__(self, config: FirstOrderCriticConfig) -> None:
        super().__init__()
        self.config = config
        self.judges = nn.ModuleList(_Judge(config) for _ in config.scales)
        self.shrinks = nn.ModuleList(Shrink(3, round(1 / scale)) for scale in config.scales)

    def forward(self, picture: Tensor, places: Tensor) -> list[Judgement]:
        """Judge pictures.

        Args:
            picture: (n, 3, s, s) in [0, 1].
            places: (n, k, 2) keypoints of the driving pictures; seen where the configuration
                has keypoints.

        Returns:
            A judgement for each scale.
        """
        pairs = zip(self.judges, self.shrinks, strict=True)
        return [judge(shrink(picture), places) for judge, shrink in pairs]


class _Judge(nn.Module):
    """A discriminator of pictures at one scale."""

    def __init__(self, config: FirstOrderCriticConfig) -> None:
        super().__init__()
        self.config = config
        widths: Sequence[int] = config.list_widths()
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(inside, outside, 4))
            for inside, outside in zip([3 + config.keypoints, *widths], widths, strict=False)
        )
        self.norms = nn.ModuleList(nn.InstanceNorm2d(width, affine=True) for width in widths[1:])
        self.realism = spectral_norm(nn.Conv2d(widths[-1], 1, 1))

    def forward(self, picture: Tensor, places: Tensor) -> Judgement:
        """Judge pictures (n, 3, s, s) in [0, 1] with keypoints (n, k, 2)."""
        x = picture
        if self.config.keypoints:
            height, width = picture.shape[2:]
            heat = draw_heat_maps(places, height, width, self.config.variance)
            x = torch.cat([x, heat], 1)
        features = []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place:
                x = self.norms[place - 1](x)
            x = F.leaky_relu(x, 0.2)
            if place < len(self.layers) - 1:
                x = F.avg_pool2d(x, 2)
            features.append(x)
        return Judgement(self.realism(x).float(), features)
