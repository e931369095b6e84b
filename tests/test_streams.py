"""What C++ libraries write to file descriptor 2, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
from ganimate.streams import discard_stderr, silence_stderr

os.write(2, b"before ")
with silence_stderr():
    os.write(2, b"within ")
os.write(2, b"between ")
try:
    with silence_stderr():
        raise KeyError
except KeyError:
    os.write(2, b"behind ")
discard_stderr()
os.write(2, b"after")
"""


def test_standard_error_is_silent_for_a_while_and_for_good() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    assert done.stderr == b"before between behind "
