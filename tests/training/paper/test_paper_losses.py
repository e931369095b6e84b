"""The paper's losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ganimate.networks.attention import compose
from ganimate.training.paper import losses
from ganimate.training.paper.config import PaperTrainConfig, count_steps


class LinearCritic(nn.Module):
    """Realism w . x in each of four patches, whose sum has the gradient 4 w at every point."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        realism = (image * self.weight).sum(dim=(1, 2, 3)).view(-1, 1, 1, 1)
        return realism.expand(-1, 1, 2, 2), torch.zeros(len(image), 17), []


class SquareCritic(nn.Module):
    """Realism |x|^2 / 2 in one patch, whose gradient is x itself."""

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        realism = (image**2).sum(dim=(1, 2, 3)).view(-1, 1, 1, 1) / 2
        return realism, torch.zeros(len(image), 17), []


def test_an_attention_of_one_keeps_the_photo() -> None:
    """Eq. 1, (1 - A) C + A x: 0.25 of the photo's 1 and 0.75 of the colour's -1."""
    photo, colour = torch.ones(1, 3, 1, 1), -torch.ones(1, 3, 1, 1)
    assert compose(photo, colour, torch.full((1, 1, 1, 1), 0.25)).flatten().tolist() == [-0.5] * 3
    assert torch.equal(compose(photo, colour, torch.ones(1, 1, 1, 1)), photo)


def test_the_critic_gains_where_photos_score_above_frames() -> None:
    real = torch.tensor([3.0, 1.0, 2.0, 2.0]).view(1, 1, 2, 2)
    fake = torch.tensor([-1.0, 0.0, 0.0, -1.0]).view(1, 1, 2, 2)
    assert losses.adversarial_critic(real, fake).item() == pytest.approx(-0.5 - 2.0)
    assert losses.adversarial_generator(fake).item() == pytest.approx(0.5)


@pytest.mark.parametrize("length", [0.0, 0.5, 1.0, 3.0])
def test_the_gradient_penalty_of_a_linear_critic(length: float) -> None:
    torch.manual_seed(0)
    direction = torch.randn(3, 4, 4)
    critic = LinearCritic(length / 4 * direction / direction.norm())
    real, fake = torch.randn(5, 3, 4, 4), torch.randn(5, 3, 4, 4)
    penalty = losses.gradient_penalty(critic, real, fake, torch.rand(5))
    assert penalty.item() == pytest.approx((length - 1) ** 2, abs=1e-5)


def test_the_gradient_penalty_teaches_the_critic() -> None:
    critic = LinearCritic(torch.full((1, 2, 2), 0.25))
    real, fake = torch.zeros(2, 1, 2, 2), torch.ones(2, 1, 2, 2)
    losses.gradient_penalty(critic, real, fake, torch.rand(2)).backward()
    # d(|4 w| - 1)^2 / dw = 2 (|4 w| - 1) 4 w / |w|, where |4 w| = 2 and w / |w| = .5 everywhere
    assert critic.weight.grad is not None
    assert torch.allclose(critic.weight.grad, torch.full((1, 2, 2), 4.0))


def test_the_gradient_penalty_looks_between_photo_and_frame() -> None:
    """At x itself for a share of 1, at the frame for 0; there the gradients are 3 and 5 long."""
    real, fake = torch.zeros(3, 1, 1, 1), torch.zeros(3, 1, 1, 1)
    real[:], fake[:] = 3.0, 5.0
    mix = torch.tensor([1.0, 0.0, 0.5])
    penalty = losses.gradient_penalty(SquareCritic(), real, fake, mix)
    assert penalty.item() == pytest.approx((2**2 + 4**2 + 3**2) / 3)


def test_action_units_are_compared_squared() -> None:
    measured, wanted = torch.zeros(2, 17), torch.zeros(2, 17)
    wanted[0, 3], measured[1, 5] = 1.0, 0.5
    assert losses.conditional_expression(measured, wanted).item() == pytest.approx(1.25 / 34)


def test_the_weight_of_action_units_is_the_paper_s() -> None:
    """4000 on a mean over the AUs that is divided by a batch of 25 once more."""
    config = PaperTrainConfig()
    assert config.weights.action_units == 4000 / config.batch


def test_identity_is_the_mean_absolute_difference() -> None:
    photo, back = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    back[0, 0, 0, 0], back[0, 2, 1, 1] = 1.0, -0.5
    assert losses.identity(back, photo).item() == pytest.approx(1.5 / 12)


def test_the_size_of_a_mask() -> None:
    mask = torch.tensor([[[[1.0, 0.5], [0.0, 0.0]]]])
    assert losses.attention_size(mask).item() == pytest.approx(1.25 / 4)


def test_the_variation_of_a_mask_is_a_sum() -> None:
    mask = torch.tensor([[[[1.0, 0.5], [0.0, 0.0]]]])
    # down: 1 and .25; across: .25 and 0
    assert losses.attention_variation(mask).item() == pytest.approx(1.5)
    flat = torch.full((1, 1, 2, 2), 0.7)
    assert losses.attention_variation(torch.cat([mask, flat])).item() == pytest.approx(0.75)


def test_attention_is_both() -> None:
    mask = torch.tensor([[[[1.0, 0.5], [0.0, 0.0]]]])
    assert losses.attention(mask, 0.1).item() == pytest.approx(0.1 * 1.5 + 1.25 / 4)


@pytest.mark.parametrize("copies", [2, 5])
def test_no_term_depends_on_the_batch_size(copies: int) -> None:
    torch.manual_seed(0)
    one, other, mix = torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4), torch.rand(2)

    def terms(times: int) -> list[float]:
        a, b = (t.repeat(times, 1, 1, 1) for t in (one, other))
        critic = LinearCritic(torch.full((3, 4, 4), 0.2))
        return [
            losses.adversarial_critic(a, b).item(),
            losses.adversarial_generator(a).item(),
            losses.gradient_penalty(critic, a, b, mix.repeat(times)).item(),
            losses.conditional_expression(a[:, 0, 0], b[:, 0, 0]).item(),
            losses.identity(a, b).item(),
            losses.attention(a[:, :1], 0.1).item(),
        ]

    for value, single in zip(terms(copies), terms(1), strict=True):
        assert math.isclose(value, single, rel_tol=1e-5)


def test_thirty_epochs() -> None:
    assert count_steps(200_000, 25) == PaperTrainConfig().steps == 240_000
    assert count_steps(10, 25) == 12
