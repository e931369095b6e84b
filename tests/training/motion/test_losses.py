"""Each loss term against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ganimate.training.motion import losses


class LinearCritic(nn.Module):
    """Realism w . x in every patch, whose gradient is w at every point."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, image: Tensor, unknown: Tensor) -> tuple[list[Tensor], None, list[Tensor]]:
        realism = (image * self.weight).sum(dim=(1, 2, 3)).view(-1, 1, 1, 1)
        return [realism.expand(-1, 1, 4, 4), realism.expand(-1, 1, 2, 2)], None, []


def test_all_patches_count_alike_where_nothing_is_unknown() -> None:
    fine, coarse = torch.rand(3, 1, 4, 4), torch.rand(3, 1, 2, 2)
    means = losses.average_patches([fine, coarse], torch.zeros(3, 1, 8, 8))
    assert torch.allclose(means, (fine.mean(dim=(1, 2, 3)) + coarse.mean(dim=(1, 2, 3))) / 2)


def test_what_no_photo_shows_counts_most() -> None:
    unknown = torch.zeros(1, 1, 8, 8)
    unknown[0, 0, 0, 7] = 1.0  # in the upper right of four patches
    patches = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    mean = losses.average_patches([patches], unknown)
    assert mean.item() == pytest.approx((0.1 * 1 + 1.1 * 2 + 0.1 * 3 + 0.1 * 4) / 1.4)


def test_the_critic_gains_where_photos_score_above_frames() -> None:
    unknown = torch.zeros(2, 1, 4, 4)
    real, fake = [torch.full((2, 1, 1, 1), 3.0)], [torch.full((2, 1, 1, 1), -1.0)]
    right = math.log(1 + math.exp(-3)) + math.log(1 + math.exp(-1))
    wrong = math.log(1 + math.exp(1)) + math.log(1 + math.exp(3))
    critic = losses.adversarial_critic
    assert critic(real, fake, unknown, "logistic").item() == pytest.approx(right)
    assert critic(fake, real, unknown, "logistic").item() == pytest.approx(wrong)
    assert critic(real, fake, unknown, "wgan-gp").item() == pytest.approx(-4)
    assert critic(fake, real, unknown, "wgan-gp").item() == pytest.approx(4)
    undecided = [torch.zeros(2, 1, 1, 1)]
    loss = critic(undecided, undecided, unknown, "logistic").item()
    assert loss == pytest.approx(2 * math.log(2))


def test_the_generator_gains_where_frames_pass_for_photos() -> None:
    unknown, patches = torch.zeros(1, 1, 4, 4), torch.full((1, 1, 2, 2), 2.0)
    logistic = losses.adversarial_generator([patches], unknown, "logistic").item()
    assert logistic == pytest.approx(math.log(1 + math.exp(-2)))
    assert losses.adversarial_generator([patches], unknown, "wgan-gp").item() == pytest.approx(-2)


def test_a_wasserstein_critic_looks_where_no_photo_does() -> None:
    unknown = torch.zeros(1, 1, 8, 8)
    unknown[0, 0, 0, 7] = 1.0  # in the upper right of four patches, which counts 1.1 beside .1
    real, fake = torch.zeros(1, 1, 2, 2), torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    expected = (0.1 * 1 + 1.1 * 2 + 0.1 * 3 + 0.1 * 4) / 1.4
    loss = losses.adversarial_critic([real], [fake], unknown, "wgan-gp").item()
    assert loss == pytest.approx(expected)
    pull = losses.adversarial_generator([fake], unknown, "wgan-gp").item()
    assert pull == pytest.approx(-expected)


@pytest.mark.parametrize("length", [0.0, 0.5, 1.0, 3.0])
def test_the_gradient_penalty_of_a_linear_critic(length: float) -> None:
    torch.manual_seed(0)
    direction = torch.randn(3, 4, 4)
    critic = LinearCritic(length * direction / direction.norm())
    real, fake = torch.randn(5, 3, 4, 4), torch.randn(5, 3, 4, 4)
    unknown = torch.rand(5, 1, 4, 4)
    penalty = losses.gradient_penalty(critic, real, fake, unknown, torch.rand(5))
    assert penalty.item() == pytest.approx((length - 1) ** 2, abs=1e-5)
    of_photos = losses.gradient_penalty_of_photos(critic, real, unknown)
    assert of_photos.item() == pytest.approx(length**2 / 2, abs=1e-5)


def test_the_gradient_penalties_teach_the_critic() -> None:
    critic = LinearCritic(torch.full((1, 2, 2), 1.5))
    real, fake = torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    losses.gradient_penalty_of_photos(critic, real, fake).backward()
    # d(|w|^2 / 2) / dw = w
    assert critic.weight.grad is not None
    assert torch.allclose(critic.weight.grad, torch.full((1, 2, 2), 1.5))
    critic.weight.grad = None
    losses.gradient_penalty(critic, real, fake, fake, torch.rand(2)).backward()
    # d(|w| - 1)^2 / dw = 2 (|w| - 1) w / |w|, where |w| = 3 and w / |w| = .5 everywhere
    assert torch.allclose(critic.weight.grad, torch.full((1, 2, 2), 2.0))


