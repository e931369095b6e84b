"""Parts that the first-order networks are built of, as their authors have them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class BatchNorm(nn.Module):
    """Batch normalisation; unlike torch's it keeps no count of batches, which weights cannot hold.

    Each process of a run normalises by its own share of a batch.
    """

    running_mean: Tensor
    running_var: Tensor
    momentum = 0.1

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (n, c, h, w)."""
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training, self.momentum,
        )  # fmt: skip


class ConvBlock(nn.Module):
    """Convolution, normalisation and rectifier; the size stays."""

    def __init__(self, inside: int, outside: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, padding=kernel // 2)
        self.norm = BatchNorm(outside)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inside, h, w) to (n, outside, h, w)."""
        rectified: Tensor = F.relu(self.norm(self.conv(x)))
        return rectified


class DownBlock(ConvBlock):
    """A ConvBlock, then means of 2 x 2."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inside, h, w) to (n, outside, h / 2, w / 2)."""
        halved: Tensor = F.avg_pool2d(super().forward(x), 2)
        return halved


class UpBlock(ConvBlock):
    """Each pixel doubled both ways, then a ConvBlock."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inside, h, w) to (n, outside, 2 h, 2 w)."""
        widened: Tensor = super().forward(F.interpolate(x, scale_factor=2))
        return widened


class ResidualBlock(nn.Module):
    """x + f(x), each of two 3 x 3 convolutions after its normalisation and rectifier."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = BatchNorm(channels)
        self.norm2 = BatchNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, h, w) to the same shape."""
        inside = self.conv1(F.relu(self.norm1(x)))
        inside = self.conv2(F.relu(self.norm2(inside)))
        summed: Tensor = x + inside
        return summed


class Hourglass(nn.Module):
    """A U-net whose last features stand beside its input.

    Attributes:
        width: channels of what it makes.
    """

    def __init__(self, inside: int, channels: int, levels: int, most: int) -> None:
        """Build it.

        Args:
            inside: channels of its input.
            channels: after the last level up; each level down doubles them, from twice these on.
            levels: halvings.
            most: channels at most.
        """
        super().__init__()
        widths = [min(most, channels * 2**level) for level in range(levels + 1)]
        before = [inside, *widths[1:-1]]
        self.down = nn.ModuleList(
            DownBlock(one, next_) for one, next_ in zip(before, widths[1:], strict=True)
        )
        self.up = nn.ModuleList(
            UpBlock(widths[level + 1] * (1 if level == levels - 1 else 2), widths[level])
            for level in reversed(range(levels))
        )
        self.width = widths[0] + inside

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inside, h, w) to (n, width, h, w)."""
        skips = [x]
        for down in self.down:
            skips.append(down(skips[-1]))
        x = skips.pop()
        for up in self.up:
            x = torch.cat([up(x), skips.pop()], 1)
        return x


class Shrink(nn.Module):
    """Pictures made smaller by a whole number, blurred first so that they do not alias."""

    line: Tensor

    def __init__(self, channels: int, factor: int) -> None:
        """Make the Gaussian, whose deviation is (factor - 1) / 2 pixels, cut off at four of it."""
        super().__init__()
        self.factor, self.channels = factor, channels
        deviation = (factor - 1) / 2
        reach = round(deviation * 4)
        place = torch.arange(-reach, reach + 1, dtype=torch.float32)
        line = torch.exp(-(place**2) / (2 * deviation**2)) if factor > 1 else torch.ones(1)
        line = (line / line.sum()).expand(channels, 1, -1).clone()
        self.register_buffer("line", line, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, h, w) to (n, c, h / factor, w / factor); beyond the border is black."""
        if self.factor == 1:
            return x
        # One way after the other, and no more than is kept: for a factor of 8 a hundredth of the
        # work. In float32, as convolutions of a channel each have no quick kernel in bfloat16.
        reach, by = self.line.shape[-1] // 2, self.factor
        with torch.autocast(x.device.type, enabled=False):
            x = F.conv2d(
                x.float(), self.line[:, :, None], None, (1, by), (0, reach), groups=self.channels
            )
            x = F.conv2d(x, self.line[..., None], None, (by, 1), (reach, 0), groups=self.channels)
        return x


def make_grid(height: int, width: int, like: Tensor) -> Tensor:
    """Make the coordinates (height, width, 2) of pixels, on the device of `like`, of its type."""
    y, x = (
        2 * torch.arange(side, device=like.device, dtype=like.dtype) / (side - 1) - 1
        for side in (height, width)
    )
    return torch.stack([x.expand(height, -1), y[:, None].expand(-1, width)], dim=2)


def sample(picture: Tensor, places: Tensor, padding: str = "zeros") -> Tensor:
    """Sample a picture (n, c, h, w) at places (n, a, b, 2); zeros, or reflections, beyond it."""
    # In float32, whatever the rest runs in: bfloat16 knows places to a 256th of the picture.
    return F.grid_sample(picture.float(), places.float(), padding_mode=padding, align_corners=True)


def draw_heat_maps(places: Tensor, height: int, width: int, variance: float) -> Tensor:
    """Draw a Gaussian about each keypoint.

    Args:
        places: (n, k, 2) in [-1, 1].
        height: of the maps, pixels.
        width: of the maps, pixels.
        variance: of the Gaussians, squares of half sides.

    Returns:
        (n, k, height, width) in [0, 1].
    """
    away = make_grid(height, width, places) - places[:, :, None, None]
    return torch.exp(-0.5 * (away**2).sum(-1) / variance)
