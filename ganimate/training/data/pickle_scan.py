"""What a pickle would do, looked at before any of it is done.

A pickle may be small and its content without end: tuples within tuples are hashed one by one (or
overflow the interpreter's stack), one number makes room for a thousand million others. The program
is therefore gone through with types in place of values. What passes holds texts, numbers, lists,
tuples, dicts with texts as keys, and calls of what it names, none of them nested deeply or changed
once something else holds it, and takes no more memory than a few times the file.
"""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

MOST_DEPTH = 16
"""Levels of what is within each other, at most. Arrays in a dict take five."""

_KINDS = {
    "int": "INT BININT BININT1 BININT2 LONG LONG1 LONG4",
    "float": "FLOAT BINFLOAT",
    "bool": "NEWTRUE NEWFALSE",
    "NoneType": "NONE",
    "str": "STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8",
    "bytes": "BINBYTES SHORT_BINBYTES BINBYTES8",
    "bytearray": "BYTEARRAY8",
    "name": "GLOBAL",
}
"""Kind of a value that holds no others -> the opcodes that put it on the stack."""

_NAMES = frozenset({"str", "bytes", "object", "name"})
"""Kinds of keys: those that are hashed at once. An object is a NumPy text, or refused later."""


class _Value:
    """What stands for a value.

    Attributes:
        kind: its type, or "object" for what a call made.
        depth: how many levels it has.
        held: whether something holds it, so that it must stay as it is.
    """

    __slots__ = ("depth", "held", "kind")

    def __init__(self, kind: str, depth: int = 0) -> None:
        self.kind, self.depth, self.held = kind, depth, False


_PLAIN = {opcode: _Value(kind) for kind, opcodes in _KINDS.items() for opcode in opcodes.split()}


class _Machine:
    """The stack, the marks and the memo of an unpickler."""

    def __init__(self, size: int) -> None:
        self.size = size  # of the file, bytes
        self.stack: list[_Value] = []
        self.below: list[list[_Value]] = []  # what is under each mark
        self.memo: dict[int, _Value] = {}

    def push_mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def pop_mark(self) -> list[_Value]:
        values, self.stack = self.stack, self.below.pop()
        return values

    def pop(self, count: int) -> list[_Value]:
        if len(self.stack) < count:
            raise pickle.UnpicklingError("it takes more than there is")
        values = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return values

    def push_holder(self, kind: str, values: list[_Value]) -> None:
        holder = _Value(kind, 1)
        self.hold(holder, values)
        self.stack.append(holder)

    def hold(self, holder: _Value, values: list[_Value]) -> None:
        """Put values into another one."""
        if holder.held:
            raise pickle.UnpicklingError("it changes what something else holds")
        for value in values:
            holder.depth = max(holder.depth, value.depth + 1)
            if value.depth:
                value.held = True  # so that no depth grows unseen, and nothing holds itself
        if holder.held or holder.depth > MOST_DEPTH:
            raise pickle.UnpicklingError(f"it is nested more than {MOST_DEPTH} times")

    def extend(self, kind: str, values: list[_Value]) -> None:
        """Put values into the list or dict on top."""
        (holder,) = self.pop(1)
        if holder.kind != kind:
            raise pickle.UnpicklingError(f"it takes a {holder.kind} for a {kind}")
        if kind == "dict":
            for key in values[::2]:
                if key.kind not in _NAMES:
                    raise pickle.UnpicklingError(f"it has a {key.kind} for a photo's name")
        self.hold(holder, values)
        self.stack.append(holder)

    def put(self, place: int) -> None:
        """Keep what is on top; an unpickler makes room for all places up to this one."""
        if not 0 <= place < self.size:
            raise pickle.UnpicklingError("it keeps more than it has")
        (value,) = self.pop(1)
        self.memo[place] = value
        self.stack.append(value)

    def call(self) -> None:
        function, arguments = self.pop(2)
        if function.kind != "name" or arguments.kind != "tuple":
            raise pickle.UnpicklingError("it calls something without a name")
        self.push_holder("object", [arguments])

    def build(self) -> None:
        state = self.pop(1)
        (built,) = self.pop(1)
        if built.kind != "object":
            raise pickle.UnpicklingError(f"it gives a {built.kind} a state")
        self.hold(built, state)
        self.stack.append(built)

    def name(self) -> None:
        if any(value.kind != "str" for value in self.pop(2)):
            raise pickle.UnpicklingError("it has a name that is no text")
        self.stack.append(_PLAIN["GLOBAL"])

    def make_dict(self, values: list[_Value]) -> None:
        self.push_holder("dict", [])
        self.extend("dict", values)


_Step: TypeAlias = Callable[[_Machine, Any], None]

_STEPS: Mapping[str, _Step] = MappingProxyType(
    {
        "PROTO": lambda machine, version: None,
        "STOP": lambda machine, _: None,
        "MARK": lambda machine, _: machine.push_mark(),
        "EMPTY_LIST": lambda machine, _: machine.push_holder("list", []),
        "EMPTY_TUPLE": lambda machine, _: machine.push_holder("tuple", []),
        "EMPTY_DICT": lambda machine, _: machine.push_holder("dict", []),
        "LIST": lambda machine, _: machine.push_holder("list", machine.pop_mark()),
        "TUPLE": lambda machine, _: machine.push_holder("tuple", machine.pop_mark()),
        "DICT": lambda machine, _: machine.make_dict(machine.pop_mark()),
        "TUPLE1": lambda machine, _: machine.push_holder("tuple", machine.pop(1)),
        "TUPLE2": lambda machine, _: machine.push_holder("tuple", machine.pop(2)),
        "TUPLE3": lambda machine, _: machine.push_holder("tuple", machine.pop(3)),
        "APPEND": lambda machine, _: machine.extend("list", machine.pop(1)),
        "APPENDS": lambda machine, _: machine.extend("list", machine.pop_mark()),
        "SETITEM": lambda machine, _: machine.extend("dict", machine.pop(2)),
        "SETITEMS": lambda machine, _: machine.extend("dict", machine.pop_mark()),
        **{name: lambda machine, place: machine.put(place)
           for name in ("PUT", "BINPUT", "LONG_BINPUT")},
        **{name: lambda machine, place: machine.stack.append(machine.memo[place])
           for name in ("GET", "BINGET", "LONG_BINGET")},
        "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
        "STACK_GLOBAL": lambda machine, _: machine.name(),
        "REDUCE": lambda machine, _: machine.call(),
        "BUILD": lambda machine, _: machine.build(),
    }
)  # fmt: skip
"""Opcode -> what it does; those that neither this nor _PLAIN has are refused."""


def scan_pickle(data: bytes) -> None:
    """Go through a pickle without making anything of it.

    Args:
        data: all of the file. What the opcodes say of sizes is held against it.

    Raises:
        pickle.UnpicklingError: it would do anything else than make arrays of numbers by name.
        ValueError, LookupError: it is no pickle, or breaks off.
    """
    machine = _Machine(len(data))
    for opcode, argument, position in pickletools.genops(data):
        plain = _PLAIN.get(opcode.name)
        if plain is not None:
            machine.stack.append(plain)
        elif opcode.name == "FRAME":
            if not (position is not None and 0 <= int(argument or 0) <= len(data) - position):
                raise pickle.UnpicklingError("it breaks off within a frame")
        elif opcode.name in _STEPS:
            _STEPS[opcode.name](machine, argument)
        else:
            raise pickle.UnpicklingError(f"it has the opcode {opcode.name}")
