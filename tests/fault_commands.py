"""The commands that tests/faults.py breaks off: what they read, and what they leave."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PATIENCE = 300.0
"""Seconds in which a command must have ended that was told to."""

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

START = """
import sys
from dataclasses import replace
from ganimate.cli.ending import run_to_end

def run():
    from ganimate.training import plan
    from ganimate.training.data import prepare
    choose = plan.choose_config
    plan.choose_config = lambda *asked: replace(choose(*asked), checkpoint_every=2, sheet_every=4)
    prepare.prepare.__kwdefaults__["settings"] = prepare.ShardSettings(photos=2, videos=1)
    from ganimate.cli.commands import app
    app(prog_name="ganimate")

run_to_end(run)
"""
"""The command with small shards and frequent checkpoints, of which there are no options."""

Files = Mapping[str, str]
"""Path within a folder -> digest of its content, or what of it must be the same each time."""


@dataclass(frozen=True)
class Command:
    """A command in a folder of its own, which it leaves its results in.

    Attributes:
        name: of the command.
        arguments: what stands behind `ganimate`, relative to the folder.
        results: the files and folders that it makes, each of which is complete or absent.
        partly: whether some results may be there and others not yet: the command goes on from them.
        start: what stands behind `python`.
    """

    name: str
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    partly: bool = False
    start: tuple[str, ...] = ("-m", "ganimate")

    @property
    def words(self) -> list[str]:
        """The whole command."""
        return [sys.executable, *self.start, *self.arguments]


def list_commands(inputs: Path) -> dict[str, list[Command]]:
    """Name -> the variants of a command, on files that make_inputs() made."""
    photo, model = str(EXAMPLES / "astronaut.jpg"), str(inputs / "model.safetensors")
    small = ("--size", "300", "--model", model, "--overwrite")
    keys = ("timeline", str(inputs / "keys.json"), "--model", model, "--overwrite")
    driver = ("--driver", str(EXAMPLES / "driver.mp4"), "--end", "0.4", "--fps", "10")
    driven = ("drive", photo, *driver, *small, "--save-timeline", "keys.json")
    rendered = ("render", photo, "--to", "smile", "--frames", "8", *small)
    prepared = ("prepare", str(inputs / "photos"), "--workers", "2", "-o", "set")
    trained = ("train", "--data", str(inputs / "set"), "--init", model, "--batch", "2")
    start = ("-c", START)
    outputs = ("clip.mp4", "clip.gif", "frames", "clip.webm")
    return {
        "render": [Command("render", (*rendered, "-o", name), (name,)) for name in outputs],
        "timeline": [Command("timeline", (*keys, "-o", name), (name,)) for name in outputs[:2]],
        "drive": [
            Command("drive", (*driven, "-o", name), (name, "keys.json"))
            for name in ("clip.mp4", "frames")
        ],
        "prepare": [Command("prepare", prepared, ("set",), partly=True, start=start)],
        "train": [
            Command(
                "train",
                (*trained, "--steps", "6", "--workers", "1", "-o", "run"),
                ("run",),
                partly=True,
                start=start,
            )
        ],
    }


def make_inputs(folder: Path) -> Path:
    """Make a small generator, a timeline, photos and a data set; returns the folder."""
    import torch

    from ganimate.media.photo import read_photo
    from ganimate.networks.generators import save_generator
    from ganimate.networks.motion import Generator, GeneratorConfig
    from ganimate.training.data.prepare import prepare
    from ganimate.training.data.shard import PrepareOptions

    torch.manual_seed(0)
    config = GeneratorConfig(size=64, channels=16, blocks=1, skip_channels=(8, 16))
    save_generator(folder / "model.safetensors", Generator(config).state_dict(), config)
    shutil.copy(EXAMPLES / "grace_hopper.jpg", folder / "face.jpg")
    keys = [{"t": 0, "expression": "source"}, {"t": 0.5, "expression": "smile"}]
    timeline = {"photo": "face.jpg", "size": 200, "fps": 12, "keys": keys, "blink": "auto"}
    (folder / "keys.json").write_text(json.dumps(timeline))
    (folder / "photos").mkdir()
    for name in ("astronaut", "grace_hopper"):
        photo = read_photo(EXAMPLES / f"{name}.jpg")
        for shift in range(4):
            moved = np.roll(photo, (shift - 2, 3 * shift), axis=(0, 1))
            Image.fromarray(moved).save(folder / "photos" / f"{name}{shift}.png")
    list(
        prepare(
            folder / "photos", folder / "set", PrepareOptions(size=64, min_sharpness=0), workers=1
        )
    )
    return folder


def list_files(folder: Path) -> dict[str, str]:
    """What is in a folder, hidden files and empty folders too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name.startswith("torchinductor_"):
            continue  # a cache of torch, which stays
        name = str(path.relative_to(folder))
        if path.is_dir():
            if not any(path.iterdir()):
                found[f"{name}/"] = ""
        else:
            found[name] = digest(path) if path.is_file() else "no file"
    return found


def digest(path: Path) -> str:
    """Digest what a file says, but for how long a step took and how a checkpoint is packed."""
    if path.name == "log.jsonl":
        lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
        return _hash(json.dumps([{**line, "seconds": 0} for line in lines]).encode())
    if path.name == "checkpoint.pt":
        import torch

        return _hash(*_list_values(torch.load(path, weights_only=True)))
    return _hash(path.read_bytes())


def _hash(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def _list_values(state: Any) -> Iterator[bytes]:
    """All values of a checkpoint, in the order of their names."""
    if isinstance(state, dict):
        for name in sorted(state, key=str):
            yield str(name).encode()
            yield from _list_values(state[name])
    elif isinstance(state, list | tuple):
        for value in state:
            yield from _list_values(value)
    elif hasattr(state, "numpy"):
        yield state.numpy().tobytes()
    else:
        yield repr(state).encode()


def run(command: Command, folder: Path, marker: str, **more: str) -> subprocess.Popen[str]:
    """Start a command in a folder, its temporary files in tmp/ beside that."""
    temporary = folder.with_name("tmp")
    temporary.mkdir(exist_ok=True)
    environment = {
        **os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
        "GANIMATE_FAULTS": marker, **more,
    }  # fmt: skip
    return subprocess.Popen(
        command.words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str], seconds: float = PATIENCE) -> tuple[int, str]:
    """Wait for a process; its exit code, and what it said on standard error."""
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):  # it leads no group
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        _, said = process.communicate()
        return -999, f"did not end within {seconds} s: {said}"
    return process.returncode, said


def find_processes(marker: str) -> dict[int, str]:
    """Number -> words of each process that was started with a marker, or by one that was."""
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                if f"GANIMATE_FAULTS={marker}".encode() in (place / "environ").read_bytes():
                    words = (place / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(place.name)] = words.decode(errors="replace")[:120]
            except OSError:  # it ended meanwhile
                continue
    return found
