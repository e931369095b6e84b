"""The device that a network runs on."""

from __future__ import annotations

import torch

from ganimate.errors import UsageError


def choose_device(name: str) -> torch.device:
    """Find the device that a network runs on.

    Args:
        name: "auto" (the quickest there is), "cpu", "cuda" or "mps".

    Raises:
        UsageError: there is no such device.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, here in there.items() if here))
    if name not in there:
        raise UsageError(f"`device` takes auto, cpu, cuda or mps, not {name!r}.")
    if not there[name]:
        raise UsageError(f"There is no {name} device on this machine. Use `device` auto.")
    return torch.device(name)


def autocast(device: torch.device) -> torch.autocast:
    """Run networks in bfloat16 where matrix units make it quick.

    That is CUDA, and CPUs from AVX-512 BF16 on. It suits these small generators; larger networks
    were slower in it on CPUs, so measure first.
    """
    quick = device.type == "cuda" or (
        device.type == "cpu"
        and torch.backends.mkldnn.is_available()
        and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )
    return torch.autocast(device.type, torch.bfloat16, enabled=quick)
