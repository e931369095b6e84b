"""Photos of every usual kind, written with Pillow and read back."""

from __future__ import annotations

import os
import struct
import sys
import time
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, features
from skimage.data import astronaut
from typer.testing import CliRunner

from ganimate.cli.commands import app
from ganimate.errors import PhotoError, PhotoWarning, UsageError
from ganimate.media import photo
from ganimate.media.photo import read_photo, resize_longest

pytestmark = pytest.mark.filterwarnings("ignore::ganimate.errors.PhotoWarning")

FACE = np.ascontiguousarray(astronaut()[20:260:2, 110:330:2])  # (120, 110, 3)
GREY = np.asarray(Image.fromarray(FACE).convert("L"))
EXIF_ORIENTATION = 0x0112


def mean_difference(first: np.ndarray, second: np.ndarray) -> float:
    assert first.shape == second.shape
    return float(np.abs(first.astype(float) - second.astype(float)).mean())


def assert_photo(photo: np.ndarray) -> None:
    assert photo.dtype == np.uint8
    assert photo.ndim == 3
    assert photo.shape[2] == 3
    assert photo.flags.c_contiguous
    assert photo.flags.writeable


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff"])
def test_lossless_formats_keep_every_pixel(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(FACE).save(path)
    photo = read_photo(str(path))
    assert_photo(photo)
    assert np.array_equal(photo, FACE)


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_lossy_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(FACE).save(path, quality=95)
    assert mean_difference(read_photo(path), FACE) < 4


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    # What a camera stores when it is held so that the upright picture is FACE.
    stored = {
        1: FACE,
        2: FACE[:, ::-1],
        3: FACE[::-1, ::-1],
        4: FACE[::-1],
        5: FACE.transpose(1, 0, 2),
        6: np.rot90(FACE, 1),
        7: np.rot90(FACE, 2).transpose(1, 0, 2),
        8: np.rot90(FACE, -1),
    }[orientation]
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif, quality=95)
    photo = read_photo(path)
    assert_photo(photo)
    assert mean_difference(photo, FACE) < 4


