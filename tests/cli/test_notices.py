"""What a machine lacks, said in a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ganimate.cli.notices import explain_import_error

MISSING = "{}: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize(
    ("library", "said"),
    [
        ("libGL.so.1", "apt-get install libgl1 libglib2.0-0"),
        ("libgthread-2.0.so.0", "apt-get install libgl1 libglib2.0-0"),
        ("libX11.so.6", "apt-get install libx11-6"),
        ("libodd.so.9", "lacks libodd.so.9: install the package that has it"),
    ],
)
def test_a_library_that_the_system_lacks(library: str, said: str) -> None:
    message = explain_import_error(ImportError(MISSING.format(library)))
    assert message is not None
    assert said in message


def test_other_import_errors_are_not_explained() -> None:
    assert explain_import_error(ImportError("No module named 'cv2'")) is None


def test_a_command_says_it_in_a_line(tmp_path: Path, astronaut: Path) -> None:
    """A cv2 that cannot be loaded, as in a slim container."""
    error = MISSING.format("libGL.so.1")
    (tmp_path / "cv2.py").write_text(f"raise ImportError({error!r})")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import ganimate.cli as c; c.main()"
    )
    command = [sys.executable, "-c", program, "detect", str(astronaut)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: this system lacks libGL.so.1")
