"""The lake: where loaded rows lie, which files count as loaded, and how the warehouse sees them.

A load is one Parquet file of rows, perhaps one of quarantined values, and one ledger record. The record is renamed
into place last: a Parquet file without a record was left by a killed run, is never read, and is removed by the next
run. A load that is written anew (rows left quarantine, a complete list is judged again) gets files of other names, and
the rename of its record switches over; records that change together do so by one journal. This module knows paths, the
ledger and the views; how a delivered file becomes rows is `ingest.loader`'s business.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from ingest.contracts import GENERIC, Column, Contract, vendor_contracts
from ingest.full_disk import writing
from ingest.sources import VENDORS, vendor_of
from ingest.typing_rules import literal, quoted

#: Columns that follow the contract's columns in the lake and in `raw`, with their DuckDB types.
METADATA_COLUMNS = {
    "_source_system": "VARCHAR",
    "_load_id": "VARCHAR",
    "_load_sequence": "BIGINT",
    "_loaded_at": "TIMESTAMP WITH TIME ZONE",
    "_file": "VARCHAR",
    "_row_number": "BIGINT",
    "_row_hash": "VARCHAR",
    "_extra": "VARCHAR",
    "_is_tombstone": "BOOLEAN",
}

#: The one of them that no file holds: the views compute it, for whoever asks.
ROW_HASH = "_row_hash"

#: Columns of a quarantine file: one row per value that breaks the contract.
QUARANTINE_COLUMNS = {
    "source_system": "VARCHAR",
    "entity": "VARCHAR",
    "load_id": "VARCHAR",
    "loaded_at": "TIMESTAMP WITH TIME ZONE",
    "file": "VARCHAR",
    "row_number": "BIGINT",
    "column": "VARCHAR",
    "value": "VARCHAR",
    "reason": "VARCHAR",
    "record": "VARCHAR",
}


#: Folders between the lake and a file of rows: raw/<source>/<entity>/<day>.
_DEPTH = 4
#: Name of the file in the lake that says that staging must be built anew.
REBUILD = "rebuild_staging"
#: Begins the names of folders that a run works in and takes away at its end.
WORK_PREFIX = ".work-"


@dataclass(frozen=True)
class LoadedFile:
    """What became of one file of the landing folder.

    Attributes:
        source_system: name of the source's folder.
        entity: name of the entity's folder.
        file: path relative to the landing folder.
        load_id: deterministic in source, entity and content; of a skipped file that of the load before; empty if the
            content was not read.
        load_sequence: place in the order of delivery. A file that cannot be read has one too, kept for it until it
            changes: once it can be read, it goes before what came after it.
        status: `loaded` (now), `skipped` (the same content was loaded before) or `unreadable` (nothing was loaded).
        rows_read: rows in the file, which is always `rows_loaded` + `rows_quarantined`.
        rows_loaded: rows written to the lake.
        rows_quarantined: rows that broke the contract.
        rows_tombstoned: deletions added because a complete list (`*.full.*`) no longer has the key.
        unknown_columns: columns outside the contract, kept in `_extra`.
        seconds: time spent.
        message: what a person should know; empty if nothing.
        loaded_at: instant of the run that loaded the file, or first met it unreadable, ISO 8601 UTC.
        content_hash: SHA-256 of the file as it lies in landing.
        size, modified_ns: of the file when it was read; a file that has not changed since is not read again.
        raw_path, quarantine_path: relative to the lake; empty if there is none.
        revision: how often the load was written anew; part of the names of its files.
    """

    source_system: str
    entity: str
    file: str
    load_id: str = ""
    load_sequence: int | None = None
    status: str = "loaded"
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_tombstoned: int = 0
    unknown_columns: list[str] = field(default_factory=list)
    seconds: float = 0.0
    message: str = ""
    loaded_at: str = ""
    content_hash: str = ""
    size: int = 0
    modified_ns: int = 0
    raw_path: str = ""
    quarantine_path: str = ""
    revision: int = 0

    @property
    def table(self) -> str:
        """Name of the table in `raw` where the rows are seen."""
        return raw_table(self.source_system, self.entity)

    @property
    def record_id(self) -> str:
        """Name of the ledger record: the load's id, or that of the path for a file without rows of its own."""
        if self.status == "loaded":
            return self.load_id
        return "file-" + hashlib.sha256(self.file.encode(errors="surrogateescape")).hexdigest()[:32]