def test_broken_exif_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    Image.fromarray(FACE).save(path, exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff broken")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert read_photo(path).shape == FACE.shape


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
def test_greyscale(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"grey.{suffix}"
    Image.fromarray(GREY).save(path, quality=95)
    photo = read_photo(path)
    assert_photo(photo)
    assert mean_difference(photo, np.repeat(GREY[..., None], 3, 2)) < 2


def test_black_and_white(tmp_path: Path) -> None:
    path = tmp_path / "bilevel.png"
    Image.fromarray(GREY).convert("1").save(path)
    assert set(np.unique(read_photo(path))) == {0, 255}


@pytest.mark.parametrize(
    ("suffix", "values"),
    [
        ("png", GREY.astype(np.uint16) * 257),
        ("tiff", GREY.astype(np.uint16) * 257),
        ("tiff", GREY.astype(np.int32) * 257),
        ("tiff", GREY.astype(np.float32) / 255),
        ("tiff", GREY.astype(np.float32)),
    ],
    ids=["png 16 bit", "tiff 16 bit", "tiff 32 bit", "tiff float to 1", "tiff float to 255"],
)
def test_deep_greys_are_scaled_not_clipped(tmp_path: Path, suffix: str, values: np.ndarray) -> None:
    path = tmp_path / f"deep.{suffix}"
    Image.fromarray(values).save(path)
    photo = read_photo(path)
    assert_photo(photo)
    assert np.array_equal(photo, np.repeat(GREY[..., None], 3, 2))


def test_float_with_nan(tmp_path: Path) -> None:
    values = GREY.astype(np.float32) / 255
    values[:5] = np.nan
    path = tmp_path / "nan.tiff"
    Image.fromarray(values).save(path)
    photo = read_photo(path)
    assert not photo[:5].any()
    assert np.array_equal(photo[5:, :, 0], GREY[5:])


def test_cmyk_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "cmyk.jpg"
    Image.fromarray(FACE).convert("CMYK").save(path, quality=95)
    photo = read_photo(path)
    assert_photo(photo)
    assert mean_difference(photo, FACE) < 6


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    alpha = np.full(FACE.shape[:2], 255, np.uint8)
    alpha[:40], alpha[40:80] = 0, 128
    expected = FACE.astype(float)
    expected[:40] = 255
    expected[40:80] = expected[40:80] * 128 / 255 + 255 * 127 / 255
    for suffix, options in (("png", {}), ("webp", {"lossless": True})):
        path = tmp_path / f"rgba.{suffix}"
        Image.fromarray(np.dstack([FACE, alpha])).save(path, **options)
        photo = read_photo(path)
        assert_photo(photo)
        assert mean_difference(photo, expected) < 1


def test_grey_with_alpha(tmp_path: Path) -> None:
    path = tmp_path / "la.png"
    Image.merge("LA", [Image.fromarray(GREY), Image.new("L", GREY.shape[::-1], 0)]).save(path)
    assert (read_photo(path) == 255).all()


def test_palette(tmp_path: Path) -> None:
    picture = Image.fromarray(FACE).quantize(64)
    path = tmp_path / "palette.png"
    picture.save(path)
    assert np.array_equal(read_photo(path), np.asarray(picture.convert("RGB")))


def test_palette_with_transparency(tmp_path: Path) -> None:
    picture = Image.fromarray(FACE).quantize(64)
    clear = int(np.asarray(picture)[0, 0])
    path = tmp_path / "palette.png"
    picture.save(path, transparency=clear)
    expected = np.array(picture.convert("RGB"))
    expected[np.asarray(picture) == clear] = 255
    assert np.array_equal(read_photo(path), expected)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_first_frame_of_an_animation(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"moving.{suffix}"
    black = Image.new("RGB", FACE.shape[1::-1])
    Image.fromarray(FACE).save(path, save_all=True, append_images=[black, black])
    assert mean_difference(read_photo(path), FACE) < 8


def linear_profile() -> bytes:
    """A valid profile that is far from sRGB: its XYZ space, as an RGB file may carry it wrongly."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()


def wide_gamut_profile() -> bytes:
    """sRGB with red and blue primaries swapped: any conversion shows at once."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    table = {}
    for index in range(int.from_bytes(profile[128:132], "big")):
        entry = 132 + 12 * index
        table[bytes(profile[entry : entry + 4])] = entry
    red, blue = table[b"rXYZ"] + 4, table[b"bXYZ"] + 4
    profile[red : red + 8], profile[blue : blue + 8] = (
        profile[blue : blue + 8],
        profile[red : red + 8],
    )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))


@pytest.mark.parametrize("alpha", [False, True])
def test_colour_profile_is_applied(tmp_path: Path, alpha: bool) -> None:
    path = tmp_path / "profile.png"
    picture = Image.fromarray(FACE).convert("RGBA" if alpha else "RGB")
    picture.save(path, icc_profile=wide_gamut_profile())
    photo = read_photo(path)
    assert_photo(photo)
    assert mean_difference(photo, FACE[..., ::-1]) < 1.5


@pytest.mark.parametrize("profile", [b"not a profile", linear_profile()], ids=["broken", "not RGB"])
def test_useless_colour_profiles_are_ignored(tmp_path: Path, profile: bytes) -> None:
    path = tmp_path / "profile.png"
    Image.fromarray(FACE).save(path, icc_profile=profile)
    assert np.array_equal(read_photo(path), FACE)


def test_forty_megapixels_without_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A small picture against a small limit: what Pillow does at 89 megapixels it does at 5,000.
    path = tmp_path / "large.png"
    Image.fromarray(FACE).save(path)
    for limit in (FACE.size // 3 - 1, FACE.size // 9):  # warns, fails
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.array_equal(read_photo(path), FACE)
        assert Image.MAX_IMAGE_PIXELS == limit  # noqa: SIM300


def test_absurd_size(tmp_path: Path) -> None:
    data = BytesIO()
    Image.new("1", (8, 8)).save(data, "BMP")
    header = bytearray(data.getvalue())
    header[18:22] = header[22:26] = (30_000).to_bytes(4, "little")
    path = tmp_path / "absurd.bmp"
    path.write_bytes(header)
    with pytest.raises(PhotoError, match="250 megapixels"):
        read_photo(path)


@pytest.mark.parametrize("kind", ["EPS", "ICO", "PPM", "TGA", "PDF", "ICNS", "PCX"])
def test_other_formats_are_not_opened_whatever_they_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def open_anyway(*_: object) -> None:
        pytest.fail(f"Pillow looked into a file of {kind}")

    Image.init()
    path = tmp_path / "face.jpg"
    Image.fromarray(FACE).save(path, kind)
    if kind in Image.OPEN:  # it writes PDF alone
        monkeypatch.setitem(Image.OPEN, kind, (open_anyway, None))
    with pytest.raises(PhotoError, match="not an image"):
        read_photo(path)


def test_a_program_named_jpg_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    head = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    path.write_text(head + "{} loop\n%%EOF\n")
    with pytest.raises(PhotoError, match="not an image"):
        read_photo(path)


def test_two_pictures_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "camera.jpg"
    black = Image.new("RGB", FACE.shape[1::-1])
    Image.fromarray(FACE).save(path, "MPO", save_all=True, append_images=[black], quality=95)
    assert mean_difference(read_photo(path), FACE) < 4


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif(tmp_path: Path) -> None:
    path = tmp_path / "face.avif"
    Image.fromarray(FACE).save(path, quality=95)
    assert mean_difference(read_photo(path), FACE) < 4


def test_a_pillow_without_avif(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.init()
    monkeypatch.delitem(Image.OPEN, "AVIF", raising=False)
    photo._list_formats.cache_clear()
    path = tmp_path / "text.jpg"
    path.write_text("this is no picture")
    with pytest.raises(PhotoError, match="not an image"):
        read_photo(path)
    photo._list_formats.cache_clear()


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "sparse.jpg"
    with path.open("wb") as file:
        file.truncate(20 << 30)
    began = time.monotonic()
    with pytest.raises(PhotoError, match="larger than 2 GiB"):
        read_photo(path)
    assert time.monotonic() - began < 1


def test_a_pipe_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "face.jpg"
    Image.fromarray(FACE).save(path, "PNG")
    for limit, refused in ((path.stat().st_size, False), (path.stat().st_size - 1, True)):
        monkeypatch.setattr(photo, "MAX_BYTES", limit)
        inside, outside = os.pipe()
        with os.fdopen(outside, "wb") as file:
            file.write(path.read_bytes())  # less than a pipe holds
        try:
            if refused:
                with pytest.raises(PhotoError, match="larger than"):
                    read_photo(f"/dev/fd/{inside}")
            else:
                assert np.array_equal(read_photo(f"/dev/fd/{inside}"), FACE)
        finally:
            os.close(inside)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="does not exist"):
        read_photo(tmp_path / "none.jpg")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="is a folder"):
        read_photo(tmp_path)


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(PhotoError, match="is empty"):
        read_photo(path)


def test_text_named_jpg(tmp_path: Path) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("this is no picture\n" * 20)
    with pytest.raises(PhotoError, match="not an image"):
        read_photo(path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "bmp", "gif"])
