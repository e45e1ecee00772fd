"""DuckDB for SQLAlchemy, in the way Great Expectations uses a connection.

Great Expectations closes its connection before it fetches. SQLAlchemy then rolls back, and because a DuckDB connection
is its own cursor the result that is still to be fetched is lost; duckdb-engine's dialect fails in this way. Here begin,
rollback and commit do nothing: expectations only read.
The dialect never opens a file. It works on a connection that the caller lends for the duration of a `with`, so that
the caller alone decides when the warehouse is let go of.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from sqlalchemy import pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect

_lent_connections: dict[str, duckdb.DuckDBPyConnection] = {}
_tickets = itertools.count(1)


class DuckDBAPI:
    """What SQLAlchemy wants to know of a database driver (PEP 249)."""

    apilevel = "2.0"
    threadsafety = 1
    paramstyle = "numeric_dollar"
    Error = duckdb.Error


class LentConnection:
    """A connection that SQLAlchemy may use but not close; it is its own cursor."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def cursor(self) -> LentConnection:
        """Itself: DuckDB's own cursors are connections, which would not see an open transaction."""
        return self

    def execute(self, statement: str, parameters: Any = None) -> None:
        """Runs one statement; `$1, $2, ...` stand for the parameters."""
        self._connection.execute(statement, parameters or None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        """Nothing: the owner closes it."""


class LentConnectionDialect(PGDialect):
    """DuckDB's SQL is PostgreSQL's; connections are those lent by `lend`, without transactions."""

    name = "duckdb"
    driver = "lent"
    supports_statement_cache = False
    supports_native_enum = False
    default_schema_name = "main"

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver's description."""
        return DuckDBAPI

    @classmethod
    def get_pool_class(cls, url: Any) -> Any:
        """No pool: there is nothing to keep."""
        return pool.NullPool

    def create_connect_args(self, url: Any) -> Any:
        """The ticket under which the connection was lent."""
        return [url.database], {}

    def connect(self, *arguments: Any, **_: Any) -> Any:
        """Hands out the lent connection; KeyError once its `with` has ended."""
        return LentConnection(_lent_connections[arguments[0]])

    def initialize(self, connection: Any) -> None:
        """Nothing: there is no server whose version or settings matter."""

    def on_connect(self) -> Any:
        """Nothing to set on a new connection."""
        return None

    def do_begin(self, dbapi_connection: Any) -> None:
        """Nothing: expectations only read."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Nothing: it would discard a result that is still to be fetched."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing: expectations only read."""


registry.register("duckdb.lent", __name__, "LentConnectionDialect")


@contextmanager
def lend(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Lends a connection to SQLAlchemy; yields the URL under which it is found."""
    ticket = f"connection-{next(_tickets)}"
    _lent_connections[ticket] = connection
    try:
        yield f"duckdb+lent:///{ticket}"
    finally:
        del _lent_connections[ticket]
