"""What did not load, read from the lake: rows that broke their contract, and files and folders that could not be read.

The lake is enough: these questions have answers too after a run that failed before the warehouse was built. Trying
again is `ingest.replay`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from ingest.contracts import vendor_contracts
from ingest.lake import QUARANTINE_COLUMNS, Ledger, LoadedFile, union_of_files
from ingest.landing_files import NOT_IN_USE


@dataclass(frozen=True)
class Choice:
    """Which of it somebody asks for; what is empty chooses all. `reason` is a part of a reason, in any case."""

    source: str = ""
    entity: str = ""
    file: str = ""
    reason: str = ""

    def takes(self, record: LoadedFile) -> bool:
        """Whether the file is chosen, whatever the reason."""
        asked = ((self.source, record.source_system), (self.entity, record.entity), (self.file, record.file))
        return all(wanted in ("", there) for wanted, there in asked)

    def takes_reason(self, reason: str) -> bool:
        """Whether the reason is chosen."""
        return self.reason.casefold() in reason.casefold()


class Counted(NamedTuple):
    """Rows of a file with the same fault; `column` is None if the row itself is broken."""

    file: str
    column: str | None
    reason: str
    rows: int


class SetAside(NamedTuple):
    """A value that breaks the contract, or a row that has no columns (`column` is None) and its text."""

    file: str
    row_number: int
    column: str | None
    value: str | None
    reason: str


class NotLoaded(NamedTuple):
    """A file, or a folder with all its files, of which nothing is loaded."""

    file: str
    files: int
    reason: str

    def __str__(self) -> str:
        counted = f" ({self.files:,} files)" if self.files > 1 else ""
        return f"{self.file}{counted}: {self.reason}"


class Quarantine:
    """What lies in a lake's quarantine at this moment."""

    def __init__(self, lake: Path) -> None:
        self._lake = lake
        self.ledger = Ledger(lake)

    def counted(self, choice: Choice) -> list[Counted]:
        """Rows by file, column and reason, by path and the most frequent first."""
        rows = self._query(
            choice, 'select file, "column", reason, count(*) from found group by all order by 1, 4 desc, 2, 3'
        )
        return [Counted(*row) for row in rows]

    def rows_and_files(self, choice: Choice) -> tuple[int, int]:
        """How many rows of how many files are set aside."""
        [(rows, files)] = self._query(
            choice, "select count(distinct (file, load_id, row_number)), count(distinct file) from found"
        )
        return rows, files

    def set_aside(self, choice: Choice, limit: int) -> tuple[list[SetAside], int]:
        """The first values, by path and row, and how many there are in all."""
        columns = 'file, row_number, "column", value, reason'
        rows = self._query(choice, f"select {columns} from found order by 1, load_id, 2, 3, 5 limit {limit}")
        [(values,)] = self._query(choice, "select count(*) from found")
        return [SetAside(*row) for row in rows], values

    def not_loaded(self, choice: Choice) -> list[NotLoaded]:
        """Files and folders that could not be read, by path; a folder of no entity is one entry."""
        return list(
            _by_folder(
                record
                for record in self.ledger.unreadable()
                if choice.takes(record) and choice.takes_reason(record.message)
            )
        )

    def _query(self, choice: Choice, query: str) -> list[tuple]:
        files = [
            str((self._lake / record.quarantine_path).absolute())
            for record in self.ledger.loaded()
            if record.quarantine_path and choice.takes(record)
        ]
        found = union_of_files(files, QUARANTINE_COLUMNS)
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(
                f"with found as (select * from ({found}) where contains(lower(reason), lower(?))) {query}",
                [choice.reason],
            ).fetchall()


def _by_folder(records: Iterator[LoadedFile]) -> Iterator[NotLoaded]:
    """One entry per file, but where the fault is the folder's, one for the folder."""
    folders: dict[tuple[str, str], int] = {}
    files: list[NotLoaded] = []
    for record in records:
        if _is_of_folder(record):
            place = (f"{record.source_system}/{record.entity}/", record.message)
            folders[place] = folders.get(place, 0) + 1
        else:
            files.append(NotLoaded(record.file, 1, record.message))
    entries = [*files, *(NotLoaded(folder, count, reason) for (folder, reason), count in folders.items())]
    yield from sorted(entries)


def _is_of_folder(record: LoadedFile) -> bool:
    if record.file.count("/") != 2:
        return False
    vendor = record.table.partition("__")[0]
    return record.entity not in vendor_contracts(vendor) or record.message.endswith(NOT_IN_USE)


def names_of(records: Sequence[LoadedFile], attribute: str) -> list[str]:
    """The sources, entities or files (by the attribute's name) that a run has met, in alphabetical order."""
    return sorted({getattr(record, attribute) for record in records} - {""})
