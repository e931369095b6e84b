"""CelebA's lists (Liu, Luo, Wang and Tang, ICCV 2015): attributes, and which part is held out.

list_attr_celeba.txt     a count, the names of 40 attributes, then "000001.jpg -1 1 ..."
list_attr_celeba.csv     the same as a table, as Kaggle has it
list_eval_partition.*    "000001.jpg 0": 0 to train on, 1 and 2 to validate and test on
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ganimate.errors import DataError
from ganimate.training.data.label_choice import choose_attributes
from ganimate.training.data.tables import open_text

LIST = "list_attr_celeba"
PARTITION = "list_eval_partition"
SUFFIXES = (".txt", ".csv")
"""Names of the lists, and what they end in."""

USUAL = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young")
"""Attributes that StarGAN's authors train on by default."""


def find_list(files: Sequence[Path], stem: str = LIST) -> Path | None:
    """Find one of CelebA's lists among some files."""
    names = {stem + suffix for suffix in SUFFIXES}
    return next((path for path in files if path.name in names), None)


def read_attributes(
    attributes: Path, wanted: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, list[float]]]:
    """Read some attributes of every picture.

    Args:
        attributes: the file of attributes.
        wanted: their names; empty for the usual ones.

    Returns:
        Their names as the file has them, and 0 or 1 for each of them by the picture's name.

    Raises:
        DataError: the file cannot be read, or lacks an attribute.
    """
    lines = _read_cells(attributes)
    header = next(lines, [])
    if len(header) == 1:  # the count of pictures
        header = next(lines, [])
    there = [name for name in header if name != "image_id"]
    chosen = choose_attributes(wanted, USUAL, there, str(attributes))
    columns = [there.index(name) + 1 for name in chosen]
    found: dict[str, list[float]] = {}
    for cells in lines:
        if len(cells) != len(there) + 1:
            raise DataError(
                f"{attributes}: {cells[0]} has {len(cells) - 1} attributes, not {len(there)}: copy "
                "or download the file again."
            )
        found[cells[0].casefold()] = [float(cells[column] == "1") for column in columns]
    return chosen, found


def read_partition(partition: Path) -> frozenset[str]:
    """Read the names, without their case, of the pictures that are not to be trained on."""
    rows = (cells for cells in _read_cells(partition) if len(cells) == 2)
    return frozenset(name.casefold() for name, part in rows if part in ("1", "2"))


def _read_cells(path: Path) -> Iterator[list[str]]:
    """The cells of each line that has any, whether commas or blanks stand between them."""
    try:
        with open_text(path) as text:
            for line in text:
                cells = line.replace(",", " ").split()
                if cells:
                    yield cells
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a list of attributes: {error}") from error
