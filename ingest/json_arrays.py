"""Takes a JSON array apart without holding it in memory.

DuckDB 2.0 reads arrays fast, and takes some sound ones of hundreds of megabytes for broken (seen near a boundary of its
buffers, with one thread as with two). Those are read here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

from ingest.delivered import TextFile

#: Characters of one record of a JSON document.
MAX_OBJECT = 16 * 1024**2
_PART = 4 * 1024**2
_SPACE = re.compile(r"[ \t\r\n]*")


def array_as_lines(file: TextFile) -> TextFile | None:
    """The records of an array, one per line of a file beside it; None if the array is not sound."""
    target = file.path.with_name("records.jsonl")
    lines = 0
    try:
        with file.open() as text, target.open("w", encoding="utf-8", newline="") as records:
            for record in _records_of(text):
                # Inside a text neither stands as itself, so that they are white space between its parts.
                records.write(record.replace("\n", " ").replace("\r", " ") + "\n")
                lines += 1
    except (ValueError, RecursionError):
        return None
    return replace(file, path=target, lines=lines, has_lone_return=False)


def _records_of(text: TextIO) -> Iterator[str]:
    """The records of an array as they are written. Raises ValueError if it is not sound."""
    decoder = json.JSONDecoder()
    buffer, place, before = "", 0, ""
    while True:
        place = _SPACE.match(buffer, place).end()  # type: ignore[union-attr]  # it matches everywhere
        if place == len(buffer):
            buffer, place = text.read(_PART), 0
            if not buffer:
                raise ValueError("the array does not end")
            continue
        sign = buffer[place]
        if (before, sign) in {("", "["), ("record", ",")}:
            before, place = sign, place + 1
        elif sign == "]" and before in ("[", "record"):
            if buffer[place + 1 :].strip() or any(part.strip() for part in iter(lambda: text.read(_PART), "")):
                raise ValueError("something follows the array")
            return
        elif before in ("[", ","):
            try:
                _, end = decoder.raw_decode(buffer, place)
            except json.JSONDecodeError:
                end = len(buffer)
            if end == len(buffer):  # its end may be in the next part
                part = text.read(_PART)
                if not part or end - place > MAX_OBJECT:
                    raise ValueError("a record does not end")
                buffer, place = buffer[place:] + part, 0
                continue
            yield buffer[place:end]
            before, place = "record", end
        else:
            raise ValueError("the array is broken between two records")
