"""The networks of StarGAN (Choi et al., CVPR 2018, table 4 and 5 of its appendix), as published.

One generator paints a face with any of several labels: emotions, of which a face has one, or
attributes, each of which it has or has not. It paints the whole picture: no attention mask, no
motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.networks.paper import PaperResidual

STRIDE = 4
"""What the side of a picture must be a multiple of: the generator halves it twice."""

LEAK = 0.01
"""Slope of the critic's leaky ReLU below 0."""


@dataclass(frozen=True)
class Framing:
    """How pictures of a data set are cut, against the aligned crop of this program.

    Attributes:
        scale: side of a picture over the side of the aligned crop of the same face.
        x: how far right of the crop's centre the picture's lies, sides of the crop.
        y: how far below it.
    """

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


ALIGNED = Framing()
"""Pictures that are the aligned crops themselves."""


@dataclass(frozen=True)
class StarganConfig:
    """The architecture of a StarGAN's generator; stored in its weights file.

    Attributes:
        labels: what it can paint, in the order of its condition.
        exclusive: whether a face has one of the labels, as emotions; else each on its own.
        size: side of the square pictures, pixels.
        channels: after the first convolution; doubled by each of the two next.
        blocks: residual blocks.
        grey: whether it learnt from grey pictures, so that it knows luminance alone.
        framing: how the pictures are cut that it learnt from.
    """

    labels: tuple[str, ...]
    exclusive: bool = True
    size: int = 128
    channels: int = 64
    blocks: int = 6
    grey: bool = False
    framing: Framing = ALIGNED


@dataclass(frozen=True)
class StarganCriticConfig:
    """The architecture of a StarGAN's critic.

    Attributes:
        labels: how many the generator has.
        size: side of the pictures, pixels.
        channels: after the first convolution; doubled by each next one.
        layers: strided 4 x 4 convolutions.
    """

    labels: int
    size: int = 128
    channels: int = 64
    layers: int = 6


class StarganGenerator(nn.Module):
    """G(x, c): a picture and what it shall show, as a picture; 8.43 million values as published."""

    def __init__(self, config: StarganConfig) -> None:
        super().__init__()
        self.config = config
        c = config.channels
        self.stem = nn.Conv2d(3 + len(config.labels), c, 7, padding=3, bias=False)
        self.stem_norm = nn.InstanceNorm2d(c, affine=True)
        self.down2 = nn.Conv2d(c, 2 * c, 4, stride=2, padding=1, bias=False)
        self.down2_norm = nn.InstanceNorm2d(2 * c, affine=True)
        self.down4 = nn.Conv2d(2 * c, 4 * c, 4, stride=2, padding=1, bias=False)
        self.down4_norm = nn.InstanceNorm2d(4 * c, affine=True)
        self.trunk = nn.Sequential(*[PaperResidual(4 * c) for _ in range(config.blocks)])
        self.up2 = nn.ConvTranspose2d(4 * c, 2 * c, 4, stride=2, padding=1, bias=False)
        self.up2_norm = nn.InstanceNorm2d(2 * c, affine=True)
        self.up1 = nn.ConvTranspose2d(2 * c, c, 4, stride=2, padding=1, bias=False)
        self.up1_norm = nn.InstanceNorm2d(c, affine=True)
        self.colour = nn.Conv2d(c, 3, 7, padding=3, bias=False)

    def forward(self, image: Tensor, labels: Tensor) -> Tensor:
        """Paint pictures.

        Args:
            image: (n, 3, s, s) in [-1, 1], s a multiple of 4.
            labels: (n, k) in [0, 1], in training 0 or 1.

        Returns:
            (n, 3, s, s) in [-1, 1].
        """
        maps = labels[:, :, None, None].expand(-1, -1, *image.shape[2:])
        x = torch.cat([image, maps], 1)  # (n, 3 + k, s, s)
        x = F.relu(self.stem_norm(self.stem(x)))  # (n, c, s, s)
        x = F.relu(self.down2_norm(self.down2(x)))  # (n, 2c, s/2, s/2)
        x = F.relu(self.down4_norm(self.down4(x)))  # (n, 4c, s/4, s/4)
        x = self.trunk(x)
        x = F.relu(self.up2_norm(self.up2(x)))  # (n, 2c, s/2, s/2)
        x = F.relu(self.up1_norm(self.up1(x)))  # (n, c, s, s)
        return torch.tanh(self.colour(x).float())


class StarganCritic(nn.Module):
    """D_src and D_cls: realism of each patch, and the labels of the picture.

    No normalisation: the gradient penalty is defined per sample (Gulrajani et al., 2017).
    """

    def __init__(self, config: StarganCriticConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels * 2**layer for layer in range(config.layers)]
        self.layers = nn.ModuleList(
            nn.Conv2d(inside, outside, 4, stride=2, padding=1)
            for inside, outside in zip([3, *widths], widths, strict=False)
        )
        self.realism = nn.Conv2d(widths[-1], 1, 3, padding=1, bias=False)
        patch = config.size // 2**config.layers
        self.labels = nn.Conv2d(widths[-1], config.labels, patch, bias=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Judge pictures (n, 3, s, s) in [-1, 1].

        Returns:
            realism: (n, 1, p, p), 2 x 2 patches at 128 px.
            labels: (n, k) logits.
        """
        x = image
        for layer in self.layers:
            x = F.leaky_relu(layer(x), LEAK)
        return self.realism(x).float(), self.labels(x).float().flatten(1)


def count_critic_layers(size: int, most: int = StarganCriticConfig.layers) -> int:
    """Count the strided convolutions of the critic of pictures of a size, pixels.

    Six at 128 px leave 2 x 2 patches. Smaller pictures are halved as often as that leaves patches
    of 2 x 2 or more: 48 px four times, to 3 x 3.
    """
    layers = 0
    while layers < most and size % 2 == 0 and size // 2 >= 2:
        size, layers = size // 2, layers + 1
    return layers
