"""The losses of the `first-order` preset (Siarohin et al., NeurIPS 2019, arXiv:2003.00196).

The paper writes sums over features and norms; the authors' code takes means over all entries of a
layer, without which their weights do not work, and so does this. What else is settled here:

- Eq. 9 compares features of both pictures at four scales. The layers' weights are equal. Without
  VGG-19, pixels are compared so, and features of the face mesh at one scale.
- Eq. 13 is solved for the identity rather than compared as Eq. 12, which Jacobians of zero fulfil.
- The adversarial loss is that of least squares (Mao et al., ICCV 2017), of patches.
- Feature matching (Wang et al., CVPR 2018) leaves the features of the real pictures alone.

All arguments are float32 or bfloat16 tensors; all results are scalars.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganimate.networks.first_order.keypoints import invert, multiply

Features = Sequence[Tensor]
"""What layers say of a picture, from the first to the last."""


def reconstruction(real: Sequence[Features], fake: Sequence[Features]) -> Tensor:
    """Eq. 9: the sum over scales and layers i of |N_i(D^) - N_i(D)|, means over each layer.

    Args:
        real: of each scale, the features of the driving picture, which are left alone.
        fake: of each scale, the features of what was made.
    """
    return torch.stack(
        [match_features(one, other) for one, other in zip(real, fake, strict=True)]
    ).sum()


def compare_faces(real: Features, fake: Features) -> Tensor:
    """The sum over layers i of |F_i(D^) - F_i(D)| / |F_i(D)|, means over each layer.

    Layers of a network that was not trained for this differ in size, which is divided out.

    Args:
        real: what a network that knows faces sees in the driving picture, which is left alone.
        fake: what it sees in the picture that was made.
    """
    terms = [
        (b - a.detach()).abs().mean() / a.detach().abs().mean()
        for a, b in zip(real, fake, strict=True)
    ]
    return torch.stack(terms).sum()


def match_features(real: Features, fake: Features) -> Tensor:
    """The sum over layers of |F_i(D^) - F_i(D)|, means over each layer; `real` is left alone."""
    terms = [(b - a.detach()).abs().mean() for a, b in zip(real, fake, strict=True)]
    return torch.stack(terms).sum()


def adversarial_critic(real: Tensor, fake: Tensor) -> Tensor:
    """E[(D(D) - 1)^2] + E[D(D^)^2], of patches (n, 1, p, p)."""
    return ((real - 1) ** 2 + fake**2).mean()


def adversarial_generator(fake: Tensor) -> Tensor:
    """E[(D(D^) - 1)^2], of patches (n, 1, p, p)."""
    return ((fake - 1) ** 2).mean()


def equivariance(places: Tensor, returned: Tensor) -> Tensor:
    """Eq. 11: |T_X<-R(p) - T_X<-Y(T_Y<-R(p))|, the mean over keypoints and coordinates.

    Args:
        places: (n, k, 2) keypoints of a picture X.
        returned: (n, k, 2) keypoints of the transformed picture Y, taken back to X.
    """
    return (places - returned).abs().mean()


def jacobian_equivariance(jacobians: Tensor, transform: Tensor, transformed: Tensor) -> Tensor:
    """Eq. 13: |1 - J_X^-1 J_X<-Y J_Y|, the mean over entries.

    Args:
        jacobians: (n, k, 2, 2) J_X, of the keypoints of a picture X.
        transform: (n, k, 2, 2) J_X<-Y, of the map from Y to X at the keypoints of Y.
        transformed: (n, k, 2, 2) J_Y, of the keypoints of the transformed picture Y.
    """
    product = multiply(invert(jacobians), multiply(transform, transformed))
    return (torch.eye(2, device=product.device) - product).abs().mean()