def test_the_gradient_penalty_looks_between_photo_and_frame() -> None:
    """At the photo for a share of 1, at the frame for 0; there the gradients are 3 and 5 long."""

    class SquareCritic(nn.Module):
        """Realism x^2 / 2, whose gradient is x."""

        def forward(
            self, image: Tensor, unknown: Tensor
        ) -> tuple[list[Tensor], None, list[Tensor]]:
            return [image.square() / 2], None, []

    real, fake = torch.full((3, 1, 1, 1), 3.0), torch.full((3, 1, 1, 1), 5.0)
    mix = torch.tensor([1.0, 0.0, 0.5])
    penalty = losses.gradient_penalty(SquareCritic(), real, fake, torch.zeros(3, 1, 1, 1), mix)
    assert penalty.item() == pytest.approx((2**2 + 4**2 + 3**2) / 3)


def test_action_units_are_compared_squared() -> None:
    measured, asked = torch.zeros(2, 17, 2), torch.zeros(2, 17, 2)
    asked[0, 3, 1] = 1.0
    measured[1, 5, 0] = 0.5
    every = torch.ones(2, 17)
    assert losses.conditional_expression(measured, asked, every).item() == pytest.approx(1.25 / 68)
    every[0, 3] = 0  # cannot be read in the first sample's window
    assert losses.conditional_expression(measured, asked, every).item() == pytest.approx(0.25 / 68)


def test_the_attention_term_counts_what_is_painted() -> None:
    attention = torch.ones(1, 1, 2, 2)
    assert losses.attention_size(attention).item() == 0
    attention[0, 0, 0, 0] = 0.5
    assert losses.attention_size(attention).item() == pytest.approx(0.25 / 4)


def test_the_variation_of_a_flat_mask_is_nought() -> None:
    assert losses.attention_variation(torch.full((2, 1, 4, 4), 0.3)).item() == 0


def test_the_variation_of_a_step() -> None:
    attention = torch.zeros(1, 1, 3, 4)
    attention[..., 2:] = 1  # one of three columns of differences, none of the rows
    assert losses.attention_variation(attention).item() == pytest.approx(1 / 3)
    assert losses.attention_variation(attention.transpose(2, 3)).item() == pytest.approx(1 / 3)


def test_the_round_trip_weighs_what_was_unknown() -> None:
    photo = torch.zeros(1, 3, 2, 2)
    result = torch.full((1, 3, 2, 2), 0.1)
    unknown = torch.zeros(1, 1, 2, 2)
    assert losses.round_trip(result, photo, unknown, 20.0).item() == pytest.approx(0.1)
    unknown[0, 0, 0, 0] = 1.0
    assert losses.round_trip(result, photo, unknown, 20.0).item() == pytest.approx(0.1 * 23 / 4)
    assert losses.round_trip(photo, photo, unknown, 20.0).item() == 0


def test_features_are_compared_each_on_its_own_scale() -> None:
    photo = [torch.full((1, 2), 10.0), torch.full((1, 4), 0.1)]
    result = [torch.full((1, 2), 12.0), torch.full((1, 4), 0.2)]
    wanted = (2 / 10.001 + 0.1 / 0.101) / 2
    assert losses.feature_distance(result, photo).item() == pytest.approx(wanted, rel=1e-5)
    assert losses.feature_distance(photo, photo).item() == 0


def test_the_answer_s_features_are_not_trained() -> None:
    photo, result = torch.ones(1, 2, requires_grad=True), torch.zeros(1, 2, requires_grad=True)
    losses.feature_distance([result], [photo]).backward()
    assert photo.grad is None
    assert result.grad is not None


@pytest.mark.parametrize("copies", [1, 3])
def test_no_term_depends_on_the_batch_size(copies: int) -> None:
    torch.manual_seed(0)
    one, other = torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4)
    unknown = torch.rand(2, 1, 4, 4)

    def terms(times: int) -> list[float]:
        a, b, u = (t.repeat(times, 1, 1, 1) for t in (one, other, unknown))
        critic = LinearCritic(torch.full((3, 4, 4), 0.2))
        return [
            losses.round_trip(a, b, u, 20.0).item(),
            losses.attention_size(u).item(),
            losses.attention_variation(u).item(),
            losses.conditional_expression(
                *(x.flatten(1)[:, :34].view(-1, 17, 2) for x in (a, b)), torch.ones(len(a), 17)
            ).item(),
            losses.feature_distance([a], [b]).item(),
            losses.adversarial_critic([a[:, :1]], [b[:, :1]], u, "wgan-gp").item(),
            losses.adversarial_generator([a[:, :1]], u, "wgan-gp").item(),
            losses.gradient_penalty(critic, a, b, u, a[:, 0, 0, 0]).item(),
            losses.gradient_penalty_of_photos(critic, a, u).item(),
        ]

    for value, single in zip(terms(copies), terms(1), strict=True):
        assert math.isclose(value, single, rel_tol=1e-5)


