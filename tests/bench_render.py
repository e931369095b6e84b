"""Speed and memory of `ganimate render`, as ratios: python tests/bench_render.py [--quick]

Cold start against importing torch and encoding the same frames; the same with other numbers of
threads, alone and beside a busy process; the marginal cost of a frame against one forward pass of
the published GANimation generator; peak memory against the number of frames.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median

import imageio_ffmpeg
import numpy as np
import torch
from PIL import Image
from skimage import data
from torch import Tensor, nn

from ganimate.media.photo import resize_longest
from ganimate.networks.generators import load_generator
from ganimate.performance.expressions import parse_expression
from ganimate.performance.performance import interpolate_aus, schedule_alphas
from ganimate.portrait import find_portraits
from ganimate.rendering.animator import draw_frame
from ganimate.rendering.kinds import open_animator
from ganimate.weights import DEFAULT_MODEL, find_model, load_face_models

IMPORTS_AND_ENCODING = """
import sys
import numpy as np, torch
from ganimate.media.video_writer import write_frames
frames = np.load(sys.argv[1])
write_frames(frames, sys.argv[2], fps=25)
"""

PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True)
assert done.returncode == 0, done.stderr
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


BUSY = "while True: pass"

FFMPEG_WITH_THREADS = """#!/bin/sh
# The output stands last; its threads go before it.
for last; do :; done
count=$#
index=1
for argument; do
    shift
    [ $index -lt $count ] && set -- "$@" "$argument"
    index=$((index + 1))
