"""The first-order networks, and public checkpoints that become them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.errors import ModelError
from ganimate.networks.checkpoint import read_checkpoint
from ganimate.networks.first_order.config import FirstOrderConfig, FirstOrderCriticConfig
from ganimate.networks.first_order.critic import FirstOrderCritic
from ganimate.networks.first_order.generator import FirstOrderGenerator
from ganimate.networks.first_order.keypoints import Keypoints, invert
from ganimate.networks.first_order.layers import make_grid, sample
from ganimate.networks.first_order.motion import compute_sparse_motions
from ganimate.networks.generators import load_generator, save_generator

SMALL = FirstOrderConfig(
    size=64, keypoints=3, shrink=2, detector_channels=4, motion_channels=4,
    most_hourglass_channels=16, channels=8, most_channels=16, blocks=2,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


# The published networks


def block(inside: int, outside: int, kernel: int = 3) -> int:
    """Weights and biases of a convolution, and two numbers of each normalised channel."""
    return inside * outside * kernel**2 + outside + 2 * outside


def hourglass(inside: int, channels: int) -> int:
    """Five levels down and up, of 1024 channels at most, with skips."""
    widths = [min(1024, channels * 2**level) for level in range(6)]
    down = sum(block(a, b) for a, b in zip([inside, *widths[1:5]], widths[1:], strict=True))
    up = block(widths[5], widths[4])
    return down + up + sum(block(2 * widths[i + 1], widths[i]) for i in range(4))


def test_the_published_networks_have_their_sizes() -> None:
    generator = FirstOrderGenerator(FirstOrderConfig())
    detector = hourglass(3, 32) + (32 + 3) * 49 * (10 + 40) + 50
    motion = hourglass(44, 64) + (64 + 44) * 49 * (11 + 1) + 12
    residual = 2 * (256 * 256 * 9 + 256) + 4 * 256
    painter = block(3, 64, 7) + block(64, 128) + block(128, 256) + 6 * residual
    painter += block(256, 128) + block(128, 64) + 64 * 3 * 49 + 3
    assert parameters(generator.detector) == detector == 14_215_368
    assert parameters(generator.motion) == motion
    assert parameters(generator) == detector + motion + painter == 59_790_759


def test_the_published_discriminator() -> None:
    config = FirstOrderCriticConfig(keypoints=10)
    critic = FirstOrderCritic(config)
    (judged,) = critic(torch.zeros(1, 3, 256, 256), torch.zeros(1, 10, 2))
    # 4 x 4 without padding, halved after all but the last: 253, 126; 123, 61; 58, 29; 26
    assert [one.shape[1:] for one in judged.features] == [
        (64, 126, 126), (128, 61, 61), (256, 29, 29), (512, 26, 26)
    ]  # fmt: skip
    assert judged.realism.shape == (1, 1, 26, 26)
    assert config.measure_output(256) == 26
    assert config.measure_output(40) == 0
    widths = [13, 64, 128, 256, 512]
    layers = sum(16 * a * b + b for a, b in pairwise(widths))
    assert parameters(critic) == layers + 2 * (128 + 256 + 512) + 512 + 1


def test_every_jacobian_begins_as_the_identity() -> None:
    found = FirstOrderGenerator(SMALL).eval().detector(torch.rand(2, 3, 64, 64))
    assert torch.allclose(found.jacobians, torch.eye(2).expand(2, 3, 2, 2), atol=1e-6)
    assert found.places.abs().max() <= 1


def test_keypoints_are_the_means_of_their_heat_maps() -> None:
    found, heat = FirstOrderGenerator(SMALL).eval().detector.find(torch.rand(1, 3, 64, 64))
    assert heat.shape == (1, 3, 26, 26)  # 32 px less what a 7 x 7 kernel takes
    assert torch.allclose(heat.sum((2, 3)), torch.ones(1, 3), atol=1e-5)
    x = torch.linspace(-1, 1, 26)
    assert torch.allclose(found.places[0, 1, 0], (heat[0, 1].sum(0) * x).sum(), atol=1e-5)
    assert torch.allclose(found.places[0, 1, 1], (heat[0, 1].sum(1) * x).sum(), atol=1e-5)


def test_no_motion_gives_the_source_back() -> None:
    generator = FirstOrderGenerator(SMALL).eval()
    source = torch.rand(1, 3, 64, 64)
    made = generator(source, source)
    assert torch.allclose(made.motion.field, make_grid(32, 32, source)[None], atol=1e-5)
    assert torch.allclose(made.motion.masks.sum(1), torch.ones(1, 32, 32), atol=1e-5)
    assert torch.allclose(made.deformed, source, atol=1e-4)


def test_an_affine_motion_is_found_again() -> None:
    """Eq. 4 about each keypoint is the motion itself where that is affine."""
    turn = torch.tensor([[0.9, -0.3], [0.2, 1.1]])
    shift = torch.tensor([0.1, -0.05])
    driving = Keypoints(torch.rand(1, 3, 2) - 0.5, torch.rand(1, 3, 2, 2) + 2 * torch.eye(2))
    source = Keypoints(driving.places @ turn.T + shift, turn @ driving.jacobians)
    motions = compute_sparse_motions(source, driving, 8, 8)
    grid = make_grid(8, 8, turn)
    assert torch.allclose(motions[0, 0], grid)  # the background holds still
    for number in (1, 2, 3):
        assert torch.allclose(motions[0, number], grid @ turn.T + shift, atol=1e-5)
    picture = torch.rand(1, 1, 8, 8)
    assert torch.allclose(sample(picture, grid[None]), picture, atol=1e-6)


def test_inverses_are_inverses() -> None:
    matrices = torch.rand(4, 3, 2, 2) + torch.eye(2)
    assert torch.allclose(invert(matrices), torch.linalg.inv(matrices), atol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"size": 72}, "72 px are no multiple of 64"),
        ({"levels": 9}, "halves pictures 8 times at most"),
        ({"keypoints": 0}, "whole and above 0"),
        ({"size": 64.0}, "whole and above 0"),
        ({"temperature": 0.0}, "above 0"),
    ],
)
def test_what_no_network_can_be(wrong: dict[str, Any], words: str) -> None:
    settings = {**SMALL.__dict__, **wrong}
    with pytest.raises(ValueError, match=words):
        FirstOrderConfig(**settings)


def test_a_file_rebuilds_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    generator = shake(FirstOrderGenerator(SMALL)).eval()
    path = tmp_path / "small.safetensors"
    save_generator(path, generator.state_dict(), SMALL, halves=False)
    again = load_generator(path)
    source, driving = torch.rand(2, 1, 3, 64, 64)
    assert isinstance(again, FirstOrderGenerator)
    assert torch.equal(again(source, driving).picture, generator(source, driving).picture)


def shake(network: nn.Module) -> nn.Module:
    """Give all weights and statistics values by chance, of which none is a default."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        for name, buffer in network.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.1)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2)
    return network


