"""StarGAN's published networks, and checkpoints of its public code that become ours."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.errors import ModelError, UsageError
from ganimate.networks.checkpoint import read_checkpoint
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.stargan import (
    Framing,
    StarganConfig,
    StarganCritic,
    StarganCriticConfig,
    StarganGenerator,
    count_critic_layers,
)
from ganimate.networks.stargan_checkpoint import CELEBA, RAFD

EMOTIONS = ("angry", "happy", "sad", "surprise")


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_published_networks_have_their_sizes() -> None:
    # 7 x 7 stem on 3 + 5 channels, two strided 4 x 4, six blocks of two 3 x 3, two transposed
    # 4 x 4, 7 x 7 head, no biases; two numbers of each normalised channel
    convolutions = (
        8 * 64 * 49
        + (64 * 128 + 128 * 256) * 16
        + 12 * 256 * 256 * 9
        + (256 * 128 + 128 * 64) * 16
        + 64 * 3 * 49
    )
    norms = 2 * (64 + 128 + 256 + 12 * 256 + 128 + 64)
    assert count(StarganGenerator(StarganConfig(CELEBA))) == convolutions + norms == 8_430_528
    critic = StarganCritic(StarganCriticConfig(labels=8))
    widths = [3, *(64 * 2**layer for layer in range(6))]
    layers = sum(16 * i * o + o for i, o in pairwise(widths))
    assert count(critic) == layers + 9 * 2048 + 8 * 2048 * 4 == 44_786_624
    realism, labels = critic(torch.zeros(2, 3, 128, 128))
    assert (realism.shape, labels.shape) == ((2, 1, 2, 2), (2, 8))


@pytest.mark.parametrize(("size", "layers"), [(128, 6), (256, 6), (64, 5), (48, 4), (50, 1)])
def test_the_critic_of_smaller_pictures(size: int, layers: int) -> None:
    assert count_critic_layers(size) == layers
    critic = StarganCritic(StarganCriticConfig(4, size, channels=4, layers=layers))
    realism, labels = critic(torch.zeros(1, 3, size, size))
    assert realism.shape[2] == size // 2**layers >= 2
    assert labels.shape == (1, 4)


def test_every_label_paints_another_picture() -> None:
    torch.manual_seed(0)
    generator = StarganGenerator(StarganConfig(EMOTIONS, size=16, channels=8, blocks=1))
    image = torch.rand(1, 3, 16, 16) * 2 - 1
    painted = generator(image.expand(4, -1, -1, -1), torch.eye(4))
    assert painted.shape == (4, 3, 16, 16)
    assert painted.abs().max() <= 1
    apart = (painted[:, None] - painted[None]).abs().amax(dim=(2, 3, 4))
    assert (apart + torch.eye(4) > 1e-3).all()


def test_a_weights_file_keeps_labels_and_framing(tmp_path: Path) -> None:
    config = StarganConfig(
        EMOTIONS, size=16, channels=4, blocks=1, grey=True, framing=Framing(1.04, 0, -0.09)
    )
    path = tmp_path / "x.safetensors"
    save_generator(path, StarganGenerator(config).state_dict(), config)
    assert load_generator(path).config == config


# The public layout, written from its description


class Block(nn.Module):
    """A residual block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for last in (False, True):
            layers += [nn.Conv2d(channels, channels, 3, 1, 1, bias=False), norm(channels)]
            layers += [] if last else [nn.ReLU()]
        self.main = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.main(x)


class Public(nn.Module):
    """The generator with the public code's names: one sequence, `main`."""

    def __init__(self, labels: int, channels: int = 8, blocks: int = 2, colours: int = 3) -> None:
        super().__init__()
        c, layers = channels, []
        for i, o, kernel, stride, padding in (
            (3 + labels, c, 7, 1, 3), (c, 2 * c, 4, 2, 1), (2 * c, 4 * c, 4, 2, 1),
        ):  # fmt: skip
            conv = nn.Conv2d(i, o, kernel, stride, padding, bias=False)
            layers += [conv, norm(o), nn.ReLU()]
        layers += [Block(4 * c) for _ in range(blocks)]
        for i, o in ((4 * c, 2 * c), (2 * c, c)):
            layers += [nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), norm(o), nn.ReLU()]
        self.main = nn.Sequential(*layers, nn.Conv2d(c, colours, 7, 1, 3, bias=False), nn.Tanh())

    def forward(self, image: Tensor, labels: Tensor) -> Tensor:
        maps = labels[:, :, None, None].expand(-1, -1, *image.shape[2:])
        painted: Tensor = self.main(torch.cat([image, maps], 1))
        return painted


