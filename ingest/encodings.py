"""Which characters the bytes of a text file are, and which bytes are damage.

UTF-8, or what a byte order mark says; without a mark UTF-16 if every other byte of the head is zero. A file that is not
UTF-8 throughout is Windows-1252 if it has more illegal bytes than letters of UTF-8, else UTF-8 with some damage.

Damage is told from all that the file holds: each damaged byte becomes one of 256 private characters that the file does
not use (`Damage`). So the rows around it are read as they are, and its own goes to quarantine with the bytes shown.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Bytes by which the encoding is told; longer marks go before those that they begin with.
HEAD = 64
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
#: Fewer bytes than this without a mark are not taken for UTF-16.
_SHORTEST_UTF16 = 8

WINDOWS = "cp1252"

_ILLEGAL = re.compile("[\udc80-\udcff]")
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")
_FIRST_BLOCK, _LAST_BLOCK = 0xF00, 0x10FE


@dataclass(frozen=True)
class Damage:
    """The private characters that stand for damaged bytes; `first` is the one of byte 0."""

    first: int

    @property
    def pattern(self) -> str:
        """A regular expression, to Python and DuckDB, that finds them."""
        return f"[{chr(self.first)}-{chr(self.first + 255)}]"

    def is_in(self, text: str) -> bool:
        """Whether a damaged byte is in the text."""
        return re.search(self.pattern, text) is not None

    def shown(self, text: str) -> str:
        r"""The text with each damaged byte as it is commonly written, `\xE9`."""
        return re.sub(self.pattern, lambda found: f"\\x{ord(found[0]) - self.first:02X}", text)


@dataclass(frozen=True)
class Survey:
    """What a file holds that is not plain UTF-8."""

    illegal_bytes: int
    letters: int
    private_blocks: frozenset[int]

    @property
    def is_windows(self) -> bool:
        """Whether it is taken for Windows-1252 rather than for damaged UTF-8."""
        return self.illegal_bytes > self.letters

    @property
    def damage(self) -> Damage | None:
        """Characters that the file does not use; None if it uses all private ones."""
        free = (block for block in range(_FIRST_BLOCK, _LAST_BLOCK) if block not in self.private_blocks)
        block = next(free, None)
        return Damage(block << 8) if block else None


def encoding_of(head: bytes) -> tuple[str, bytes]:
    """The codec by the first bytes of a file, and the byte order mark there; `utf-8` may turn out to be none."""
    for mark, codec in _MARKS.items():
        if head.startswith(mark):
            return codec, mark
    head = head[: len(head) // 2 * 2]
    if len(head) >= _SHORTEST_UTF16:
        if not any(head[1::2]) and all(head[::2]):
            return "utf-16-le", b""
        if not any(head[::2]) and all(head[1::2]):
            return "utf-16-be", b""
    return "utf-8", b""


def surveyed(chunks: Iterable[bytes], codec: str) -> Survey:
    """Counts what is not as it should be, over the whole file."""
    decoder = codecs.getincrementaldecoder(codec)("surrogateescape" if codec == "utf-8" else "replace")
    illegal = letters = 0
    blocks: set[int] = set()
    for chunk, is_last in _marked_last(chunks):
        text = decoder.decode(chunk, final=is_last)
        if text.isascii():
            continue
        sound = _ILLEGAL.sub("", text)
        illegal += len(text) - len(sound)
        letters += len(sound) - len(sound.encode("ascii", "ignore"))
        blocks.update(ord(character) >> 8 for character in _PRIVATE.findall(sound))
    return Survey(illegal, letters, frozenset(blocks))


def decoded(chunks: Iterable[bytes], codec: str, damage: Damage) -> Iterator[str]:
    """The text of the chunks, with damaged bytes and zero characters as `damage` writes them."""

    def stand_in(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        wrong = error.object[error.start : error.end]
        if codec == WINDOWS:  # the five bytes that it leaves open are control characters, as in Latin-1
            return wrong.decode("latin-1"), error.end
        return "".join(chr(damage.first + byte) for byte in wrong), error.end

    codecs.register_error("ingest.damage", stand_in)
    decoder = codecs.getincrementaldecoder(codec)("ingest.damage")
    for chunk, is_last in _marked_last(chunks):
        yield decoder.decode(chunk, final=is_last).replace("\0", chr(damage.first))


def _marked_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    yield from ((chunk, False) for chunk in chunks)
    yield b"", True
