"""dbt's own unit tests, which stand beside the models: every branch that they pin holds.

They take the types of their inputs from the tables, so an empty company is built first.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.warehouse import harness

AS_OF = date(2026, 6, 30)


def test_unit_tests_of_the_models_pass(tmp_path: Path) -> None:
    harness.build(tmp_path, as_of=AS_OF).close()
    harness.dbt(
        tmp_path,
        tmp_path / "warehouse" / "warehouse.duckdb",
        ["test", "--select", "test_type:unit"],
        {"reporting_timezone": "UTC", "as_of": AS_OF.isoformat()},
    )
