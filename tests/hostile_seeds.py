"""Real files, as small as they come, from which hostile ones are made: a list for each reader.

The first byte of some says what the file is called there, where a reader chooses by the name.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import tifffile
import torch
from PIL import Image, ImageCms, PngImagePlugin
from safetensors.numpy import save
from skimage import data

from ganimate.action_units import SHAPE
from ganimate.face.landmarks import N_LANDMARKS
from ganimate.media.provenance import Provenance
from ganimate.media.video_writer import write_frames
from ganimate.networks.generators import save_generator
from ganimate.networks.motion import Critic, CriticConfig, Generator, GeneratorConfig
from ganimate.networks.paper import PaperConfig, PaperGenerator
from ganimate.training.data.openface import COLUMNS
from ganimate.training.motion.config import MotionTrainConfig
from ganimate.training.prior.blend_shapes import SIGNALS
from ganimate.training.run_files import CHECKPOINT, save_run
from ganimate.training.updates import Networks

FACE = Image.fromarray(data.astronaut()[40:240, 140:300]).resize((40, 48))
"""Eileen Collins (NASA, public domain), very small."""

LABEL_FILES = (
    "labels.csv",
    "labels.txt",
    "aus.pkl",
    "train_ids.csv",
    "table.tsv",
    "aus_openface.pkl",
)
VIDEO_SUFFIXES = (".mp4", ".webm", ".mkv", ".gif", ".avi", ".jpg", ".mov", ".m3u8", "")
CASES = Path(__file__).parent / "media" / "cases"


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a photo."""
    saved = io.BytesIO()
    image.save(saved, kind, **options)
    return saved.getvalue()


