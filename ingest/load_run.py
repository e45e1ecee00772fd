"""What the loads of one run share: where things are, the connection, and how rows get into the lake.

Which rows those are is not decided here: a delivered file's are `ingest.loader`'s business, those of a complete list
`ingest.complete_lists`', those that are tried again `ingest.replay`'s.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from ingest.delivered import count
from ingest.full_disk import writing
from ingest.lake import Ledger, LoadedFile, make_private_folder
from ingest.typing_rules import literal


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

    def raw_path(self, record: LoadedFile) -> str:
        """Where the rows of the load belong, relative to the lake: under the day on which it was loaded first."""
        loaded_at = datetime.fromisoformat(record.loaded_at)
        load_date = loaded_at.astimezone(ZoneInfo(self.reporting_timezone)).date().isoformat()
        if record.revision and record.raw_path:
            load_date = Path(record.raw_path).parent.name.removeprefix("load_date=")
        name = f"{record.load_id}.{record.revision}" if record.revision else record.load_id
        return f"raw/{record.source_system}/{record.entity}/load_date={load_date}/{name}.parquet"

    def copy_rows(self, query: str, relative_path: str) -> int:
        """Writes the rows of the query aside, renames the file into place and returns the number of rows.

        Raises:
            LakeError: the lake cannot be written.
        """
        path = self.lake / relative_path
        aside = path.with_suffix(".tmp")
        with writing(self.lake):
            make_private_folder(path.parent)
            rows = count(self.connection, f"copy ({query}) to {literal(str(aside))} (format parquet, compression zstd)")
            aside.chmod(0o600)
            os.replace(aside, path)
        return rows


def file_state(path: Path) -> tuple[int, int]:
    """Size and time of change; a file of which both are the same is taken to be the same."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns
