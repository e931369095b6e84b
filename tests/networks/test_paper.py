"""The published networks, and checkpoints of three public codes that become one of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn
from typer.testing import CliRunner
from values import changed, pixels

from ganimate.cli.commands import app
from ganimate.errors import ModelError
from ganimate.face.landmarks import N_MESH
from ganimate.face_models import FaceModels
from ganimate.media.tensors import read_tensors
from ganimate.networks.attention import compose
from ganimate.networks.checkpoint import read_checkpoint
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.paper import PaperConfig, PaperCritic, PaperCriticConfig, PaperGenerator
from ganimate.portrait import Portrait
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator

SMALL = PaperConfig(size=64, channels=8, blocks=2)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_published_generator_has_its_size() -> None:
    # 7 x 7 stem on 3 + 17 channels, two strided 4 x 4, six blocks of two 3 x 3, two transposed
    # 4 x 4, two 7 x 7 heads, no biases; two numbers of each normalised channel
    convolutions = (
        20 * 64 * 49
        + (64 * 128 + 128 * 256) * 16
        + 12 * 256 * 256 * 9
        + (256 * 128 + 128 * 64) * 16
        + 64 * 4 * 49
    )
    norms = 2 * (64 + 128 + 256 + 12 * 256 + 128 + 64)
    assert parameters(PaperGenerator(PaperConfig())) == convolutions + norms == 8_471_296


def test_the_published_critic() -> None:
    critic = PaperCritic(PaperCriticConfig())
    realism, aus, features = critic(torch.zeros(2, 3, 128, 128))
    assert realism.shape == (2, 1, 2, 2)
    assert aus.shape == (2, 17)
    assert [feature.shape[1:] for feature in features] == [
        (64 * 2**layer, 64 // 2**layer, 64 // 2**layer) for layer in range(6)
    ]
    widths = [3, *(64 * 2**layer for layer in range(6))]
    convolutions = sum(16 * i * o + o for i, o in pairwise(widths))
    assert parameters(critic) == convolutions + 9 * 2048 + 17 * 2048 * 4
    assert not realism.any()  # of black: biases begin at 0


def test_outputs_have_their_ranges() -> None:
    torch.manual_seed(0)
    generator = PaperGenerator(SMALL)
    colour, attention = generator(*inputs(2))
    assert colour.shape == (2, 3, 64, 64)
    assert attention.shape == (2, 1, 64, 64)
    assert colour.abs().max() <= 1
    assert attention.min() >= 0
    assert attention.max() <= 1


def test_conditioned_on_the_mean_of_the_sides() -> None:
    torch.manual_seed(0)
    generator = PaperGenerator(SMALL)
    image, aus = inputs(1)
    colour, _ = generator(image, aus)
    swapped, _ = generator(image, aus.flip(2))
    assert torch.allclose(colour, swapped, atol=1e-6)
    other, _ = generator(image, aus * 0.5)
    assert (other - colour).abs().max() > 1e-3


def inputs(n: int, size: int = 64) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(1)
    image = torch.rand(n, 3, size, size, generator=rng) * 2 - 1
    return image, torch.rand(n, 17, 2, generator=rng)


# The three public layouts, written from their descriptions


class Block(nn.Module):
    """A residual block whose layers are called `name`."""

    def __init__(self, name: str, channels: int, norm: Any, bias: bool, dropout: bool) -> None:
        super().__init__()
        layers = [nn.Conv2d(channels, channels, 3, 1, 1, bias=bias), norm(channels), nn.ReLU()]
        layers += [nn.Dropout(0.5)] if dropout else []
        layers += [nn.Conv2d(channels, channels, 3, 1, 1, bias=bias), norm(channels)]
        self.name = name
        self.add_module(name, nn.Sequential(*layers))

    def forward(self, x: Tensor) -> Tensor:
        return x + getattr(self, self.name)(x)


class Public(nn.Module):
    """A published generator with the names, norms and biases of one implementation."""

    def __init__(
        self, trunk: str, block: str, colour: str, attention: str, norm: Any, *,
        bias: bool = False, head_bias: bool = False, dropout: bool = False, aus: int = 17,
        channels: int = 8, blocks: int = 2,
    ) -> None:  # fmt: skip
        super().__init__()
        c, layers = channels, []
        for i, o, kernel, stride, padding in (
            (3 + aus, c, 7, 1, 3), (c, 2 * c, 4, 2, 1), (2 * c, 4 * c, 4, 2, 1),
        ):  # fmt: skip
            conv = nn.Conv2d(i, o, kernel, stride, padding, bias=bias)
            layers += [conv, norm(o), nn.ReLU()]
        layers += [Block(block, 4 * c, norm, bias, dropout) for _ in range(blocks)]
        for i, o in ((4 * c, 2 * c), (2 * c, c)):
            layers += [nn.ConvTranspose2d(i, o, 4, 2, 1, bias=bias), norm(o), nn.ReLU()]
        heads = [nn.Conv2d(c, n, 7, 1, 3, bias=head_bias) for n in (3, 1)]
        self.names = trunk, colour, attention
        self.add_module(trunk, nn.Sequential(*layers))
        self.add_module(colour, nn.Sequential(heads[0], nn.Tanh()))
        self.add_module(attention, nn.Sequential(heads[1], nn.Sigmoid()))

    def forward(self, image: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
        maps = aus[:, :, None, None].expand(-1, -1, *image.shape[2:])
        trunk, colour, attention = (getattr(self, name) for name in self.names)
        x = trunk(torch.cat([image, maps], 1))
        return colour(x), attention(x)


def weighted(channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels, affine=True)


def tracked(channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels, affine=True, track_running_stats=True)


def bare(channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels)


def bare_tracked(channels: int) -> nn.Module:
    return nn.InstanceNorm2d(channels, track_running_stats=True)


ALBERT = ("main", "main", "img_reg", "attetion_reg")
VIPERMU = ("main", "main", "im_reg", "im_att")
DONY = ("model", "conv_block", "color_top", "au_top")

PUBLIC = {
    "albertpumarola": lambda: Public(*ALBERT, weighted),
    "albertpumarola, old PyTorch": lambda: Public(*ALBERT, tracked),
    "albertpumarola, name corrected": lambda: Public(
        "main", "main", "img_reg", "attention_reg", weighted
    ),
    "vipermu": lambda: Public(*VIPERMU, tracked),
    "vipermu, biases": lambda: Public(*VIPERMU, tracked, bias=True, head_bias=True),
    "donydchen": lambda: Public(*DONY, bare, bias=True),
    "donydchen, old": lambda: Public(*DONY, bare_tracked, bias=True),
    "donydchen, dropout": lambda: Public(*DONY, bare, bias=True, dropout=True),
    "another size": lambda: Public(*VIPERMU, tracked, channels=4, blocks=3),
}


def trained(public: Public) -> Public:
    """As if trained: no weight, bias or statistic where it began."""
    torch.manual_seed(2)
    with torch.no_grad():
        for tensor in public.state_dict().values():
            if tensor.dtype.is_floating_point:
                tensor.add_(torch.randn(tensor.shape) * 0.1)
    public.train()  # as all of them run: with the statistics of the picture
    for module in public.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    return public


def saved(tmp_path: Path, state: Any) -> Path:
    path = tmp_path / "net_epoch_30_id_G.pth"
    torch.save(state, path)
    return path


def agree(public: Public, generator: nn.Module) -> None:
    """Both must paint the same, from a condition of which all sides are the same."""
    image, aus = inputs(2)
    with torch.no_grad():
        theirs = public(image, aus[:, :, 0])
        ours = generator(image, aus[:, :, :1].expand(-1, -1, 2))
    for one, other in zip(theirs, ours, strict=True):
        assert one.std() > 0.01
        assert torch.allclose(one, other, atol=2e-5)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_checkpoint_paints_the_same(tmp_path: Path, name: str) -> None:
    public = trained(PUBLIC[name]())
    path = saved(tmp_path, public.state_dict())
    agree(public, read_checkpoint(path).generator)
    output = tmp_path / "x.safetensors"
    facts = json.loads(ganimate("import", path, "-o", output, "--json"))
    assert facts["layout"].split("/")[0] == name.split(",")[0] or name == "another size"
    agree(public, load_generator(output))


def test_a_published_checkpoint_in_full(tmp_path: Path) -> None:
    public = trained(Public(*ALBERT, weighted, channels=64, blocks=6))
    output = tmp_path / "x.safetensors"
    text = ganimate("import", saved(tmp_path, public.state_dict()), "-o", output)
    assert "8,471,296 parameters, the layout of albertpumarola/GANimation" in text
    _, metadata = read_tensors(output)
    assert metadata["architecture"] == "paper"
    assert json.loads(metadata["config"])["blocks"] == 6
    agree(public, load_generator(output))


def test_wrappers_around_a_state_dict(tmp_path: Path) -> None:
    public = trained(PUBLIC["vipermu"]())
    parallel = {f"module.{name}": tensor for name, tensor in public.state_dict().items()}
    agree(public, read_checkpoint(saved(tmp_path, parallel)).generator)
    training = {"epoch": 3, "optimizer": {"lr": 0.1}, "state_dict": parallel}
    agree(public, read_checkpoint(saved(tmp_path, training)).generator)
    copies = {f"debug1.{i}": tensor for i, tensor in enumerate(public.state_dict().values())}
    agree(public, read_checkpoint(saved(tmp_path, {**copies, **public.state_dict()})).generator)
    path = tmp_path / "legacy.pth"
    torch.save(public.state_dict(), path, _use_new_zipfile_serialization=False)
    agree(public, read_checkpoint(path).generator)


class Harm:
    def __reduce__(self) -> Any:
        return subprocess.check_call, (["touch", "harm"],)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (lambda: Public(*DONY, nn.BatchNorm2d).state_dict(), "batch normalisation"),
        (lambda: Public(*ALBERT, weighted, aus=5).state_dict(), "conditioned on 5 values"),
        (lambda: {"main.0.weight": torch.ones(1), "conv1.weight": torch.ones(1)}, "is a critic"),
        (lambda: {"a": torch.ones(1), "b": torch.ones(1)}, "but a, b"),
        (lambda: {"img_reg.0.weight": torch.ones(3, 8, 7, 7)}, "is no generator"),
        (lambda: dict(list(PUBLIC["vipermu"]().state_dict().items())[8:]), "another network"),
        (lambda: {"epoch": 3}, "no state_dict"),
        (lambda: [1, 2], "no state_dict"),
        (lambda: {"a": Harm()}, "more than tensors"),
        (lambda: nn.Conv2d(1, 1, 1), "more than tensors"),
    ],
    ids=["batch norm", "5 AUs", "critic", "other", "half", "no stem", "none", "list", "harm",
         "module"],
)  # fmt: skip
def test_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: Any, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = saved(tmp_path, state())
    with pytest.raises(ModelError, match=said) as caught:
        read_checkpoint(path)
    assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"no tensors", b"PK\x03\x04" + bytes(100)])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "G.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"G\.pth"):
        read_checkpoint(path)
    with pytest.raises(ModelError, match="does not exist"):
        read_checkpoint(tmp_path / "none.pth")


def test_a_file_that_lists_other_tensors_than_it_holds(tmp_path: Path) -> None:
    """torch asserts that they are the same, in files of its first years."""
    path = tmp_path / "G.pth"
    torch.save({"a": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)
    content = bytearray(path.read_bytes())
    key = re.findall(rb"[0-9]{9,}", content)[-1]
    content[content.rfind(key)] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read as a PyTorch checkpoint"):
        read_checkpoint(path)


def test_weights_that_are_not_finite(tmp_path: Path) -> None:
    state = PUBLIC["vipermu"]().state_dict()
    state["im_reg.0.weight"][0, 0, 0, 0] = torch.nan
    with pytest.raises(ModelError, match="not finite"):
        read_checkpoint(saved(tmp_path, state))


def test_one_number_that_stands_for_many_is_not_copied(tmp_path: Path) -> None:
    public = PUBLIC["vipermu"]().state_dict()
    many = torch.zeros(1).expand(10**9, 20, 7, 7)
    with pytest.raises(ModelError, match=r"main\.0\.weight is larger than the file"):
        read_checkpoint(saved(tmp_path, {**public, "main.0.weight": many}))
    pool = torch.zeros(max(tensor.numel() for tensor in public.values()))
    state = {name: pool[: tensor.numel()].view(tensor.shape) for name, tensor in public.items()}
    with pytest.raises(ModelError, match="tensors are larger than the file"):
        read_checkpoint(saved(tmp_path, state))


def test_compressed_checkpoints_are_not_unpacked(tmp_path: Path) -> None:
    path = saved(tmp_path, {"im_reg.0.weight": torch.zeros(2_000_000)})
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    assert path.stat().st_size < 100_000
    with pytest.raises(ModelError, match="it is compressed"):
        read_checkpoint(path)


def test_a_file_larger_than_any_checkpoint(tmp_path: Path) -> None:
    path = saved(tmp_path, {"im_reg.0.weight": torch.zeros(2)})
    with path.open("r+b") as file:
        file.truncate(20 << 30)  # sparse
    with pytest.raises(ModelError, match="larger than 1 GiB"):
        read_checkpoint(path)


# What is done with one of them


def ganimate(*arguments: object, code: int = 0) -> str:
    """Run a command that must exit with `code`; its stdout if that is 0, else its stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stderr if code else result.stdout


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A paper generator that paints a good part of the crop."""
    torch.manual_seed(3)
    generator = PaperGenerator(SMALL)
    path = tmp_path_factory.mktemp("paper") / "paper.safetensors"
    save_generator(path, generator.state_dict(), SMALL, halves=False)
    return path


def test_nothing_is_warped(painter: Path, smiling: Portrait, face_models: FaceModels) -> None:
    animator = open_animator(smiling, load_generator(painter), face_models)
    target = changed(smiling.aus, {12: 0.0, 45: 1.0})
    layer = next(animator.layers([target]))
    assert layer.warp is None
    (whole,) = layer.patches
    assert whole.paint.any()
    assert np.array_equal(animator.calibrate([target])[0], target)
    frame = draw_frame(animator, layer)
    same = (frame == smiling.photo).all(axis=2)
    assert 0.02 < 1 - same.mean() < 0.5
    around = np.ones_like(same)
    low, high = (f(smiling.face.landmarks[:N_MESH, :2], axis=0) for f in (np.min, np.max))
    centre, reach = (low + high) / 2, (high - low).max()
    rows, columns = (slice(*np.clip(c + np.array([-1, 1]) * reach, 0, 512).astype(int))
                     for c in centre[::-1])  # fmt: skip
    around[rows, columns] = False
    assert same[around].all()


def test_a_photo_of_the_crop_s_size_shows_equation_1(
    painter: Path, smiling: Portrait, face_models: FaceModels
) -> None:
    generator = load_generator(painter)
    animator = open_animator(smiling, generator, face_models)
    target = changed(smiling.aus, {12: 0.0, 45: 1.0})
    masks = animator.masks(target)
    x = torch.from_numpy(animator.crop).permute(2, 0, 1)[None].float() / 127.5 - 1
    y = torch.from_numpy(target)[None]
    with torch.no_grad():
        colour, attention = generator(x, y)
        wanted = (compose(x, colour, attention)[0].permute(1, 2, 0) + 1) * 127.5
    assert np.abs(masks.result - wanted.numpy()).max() < 3  # bfloat16 where there is one


def test_render_with_the_paper_s_network(painter: Path, astronaut: Path, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    arguments = [astronaut, "--to", "surprise", "--model", painter, "--frames", 3]
    ganimate("render", *arguments, "-o", folder, "-q")
    frames = [pixels(path) for path in sorted(folder.glob("*.png"))]
    assert len(frames) == 3
    assert np.array_equal(frames[0], pixels(astronaut))
    assert not np.array_equal(frames[2], frames[0])


def test_bad_imports(tmp_path: Path, painter: Path) -> None:
    path = saved(tmp_path, PUBLIC["vipermu"]().state_dict())
    assert ".safetensors" in ganimate("import", path, "-o", tmp_path / "x.pth", code=2)
    nowhere = tmp_path / "nowhere" / "x.safetensors"
    assert "does not exist" in ganimate("import", path, "-o", nowhere, code=2)
    said = ganimate("train", "--data", tmp_path, "-o", tmp_path / "r", "--init", painter, code=2)
    assert "--preset paper" in said
    assert list(tmp_path.iterdir()) == [path]


def test_architectures_to_come_are_refused(tmp_path: Path, painter: Path) -> None:
    tensors, metadata = read_tensors(painter)
    path = tmp_path / "x.safetensors"
    save_file(tensors, path, {**metadata, "architecture": "diffusion"})
    with pytest.raises(ModelError, match=r"another version of ganimate.*'diffusion'"):
        load_generator(path)


def test_nothing_slow_is_imported_for_help() -> None:
    script = (
        "import sys, typer.testing, ganimate.cli.commands\n"
        "typer.testing.CliRunner().invoke(ganimate.cli.commands.app, ['import', '--help'])\n"
        "print(*{'torch', 'cv2', 'numpy'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == ""