def norm(channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels, affine=True, track_running_stats=True)


def train(public: Public) -> Public:
    """As if trained: no weight, bias or statistic where it began."""
    torch.manual_seed(2)
    with torch.no_grad():
        for tensor in public.state_dict().values():
            if tensor.dtype.is_floating_point:
                tensor.add_(torch.randn(tensor.shape) * 0.1)
    return public.train()  # as the public code runs it: by the statistics of the picture


def save(tmp_path: Path, state: Any) -> Path:
    path = tmp_path / "200000-G.ckpt"
    torch.save(state, path)
    return path


def compare(public: Public, generator: Any, labels: int) -> None:
    rng = torch.Generator().manual_seed(1)
    image = torch.rand(2, 3, 32, 32, generator=rng) * 2 - 1
    condition = torch.rand(2, labels, generator=rng)
    with torch.no_grad():
        theirs, ours = public(image, condition), generator(image, condition)
    assert theirs.std() > 0.01
    assert torch.allclose(theirs, ours, atol=2e-5)


@pytest.mark.parametrize(
    ("labels", "names"), [(5, CELEBA), (8, RAFD), (3, ("label1", "label2", "label3"))]
)
def test_a_public_checkpoint_paints_the_same(
    tmp_path: Path, labels: int, names: tuple[str, ...]
) -> None:
    public = train(Public(labels))
    parallel = {f"module.{name}": tensor for name, tensor in public.state_dict().items()}
    for state in (public.state_dict(), parallel):
        found = read_checkpoint(save(tmp_path, state))
        compare(public, found.generator, labels)
        assert found.repository == "yunjey/stargan"
        assert found.generator.config.labels == names  # type: ignore[union-attr]
        assert ", ".join(names) in (found.caution or "")


def test_the_import_command_names_labels(tmp_path: Path) -> None:
    public = train(Public(4))
    path, output = save(tmp_path, public.state_dict()), tmp_path / "x.safetensors"
    arguments = ["import", str(path), "-o", str(output), "--labels", "angry,happy,sad,surprise"]
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert (facts["layout"], facts["config"]["labels"]) == ("yunjey/stargan", list(EMOTIONS))
    generator = load_generator(output)
    compare(public, generator, 4)
    assert generator.config.labels == EMOTIONS  # type: ignore[union-attr]
    few = CliRunner().invoke(app, [*arguments[:-1], "angry,happy"])
    assert few.exit_code == 2
    assert "has 4 labels, not 2" in few.stderr


def test_other_checkpoints(tmp_path: Path) -> None:
    critic = {"main.0.weight": torch.ones(8, 3, 4, 4), "conv1.weight": torch.ones(1, 8, 3, 3)}
    with pytest.raises(ModelError, match="is a critic"):
        read_checkpoint(save(tmp_path, critic))
    shallow = {k: v for k, v in train(Public(5)).state_dict().items() if ".13." not in k}
    shallow.pop("main.3.weight")
    with pytest.raises(ModelError, match="another network"):
        read_checkpoint(save(tmp_path, shallow))
    grey = train(Public(5, colours=1)).state_dict()
    with pytest.raises(ModelError, match="is no generator of"):
        read_checkpoint(save(tmp_path, grey))
    endless = train(Public(5)).state_dict()
    endless["main.0.weight"][0, 0, 0, 0] = torch.inf
    with pytest.raises(ModelError, match="not finite"):
        read_checkpoint(save(tmp_path, endless))


def test_labels_of_a_generator_that_has_none(tmp_path: Path) -> None:
    state = {"a": torch.ones(2)}
    with pytest.raises(ModelError):
        read_checkpoint(save(tmp_path, state), ("happy",))
    with pytest.raises(UsageError, match="5 labels, not 1"):
        read_checkpoint(save(tmp_path, train(Public(5)).state_dict()), ("happy",))