def test_truncated(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut.{suffix}"
    Image.fromarray(FACE).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PhotoError, match="damaged"):
        read_photo(path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "gif"])
def test_damage_anywhere_is_a_photo_error_or_a_photo(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"damaged.{suffix}"
    Image.fromarray(FACE[:40, :40]).save(path)
    sound = path.read_bytes()
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(40):
            damaged = bytearray(sound)
            for position in rng.integers(0, min(len(sound), 200), 4):
                damaged[position] = rng.integers(256)
            path.write_bytes(damaged)
            try:
                assert_photo(read_photo(path))
            except PhotoError as error:
                assert str(path) in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("longest", "shape"), [(60, (60, 55, 3)), (120, (120, 110, 3)), (240, (240, 220, 3))]
)
def test_resize_longest(longest: int, shape: tuple[int, int, int]) -> None:
    resized = resize_longest(FACE, longest)
    assert resized.shape == shape
    assert resized.dtype == np.uint8
    assert abs(resized.mean() - FACE.mean()) < 1


def test_resize_of_a_thin_strip_keeps_a_pixel() -> None:
    assert resize_longest(np.zeros((2, 400, 3), np.uint8), 10).shape == (1, 10, 3)


def test_resize_to_nothing() -> None:
    with pytest.raises(UsageError, match="1 or more"):
        resize_longest(FACE, 0)


