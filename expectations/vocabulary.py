"""The three expectations of our own, and which of Great Expectations' may be used beside them.

All three are aggregates over the table, so Great Expectations computes every one of a suite in a single scan, and
none can return anything but a number: no value of a row reaches a result, a log or a page.
Importing this module imports Great Expectations (seconds): only `expectations.engine` and `expectations.data_docs` do.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

# Great Expectations calls the functions below with `cls=`: the name is its own.


def _aggregate(sql: str) -> sa.ColumnClause[Any]:
    return sa.literal_column(f"({sql})")


class TableRowsWhere(TableMetricProvider):
    """How many rows of the table satisfy a condition."""

    metric_name = "table.rows_where"
    value_keys = ("condition",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(cls, metric_domain_kwargs: dict, metric_value_kwargs: dict, **_: Any) -> tuple:  # noqa: N805
        condition = metric_value_kwargs["condition"]
        return _aggregate(f"count(*) filter (where {condition})"), metric_domain_kwargs, {}


class TableExpression(TableMetricProvider):
    """The value of an aggregate expression over the table, as a double."""

    metric_name = "table.expression"
    value_keys = ("expression",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(cls, metric_domain_kwargs: dict, metric_value_kwargs: dict, **_: Any) -> tuple:  # noqa: N805
        return _aggregate(f"cast({metric_value_kwargs['expression']} as double)"), metric_domain_kwargs, {}


class TableRowsOfQuery(TableMetricProvider):
    """How many rows a query over any tables of the warehouse returns."""

    metric_name = "table.rows_of_query"
    value_keys = ("query",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(cls, metric_domain_kwargs: dict, metric_value_kwargs: dict, **_: Any) -> tuple:  # noqa: N805
        query = metric_value_kwargs["query"]
        # `0 * count(*)` makes an aggregate of it, beside which a suite needs no other.
        return _aggregate(f"(select count(*) from ({query}) as broken) + 0 * count(*)"), metric_domain_kwargs, {}


class ExpectNoRowsWhere(BatchExpectation):
    """No row of the table satisfies `condition`, a SQL condition that describes a broken row."""

    condition: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.rows_where", "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = ("condition",)
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(self, metrics: dict, runtime_configuration: Any = None, execution_engine: Any = None) -> dict:
        broken = int(metrics["table.rows_where"])
        rows = int(metrics["table.row_count"])
        return {
            "success": broken == 0,
            "result": {
                "observed_value": broken,
                "element_count": rows,
                "unexpected_count": broken,
                "unexpected_percent": 100.0 * broken / rows if rows else 0.0,
            },
        }


class ExpectQueryToReturnNoRows(BatchExpectation):
    """`query`, which may read any table of the warehouse, returns no row; each row it returns is something broken."""

    query: str

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.rows_of_query",)
    success_keys: ClassVar[tuple[str, ...]] = ("query",)
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(self, metrics: dict, runtime_configuration: Any = None, execution_engine: Any = None) -> dict:
        broken = int(metrics["table.rows_of_query"])
        return {"success": broken == 0, "result": {"observed_value": broken}}


class ExpectExpressionToBeBetween(BatchExpectation):
    """An aggregate `expression` (a share, an age in days, a ratio of sums) is between two bounds, both included.

    Null means that there is nothing to judge, as in an empty table, and holds; nan and infinity do not.
    """

    expression: str
    min_value: float | None = None
    max_value: float | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.expression",)
    success_keys: ClassVar[tuple[str, ...]] = ("expression", "min_value", "max_value")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(self, metrics: dict, runtime_configuration: Any = None, execution_engine: Any = None) -> dict:
        value = metrics["table.expression"]
        if value is None:
            return {"success": True, "result": {"observed_value": None}}
        if not math.isfinite(value):
            return {"success": False, "result": {"observed_value": None}}
        holds = (self.min_value is None or value >= self.min_value) and (
            self.max_value is None or value <= self.max_value
        )
        return {"success": holds, "result": {"observed_value": float(value)}}
