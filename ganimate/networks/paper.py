"""The networks of the paper (GANimation, Pumarola et al., ECCV 2018, section 4), as published.

The generator sees the face and its action units, and paints every motion itself: no motion prior,
no mask of what is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.action_units import N_ACTION_UNITS
from ganimate.networks.attention import compute_gate

INITIAL_DEVIATION = 0.02
"""Standard deviation of the weights of convolutions at the start of training: not in the paper, and
the same in all public code."""


@dataclass(frozen=True)
class PaperConfig:
    """The architecture of a published generator; stored in its weights file.

    Attributes:
        size: side of the square face crop, pixels.
        channels: after the first convolution; doubled by each of the two next.
        blocks: residual blocks.
        head_bias: whether the two last convolutions have a bias.
    """

    size: int = 128
    channels: int = 64
    blocks: int = 6
    head_bias: bool = False


@dataclass(frozen=True)
class PaperCriticConfig:
    """The architecture of a published critic.

    Attributes:
        size: side of the crops, pixels.
        channels: after the first convolution; doubled by each next one.
        layers: strided 4 x 4 convolutions.
    """

    size: int = 128
    channels: int = 64
    layers: int = 6


class PaperResidual(nn.Module):
    """x + f(x), two 3 x 3 convolutions, each with instance normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, h, w) to the same shape."""
        x_in = x
        x = F.relu(self.norm1(self.conv1(x)))
        x = self.norm2(self.conv2(x))
        return x_in + x


class PaperGenerator(nn.Module):
    """G(x | y) -> colour mask C and attention mask A; 8.47 million parameters as published."""

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        self.config = config
        c = config.channels
        self.stem = nn.Conv2d(3 + N_ACTION_UNITS, c, 7, padding=3, bias=False)
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
        self.colour = nn.Conv2d(c, 3, 7, padding=3, bias=config.head_bias)
        self.attention = nn.Conv2d(c, 1, 7, padding=3, bias=config.head_bias)
        self.apply(_initialise)

    def arguments(self, image: Tensor, unknown: Tensor, aus: Tensor) -> tuple[Tensor, ...]:
        """Select what this kind of generator looks at; the arguments of forward()."""
        return image, aus

    def gate(self, change: Tensor, unknown: Tensor) -> Tensor:
        """How much of its paint is shown, (n,): it paints all of a face that changes."""
        return compute_gate(change, torch.ones_like(unknown))

    def forward(self, image: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
        """Paint a face crop.

        Args:
            image: (n, 3, s, s) in [-1, 1], s a multiple of 4.
            aus: (n, 17, 2) in [0, 1], whose sides are averaged.

        Returns:
            colour: (n, 3, s, s) in [-1, 1].
            attention: (n, 1, s, s) in [0, 1]; 1 keeps the image.
        """
        maps = aus.mean(dim=2)[:, :, None, None].expand(-1, -1, *image.shape[2:])
        x = torch.cat([image, maps], 1)  # (n, 3 + 17, s, s)
        x = F.relu(self.stem_norm(self.stem(x)))  # (n, c, s, s)
        x = F.relu(self.down2_norm(self.down2(x)))  # (n, 2c, s/2, s/2)
        x = F.relu(self.down4_norm(self.down4(x)))  # (n, 4c, s/4, s/4)
        x = self.trunk(x)
        x = F.relu(self.up2_norm(self.up2(x)))  # (n, 2c, s/2, s/2)
        x = F.relu(self.up1_norm(self.up1(x)))  # (n, c, s, s)
        return torch.tanh(self.colour(x).float()), torch.sigmoid(self.attention(x).float())


class PaperCritic(nn.Module):
    """PatchGAN critic: realism of each patch, and the action units of the face.

    No normalisation: the gradient penalty is defined per sample (Gulrajani et al., 2017).
    """

    def __init__(self, config: PaperCriticConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels * 2**layer for layer in range(config.layers)]
        self.layers = nn.ModuleList(
            nn.Conv2d(inside, outside, 4, stride=2, padding=1)
            for inside, outside in zip([3, *widths], widths, strict=False)
        )
        self.realism = nn.Conv2d(widths[-1], 1, 3, padding=1, bias=False)
        patch = config.size // 2**config.layers
        self.action_units = nn.Conv2d(widths[-1], N_ACTION_UNITS, patch, bias=False)
        self.apply(_initialise)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Judge images (n, 3, s, s) in [-1, 1].

        Returns:
            realism: (n, 1, p, p), 2 x 2 patches at 128 px.
            aus: (n, 17).
            features: of each layer.
        """
        features = []
        x = image
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.01)
            features.append(x)
        return self.realism(x).float(), self.action_units(x).float().flatten(1), features


def _initialise(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, INITIAL_DEVIATION)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
