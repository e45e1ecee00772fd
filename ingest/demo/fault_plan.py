"""How a fault is planted: rows of a faulty delivery, and the checks that should find them.

Which faults there are is up to ``faults`` and ``survey_faults``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from ingest.demo.people import People

QUARANTINE, EXPECTATION, LOAD, RULE = "quarantine", "expectation", "load", "rule"

# The loader's words for what it refuses.
REQUIRED = "required value is missing"
NOT_A_TIMESTAMP = "not a timestamp (ISO 8601)"
NOT_A_DATE = "not a date (YYYY-MM-DD)"
NOT_A_DECIMAL = "not a decimal number"
NOT_A_NUMBER = "not a number"
# Of values that a setting could make readable.
ORDER_NOT_SAID = f"{NOT_A_TIMESTAMP}; the setting formats can say that the day or month is first"
ORDER_OF_DATE_NOT_SAID = f"{NOT_A_DATE}; the setting formats can say that the day or month is first"
COMMA_NOT_SAID = f"{NOT_A_DECIMAL}; the setting formats can say what its points, commas and spaces mean"
NOT_A_BOOLEAN = "not a boolean (true or false)"


@dataclass(frozen=True)
class Samples:
    """Rows of the first chunk for faults to refer to."""

    people: People
    orders: pa.Table
    responses: pa.Table


@dataclass
class FaultyFile:
    """A faulty delivery under construction: rows by column, and texts that are no rows at all."""

    separator: str = ","
    rows: list[dict[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        if name.endswith(".jsonl"):
            lines = [json.dumps({key: value for key, value in row.items() if value}) for row in self.rows]
            return "\n".join([*lines, *self.broken]) + "\n"
        columns = list(dict.fromkeys(column for row in self.rows for column in row))
        out = io.StringIO()
        writer = csv.DictWriter(out, columns, restval="", delimiter=self.separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue() + "".join(line + "\n" for line in self.broken)


class Plan:
    """Collects faulty rows and what should find them."""

    def __init__(self) -> None:
        self.files: dict[str, FaultyFile] = {}
        self.found: list[dict[str, str | int | None]] = []

    def row(self, file: str, values: Mapping[str, str]) -> None:
        """A row that loads, whatever else is said about it."""
        self.files.setdefault(file, FaultyFile()).rows.append(dict(values))

    def refused(self, code: str, file: str, key: str, values: Mapping[str, str], column: str, reason: str) -> None:
        """A row that goes to quarantine."""
        self.files.setdefault(file, FaultyFile()).rows.append(dict(values))
        self.expect(code, file, key, QUARANTINE, reason, column=column)

    def warned(self, code: str, file: str, key: str, values: Mapping[str, str], expectation: str) -> None:
        """A row that loads and makes an expectation of its staging table warn."""
        self.row(file, values)
        self.expect(code, file, key, EXPECTATION, f"staging.stg_generic__{file.split('/')[1]}.{expectation}")

    def expect(
        self,
        code: str,
        file: str,
        key: str | None,
        kind: str,
        detector: str,
        *,
        column: str | None = None,
        rows: int = 1,
    ) -> None:
        """Note that ``detector`` finds ``rows`` rows of the fault."""
        source, entity, _ = file.split("/")
        self.found.append(
            {
                "code": code,
                "source_system": source,
                "entity": entity,
                "file": file,
                "source_key": key,
                "column_name": column,
                "detector_kind": kind,
                "detector": detector,
                "row_count": rows,
            }
        )


FAULTS_SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("source_system", pa.string()),
        ("entity", pa.string()),
        ("file", pa.string()),
        ("source_key", pa.string()),
        ("column_name", pa.string()),
        ("detector_kind", pa.string()),
        ("detector", pa.string()),
        ("row_count", pa.int64()),
    ]
)