# raw photos, and what phones and editors write


def write_raw(path: Path, *, preview: tuple[int, int], sensor: bool = True) -> None:
    """A raw photo, 600 x 480 and turned: a thumbnail, and below it a preview and the sensor's."""
    turned = [(EXIF_ORIENTATION, "H", 1, 6, True)]
    pattern = [(33421, "H", 2, (2, 2), True), (33422, "B", 4, bytes([0, 1, 1, 2]), True)]
    lying = Image.fromarray(FACE).transpose(Image.Transpose.ROTATE_90)
    with tifffile.TiffWriter(path) as file:
        thumbnail = np.asarray(lying.resize((60, 48)))
        file.write(
            thumbnail, photometric="rgb", subfiletype=1, subifds=1 + sensor, extratags=turned
        )
        file.write(np.asarray(lying.resize(preview)), photometric="rgb", compression="zlib")
        if sensor:
            file.write(np.zeros((480, 600), np.uint16), photometric=32803, extratags=pattern)


@pytest.mark.parametrize("sensor", [True, False])
def test_the_photo_of_a_raw_file_is_its_largest_picture(tmp_path: Path, sensor: bool) -> None:
    path = tmp_path / "raw.dng"
    write_raw(path, preview=(592, 472), sensor=sensor)
    found = read_photo(path)
    assert found.shape == (592, 472, 3)
    wanted = np.asarray(Image.fromarray(FACE).resize((472, 592)))
    assert mean_difference(found, wanted) < 6  # resized before it was turned


def test_a_jpeg_within_a_raw_file(tmp_path: Path) -> None:
    """As Nikon's: tags say where the JPEG begins, and Pillow does not follow them."""
    path, jpeg = tmp_path / "raw.nef", BytesIO()
    Image.fromarray(FACE).resize((600, 480)).save(jpeg, "JPEG", quality=95)
    at = 1000
    below = [(256, 4, 1, 600), (257, 4, 1, 480), (259, 3, 1, 6), (262, 3, 1, 6)]
    below += [(513, 4, 1, at), (514, 4, 1, len(jpeg.getvalue()))]
    above = [(254, 4, 1, 1), (256, 4, 1, 2), (257, 4, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1)]
    above += [(262, 3, 1, 1), (273, 4, 1, 900), (278, 4, 1, 2), (279, 4, 1, 4), (330, 4, 1, 300)]

    def pack(tags: list[tuple[int, int, int, int]]) -> bytes:
        entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
        return struct.pack("<H", len(tags)) + entries + bytes(4)

    content = bytearray(at)
    content[:8] = b"II*\0" + struct.pack("<I", 8)
    content[8 : 8 + len(pack(above))] = pack(above)
    content[300 : 300 + len(pack(below))] = pack(below)
    path.write_bytes(bytes(content) + jpeg.getvalue())
    wanted = np.asarray(Image.fromarray(FACE).resize((600, 480)))
    assert mean_difference(read_photo(path), wanted) < 4


