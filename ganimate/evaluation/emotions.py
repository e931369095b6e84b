"""A StarGAN measured: emotions recognised, and pictures that come back.

The judge of emotions are this program's own action units and their prototypes, which no StarGAN is
trained with on labelled pictures; one that learnt from faces labelled so is judged by its teacher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganimate.arrays import Floats, Photo
from ganimate.evaluation.likeness import Comparison, LikenessScores
from ganimate.face.detection import open_finder
from ganimate.face.landmarks import Face
from ganimate.face_models import FaceModels
from ganimate.networks.device import autocast
from ganimate.networks.stargan import StarganGenerator
from ganimate.performance.emotions import PROTOTYPES, find_label, find_likeliest_emotion
from ganimate.portrait import measure_portrait
from ganimate.rendering.painter import to_signed
from ganimate.training.data.framing import enlarge_picture
from ganimate.training.data.labelled_pictures import LabelledPictures


@dataclass(frozen=True)
class LabelScore:
    """One label.

    Attributes:
        name: as the generator has it.
        painted: pictures of other labels that were painted with it.
        recognised: share of them in which the judge sees it; None for labels that it cannot judge.
        read: share of the set's own pictures of it in which the judge sees it; None likewise.
    """

    name: str
    painted: int
    recognised: float | None
    read: float | None


@dataclass(frozen=True)
class EmotionScores:
    """Everything that was measured of a StarGAN.

    Attributes:
        model: its name or file, as the user gave it.
        pictures: how many were painted with each label.
        lost: painted pictures in which no face was found again.
        recognised: mean over the labels that can be judged; None where none can.
        read: the same of the set's own pictures.
        chance: the same of a guess.
        labels: for each label.
        painted: likeness of what was painted to its picture: how much is kept.
        reconstruction: likeness of pictures that went there and back.
    """

    model: str
    pictures: int
    lost: int
    recognised: float | None
    read: float | None
    chance: float
    labels: tuple[LabelScore, ...]
    painted: LikenessScores
    reconstruction: LikenessScores


@dataclass
class _Tally:
    """Pictures that were judged, label by label."""

    asked: list[str] = field(default_factory=list)
    seen: list[str | None] = field(default_factory=list)

    def add(self, label: str, seen: str | None) -> None:
        self.asked.append(label)
        self.seen.append(seen)

    def count(self, label: str) -> int:
        return self.asked.count(label)

    def share(self, label: str) -> float | None:
        """Share of the pictures of a label in which it was seen; None without any."""
        found = [seen == label for asked, seen in zip(self.asked, self.seen, strict=True)
                 if asked == label]  # fmt: skip
        return float(np.mean(found)) if found else None


def score_emotions(
    pictures: LabelledPictures,
    indices: Iterable[int],
    generator: StarganGenerator,
    models: FaceModels,
    device: torch.device,
    model: str,
) -> EmotionScores:
    """Paint pictures with every label that they do not have, and there and back.

    Args:
        pictures: a set with the generator's labels.
        indices: of pictures never trained on.
        generator: in evaluation mode, on `device`.
        models: what is known of faces.
        device: where the generator runs.
        model: its name, for the report.
    """
    names, size = generator.config.labels, generator.config.size
    judged = {name: label for name in PROTOTYPES if (label := find_label(name, names))}
    painted, read = _Tally(), _Tally()
    kept, back = Comparison(), Comparison()
    count = 0
    nowhere = np.zeros((size, size), np.float32)
    with open_finder() as find:
        judge = _make_judge(find, models, judged)
        for index in indices:
            count += 1
            picture, labels = pictures.read(index, size), pictures.labels[index]
            own = picture / np.float32(255)
            for place in np.flatnonzero(labels):
                read.add(names[place], judge(picture))
            for place, there, again in _paint_others(generator, picture, labels, device):
                kept.add(there, own, nowhere)
                back.add(again, own, nowhere)
                painted.add(names[place], judge(_to_photo(there)) if judged else None)
    scores = tuple(
        LabelScore(
            name=name,
            painted=painted.count(name),
            recognised=painted.share(name) if name in judged.values() else None,
            read=read.share(name) if name in judged.values() else None,
        )
        for name in names
    )
    return EmotionScores(
        model=model,
        pictures=count,
        lost=painted.seen.count(None) if judged else 0,
        recognised=_average(one.recognised for one in scores),
        read=_average(one.read for one in scores),
        chance=1 / max(1, len(judged)),
        labels=scores,
        painted=kept.result(),
        reconstruction=back.result(),
    )


def _make_judge(
    find: Callable[..., list[Face]], models: FaceModels, judged: dict[str, str]
) -> Callable[[Photo], str | None]:
    """A function of a picture to the label that it shows; None where no face is found."""

    def judge(picture: Photo) -> str | None:
        photo = enlarge_picture(picture)
        faces = find(photo, False) if judged else []
        if not faces:
            return None
        return judged[find_likeliest_emotion(measure_portrait(photo, faces[0], models).aus, judged)]

    return judge


@torch.inference_mode()
def _paint_others(
    generator: StarganGenerator, picture: Photo, labels: Floats, device: torch.device
) -> Iterator[tuple[int, Floats, Floats]]:
    """What a picture (s, s, 3) becomes with each label that it has not, and what comes back.

    Yields:
        The place of the label; (s, s, 3) in [0, 1] there; the same there and back.
    """
    places = np.flatnonzero(labels == 0)
    x = to_signed(torch.from_numpy(picture).permute(2, 0, 1)[None]).to(device)
    x = x.expand(len(places), -1, -1, -1)
    own = torch.from_numpy(labels)[None].expand(len(places), -1).to(device)
    wanted = torch.from_numpy(_set_labels(labels, places, generator.config.exclusive)).to(device)
    with autocast(device):
        there = generator(x, wanted)
        back = generator(there, own)
    yield from zip(places.tolist(), _to_pictures(there), _to_pictures(back), strict=True)


def _set_labels(labels: Floats, places: NDArray[np.int64], exclusive: bool) -> Floats:
    """Labels (k,) with one more of them each time, (m, k); alone, where they are exclusive."""
    wanted = np.zeros((len(places), len(labels)), np.float32)
    if not exclusive:
        wanted[:] = labels
    wanted[np.arange(len(places)), places] = 1
    return wanted


def _to_pictures(x: Tensor) -> Floats:
    """Tensors (n, 3, s, s) in [-1, 1] as pictures (n, s, s, 3) in [0, 1]."""
    return np.asarray(((x.float() + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy())


def _to_photo(picture: Floats) -> Photo:
    return np.asarray(np.rint(picture * 255), np.uint8)


def _average(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