def test_a_painted_mouth_is_like_its_drawing_in_any_light() -> None:
    torch.manual_seed(0)
    drawing = torch.rand(1, 3, 16, 16)  # nothing of it is dark
    drawn = torch.zeros(1, 1, 16, 16)
    drawn[..., 4:12, 4:12] = 1
    other = torch.where(drawn == 1, 0.5 * drawing + 0.1, -drawing)  # only what is drawn counts
    assert losses.anatomy(other, drawing, drawn).item() == pytest.approx(0, abs=1e-2)
    inverse = 0.8 - 0.2 * drawing
    assert losses.anatomy(inverse, drawing, drawn).item() == pytest.approx(2, abs=2e-2)
    flat = torch.full_like(drawing, 0.5)
    assert losses.anatomy(flat, drawing, drawn).item() == pytest.approx(1, abs=1e-3)


def test_a_throat_is_not_to_glow() -> None:
    drawing, drawn = torch.full((1, 3, 16, 16), -0.8), torch.ones(1, 1, 16, 16)
    drawing[..., 8:] = 0.8  # teeth
    result = drawing.clone()
    assert losses.anatomy(result, drawing, drawn).item() == pytest.approx(0, abs=1e-3)
    result[..., 8:] = 1.0  # which may be brighter
    assert losses.anatomy(result, drawing, drawn).item() == pytest.approx(0, abs=1e-3)
    red = drawing.clone()
    red[:, 0, :, :8] += 0.4
    grown = losses.anatomy(red, drawing, drawn).item()
    assert grown == pytest.approx(5 * (0.4 - 0.1) / 3, rel=0.02)  # one of three channels


def test_nothing_black_is_to_stand_between_teeth() -> None:
    drawing, drawn = torch.full((1, 3, 16, 16), 0.2), torch.ones(1, 1, 16, 16)
    drawing[..., 8:] = 0.8
    shaded = torch.where(drawing > 0.5, drawing - 0.4, drawing)  # as far as teeth may be
    black = torch.where(drawing > 0.5, drawing, drawing - 1.1)
    grown = losses.anatomy(black, drawing, drawn) - losses.anatomy(drawing, drawing, drawn)
    assert grown.item() == pytest.approx(5 * (1.1 - 0.5) / 2, rel=0.02)  # half of the pixels
    assert losses.anatomy(shaded, drawing, drawn).item() == pytest.approx(0, abs=1e-2)


def coloured(red: float, green: float, blue: float) -> Tensor:
    """A picture (1, 3, 16, 16) of one colour, of [0, 255]."""
    return (torch.tensor([red, green, blue]) / 127.5 - 1).view(1, 3, 1, 1).repeat(1, 1, 16, 16)


@pytest.mark.parametrize(
    ("drawing", "painted", "off"),
    [
        ((210, 200, 190), (200, 180, 160), 0.0),  # teeth, yellowish
        ((210, 200, 190), (200, 180, 120), 60 - 0.12 * 180),  # ... yellow
        ((210, 200, 190), (180, 180, 170), 0.04 * 180),  # ... green
        ((210, 200, 190), (200, 140, 130), 60 - 0.13 * 200),  # ... pink
        ((210, 200, 190), (180, 170, 190), 20.0),  # ... blue
        ((160, 100, 95), (170, 110, 100), 0.0),  # gums
        ((160, 100, 95), (80, 80, 60), 0.28 * 80),  # ... olive
        ((36, 20, 18), (30, 40, 30), 0.28 * 30 + 10),  # a corner, green
    ],
)
def test_teeth_are_no_redder_and_flesh_no_less_red_than_they_are(
    drawing: tuple[int, ...], painted: tuple[int, ...], off: float
) -> None:
    result, given = (coloured(*colour).repeat(1, 1, 4, 4) for colour in (painted, drawing))
    drawn = torch.ones(1, 1, 64, 64)  # one of its pixels in 4,096 goes to no division by nought
    loss = losses.tint(result, given, drawn).item()
    assert loss == pytest.approx(off / 127.5, rel=1e-3, abs=1e-6)


def test_what_may_be_lip_may_be_as_red_as_lips() -> None:
    given, drawn = coloured(210, 200, 190), torch.zeros(1, 1, 16, 16)
    drawn[..., 2:14, 2:14] = 1
    result = coloured(200, 100, 100)
    result[..., 5:11, 5:11] = coloured(200, 180, 160)[..., 5:11, 5:11]
    assert losses.tint(result, given, drawn).item() == pytest.approx(0, abs=1e-6)
    result[..., 7, 7] = coloured(200, 100, 100)[..., 7, 7]
    assert losses.tint(result, given, drawn).item() > 0


def test_where_no_mouth_is_drawn_none_is_compared() -> None:
    pictures, nothing = torch.rand(2, 3, 8, 8), torch.zeros(2, 1, 8, 8)
    for compare in (losses.anatomy, losses.tint):
        assert compare(pictures, -pictures, nothing).item() == 0
        assert compare(pictures[:0], pictures[:0], nothing[:0]).item() == 0
