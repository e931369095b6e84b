"""The attention generator and the critic.

Generator: G(x | y) -> colour mask C and attention mask A; the frame is (1 - A) C + A x
(GANimation, Pumarola et al., ECCV 2018, Eq. 1). Critic: a PatchGAN with one head for realism and
one that regresses the action units (section 4.2 of the paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.action_units import N_ACTION_UNITS
from ganimate.networks.attention import compute_gate


@dataclass(frozen=True)
class GeneratorConfig:
    """The architecture of a generator; stored in its weights file, which rebuilds it alone.

    Attributes:
        size: side of the square face crop that it sees through windows, pixels.
        channels: of the trunk, at 1/8 of the crop's size.
        blocks: residual blocks of the trunk.
        skip_channels: at 1/2 and 1/4 of the size.
    """

    size: int = 320
    channels: int = 128
    blocks: int = 5
    skip_channels: tuple[int, int] = (24, 48)


@dataclass(frozen=True)
class CriticConfig:
    """The architecture of a critic.

    Attributes:
        size: side of the windows, pixels.
        channels: after the first convolution; doubled by each next one.
        max_channels: at most, after any convolution.
        layers: strided 4 x 4 convolutions.
    """

    size: int = 128
    channels: int = 32
    max_channels: int = 256
    layers: int = 5


def spread_sides(aus: Tensor, height: int, width: int) -> Tensor:
    """Spread sided AU intensities over a feature map, (n, 17, 2) to (n, 17, height, width).

    The paper repeats each intensity over the whole map. Faces are aligned, so that here the
    person's right side (left of the picture) fades into the left one across the middle.
    """
    x = torch.linspace(-1.0, 1.0, width, device=aus.device, dtype=aus.dtype)
    left = torch.sigmoid(x * 8.0)  # (width,): share of the person's own left side
    row = aus[:, :, :1] * left + aus[:, :, 1:] * (1 - left)  # (n, 17, width)
    return row[:, :, None, :].expand(-1, -1, height, -1)


class Residual(nn.Module):
    """x + f(x), two 3 x 3 convolutions; group norm keeps statistics of one sample to itself."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)  # starts as the identity: deep trunks train from step 1

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, h, w) to the same shape."""
        x_in = x
        x = self.conv1(F.silu(self.norm1(x)))
        x = self.conv2(F.silu(self.norm2(x)))
        return x_in + x


class Generator(nn.Module):
    """The `motion` generator: paints what a warp of the photo cannot know.

    A U-net of three scales. Its trunk works at 1/8 of the crop, where the action units enter;
    pixel (un)shuffles instead of large strided kernels keep it quick on a CPU.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        c, (c2, c4) = config.channels, config.skip_channels
        self.stem = nn.Conv2d(4 * 4, c2, 3, padding=1)  # RGB and mask, 2 x 2 pixels each
        self.down4 = nn.Conv2d(4 * c2, c4, 3, padding=1)
        self.fine_in = Residual(c4)
        self.down8 = nn.Conv2d(4 * c4 + N_ACTION_UNITS, c, 1)
        self.trunk = nn.Sequential(*[Residual(c) for _ in range(config.blocks)])
        self.up4 = nn.Conv2d(c, 4 * c4, 1)
        self.merge4 = nn.Conv2d(2 * c4 + N_ACTION_UNITS, c4, 1)
        self.fine_out = nn.Sequential(Residual(c4), Residual(c4))
        self.up2 = nn.Conv2d(c4, 4 * c2, 1)
        self.merge2 = nn.Conv2d(2 * c2, c2, 3, padding=1)
        self.smooth2 = nn.Conv2d(c2, c2, 3, padding=1)
        self.heads = nn.Conv2d(c2, 4 * 4, 3, padding=1)  # colour and attention, 2 x 2 pixels each
        with torch.no_grad():
            self.heads.bias[12:] = 2.0  # type: ignore[index]  # starts by keeping most of the image

    def arguments(self, image: Tensor, unknown: Tensor, aus: Tensor) -> tuple[Tensor, ...]:
        """Select what this kind of generator looks at; the arguments of forward()."""
        return image, unknown, aus

    def gate(self, change: Tensor, unknown: Tensor) -> Tensor:
        """How much of its paint is shown, (n,): see compute_gate()."""
        return compute_gate(change, unknown)

    def forward(self, image: Tensor, unknown: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
        """Paint warped windows of a face.

        Args:
            image: (n, 3, s, s) in [-1, 1], s a multiple of 8.
            unknown: (n, 1, s, s) in [0, 1], 1 where the photo does not say what is there and the
                image holds a drawing.
            aus: (n, 17, 2) in [0, 1].

        Returns:
            colour: (n, 3, s, s) in [-1, 1].
            attention: (n, 1, s, s) in [0, 1]; 1 keeps the image, and it is 0 where `unknown` is 1.
        """
        x = F.pixel_unshuffle(torch.cat([image, unknown], 1), 2)  # (n, 16, s/2, s/2)
        half = F.silu(self.stem(x))  # (n, c2, s/2, s/2)
        quarter = self.down4(F.pixel_unshuffle(half, 2))  # (n, c4, s/4, s/4)
        quarter = self.fine_in(quarter)
        x = F.pixel_unshuffle(quarter, 2)  # (n, 4 c4, s/8, s/8)
        x = self.down8(torch.cat([x, spread_sides(aus, *x.shape[2:])], 1))
        x = self.trunk(x)  # (n, c, s/8, s/8)
        x = F.pixel_shuffle(self.up4(x), 2)  # (n, c4, s/4, s/4)
        x = self.merge4(torch.cat([x, quarter, spread_sides(aus, *x.shape[2:])], 1))
        x = self.fine_out(x)
        x = F.pixel_shuffle(self.up2(x), 2)  # (n, c2, s/2, s/2)
        x = F.silu(self.merge2(torch.cat([x, half], 1)))
        x = x + F.silu(self.smooth2(x))
        x = F.pixel_shuffle(self.heads(x), 2).float()  # (n, 4, s, s)
        colour = torch.tanh(x[:, :3])
        attention = torch.sigmoid(x[:, 3:]) * (1 - unknown)
        return colour, attention


class Critic(nn.Module):
    """PatchGAN critic: realism of each patch and the action units of the face.

    No normalisation: the gradient penalty is defined per sample (Gulrajani et al., 2017).
    """

    def __init__(self, config: CriticConfig) -> None:
        super().__init__()
        self.config = config
        widths = [
            min(config.channels * 2**layer, config.max_channels) for layer in range(config.layers)
        ]
        self.layers = nn.ModuleList(
            nn.Conv2d(inside, outside, 4, stride=2, padding=1)
            for inside, outside in zip([4, *widths], widths, strict=False)
        )
        patch = config.size // 2**config.layers
        self.realism = nn.ModuleList(
            nn.Conv2d(width, 1, 3, padding=1, bias=False) for width in widths[-3:-1]
        )
        self.action_units = nn.Conv2d(widths[-1], 2 * N_ACTION_UNITS, patch)
        for weight in self.layers.parameters():
            # Without normalisation the default would shrink the signal in every layer, and the
            # critic would need thousands of steps to see anything (He et al., 2015, Eq. 15).
            if weight.dim() == 4:
                nn.init.kaiming_normal_(weight, a=0.01)

    def forward(self, image: Tensor, unknown: Tensor) -> tuple[list[Tensor], Tensor, list[Tensor]]:
        """Judge windows.

        Args:
            image: (n, 3, s, s) in [-1, 1].
            unknown: (n, 1, s, s) in [0, 1], 1 where the generator had to paint: where to look.

        Returns:
            realism: two maps (n, 1, p, p) of overlapping patches about a few teeth and a mouth
                wide, from the layers before the last, so that the critic looks closely.
            aus: (n, 17, 2).
            features: of each layer, which feature matching compares.
        """
        features = []
        x = torch.cat([image, unknown], 1)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.01)
            features.append(x)
        aus = self.action_units(x).float().view(-1, N_ACTION_UNITS, 2)
        realism = [
            head(layer).float() for head, layer in zip(self.realism, features[-3:-1], strict=True)
        ]
        return realism, aus, features
