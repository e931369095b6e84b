"""The one painter: what users see, what is judged and what is trained are the same frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganimate.appearance.mouth_shade import shade_mouth
from ganimate.networks.generators import load_generator
from ganimate.networks.motion import Generator
from ganimate.rendering.painter import (
    WindowInput,
    lay_paint,
    paint,
    paint_windows,
    shade_painting,
    to_signed,
)
from ganimate.rendering.window import Window

CPU = torch.device("cpu")
SIDE = 64


@pytest.fixture(scope="module")
def generator(model: Path) -> Generator:
    generator = load_generator(model)
    assert isinstance(generator, Generator)
    return generator


def make_inputs(count: int = 3) -> list[WindowInput]:
    """Windows with a drawn mouth in the middle, which the photo does not know."""
    rng = np.random.default_rng(0)
    unknown = np.zeros((SIDE, SIDE), np.float32)
    unknown[20:44, 12:52] = 1
    return [
        WindowInput(
            window=Window(8, 16, SIDE),
            given=rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8),
            unknown=unknown,
            drawn=unknown,
            aus=rng.random((17, 2), np.float32),
            change=change,
        )
        for change in np.linspace(0.0, 1.0, count)
    ]


def to_batch(inputs: list[WindowInput]) -> tuple[torch.Tensor, ...]:
    """The tensors that training runs a generator on."""
    image = to_signed(torch.from_numpy(np.stack([one.given for one in inputs])))
    return (
        image.permute(0, 3, 1, 2).contiguous(),
        torch.from_numpy(np.stack([one.unknown for one in inputs]))[:, None],
        torch.from_numpy(np.stack([one.aus for one in inputs])),
        torch.tensor([one.change for one in inputs]),
    )


def test_training_and_rendering_paint_the_same(generator: Generator) -> None:
    inputs = make_inputs()
    with torch.no_grad():
        painting = paint(generator, *to_batch(inputs))
    drawn = torch.from_numpy(np.stack([one.drawn for one in inputs]))[:, None]
    clamped = ((shade_painting(painting, drawn).result + 1) * 127.5).permute(0, 2, 3, 1).numpy()
    for one, wanted in zip(paint_windows(generator, inputs, CPU), clamped, strict=True):
        assert np.abs(one.result - wanted).max() < 0.01


def test_colours_of_a_drawn_mouth_are_bounded_in_what_users_see(generator: Generator) -> None:
    inputs = make_inputs()
    with torch.no_grad():
        colours = (paint(generator, *to_batch(inputs)).colour + 1) * 127.5
    for one, asked, colour in zip(
        paint_windows(generator, inputs, CPU), inputs, colours.permute(0, 2, 3, 1), strict=True
    ):
        bounded = shade_mouth(colour.numpy(), asked.given, asked.drawn)
        assert np.abs(one.colour - bounded).max() < 0.01
        assert np.abs(one.colour - colour.numpy())[20:44, 12:52].max() > 1


def test_no_change_is_not_painted(generator: Generator) -> None:
    still, *others = paint_windows(generator, make_inputs(), CPU)
    assert (still.attention == 1).all()
    assert np.array_equal(still.result, still.given)
    assert all(one.attention.min() == 0 for one in others)  # where nothing is known


def test_paint_laid_over_the_window_is_equation_1(generator: Generator) -> None:
    _, one, _ = paint_windows(generator, make_inputs(), CPU)
    over = lay_paint(one, detail_from=1.0, border=1e-6)
    laid = over[:, :, :3] + (1 - over[:, :, 3:]) * one.given
    np.testing.assert_allclose(laid[1:-1, 1:-1], one.result[1:-1, 1:-1], atol=1e-3)


def test_training_has_a_gradient(generator: Generator) -> None:
    painting = paint(generator, *to_batch(make_inputs()))
    painting.result.square().mean().backward()
    gradients = [p.grad for p in generator.parameters() if p.grad is not None]
    assert any(bool(gradient.any()) for gradient in gradients)
    generator.zero_grad()
