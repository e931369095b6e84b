"""Train the network that sees whether a mouth and eyes are covered, and write it.

    python scripts/fit_sight.py DATASET ... --held-out held_out.txt -o models/sight.safetensors

DATASET is what `ganimate prepare` wrote; faces that are held out are not used. Things are drawn
before faces (draw_covers.py), the landmarks are read again from what is left to be seen, as they
are of photos, and the network learns from the aligned crop which share of each part is hidden.
Faces as they are say what is not covered. As some of these do wear dark glasses or hold a
microphone, those that the network finds covered against what it is told are left out half-way.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from cover_paints import Scene
from draw_covers import cover_face
from numpy.typing import NDArray
from torch import Tensor, nn

from ganimate.arrays import Floats, Photo, Points
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.face.landmarks import N_MESH
from ganimate.face.networks import ReaderNetworks, load_networks
from ganimate.face.rereading import Square, read_again
from ganimate.face.sight import SIGHT
from ganimate.media.tensors import write_tensors
from ganimate.training.data.dataset import FaceSet, load_faces, read_names, split

SEED = 0
COUNT = 9000  # faces of each data set at most
SIDE = 192  # pixels of the photos that are drawn on: as the reader's mesh sees them
COVERED = 3  # times that each face is covered
FULL = (0.5, 0.5, 0.5, 0.3)  # share of each part from which it counts as covered altogether
EPOCHS, BATCH, RATE = 10, 64, 2e-3
DOUBTED = 0.7  # answer for a part of a free face from which the face is left out
OPSET = 13


@dataclass(frozen=True)
class Samples:
    """Crops and what is hidden in them.

    Attributes:
        crops: (n, s, s, 3) uint8.
        shares: (n, 4) of mouth, right and left eye and around the mouth, in [0, 1].
        kinds: (n,) what covers it; "" where nothing does.
    """

    crops: NDArray[np.uint8]
    shares: Floats
    kinds: NDArray[np.str_]


def make_samples(faces: FaceSet, indices: NDArray[np.int64], without: frozenset[str]) -> Samples:
    """Draw things before faces and read them again; every face has a chance of its own."""
    networks = load_networks()
    made = [one for at in indices for one in _draw_samples(faces, int(at), networks, without)]
    crops, shares, kinds = zip(*made, strict=True)
    return Samples(np.stack(crops), np.stack(shares), np.array(kinds))


def _draw_samples(
    faces: FaceSet, at: int, networks: ReaderNetworks, without: frozenset[str]
) -> Iterator[tuple[Photo, Floats, str]]:
    chance = np.random.default_rng((SEED, at))
    photo = _shrink(faces.crop(at))
    landmarks = faces.landmarks[at] * (SIDE / faces.size)
    yield _read_crop(networks, photo, landmarks, chance), np.zeros(4, np.float32), ""
    for _ in range(COVERED):
        other = _shrink(faces.crop(int(chance.integers(len(faces)))))
        scene = Scene(photo, landmarks[:N_MESH, :2].astype(np.float64), other, chance)
        covered, shares, kind = cover_face(scene, without)
        yield _read_crop(networks, covered, landmarks, chance), shares, kind


def _shrink(crop: Photo) -> Photo:
    return np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _read_crop(
    networks: ReaderNetworks, photo: Photo, landmarks: Points, chance: np.random.Generator
) -> Photo:
    """The crop by landmarks that are read from a square about the face, as a detector has it."""
    right, down = chance.normal(0, 0.03, 2)
    square = Square(right, down, float(chance.normal(1, 0.06)), float(chance.normal(0, 4)))
    found = read_again(networks, photo, landmarks, square)
    return sample_crop(photo, fit_crop(found, SIGHT.size), SIGHT.size)


def build_network() -> nn.Sequential:
    """Strided convolutions of a crop (n, 3, s, s) to four logits (n, 4, 1, 1)."""
    layers: list[nn.Module] = []
    plan = ((3, 16, 5, 2), (16, 32, 3, 2), (32, 48, 3, 1), (48, 64, 3, 2), (64, 96, 3, 2))
    for before, after, kernel, stride in plan:
        convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
    last = SIGHT.size // 16
    layers += [nn.Conv2d(96, 96, last, bias=False), nn.BatchNorm2d(96), nn.ReLU()]
    return nn.Sequential(*layers, nn.Dropout(0.1), nn.Conv2d(96, 4, 1))


def train(samples: Samples) -> nn.Sequential:
    """Train a network; the second half of the time without the free faces that it doubts."""
    torch.manual_seed(SEED)
    network = build_network()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.02)
    kept = np.arange(len(samples.crops))
    steps = EPOCHS * (len(kept) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    generator = torch.Generator().manual_seed(SEED)
    for epoch in range(EPOCHS):
        if epoch == EPOCHS // 2:
            doubted = (samples.kinds == "") & (judge(network, samples.crops) > DOUBTED).any(axis=1)
            kept = np.flatnonzero(~doubted)
            print(f"{doubted.sum()} free faces left out", flush=True)
        network.train()
        total, order = 0.0, torch.randperm(len(kept), generator=generator).numpy()
        batches = [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]
        for batch in batches:
            chosen = kept[batch]
            crops, wanted = _vary(
                torch.from_numpy(samples.crops[chosen]),
                torch.from_numpy(samples.shares[chosen]),
                generator,
            )
            answers = network(crops)[:, :, 0, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(answers, wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if schedule.last_epoch < steps:
                schedule.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / len(batches):.4f}", flush=True)
    return network.eval()


def _vary(crops: Tensor, shares: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mirror crops, change their light and colours, blur and coarsen them; what is wanted of each.

    Args:
        crops: (n, s, s, 3) uint8.
        shares: (n, 4) hidden.
        generator: what is changed by.
    """

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand((len(crops), *shape), generator=generator)

    x = crops.permute(0, 3, 1, 2).float() / 255
    wanted = (shares / torch.tensor(FULL)).clamp(max=1)
    mirrored = draw(0, 1) < 0.5
    x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    wanted = torch.where(mirrored[:, None], wanted[:, [0, 2, 1, 3]], wanted)
    coarse = nn.functional.interpolate(x, scale_factor=0.5, mode="area")
    coarse = nn.functional.interpolate(coarse, size=x.shape[2:], mode="bilinear")
    x = torch.where(draw(0, 1, 1, 1, 1) < 0.25, coarse, x)
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * torch.where(draw(0, 1, 1, 1, 1) < 0.15, 0, draw(0.6, 1.4, 1, 1, 1))
    x = x.clamp(min=1e-3) ** draw(0.7, 1.4, 1, 1, 1) * draw(0.5, 1.25, 1, 1, 1)
    x = x * draw(0.9, 1.1, 3, 1, 1)
    noise = torch.randn(x.shape, generator=generator) * draw(0, 0.06, 1, 1, 1)
    x = x + torch.where(draw(0, 1, 1, 1, 1) < 0.3, noise, 0)
    return x.clamp(0, 1) - 0.5, wanted