# The public layout, written from its description


class Block(nn.Module):
    def __init__(self, inside: int, outside: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(outside)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(self.conv(x)))


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in "12")
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv1(torch.relu(self.norm1(x)))
        return self.conv2(torch.relu(self.norm2(inner))) + x


class Coder(nn.Module):
    def __init__(self, name: str, blocks: list[Block]) -> None:
        super().__init__()
        self.add_module(name, nn.ModuleList(blocks))


class PublicHourglass(nn.Module):
    def __init__(self, inside: int, expansion: int, most: int) -> None:
        super().__init__()
        width = [min(most, expansion * 2**i) for i in range(6)]
        first = [inside, *width[1:5]]
        self.encoder = Coder("down_blocks", [Block(first[i], width[i + 1]) for i in range(5)])
        wide = [width[i + 1] * (1 if i == 4 else 2) for i in range(5)]
        self.decoder = Coder("up_blocks", [Block(wide[i], width[i]) for i in (4, 3, 2, 1, 0)])
        self.out_filters = expansion + inside

    def forward(self, x: Tensor) -> Tensor:
        kept = [x]
        for down in self.encoder.down_blocks:
            kept.append(F.avg_pool2d(down(kept[-1]), 2))
        x = kept.pop()
        for up in self.decoder.up_blocks:
            x = torch.cat([up(F.interpolate(x, scale_factor=2)), kept.pop()], 1)
        return x


