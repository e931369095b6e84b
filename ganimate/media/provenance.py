"""What every written file says about itself: that a trained model synthesised it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

# https://cv.iptc.org/newscodes/digitalsourcetype/: a real photo, partly made by a trained model
DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)


def build_comment() -> str:
    """One line for a container's comment field: the program, its version and the source type."""
    return f"Synthesised with {_name_program()}: {DIGITAL_SOURCE_TYPE}"


def build_xmp() -> str:
    """The same as an XMP packet (ISO 16684-1), without line breaks or non-ASCII characters."""
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
