"""Random maps of the plane, affine and bent like a thin plate, for Eqs. 11 to 13.

A transformed picture Y shows at z what the picture X shows at T_X<-Y(z) = A z + b + bend(z). The
bend is that of the authors' code: d^2 log d of the distance d to each control point, counted along
the axes, and the same for both coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganimate.networks.first_order.layers import make_grid, sample

NEAR = 1e-6
"""Added to a distance before its logarithm is taken, of half sides."""


@dataclass(frozen=True)
class Transform:
    """n maps T_X<-Y.

    Attributes:
        affine: (n, 2, 3), A and b beside it.
        bend: (n, p * p), the weights of the control points, row by row.
    """

    affine: Tensor
    bend: Tensor

    def apply(self, places: Tensor) -> Tensor:
        """T_X<-Y of places (n, m, 2) of Y, in [-1, 1]."""
        moved = places @ self.affine[:, :, :2].mT + self.affine[:, None, :, 2]
        side = round(self.bend.shape[1] ** 0.5)
        points = make_grid(side, side, places).view(1, 1, -1, 2)
        away = (places[:, :, None] - points).abs().sum(-1)  # (n, m, p * p)
        bent = (away**2 * (away + NEAR).log() * self.bend[:, None]).sum(2, keepdim=True)
        return moved + bent

    def transform_pictures(self, pictures: Tensor) -> Tensor:
        """Make Y of pictures X, (n, c, h, w); reflected beyond their borders."""
        n, _, height, width = pictures.shape
        grid = make_grid(height, width, self.affine).flatten(0, 1).expand(n, -1, -1)
        return sample(pictures, self.apply(grid).view(n, height, width, 2), "reflection")

    def differentiate(self, places: Tensor) -> Tensor:
        """J_X<-Y, the derivative of the map, (n, m, 2, 2), at places (n, m, 2) of Y.

        Its gradients reach the places.
        """
        with torch.enable_grad():
            if not places.requires_grad:
                places = places.detach().requires_grad_(True)
            moved = self.apply(places)
            rows = [
                torch.autograd.grad(moved[..., i].sum(), places, create_graph=True)[0]
                for i in (0, 1)
            ]
        return torch.stack(rows, dim=2)
