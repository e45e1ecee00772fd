"""The demo company in the shapes of vendors: what the marts say of it, they say in either shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import duckdb
import pytest

from ingest.demo import write_demo
from ingest.demo.shapes import SHAPES
from orchestration.settings import Settings
from tests.warehouse.harness import PROJECT, build, rows

MARTS = [model.stem for model in (PROJECT / "models" / "marts").glob("*.sql")]
# Customers have other ids, because these follow from the records of all systems: whoever bought is named by an order.
# Surveys have the ids of the survey tool, tickets and their agents those of Zendesk: AG-007 is 1007.
_CUSTOMER = """
    (select min(orders.order_id) from core.fct_orders as orders where orders.customer_id = mart.customer_id)
"""
_SURVEY = "regexp_replace(survey, '^(SV-|SV_0+)', '')"
NAMES = {
    "mart_driver_analysis.driver_analysis_key": "driver_analysis_key is not null",
    "mart_driver_analysis.survey": _SURVEY,
    "mart_survey_operations.survey_operations_key": "survey_operations_key is not null",
    "mart_survey_operations.survey": _SURVEY,
    "mart_customer_value.customer_id": _CUSTOMER,
    "mart_work_queue.work_item_key": "work_item_key is not null",
    "mart_work_queue.source_system": "replace(source_system, 'zendesk', 'helpdesk')",
    "mart_work_queue.ticket_key": "ticket_key is not null",
    "mart_work_queue.customer_id": _CUSTOMER,
    "mart_work_queue.assignee_id": "regexp_replace(assignee_id, '^(AG-0*|10*)', '')",
    "metric_values.dimension_value": """
        case when dimension = 'survey' then regexp_replace(dimension_value, '^(SV-|SV_0+)', '') else dimension_value end
    """,
}


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> list[duckdb.DuckDBPyConnection]:
    """The same company twice, in the canonical shape and in those of all vendors, as a run finds it."""

    def company(name: str, shapes: Collection[str]) -> duckdb.DuckDBPyConnection:
        home = tmp_path_factory.mktemp(name)
        demo = write_demo(home / "landing", customers=300, faults=False, shapes=shapes)
        return build(home, as_of=demo.as_of, vars=Settings(home=home).vars, needs=MARTS)

    return [company("canonical", ()), company("vendors", SHAPES)]


def test_every_mart_has_the_same_rows(warehouses: list[duckdb.DuckDBPyConnection]) -> None:
    canonical, vendors = (_marts(warehouse) for warehouse in warehouses)
    assert canonical.keys() == vendors.keys()
    for table, expected in canonical.items():
        assert expected.total() > 0, table
        found = vendors[table]
        assert found == expected, f"{table}: not {[*(expected - found)][:1]} but {[*(found - expected)][:1]}"


def _marts(warehouse: duckdb.DuckDBPyConnection) -> dict[str, Counter[tuple]]:
    """The rows of each mart, numbers at ten places."""
    columns = rows(
        warehouse,
        """
        select table_name, list(column_name order by ordinal_position), list(data_type order by ordinal_position)
        from information_schema.columns where table_schema = 'marts' group by table_name
        """,
    )
    found = {}
    for table, names, types in columns:
        values = [
            NAMES.get(f"{table}.{name}", f"round({name}, 10)" if data_type == "DOUBLE" else name)
            for name, data_type in zip(names, types, strict=True)
        ]
        found[table] = Counter(rows(warehouse, f"select {', '.join(values)} from marts.{table} as mart"))
    return found
