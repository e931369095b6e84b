"""Which animator is whose: a kind of generator and what moves a face by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch

from ganimate.face_models import FaceModels
from ganimate.networks.generators import ActionUnitGenerator
from ganimate.networks.motion import Generator
from ganimate.networks.paper import PaperGenerator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import Animator
from ganimate.rendering.crop_animator import CropAnimator
from ganimate.rendering.holding import HoldingAnimator
from ganimate.rendering.warp_animator import WarpAnimator

ANIMATORS: Mapping[type[Any], Callable[..., Animator]] = MappingProxyType(
    {Generator: WarpAnimator, PaperGenerator: CropAnimator}
)
"""Kind of generator -> its animator, called with portrait, generator, models and device."""


def open_animator(
    portrait: Portrait,
    generator: ActionUnitGenerator,
    models: FaceModels,
    device: torch.device | None = None,
) -> Animator:
    """Make a face ready to be moved.

    Args:
        portrait: the face, measured; its held parts stay as they are.
        generator: in evaluation mode, on `device`.
        models: what is known of faces.
        device: where the generator runs; the CPU by default.
    """
    chosen = device or torch.device("cpu")
    animator = ANIMATORS[type(generator)](portrait, generator, models, chosen)
    return HoldingAnimator(animator) if portrait.held else animator
