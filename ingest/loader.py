"""Loads the files of the landing folder into the lake.

One file is one load: its rows are typed and checked by the entity's contract in one SQL statement, rows that break it
go to quarantine, the rest becomes one Parquet file. A file that cannot be read is reported and the others load. Loading
is idempotent: content that was loaded before is skipped, and a killed run is continued by the next one.

Formats are `ingest.readers`' business, types are `ingest.typing_rules`', paths and the ledger are `ingest.lake`'s.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from ingest.contracts import GENERIC, Contract, vendor_contracts
from ingest.delivered import Delivered, UnreadableFileError, content_hash, count, padded_columns
from ingest.lake import (
    WORK_PREFIX,
    Ledger,
    LoadedFile,
    make_private_folder,
    only_writer,
    raw_table,
    refusal_of_the_disk,
)
from ingest.readers import first_line, read_delivered
from ingest.sources import vendor_of
from ingest.statements import LoadStatements
from ingest.typing_rules import literal

#: Memory that one load may use before DuckDB spills to the lake's disk.
MEMORY_LIMIT = "1GB"


@dataclass(frozen=True)
class _Run:
    """What is the same for all files of one run."""

    landing: Path
    lake: Path
    work: Path
    reporting_timezone: str
    loaded_at: datetime
    ledger: Ledger
    connection: duckdb.DuckDBPyConnection

    @property
    def load_date(self) -> str:
        return self.loaded_at.astimezone(ZoneInfo(self.reporting_timezone)).date().isoformat()


def load_landing(
    landing: Path,
    lake: Path,
    *,
    reporting_timezone: str,
    loaded_at: datetime,
    tables: Collection[str] | None = None,
) -> list[LoadedFile]:
    """Loads every new file `<landing>/<source>/<entity>/<name>` into the lake.

    Files and folders whose name begins with a full stop or an underscore are not deliveries and are passed over.

    Args:
        landing: folder of the files as received; never written to.
        lake: folder of the lake; made if missing.
        reporting_timezone: IANA name; a bare date where a timestamp is due is midnight there.
        loaded_at: instant of the run, with time zone; the same for all files of the run.
        tables: load only what is seen in these tables of `raw` (`generic__orders`); all if None.

    Returns:
        One record per file met, in the order of loading (by path). Skipped files count no rows.

    Raises:
        ValueError: `loaded_at` has no time zone.
        RuntimeError: another process is loading into the lake.
        OSError: the disk cannot be written; files that were loaded before count.
    """
    if loaded_at.tzinfo is None:
        raise ValueError("loaded_at needs a time zone")
    with _sentence_if_full(lake), only_writer(lake):
        ledger = Ledger(lake)
        ledger.remove_strays()
        with tempfile.TemporaryDirectory(dir=lake, prefix=WORK_PREFIX) as work, duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set autoinstall_known_extensions = false")
            connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
            connection.execute(f"set temp_directory = {literal(work)}")
            run = _Run(landing, lake, Path(work), reporting_timezone, loaded_at.astimezone(UTC), ledger, connection)
            records = [
                _load_file(run, path)
                for path in _landing_files(landing)
                if tables is None or raw_table(path.relative_to(landing).parts[0], path.parent.name) in tables
            ]
        still_unreadable = [record.file for record in records if record.status == "unreadable"]
        ledger.forget_unreadable_except(still_unreadable, tables=tables)
        return records


@contextmanager
def _sentence_if_full(lake: Path) -> Iterator[None]:
    try:
        yield
    except (UnreadableFileError, duckdb.Error, OSError) as error:
        if reason := refusal_of_the_disk(error):
            raise OSError(
                f"the disk of {lake} cannot be written ({reason}): make room and run again; the next run loads what"
                " this one could not"
            ) from None
        raise


def _landing_files(landing: Path) -> Iterator[Path]:
    """Files below the landing folder by path, without following links to folders."""
    found = []
    for folder, folders, names in os.walk(landing):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        found += [Path(folder, name) for name in [*names, *linked] if not name.startswith((".", "_"))]
    yield from sorted(found, key=lambda path: path.relative_to(landing).parts)


def _load_file(run: _Run, path: Path) -> LoadedFile:
    started = time.perf_counter()
    parts = path.relative_to(run.landing).parts
    file = "/".join(parts)
    record = LoadedFile(
        source_system=parts[0] if len(parts) > 1 else "",
        entity=parts[1] if len(parts) > 2 else "",
        file=file,
        loaded_at=run.loaded_at.isoformat(),
    )
    try:
        record, contract = _identified(run, path, record)
        if record.status == "skipped":
            return record
        delivered = read_delivered(run.connection, path, contract, run.work)
        record = _written(run, contract, delivered, record)
        if _state(path) != (record.size, record.modified_ns):
            raise UnreadableFileError("the file changed while it was read; the next run will read it again")
    except (UnreadableFileError, duckdb.Error, OSError) as error:
        if refusal_of_the_disk(error):
            raise  # not the file's fault
        record = _unreadable(record, _sentence(error))
    record = replace(record, seconds=round(time.perf_counter() - started, 3))
    run.ledger.commit(record)
    return record


def _sentence(error: Exception) -> str:
    match error:
        case duckdb.Error():
            return f"the rows cannot be processed: {first_line(error)}"
        case OSError():
            return f"the file cannot be opened: {error.strerror}"
    return str(error)


def _identified(run: _Run, path: Path, record: LoadedFile) -> tuple[LoadedFile, Contract]:
    """The record with load_id, and the contract; status `skipped` if the content was loaded before."""
    if len(Path(record.file).parts) != 3:
        raise UnreadableFileError("the file does not lie in landing/<source>/<entity>/")
    if path.is_symlink() and not path.resolve().is_relative_to(run.landing.resolve()):
        raise UnreadableFileError("the link leads out of the landing folder")
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnreadableFileError("this is not a regular file")
    vendor = vendor_of(record.source_system) or GENERIC
    contract = vendor_contracts(vendor).get(record.entity)
    if contract is None:
        of_vendor = "" if vendor == GENERIC else f" of {vendor}"
        raise UnreadableFileError(f"there is no contract for an entity{of_vendor} named {record.entity}")
    size, modified_ns = _state(path)
    record = replace(record, size=size, modified_ns=modified_ns)
    if (before := run.ledger.unchanged(record)) is not None:
        return replace(
            before, status="skipped", rows_read=0, rows_loaded=0, rows_quarantined=0, rows_tombstoned=0, seconds=0.0
        ), contract
    digest = content_hash(path)
    load_id = hashlib.sha256(f"{record.source_system}/{record.entity}/{digest}".encode()).hexdigest()[:32]
    record = replace(record, load_id=load_id, content_hash=digest)
    if (first := run.ledger.load(load_id)) is not None:
        record = replace(record, status="skipped", load_sequence=first.load_sequence)
        if first.file != record.file:
            record = replace(record, message=f"same content as {first.file}")
            run.ledger.commit(record)
        return record, contract
    return replace(record, load_sequence=run.ledger.next_sequence()), contract


def _written(run: _Run, contract: Contract, delivered: Delivered, record: LoadedFile) -> LoadedFile:
    """Writes the rows that keep the contract and the values that break it, each as one Parquet file."""
    padded = padded_columns(run.connection, delivered)
    statements = LoadStatements(contract, delivered, record, run.reporting_timezone, padded)
    run.connection.execute(statements.typed_view)
    rows_read = count(run.connection, "select count(*) from delivered") + delivered.malformed
    raw_path = f"raw/{record.source_system}/{record.entity}/load_date={run.load_date}/{record.load_id}.parquet"
    tombstones, message = _find_tombstones(run, contract, delivered, statements, record)
    broken = count(run.connection, statements.broken_rows)
    rows = statements.rows(some_broken=broken > 0, with_tombstones=tombstones > 0)
    loaded = _copy(run, rows, raw_path) - tombstones
    if loaded + broken + delivered.malformed != rows_read:
        raise RuntimeError(f"{record.file}: {rows_read} rows were read, {loaded} loaded and {broken} quarantined")
    quarantine_path = ""
    if broken or delivered.malformed:
        quarantine_path = raw_path.replace("raw/", "quarantine/", 1)
        _copy(run, statements.quarantined, quarantine_path)
    absent = [column.name for column in contract.columns if column.required and column.name not in delivered.columns]
    if absent:
        message = "; ".join(filter(None, [f"required columns are missing: {', '.join(absent)}", message]))
    return replace(
        record,
        rows_read=rows_read,
        rows_loaded=loaded,
        rows_quarantined=rows_read - loaded,
        rows_tombstoned=tombstones,
        unknown_columns=[] if contract.takes_any_column else statements.unknown_columns,
        raw_path=raw_path,
        quarantine_path=quarantine_path,
        message=message,
    )


def _find_tombstones(
    run: _Run, contract: Contract, delivered: Delivered, statements: LoadStatements, record: LoadedFile
) -> tuple[int, str]:
    """Fills the table `tombstones` if the file is a complete list; returns their number and a message.

    A list with a row whose key cannot be read deletes nothing: that row's key could be any.
    """
    earlier = run.ledger.loaded(record.source_system, record.entity)
    if ".full." not in Path(record.file).name.lower() or not earlier:
        return 0, ""
    if delivered.malformed or count(run.connection, statements.rows_without_key):
        return 0, "the complete list has rows without a readable key, so that nothing was taken as deleted"
    run.connection.execute(statements.tombstones([run.lake / load.raw_path for load in earlier]))
    return count(run.connection, "select count(*) from tombstones"), ""


def _unreadable(record: LoadedFile, message: str) -> LoadedFile:
    return replace(
        record,
        status="unreadable",
        load_sequence=None,
        message=message,
        rows_read=0,
        rows_loaded=0,
        rows_quarantined=0,
        rows_tombstoned=0,
        raw_path="",
        quarantine_path="",
    )


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _copy(run: _Run, query: str, relative_path: str) -> int:
    """Writes the rows of the query aside, renames the file into place and returns the number of rows."""
    path = run.lake / relative_path
    make_private_folder(path.parent)
    aside = path.with_suffix(".tmp")
    rows = count(run.connection, f"copy ({query}) to {literal(str(aside))} (format parquet, compression zstd)")
    aside.chmod(0o600)
    os.replace(aside, path)
    return rows