class Blur(nn.Module):
    """Pictures a fourth as large: a Gaussian of deviation 1.5, of 13 x 13."""

    def __init__(self) -> None:
        super().__init__()
        away = torch.arange(13.0) - 6
        line = torch.exp(-(away**2) / (2 * 1.5**2))
        kernel = torch.outer(line, line)
        self.register_buffer("weight", (kernel / kernel.sum())[None, None].repeat(3, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (6, 6, 6, 6)), self.weight, groups=3)[:, :, ::4, ::4]


def lattice(h: int, w: int) -> Tensor:
    y, x = torch.meshgrid(torch.linspace(-1, 1, h), torch.linspace(-1, 1, w), indexing="ij")
    return torch.stack([x, y], -1)


class PublicDetector(nn.Module):
    def __init__(self, k: int, expansion: int, most: int) -> None:
        super().__init__()
        self.predictor = PublicHourglass(3, expansion, most)
        self.kp = nn.Conv2d(self.predictor.out_filters, k, 7)
        self.jacobian = nn.Conv2d(self.predictor.out_filters, 4 * k, 7)
        self.down = Blur()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.predictor(self.down(x))
        scores = self.kp(features)
        n, k, h, w = scores.shape
        heat = torch.softmax(scores.reshape(n, k, -1) / 0.1, 2).reshape(n, k, h, w)
        value = (heat[..., None] * lattice(h, w)).sum((2, 3))
        maps = self.jacobian(features).reshape(n, k, 4, h, w) * heat[:, :, None]
        return {"value": value, "jacobian": maps.sum((3, 4)).reshape(n, k, 2, 2)}


class PublicMotion(nn.Module):
    def __init__(self, k: int, expansion: int, most: int) -> None:
        super().__init__()
        self.hourglass = PublicHourglass((k + 1) * 4, expansion, most)
        self.mask = nn.Conv2d(self.hourglass.out_filters, k + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.out_filters, 1, 7, padding=3)
        self.down = Blur()

    def forward(self, x: Tensor, a: dict[str, Tensor], b: dict[str, Tensor]) -> Any:
        x = self.down(x)
        n, k = a["value"].shape[:2]
        h, w = x.shape[2:]
        heat = [
            torch.exp(-((lattice(h, w) - one["value"][:, :, None, None]) ** 2).sum(-1) / 0.02)
            for one in (b, a)
        ]
        change = torch.cat([torch.zeros(n, 1, h, w), heat[0] - heat[1]], 1)[:, :, None]
        jacobian = a["jacobian"] @ torch.inverse(b["jacobian"])
        grid = lattice(h, w) - b["value"].reshape(n, k, 1, 1, 2)
        grid = (jacobian[:, :, None, None] @ grid[..., None])[..., 0]
        grid = grid + a["value"].reshape(n, k, 1, 1, 2)
        sparse = torch.cat([lattice(h, w).repeat(n, 1, 1, 1, 1), grid], 1)
        moved = [F.grid_sample(x, sparse[:, i], align_corners=True) for i in range(k + 1)]
        inside = torch.cat([change, torch.stack(moved, 1)], 2).reshape(n, -1, h, w)
        features = self.hourglass(inside)
        masks = torch.softmax(self.mask(features), 1)[..., None]
        return (masks * sparse).sum(1), torch.sigmoid(self.occlusion(features))


