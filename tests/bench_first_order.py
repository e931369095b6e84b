"""First order by hand: what a step costs, and who its faces still are.

    python tests/bench_first_order.py steps CLIPS --size 128 --channels 16
    python tests/bench_first_order.py identity CLIPS --model first-order.safetensors --count 20
    python tests/bench_first_order.py rims VIDEO ... --model first-order.safetensors

`steps` times training steps of the preset, samples included, against a plain loop of the same
networks and losses in float32, which reads no data: pairs a second, in CPU seconds of one thread.
`identity` reenacts held-out clips by the model, by `motion` and by no motion at all, and compares
descriptors of each made frame and the true one by dlib's network, which the program does not use
(pip install dlib-bin face_recognition_models). CLIPS is what a run prepares in RUN/data/.
`rims` reenacts whole videos from their first frame, and compares how far paint and motion fade out
at the rim of the square: L1 of whole frames and of the square's rim, distance of landmarks in
pixels of a square of 256, and how much of the landmarks' motion is followed; and what a frame costs
in batches of several sizes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from face_describer import open_describer
from torch.nn import functional

import ganimate
from ganimate.arrays import Mask, Photo
from ganimate.evaluation.reenactment import (
    CLIP_FPS,
    MOST_FRAMES,
    open_reenactment,
    read_clip_frames,
    repeat_first,
)
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import N_MESH, Face
from ganimate.media.video_reader import open_video, read_frames
from ganimate.performance.keypoints import DrivingKeypoints, choose_initial, transfer_keypoints
from ganimate.reenacted_photo import ReenactedPhoto
from ganimate.rendering.animator import draw_frames
from ganimate.rendering.keypoint_animator import KeypointAnimator
from ganimate.rendering.settings import REENACTMENT
from ganimate.training.data.clips import load_clips
from ganimate.training.data.dataset import read_names, split
from ganimate.training.first_order import losses
from ganimate.training.first_order.preset import FIRST_ORDER, to_unit
from ganimate.training.options import TrainOptions
from ganimate.training.preset import build_networks
from ganimate.training.processes import ALONE

CPU = torch.device("cpu")
WIDEST = 0.24  # of the square's side
RIMS = (0.03, 0.06, 0.12, 0.18, WIDEST)
Finder = Callable[..., Sequence[Face]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["steps", "identity", "rims"])
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--model")
    parser.add_argument("--held-out", type=Path, help="names of clips, one a line")
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    {"steps": time_steps, "identity": judge_identity, "rims": compare_rims}[options.what](options)


def time_steps(options: argparse.Namespace) -> None:
    """Pairs a second of the preset's steps and of a plain loop, in turn."""
    torch.set_num_threads(1)
    clips = load_clips(options.clips)
    chosen = TrainOptions(preset="first-order", size=options.size, channels=options.channels)
    config = replace(FIRST_ORDER.configure(clips, None, chosen), batch=options.batch, steps=1000)
    networks = build_networks(FIRST_ORDER, config, CPU)
    samples, _ = FIRST_ORDER.make_samples(clips, *split(clips, frozenset()), config, ALONE)
    batch = samples[0]
    source, driving = to_unit(batch.source), to_unit(batch.driving)
    transform = batch.transform

    def preset_step(step: int) -> None:
        FIRST_ORDER.train_step(networks, samples[step], step, config, ALONE)

    def plain_step(step: int) -> None:
        generator, critic = networks.generator, networks.critic
        made = generator(source, driving)
        found = generator.detector(transform.transform_pictures(driving))
        places, jacobians = made.driving
        real, fake = critic(driving, places.detach())[0], critic(made.picture, places.detach())[0]
        loss = losses.match_features(real.features, fake.features)
        loss = loss + losses.adversarial_generator(fake.realism)
        loss = loss + losses.equivariance(places, transform.apply(found.places))
        loss = loss + losses.jacobian_equivariance(
            jacobians, transform.differentiate(found.places), found.jacobians
        )
        for factor in config.scales:
            pair = [functional.avg_pool2d(one, factor) for one in (driving, made.picture)]
            loss = loss + (pair[1] - pair[0]).abs().mean()
        networks.generator_optimiser.zero_grad()
        loss.backward()
        networks.generator_optimiser.step()
        real = critic(driving, places.detach())[0]
        fake = critic(made.picture.detach(), places.detach())[0]
        networks.critic_optimiser.zero_grad()
        losses.adversarial_critic(real.realism, fake.realism).backward()
        networks.critic_optimiser.step()

    spent: dict[str, list[float]] = {"preset": [], "plain loop": []}
    for step in range(6):
        for name, take in (("preset", preset_step), ("plain loop", plain_step)):
            began = time.process_time()
            take(step)
            spent[name].append(time.process_time() - began)
    for name, seconds in spent.items():
        print(f"{name}: {options.batch / np.median(seconds[1:]):.2f} pairs a CPU second")


