"""Dagster's event log in one SQLite file, with a connection that stays open.

The log that Dagster brings opens a connection and compiles its SQL anew for every event, and closing the last
connection makes SQLite write its journal back: a run with a thousand checks spends half a minute there. Named in
`dagster.yaml`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sqlite import create_db_conn_string
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

_BUSY_TIMEOUT_SECONDS = 60


class PooledSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """The consolidated SQLite event log on a pool of connections that outlive a statement."""

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(
            create_db_conn_string(self._base_dir, "event_log"),
            poolclass=QueuePool,
            connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _relax_synchronous)
        return engine

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        self._engine.dispose()
        super().dispose()


def _relax_synchronous(connection: Any, _record: Any) -> None:
    """With a write-ahead log this can lose the last events at a power cut, but never the file."""
    connection.execute("pragma synchronous = normal")
