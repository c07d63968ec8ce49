"""Numbers and points as a short text for an address, which tells when it is damaged.

A text is base64 (RFC 4648, section 5, without padding) of a checksum and bytes. Whole numbers are
written seven bits a byte, lowest first, the eighth bit saying that more follow; signed ones zigzag.
Points are differences from the one before, in steps of 0.0001 of a degree: eleven metres, less than
a pixel of the map.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable, Sequence

from data.errors import InputError
from data.language import _

DECIMALS = 4
"""Decimals of a degree that are kept."""
_STEPS = 10**DECIMALS
_CHECK_BYTES = 3
_LARGEST_BITS = 35

Point = tuple[float, float]


class Packer:
    """Bytes to be written one after the other."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def number(self, value: int) -> None:
        """A whole number, not negative."""
        while value > 0x7F:
            self._bytes.append(value & 0x7F | 0x80)
            value >>= 7
        self._bytes.append(value)

    def words(self, text: str) -> None:
        """A text, with its length."""
        content = text.encode()
        self.number(len(content))
        self._bytes += content

    def points(self, points: Sequence[Point]) -> None:
        """Points (degrees), with how many they are."""
        self.number(len(points))
        before = (0, 0)
        for point in points:
            here = (round(point[0] * _STEPS), round(point[1] * _STEPS))
            for now, then in zip(here, before, strict=True):
                step = now - then
                self.number(2 * step if step >= 0 else -2 * step - 1)
            before = here

    def text(self) -> str:
        """All of it, with a checksum."""
        content = _checksum(bytes(self._bytes)) + self._bytes
        return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Unpacker:
    """What a `Packer` wrote, read in the same order.

    Raises
    ------
    InputError
        From every method, where the text is damaged.
    """

    def __init__(self, text: str) -> None:
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            content = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error, ValueError) as fault:
            raise _damaged() from fault
        self._bytes, self._at = content[_CHECK_BYTES:], 0
        if content[:_CHECK_BYTES] != _checksum(self._bytes):
            raise _damaged()

    def number(self) -> int:
        """A whole number, not negative."""
        value, bits = 0, 0
        while bits < _LARGEST_BITS:
            if self._at >= len(self._bytes):
                raise _damaged()
            byte = self._bytes[self._at]
            self._at += 1
            value |= (byte & 0x7F) << bits
            if byte < 0x80:
                return value
            bits += 7
        raise _damaged()

    def words(self) -> str:
        """A text."""
        length = self.number()
        content = self._bytes[self._at : self._at + length]
        self._at += length
        try:
            text = content.decode()
        except UnicodeDecodeError as fault:
            raise _damaged() from fault
        if len(content) < length:
            raise _damaged()
        return text

    def points(self) -> tuple[Point, ...]:
        """Points (degrees)."""
        count = self.number()
        # Each takes two bytes at least.
        if count > len(self._bytes):
            raise _damaged()
        found, lon, lat = [], 0, 0
        for _i in range(count):
            lon, lat = lon + self._step(), lat + self._step()
            found.append((lon / _STEPS, lat / _STEPS))
        return tuple(found)

    def end(self) -> None:
        """Nothing more may follow."""
        if self._at != len(self._bytes):
            raise _damaged()

    def _step(self) -> int:
        value = self.number()
        return value >> 1 if value % 2 == 0 else -(value >> 1) - 1


def rounded(points: Iterable[Point]) -> tuple[Point, ...]:
    """Points (degrees) as they come back."""
    return tuple(
        (round(lon * _STEPS) / _STEPS, round(lat * _STEPS) / _STEPS) for lon, lat in points
    )


def _checksum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4, "big")[:_CHECK_BYTES]


def _damaged() -> InputError:
    return InputError(_("it is damaged; ask for the link again."))
