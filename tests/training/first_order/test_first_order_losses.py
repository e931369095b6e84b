"""The first-order preset's losses, worked out by hand, and its transforms."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from ganimate.errors import ModelError
from ganimate.networks.first_order.keypoints import Keypoints
from ganimate.training.first_order import losses
from ganimate.training.first_order.perceptual import (
    VGG_DEVIATION,
    VGG_MEAN,
    compare_pixels,
    open_features,
)
from ganimate.training.first_order.transforms import Transform

TURN = torch.tensor([[[0.9, -0.2, 0.1], [0.3, 1.1, -0.05]]])


def test_reconstruction_sums_means_of_layers_and_scales() -> None:
    """Eq. 9: layers differ by 1 and by 2 at one scale, by 3 at another."""
    zero, one = torch.zeros(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    real = [[zero, zero[:, :1]], [zero[:, :, :2, :2]]]
    fake = [[one, 2 * one[:, :1]], [3 * one[:, :, :2, :2]]]
    assert losses.reconstruction(real, fake) == pytest.approx(1 + 2 + 3)


def test_feature_matching_leaves_the_real_features_alone() -> None:
    real = torch.zeros(1, 2, requires_grad=True)
    fake = torch.tensor([[1.0, -3.0]], requires_grad=True)
    loss = losses.match_features([real], [fake])
    loss.backward()
    assert loss.item() == pytest.approx(2)
    assert real.grad is None
    assert fake.grad is not None
    assert fake.grad.tolist() == [[0.5, -0.5]]


def test_least_squares() -> None:
    real, fake = torch.tensor([[[[0.5, 1.0]]]]), torch.tensor([[[[0.5, -1.0]]]])
    assert losses.adversarial_critic(real, fake) == pytest.approx((0.25 + 0.25 + 0 + 1) / 2)
    assert losses.adversarial_generator(fake) == pytest.approx((0.25 + 4) / 2)


def test_equivariance_of_places() -> None:
    """Eq. 11: two keypoints, off by .1 in one coordinate of four."""
    places = torch.zeros(1, 2, 2)
    returned = torch.tensor([[[0.1, 0], [0, 0]]])
    assert losses.equivariance(places, returned) == pytest.approx(0.025)


def test_equivariance_of_jacobians() -> None:
    """Eq. 13: 1 - inv(2) * (1 * 1) is a half in two entries of four."""
    eye = torch.eye(2).expand(1, 1, 2, 2)
    assert losses.jacobian_equivariance(eye, eye, eye) == 0
    assert losses.jacobian_equivariance(2 * eye, eye, eye) == pytest.approx(0.25)


def test_keypoints_that_follow_a_transform_cost_nothing() -> None:
    """Those of Y lie where T_X<-Y takes them to those of X, and turn with it."""
    transform = Transform(TURN, torch.zeros(1, 25))
    found = Keypoints(torch.rand(1, 3, 2) - 0.5, torch.rand(1, 3, 2, 2) + torch.eye(2))
    jacobian = transform.differentiate(found.places)
    assert torch.allclose(jacobian, TURN[0, :, :2].expand(1, 3, 2, 2), atol=1e-5)
    places, jacobians = transform.apply(found.places), jacobian @ found.jacobians
    assert losses.equivariance(places, transform.apply(found.places)) == 0
    cost = losses.jacobian_equivariance(jacobians, jacobian, found.jacobians)
    assert cost < 1e-5


def test_the_bend_is_that_of_a_thin_plate() -> None:
    """One control point of weight .1, in the middle: d^2 log d, the same in both coordinates."""
    bend = torch.zeros(1, 9)
    bend[0, 4] = 0.1
    transform = Transform(torch.eye(2, 3)[None], bend)
    place = torch.tensor([[[0.3, -0.4]]])
    bent = 0.1 * 0.7**2 * math.log(0.7 + 1e-6)
    assert torch.allclose(transform.apply(place), place + bent, atol=1e-6)
    step = 1e-3
    sides = [transform.apply(place + s * torch.tensor([step, 0])) for s in (1, -1)]
    slope = (sides[0] - sides[1]) / (2 * step)
    assert torch.allclose(transform.differentiate(place)[0, 0, :, 0], slope[0, 0], atol=1e-3)


def test_a_transformed_picture_shows_what_lies_there() -> None:
    """A shift by one of 9 pixels: Y(z) = X(z + 2 / 8)."""
    shift = torch.tensor([[[1, 0, 0.25], [0, 1, 0.0]]])
    picture = torch.rand(1, 3, 9, 9)
    moved = Transform(shift, torch.zeros(1, 25)).transform_pictures(picture)
    assert torch.allclose(moved[:, :, :, :-1], picture[:, :, :, 1:], atol=1e-5)
    assert torch.allclose(moved[:, :, :, -1], picture[:, :, :, -2], atol=1e-5)  # reflected


def build_torchvision_vgg19() -> nn.Sequential:
    """VGG-19's features as torchvision lays them out: configuration E, rectifiers in places."""
    layers: list[nn.Module] = []
    inside = 3
    for width in [64, 64, 0, 128, 128, 0, *[256] * 4, 0, *[512] * 4, 0, *[512] * 4, 0]:
        if width:
            layers += [nn.Conv2d(inside, width, 3, padding=1), nn.ReLU(inplace=True)]
            inside = width
        else:
            layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers)


def test_vgg_is_read_from_torchvisions_file(tmp_path: Path) -> None:
    """Keys, order and container are those of vgg19-dcbb9e9d.pth, which is of 2017."""
    layers = build_torchvision_vgg19()
    state = {f"features.{name}": value for name, value in layers.state_dict().items()}
    assert [*state][-1] == "features.34.bias"  # 16 convolutions
    state |= {"classifier.0.weight": torch.zeros(4, 8), "classifier.6.bias": torch.zeros(1000)}
    path = tmp_path / "vgg19.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    picture = torch.rand(1, 3, 32, 32)
    features = open_features(str(path), torch.device("cpu"))(picture)
    mean, deviation = (torch.tensor(v)[:, None, None] for v in (VGG_MEAN, VGG_DEVIATION))
    x, wanted = (picture - mean) / deviation, []
    with torch.no_grad():
        for place, layer in enumerate(layers):
            x = layer(x)
            if place in (1, 6, 11, 20, 29):  # relu1_1, relu2_1, relu3_1, relu4_1, relu5_1
                wanted.append(x)
    assert [one.shape[1] for one in features] == [64, 128, 256, 512, 512]
    for one, other in zip(features, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
    small = open_features(str(path), torch.device("cpu"))(picture[:, :, :4, :4])
    assert [one.shape[1:] for one in small] == [(64, 4, 4), (128, 2, 2), (256, 1, 1)]
    other = tmp_path / "other.pth"
    torch.save({"features.0.weight": torch.zeros(2)}, other)
    with pytest.raises(ModelError, match="cannot be used as VGG-19"):
        open_features(str(other), torch.device("cpu"))
    other.write_text("no checkpoint at all")
    with pytest.raises(ModelError, match=r"VGG-19 \(it is no checkpoint\): give"):
        open_features(str(other), torch.device("cpu"))


def test_pixels_are_compared_without_a_network() -> None:
    picture = torch.rand(1, 3, 8, 8)
    assert open_features(None, torch.device("cpu")) is compare_pixels
    assert compare_pixels(picture)[0] is picture
