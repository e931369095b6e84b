"""The four losses of GANimation (Eqs. 2 to 5) and what the motion prior adds to them.

Every term is a mean over its sample, so that the batch size is part of no weight.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Judge = Callable[[Tensor], tuple[Tensor, Tensor, list[Tensor]]]  # a critic, see networks.Critic


def adversarial_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Eq. 2, the critic's part without its penalty: E[D(G)] - E[D(x)]."""
    return fake.mean() - real.mean()


def adversarial_generator(fake: Tensor) -> Tensor:
    """Eq. 2, the generator's part: -E[D(G)]."""
    return -fake.mean()


def gradient_penalty(critic: Judge, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Eq. 2, last term: E[(|grad D(x~)| - 1)^2] on lines between real and fake.

    real, fake: (n, 3, s, s); mix: (n, 1, 1, 1) in [0, 1], the place on each line.
    """
    between = (mix * real + (1 - mix) * fake).detach().requires_grad_(True)
    realism, _, _ = critic(between)
    per_sample = realism.mean(dim=(1, 2, 3))
    (gradient,) = torch.autograd.grad(per_sample.sum(), between, create_graph=True)
    length: Tensor = torch.linalg.vector_norm(gradient.float().flatten(1), dim=1)
    return ((length - 1) ** 2).mean()


def conditional_expression(measured: Tensor, asked: Tensor) -> Tensor:
    """Eq. 3: mean square error of the AUs that the critic reads, (n, 17, 2)."""
    return ((measured - asked) ** 2).mean()


def attention_size(attention: Tensor) -> Tensor:
    """Eq. 5, second term, on what is painted: E[(1 - A)^2]."""
    return ((1 - attention) ** 2).mean()


def attention_variation(attention: Tensor) -> Tensor:
    """Eq. 5, first term: squared differences of neighbouring attention values."""
    down = attention[:, :, 1:] - attention[:, :, :-1]
    across = attention[:, :, :, 1:] - attention[:, :, :, :-1]
    return (down**2).mean() + (across**2).mean()


def round_trip(result: Tensor, photo: Tensor, unknown: Tensor, unknown_weight: float) -> Tensor:
    """Eq. 4 with the way there made by a warp: L1 to the photo, unknown pixels counting more.

    result, photo: (n, 3, s, s); unknown: (n, 1, s, s) in [0, 1].
    """
    weight = 1 + (unknown_weight - 1) * unknown
    return (weight * (result - photo).abs()).mean()


def feature_distance(result: list[Tensor], photo: list[Tensor]) -> Tensor:
    """L1 between the critic's features of two pictures, each layer on its own scale."""
    terms = [
        (mine - theirs.detach()).abs().mean() / (theirs.detach().abs().mean() + 1e-3)
        for mine, theirs in zip(result, photo, strict=True)
    ]
    return torch.stack(terms).mean()