class PublicGenerator(nn.Module):
    def __init__(self, k: int, expansion: int, most: int, motion: tuple[int, int]) -> None:
        super().__init__()
        width = [min(most, expansion * 2**i) for i in range(3)]
        self.dense_motion_network = PublicMotion(k, *motion)
        self.first = Block(3, width[0], 7)
        self.down_blocks = nn.ModuleList(Block(width[i], width[i + 1]) for i in (0, 1))
        self.bottleneck = nn.Sequential()
        for i in range(2):
            self.bottleneck.add_module(f"r{i}", Residual(width[2]))
        self.up_blocks = nn.ModuleList(Block(width[i + 1], width[i]) for i in (1, 0))
        self.final = nn.Conv2d(width[0], 3, 7, padding=3)

    def forward(self, x: Tensor, a: dict[str, Tensor], b: dict[str, Tensor]) -> Tensor:
        field, occlusion = self.dense_motion_network(x, a, b)
        x = self.first(x)
        for down in self.down_blocks:
            x = F.avg_pool2d(down(x), 2)
        x = F.grid_sample(x, field, align_corners=True) * occlusion  # both are a fourth as large
        x = self.bottleneck(x)
        for up in self.up_blocks:
            x = up(F.interpolate(x, scale_factor=2))
        return torch.sigmoid(self.final(x))


def build_public() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(3)
    detector = PublicDetector(4, 4, 128)
    generator = PublicGenerator(4, 8, 24, (8, 128))
    return shake(detector).eval(), shake(generator).eval()


@pytest.mark.parametrize("prefix", ["", "module."])
def test_public_checkpoints_make_equal_pictures(tmp_path: Path, prefix: str) -> None:
    detector, generator = build_public()

    def name(network: nn.Module) -> dict[str, Tensor]:
        return {f"{prefix}{name}": tensor for name, tensor in network.state_dict().items()}

    content = {
        "generator": name(generator), "kp_detector": name(detector), "epoch": 100,
        "discriminator": {"discs.1.conv.weight": torch.zeros(2)},
        "optimizer_generator": {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": []},
    }  # fmt: skip
    path = tmp_path / "vox-cpk.pth.tar"
    torch.save(content, path)
    found = read_checkpoint(path)
    assert found.repository == "AliaksandrSiarohin/first-order-model"
    assert "256 px" in (found.caution or "")
    source, driving = torch.rand(2, 1, 3, 256, 256)
    with torch.no_grad():
        a, b = detector(source), detector(driving)
        wanted = generator(source, a, b)
        made = found.generator(source, driving)
    assert torch.allclose(made.source.places, a["value"], atol=1e-5)
    assert torch.allclose(made.driving.jacobians, b["jacobian"], atol=1e-5)
    assert torch.allclose(made.picture, wanted, atol=1e-4)
    assert wanted.std() > 0.01


def test_import_writes_a_file_that_is_read(tmp_path: Path) -> None:
    detector, generator = build_public()
    path, output = tmp_path / "vox-cpk.pth.tar", tmp_path / "vox.safetensors"
    torch.save({"generator": generator.state_dict(), "kp_detector": detector.state_dict()}, path)
    run = CliRunner().invoke(app, ["import", str(path), "-o", str(output)])
    assert run.exit_code == 0, run.output
    assert isinstance(load_generator(output), FirstOrderGenerator)


def test_half_a_checkpoint_or_another_network_is_said(tmp_path: Path) -> None:
    detector, generator = build_public()
    path = tmp_path / "part.pth"
    torch.save({"generator": generator.state_dict()}, path)
    with pytest.raises(ModelError, match="lacks its kp_detector"):
        read_checkpoint(path)
    state = generator.state_dict()
    state["first.conv.weight"] = torch.zeros(8, 1, 7, 7)
    torch.save({"generator": state, "kp_detector": detector.state_dict()}, path)
    with pytest.raises(ModelError, match="another network"):
        read_checkpoint(path)
