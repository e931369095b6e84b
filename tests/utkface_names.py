"""What UTKFace's file names say of a person: age_sex_group_date."""

from __future__ import annotations

from collections.abc import Iterator

AGES = (13, 20, 40, 60)  # years at which a band ends
SEX, GROUPS = "MF", ("White", "Black", "Asian", "Indian", "other")


def tell_groups(name: str) -> Iterator[str]:
    """The age band, sex and group of people of a file name; nothing of names of another kind."""
    try:
        age, sex, group = (int(part) for part in name.split("_")[:3])
        band = next((end for end in AGES if age < end), None)
        yield f"age under {band}" if band else f"age {AGES[-1]} and over"
        yield f"sex {SEX[sex]}"
        yield f"group {GROUPS[group]}"
    except (ValueError, IndexError):
        return