def judge(network: nn.Sequential, crops: NDArray[np.uint8]) -> Floats:
    """(n, 4) in [0, 1] what a network says of crops."""
    network.eval()
    with torch.no_grad():
        parts = [
            network(torch.from_numpy(part).permute(0, 3, 1, 2).float() / 255 - 0.5)
            for part in np.array_split(crops, len(crops) // 256 + 1)
        ]
    return np.asarray(torch.cat(parts)[:, :, 0, 0].sigmoid())


def save(network: nn.Sequential, path: Path) -> None:
    """Write a network as operators and halves; normalisations become part of convolutions."""
    values, nodes, name = {}, [], "crop"
    layers = list(network)
    for number, layer in enumerate(layers):
        if not isinstance(layer, nn.Conv2d):
            continue
        after = layers[number + 1] if number + 1 < len(layers) else None
        weight, bias = layer.weight, layer.bias
        if isinstance(after, nn.BatchNorm2d):
            scale = after.weight / torch.sqrt(after.running_var + after.eps)
            weight, bias = (
                weight * scale[:, None, None, None],
                after.bias - after.running_mean * scale,
            )
        key = f"conv{number}"
        values[f"{key}.weight"] = weight.detach().numpy().astype(np.float16)
        values[f"{key}.bias"] = bias.detach().numpy().astype(np.float16)
        told = {
            "kernel_shape": list(layer.kernel_size),
            "strides": list(layer.stride),
            "pads": [*layer.padding, *layer.padding],
        }
        out = key if isinstance(after, nn.BatchNorm2d) else "logits"
        nodes.append(["Conv", [name, f"{key}.weight", f"{key}.bias"], [out], told])
        name = out
        if isinstance(after, nn.BatchNorm2d):
            nodes.append(["Relu", [name], [f"{key}.relu"], {}])
            name = f"{key}.relu"
    graph = {
        "inputs": {"crop": [1, 3, SIGHT.size, SIGHT.size]},
        "outputs": {"logits": [1, 4, 1, 1]},
        "nodes": nodes,
    }
    told = {"opset": OPSET, "graph": graph}
    write_tensors(path, values, {"kind": "sight", "sight": json.dumps(told)})


def main() -> None:
    """Read data sets, draw, train, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET")
    parser.add_argument("--held-out", type=Path, metavar="FILE", help="names to leave out")
    parser.add_argument("--count", type=int, default=COUNT, help="faces of each data set")
    parser.add_argument("--without", default="", metavar="SHAPES", help="never drawn, with commas")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    options = parser.parse_args()
    parts = []
    for folder in options.datasets:
        faces = load_faces([folder])
        held_out = read_names(options.held_out) & set(faces.names)
        training, _ = split(faces, held_out)
        chosen = np.random.default_rng(SEED).permutation(training)[: options.count]
        parts.append(make_samples(faces, chosen, frozenset(options.without.split(","))))
        print(f"{folder}: {len(chosen)} faces", flush=True)
    samples = Samples(
        np.concatenate([one.crops for one in parts]),
        np.concatenate([one.shares for one in parts]),
        np.concatenate([one.kinds for one in parts]),
    )
    save(train(samples), options.output)


if __name__ == "__main__":
    main()
