"""What a vendor's matrix says of its canonical columns, held against the staging models as they were built."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from ingest.contracts import COMMON_COLUMNS, load_contracts

SOURCES = Path(__file__).resolve().parents[2] / "ingest" / "sources"


def differences(connection: duckdb.DuckDBPyConnection, vendor: str) -> list[str]:
    """A sentence for each column on which matrix, contract and staging model do not agree; empty if all do."""
    matrix = yaml.safe_load((SOURCES / vendor / "matrix.yml").read_text(encoding="utf-8"))
    found = []
    for entity, entry in matrix.items():
        listed = {column: how for column, how in entry["columns"].items() if how != "not offered"}
        canonical = [column.name for column in load_contracts()[entity].columns]
        found += [f"{entity}.{name} is not in the matrix" for name in canonical if name not in entry["columns"]]
        found += [f"{entity}.{name} is no canonical column" for name in entry["columns"] if name not in canonical]
        found += [
            f"{entity}.{name} is neither filled nor derived nor empty"
            for name, how in listed.items()
            if not isinstance(how, dict) or set(how) - {"filled", "derived", "empty"}
        ]
        built = {
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_schema = 'staging' and table_name = ?",
                [f"stg_{vendor}__{entity}"],
            ).fetchall()
            if name in canonical
        }
        always = {column.name for column in COMMON_COLUMNS}
        found += [f"{entity}.{name}: matrix and model differ" for name in (built ^ set(listed)) - always]
        found += [
            f"{entity}.{name} has values"
            for name, how in listed.items()
            if isinstance(how, dict) and "empty" in how and name in built
            if connection.execute(f'select count("{name}") from staging.stg_{vendor}__{entity}').fetchone() != (0,)
        ]
    return found
