"""The canonical extracts of one system as DuckDB views, every column of the contracts as text.

Results are handed on in batches and sorts spill to disk, so that memory does not grow with the company.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from ingest.contracts import load_contracts

_BATCH = 10_000
_MEMORY = "1GB"


class Extracts:
    """The extracts of one system; a context manager that closes its connection.

    Each entity of the contracts is a view of its name; one that the system does not deliver has no rows.

    Args:
        landing: folder of all systems' extracts.
        system: whose are read.
    """

    def __init__(self, landing: Path, system: str) -> None:
        self.landing = landing
        self.system = system
        self._spill = landing.parent / "spill"
        self.connection = duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(self._spill)})
        self.connection.execute("set TimeZone = 'UTC'")
        for entity, contract in load_contracts().items():
            names = [column.name for column in contract.columns]
            files = sorted((landing / system / entity).glob("*"))
            self.connection.execute(f"create view {entity} as {_view(self.connection, files, names)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()
        if self._spill.is_dir():
            self._spill.rmdir()

    def prepare(self, *statements: str) -> None:
        """Make tables, views and macros that later queries use."""
        for statement in statements:
            self.connection.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a small query."""
        return self.connection.execute(query).fetchall()

    def records(self, query: str) -> Iterator[str]:
        """The texts in the only column of a query, batch by batch."""
        # A cursor of its own: what is asked meanwhile does not end the result.
        for batch in self.connection.cursor().sql(query).to_arrow_reader(_BATCH):
            yield from batch.column(0).to_pylist()


def replace_in(path: Path, pattern: re.Pattern[bytes], by: Callable[[re.Match[bytes]], bytes]) -> None:
    """Replace what another system names in a file of text, line by line: its ids are then the vendor's."""
    renamed = path.with_name(f".{path.name}")
    with path.open("rb") as lines, renamed.open("wb") as output:
        for line in lines:
            output.write(pattern.sub(by, line))
    renamed.replace(path)


def _view(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], names: Sequence[str]) -> str:
    if not files:
        return f"select {', '.join(f'null::varchar as {name}' for name in names)} where false"
    paths = "[" + ", ".join(f"'{path}'" for path in files) + "]"
    if ".jsonl" in files[0].name:
        columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
        return f"select * from read_json({paths}, format = 'newline_delimited', columns = {{{columns}}})"
    found = f"read_csv({paths}, header = true, all_varchar = true, union_by_name = true)"
    given = {name for name, *_ in connection.execute(f"describe select * from {found}").fetchall()}
    return f"select {', '.join(name if name in given else f'null::varchar as {name}' for name in names)} from {found}"
