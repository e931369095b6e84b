"""What every written file says about itself: that a trained model synthesised it.

What a file says is also how this program knows its own results again (ownership.py).
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""IPTC's term for a real photo that is partly made by a trained model."""

MARGIN = 1 << 16
"""Bytes at the beginning and at the end of a file in which its XMP stands: encoders.py writes it
there, whatever the format."""

_PACKET = re.compile(
    rb'<rdf:Description rdf:about=""[^<>]*DigitalSourceType="[^"<>]*"'
    rb'\s+xmp:CreatorTool="(ganimate [^"<>]*)"[^<>]*/>'
)
_SOFTWARE = re.compile(rb"tEXtSoftware\0(ganimate [!-~]*)")


def build_comment() -> str:
    """Build a line for a container's comment field: program, version and source type."""
    return f"Synthesised with {name_program()}: {DIGITAL_SOURCE_TYPE}"


def build_xmp() -> str:
    """Build an XMP packet (ISO 16684-1) that names program, version and source type.

    It has no line breaks and no characters beyond ASCII, so that it fits every container.
    """
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about=""'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        f' Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"'
        f' xmp:CreatorTool="{name_program()}"/>'
        "</rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )


def find_program(path: Path) -> str | None:
    """Find which version of this program made a file, by what the file says.

    Only XMP and the Software of drawings count: programs that change a clip may keep its comment.

    Returns:
        A name such as "ganimate 0.1.0"; None where another program made the file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        beginning = file.read(MARGIN)
        file.seek(max(file.tell(), path.stat().st_size - MARGIN))
        end = file.read(MARGIN)
    for part in (beginning, end):
        found = _PACKET.search(part) or _SOFTWARE.search(part)
        if found:
            return found[1].decode(errors="replace")
    return None


def name_program() -> str:
    """Name this program and its version, as it stands in files."""
    try:
        return f"ganimate {version('ganimate')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "ganimate unknown"
