"""The generator and the critic: shapes, ranges, and what the masks guarantee."""

from __future__ import annotations

import pytest
import torch

from ganimate.networks.attention import compose
from ganimate.networks.motion import (
    Critic,
    CriticConfig,
    Generator,
    GeneratorConfig,
    Residual,
    spread_sides,
)

SMALL = GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16))


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator(SMALL)


@pytest.fixture(scope="module")
def critic() -> Critic:
    torch.manual_seed(0)
    return Critic(CriticConfig(size=64, channels=8, max_channels=16, layers=4))


def inputs(n: int = 2, size: int = 64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A batch of images, unknown masks and action units."""
    torch.manual_seed(1)
    unknown = (torch.rand(n, 1, size, size) > 0.7).float()
    return torch.rand(n, 3, size, size) * 2 - 1, unknown, torch.rand(n, 17, 2)


def test_shapes_and_ranges(generator: Generator) -> None:
    colour, attention = generator(*inputs())
    assert colour.shape == (2, 3, 64, 64)
    assert attention.shape == (2, 1, 64, 64)
    assert colour.abs().max() <= 1
    assert attention.min() >= 0
    assert attention.max() <= 1


def test_other_sizes_pass_through_the_same_weights(generator: Generator) -> None:
    colour, attention = generator(*inputs(1, 96))
    assert colour.shape[2:] == attention.shape[2:] == (96, 96)


def test_what_is_unknown_is_painted(generator: Generator) -> None:
    image, unknown, aus = inputs()
    colour, attention = generator(image, unknown, aus)
    hidden = unknown == 1
    assert (attention[hidden] == 0).all()
    assert (attention[~hidden] > 0).all()
    result = compose(image, colour, attention)
    assert torch.equal(result[hidden.expand_as(result)], colour[hidden.expand_as(colour)])


def test_what_is_drawn_where_it_is_unknown_matters(generator: Generator) -> None:
    image, unknown, aus = inputs()
    other = torch.where(unknown == 1, -image, image)
    colours = [generator(given, unknown, aus)[0] for given in (image, other)]
    assert not torch.equal(*colours)


def test_an_untrained_generator_keeps_most_of_the_photo(generator: Generator) -> None:
    image, unknown, aus = inputs()
    _, attention = generator(image, torch.zeros_like(unknown), aus)
    assert attention.mean() > 0.8


def test_the_action_units_matter(generator: Generator) -> None:
    image, unknown, aus = inputs()
    colour, _ = generator(image, unknown, aus)
    other, _ = generator(image, unknown, 1 - aus)
    assert not torch.allclose(colour, other)


def test_samples_do_not_see_each_other(generator: Generator) -> None:
    batch = inputs(3)
    together = generator(*batch)
    alone = generator(*(tensor[1:2] for tensor in batch))
    for one, same in zip(together, alone, strict=True):
        assert torch.allclose(one[1:2], same, atol=1e-5)


def test_compose_is_equation_1() -> None:
    image, colour = torch.full((1, 3, 1, 2), 0.5), torch.full((1, 3, 1, 2), -1.0)
    attention = torch.tensor([[[[1.0, 0.25]]]])
    result = compose(image, colour, attention)
    assert torch.equal(result[..., 0], image[..., 0])
    assert torch.allclose(result[..., 1], torch.tensor(0.75 * -1.0 + 0.25 * 0.5))


def test_left_is_the_right_half_of_the_picture() -> None:
    aus = torch.zeros(1, 17, 2)
    aus[0, 8, 0] = 1.0  # the person's left AU12
    spread = spread_sides(aus, 4, 32)
    assert spread.shape == (1, 17, 4, 32)
    assert (spread[0, 8, :, 24:] > 0.95).all()
    assert (spread[0, 8, :, :8] < 0.05).all()
    assert (spread[0, :8] == 0).all()
    assert (spread[0, 8, 0].diff() > 0).all()


def test_equal_sides_are_everywhere_alike() -> None:
    aus = torch.rand(2, 17, 1).expand(-1, -1, 2)
    spread = spread_sides(aus, 3, 10)
    assert torch.allclose(spread, aus[:, :, :1, None].expand(-1, -1, 3, 10))


def test_a_residual_block_starts_as_the_identity() -> None:
    block = Residual(16)
    x = torch.randn(1, 16, 4, 4)
    bias = block.conv2.bias
    assert bias is not None
    assert torch.allclose(block(x), x + bias[None, :, None, None])


def test_the_critic_judges_patches_and_the_face(critic: Critic) -> None:
    image, unknown, _ = inputs()
    realism, aus, features = critic(image, unknown)
    # two layers before the last of four, and one
    assert [patches.shape for patches in realism] == [(2, 1, 16, 16), (2, 1, 8, 8)]
    assert aus.shape == (2, 17, 2)
    assert [feature.shape[1:] for feature in features] == [
        (8, 32, 32),
        (16, 16, 16),
        (16, 8, 8),
        (16, 4, 4),
    ]


def test_a_verdict_does_not_depend_on_the_other_faces(critic: Critic) -> None:
    image, unknown, _ = inputs(4)
    realism, aus, _ = critic(image, unknown)
    alone_realism, alone_aus, _ = critic(image[2:3], unknown[2:3])
    for patches, alone in zip(realism, alone_realism, strict=True):
        assert torch.allclose(patches[2:3], alone, atol=1e-6)
    assert torch.allclose(aus[2:3], alone_aus, atol=1e-6)


def test_a_patch_sees_only_its_part_of_the_face(critic: Critic) -> None:
    image, unknown, _ = inputs(1)
    image.requires_grad_(True)
    for patches, width in zip(critic(image, unknown)[0], (20, 40), strict=True):
        (gradient,) = torch.autograd.grad(patches[0, 0, 0, 0], image, retain_graph=True)
        seen = gradient[0].abs().sum(dim=0) > 0
        assert seen[0, 0]
        assert not seen[:, width:].any()