def test_a_raw_file_that_nobody_developed(tmp_path: Path) -> None:
    path = tmp_path / "raw.dng"
    write_raw(path, preview=(300, 240))
    with pytest.raises(PhotoError, match="raw photo with no developed picture of its 600 px: dev"):
        read_photo(path)
    for beginning in (b"IIRO\x08\0\0\0", b"FUJIFILMCCD-RAW ", b"\0\0\0\x18ftypcrx \0\0\0\x01"):
        path.write_bytes(beginning + bytes(1000))
        with pytest.raises(PhotoError, match="is a raw photo: develop it"):
            read_photo(path)


def test_damaged_tags_never_escape(tmp_path: Path) -> None:
    path = tmp_path / "raw.dng"
    write_raw(path, preview=(592, 472))
    sound = path.read_bytes()
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(40):
            damaged = bytearray(sound)
            for place in rng.integers(0, 1200, 12):
                damaged[place] = rng.integers(256)
            path.write_bytes(damaged)
            with suppress(PhotoError):
                assert_photo(read_photo(path))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("alpha", [False, True])
def test_planes_of_16_bit(
    tmp_path: Path, order: Literal["<", ">"], compression: str | None, alpha: bool
) -> None:
    path = tmp_path / "planes.tif"
    deep = np.random.default_rng(0).integers(0, 65536, (3, 40, 50)).astype(np.uint16)
    planes = np.concatenate([deep, np.full((1, 40, 50), 65535, np.uint16)]) if alpha else deep
    tifffile.imwrite(
        path,
        planes,
        planarconfig="separate",
        photometric="rgb",
        byteorder=order,
        compression=compression,
        rowsperstrip=7,
        extrasamples=["unassalpha"] if alpha else None,
    )
    assert mean_difference(read_photo(path), (deep >> 8).transpose(1, 2, 0)) < 0.6


def test_heic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "phone.heic"
    turned = Image.Exif()
    turned[EXIF_ORIENTATION] = 6
    pillow_heif.from_pillow(Image.fromarray(FACE).transpose(Image.Transpose.ROTATE_90)).save(
        path, quality=95, exif=turned.tobytes()
    )
    assert mean_difference(read_photo(path), FACE) < 5
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PhotoError, match=r"is a HEIC photo: .*pip install 'ganimate\[heif\]'"):
        read_photo(path)


@pytest.mark.parametrize(
    ("suffix", "dpi", "shape"),
    [
        ("jpg", (72, 144), (120, 220)),
        ("tif", (144, 72), (240, 110)),
        ("png", (100, 200), (120, 220)),
        ("jpg", (72, 72), (120, 110)),
        ("jpg", (1, 72), (120, 110)),
    ],
)
def test_pixels_that_are_not_square(
    tmp_path: Path, suffix: str, dpi: tuple[int, int], shape: tuple[int, int]
) -> None:
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(FACE).save(path, dpi=dpi)
    assert read_photo(path).shape[:2] == shape


def test_pixels_that_are_not_square_are_turned_with_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    turned = Image.Exif()
    turned[EXIF_ORIENTATION] = 6
    Image.fromarray(FACE).save(path, dpi=(72, 144), exif=turned)
    assert read_photo(path).shape[:2] == (220, 120)


def test_a_video_is_told_what_it_can_do(tmp_path: Path) -> None:
    cases = Path(__file__).parent / "cases"
    for name in ("ten_bit.mp4", "recorder.webm", "late_picture.ts", "late_picture.mkv"):
        with pytest.raises(PhotoError, match="is a video: `ganimate drive`"):
            read_photo(cases / name)


def test_transparency_is_said(tmp_path: Path) -> None:
    path = tmp_path / "cutout.png"
    for alpha, said in ((128, True), (255, False)):
        opacity = np.full((*FACE.shape[:2], 1), alpha, np.uint8)
        Image.fromarray(np.concatenate([FACE, opacity], 2)).save(path)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            read_photo(path)
        assert [one.category for one in caught] == [PhotoWarning] * said
    opacity[:9] = 0
    Image.fromarray(np.concatenate([FACE, opacity], 2)).save(path)
    result = CliRunner().invoke(app, ["detect", str(path)])
    assert result.exit_code == 0, result.output
    assert "transparent in places, which are laid on white" in result.stderr
