"""What a preset is: a third one, defined here, trains through the same loop and plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ganimate.cli.train import train as train_command
from ganimate.errors import DataError, UsageError
from ganimate.face.landmarks import N_LANDMARKS
from ganimate.networks.generators import load_generator, save_generator
from ganimate.networks.paper import PaperConfig, PaperGenerator
from ganimate.training import plan
from ganimate.training.data.dataset import FaceSet
from ganimate.training.data.request import DataRequest, read_faces
from ganimate.training.loop import train
from ganimate.training.options import TrainOptions
from ganimate.training.preset import SampleSet
from ganimate.training.presets import PRESETS
from ganimate.training.processes import ALONE, Processes
from ganimate.training.run_files import GENERATOR, read_latest_terms
from ganimate.training.updates import Networks, descend, set_learning_rates, update_average

CPU = torch.device("cpu")
pytestmark = pytest.mark.usefixtures("one_thread")


@dataclass(frozen=True)
class GreyWeights:
    """Factors of the terms."""

    grey: float = 1.0
    attention: float = 0.0


@dataclass(frozen=True)
class GreyCritic:
    """The architecture of a critic that judges nothing."""

    size: int = 16


@dataclass(frozen=True)
class GreyTrainConfig:
    """A run of the preset below."""

    generator: PaperConfig = field(default_factory=lambda: PaperConfig(16, 4, 1))
    critic: GreyCritic = field(default_factory=GreyCritic)
    weights: GreyWeights = field(default_factory=GreyWeights)
    steps: int = 3
    batch: int = 3
    learning_rate: float = 1e-2
    critic_learning_rate: float = 1e-2
    betas: tuple[float, float] = (0.5, 0.999)
    ema: float = 0.9
    seed: int = 0
    checkpoint_every: int = 2
    sheet_every: int = 3


@dataclass(frozen=True)
class GreyBatch:
    """Photos (n, 3, s, s) in [-1, 1]."""

    photo: Tensor

    def to(self, device: torch.device) -> GreyBatch:
        return GreyBatch(self.photo.to(device))


class GreySamples(SampleSet[GreyBatch]):
    """The next faces of the set in every step."""

    def __init__(self, faces: FaceSet, indices: NDArray[np.int64], batch: int) -> None:
        self.size, self.faces, self.indices, self.batch = faces.size, faces, indices, batch

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, step: int) -> GreyBatch:
        places = (step * self.batch + np.arange(self.batch)) % len(self)
        crops = np.stack([self.faces.crop(int(i)) for i in self.indices[places]])
        return GreyBatch(torch.from_numpy(crops).permute(0, 3, 1, 2) / 127.5 - 1)


class GreyPreset:
    """Teaches a generator to paint faces grey, without a critic."""

    name = "grey"
    own_options = frozenset({"attention_weight"})
    generator_kind = PaperGenerator
    batch_multiple = 3
    fused = False

    def read_data(self, request: DataRequest) -> FaceSet:
        return read_faces(request)

    def configure(
        self, data: FaceSet, first: PaperGenerator | None, options: TrainOptions
    ) -> GreyTrainConfig:
        return GreyTrainConfig(generator=first.config if first else PaperConfig(data.size, 4, 1))

    def count_steps(self, config: GreyTrainConfig, members: int) -> int:
        return members // config.batch

    def check_batch(self, batch: int) -> None:
        if batch % 3:
            raise UsageError(f"a batch of {batch} has no thirds")

    def check_crops(self, config: GreyTrainConfig, size: int) -> None:
        if size % 4:
            raise DataError(f"{size} px have no quarters")

    def create_networks(self, config: GreyTrainConfig) -> tuple[PaperGenerator, nn.Module]:
        return PaperGenerator(config.generator), nn.Linear(1, 1)

    def make_samples(
        self,
        data: FaceSet,
        seen: NDArray[np.int64],
        unseen: NDArray[np.int64],
        config: GreyTrainConfig,
        processes: Processes,
    ) -> tuple[GreySamples, GreySamples]:
        return GreySamples(data, seen, config.batch), GreySamples(data, unseen, 2)

    def train_step(
        self,
        networks: Networks[PaperGenerator],
        batch: GreyBatch,
        step: int,
        config: GreyTrainConfig,
        processes: Processes,
    ) -> dict[str, Tensor]:
        set_learning_rates(networks, config, 1)
        grey = paint_grey(networks.generator, batch).square().mean()
        descend(grey, networks.generator, networks.generator_optimiser, processes)
        update_average(networks, config.ema, step)
        return {"grey": grey}

    def validate(
        self, networks: Networks[PaperGenerator], batches: Sequence[GreyBatch], device: torch.device
    ) -> dict[str, float]:
        with torch.no_grad():
            painted = [paint_grey(networks.ema, one.to(device)).abs().mean() for one in batches]
        return {"val_grey": float(torch.stack(painted).mean())}

    def draw_rows(self, generator: PaperGenerator, batch: GreyBatch) -> Sequence[Tensor]:
        return batch.photo, paint_grey(generator, batch)

    def describe(self, figures: Mapping[str, float]) -> str:
        return f"grey to {figures['val_grey']:.2f}"

    def find_fault(self, figures: Mapping[str, float]) -> str | None:
        return "too colourful: paint longer" if figures["val_grey"] > 2 else None


def paint_grey(generator: PaperGenerator, batch: GreyBatch) -> Tensor:
    colour, _ = generator(batch.photo, torch.zeros(len(batch.photo), 17, 2))
    return colour


@pytest.fixture
def faces() -> FaceSet:
    """Thirteen crops of noise."""
    rng = np.random.default_rng(0)
    crops = torch.from_numpy(rng.integers(0, 256, (13, 16, 16, 3), np.uint8))
    return FaceSet(
        size=16,
        names=tuple(map(str, range(13))),
        crops=(crops,),
        landmarks=np.zeros((13, N_LANDMARKS, 3), np.float32),
        aus=np.zeros((13, 17, 2), np.float32),
    )


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch) -> GreyPreset:
    """The third preset, listed."""
    preset = GreyPreset()
    monkeypatch.setattr(plan, "PRESETS", {**PRESETS, preset.name: preset})
    return preset


def test_a_third_preset_trains_through_the_same_loop(
    faces: FaceSet, grey: GreyPreset, tmp_path: Path
) -> None:
    options, held_out = TrainOptions("grey", seed=1), frozenset({"3", "7"})
    config = plan.choose_config(options, faces, held_out)
    assert config == GreyTrainConfig(steps=11 // 3, seed=1)
    samples, validation = plan.make_samples(options, faces, held_out, config, ALONE)
    assert (len(samples), len(validation)) == (11, 2)

    def run(**changes: Any) -> list[Any]:
        return list(
            train(
                plan.find_preset("grey"), samples, validation, tmp_path,
                replace(config, **changes), CPU, workers=0,
            )
        )  # fmt: skip

    first, second, third = run()
    assert set(first.terms) == {"grey"}
    assert set(second.terms) == set(third.terms) == {"grey", "val_grey"}
    assert [one.summary is None for one in (first, second, third)] == [True, False, False]
    assert second.summary == f"grey to {second.terms['val_grey']:.2f}"
    assert [one.saved for one in (first, second, third)] == [0, 2, 3]
    assert (tmp_path / "sheet-000003.png").is_file()
    assert run() == []
    *_, last = run(steps=30)
    assert last.terms["grey"] < 0.5 * first.terms["grey"]  # it learns, from its checkpoint on
    assert read_latest_terms(tmp_path)["grey"] == last.terms["grey"]
    assert load_generator(tmp_path / GENERATOR).config == config.generator


def test_what_a_third_preset_asks_for_is_asked_for(
    faces: FaceSet, grey: GreyPreset, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no thirds"):
        plan.check_options(TrainOptions("grey", batch=4))
    options = TrainOptions("grey")
    config = plan.choose_config(options, faces, frozenset())
    wide = replace(config, generator=PaperConfig(18, 4, 1))
    odd = replace(faces, size=18)
    samples, validation = plan.make_samples(options, odd, frozenset({"1"}), wide, ALONE)
    with pytest.raises(DataError, match="no quarters"):
        next(train(grey, samples, validation, tmp_path / "run", wide, CPU, workers=0))
    assert not (tmp_path / "run").exists()


def test_a_run_starts_from_weights_of_its_preset_s_kind(
    grey: GreyPreset, faces: FaceSet, tmp_path: Path, model: Path
) -> None:
    path = tmp_path / "first.safetensors"
    save_generator(path, PaperGenerator(PaperConfig(16, 8, 1)).state_dict(), PaperConfig(16, 8, 1))
    options = TrainOptions("grey")
    first = plan.load_first_generator(str(path), options)
    config: Any = plan.choose_config(options, faces, frozenset(), first)
    assert config.generator == PaperConfig(16, 8, 1)
    with pytest.raises(
        UsageError, match="over a warp: give `preset` motion, or `init` weights of the grey"
    ):
        plan.load_first_generator(str(model), options)


def test_a_preset_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no preset 'cyclegan': give motion, paper"):
        plan.check_options(TrainOptions("cyclegan"))


def test_the_command_offers_every_preset() -> None:
    """It lists them itself, since to import them takes seconds."""
    (choices, *_) = get_args(get_type_hints(train_command, include_extras=True)["preset"])
    assert get_args(choices) == tuple(PRESETS)
