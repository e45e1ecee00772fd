"""The planted faults."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ingest.demo.columns import table
from ingest.demo.people import People
from ingest.demo.writers import Deliveries


@dataclass(frozen=True)
class Samples:
    """Rows of the first chunk for faults to refer to."""

    people: People
    orders: pa.Table
    tickets: pa.Table
    responses: pa.Table


def plant(out: Deliveries, samples: Samples) -> pa.Table:
    """Deliver the faulty rows and return the table of what was planted."""
    return table(code=pa.array([], pa.string()))


def deliver_twice(landing: Path) -> None:
    """Deliver one file a second time under another name."""
    for path in sorted((landing / "webshop" / "refunds").glob("refunds_2025.csv")):
        shutil.copyfile(path, path.with_name("refunds_2025 (copy).csv"))
