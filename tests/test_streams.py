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


TWO_THREADS = """
import os, threading, time
from ganimate.streams import silence_stderr

def be_silent():
    for _ in range(200):
        with silence_stderr():
            time.sleep(1e-5)

threads = [threading.Thread(target=be_silent) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
os.write(2, b"heard")
"""


def test_threads_that_are_silent_at_once_give_standard_error_back() -> None:
    done = subprocess.run([sys.executable, "-c", TWO_THREADS], capture_output=True, check=True)
    assert done.stderr == b"heard"