def list_photos() -> list[bytes]:
    """Photos of every format that is read, with all that stands beside pixels in them."""
    Image.init()  # all formats: wheels of Pillow before 11.3 lack AVIF
    turned = Image.Exif()
    turned[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    clear = FACE.convert("RGBA")
    clear.putalpha(FACE.convert("L"))
    deep = Image.fromarray(np.asarray(FACE.convert("L"), np.uint16) * 257)
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", "<x/>")
    moving = {"save_all": True, "append_images": [FACE.rotate(90), FACE], "duration": 40}
    found = [
        encode(FACE, "JPEG", exif=turned, icc_profile=profile, dpi=(72, 144)),
        encode(FACE, "JPEG", progressive=True, quality=30),
        encode(FACE.convert("CMYK"), "JPEG"),
        encode(FACE.convert("L"), "JPEG"),
        encode(FACE, "MPO", save_all=True, append_images=[FACE]),
        encode(FACE, "PNG", exif=turned, icc_profile=profile, pnginfo=text),
        encode(clear, "PNG"),
        encode(deep, "PNG"),
        encode(FACE.quantize(16), "PNG", transparency=3),
        encode(FACE, "PNG", **moving),
        encode(FACE, "WEBP", exif=turned.tobytes(), icc_profile=profile),
        encode(clear, "WEBP", lossless=True),
        encode(FACE, "WEBP", **moving),
        encode(FACE, "GIF"),
        encode(FACE, "GIF", **moving, loop=0),
        encode(FACE, "BMP"),
        encode(FACE.quantize(16), "BMP"),
        *(encode(FACE, kind, exif=turned.tobytes()) for kind in ("AVIF",) if kind in Image.SAVE),
        *(encode(FACE, "TIFF", compression=kind) for kind in (None, "tiff_lzw", "packbits")),
        encode(FACE, "TIFF", compression="jpeg"),
        encode(FACE.convert("1"), "TIFF", compression="group4"),
        encode(Image.fromarray(np.asarray(FACE.convert("L"), np.float32)), "TIFF"),
    ]  # fmt: skip
    raw = io.BytesIO()
    with tifffile.TiffWriter(raw) as file:
        file.write(np.asarray(FACE), photometric="rgb", subfiletype=1, subifds=1)
        file.write(np.asarray(FACE.resize((80, 96))), photometric="rgb", compression="zlib")
    planes = io.BytesIO()
    stack = np.asarray(FACE, np.uint16).transpose(2, 0, 1) * 257
    tifffile.imwrite(planes, stack, planarconfig="separate", photometric="rgb")
    heic = io.BytesIO()
    pillow_heif.from_pillow(FACE).save(heic)
    return [*found, raw.getvalue(), planes.getvalue(), heic.getvalue()]


def list_clips() -> list[bytes]:
    """Clips of this program, in every format."""
    frames = [np.asarray(FACE.rotate(5 * turn)) for turn in range(3)]
    made = Provenance(model="motion", weights="0123456789ab", expression="smile", seed=3)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.mp4", "a.webm", "a.mov", "a.gif", "a.webp", "a.png", "a.jpg"):
            write_frames(iter(frames), Path(folder, name), fps=10, made=made)
            found.append(Path(folder, name).read_bytes())
    return found


def list_videos() -> list[bytes]:
    """Videos, and texts that name other files, under many names."""
    mp4, webm, mov, gif, webp, *_ = list_clips()
    texts = (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        b"rtsp://127.0.0.1/x\n",
    )
    cases = [(CASES / name).read_bytes() for name in ("ten_bit.mp4", "late_picture.mkv")]
    pairs = [(0, mp4), (1, webm), (2, webm), (3, gif), (6, mov), (8, webp), (0, cases[0])]
    pairs += [(2, cases[1]), *((7, text) for text in texts), *((0, text) for text in texts)]
    return [bytes([suffix]) + content for suffix, content in pairs]


def list_timelines() -> list[bytes]:
    """Keys, tracks, blinks and heads."""
    key = {"t": 0.5, "expression": "smile:0.7+AU1=0.4", "ease": [0.4, 0, 0.2, 1], "hold": "10%"}
    other = {"t": "100%", "aus": {"AU12L": 0.5, "AU45": 1}, "ease": "linear"}
    whole = {
        "$schema": "x", "photo": "photo.jpg", "fps": 25, "duration": 2, "size": 320, "seed": 3,
        "loop": "pingpong", "blink": "auto", "face": 0, "output": "clip.mp4", "keys": [key, other],
        "tracks": {"AU4": [{"t": 0, "v": 0.2}, {"t": 1, "v": 0}]},
        "head": [{"t": 0, "yaw": 3, "pitch": -2}, {"t": 1.5, "roll": 1}],
    }  # fmt: skip
    simple = {"photo": "photo.jpg", "keys": [{"t": 1, "expression": "source"}]}
    texts = [json.dumps(whole), json.dumps(simple, indent=1)]
    texts += ['{"photo": "\\ud800", "output": "\\u0000", "keys": [NaN, 1e999, -0, 1e308]}']
    texts += ["[" * 200 + "]" * 200, '{"a":1,"a":2}', '{"t":1e308,"size":' + "9" * 400 + "}"]
    return [text.encode() for text in texts]


def list_expressions() -> list[bytes]:
    """Expressions and eases, right and nearly right."""
    texts = (
        "smile",
        "laugh:0.5+AU12=0.9,AU45L=1",
        "source",
        "AU1R=.2",
        "0.1,0.2,0.3,1",
        "smile:1e400",
    )
    return [text.encode() for text in texts]


def list_labels() -> list[bytes]:
    """Labels of each kind, under the names by which they are known."""
    values = [round(0.3 * place, 2) for place in range(17)]
    header = ",".join(["filename", "confidence", "success", *COLUMNS])
    row = ",".join(["a.jpg", "0.98", "1", *map(str, values)])
    feat = "input,FaceScore," + ",".join(
        f"AU{n:02}" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 43)
    )
    odd = row.replace("0.98", "1e400").replace("a.jpg", "b.jpg")
    line = "a.jpg " + " ".join(map(str, values))
    texts = (
        (0, f"{header}\n{row}\n{odd}\n".encode()),
        (0, f"sep=;\n{header}\n{row}\n".replace(",", ";").encode("utf-16")),
        (4, f"{feat}\na.jpg,0.9,{','.join(['0.5'] * 17)}\n".replace(",", "\t").encode()),
        (1, f"{line}\n{line.replace('a.jpg', 'b.jpg')}\n".encode()),
        (1, "b.jpg;" + ";".join(["1,5"] * 17).encode().decode()),
        (3, b'a.jpg\n"b.jpg"\n'),
    )
    files = [(which, text if isinstance(text, bytes) else text.encode()) for which, text in texts]
    files += [(2, content) for content in list_pickles()]
    return [bytes([which]) + content for which, content in files]


