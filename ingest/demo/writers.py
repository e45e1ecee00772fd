"""Delivery files: each system's own format, appended chunk by chunk, and the same bytes for the same rows.

Formats are CSV (any separator, with or without a byte order mark), JSON lines, gzipped JSON lines and Parquet.
Nothing here knows what the rows mean.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from ingest.demo.columns import Ints, instant

GZIP_LEVEL = 4


@dataclass(frozen=True)
class Format:
    """How one system spells its files.

    ``suffix`` picks the kind of file (csv, jsonl, jsonl.gz, parquet). ``instant_end`` is what a text file writes after
    the seconds of an instant: 'Z', '+00:00', or nothing, which by the contract means UTC too.
    """

    suffix: str
    instant_end: str = "Z"
    separator: str = ","
    byte_order_mark: bool = False


class _CsvFile:
    def __init__(self, path: Path, style: Format) -> None:
        self._sink: IO[bytes] = path.open("wb")
        if style.byte_order_mark:
            self._sink.write(b"\xef\xbb\xbf")
        self._style = style
        self._writer: pyarrow.csv.CSVWriter | None = None

    def append(self, rows: pa.Table) -> None:
        rows = _as_text(rows, self._style)
        if self._writer is None:
            options = pyarrow.csv.WriteOptions(delimiter=self._style.separator, quoting_style="needed")
            self._writer = pyarrow.csv.CSVWriter(self._sink, rows.schema, write_options=options)
        self._writer.write_table(rows)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._sink.close()


class _JsonLinesFile:
    def __init__(self, path: Path, style: Format) -> None:
        self._file = path.open("wb")
        self._style = style
        packed = style.suffix.endswith("gz")
        self._sink: Any = gzip.GzipFile("", "wb", GZIP_LEVEL, self._file, mtime=0) if packed else self._file

    def append(self, rows: pa.Table) -> None:
        self._sink.write(json_lines(rows, self._style))

    def close(self) -> None:
        self._sink.close()
        self._file.close()


class _ParquetFile:
    def __init__(self, path: Path, style: Format) -> None:
        self._path = path
        self._writer: pyarrow.parquet.ParquetWriter | None = None

    def append(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._writer.write_table(rows)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _DeliveryFile(Protocol):
    def __init__(self, path: Path, style: Format) -> None: ...

    def append(self, rows: pa.Table) -> None: ...

    def close(self) -> None: ...


_KINDS: Mapping[str, type[_DeliveryFile]] = {
    "csv": _CsvFile,
    "jsonl": _JsonLinesFile,
    "jsonl.gz": _JsonLinesFile,
    "parquet": _ParquetFile,
}


class Deliveries:
    """All open delivery files below one folder; a context manager that closes them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Path, _DeliveryFile] = {}
        self.rows: dict[Path, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files.values():
            file.close()

    def write(self, folder: str, name: str, rows: pa.Table, style: Format) -> None:
        """Append rows to ``<root>/<folder>/<name>.<suffix>``; no rows, no file."""
        if rows.num_rows == 0:
            return
        path = self._root / folder / f"{name}.{style.suffix}"
        if path not in self._files:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._files[path] = _KINDS[style.suffix](path, style)
            self.rows[path] = 0
        self._files[path].append(rows)
        self.rows[path] += rows.num_rows

    def write_by_period(
        self, folder: str, name: str, rows: pa.Table, at: Ints, starts: Mapping[str, date], style: Format
    ) -> None:
        """Append rows to one file per period, ``<name>_<period>``, by the instant ``at`` of each row."""
        labels: Sequence[str] = list(starts)
        edges = np.array([instant(day) for day in starts.values()][1:])
        period = np.searchsorted(edges, at, side="right")
        order = np.argsort(at, kind="stable")
        bounds = np.searchsorted(period[order], np.arange(len(labels) + 1))
        rows = rows.take(pa.array(order))
        for index, label in enumerate(labels):
            low, high = int(bounds[index]), int(bounds[index + 1])
            self.write(folder, f"{name}_{label}", rows.slice(low, high - low), style)


def _as_text(rows: pa.Table, style: Format) -> pa.Table:
    columns = [_text_of(column, style) for column in rows.columns]
    return pa.table(columns, names=rows.column_names)


def _text_of(column: pa.ChunkedArray, style: Format) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        # Arrow prints '2025-01-31 10:00:00Z'; ISO 8601 has a T between day and time.
        text = pc.replace_substring(pc.cast(column, pa.string()), " ", "T", max_replacements=1)
        return text if style.instant_end == "Z" else pc.replace_substring(text, "Z", style.instant_end)
    if pa.types.is_date(column.type) or pa.types.is_decimal(column.type):
        return pc.cast(column, pa.string())
    return column


def json_lines(rows: pa.Table, style: Format) -> bytes:
    """One JSON object per row; a null is left out. A column whose field metadata says ``json`` is written as it is."""
    members = []
    for field, column in zip(rows.schema, rows.columns, strict=True):
        text = _text_of(column, style)
        if pa.types.is_string(text.type) and not pa.types.is_decimal(field.type):
            if (field.metadata or {}).get(b"json") is None:
                for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
                    text = pc.replace_substring(text, raw, escaped)
                text = pc.binary_join_element_wise('"', text, '"', "")
        else:
            text = pc.cast(text, pa.string())
        members.append(pc.binary_join_element_wise(f',"{field.name}":', text, ""))
    joined = pc.binary_join_element_wise(*members, "", null_handling="skip")
    body = pc.utf8_slice_codeunits(joined, 1)
    lines = pc.binary_join_element_wise("{", body, "}\n", "").combine_chunks()
    return _bytes_of(lines)


def _bytes_of(lines: pa.Array | pa.ChunkedArray) -> bytes:
    chunks = lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines]
    return b"".join(_data(chunk) for chunk in chunks)


def _data(text: pa.StringArray) -> bytes:
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return text.buffers()[2][int(offsets[0]) : int(offsets[-1])].to_pybytes()
