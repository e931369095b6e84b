"""Where the files lie that come with ganimate.

They are in models/ at the top of the repository, and inside the package (ganimate/models) once
installed.
"""

from __future__ import annotations

from pathlib import Path

from ganimate.errors import ModelError

FACE_FILE = "face.safetensors"
"""Name of the file with what the program knows of faces."""

READER_FILE = "reader.safetensors"
"""Name of the file with the networks that find faces and their landmarks."""

EXPRESSIONS_FILE = "expressions.safetensors"
"""Name of the file with the action units of training faces."""

SIGHT_FILE = "sight.safetensors"
"""Name of the file with the network that sees which parts of a face are covered."""

NO_GENERATORS = frozenset({FACE_FILE, READER_FILE, EXPRESSIONS_FILE, SIGHT_FILE})
"""Names of shipped files that are no generators."""


def find_models_folder() -> Path:
    """Find the shipped files: in the installed package or at the top of a checkout.

    Raises:
        ModelError: they are in neither.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "models", package.parent / "models"):
        if (folder / FACE_FILE).is_file():
            return folder
    raise ModelError(
        f"The weights that come with ganimate are missing from {package / 'models'}: "
        "install the package again."
    )
