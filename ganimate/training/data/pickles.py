"""Arrays out of pickles that others made, without running what a pickle may ask for.

The label files of the original GANimation code (`aus_openface.pkl`) are pickles of a dict of NumPy
arrays, often written by Python 2. A pickle is a program: it may call whatever it can import. Here
it can import nothing. The few names by which NumPy pickles an array stand for classes of this
module, which only take down shape, dtype and bytes; every other name is refused. (NumPy's own
classes are not used, since a forged dtype state makes them read memory that is not theirs.) What it
would do with them is looked at first (pickle_scan.py), and no message repeats what a file holds but
names of photos, cut short: the text of a small pickle may be without end.
"""

from __future__ import annotations

import io
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganimate.errors import DataError
from ganimate.training.data.pickle_scan import scan_pickle

LARGEST = 1 << 30
"""Bytes of a label file, at most; EmotioNet's million faces fill a quarter of it."""

MOST_SHOWN = 100
"""Characters of a file's own words in an error, at most: more would hide what is wrong."""

MOST_CODE = 16
"""Characters of a dtype of numbers, at most; NumPy takes longer ones for lists of them."""

MOST_AXES = 32
"""Axes of an array, at most: NumPy's own limit."""


def read_arrays(path: Path, largest: int = LARGEST) -> dict[str, NDArray[np.float64]]:
    """Read the dict of numeric arrays that a pickle holds; Python 2's pickles too.

    Args:
        path: the file. Arrays, NumPy scalars, and lists or tuples of numbers will do.
        largest: bytes beyond which it is not opened.

    Returns:
        Name -> (n,) float64, flat.

    Raises:
        DataError: the file is no pickle, asks for anything else, or holds something else.
    """
    try:
        if path.stat().st_size > largest:
            raise DataError(f"{path} is larger than {largest >> 30} GiB: it is no file of labels.")
        data = path.read_bytes()
        scan_pickle(data)
        content = _Unpickler(io.BytesIO(data), encoding="latin1").load()
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error
    except Exception as error:  # a pickle can make the interpreter of pickles raise anything
        raise DataError(
            f"{path} is no pickle of arrays that can be read safely ({_cut(error)}). Write it "
            "again as a dict of name -> array of 17 numbers."
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds a {_name_type(content)} instead of a dict of name -> array.")
    return _read_dict(content, len(data), path)


def _read_dict(
    content: dict[object, object], size: int, path: Path
) -> dict[str, NDArray[np.float64]]:
    """The numbers of each name; `size` is the file's, bytes."""
    found: dict[str, NDArray[np.float64]] = {}
    made: dict[int, NDArray[np.float64]] = {}  # several names may have one array
    room = size  # each number takes a byte, unless a small file says it a thousand times
    for key, value in content.items():
        name = _read_name(key, path)
        if id(value) not in made:
            made[id(value)] = _read_numbers(value, name, path)
            room -= made[id(value)].size
        if room < 0:
            raise DataError(f"{path} is damaged: it holds more numbers than bytes. Write it again.")
        found[name] = made[id(value)]
    return found


def _read_name(key: object, path: Path) -> str:
    if isinstance(key, _Scalar):
        try:
            key = key.to_value()
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"{path} has a damaged name of a photo ({_cut(error)}).") from error
    if isinstance(key, bytes):
        return key.decode("latin1")
    if not isinstance(key, str):
        raise DataError(f"{path} has a {_name_type(key)} for a photo's name.")
    return key


