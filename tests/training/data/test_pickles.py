"""Pickles of labels: those of both Pythons are read, and nothing in one is ever run."""

from __future__ import annotations

import io
import pickle
import struct
import time
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
    return file.getvalue().replace(b"numpy._core", b"numpy.core")  # as NumPy was called then


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


ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR"
DOUBLE = b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR"


def double(levels: int) -> bytes:
    """A tuple that holds itself twice, level by level, in four bytes each."""
    return b")" + b"".join(b"q%ch%c\x86" % (n, n) for n in range(levels))


def chain(levels: int) -> bytes:
    """Lists each of which is empty when it is put into the one before."""
    kept = b"".join(b"]r" + struct.pack("<I", n) for n in range(levels))
    return kept + b"".join(
        b"j" + struct.pack("<I", n) + b"j" + struct.pack("<I", n + 1) + b"a"
        for n in range(levels - 1)
    )


ENDLESS = {
    "a key of tuples within tuples": b"}" + b")" + b"\x85" * 1_000_000 + b"K\x01s.",
    "tuples within tuples": b"}Va\n)" + b"\x85" * 1_000_000 + b"s.",
    "lists within lists": b"}Va\n" + b"(" * 1_000_000 + b"l" * 1_000_000 + b"s.",
    "dicts within dicts": b"}Va\n" * 100_000 + b"N" + b"s" * 100_000 + b".",
    "calls within calls": b"}Va\n" + b"c_codecs\nencode\n(" * 1000 + b"Va\n" + b"tR" * 1000 + b"s.",
    "a list in itself": b"}Va\n]q\x00h\x00as.",
    "lists that grow once they are held": b"}" + chain(1000) + b".",
    "states that grow once they are held": b"}Va\n" + ARRAY + b"q\x00]h\x00ah\x00Nbs.",
    "a key that is hashed for ever": b"}" + double(40) + b"K\x01s.",
    "a graph that is written out for ever": b"}" + double(40) + double(40) + b"s.",
    "a value that is written out for ever": b"}Va\n" + double(14) + b"s.",
    "room for many values": b"}r\xff\xff\xff\x3f.",
    "room for many values, as text": b"}p1073741823\n.",
    "many bytes": b"\x96\x00\x00\x00\x40\x00\x00\x00\x00.",
    "a long text": b"\x8d\x00\x00\x00\x40\x00\x00\x00\x00.",
    "a long frame": b"\x80\x04\x95\x00\x00\x00\x40\x00\x00\x00\x00}.",
    "bytes of a number": b"}Va\n](cnumpy.core.multiarray\nscalar\n(" + DOUBLE
    + b"I1000000000\ntRes.",
    "an array of a number of bytes": b"}Va\n" + ARRAY + b"(I1\n(I125000000\nt" + DOUBLE
    + b"I00\nI1000000000\ntbs.",
    "a number of 5000 digits for a key": b"}" + pickle.dumps(10**5000)[2:-1] + b"K\x01s.",
    "the same for a value": b"}Va\n" + pickle.dumps(10**5000)[2:-1] + b"s.",
    "the same in a list": b"}Va\n](" + pickle.dumps(10**5000)[2:-1] + b"es.",
    "the same in a shape": b"}Va\n" + ARRAY + b"(I1\n(" + pickle.dumps(10**5000)[2:-1] + b"t"
    + DOUBLE + b"I00\nVAAAAAAAA\ntbs.",
    "numbers that fall together in a dict": b"}(" + b"".join(
        pickle.dumps(n * (2**61 - 1))[2:-1] + b"N" for n in range(100)
    ) + b"u.",
    "an object without its state": b"}Va\n)\x81s.",
    "an array made without a call": b"}Va\ncnumpy.core.multiarray\n_reconstruct\n)\x81s.",
    "an array without a state": b"}Va\n" + ARRAY + b"s.",
    "a scalar without a call": b"}Va\ncnumpy.core.multiarray\nscalar\n)\x81s.",
    "a scalar that is a name, without content": b"}cnumpy.core.multiarray\nscalar\n(" + DOUBLE
    + b"tRK\x01s.",
    "a scalar without a dtype": b"}cnumpy.core.multiarray\nscalar\n(Ntr\x00\x00\x00\x00RK\x01s.",
    "a class for a name": b"}cnumpy\nndarray\nK\x01s.",
    "a class for an array": b"}Va\ncnumpy\nndarray\ns.",
    "a long name of NumPy's": b"c" + b"a" * 100_000 + b"\nb\n.",
    "a long dtype": b"}Va\ncnumpy\ndtype\n(V" + b"f8," * 100_000 + b"\nI0\nI1\ntRs.",
}  # fmt: skip
"""Small pickles that take all memory or time, or crash what reads them, by what they do."""


@pytest.mark.parametrize("attempt", ENDLESS)
def test_small_pickles_have_small_effects(tmp_path: Path, attempt: str) -> None:
    path = written(tmp_path, ENDLESS[attempt])
    resource: Any = pytest.importorskip("resource")  # not on Windows
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(DataError, match=r"aus_openface\.pkl") as caught:
        read_arrays(path)
    assert time.process_time() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB
    assert len(str(caught.value)) < 500 + len(str(path))


def test_names_are_not_repeated_in_full(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_arrays(written(tmp_path, pickle.dumps({"a" * 100_000: "text"})))
    assert len(str(caught.value)) < 500 + len(str(tmp_path))


def test_one_array_of_many_names_is_made_once(tmp_path: Path) -> None:
    values = np.arange(1000.0)
    found = read_arrays(written(tmp_path, pickle.dumps(dict.fromkeys("abcdefgh", values))))
    assert all(found[name] is found["a"] for name in "bcdefgh")
    assert np.array_equal(found["a"], values)


def test_bytes_that_many_arrays_share_are_not_multiplied(tmp_path: Path) -> None:
    head = ARRAY + b"(I1\n(I8000\nt" + DOUBLE.replace(b"f8", b"i1") + b"I00\n"
    content = b"}" + b"V0\n" + head + b"V" + b"A" * 8000 + b"\np9\ntbs"
    content += b"".join(b"V%d\n" % n + head + b"g9\ntbs" for n in range(1, 100))
    with pytest.raises(DataError, match="more numbers than bytes"):
        read_arrays(written(tmp_path, content + b"."))


def test_many_labels_of_every_protocol(tmp_path: Path) -> None:
    many = {f"N_{n:010d}": np.arange(17.0) + n for n in range(3000)}  # more than a batch
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert same(read_arrays(written(tmp_path, pickle.dumps(many, protocol))), many)
    assert same(read_arrays(written(tmp_path, python2(many))), many)


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
