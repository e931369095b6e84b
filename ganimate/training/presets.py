"""The presets by their names: the one place that lists them."""

from __future__ import annotations

from collections.abc import Mapping

from ganimate.training.first_order.preset import FIRST_ORDER
from ganimate.training.motion.preset import MOTION
from ganimate.training.paper.preset import PAPER
from ganimate.training.preset import AnyPreset
from ganimate.training.stargan.preset import STARGAN

PRESETS: Mapping[str, AnyPreset] = {
    preset.name: preset for preset in (MOTION, PAPER, STARGAN, FIRST_ORDER)
}
"""Name -> preset. The first one is the default."""
