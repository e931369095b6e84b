"""The XMP packet of provenance.py within the containers of mp4, gif, webp, jpg and webm files."""

from __future__ import annotations

import struct


def build_xmp_box(packet: str) -> bytes:
    """Build the box that goes to the end of an mp4 file (XMP specification part 3, "MPEG-4")."""
    body = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + packet.encode()
    return struct.pack(">I4s", 8 + len(body), b"uuid") + body


def build_xmp_void(packet: str) -> bytes:
    """Build the element that goes to the end of a webm file.

    Matroska has no place for XMP. Players skip a Void wherever it stands (RFC 8794, section
    11.3.2), and programs that change the file leave it out.
    """
    body = packet.encode()
    return b"\xec" + (1 << 56 | len(body)).to_bytes(8, "big") + body


def add_xmp_to_jpeg(jpeg: bytes, packet: str) -> bytes:
    """Add an APP1 segment behind a JPEG's first one (XMP specification part 3, "JPEG")."""
    position = 2
    if jpeg[position : position + 2] == b"\xff\xe0":  # JFIF stands first
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body
    return jpeg[:position] + segment + jpeg[position:]


def add_xmp_to_gif(gif: bytes, packet: str) -> bytes:
    """Add an application extension to a gif file (XMP specification part 3, "GIF").

    It comes after that of the loop, if there is one.
    """
    position = 13
    if gif[10] & 0x80:  # there is a global colour table
        position += 3 * 2 ** ((gif[10] & 7) + 1)
    if gif[position + 3 : position + 11] == b"NETSCAPE":
        position += 19
    # Readers that walk sub-blocks take a letter for a length and land in this descending tail,
    # every byte of which leads to its end.
    tail = bytes([1, *range(255, -1, -1), 0])
    extension = b"\x21\xff\x0bXMP DataXMP" + packet.encode() + tail
    return gif[:position] + extension + gif[position:]


def add_xmp_to_webp(webp: bytes, packet: str, width: int, height: int) -> bytes:
    """Add a chunk to the end of a webp file, and the flag of its header that announces it.

    RFC 9649.

    Args:
        webp: the file.
        packet: what build_xmp() built.
        width: of its picture, pixels.
        height: of its picture, pixels.
    """
    chunks = webp[12:]
    if chunks[:4] != b"VP8X":  # one distinct frame makes a plain picture, without that header
        header = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunks = struct.pack("<4sI", b"VP8X", len(header)) + header + chunks
    body = packet.encode()
    body += b" " * (len(body) % 2)  # chunks start at even positions
    chunks = chunks[:8] + bytes([chunks[8] | 0x04]) + chunks[9:]
    chunks += struct.pack("<4sI", b"XMP ", len(body)) + body
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WEBP") + chunks
