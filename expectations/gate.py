"""The gate of a layer: runs its suites, says what is wrong and what to do, and records the results.

A caller gives a layer and a warehouse and gets rows. Great Expectations is imported when the first gate runs and the
warehouse is held only while a gate runs. What a failed gate stops is orchestration's business.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.suites import CONTRACTS_FOLDER, SUITES_FOLDER, RunContext, Severity, Suite, load_suites, resolve

RESULTS_FOLDER = "results"


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation of one table. `observed` holds counts and ratios only, never a value of a row.

    `unexpected_count` is the number of broken rows, None where the expectation does not count rows or could not be
    evaluated; `message` is empty where it holds; `seconds` is the expectation's share of its suite's time.
    """

    layer: str
    table: str
    expectation: str
    severity: Severity
    success: bool
    unexpected_count: int | None
    observed: str
    message: str
    seconds: float


@dataclass(frozen=True)
class GateResult:
    """All results of one layer, in the order of tables and of their suites."""

    layer: str
    rows: tuple[ExpectationResult, ...]
    seconds: float

    @property
    def critical_failures(self) -> tuple[ExpectationResult, ...]:
        """What stops the next layer and the publication."""
        return tuple(row for row in self.rows if not row.success and row.severity == "critical")

    @property
    def warnings(self) -> tuple[ExpectationResult, ...]:
        """What is reported and stops nothing."""
        return tuple(row for row in self.rows if not row.success and row.severity == "warning")

    @property
    def success(self) -> bool:
        """Whether the next layer may be built."""
        return not self.critical_failures

    def as_records(self) -> list[dict[str, Any]]:
        """The rows as dictionaries, for `quality.expectation_results`."""
        return [asdict(row) for row in self.rows]


def run_gate(
    layer: str,
    *,
    warehouse: Path,
    as_of: date,
    reporting_timezone: str = "UTC",
    data_docs: Path | None = None,
    contracts_dir: Path = CONTRACTS_FOLDER,
    suites_dir: Path = SUITES_FOLDER,
    vendors: Collection[str] = (),
    only: Collection[str] | None = None,
    memory_gb: int | None = None,
) -> GateResult:
    """Checks one layer of a warehouse.

    Args:
        layer: landing, raw, staging, core or marts. Landing reads `quality.loaded_files`, so the lake's views must
            have been registered before it.
        warehouse: the DuckDB file. It is opened with default settings, so that another connection of this process may
            be open too, and closed on return.
        as_of: the last day that exists for this run; freshness is judged against it.
        reporting_timezone: IANA name of the time zone in which `as_of` ends.
        data_docs: folder of the Data Docs; the results are left in it for `build_data_docs`. None leaves nothing.
        contracts_dir: the contracts that raw suites follow from.
        suites_dir: the suites.
        vendors: vendors whose own entities are checked too.
        only: names of tables (`fct_orders`); others are not checked. None checks all.
        memory_gb: statements that need more memory go to disk. None: 80 % of the machine's.

    Returns:
        Every expectation's result. A table that is missing is one critical failure, `table_exists`.

    Raises:
        SuiteError: a suite or a contract cannot be read.
        FileNotFoundError: there is no warehouse.
    """
    if not warehouse.exists():
        raise FileNotFoundError(f"There is no warehouse at {warehouse}; load landing first.")
    suites = load_suites(layer, contracts_folder=contracts_dir, suites_folder=suites_dir, vendors=vendors)
    chosen = [suite for suite in suites if only is None or suite.table in only]
    with duckdb.connect(str(warehouse)) as connection:
        if memory_gb:
            connection.execute(f"set memory_limit = '{memory_gb}GB'")
        result, validations = check(connection, layer, chosen, RunContext(as_of, reporting_timezone))
    if data_docs is not None:
        _record(data_docs, layer, validations, keep={suite.table for suite in suites if suite not in chosen})
    return result


