"""Figures of faces that were never trained on, and what attention masks say of a run's health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class Mean:
    """A weighted mean, batch by batch.

    Attributes:
        total: sum of the weighted values so far.
        weight: sum of their weights.
    """

    total: float = 0.0
    weight: float = 0.0

    def add(self, values: Tensor, weights: Tensor) -> None:
        """Take in values and their weights, of one shape."""
        self.total += float((values * weights).sum())
        self.weight += float(weights.sum())

    @property
    def value(self) -> float:
        """The mean so far; 0 of nothing."""
        return self.total / self.weight if self.weight else 0.0


@dataclass(frozen=True)
class AttentionSettings:
    """From where on a pixel of an attention mask is all or nothing."""

    keeps: float = 0.98
    """Attention above which a pixel is all photo."""

    paints: float = 0.02
    """Attention below which a pixel is all colour mask."""


ATTENTION = AttentionSettings()


@dataclass
class AttentionHealth:
    """Whether attention masks still choose.

    Attributes:
        mean: of attention.
        keeps: share of pixels that are all photo.
        paints: share of pixels that are all colour mask.
    """

    mean: Mean = field(default_factory=Mean)
    keeps: Mean = field(default_factory=Mean)
    paints: Mean = field(default_factory=Mean)

    def add(self, attention: Tensor) -> None:
        """Take in masks of any shape."""
        everywhere = torch.ones_like(attention)
        self.mean.add(attention, everywhere)
        self.keeps.add((attention > ATTENTION.keeps).float(), everywhere)
        self.paints.add((attention < ATTENTION.paints).float(), everywhere)

    def terms(self) -> dict[str, float]:
        """Name the mean of A, and the shares of pixels with A above .98 and below .02."""
        return {
            "val_attention": self.mean.value,
            "val_attention_keeps": self.keeps.value,
            "val_attention_paints": self.paints.value,
        }


def describe_attention(terms: Mapping[str, float]) -> str:
    """Put the terms of AttentionHealth into words."""
    return (
        f"attention {terms['val_attention']:.2f}, {terms['val_attention_keeps']:.0%} all photo, "
        f"{terms['val_attention_paints']:.0%} all paint"
    )