class Ledger:
    """The records of all files met so far, in memory and in `lake/loads/`."""

    def __init__(self, lake: Path) -> None:
        self.lake = lake
        self.folder = lake / "loads"
        self.records: dict[str, LoadedFile] = {}
        self._by_file: dict[str, list[LoadedFile]] = {}
        self._journal = self.folder / "together.journal"
        for entry in sorted(_files_in(self.folder), key=lambda entry: entry.name):
            with suppress(FileNotFoundError):  # who only reads may meet a run that takes back what it said of a file
                if entry.name.endswith(".json"):
                    state = entry.stat()
                    self._remember(_record_in(entry.path, state.st_ino, state.st_mtime_ns, state.st_size))
        with suppress(FileNotFoundError):
            for content in json.loads(self._journal.read_text(encoding="utf-8")):
                self._remember(_record(content))
        for record in list(self.records.values()):
            if record.status == "unreadable" and self.unchanged(record) is not None:  # left by a run killed meanwhile
                del self.records[record.record_id]

    def loaded(self, source_system: str | None = None, entity: str | None = None) -> list[LoadedFile]:
        """Records whose rows are in the lake, in the order of delivery."""
        chosen = [
            record
            for record in self.records.values()
            if record.status == "loaded"
            and (source_system is None or record.source_system == source_system)
            and (entity is None or record.entity == entity)
        ]
        return sorted(chosen, key=lambda record: record.load_sequence or 0)

    def unreadable(self) -> list[LoadedFile]:
        """Records of files that could not be read, by path."""
        return sorted(
            (record for record in self.records.values() if record.status == "unreadable"),
            key=lambda record: record.file,
        )

    def next_sequence(self) -> int:
        """The place in the order of delivery that the next load takes."""
        return 1 + max((record.load_sequence or 0 for record in self.records.values()), default=0)

    def load(self, load_id: str) -> LoadedFile | None:
        """The record of the load, if its rows are in the lake."""
        record = self.records.get(load_id)
        return record if record and record.status == "loaded" else None

    def unchanged(self, file: LoadedFile) -> LoadedFile | None:
        """The record of the same path, if it was loaded and neither size nor time of change differ since."""
        for record in self._by_file.get(file.file, []):
            is_same = (record.size, record.modified_ns) == (file.size, file.modified_ns)
            if is_same and record.status != "unreadable":
                return record
        return None

    def place_kept_for(self, file: LoadedFile) -> LoadedFile | None:
        """The record of the same path that could not be read, if its content is the same and it has a place."""
        for record in self._by_file.get(file.file, []):
            is_same = (record.size, record.modified_ns) == (file.size, file.modified_ns) or (
                record.content_hash != "" and record.content_hash == file.content_hash
            )
            if record.status == "unreadable" and record.load_sequence is not None and is_same:
                return record
        return None

    def forget_unreadable_except(self, files: Iterable[str], *, tables: Collection[str] | None = None) -> None:
        """Drops the records of files that could not be read and have since been mended or taken away.

        Only files of `tables` were looked at (all if None); what is known of others stays.
        """
        kept = set(files)
        for record in list(self.records.values()):
            was_looked_at = tables is None or record.table in tables
            if record.status == "unreadable" and was_looked_at and record.file not in kept:
                (self.folder / f"{record.record_id}.json").unlink(missing_ok=True)
                del self.records[record.record_id]

    def commit(self, *records: LoadedFile) -> None:
        """Writes the records, all or none; from here on the loads count.

        Raises:
            LakeError: the lake cannot be written.
        """
        with writing(self.lake):
            make_private_folder(self.folder)
            if len(records) > 1:
                _write_json(self._journal, [asdict(record) for record in records])
            for record in records:
                _write_json(self.folder / f"{record.record_id}.json", asdict(record))
                self._remember(record)
            self._journal.unlink(missing_ok=True)

    def finish_commit(self) -> None:
        """Writes what a killed commit had in its journal."""
        if self._journal.exists():
            self.commit(*(_record(content) for content in json.loads(self._journal.read_text(encoding="utf-8"))))

    def _remember(self, record: LoadedFile) -> None:
        self.records[record.record_id] = record
        same_file = self._by_file.setdefault(record.file, [])
        same_file[:] = [other for other in same_file if other.record_id != record.record_id] + [record]

    def remove_strays(self) -> None:
        """Removes what a killed run left: files being written, copies of delivered files, and Parquet files that no
        record names.
        """
        named = {
            f"{self.lake}/{path}" for record in self.loaded() for path in (record.raw_path, record.quarantine_path)
        }
        for folder in ("raw", "quarantine"):
            # Walked: each extract step looks, and a glob takes ten times as long. What lies elsewhere is not ours.
            for parent, _, files in os.walk(self.lake / folder):
                if len(Path(parent).relative_to(self.lake).parts) == _DEPTH:
                    for name in files:
                        if f"{parent}/{name}" not in named:
                            Path(parent, name).unlink()
        for path in self.folder.glob("*.tmp"):
            path.unlink()
        for path in self.lake.glob(f"{WORK_PREFIX}*"):
            shutil.rmtree(path)


