"""Pickles of labels: those of both Pythons are read, and nothing in one is ever run."""

from __future__ import annotations

import io
import pickle
import struct
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ganimate.errors import DataError
from ganimate.training.data.pickles import read_arrays

VALUES = {
    "N_0000000356_00190": np.linspace(0, 5, 17),
    "N_0000000437_00540": np.arange(17, dtype=np.float32) / 4,
}


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "aus_openface.pkl"
    path.write_bytes(content)
    return path


class Python2Pickler(pickle._Pickler):
    """Writes texts and bytes as Python 2 does: both are its str."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, text: str | bytes) -> None:
        data = text.encode("latin1") if isinstance(text, str) else text
        if len(data) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)
        self.memoize(text)

    dispatch[str] = dispatch[bytes] = save_string


def python2(value: object) -> bytes:
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    return file.getvalue()


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> bool:
    return found.keys() == wanted.keys() and all(
        found[name].dtype == np.float64 and np.array_equal(found[name], wanted[name])
        for name in wanted
    )


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_every_protocol(tmp_path: Path, protocol: int) -> None:
    assert same(read_arrays(written(tmp_path, pickle.dumps(VALUES, protocol))), VALUES)


def test_pickles_of_python_2(tmp_path: Path) -> None:
    content = python2(VALUES)
    assert b"numpy.core.multiarray" in content
    assert b"_codecs" not in content  # only Python 3 writes bytes by way of a text
    assert same(read_arrays(written(tmp_path, content)), VALUES)


def test_pickles_of_numpy_2(tmp_path: Path) -> None:
    content = pickle.dumps(VALUES, 0).replace(b"numpy.core", b"numpy._core")
    assert b"numpy._core.multiarray" in content
    assert same(read_arrays(written(tmp_path, content)), VALUES)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(17, dtype=">f8"),
        np.arange(17, dtype="<i2"),
        np.arange(17.0).reshape(1, 17),
        np.asfortranarray(np.arange(17.0)),
        list(range(17)),
        tuple(np.float32(n) for n in range(17)),
    ],
    ids=["big-endian", "integers", "a row", "column order", "a list", "scalars"],
)
def test_whatever_holds_numbers(tmp_path: Path, value: Any) -> None:
    path = written(tmp_path, pickle.dumps({np.str_("face"): value}))
    assert read_arrays(path)["face"].tolist() == list(range(17))


# hostile and damaged pickles


class Called:
    """Pickled, a call of any function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def hostile(tmp_path: Path) -> dict[str, bytes]:
    """Pickles that would do harm, by what they try."""
    import os

    mark = str(tmp_path / "harm")
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR"
    dtype = b"cnumpy\ndtype\n(VO8\nI0\nI1\ntR"
    return {
        "a command": pickle.dumps({"a": Called(os.system, f"touch {mark}")}),
        "a command, as text": b"cos\nsystem\n(Vtouch " + mark.encode() + b"\ntR.",
        "eval": pickle.dumps(Called(eval, f"open({mark!r}, 'w')")),
        "a file": pickle.dumps({"a": Called(open, mark, "w")}),
        "an attribute of what is allowed": b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",
        "another name of NumPy": b"cnumpy\nload\n(V/etc/passwd\ntR.",
        "a class of ours": b"cganimate.training.pickles\n_Reader\n.",
        "an instance of the old kind": b"(Vtouch x\nios\nsystem\n.",
        "a codec": b"c_codecs\nencode\n(Vx\nVrot13\ntR.",
        "a persistent object": b"Pname\n.",
        "a registered extension": b"\x80\x02\x82\x01.",
        "objects in an array": b"(dVa\n" + array + b"(I1\n(I1\nt" + dtype + b"I00\n(lVx\natbs.",
        "bytes as pointers": b"(dVa\n" + array + b"(I1\n(I1\nt" + dtype + b"I00\nVAAAAAAAA\ntbs.",
        "a huge array": b"(dVa\ncnumpy\nndarray\n((I999999999999\ntt R.".replace(b" ", b""),
        "a shape beyond the data": b"(dVa\n" + array + b"(I1\n(I99999999999\ntcnumpy\ndtype\n(Vf8\n"
        b"I0\nI1\ntRI00\nVAAAAAAAA\ntbs.",
        "a state for a class": b"cnumpy\nndarray\n(N(dV__new__\ncnumpy\ndtype\nstb.",
        "a state for a function": b"c_codecs\nencode\n(N(dV__new__\ncnumpy\ndtype\nstb.",
    }


@pytest.mark.parametrize("attempt", hostile(Path()))
def test_nothing_in_a_pickle_is_run(tmp_path: Path, attempt: str) -> None:
    path = written(tmp_path, hostile(tmp_path)[attempt])
    with pytest.raises(DataError, match=r"aus_openface\.pkl"):
        read_arrays(path)
    assert list(tmp_path.iterdir()) == [path]
    assert same(read_arrays(written(tmp_path, pickle.dumps(VALUES))), VALUES)  # nothing is broken


def test_what_is_refused_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"asks for os\.system|asks for posix\.system"):
        read_arrays(written(tmp_path, hostile(tmp_path)["a command"]))


@pytest.mark.parametrize(
    "content",
    [b"", b"name.jpg 1 2 3", pickle.dumps(VALUES)[:-20], b"\x80\x09.", b"(" * 100_000 + b"."],
    ids=["empty", "text", "half", "a protocol to come", "marks alone"],
)
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"aus_openface\.pkl is no pickle of arrays"):
        read_arrays(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "holds a list"),
        ({3: np.zeros(17)}, "int for a photo's name"),
        ({"a": "text"}, "holds a str for 'a'"),
        ({"a": np.array(["x", "y"])}, "what it holds for 'a' is damaged"),
        ({"a": {"b": np.zeros(17)}}, "holds a dict for 'a'"),
        ({"a": ["x"]}, "holds a list for 'a'"),
        ({"a": np.zeros(2, [("x", "f4"), ("y", "f4")])}, "'a' is damaged"),
    ],
)
def test_other_contents(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_arrays(written(tmp_path, pickle.dumps(content)))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_arrays(tmp_path / "none.pkl")
    with pytest.raises(DataError, match="no file of labels"):
        read_arrays(written(tmp_path, pickle.dumps(VALUES)), largest=100)
