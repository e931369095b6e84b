"""The gradient penalty of WGAN-GP (Gulrajani et al., NeurIPS 2017, Eq. 3)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def compute_gradient_penalty(
    judge: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor
) -> Tensor:
    """Compute E[(|grad D(x~)|_2 - 1)^2] at points x~ = mix real + (1 - mix) fake.

    Args:
        judge: the critic's realism of pictures (n, 3, s, s), of which the sum is differentiated.
        real: (n, 3, s, s).
        fake: (n, 3, s, s).
        mix: (n,) in [0, 1], one number a pair.

    Returns:
        A scalar, through which the critic's weights can be differentiated.
    """
    share = mix[:, None, None, None]
    between = (share * real + (1 - share) * fake).detach().requires_grad_(True)
    realism = judge(between)
    (gradient,) = torch.autograd.grad(realism.sum(), between, create_graph=True)
    length: Tensor = gradient.float().flatten(1).norm(dim=1)
    return ((length - 1) ** 2).mean()
