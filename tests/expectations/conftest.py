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
    """A warehouse in which nothing is wrong, made of tables in a fixed order of rows.

    Views are made tables, so that faults can be planted in them. A build writes rows in the order in which its threads
    end: sorted, the first row of a table, which many faults take, is the same one in every session.
    """
    home = tmp_path_factory.mktemp("clean_company")
    connection = harness.build(home, clean_company.landing(), as_of=clean_company.AS_OF)
    relations = connection.execute(
        "select table_schema, table_name, table_type from information_schema.tables order by table_type desc"
    ).fetchall()
    connection.execute("set preserve_insertion_order = true")
    for schema, name, _ in relations:
        connection.execute(f"create table {schema}.{name}_sorted as select * from {schema}.{name} order by all")
    for schema, name, kind in relations:
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {schema}.{name}")
        connection.execute(f"alter table {schema}.{name}_sorted rename to {name}")
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
