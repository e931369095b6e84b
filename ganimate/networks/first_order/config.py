"""The architectures of the first-order networks; stored in weights files and checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

MOST_LEVELS = 8
"""Levels of an hourglass at most: 8 take 256 pixels to one."""

MOST_SHRINK = 8
"""By how much pictures are made smaller before an hourglass sees them, at most: 2048 px to 256."""


@dataclass(frozen=True)
class FirstOrderConfig:
    """The architecture of a first-order generator; its weights file is rebuilt by it alone.

    Values are those of the authors for faces (VoxCeleb, 256 px).

    Attributes:
        size: side of the square pictures, pixels.
        keypoints: how many the detector finds.
        shrink: by how much pictures are made smaller for the detector and the dense motion.
        levels: halvings of the hourglasses.
        detector_channels: of the detector's hourglass after its first level; doubled by each next.
        motion_channels: of the dense motion's hourglass, likewise.
        most_hourglass_channels: of either hourglass, at most.
        channels: of the painter at full size; doubled by each halving.
        most_channels: of the painter, at most.
        halvings: of the painter.
        blocks: residual blocks of the painter.
        skips: whether the picture is what is painted only where the source does not show what is
            there, and elsewhere the source's own pixels, moved. The first-order paper paints all;
            the authors' code of its successor (Siarohin et al., CVPR 2021) has this, too.
        temperature: of the softmax of heat maps; smaller makes sharper ones.
        variance: of the Gaussian heat map about a keypoint, squares of half sides.

    Raises:
        ValueError: a network cannot be so.
    """

    size: int = 256
    keypoints: int = 10
    shrink: int = 4
    levels: int = 5
    detector_channels: int = 32
    motion_channels: int = 64
    most_hourglass_channels: int = 1024
    channels: int = 64
    most_channels: int = 512
    halvings: int = 2
    blocks: int = 6
    skips: bool = False
    temperature: float = 0.1
    variance: float = 0.01

    def __post_init__(self) -> None:
        counts = (
            self.size, self.keypoints, self.shrink, self.levels, self.detector_channels,
            self.motion_channels, self.most_hourglass_channels, self.channels, self.most_channels,
            self.halvings, self.blocks,
        )  # fmt: skip
        if not all(type(count) is int and count > 0 for count in counts):
            raise ValueError("sizes and counts of a first-order network are whole and above 0")
        if max(self.levels, self.halvings) > MOST_LEVELS or self.shrink > MOST_SHRINK:
            raise ValueError(
                f"a first-order network halves pictures {MOST_LEVELS} times at most, and makes "
                f"them {MOST_SHRINK} times smaller"
            )
        if not (self.temperature > 0 and self.variance > 0):
            raise ValueError("temperature and variance of a first-order network are above 0")
        if self.size % self.multiple:
            raise ValueError(
                f"{self.size} px are no multiple of {self.multiple}, as a first-order network "
                f"needs them that makes pictures {self.shrink} times smaller and halves them "
                f"{self.levels} times"
            )

    @property
    def multiple(self) -> int:
        """What the side of pictures must be a multiple of, pixels."""
        return max(self.shrink << self.levels, 1 << self.halvings)


@dataclass(frozen=True)
class FirstOrderCriticConfig:
    """The architecture of the discriminators; values are those of the authors for faces.

    Attributes:
        channels: after the first convolution; doubled by each next one.
        most_channels: at most, after any of them.
        layers: of convolutions, each but the last followed by a halving.
        scales: of the pictures that are judged, one discriminator for each.
        keypoints: heat maps that are judged beside the picture, as vox-adv has them; 0 for none.
        variance: of these heat maps.
    """

    channels: int = 32
    most_channels: int = 512
    layers: int = 4
    scales: tuple[float, ...] = (1.0,)
    keypoints: int = 0
    variance: float = 0.01

    def list_widths(self) -> list[int]:
        """List the channels after each layer."""
        return [min(self.most_channels, self.channels << i) for i in range(1, self.layers + 1)]

    def measure_output(self, size: int) -> int:
        """Measure the side of the map that a picture of `size` pixels is judged by; 0 of none."""
        for layer in range(self.layers):
            size -= 3
            if layer < self.layers - 1:
                size //= 2
        return max(0, size)