def _read_numbers(value: object, name: str, path: Path) -> NDArray[np.float64]:
    shown = repr(_cut(name))
    try:
        if isinstance(value, _Array):
            return value.to_numbers()
        if isinstance(value, (list, tuple)):
            plain = [one.to_value() if isinstance(one, _Scalar) else one for one in value]
            if all(isinstance(one, (int, float)) for one in plain):
                return np.array(plain, np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(
            f"{path}: what it holds for {shown} is damaged ({_cut(error)}). Write it again."
        ) from error
    raise DataError(
        f"{path} holds a {_name_type(value)} for {shown} instead of an array of numbers."
    )


def _cut(words: object) -> str:
    """A text, or what an error says, of at most MOST_SHOWN characters."""
    text = str(words)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _name_type(value: object) -> str:
    return type(value).__name__.lstrip("_").lower()


# What NumPy's pickles may name. A pickle may give any object a state, classes too: each class has
# a __setstate__ of its own, so that none of its attributes can be replaced.


class _DType:
    """numpy.dtype of plain numbers."""

    def __init__(self, code: Any, align: Any = False, copy: Any = False) -> None:
        self.code, self.order = _decode_text(code), "="
        if len(self.code) > MOST_CODE:
            raise pickle.UnpicklingError("a dtype that is no number's")

    def __setstate__(self, state: Any) -> None:
        order = _decode_text(state[1])
        if order not in ("<", ">", "=", "|"):  # NumPy would take others for something else
            raise pickle.UnpicklingError("a dtype with an unknown byte order")
        self.order = order

    def to_numpy(self) -> np.dtype[Any]:
        """Make NumPy's own dtype; raises ValueError unless it is a plain number's."""
        dtype = np.dtype(self.code)
        if dtype.kind not in "fiub" or dtype.fields or dtype.subdtype:
            raise ValueError(f"dtype {self.code} is no number's")
        return dtype if self.order in "=|" else np.dtype(self.order + dtype.str[1:])


class _Array:
    """numpy.core.multiarray._reconstruct: an array whose content follows as its state."""

    def __init__(self, *ignored: Any) -> None:
        self.shape: Any = (0,)
        self.dtype: Any = None
        self.data: Any = b""

    def __setstate__(self, state: Any) -> None:
        # Column order is no matter: the arrays that are asked for have one axis that counts.
        _, self.shape, self.dtype, _, self.data = state

    def to_numbers(self) -> NDArray[np.float64]:
        """The content, flat."""
        if not isinstance(self.dtype, _DType):
            raise ValueError("it has no dtype")
        if not isinstance(self.shape, tuple) or len(self.shape) > MOST_AXES:
            raise ValueError("its shape is no tuple of numbers")
        if not all(type(n) is int and 0 <= n <= LARGEST for n in self.shape):
            raise ValueError("its shape is no tuple of numbers")
        found = np.frombuffer(_encode_bytes(self.data), self.dtype.to_numpy())
        if len(found) != math.prod(self.shape):
            raise ValueError(f"{len(found)} numbers for a shape of {math.prod(self.shape)}")
        return found.astype(np.float64)


class _Buffer(_Array):
    """numpy.core.numeric._frombuffer: an array as protocol 5 has it."""

    def __init__(self, data: Any, dtype: Any, shape: Any, order: Any = "C") -> None:
        self.data, self.dtype, self.shape = data, dtype, shape


class _Scalar:
    """numpy.core.multiarray.scalar."""

    def __init__(self, dtype: Any, data: Any = b"") -> None:
        self.dtype, self.data = dtype, data

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("a scalar with a state")

    def to_value(self) -> float | str:
        """A number, or the text of a NumPy string."""
        if isinstance(self.dtype, _DType) and self.dtype.code.lstrip("<>=|").startswith("U"):
            order = "big" if ">" in (self.dtype.order, self.dtype.code[:1]) else "little"
            codec = "utf-32-be" if order == "big" else "utf-32-le"
            return _encode_bytes(self.data).decode(codec).rstrip("\0")
        array = _Array()
        array.shape, array.dtype, array.data = (1,), self.dtype, self.data
        return float(array.to_numbers()[0])


class _Encoded:
    """_codecs.encode: how protocols before 3 write bytes, as latin-1 text."""

    def __new__(cls, text: Any, encoding: Any = "latin1") -> Any:
        if encoding not in ("latin1", "latin-1") or not isinstance(text, str):
            raise pickle.UnpicklingError("a text that is encoded otherwise than bytes are")
        return text.encode("latin1")

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("bytes with a state")


class _NDArray:
    """numpy.ndarray: named as the type to reconstruct, never called."""

    def __new__(cls, *ignored: Any) -> Any:
        raise pickle.UnpicklingError("an array made by a call of numpy.ndarray")

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("a type with a state")


_STANDS_FOR = {
    ("numpy", "dtype"): _DType,
    ("numpy", "ndarray"): _NDArray,
    ("_codecs", "encode"): _Encoded,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Buffer for core in ("core", "_core")},
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _STANDS_FOR[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {_cut(module)}.{_cut(name)}, and may have arrays only"
            ) from None


def _decode_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise pickle.UnpicklingError(f"a {_name_type(value)} where a text should stand")
    return value


def _encode_bytes(data: object) -> bytes:
    """Bytes, which Python 2 calls a text; raises ValueError for what is none."""
    if isinstance(data, str):
        return data.encode("latin1")
    if not isinstance(data, (bytes, bytearray)):  # bytes() of a number would make so many
        raise ValueError("it holds objects")
    return bytes(data)
