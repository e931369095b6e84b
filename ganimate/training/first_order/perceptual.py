"""What Eq. 9 compares pictures by: features of VGG-19, or the pixels themselves.

VGG-19 (Simonyan and Zisserman, ICLR 2015) is what the authors use, pretrained on ImageNet. No
package ships its weights; torchvision offers them (vgg19-dcbb9e9d.pth). Without them the pixels
are compared here, and what the face mesh sees in face_features.py.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganimate.errors import ModelError
from ganimate.networks.first_order.layers import Shrink

FeatureNetwork = Callable[[Tensor], list[Tensor]]
"""Pictures (n, 3, s, s) in [0, 1] -> the features of its layers."""

VGG_WIDTHS = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)
"""Channels of VGG-19's convolutions, stage by stage; a halving stands between two stages."""

VGG_MEAN, VGG_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's colours, by which its pictures were normalised."""


class Vgg19(nn.Module):
    """VGG-19 up to the first convolution of its last stage."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        places, layers, inside, place = [], {}, 3, 0
        for stage in VGG_WIDTHS:
            places.append(place)
            for width in stage:
                layers[str(place)] = nn.Conv2d(inside, width, 3, padding=1)
                inside, place = width, place + 2  # a rectifier follows
            place += 1  # and then a halving
        self.firsts = places
        last = places[-1]
        self.features = nn.ModuleDict({k: v for k, v in layers.items() if int(k) <= last})
        self.register_buffer("mean", torch.tensor(VGG_MEAN)[:, None, None], persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(VGG_DEVIATION)[:, None, None], persistent=False
        )

    def forward(self, picture: Tensor) -> list[Tensor]:
        """The features after the first convolution and rectifier of each stage.

        Pictures that are too small to be halved four times, less than 16 px wide, have those of
        fewer stages.
        """
        x = (picture - self.mean) / self.deviation
        found = []
        for name, layer in self.features.items():
            if int(name) in self.firsts[1:]:
                if min(x.shape[-2:]) < 2:
                    break
                x = F.max_pool2d(x, 2)
            x = F.relu(layer(x))
            if int(name) in self.firsts:
                found.append(x)
        return found


def compare_pixels(picture: Tensor) -> list[Tensor]:
    """The picture itself, as the only layer of features."""
    return [picture]


@lru_cache(maxsize=2)
def open_features(path: str | None, device: torch.device) -> FeatureNetwork:
    """Load the network whose features are compared.

    Args:
        path: of VGG-19's weights as torchvision has them; None for the pixels.
        device: where it runs.

    Raises:
        ModelError: the file is missing, or holds other weights.
    """
    if path is None:
        return compare_pixels
    network = Vgg19()
    wanted = network.state_dict()
    try:
        state = torch.load(Path(path), map_location="cpu", weights_only=True)
        network.load_state_dict({name: state[name] for name in wanted})
    except (OSError, RuntimeError, EOFError, LookupError, TypeError, ValueError, AttributeError,
            pickle.UnpicklingError) as error:  # fmt: skip
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        # What torch says of a file that it does not know is advice that nobody should follow.
        reason = "it is no checkpoint" if isinstance(error, pickle.UnpicklingError) else told
        raise ModelError(
            f"{path} cannot be used as VGG-19 ({reason}): give torchvision's vgg19-dcbb9e9d.pth"
        ) from error
    return network.to(device).eval().requires_grad_(False)


@lru_cache(maxsize=2)
def build_pyramid(factors: Sequence[int], device: torch.device) -> Sequence[Shrink]:
    """Build what makes pictures smaller by each of some factors."""
    return [Shrink(3, factor).to(device) for factor in factors]
