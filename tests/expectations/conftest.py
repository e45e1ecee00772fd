"""The clean company, built once per session through the real loader and the real dbt project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.expectations import clean_company
from tests.warehouse import harness


@pytest.fixture(scope="session")
def clean_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which nothing is wrong; raw views are made tables, so that faults can be planted in them."""
    home = tmp_path_factory.mktemp("clean_company")
    connection = harness.build(home, clean_company.landing(), as_of=clean_company.AS_OF)
    views = connection.execute("select table_name from information_schema.tables where table_schema = 'raw'").fetchall()
    for (name,) in views:
        connection.execute(f"create table raw.{name}_rows as select * from raw.{name}")
        connection.execute(f"drop view raw.{name}")
        connection.execute(f"alter table raw.{name}_rows rename to {name}")
    connection.execute("checkpoint")  # tests copy the file: nothing may be left in the log beside it
    connection.close()
    return home / "warehouse" / "warehouse.duckdb"


@pytest.fixture
def connection(clean_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The clean warehouse inside a transaction that is rolled back: a fault lasts for one test."""
    with duckdb.connect(str(clean_warehouse)) as connection:
        connection.execute("begin transaction")
        yield connection
        connection.execute("rollback")
