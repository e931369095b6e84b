"""The gate in front of Eq. 1."""

from __future__ import annotations

import pytest
import torch

from ganimate.networks.attention import apply_gate, compute_gate


def test_the_gate_opens_smoothly() -> None:
    change = torch.tensor([0.0, 0.05, 0.1, 1.0])
    everything = torch.ones(4, 1, 8, 8)
    assert compute_gate(change, everything).tolist() == pytest.approx([0.0, 0.5, 1.0, 1.0])
    unknown = torch.zeros(4, 1, 8, 8)
    unknown[:, 0, 3, 5] = torch.tensor([0.0, 0.125, 0.25, 1.0])
    assert compute_gate(torch.ones(4), unknown).tolist() == pytest.approx([0.0, 0.5, 1.0, 1.0])
    attention = (
        apply_gate(torch.full((4, 1, 1, 1), 0.2), compute_gate(change, everything))
        .flatten()
        .tolist()
    )
    assert attention == pytest.approx([1.0, 0.6, 0.2, 0.2])