def judge_identity(options: argparse.Namespace) -> None:
    """Distances of descriptors, made to true: below .6 dlib takes two faces for one person."""
    describe = open_describer()
    clips = load_clips(options.clips)
    _, unseen = split(clips, read_names(options.held_out))
    models = {
        options.model: open_reenactment(options.model, "cpu"),
        "motion": open_reenactment("motion", "cpu"),
        "still": repeat_first,
    }
    away: dict[str, list[float]] = {name: [] for name in models}
    for frames in read_clip_frames(clips, unseen[: options.count].tolist()):
        wanted = [describe(frame) for frame in frames]
        for name, reenact in models.items():
            for made, true in zip(map(describe, reenact(frames)[1:]), wanted[1:], strict=True):
                if made is not None and true is not None:
                    away[name].append(float(np.linalg.norm(made - true)))
    for name, distances in away.items():
        beyond = np.mean(np.array(distances) >= 0.6)
        print(
            f"{name}: {np.mean(distances):.3f} over {len(distances)} frames, {beyond:.0%} another's"
        )


def compare_rims(options: argparse.Namespace) -> None:
    """What each width of the rim does to frames of videos, made from their first one."""
    torch.set_num_threads(1)
    rows: dict[float, list[tuple[float, float, float, float]]] = {width: [] for width in RIMS}
    with open_finder() as find:
        for path in options.clips:
            frames = list(islice(read_frames(open_video(path), CLIP_FPS), MOST_FRAMES))
            loaded = ganimate.load(frames[0], model=options.model)
            assert isinstance(loaded, ReenactedPhoto)
            motion = loaded.follow(frames, CLIP_FPS, neutral=0.0).motion
            for width, row in rows.items():
                row += judge_rim(loaded, motion, frames, width, find)
    for width, row in rows.items():
        l1, rim, away, followed = np.mean(row, axis=0)
        print(
            f"rim {width:.2f}: L1 {l1:.4f}, of the rim {rim:.4f}, landmarks {away:.2f} px, "
            f"motion followed {followed:.2f}, {len(row)} frames"
        )
    (portrait,) = loaded.portraits
    for batch in (1, 2, 4, 8):
        settings = replace(REENACTMENT, batch=batch)
        animator = KeypointAnimator(portrait, loaded.generator, CPU, settings)
        list(animator.move([animator.keypoints] * batch))
        began = time.process_time()
        list(animator.move([animator.keypoints] * 16))
        print(f"batches of {batch}: {(time.process_time() - began) / 16 * 1000:.0f} ms a frame")


def judge_rim(
    loaded: ReenactedPhoto,
    motion: DrivingKeypoints,
    frames: Sequence[Photo],
    width: float,
    find: Finder,
) -> Iterator[tuple[float, float, float, float]]:
    """L1 of each frame and of its rim, distance of landmarks, and the share of motion followed."""
    portrait = loaded.portraits[0]
    settings = replace(REENACTMENT, feather=width)
    animator = KeypointAnimator(portrait, loaded.generator, CPU, settings)
    initial = choose_initial(motion, portrait.face.landmarks[:N_MESH, :2], 0.0)
    layers = animator.layers(transfer_keypoints(motion, animator.keypoints, initial))
    rim = draw_rim(animator, frames[0].shape[:2])
    own = portrait.face.landmarks[:N_MESH, :2]
    scale = float(np.hypot(*animator.to_square.matrix[0, :2])) * 256 / len(animator.square)
    for made, true, wanted in zip(
        draw_frames([animator], [layers]), frames, motion.landmarks, strict=True
    ):
        found = find(made, False)
        if true is frames[0] or not found or np.isnan(wanted).any():
            continue
        error = np.abs(made.astype(float) - true).mean(axis=2) / 255
        places = found[0].landmarks[:N_MESH, :2]
        moved, asked = (places - own).ravel(), (wanted - own).ravel()
        away = np.linalg.norm(places - wanted, axis=1).mean() * scale
        yield error.mean(), error[rim].mean(), float(away), float(moved @ asked / (asked @ asked))


def draw_rim(animator: KeypointAnimator, shape: tuple[int, int]) -> Mask:
    """Where in a photo (h, w) the square's outermost WIDEST of its side lies."""
    size = len(animator.square)
    rim = np.ones((size, size), np.float32)
    inside = round(WIDEST * size)
    rim[inside:-inside, inside:-inside] = 0
    matrix = animator.to_square.inverse().matrix
    return cv2.warpAffine(rim, matrix, shape[::-1]) > 0.5


if __name__ == "__main__":
    main()