def check(
    connection: duckdb.DuckDBPyConnection,
    layer: str,
    suites: Iterable[Suite],
    context: RunContext,
) -> tuple[GateResult, dict[str, dict[str, Any]]]:
    """Checks suites on a connection that is already open, which stays open.

    Returns:
        The results, and by table what Data Docs need of them.
    """
    from expectations.engine import run_suites  # takes seconds: only where a gate runs

    started = time.perf_counter()
    connection.execute("set timezone = 'UTC'")
    relations = _relations(connection)
    suites = [resolve(suite, context, relations.get(suite.relation, ())) for suite in suites]
    present = [suite for suite in suites if suite.relation in relations]
    rows: dict[str, list[ExpectationResult]] = {}
    validations: dict[str, dict[str, Any]] = {}
    for suite in suites:
        if suite.relation not in relations:
            rows[suite.table] = [_missing(suite)]
    prepare(connection, present)
    lap = time.perf_counter()
    for outcome in run_suites(connection, present):
        now = time.perf_counter()
        share = (now - lap) / len(outcome.outcomes)
        lap = now
        rows[outcome.suite.table] = [
            _result(outcome.suite, rule, found, share)
            for rule, found in zip(outcome.suite.expectations, outcome.outcomes, strict=True)
        ]
        validations[outcome.suite.table] = outcome.validation
    ordered = tuple(result for suite in suites for result in rows[suite.table])
    return GateResult(layer, ordered, time.perf_counter() - started), validations


def prepare(connection: duckdb.DuckDBPyConnection, suites: Iterable[Suite]) -> None:
    """Makes the temporary tables that the suites' SQL reads; they end with the connection.

    One that cannot be made, because staging lacks the table, is missing for the expectations that read it alone.
    """
    needs = {name: query for suite in suites for name, query in suite.needs.items()}
    for name, query in needs.items():
        with suppress(duckdb.CatalogException, duckdb.BinderException):
            connection.execute(f"create or replace temp table {name} as {query}")


def build_data_docs(data_docs: Path, *, as_of: date) -> Path:
    """Renders the results that the gates left in the folder as Great Expectations' Data Docs.

    The pages are built aside and moved into place; what is shown of a layer that was not reached in this run is what
    its last gate found.

    Returns:
        Path of the start page.
    """
    from expectations.data_docs import render  # takes seconds: only where pages are built

    return render(data_docs, data_docs / RESULTS_FOLDER, as_of=as_of)


def _relations(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Every table and view of the warehouse, with its floating-point columns."""
    rows = connection.execute(
        """
        select
            table_schema || '.' || table_name as relation,
            coalesce(list(column_name) filter (where data_type in ('DOUBLE', 'FLOAT')), []) as floating_columns
        from information_schema.columns
        where table_catalog = current_catalog()
        group by relation
        """
    ).fetchall()
    return dict(rows)


def _missing(suite: Suite) -> ExpectationResult:
    return ExpectationResult(
        layer=suite.layer,
        table=suite.table,
        expectation="table_exists",
        severity="critical",
        success=False,
        unexpected_count=None,
        observed="no table",
        message=f"{suite.relation} does not exist, so nothing about it could be checked. Build the step that makes it.",
        seconds=0.0,
    )


def _result(suite: Suite, rule: Any, found: Any, seconds: float) -> ExpectationResult:
    counts_rows = rule.expectation in ("expect_no_rows_where", "expect_query_to_return_no_rows")
    observed = _observed(rule, found, counts_rows)
    message = ""
    if not found.success:
        message = f"{suite.relation}: {rule.why} Found {observed}. {rule.action}"
        if found.error:
            message = f"{suite.relation}: {rule.name} could not be evaluated: {found.error}"
    return ExpectationResult(
        layer=suite.layer,
        table=suite.table,
        expectation=rule.name,
        severity=rule.severity,
        success=found.success,
        unexpected_count=int(found.observed) if counts_rows and found.observed is not None else None,
        observed=observed,
        message=message,
        seconds=seconds,
    )


def _observed(rule: Any, found: Any, counts_rows: bool) -> str:
    if found.error:
        return "not evaluated"
    if found.observed is None:
        return "nothing to judge" if found.success else "not a finite number"
    if counts_rows:
        count = f"{int(found.observed):,} broken"
        return f"{count} of {found.rows:,} rows" if found.rows is not None else count
    bounds = [
        f"{word} {rule.kwargs[bound]:g}"
        for bound, word in (("min_value", "at least"), ("max_value", "at most"))
        if rule.kwargs.get(bound) is not None
    ]
    return f"{found.observed:.6g}" + (f" (allowed: {' and '.join(bounds)})" if bounds else "")


def _record(data_docs: Path, layer: str, validations: dict[str, dict[str, Any]], *, keep: Collection[str]) -> None:
    """Leaves the results of a layer for `build_data_docs`; those of tables in `keep` stay as they were."""
    folder = data_docs / RESULTS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{layer}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept = {table: validation for table, validation in before.items() if table in keep}
    aside = path.with_suffix(".partial")
    aside.write_text(json.dumps(kept | validations, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(aside, path)
