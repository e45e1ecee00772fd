"""A landing folder, a lake and a warehouse for one test, loaded through the real loader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings

from ingest.lake import LoadedFile, register_raw_views
from ingest.loader import load_landing

# The same examples on every machine: a build must not fail by chance. `--hypothesis-seed` looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

START = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


@dataclass
class Company:
    """What a test delivers to, loads and looks at."""

    home: Path
    reporting_timezone: str = "UTC"
    runs: int = 0
    formats: dict[str, Any] = field(default_factory=dict)

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    def deliver(self, path: str, content: str | bytes) -> Path:
        """Writes a file of the landing folder; `path` is source/entity/name."""
        target = self.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def load(self) -> list[LoadedFile]:
        """Runs the loader; each run is a day after the one before."""
        loaded_at = START + timedelta(days=self.runs)
        self.runs += 1
        return load_landing(
            self.landing,
            self.lake,
            reporting_timezone=self.reporting_timezone,
            loaded_at=loaded_at,
            formats=self.formats,
        )

    def load_one(self) -> LoadedFile:
        """Runs the loader on a landing folder that holds one file."""
        [record] = self.load()
        return record

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query on a fresh warehouse over the lake; instants come back in UTC."""
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            register_raw_views(connection, self.lake)
            return connection.execute(sql).fetchall()


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)
