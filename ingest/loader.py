"""Loads the files of the landing folder into the lake.

One file is one load: its rows are typed and checked by the entity's contract in one SQL statement, rows that break it
go to quarantine, the rest becomes one Parquet file. A file that cannot be read is reported and the others load. Loading
is idempotent: content that was loaded before is skipped, and a killed run is continued by the next one. A file has its
place in the order of delivery from the run that first met its content, also if that run could not read it.

What lies in landing is `ingest.landing_files`' business, formats are `ingest.readers`', types are
`ingest.typing_rules`', paths and the ledger are `ingest.lake`'s.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.complete_lists import find_tombstones, judged_anew, rows_of
from ingest.contracts import Contract
from ingest.delivered import (
    DUCKDB_ERRORS,
    Delivered,
    UnreadableFileError,
    content_hash,
    count,
    first_line,
    padded_columns,
    text_size,
)
from ingest.full_disk import is_out_of_memory, raise_if_full
from ingest.lake import WORK_PREFIX, Ledger, LoadedFile, ask_for_rebuild, only_writer
from ingest.landing_files import NOT_IN_USE, Found, landing_files
from ingest.load_run import LoadRun, file_state, rows_per_group
from ingest.readers import read_delivered
from ingest.sources import vendor_of
from ingest.statements import LoadStatements
from ingest.typing_rules import literal

#: Memory that one load may use before DuckDB spills to the lake's disk.
MEMORY_LIMIT = "1GB"


def load_landing(
    landing: Path,
    lake: Path,
    *,
    reporting_timezone: str,
    loaded_at: datetime,
    tables: Collection[str] | None = None,
    formats: Mapping[str, Any] | None = None,
) -> list[LoadedFile]:
    """Loads every new file `<landing>/<source>/<entity>/<name>` into the lake.

    Files and folders whose name begins with a full stop or an underscore are not deliveries and are passed over. What
    lies elsewhere in landing is recorded as unreadable, if all is loaded.

    Args:
        landing: folder of the files as received; never written to.
        lake: folder of the lake; made if missing.
        reporting_timezone: IANA name; a bare date where a timestamp is due is midnight there.
        loaded_at: instant of the run, with time zone; the same for all files of the run.
        tables: load only what is seen in these tables of `raw` (`generic__orders`); all if None.
        formats: the setting of that name (`ingest.written_formats`); None if all is written plainly.

    Returns:
        One record per file met, in the order of loading (by path). Skipped files count no rows.

    Raises:
        ValueError: `loaded_at` has no time zone.
        RuntimeError: another process is loading into the lake.
        LandingError: the landing folder as a whole cannot be read.
        LakeError: the lake cannot be written, as on a full disk; what was loaded before stays.
    """
    with open_run(landing, lake, reporting_timezone=reporting_timezone, loaded_at=loaded_at, formats=formats) as run:
        records = [load_file(run, found) for found in landing_files(landing, tables)]
        still_unreadable = [record.file for record in records if record.status == "unreadable"]
        run.ledger.forget_unreadable_except(still_unreadable, tables=tables)
        return records


def note_not_loaded(
    landing: Path, lake: Path, *, reporting_timezone: str, loaded_at: datetime, tables: Collection[str]
) -> list[LoadedFile]:
    """Records what lies in landing and belongs to none of these tables of `raw`, so that it is not passed over unseen.

    Arguments are those of `load_landing`; `tables` are all that are loaded.

    Returns:
        One record per file or folder, with the reason, by path.
    """
    with open_run(landing, lake, reporting_timezone=reporting_timezone, loaded_at=loaded_at) as run:
        noted = []
        for found in landing_files(landing):
            if found.table in tables:
                continue
            fault = found.fault or f"the vendor {vendor_of(found.source)} {NOT_IN_USE}"
            record = unreadable(_record(run, found), fault)
            if len(found.parts) == 3 and found.path.is_file():
                size, modified_ns = file_state(found.path)
                record = _in_its_place(run, replace(record, size=size, modified_ns=modified_ns))
            known = run.ledger.records.get(record.record_id)
            if known is not None and replace(record, loaded_at=known.loaded_at) == known:
                record = known
            else:
                run.ledger.commit(record)
            noted.append(record)
        unloaded = {record.table for record in run.ledger.unreadable()} - set(tables)
        run.ledger.forget_unreadable_except([record.file for record in noted], tables=unloaded)
        return noted


@contextmanager
def open_run(
    landing: Path,
    lake: Path,
    *,
    reporting_timezone: str,
    loaded_at: datetime,
    formats: Mapping[str, Any] | None = None,
) -> Iterator[LoadRun]:
    """Holds the lake for writing, cleared of what a killed run left.

    Raises:
        ValueError: `loaded_at` has no time zone.
        RuntimeError: another process is loading into the lake.
        LakeError: the lake cannot be written.
    """
    if loaded_at.tzinfo is None:
        raise ValueError("loaded_at needs a time zone")
    try:
        with only_writer(lake):
            ledger = Ledger(lake)
            ledger.finish_commit()
            ledger.remove_strays()
            with tempfile.TemporaryDirectory(dir=lake, prefix=WORK_PREFIX) as work, duckdb.connect() as connection:
                connection.execute("set TimeZone = 'UTC'")
                connection.execute("set autoinstall_known_extensions = false")
                connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
                connection.execute(f"set temp_directory = {literal(work)}")
                at = loaded_at.astimezone(UTC)
                yield LoadRun(landing, lake, Path(work), reporting_timezone, at, ledger, connection, formats or {})
    except OSError as error:
        raise_if_full(lake, error)
        raise


def load_file(run: LoadRun, found: Found) -> LoadedFile:
    """Loads one file of landing, and commits and returns what became of it."""
    started = time.perf_counter()
    record = _record(run, found)
    changed: list[LoadedFile] = []
    try:
        contract = _contract_of(run, found)
        size, modified_ns = file_state(found.path)
        record = replace(record, size=size, modified_ns=modified_ns)
        if (before := run.ledger.unchanged(record)) is not None:
            return _skipped(before)
        record = _with_content(found.path, record)
        if (first := run.ledger.load(record.load_id)) is not None:
            return _same_content(run, record, first)
        placed = _in_its_place(run, record)
        record = sparing_memory(run, lambda: _read_and_written(run, found.path, contract, placed))
        if file_state(found.path) != (record.size, record.modified_ns):
            raise UnreadableFileError("the file changed while it was read; the next run will read it again")
        changed = judged_anew(run, contract, record)
    except (UnreadableFileError, *DUCKDB_ERRORS, OSError) as error:
        raise_if_full(run.lake, error)
        record = unreadable(record, fault_of(error, found.file))
    if record.status == "unreadable" and found.contract is not None:
        record = _in_its_place(run, record)
    record = replace(record, seconds=round(time.perf_counter() - started, 3))
    commit(run, record, *changed)
    return record


def _read_and_written(run: LoadRun, path: Path, contract: Contract, record: LoadedFile) -> LoadedFile:
    """Reads the file and writes what it holds to the lake."""
    formats = run.formats_of(record.source_system, contract)
    return written(run, contract, read_delivered(run.connection, path, contract, run.work, formats), record)


def sparing_memory(run: LoadRun, once: Callable[[], LoadedFile]) -> LoadedFile:
    """Does it, and once more with one thread if memory does not do for more."""
    try:
        return once()
    except (UnreadableFileError, duckdb.Error) as error:
        if not is_out_of_memory(error):
            raise
    run.connection.execute("set threads = 1")
    try:
        return once()
    finally:
        run.connection.execute("reset threads")


def fault_of(error: UnreadableFileError | duckdb.Error | UnicodeDecodeError | OSError, file: str) -> str:
    """Why a file of landing was not loaded, and what to do, as one sentence."""
    if isinstance(error, DUCKDB_ERRORS):
        # A Parquet file is read where it lies, so that damage in it shows wherever its rows are processed.
        what = "the file is not sound Parquet" if file.lower().endswith(".parquet") else "the rows cannot be processed"
        return f"{what}: {first_line(error)}; deliver the file again, or in parts"
    if isinstance(error, OSError):
        return f"the file cannot be opened ({error.strerror}); give the right to read it, or deliver it again"
    return str(error)


def commit(run: LoadRun, *records: LoadedFile) -> None:
    """Commits the records together; if loads among them lie behind others, staging must be built anew."""
    newest = max((load.load_sequence or 0 for load in run.ledger.loaded()), default=0)
    if any(record.status == "loaded" and (record.load_sequence or 0) <= newest for record in records):
        ask_for_rebuild(run.lake)
    run.ledger.commit(*records)


def _record(run: LoadRun, found: Found) -> LoadedFile:
    """What is known of a file before it is looked at."""
    return LoadedFile(found.source, found.entity, found.file, loaded_at=run.loaded_at.isoformat())


def _contract_of(run: LoadRun, found: Found) -> Contract:
    """The contract of a file that may be read. Raises UnreadableFileError if it may not."""
    path = found.path
    if found.fault:
        raise UnreadableFileError(found.fault)
    if path.is_symlink() and not path.resolve().is_relative_to(run.landing.resolve()):
        raise UnreadableFileError("the link leads out of the landing folder; put the file itself there")
    if not stat.S_ISREG(path.stat().st_mode) or found.contract is None:
        raise UnreadableFileError("this is not a regular file; put the file itself there")
    return found.contract


def _with_content(path: Path, record: LoadedFile) -> LoadedFile:
    digest = content_hash(path)
    load_id = hashlib.sha256(f"{record.source_system}/{record.entity}/{digest}".encode()).hexdigest()[:32]
    return replace(record, load_id=load_id, content_hash=digest)


def _in_its_place(run: LoadRun, record: LoadedFile) -> LoadedFile:
    """The record with the place in the order of delivery that its content has had since it was first met."""
    if (kept := run.ledger.place_kept_for(record)) is not None:
        return replace(record, load_sequence=kept.load_sequence, loaded_at=kept.loaded_at)
    if record.load_sequence is not None:
        return record
    return replace(record, load_sequence=run.ledger.next_sequence())


def _skipped(before: LoadedFile) -> LoadedFile:
    return replace(
        before, status="skipped", rows_read=0, rows_loaded=0, rows_quarantined=0, rows_tombstoned=0, seconds=0.0
    )


def _same_content(run: LoadRun, record: LoadedFile, first: LoadedFile) -> LoadedFile:
    record = replace(record, status="skipped", load_sequence=first.load_sequence)
    if first.file != record.file:
        record = replace(record, message=f"same content as {first.file}")
        run.ledger.commit(record)
    return record


def written(
    run: LoadRun, contract: Contract, delivered: Delivered, record: LoadedFile, loaded_before: Path | None = None
) -> LoadedFile:
    """Writes the rows that keep the contract and the values that break it, each as one Parquet file.

    Rows of `loaded_before`, a Parquet file of the lake, are of the same delivery and were loaded before: they stay.
    """
    statements = _typed(run, contract, delivered, record)
    rows_read = count(run.connection, f"select count(*) from {delivered.relation}") + delivered.malformed
    raw_path = run.raw_path(record)
    earlier = [
        load
        for load in run.ledger.loaded(record.source_system, record.entity)
        if (load.load_sequence or 0) < (record.load_sequence or 0)
    ]
    tombstones, message = find_tombstones(run, delivered, statements, record, earlier, loaded_before)
    broken = count(run.connection, statements.broken_rows)
    rows = statements.rows(some_broken=broken > 0)
    if tombstones:
        rows += f" union all {statements.tombstone_rows}"
    if loaded_before:
        kept = f"{rows_of(loaded_before)} where not _is_tombstone"
        rows_read += count(run.connection, f"select count(*) from ({kept})")
        rows = f"{kept} union all by name ({rows})"
    group = rows_per_group(text_size(run.connection, delivered, rows_read), rows_read)
    loaded = run.copy_rows(rows, raw_path, group) - tombstones
    if loaded + broken + delivered.malformed != rows_read:
        raise RuntimeError(f"{record.file}: {rows_read} rows were read, {loaded} loaded and {broken} quarantined")
    quarantine_path = ""
    if broken or delivered.malformed:
        quarantine_path = raw_path.replace("raw/", "quarantine/", 1)
        run.copy_rows(statements.quarantined, quarantine_path, group)
    absent = [column.name for column in contract.columns if column.required and column.name not in delivered.columns]
    missing = f"required columns are missing: {', '.join(absent)}" if absent else ""
    message = "; ".join(filter(None, [missing, message, delivered.message]))
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


def _typed(run: LoadRun, contract: Contract, delivered: Delivered, record: LoadedFile) -> LoadStatements:
    """Makes the view `typed`; returns the statements that go on from there.

    White space around a value is looked for in free texts alone, at first: anywhere else a value that has some breaks
    the contract. Only if some row does are the other columns looked through, and typed once more without it.
    """
    free = {column.name for column in contract.columns if column.type == "string" and not column.values}
    closed = [column.name for column in contract.columns if column.name not in free]
    padded = padded_columns(run.connection, delivered, [name for name in delivered.columns if name not in closed])
    formats = run.formats_of(record.source_system, contract)
    statements = LoadStatements(contract, delivered, record, run.reporting_timezone, padded, formats)
    run.connection.execute(statements.typed)
    if count(run.connection, statements.broken_rows) and (more := padded_columns(run.connection, delivered, closed)):
        statements = LoadStatements(contract, delivered, record, run.reporting_timezone, [*padded, *more], formats)
        run.connection.execute(statements.typed)
    return statements


def unreadable(record: LoadedFile, message: str) -> LoadedFile:
    """The record of a file of which nothing is loaded, with the reason; its place in the order of delivery stays."""
    return replace(
        record,
        status="unreadable",
        message=message,
        rows_read=0,
        rows_loaded=0,
        rows_quarantined=0,
        rows_tombstoned=0,
        raw_path="",
        quarantine_path="",
    )
