"""A typed value of a Parquet file is what its text would have become, at every edge of its type."""

from __future__ import annotations

import duckdb
import pytest

from ingest import typing_rules
from ingest.contracts import SQL_TYPES, Column
from ingest.native_values import native_value

INSTANTS = (
    "0001-01-01 00:00:00+00",
    "9999-12-31 23:59:59.999999+00",
    "10000-01-01 00:00:00+00",
    "0044-03-15 (BC) 12:00:00+00",
)
EDGES = {
    ("timestamp", "TIMESTAMP WITH TIME ZONE"): (*INSTANTS, "2024-02-29 12:30:00.000001+00", "infinity", "-infinity"),
    ("date", "DATE"): ("0001-01-01", "9999-12-31", "10000-01-01", "0044-03-15 (BC)", "infinity", "2024-02-29"),
    ("integer", "BIGINT"): ("-9223372036854775808", "9223372036854775807", "0", "-1"),
    ("integer", "TINYINT"): ("-128", "127"),
    ("integer", "UINTEGER"): ("0", "4294967295"),
    ("boolean", "BOOLEAN"): ("true", "false"),
    ("number", "DOUBLE"): ("0", "-0.0", "1e308", "5e-324", "0.1", "nan", "inf", "-inf", "123456789012345678"),
    ("money", "DECIMAL(18,4)"): ("99999999999999.9999", "-0.0001", "0"),
    ("money", "DECIMAL(18,2)"): ("9999999999999999.99", "-9999999999999999.99", "99999999999999.99"),
    ("money", "DECIMAL(38,0)"): ("99999999999999", "100000000000000"),
    ("money", "DECIMAL(9,2)"): ("9999999.99", "-0.01"),
    ("money", "DECIMAL(4,4)"): ("0.9999", "-0.9999"),
}


@pytest.mark.parametrize("types", EDGES, ids=str)
def test_a_native_value_is_what_its_text_would_become(types: tuple[str, str]) -> None:
    kind, data_type = types
    column = Column("x", kind)
    native = native_value(column, "x", data_type)
    assert native is not None
    by_text = typing_rules.typed_value(column, "x::varchar", "Europe/Berlin")
    sql_type = SQL_TYPES[kind]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create table edges (x {data_type})")
        connection.executemany("insert into edges values (?)", [[edge] for edge in (*EDGES[types], None)])
        found = connection.execute(
            f"select x::varchar, ({native})::{sql_type}::varchar, ({by_text})::{sql_type}::varchar from edges"
        ).fetchall()
    assert len(found) == len(EDGES[types]) + 1
    assert [(text, value) for text, value, _ in found] == [(text, value) for text, _, value in found]


@pytest.mark.parametrize(
    ("kind", "data_type"),
    [
        ("money", "DECIMAL(38,6)"),  # more places than are kept
        ("money", "DOUBLE"),
        ("integer", "DOUBLE"),
        ("integer", "UBIGINT"),
        ("timestamp", "DATE"),  # midnight of the reporting time zone
        ("timestamp", "TIMESTAMP"),
        ("string", "BIGINT"),
        ("boolean", "BIGINT"),
    ],
)
def test_what_only_the_text_can_tell_goes_by_the_text(kind: str, data_type: str) -> None:
    assert native_value(Column("x", kind), "x", data_type) is None


def test_a_column_that_also_takes_numbers_for_instants_goes_by_the_text() -> None:
    assert native_value(Column("x", "timestamp", epoch="seconds"), "x", "TIMESTAMP WITH TIME ZONE") is None