done
exec "{program}" "$@" -threads {threads} "$last"
"""

THREADS = {
    "as installed": {},
    "torch 1": {"OMP_NUM_THREADS": "1"},
    "OpenCV 1": {"OPENCV_FOR_THREADS_NUM": "1"},
    "ffmpeg 1": {"ffmpeg": "1"},
    "torch, OpenCV 1": {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"},
    "all 1": {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1", "ffmpeg": "1"},
}
"""Numbers of threads that differ from what the libraries choose, which is one for each core."""


class PublishedGenerator(nn.Module):
    """The generator of Pumarola et al. (2018): 64 channels, 6 residual blocks, 128 px, fp32."""

    def __init__(self) -> None:
        super().__init__()

        def block(layer: nn.Module, channels: int) -> list[nn.Module]:
            return [layer, nn.InstanceNorm2d(channels, affine=True), nn.ReLU(inplace=True)]

        layers = block(nn.Conv2d(3 + 17, 64, 7, padding=3, bias=False), 64)
        for channels in (64, 128):
            down = nn.Conv2d(channels, 2 * channels, 4, 2, 1, bias=False)
            layers += block(down, 2 * channels)
        self.down = nn.Sequential(*layers)
        self.residual = nn.ModuleList(
            nn.Sequential(
                *block(nn.Conv2d(256, 256, 3, padding=1, bias=False), 256),
                nn.Conv2d(256, 256, 3, padding=1, bias=False),
                nn.InstanceNorm2d(256, affine=True),
            )
            for _ in range(6)
        )
        layers = []
        for channels in (256, 128):
            up = nn.ConvTranspose2d(channels, channels // 2, 4, 2, 1, bias=False)
            layers += block(up, channels // 2)
        self.up = nn.Sequential(*layers)
        self.colour = nn.Conv2d(64, 3, 7, padding=3, bias=False)
        self.attention = nn.Conv2d(64, 1, 7, padding=3, bias=False)

    def forward(self, image: Tensor, aus: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.cat([image, aus[:, :, None, None].expand(-1, -1, *image.shape[2:])], 1)
        x = self.down(x)
        for block in self.residual:
            x = x + block(x)
        x = self.up(x)
        return torch.tanh(self.colour(x)), torch.sigmoid(self.attention(x))


def seconds(action: Callable[[], object], repeats: int) -> float:
    """Median time of an action, after one run to warm up."""
    action()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return median(times)


def render_command(photo: Path, clip: Path, frames: int) -> list[str]:
    return [sys.executable, "-m", "ganimate", "render", str(photo), "--to", "smile",
            "--frames", str(frames), "--quiet", "-o", str(clip)]  # fmt: skip


def bench_cold(folder: Path, repeats: int) -> None:
    """Whole process for a 512 x 512 photo, 30 frames, mp4, over imports plus encoding."""
    from ganimate.clip import animate

    photo, clip, array = folder / "photo.png", folder / "clip.mp4", folder / "frames.npy"
    Image.fromarray(data.astronaut()).save(photo)
    np.save(array, np.stack(list(animate(photo, "smile", frames=30))))
    baseline = [sys.executable, "-c", IMPORTS_AND_ENCODING, str(array), str(clip)]
    least = seconds(lambda: subprocess.run(baseline, check=True, capture_output=True), repeats)
    whole = seconds(lambda: subprocess.run(render_command(photo, clip, 30), check=True), repeats)
    print(f"cold render, 512 x 512, 30 frames, mp4: {whole:.2f} s")
    print(f"imports of torch + encoding the same frames: {least:.2f} s")
    print(f"ratio: {whole / least:.2f} (to reach: at most 2)\n")


def set_threads(folder: Path, threads: dict[str, str]) -> dict[str, str]:
    """The environment of a render with these numbers of threads."""
    known = {"OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"}
    environment = {name: value for name, value in os.environ.items() if name not in known}
    environment |= {name: value for name, value in threads.items() if name != "ffmpeg"}
    if "ffmpeg" in threads:
        wrapper = folder / f"ffmpeg-{threads['ffmpeg']}"
        program = imageio_ffmpeg.get_ffmpeg_exe()
        wrapper.write_text(
            FFMPEG_WITH_THREADS.format(program=program, threads=threads["ffmpeg"]), "utf-8"
        )
        wrapper.chmod(0o755)
        environment["IMAGEIO_FFMPEG_EXE"] = str(wrapper)
    return environment


def bench_threads(folder: Path, repeats: int) -> None:
    """Cold renders with other numbers of threads, in turn, alone and beside a busy process."""
    command = render_command(folder / "photo.png", folder / "clip.mp4", 30)
    environments = {name: set_threads(folder, threads) for name, threads in THREADS.items()}
    for company in ("alone", "beside a busy process"):
        busy = None if company == "alone" else subprocess.Popen([sys.executable, "-c", BUSY])
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in THREADS}
        try:
            for _ in range(repeats):
                for name, environment in environments.items():
                    began, before = time.perf_counter(), os.times()
                    subprocess.run(command, check=True, env=environment)
                    after, took = os.times(), time.perf_counter() - began
                    cpu = after.children_user + after.children_system
                    cpu -= before.children_user + before.children_system
                    times[name].append((took, cpu))
        finally:
            if busy is not None:
                busy.kill()
                busy.wait()
        for name, runs in times.items():
            took, cpu = np.median(runs, axis=0)
            print(f"cold render {company}, threads: {name}: {took:.2f} s, {cpu:.2f} s of CPU")
    print()


def marginal(side: int, frames: int) -> float:
    """Seconds for one more frame of a side x side photo, without encoding."""
    models = load_face_models()
    photo = resize_longest(data.astronaut(), side)
    portrait = find_portraits(photo, models)[0]
    animator = open_animator(portrait, load_generator(find_model(DEFAULT_MODEL)), models)
    target = parse_expression("smile").apply_to(portrait.aus)
    layers = animator.layers(
        interpolate_aus(portrait.aus, target, schedule_alphas(frames + 8, "linear", "once"))
    )

    def draw(count: int) -> None:
        for layer in islice(layers, count):
            draw_frame(animator, layer)

    draw(8)
    began = time.perf_counter()
    draw(frames)
    return (time.perf_counter() - began) / frames


def bench_marginal(repeats: int) -> None:
    """A frame of a 1024 x 1024 photo against the published generator."""
    published = PublishedGenerator().eval()
    image, aus = torch.rand(1, 3, 128, 128), torch.rand(1, 17)
    with torch.inference_mode():
        reference = seconds(lambda: published(image, aus), 10)
    for side in (512, 1024, 2048):
        ours = median(marginal(side, 24) for _ in range(repeats))
        print(f"a frame of a {side} x {side} photo: {1000 * ours:.1f} ms ({1 / ours:.0f} a second)")
        if side == 1024:
            print(f"the published generator, 128 px, fp32: {1000 * reference:.1f} ms")
            print(f"ratio: {reference / ours:.1f} times quicker (to reach: at least 5)")
    print()


def peak_megabytes(photo: Path, clip: Path, frames: int) -> float:
    """Peak resident memory of a render and what it starts, the largest process."""
    command = [sys.executable, "-c", PEAK, *render_command(photo, clip, frames)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def bench_memory(folder: Path, many: int) -> None:
    """Peak memory of the largest process, 12 megapixels, and few frames against many."""
    large, small = folder / "large.png", folder / "small.png"
    Image.fromarray(resize_longest(data.astronaut(), 3464)).save(large)  # 12.0 megapixels
    Image.fromarray(resize_longest(data.astronaut(), 256)).save(small)
    peak = peak_megabytes(large, folder / "large.mp4", 8)
    print(f"peak memory, 12 megapixels: {peak:.0f} MB (to reach: under 1500)")
    few = peak_megabytes(small, folder / "few.mp4", 30)
    lots = peak_megabytes(small, folder / "lots.mp4", many)
    print(f"30 frames: {few:.0f} MB, {many} frames: {lots:.0f} MB, ratio {lots / few:.2f}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats and frames")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as name:
        bench_cold(Path(name), 1 if quick else 3)
        bench_threads(Path(name), 1 if quick else 5)
        bench_marginal(1 if quick else 3)
        bench_memory(Path(name), 300 if quick else 3000)


if __name__ == "__main__":
    main()
