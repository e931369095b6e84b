"""What every written file says about itself: that a trained model synthesised it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""IPTC's term for a real photo that is partly made by a trained model."""


def build_comment() -> str:
    """Build a line for a container's comment field: program, version and source type."""
    return f"Synthesised with {_name_program()}: {DIGITAL_SOURCE_TYPE}"


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
        f' xmp:CreatorTool="{_name_program()}"/>'
        "</rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )


def _name_program() -> str:
    try:
        return f"ganimate {version('ganimate')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "ganimate unknown"
