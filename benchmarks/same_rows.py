"""Whether two published files say the same: the yardstick for a run that was disturbed, beside one that was not."""

import math
from pathlib import Path

import duckdb

# They say when a row was loaded, not what is in it.
LOAD_COLUMNS = {"_loaded_at", "first_loaded_at", "loaded_at"}


def differences(file: Path, other: Path) -> list[str]:
    """Tables of core and marts whose rows differ, load columns apart.

    Doubles are compared at 10 places, because the order in which an engine adds up is its own business; everything
    else, money included, is compared exactly.
    """
    found = []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{file}' as one (read_only); attach '{other}' as two (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'one' and schema_name in ('core', 'marts') order by all"
        ).fetchall()
        for schema, table in tables:
            described = connection.execute(f"select column_name, column_type from (describe one.{schema}.{table})")
            columns = [(name, kind) for name, kind in described.fetchall() if name not in LOAD_COLUMNS]
            # Exact columns first, so that rows are paired by them.
            columns.sort(key=lambda column: column[1] == "DOUBLE")
            names = ", ".join(f'"{name}"' for name, _ in columns)
            rows, others = (
                connection.execute(f"select {names} from {side}.{schema}.{table} order by all").fetchall()
                for side in ("one", "two")
            )
            if len(rows) != len(others):
                found.append(f"{schema}.{table}: {len(rows)} rows against {len(others)}")
                continue
            differing = {
                name
                for row, pair in zip(rows, others, strict=True)
                for (name, _), value, expected in zip(columns, row, pair, strict=True)
                if value != expected and not _is_close(value, expected)
            }
            if differing:
                found.append(f"{schema}.{table}: {', '.join(sorted(differing))}")
    return found


def _is_close(value: object, expected: object) -> bool:
    return (
        isinstance(value, float)
        and isinstance(expected, float)
        and math.isclose(value, expected, rel_tol=1e-10, abs_tol=1e-10)
    )
