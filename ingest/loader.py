"""Loads the files of the landing folder into the lake.

One file is one load: its rows are typed and checked by the entity's contract in one SQL statement, rows that break it
go to quarantine, the rest becomes one Parquet file. A file that cannot be read is reported and the others load. Loading
is idempotent: content that was loaded before is skipped, and a killed run is continued by the next one.

Formats are `ingest.readers`' business, types are `ingest.typing_rules`', paths and the ledger are `ingest.lake`'s.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from ingest import typing_rules
from ingest.contracts import Contract, load_contracts
from ingest.lake import Ledger, LoadedFile, make_private_folder, only_writer
from ingest.readers import Delivered, UnreadableFile, content_hash, read_delivered
from ingest.typing_rules import literal, quoted

#: Memory that one load may use before DuckDB spills to the lake's disk.
MEMORY_LIMIT = "1GB"


@dataclass(frozen=True)
class _Run:
    """What is the same for all files of one run."""

    landing: Path
    lake: Path
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
    entities: Collection[str] | None = None,
) -> list[LoadedFile]:
    """Loads every new file `<landing>/<source>/<entity>/<name>` into the lake.

    Args:
        landing: folder of the files as received; never written to.
        lake: folder of the lake; made if missing.
        reporting_timezone: IANA name; a bare date where a timestamp is due is midnight there.
        loaded_at: instant of the run, with time zone; the same for all files of the run.
        entities: load only these; all if None.

    Returns:
        One record per file met, in the order of loading (by path).

    Raises:
        ValueError: `loaded_at` has no time zone.
        RuntimeError: another process is loading into the lake.
    """
    if loaded_at.tzinfo is None:
        raise ValueError("loaded_at needs a time zone")
    with only_writer(lake), tempfile.TemporaryDirectory(dir=lake, prefix=".work-") as work:
        ledger = Ledger(lake)
        ledger.remove_strays()
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set autoinstall_known_extensions = false")
            connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
            connection.execute(f"set temp_directory = {literal(work)}")
            run = _Run(landing, lake, reporting_timezone, loaded_at.astimezone(UTC), ledger, connection)
            return [
                _load_file(run, path)
                for path in _landing_files(landing)
                if entities is None or path.parent.name in entities
            ]


def _landing_files(landing: Path) -> Iterator[Path]:
    yield from sorted(path for path in landing.glob("*/*/*") if not path.name.startswith("."))


def _load_file(run: _Run, path: Path) -> LoadedFile:
    started = time.perf_counter()
    record = LoadedFile(path.parent.parent.name, path.parent.name, str(path.relative_to(run.landing)))
    try:
        record = _load_readable(run, path, record)
    except (UnreadableFile, duckdb.Error) as error:
        record = replace(record, status="unreadable", message=str(error))
    return replace(record, seconds=round(time.perf_counter() - started, 3))


def _load_readable(run: _Run, path: Path, record: LoadedFile) -> LoadedFile:
    contract = load_contracts().get(record.entity)
    if contract is None:
        raise UnreadableFile(f"{record.entity} is not an entity that has a contract")
    digest = content_hash(path)
    load_id = hashlib.sha256(f"{record.source_system}/{record.entity}/{digest}".encode()).hexdigest()[:32]
    record = replace(record, load_id=load_id, content_hash=digest, loaded_at=run.loaded_at.isoformat())
    if load_id in run.ledger.records:
        return replace(run.ledger.records[load_id], file=record.file, status="skipped")
    delivered = read_delivered(run.connection, path, {column.name for column in contract.columns})
    record = replace(record, load_sequence=run.ledger.next_sequence())
    record = _write(run, contract, delivered, record)
    run.ledger.commit(record)
    return record


def _write(run: _Run, contract: Contract, delivered: Delivered, record: LoadedFile) -> LoadedFile:
    """Writes the rows that keep the contract and the values that break it, each as one Parquet file."""
    known = [column for column in contract.columns]
    present = set(delivered.columns)
    unknown = [name for name in delivered.columns if name not in {column.name for column in known}]
    texts = [f"{typing_rules.text_of(quoted(name))} as {quoted('text ' + name)}" for name in delivered.columns]
    typed, checks = [], []
    for column in known:
        text = quoted("text " + column.name) if column.name in present else "cast(null as varchar)"
        value = f"cast({typing_rules.typed_value(column, text, run.reporting_timezone)} as {column.sql_type})"
        typed.append(f"{value} as {quoted(column.name)}")
        checks += [(column, text, check) for check in typing_rules.checks(column, text, quoted(column.name))]
    extra = "cast(null as varchar)"
    if unknown:
        pairs = ", ".join(f"{literal(name)}, {quoted('text ' + name)}" for name in unknown)
        extra = f"nullif(json_strip_nulls(json_object({pairs}))::varchar, '{{}}')"
    run.connection.execute(f"""
        create or replace temp view typed as
        with texts as (select {delivered.row_number} as "row number", {", ".join(texts)} from delivered)
        select "row number", {", ".join(f'{quoted("text " + name)}' for name in delivered.columns)},
            {", ".join(typed)}, {extra} as _extra
        from texts
    """)
    is_broken = " or ".join(f"coalesce({check.condition}, false)" for _, _, check in checks)
    hashed = ", ".join(f"coalesce({_hashable(column.type, quoted(column.name))}, '')" for column in known)
    metadata = {
        "_source_system": literal(record.source_system),
        "_load_id": literal(record.load_id),
        "_load_sequence": f"cast({record.load_sequence} as bigint)",
        "_loaded_at": f"cast({literal(record.loaded_at)} as timestamp with time zone)",
        "_file": literal(record.file),
        "_row_number": '"row number"',
        "_row_hash": f"md5(concat_ws(chr(31), {hashed}, coalesce(_extra, '')))",
        "_extra": "_extra",
        "_is_tombstone": "false",
    }
    names = ", ".join(quoted(column.name) for column in known)
    details = ", ".join(f"{sql} as {name}" for name, sql in metadata.items())
    rows_read = _count(run.connection, "select count(*) from delivered")
    raw_path = f"raw/{record.source_system}/{record.entity}/load_date={run.load_date}/{record.load_id}.parquet"
    loaded = _copy(run, f"select {names}, {details} from typed where not ({is_broken})", raw_path)
    quarantine_path = ""
    quarantined = rows_read - loaded
    if quarantined:
        quarantine_path = raw_path.replace("raw/", "quarantine/", 1)
        entries = ", ".join(
            f"{{'column': {literal(column.name)}, 'value': {text}, "
            f"'reason': case when {check.condition} then {literal(check.reason)} end}}"
            for column, text, check in checks
        )
        whole = ", ".join(f"{literal(name)}, {quoted('text ' + name)}" for name in delivered.columns)
        _copy(
            run,
            f"""
            select {metadata["_source_system"]} as source_system, {literal(record.entity)} as entity,
                {metadata["_load_id"]} as load_id, {metadata["_loaded_at"]} as loaded_at,
                {metadata["_file"]} as file, row_number, entry."column", entry.value, entry.reason, record
            from (
                select "row number" as row_number, json_object({whole})::varchar as record, unnest([{entries}]) as entry
                from typed
                where {is_broken}
            )
            where entry.reason is not null
            """,
            quarantine_path,
        )
    return replace(
        record, status="loaded", rows_read=rows_read, rows_loaded=loaded, rows_quarantined=quarantined,
        unknown_columns=unknown, raw_path=raw_path, quarantine_path=quarantine_path,
    )


def _hashable(column_type: str, column: str) -> str:
    """A text that is the same for the same value, whatever the session's settings."""
    return f"epoch_us({column})::varchar" if column_type == "timestamp" else f"{column}::varchar"


def _copy(run: _Run, query: str, relative_path: str) -> int:
    """Writes the rows of the query aside, renames the file into place and returns the number of rows."""
    path = run.lake / relative_path
    make_private_folder(path.parent)
    aside = path.with_suffix(".tmp")
    rows = _count(run.connection, f"copy ({query}) to {literal(str(aside))} (format parquet, compression zstd)")
    aside.chmod(0o600)
    os.replace(aside, path)
    return rows


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
