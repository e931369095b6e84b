"""What colour and attention masks make of an image, and the gate that holds paint back.

GANimation (Pumarola et al., ECCV 2018), section 4.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganimate.numerics import smoothstep

GATE_CHANGE = 0.1
"""Change of an action unit, of [0, 1], from which all paint is shown. A smaller change is painted
in proportion, and none at all leaves the photo. By eye: larger values make clips start faintly."""

GATE_UNKNOWN = 0.25
"""Largest value of a window's unknown mask from which all paint is shown, so that no window
switches on from one frame to the next. By eye."""


def compose(image: Tensor, colour: Tensor, attention: Tensor) -> Tensor:
    """Eq. 1 of the paper: (1 - A) C + A x. All (n, c, h, w)."""
    return (1 - attention) * colour + attention * image


def compute_gate(change: Tensor, unknown: Tensor) -> Tensor:
    """How much of what a generator paints is shown: none where nothing changes or is unknown.

    Smooth in both, so that nothing appears all at once.

    Args:
        change: (n,) largest change of an action unit, of [0, 1].
        unknown: (n, 1, s, s) in [0, 1].

    Returns:
        (n,) in [0, 1].
    """
    openness = torch.minimum(change / GATE_CHANGE, unknown.amax(dim=(1, 2, 3)) / GATE_UNKNOWN)
    return smoothstep(openness.clamp(0, 1))


def apply_gate(attention: Tensor, gate: Tensor) -> Tensor:
    """Let a share (n,) of the paint through: 1 - g (1 - A), A (n, 1, s, s)."""
    return 1 - gate[:, None, None, None] * (1 - attention)