def last_loaded_at(lake: Path) -> datetime | None:
    """The latest instant at which rows were loaded (UTC); None if the lake is empty."""
    return max((datetime.fromisoformat(record.loaded_at) for record in Ledger(lake).loaded()), default=None)


def _files_in(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


@lru_cache(maxsize=1_000_000)
def _record_in(path: str, _inode: int, _modified_ns: int, _size: int) -> LoadedFile:
    """The record in the file, which is read once: a record that changes becomes another file (`_write_json`), and each
    of a run's extract steps wants the whole ledger.
    """
    return _record(json.loads(Path(path).read_text(encoding="utf-8")))


def _record(content: dict[str, Any]) -> LoadedFile:
    names = {entry.name for entry in fields(LoadedFile)}
    return LoadedFile(**{name: value for name, value in content.items() if name in names})


def _write_json(path: Path, content: object) -> None:
    """Writes the file aside and renames it into place."""
    aside = path.with_suffix(".tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def ask_for_rebuild(lake: Path) -> None:
    """Leaves word that rows were added behind loads that staging has taken, so that it must be built anew."""
    make_private_folder(lake)
    os.close(os.open(lake / REBUILD, os.O_WRONLY | os.O_CREAT, 0o600))


def needs_rebuild(lake: Path) -> bool:
    """Whether staging must be built from all of the lake, because adding the new loads would miss rows."""
    return (lake / REBUILD).exists()


def staging_was_rebuilt(lake: Path) -> None:
    """Takes back the word that `ask_for_rebuild` left; call it when all of staging was built from all of the lake."""
    (lake / REBUILD).unlink(missing_ok=True)


def make_private_folder(folder: Path) -> None:
    """Makes the folder and its missing parents, readable by the user only."""
    if not folder.exists():
        make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def only_writer(lake: Path) -> Iterator[None]:
    """Holds the lake for one writing process.

    Raises:
        RuntimeError: another process is loading into the same lake.
    """
    make_private_folder(lake)
    with os.fdopen(os.open(lake / ".lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"another process is loading into {lake}; wait until it has ended") from None
        yield


def raw_table(source_system: str, entity: str) -> str:
    """The table in `raw` for what a source delivers of an entity: the vendor's, or the canonical one."""
    return f"{vendor_of(source_system) or GENERIC}__{entity}"


def raw_columns(contract: Contract) -> dict[str, str]:
    """Names and DuckDB types of the columns of the contract's table in `raw`, in order."""
    return {column.name: column.sql_type for column in contract.columns} | METADATA_COLUMNS


def register_raw_views(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    """Makes the lake visible in a warehouse.

    Creates `raw.<vendor>__<entity>` for every contract (a typed view over the loaded Parquet files; empty if there are
    none; columns that a file was written without are null), the tables `quality.loaded_files` (one row per file met)
    and `quality.quarantined_values` (counts by source, entity, file, column and reason), and the view
    `restricted.quarantined_rows` (the values themselves). The views name the files of this moment: register again
    after each load.
    """
    ledger = Ledger(lake)
    for schema in ("raw", "quality", "restricted"):
        connection.execute(f"create schema if not exists {schema}")
    paths: dict[str, list[str]] = {}
    for record in ledger.loaded():
        paths.setdefault(record.table, []).append(str((lake / record.raw_path).absolute()))
    for contract in (contract for vendor in (GENERIC, *VENDORS) for contract in vendor_contracts(vendor).values()):
        view = f"create or replace view raw.{contract.table} as\n"
        rows = union_of_files(paths.get(contract.table, []), raw_columns(contract))
        connection.execute(f"{view}select * replace ({_row_hash(contract)} as {ROW_HASH}) from ({rows})")
    quarantined = [
        str((lake / record.quarantine_path).absolute()) for record in ledger.loaded() if record.quarantine_path
    ]
    connection.execute(
        "create or replace view restricted.quarantined_rows as\n" + union_of_files(quarantined, QUARANTINE_COLUMNS)
    )
    connection.execute("""
        create or replace table quality.quarantined_values as
        select source_system, entity, file, "column", reason, count(*) as row_count
        from restricted.quarantined_rows
        group by all
        order by all
    """)
    _create_loaded_files(connection, ledger)


def _row_hash(contract: Contract) -> str:
    """The MD5 over the contract's columns and `_extra`.

    No model reads it, and in the files it would be dearer than anything else in a row.
    """
    texts = ", ".join(f"coalesce({_hashable(column)}, '')" for column in contract.columns)
    return f"md5(concat_ws(chr(31), {texts}, coalesce(_extra, '')))"


def _hashable(column: Column) -> str:
    """A text that is the same for the same value, whatever the session's settings."""
    name = quoted(column.name)
    return f"epoch_us({name})::varchar" if column.type == "timestamp" else f"{name}::varchar"


def union_of_files(paths: list[str], columns: dict[str, str]) -> str:
    """A select over the files, with every column typed and in order, whichever of them the files have.

    The leading empty branch of `union all by name` gives the columns that no file has.
    """
    typed = ", ".join(f"cast(null as {sql_type}) as {quoted(name)}" for name, sql_type in columns.items())
    empty = f"select {typed} where false"
    if not paths:
        return empty
    files = ", ".join(literal(path) for path in paths)
    names = ", ".join(quoted(name) for name in columns)
    return (
        f"select {names} from ({empty} union all by name "
        f"select * from read_parquet([{files}], union_by_name = true, hive_partitioning = false))"
    )


def _create_loaded_files(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
    connection.execute("""
        create or replace table quality.loaded_files (
            vendor varchar, source_system varchar, entity varchar, file varchar, load_id varchar, load_sequence bigint,
            status varchar,
            rows_read bigint, rows_loaded bigint, rows_quarantined bigint, rows_tombstoned bigint,
            unknown_columns varchar[], seconds double, message varchar, loaded_at timestamp with time zone
        )
    """)
    rows = [
        [
            record.table.partition("__")[0],
            record.source_system,
            record.entity,
            record.file,
            record.load_id,
            None if record.status == "unreadable" else record.load_sequence,
            record.status,
            record.rows_read,
            record.rows_loaded,
            record.rows_quarantined,
            record.rows_tombstoned,
            record.unknown_columns,
            record.seconds,
            record.message,
            record.loaded_at,
        ]
        for record in sorted(ledger.records.values(), key=lambda record: (record.load_sequence or 0, record.file))
    ]
    if rows:
        connection.executemany(f"insert into quality.loaded_files values ({', '.join('?' * 15)})", rows)
