"""StarGAN's losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganimate.training.stargan import losses
from ganimate.training.stargan.config import choose_batch, share_learning_rate


def patches(*values: float) -> Tensor:
    return torch.tensor(values).reshape(-1, 1, 1, 1)


def test_eq_1_the_log_form() -> None:
    real, fake = patches(0.0, math.log(3)), patches(0.0, -math.log(3))
    # D = sigmoid: 1/2 and 3/4 of the pictures, 1/2 and 1/4 of the paintings
    expected = -(math.log(1 / 2) + math.log(3 / 4)) / 2 - (math.log(1 / 2) + math.log(3 / 4)) / 2
    assert losses.adversarial_critic(real, fake, "log").item() == pytest.approx(expected)
    # the generator: -log D of the paintings
    expected = -(math.log(1 / 2) + math.log(1 / 4)) / 2
    assert losses.adversarial_generator(fake, "log").item() == pytest.approx(expected)


def test_eq_8_wasserstein() -> None:
    real, fake = patches(1.0, 2.0), patches(-1.0, 0.5)
    assert losses.adversarial_critic(real, fake, "wgan-gp").item() == pytest.approx(-0.25 - 1.5)
    assert losses.adversarial_generator(fake, "wgan-gp").item() == pytest.approx(0.25)


def test_eq_8_penalty_of_a_plane_is_that_of_its_slope() -> None:
    """D(x) = a . x has the gradient a everywhere: of length 5 here, (5 - 1)^2."""
    slope = torch.tensor([3.0, 4.0, 0.0]).reshape(1, 3, 1, 1)
    weight = slope.clone().requires_grad_(True)
    real, fake = torch.rand(2, 3, 1, 1), torch.rand(2, 3, 1, 1)
    penalty = losses.gradient_penalty(
        lambda x: (weight * x).sum(dim=1, keepdim=True), real, fake, torch.tensor([0.2, 0.7])
    )
    assert penalty.item() == pytest.approx(16, rel=1e-5)
    (gradient,) = torch.autograd.grad(penalty, weight)
    # d (|a| - 1)^2 / d a = 2 (|a| - 1) a / |a|
    assert torch.allclose(gradient, 2 * 4 * slope / 5, rtol=1e-4)


def test_eq_8_penalty_is_taken_between_picture_and_painting() -> None:
    """D(x) = x^2 / 2 has the gradient x: (|x~| - 1)^2 at x~ = .25 * 4 + .75 * 0 = 1, and at 3."""
    real = torch.tensor([4.0, 4.0]).reshape(2, 1, 1, 1)
    fake = torch.tensor([0.0, 0.0]).reshape(2, 1, 1, 1)
    mix = torch.tensor([0.25, 0.75])
    penalty = losses.gradient_penalty(lambda x: x**2 / 2, real, fake, mix)
    assert penalty.item() == pytest.approx(((1 - 1) ** 2 + (3 - 1) ** 2) / 2)


def test_eqs_2_and_3_of_emotions() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(6), 0.0, 0.0, 0.0]])
    labels = torch.tensor([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    # softmax: 1/4, and 6 / 9
    expected = -(math.log(1 / 4) + math.log(6 / 9)) / 2
    assert losses.classes(logits, labels, exclusive=True).item() == pytest.approx(expected)


def test_eqs_2_and_3_of_attributes() -> None:
    logits = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)]])
    labels = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    # sigmoids: 1/2 and 3/4; summed over the attributes, averaged over the batch
    expected = -(math.log(1 / 2) + math.log(3 / 4) + math.log(1 / 2) + math.log(1 / 4)) / 2
    assert losses.classes(logits, labels, exclusive=False).item() == pytest.approx(expected)


def test_eq_4() -> None:
    one, other = torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.5)
    other[1] = -0.25
    assert losses.reconstruction(one, other).item() == pytest.approx((0.5 + 0.25) / 2)


def test_the_rate_falls_over_the_second_half() -> None:
    shares = [share_learning_rate(step, 100) for step in (0, 49, 50, 75, 99)]
    assert shares == pytest.approx([1, 1, 1, 0.5, 0.02])


def test_small_pictures_have_small_batches() -> None:
    assert (choose_batch(48), choose_batch(128)) == (8, 16)
