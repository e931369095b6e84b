"""First order by hand: what a step costs, and who its faces still are.

    python tests/bench_first_order.py steps CLIPS --size 128 --channels 16
    python tests/bench_first_order.py identity CLIPS --model first-order.safetensors --count 20

`steps` times training steps of the preset, samples included, against a plain loop of the same
networks and losses in float32, which reads no data: pairs a second, in CPU seconds of one thread.
`identity` reenacts held-out clips by the model, by `motion` and by no motion at all, and compares
descriptors of each made frame and the true one by dlib's network, which the program does not use
(pip install dlib-bin face_recognition_models). CLIPS is what a run prepares in RUN/data/.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from face_describer import open_describer
from torch.nn import functional

from ganimate.evaluation.reenactment import open_reenactment, read_clip_frames, repeat_first
from ganimate.training.data.clips import load_clips
from ganimate.training.data.dataset import split
from ganimate.training.first_order import losses
from ganimate.training.first_order.preset import FIRST_ORDER, to_unit
from ganimate.training.options import TrainOptions
from ganimate.training.preset import build_networks
from ganimate.training.processes import ALONE

CPU = torch.device("cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["steps", "identity"])
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--model")
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    if options.what == "steps":
        time_steps(options)
    else:
        judge_identity(options)


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
    _, unseen = split(clips, frozenset())
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
        print(f"{name}: {np.mean(distances):.3f} over {len(distances)} frames")


if __name__ == "__main__":
    main()
