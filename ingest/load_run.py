"""What the loads of one run share: where things are, the connection, and how rows get into the lake.

Which rows those are is not decided here: a delivered file's are `ingest.loader`'s business, those of a complete list
`ingest.complete_lists`', those that are tried again `ingest.replay`'s.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from ingest.contracts import Contract
from ingest.delivered import count
from ingest.full_disk import writing
from ingest.lake import Ledger, LoadedFile, make_private_folder
from ingest.typing_rules import literal
from ingest.written_formats import Format, formats_of

#: Bytes of rows that are gathered before they are written: DuckDB holds several such groups, which it cannot spill.
ROW_GROUP_BYTES = 64 * 1024**2
#: Rows of such a group, if they are not long, and at least; and bytes of a row beside its texts.
GROUP_ROWS, _FEWEST_ROWS, _ROW_OVERHEAD = 122_880, 2_048, 200


@dataclass(frozen=True)
class LoadRun:
    """What is the same for all files of one run; `work` is a folder that goes with it."""

    landing: Path
    lake: Path
    work: Path
    reporting_timezone: str
    loaded_at: datetime
    ledger: Ledger
    connection: duckdb.DuckDBPyConnection
    formats: Mapping[str, Any] = field(default_factory=dict)

    def formats_of(self, source_system: str, contract: Contract) -> dict[str, Format]:
        """How the source writes columns of the entity that it does not write plainly."""
        return formats_of(self.formats, source_system, contract)

    def raw_path(self, record: LoadedFile) -> str:
        """Where the rows of the load belong, relative to the lake: under the day on which it was loaded first."""
        loaded_at = datetime.fromisoformat(record.loaded_at)
        load_date = loaded_at.astimezone(ZoneInfo(self.reporting_timezone)).date().isoformat()
        if record.revision and record.raw_path:
            load_date = Path(record.raw_path).parent.name.removeprefix("load_date=")
        name = f"{record.load_id}.{record.revision}" if record.revision else record.load_id
        return f"raw/{record.source_system}/{record.entity}/load_date={load_date}/{name}.parquet"

    def copy_rows(self, query: str, relative_path: str, group: int = GROUP_ROWS) -> int:
        """Writes the rows of the query aside, renames the file into place and returns the number of rows.

        `group` is how many rows are gathered before they are written.

        Raises:
            LakeError: the lake cannot be written.
        """
        path = self.lake / relative_path
        aside = path.with_suffix(".tmp")
        with writing(self.lake):
            make_private_folder(path.parent)
            options = f"format parquet, compression zstd, row_group_size {group}"
            rows = count(self.connection, f"copy ({query}) to {literal(str(aside))} ({options})")
            aside.chmod(0o600)
            os.replace(aside, path)
        return rows


def rows_per_group(size: int, rows: int) -> int:
    """How many rows to gather before they are written, if so many have texts of `size` bytes."""
    width = _ROW_OVERHEAD + size // max(1, rows)
    return min(GROUP_ROWS, max(_FEWEST_ROWS, ROW_GROUP_BYTES // width))


def file_state(path: Path) -> tuple[int, int]:
    """Size and time of change; a file of which both are the same is taken to be the same."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns
