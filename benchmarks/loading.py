"""Loading, held against DuckDB's own reader: the same clean rows as CSV, JSON lines and Parquet.

Belongs here: making the files, the yardsticks, and the turns. The rows are those of the lake, delivered once more: all
of them are clean, so that nothing is in quarantine and both sides do the whole of their work on every row. Every turn
starts from an empty lake.
"""

import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.contracts import Contract, load_contracts
from ingest.loader import load_landing

#: Numbers and instants; texts; sparse columns and JSON.
ENTITIES = ("orders", "ticket_events", "contacts")
_SOURCE = "benchmark"
_FILE_ROWS = 1_000_000
_WRITERS = {
    "csv": "format csv, header true",
    "jsonl": "format json",
    "parquet": "format parquet, compression zstd",
}
_READ = "create or replace table rows as {rows}"
_READ_AND_WRITE = "copy ({rows}) to '{aside}' (format parquet, compression zstd)"


@dataclass(frozen=True)
class Cost:
    """Seconds of one turn: wall, and CPU (user and system, all threads)."""

    wall: float
    cpu: float


def measure_loading(lake: Path, scratch: Path, *, rounds: int) -> dict[str, Any]:
    """What each format costs to load, to read, and to read and write, by format.

    Files go below `scratch`, and away again. `of_read` and `of_read_and_write` are the loader's speed as a share of the
    yardstick's, in CPU seconds: medians of the turns.
    """
    contracts = load_contracts()
    return {kind: _measure_format(kind, contracts, lake, scratch, rounds) for kind in _WRITERS}


def _measure_format(
    kind: str, contracts: dict[str, Contract], lake: Path, scratch: Path, rounds: int
) -> dict[str, Any]:
    landing = scratch / "landing"
    shutil.rmtree(landing, ignore_errors=True)
    rows = sum(_write_files(contracts[entity], kind, lake, landing) for entity in ENTITIES)
    loads, reads, writes = [], [], []
    for _ in range(rounds):
        loads.append(_timed(lambda: _load(landing, scratch / "lake", rows)))
        reads.append(_timed(lambda: _read(kind, contracts, landing, scratch, _READ)))
        writes.append(_timed(lambda: _read(kind, contracts, landing, scratch, _READ_AND_WRITE)))
    size = sum(path.stat().st_size for path in landing.glob("*/*/*"))
    shutil.rmtree(landing)
    shutil.rmtree(scratch / "lake")
    return {
        "rows": rows,
        "bytes": size,
        "load": _middle(loads),
        "read": _middle(reads),
        "read_and_write": _middle(writes),
        "of_read": statistics.median(read.cpu / load.cpu for read, load in zip(reads, loads, strict=True)),
        "of_read_and_write": statistics.median(write.cpu / load.cpu for write, load in zip(writes, loads, strict=True)),
    }


def _write_files(contract: Contract, kind: str, lake: Path, landing: Path) -> int:
    """Writes all loaded rows of an entity, with its typed columns; returns their number."""
    folder = landing / _SOURCE / contract.entity
    folder.mkdir(parents=True)
    files = (
        f"read_parquet('{lake}/raw/*/{contract.entity}/*/*.parquet', union_by_name = true, hive_partitioning = false)"
    )
    columns = ", ".join(column.name for column in contract.columns)
    with duckdb.connect(str(folder / "rows.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create table rows as select {columns} from {files} where not _is_tombstone")
        rows = _count(connection, "select count(*) from rows")
        for first in range(0, rows, _FILE_ROWS):
            connection.execute(
                f"copy (select * from rows where rowid >= {first} and rowid < {first + _FILE_ROWS})"
                f" to '{folder}/rows_{first // _FILE_ROWS:03}.{kind}' ({_WRITERS[kind]})"
            )
    (folder / "rows.duckdb").unlink()
    return rows


def _load(landing: Path, lake: Path, rows: int) -> None:
    """The product's own loading. Raises RuntimeError if not every row was loaded."""
    shutil.rmtree(lake, ignore_errors=True)
    records = load_landing(landing, lake, reporting_timezone="UTC", loaded_at=datetime.now(UTC))
    if (loaded := sum(record.rows_loaded for record in records)) != rows:
        raise RuntimeError(f"{loaded} of {rows} rows were loaded: {[each.message for each in records if each.message]}")


def _read(kind: str, contracts: dict[str, Contract], landing: Path, scratch: Path, statement: str) -> None:
    """DuckDB's reader with the contract's types on each file by itself, as the loader takes them."""
    for path in sorted(landing.glob("*/*/*")):
        aside = scratch / "aside.parquet"
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            rows = f"select * from {_reader(kind, contracts[path.parent.name], path)}"
            connection.execute(statement.format(rows=rows, aside=aside))
        aside.unlink(missing_ok=True)


def _reader(kind: str, contract: Contract, path: Path) -> str:
    if kind == "parquet":
        return f"read_parquet('{path}', hive_partitioning = false)"
    types = ", ".join(f"'{column.name}': '{column.sql_type}'" for column in contract.columns)
    if kind == "csv":
        return (
            f"read_csv('{path}', auto_detect = false, header = true, delim = ',', quote = '\"', columns = {{{types}}})"
        )
    return f"read_json('{path}', format = 'newline_delimited', columns = {{{types}}})"


def _timed(turn: Callable[[], None]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    turn()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def _middle(costs: list[Cost]) -> dict[str, float]:
    return {
        "wall": statistics.median(cost.wall for cost in costs),
        "cpu": statistics.median(cost.cpu for cost in costs),
    }


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