def list_pickles() -> list[bytes]:
    """Pickles of labels in every protocol, and one that would call what it must not."""
    labels = {"a": np.linspace(0, 5, 17), "b": np.arange(17, dtype=np.float32) / 4, "c": [1.0] * 17}
    every = [pickle.dumps(labels, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    scalars = pickle.dumps({np.str_("a"): [np.float64(1)] * 17, "b": tuple(range(17))}, 2)
    return [*every, scalars, b"cos\nsystem\n(S'true'\ntR."]


def list_checkpoints() -> list[bytes]:
    """Checkpoints of others, tiny: with the names of each implementation."""
    found = []
    for trunk, block, colour, attention, weighted in (
        ("main", "main", "img_reg", "attetion_reg", True),
        ("model", "conv_block", "color_top", "au_top", False),
    ):
        names = [f"{trunk}.{place}" for place in (0, 3, 6)]
        shapes = [(4, 20, 7, 7), (8, 4, 4, 4), (16, 8, 4, 4)]
        state = {
            f"{name}.weight": torch.zeros(shape) for name, shape in zip(names, shapes, strict=True)
        }
        for place in (0, 3):
            state[f"{trunk}.9.{block}.{place}.weight"] = torch.zeros(16, 16, 3, 3)
        state[f"{trunk}.10.weight"] = torch.zeros(16, 8, 4, 4)
        state[f"{trunk}.13.weight"] = torch.zeros(8, 4, 4, 4)
        if weighted:
            for name, width in ((f"{trunk}.1", 4), (f"{trunk}.4", 8), (f"{trunk}.7", 16),
                                (f"{trunk}.11", 8), (f"{trunk}.14", 4)):  # fmt: skip
                state |= {f"{name}.weight": torch.ones(width), f"{name}.bias": torch.zeros(width)}
            for place in (1, 4):
                name = f"{trunk}.9.{block}.{place}"
                state |= {f"{name}.weight": torch.ones(16), f"{name}.bias": torch.zeros(16)}
        state |= {f"{colour}.0.weight": torch.zeros(3, 4, 7, 7)}
        state |= {f"{attention}.0.weight": torch.zeros(1, 4, 7, 7)}
        for old in (False, True):
            file = io.BytesIO()
            torch.save({"state_dict": state} if old else state, file,
                       _use_new_zipfile_serialization=not old)  # fmt: skip
            found.append(file.getvalue())
    return found


def list_weights() -> list[bytes]:
    """Weights of both kinds of generators, tiny, and headers that say odd things."""
    found = list(_write_generators())
    arrays = {"a": np.zeros((2, 2), np.float32)}
    found += [save(arrays, {"kind": kind, "config": "{}"}) for kind in ("generator", "face")]
    for header in (
        '{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}',
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
        '"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        '{"__metadata__":{"kind":"face","reader":"1"}}',
    ):
        found.append(struct.pack("<Q", len(header)) + header.encode() + bytes(4))
    return found


def _write_generators() -> Iterator[bytes]:
    small = GeneratorConfig(size=64, channels=8, blocks=1, skip_channels=(8, 8))
    paper = PaperConfig(size=32, channels=4, blocks=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "g.safetensors")
        for generator, config in ((Generator(small), small), (PaperGenerator(paper), paper)):
            save_generator(path, generator.state_dict(), config, {"step": "3"})
            yield path.read_bytes()


def list_shards() -> list[bytes]:
    """A shard of a prepared set, behind a 0, and summaries of one, behind a 1."""
    tensors = {
        "crops": np.zeros((1, 8, 8, 3), np.uint8),
        "landmarks": np.zeros((1, N_LANDMARKS, 3), np.float32),
        "aus": np.zeros((1, *SHAPE), np.float32),
        "labels": np.zeros((1, *SHAPE), np.float32),
    }
    notes = {"names": '["a.jpg"]', "held_out": '["a.jpg"]', "dropped": "{}", "measured_by": "x",
             "made_of": '[{"size":8},["a.jpg"]]', "sizes": "[1]"}  # fmt: skip
    whole = {"size": 8, "faces": 1, "photos": 1, "dropped": {}, "examples": {}, "labelled": 0}
    odd = {"size": 1e400, "faces": "9", "dropped": None}
    summaries = [json.dumps(whole), json.dumps(odd), '{"size":8,"faces":1' + "0" * 400 + "}"]
    return [b"\0" + save(tensors, notes), *(b"\1" + text.encode() for text in summaries)]


def list_logs() -> list[bytes]:
    """Logs of runs."""
    lines = [{"step": step, "seconds": 1.5 * step, "l1": 0.1} for step in (1, 2)]
    whole = "".join(json.dumps(line) + "\n" for line in lines)
    return [
        whole.encode(),
        b'{"l1": NaN}\n[1]\n"x"\n{"step": "x", "seconds": null}\n',
        b"\xff\xfe\n",
    ]


RUN_CONFIG = replace(
    MotionTrainConfig(),
    generator=GeneratorConfig(size=64, channels=8, blocks=1, skip_channels=(8, 8)),
    critic=CriticConfig(size=32, channels=2, layers=2),
)
"""Of a run with tiny networks."""


@cache
def make_networks() -> Networks:
    """Make the networks of RUN_CONFIG; what is read into them stays."""
    generator, critic = Generator(RUN_CONFIG.generator), Critic(RUN_CONFIG.critic)
    return Networks(
        generator=generator,
        critic=critic,
        ema=Generator(RUN_CONFIG.generator),
        generator_optimiser=torch.optim.Adam(generator.parameters()),
        critic_optimiser=torch.optim.Adam(critic.parameters()),
    )


def list_runs() -> list[bytes]:
    """The checkpoint of a run, and one of odd values."""
    with tempfile.TemporaryDirectory() as folder:
        save_run(Path(folder), "motion", make_networks(), 3, RUN_CONFIG)
        whole = Path(folder, CHECKPOINT).read_bytes()
    odd = io.BytesIO()
    torch.save({"step": "x", "config": "[]", "seen": [], "preset": 1}, odd)
    return [whole, odd.getvalue()]


def list_archives() -> list[bytes]:
    """Scores of blend shapes, as NumPy writes them."""
    patterns = {name for listed in SIGNALS.values() for name in listed}
    categories = sorted({name.format(side) for name in patterns for side in ("Left", "Right")})
    scores = np.zeros((1, len(categories)), np.float32)
    arrays = {"names": np.array(["a"]), "categories": np.array(categories), "scores": scores}
    file, packed = io.BytesIO(), io.BytesIO()
    np.savez(file, **arrays)
    np.savez_compressed(packed, **arrays)
    return [file.getvalue(), packed.getvalue()]
