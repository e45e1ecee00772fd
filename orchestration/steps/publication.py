"""Write, audit, publish: copy what others may read into a new file, check it, put it in the place of the old one.

Belongs here: the published file, its release records, rollback. Does not belong here: whether a run may be published
(orchestration/steps/quality.py) and the report. This module knows nothing of the orchestrator.

Reads   the warehouse, schemas core, marts and quality
Writes  `cx360.duckdb`, and under `releases/` one file and one record (`<release_id>.json`) per release

The new file is built under a name that nobody reads and takes the place of the old one in one rename, so a reader has
either the old file or the new one, and a process that is killed leaves the old one. A release is the same file under a
second name (a hard link), so that keeping it costs no copying. Records stay when a release's file goes.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path

import duckdb

from ingest.full_disk import why_full

FILE_NAME = "cx360.duckdb"
SCHEMAS = ("core", "marts", "quality")

# The storage format that DuckDB 1.0 reads; the default of 2.0 can be opened by 2.0 only.
STORAGE_VERSION = "v1.0.0"


class PublicationError(RuntimeError):
    """The file that was built is not what the warehouse holds, or there is no such release; nothing was replaced."""


@dataclass(frozen=True)
class TableComment:
    """What a table and its columns mean, by column name; from the dbt yml."""

    description: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """One publication. `published_at` is an instant in UTC, `row_count` counts all tables, `has_file` is false once
    pruned.
    """

    release_id: str
    published_at: datetime
    as_of: date
    run_id: str
    table_count: int
    row_count: int
    has_file: bool = True
    is_current: bool = False


# Ends the name of the folder for what does not fit into memory while a release is built.
_SPILL = ".spill"


def publish(
    warehouse: Path,
    published: Path,
    *,
    as_of: date,
    run_id: str,
    published_at: datetime,
    keep: int,
    comments: Mapping[tuple[str, str], TableComment] | None = None,
    memory_gb: int | None = None,
) -> Release:
    """Build a new file from the warehouse, check it, and put it in the place of the published one.

    `comments` is by (schema, table); `keep` is how many releases keep their file, this one included; what needs more
    than `memory_gb` goes to disk, beside the new file (None: 80 % of the machine's memory). A release counts
    as published a second after the last one at the earliest, should the clock have been set back. Raises
    PublicationError if the new file cannot be written, does not open or does not hold the rows of the warehouse.
    """
    releases = published / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(published)
    last = list_releases(published)[-1:]
    published_at = max([published_at, *(release.published_at + timedelta(seconds=1) for release in last)])
    release_id = f"{published_at:%Y%m%dT%H%M%SZ}-{run_id[:8]}"
    aside = _building(published, release_id)
    try:
        counts = _copy_tables(warehouse, aside, comments or {}, memory_gb)
        release = Release(release_id, published_at, as_of, run_id, len(counts) + 1, sum(counts.values()))
        _write_release_table(aside, [*list_releases(published), release])
        _check(aside, counts)
        _sync(aside)
    except Exception as error:
        _remove_leftovers(published)  # on a disk that is full, the room is needed
        if reason := why_full(error):
            raise PublicationError(
                f"The file for publication cannot be written ({reason}); make room for it in {published} and run again."
            ) from error
        raise

    os.link(aside, releases / f"{release_id}.duckdb")
    _write_record(releases, release)
    os.replace(aside, published / FILE_NAME)
    _sync(published)
    _prune(published, keep)
    return release


def list_releases(published: Path) -> list[Release]:
    """All releases on record, oldest first; the one that readers see now is `is_current`."""
    current = published / FILE_NAME
    found = []
    for record in sorted((published / "releases").glob("[!.]*.json")):
        if _building(published, record.stem).exists():
            continue  # a publication that was killed before its rename
        fields = json.loads(record.read_text(encoding="utf-8"))
        file = record.with_suffix(".duckdb")
        found.append(
            Release(
                **{
                    **fields,
                    "published_at": datetime.fromisoformat(fields["published_at"]),
                    "as_of": date.fromisoformat(fields["as_of"]),
                    "has_file": file.exists(),
                    "is_current": file.exists() and current.exists() and file.samefile(current),
                }
            )
        )
    return found


def roll_back(published: Path, release_id: str | None = None) -> Release:
    """Put a kept release in the place of the published file; without an id, the one before the current.

    Raises PublicationError if there is no such release or its file has been pruned.
    """
    kept = [release for release in list_releases(published) if release.has_file]
    if release_id is None:
        position = next((index for index, release in enumerate(kept) if release.is_current), len(kept))
        if position == 0 or not kept:
            raise PublicationError("There is no older release to go back to; `cx360 releases list` shows what is kept.")
        chosen = kept[position - 1]
    else:
        matches = [release for release in kept if release.release_id == release_id]
        if not matches:
            raise PublicationError(f"There is no kept release {release_id}; `cx360 releases list` shows what is kept.")
        chosen = matches[0]
    aside = published / f".{chosen.release_id}.returning"
    aside.unlink(missing_ok=True)
    os.link(published / "releases" / f"{chosen.release_id}.duckdb", aside)
    # A rename onto another name of the same file does nothing and leaves both names.
    os.replace(aside, published / FILE_NAME)
    aside.unlink(missing_ok=True)
    _sync(published)
    return replace(chosen, is_current=True)


def _copy_tables(
    warehouse: Path, aside: Path, comments: Mapping[tuple[str, str], TableComment], memory_gb: int | None
) -> dict[tuple[str, str], int]:
    """Copy the tables with their comments; returns the warehouse's row count by (schema, table)."""
    connection = duckdb.connect(":memory:", config={"preserve_insertion_order": False})
    try:
        connection.execute("set TimeZone = 'UTC'")
        if memory_gb:
            connection.execute(f"set memory_limit = '{memory_gb}GB'")
            connection.execute(f"set temp_directory = {_text(str(aside.with_suffix(_SPILL)))}")
        connection.execute(f"attach {_text(str(warehouse))} as warehouse (read_only)")
        connection.execute(f"attach {_text(str(aside))} as release (storage_version {_text(STORAGE_VERSION)})")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = 'warehouse' and list_contains(?, table_schema) order by all",
            [list(SCHEMAS)],
        ).fetchall()
        for schema in SCHEMAS:
            connection.execute(f"create schema release.{schema}")
        counts = {}
        # One transaction: a thousand comments with a commit each take seconds.
        connection.execute("begin")
        for schema, table in tables:
            name = f"{_name(schema)}.{_name(table)}"
            connection.execute(f"create table release.{name} as from warehouse.{name}")
            counts[schema, table] = _count(connection, f"warehouse.{name}")
            _comment(connection, f"release.{name}", comments.get((schema, table)))
        connection.execute("commit")
        connection.execute("checkpoint release")
        connection.execute("detach release")
    finally:
        connection.close()
    return counts


