"""The device that a network runs on."""

from __future__ import annotations

import torch

from ganimate.errors import UsageError


def choose_device(name: str) -> torch.device:
    """The torch device for auto, cpu, cuda or mps. Raises UsageError when it is not there."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, here in there.items() if here))
    if name not in there:
        raise UsageError(f"--device takes auto, cpu, cuda or mps, not {name!r}.")
    if not there[name]:
        raise UsageError(f"There is no {name} device on this machine. Use --device auto.")
    return torch.device(name)
