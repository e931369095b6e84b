"""Photos of real people that come with packages of the dev extra, and a generator to load."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pytest
from PIL import Image
from skimage import data

from ganimate.face_models import FaceModels
from ganimate.media.photo import read_photo
from ganimate.portrait import Portrait, find_portraits
from ganimate.weights import load_face_models

# A shell starts what it runs in the background with Ctrl-C ignored, nohup with SIGHUP, and so would
# be every program that is started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the photos below, to be left as it is."""
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="session")
def astronaut(photos: Path) -> Path:
    """Eileen Collins smiling (NASA, public domain), 512 x 512; her face is 92 pixels wide."""
    path = photos / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


@pytest.fixture(scope="session")
def grace_hopper(photos: Path) -> Path:
    """Grace Hopper, serious, with glasses (US Navy, public domain), 512 x 606."""
    source = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    path = photos / "grace_hopper.jpg"
    path.write_bytes(source.read_bytes())
    return path


@pytest.fixture(scope="session")
def group(photos: Path, astronaut: Path, grace_hopper: Path) -> Path:
    """Both side by side, Grace Hopper right and larger, 1024 x 606."""
    path = photos / "group.png"
    canvas = Image.new("RGB", (1024, 606))
    with Image.open(astronaut) as left, Image.open(grace_hopper) as right:
        canvas.paste(left, (0, 0))
        canvas.paste(right, (512, 0))
    canvas.save(path)
    return path


@pytest.fixture(scope="session")
def faceless(photos: Path) -> Path:
    """A cup of coffee."""
    path = photos / "coffee.png"
    Image.fromarray(data.coffee()).save(path)
    return path


@pytest.fixture(scope="session")
def tiny(photos: Path, astronaut: Path) -> Path:
    """The astronaut at 128 x 128: her face is 23 pixels wide, too small to animate."""
    path = photos / "tiny.png"
    with Image.open(astronaut) as image:
        image.resize((128, 128), Image.Resampling.LANCZOS).save(path)
    return path


@pytest.fixture(scope="session")
def face_models() -> FaceModels:
    """The motion prior and the AU estimator that are shipped."""
    return load_face_models()


@pytest.fixture(scope="session")
def smiling(astronaut: Path, face_models: FaceModels) -> Portrait:
    """Eileen Collins, measured."""
    return find_portraits(read_photo(astronaut), face_models)[0]


@pytest.fixture(scope="session")
def serious(grace_hopper: Path, face_models: FaceModels) -> Portrait:
    """Grace Hopper, measured."""
    return find_portraits(read_photo(grace_hopper), face_models)[0]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny networks gain nothing from more threads and lose much to a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small untrained generator: a stand-in where quality is not what is tested."""
    import torch

    from ganimate.networks.generators import save_generator
    from ganimate.networks.motion import Generator, GeneratorConfig

    torch.manual_seed(0)
    config = GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16))
    path = tmp_path_factory.mktemp("models") / "untrained.safetensors"
    save_generator(path, Generator(config).state_dict(), config)
    return path


@pytest.fixture(scope="session")
def paper_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the paper's architecture."""
    import torch

    from ganimate.networks.generators import save_generator
    from ganimate.networks.paper import PaperConfig, PaperGenerator

    torch.manual_seed(0)
    config = PaperConfig(size=64, channels=8, blocks=2)
    path = tmp_path_factory.mktemp("models") / "paper.safetensors"
    save_generator(path, PaperGenerator(config).state_dict(), config)
    return path