_RELEASE_COLUMNS = {
    "release_id": "Name of the release: its instant and a few characters of the run.",
    "published_at": "When it was published (UTC).",
    "as_of": "Last day that existed for the run.",
    "run_id": "The run that published it.",
    "table_count": "Tables in the release.",
    "row_count": "Rows in all its tables.",
}


def _comment(connection: duckdb.DuckDBPyConnection, table: str, comment: TableComment | None) -> None:
    if comment is None:
        return
    connection.execute(f"comment on table {table} is {_text(comment.description)}")
    present = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    for column, description in comment.columns.items():
        if column in present and description:
            connection.execute(f"comment on column {table}.{_name(column)} is {_text(description)}")


def _write_release_table(aside: Path, releases: Sequence[Release]) -> None:
    """The history of publications, this one included, as the table quality.releases of the new file."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {_text(str(aside))} as release (storage_version {_text(STORAGE_VERSION)})")
        connection.execute(
            "create or replace table release.quality.releases (release_id varchar not null,"
            " published_at timestamptz not null, as_of date not null, run_id varchar not null,"
            " table_count bigint not null, row_count bigint not null)"
        )
        connection.executemany(
            "insert into release.quality.releases values (?, ?, ?, ?, ?, ?)",
            [
                [item.release_id, item.published_at, item.as_of, item.run_id, item.table_count, item.row_count]
                for item in releases
            ],
        )
        connection.execute(
            "comment on table release.quality.releases is 'Publications up to this one; the last row is the file that"
            " holds this table. Grain: one row per release.'"
        )
        for column, description in _RELEASE_COLUMNS.items():
            connection.execute(f"comment on column release.quality.releases.{column} is {_text(description)}")
        connection.execute("checkpoint release")
        connection.execute("detach release")
    finally:
        connection.close()


def _check(aside: Path, counts: Mapping[tuple[str, str], int]) -> None:
    """Open the new file as a reader would and compare it with what it was built from."""
    try:
        connection = duckdb.connect(str(aside), read_only=True)
    except duckdb.Error as error:
        raise PublicationError(f"The file built for publication does not open: {error}") from error
    try:
        for (schema, table), expected in counts.items():
            found = _count(connection, f"{_name(schema)}.{_name(table)}")
            if found != expected:
                raise PublicationError(
                    f"{schema}.{table} has {expected} rows in the warehouse but {found} in the file built."
                )
    finally:
        connection.close()


def _write_record(releases: Path, release: Release) -> None:
    fields = {name: value for name, value in asdict(release).items() if name not in ("has_file", "is_current")}
    aside = releases / f".{release.release_id}.json"
    aside.write_text(json.dumps(fields, default=str, indent=2), encoding="utf-8")
    os.replace(aside, releases / f"{release.release_id}.json")


def _prune(published: Path, keep: int) -> None:
    kept = [release for release in list_releases(published) if release.has_file]
    for release in kept[:-keep]:
        if not release.is_current:
            (published / "releases" / f"{release.release_id}.duckdb").unlink()


def _building(published: Path, release_id: str) -> Path:
    """The name under which a release is built; it is given up in the rename that publishes it."""
    return published / f".{release_id}.building"


def _remove_leftovers(published: Path) -> None:
    """What a killed publication or rollback left: files aside, and the release that was not published any more."""
    releases = published / "releases"
    for record in releases.glob("[!.]*.json"):
        if _building(published, record.stem).exists():
            record.unlink()
    asides = (published.glob(".*.building*"), published.glob(".*.returning"), releases.glob(".*.json"))
    for leftover in chain(*asides):
        leftover.unlink()
    for folder in published.glob(f".*{_SPILL}"):
        shutil.rmtree(folder)
    for file in releases.glob("*.duckdb"):
        if not file.with_suffix(".json").exists():
            file.unlink()


def _sync(path: Path) -> None:
    """Have the disk hold what was written before anybody is sent there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
