"""What every written file says about itself: that a trained model synthesised it, and how.

What a file says is also how this program knows its own results again (ownership.py). Nothing in it
tells whose photo it was made of.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""IPTC's term for a real photo that is partly made by a trained model."""

NAMESPACE = "urn:ganimate:provenance:1.0:"
"""XML namespace of what is said in XMP beyond the standard's own terms."""

MARGIN = 1 << 16
"""Bytes at the beginning and at the end of a file in which its XMP stands: encoders.py writes it
there, whatever the format."""

LONGEST = 300
"""Characters of a value in metadata, at most: an expression may be of any length, and its packet
fits into MARGIN."""

WEIGHTS_DIGITS = 12
"""Hexadecimal digits of the SHA-256 of weights that are said: enough to tell files apart."""

_PACKET = re.compile(
    rb'<rdf:Description rdf:about=""[^<>]*DigitalSourceType="[^"<>]*"'
    rb'\s+xmp:CreatorTool="(?P<program>ganimate [^"<>]*)"(?P<more>[^<>]*)/>'
)
_DRAWING = re.compile(rb"tEXtSoftware\0(?P<program>ganimate [!-~]*)")
_COMMENT = re.compile(rb"Synthesised with (?P<program>ganimate [!-9;-~]*)(?P<more>)")
_VALUE = re.compile(rb'\sganimate:(\w{1,20})="([^"]{0,4000})"')


@dataclass(frozen=True)
class Provenance:
    """How a clip was made, as far as its file says it.

    Attributes:
        model: name of the generator, without folder and suffix; None for frames of other origin.
        weights: the first WEIGHTS_DIGITS hexadecimal digits of the SHA-256 of its file.
        expression: what was asked for, as text; "timeline" or "driven" for what has no one name;
            "a photo" where the face of another photo was copied.
        seed: what random numbers were drawn from, if there were any.
    """

    model: str | None = None
    weights: str | None = None
    expression: str | None = None
    seed: int | None = None

    def list_values(self) -> dict[str, str]:
        """List what is known, in printable text of at most LONGEST characters each."""
        known = {
            "Model": self.model,
            "Weights": self.weights,
            "Expression": self.expression,
            "Seed": None if self.seed is None else str(self.seed),
        }
        return {name: _clean(text) for name, text in known.items() if text is not None}


UNKNOWN = Provenance()
"""Of frames that come from elsewhere: their file says which program wrote it, no more."""


@dataclass(frozen=True)
class Claim:
    """What a file says of where it comes from.

    Attributes:
        program: name and version of this program.
        synthesised: whether it says that a model synthesised it; drawings do not.
        whole: whether it says so where this program wrote it; otherwise only a comment is left,
            and the file was changed or broken off since.
        made: how it was made.
    """

    program: str
    synthesised: bool
    whole: bool
    made: Provenance


def build_comment(made: Provenance = UNKNOWN) -> str:
    """Build a line for a container's comment field: program, version, source type and the rest."""
    values = made.list_values()
    parts = [f"{name.lower()} {_escape(text)}" for name, text in values.items()]
    first = f"Synthesised with {name_program()}: {DIGITAL_SOURCE_TYPE}"
    return "; ".join([first, *parts])


def build_xmp(made: Provenance = UNKNOWN) -> str:
    """Build an XMP packet (ISO 16684-1) that names program, version, source type and the rest.

    It has no line breaks and no characters beyond ASCII, so that it fits every container.
    """
    values = made.list_values()
    more = "".join(f' ganimate:{name}="{_escape(text)}"' for name, text in values.items())
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about=""'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        f' xmlns:ganimate="{NAMESPACE}"'
        f' Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"'
        f' xmp:CreatorTool="{name_program()}"{more}/>'
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
    claim = read_claim(path)
    return claim.program if claim and claim.whole else None


def read_claim(path: Path) -> Claim | None:
    """Read what a file says of where it comes from.

    Returns:
        None where nothing in it says that this program made it. Another program did, or the words
        were lost since: programs that edit, convert or send files may drop them.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        beginning = file.read(MARGIN)
        file.seek(max(file.tell(), path.stat().st_size - MARGIN))
        parts = (beginning, file.read(MARGIN))
    for pattern in (_PACKET, _DRAWING, _COMMENT):
        for found in filter(None, map(pattern.search, parts)):
            return Claim(
                program=_clean(found["program"].decode(errors="replace")),
                synthesised=pattern is not _DRAWING,
                whole=pattern is not _COMMENT,
                made=_read_values(found["more"]) if pattern is _PACKET else UNKNOWN,
            )
    return None


def name_program() -> str:
    """Name this program and its version, as it stands in files."""
    try:
        return f"ganimate {version('ganimate')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "ganimate unknown"


def _read_values(attributes: bytes) -> Provenance:
    """Read what list_values() listed; a file may come from anybody."""
    pairs = _VALUE.findall(attributes)
    known = {name.decode(): _clean(html.unescape(text.decode("latin-1"))) for name, text in pairs}
    seed = known.get("Seed", "")
    return Provenance(
        model=known.get("Model"),
        weights=known.get("Weights"),
        expression=known.get("Expression"),
        seed=int(seed) if re.fullmatch("[0-9]{1,20}", seed) else None,
    )


def _clean(text: str) -> str:
    """Text on one line, without what a terminal or an XML reader would stumble over."""
    line = " ".join(text.split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def _escape(text: str) -> str:
    """Text as it stands in an XML attribute of ASCII."""
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()
