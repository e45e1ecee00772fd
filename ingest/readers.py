"""Reads a delivered file into a DuckDB table of texts, whatever its format.

Each reader ends with a temporary table `delivered`, one text column per column of the file, and a table `malformed` of
the rows that have no columns to speak of. What the texts mean is not decided here (`ingest.typing_rules`).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import duckdb

from ingest.typing_rules import literal, quoted

_CHUNK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message is one clear sentence."""


@dataclass(frozen=True)
class Scan:
    """What one pass over the bytes of a text file tells.

    `lines` counts physical lines, `start` is the length of the byte order mark.
    """

    content_hash: str
    lines: int = 0
    start: int = 0
    has_lone_return: bool = False
    has_null_byte: bool = False


@dataclass(frozen=True)
class Delivered:
    """The table `delivered`: its columns in file order, and the expression of the row's number in the file."""

    columns: list[str]
    row_number: str
    malformed: int = 0
    notes: list[str] = field(default_factory=list)


def content_hash(path: Path) -> str:
    """SHA-256 of the file as it lies there, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def file_format(path: Path) -> tuple[str, bool]:
    """The format of a file by its name, and whether it is compressed with gzip.

    Raises:
        UnreadableFile: the ending is none of those that can be loaded.
    """
    name = path.name.lower()
    compressed = name.endswith(".gz")
    ending = name.removesuffix(".gz").rpartition(".")[2]
    if ending not in ("csv", "tsv", "jsonl", "json", "parquet", "xlsx") or (compressed and ending in ("parquet", "xlsx")):
        raise UnreadableFile("the file's ending is not one of csv, tsv, jsonl, json (also .gz), parquet, xlsx")
    return ending, compressed


def read_delivered(connection: duckdb.DuckDBPyConnection, path: Path, known_columns: Collection[str]) -> Delivered:
    """Reads the file into the temporary tables `delivered` and `malformed` of the connection.

    Raises:
        UnreadableFile: the file as a whole cannot be read.
    """
    kind, compressed = file_format(path)
    connection.execute("create or replace temp table malformed (row_number bigint, value varchar, reason varchar)")
    if kind in ("csv", "tsv"):
        return _read_csv(connection, path, compressed, known_columns)
    raise UnreadableFile(f"{kind} files cannot be read yet")


def _read_csv(
    connection: duckdb.DuckDBPyConnection, path: Path, compressed: bool, known_columns: Collection[str]
) -> Delivered:
    with _opened(path, compressed) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        header_line = text.readline()
    delimiter = _delimiter(header_line, known_columns)
    header = next(csv.reader([header_line], delimiter=delimiter, strict=True))
    columns = [name.strip().lower() for name in header]
    names = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns) + "}"
    compression = "gzip" if compressed else "none"
    connection.execute(f"""
        create or replace temp table delivered as
        select * from read_csv({literal(str(path))}, auto_detect = false, header = true, columns = {names},
            delim = {literal(delimiter)}, quote = '"', escape = '"', strict_mode = true, compression = '{compression}')
    """)
    return Delivered(columns, "rowid + 2")


def _opened(path: Path, compressed: bool) -> BinaryIO:
    return gzip.open(path, "rb") if compressed else open(path, "rb")  # type: ignore[return-value]


def _delimiter(header_line: str, known_columns: Collection[str]) -> str:
    """The delimiter that makes most known columns of the header; a comma if none makes any."""

    def known(delimiter: str) -> int:
        names = next(csv.reader([header_line], delimiter=delimiter), [])
        return len({name.strip().lower() for name in names} & set(known_columns))

    return max(_DELIMITERS, key=known)
