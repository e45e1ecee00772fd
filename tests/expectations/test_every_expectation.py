"""Every expectation of every suite: it holds on clean data, and its planted fault breaks it and nothing else."""

from __future__ import annotations

import duckdb
import pytest

from expectations.gate import check
from expectations.suites import LAYERS, RunContext, Suite, load_suites
from tests.expectations import planted_faults
from tests.expectations.clean_company import AS_OF

CONTEXT = RunContext(AS_OF, "UTC")
SUITES = [suite for layer in LAYERS for suite in load_suites(layer)]
RULES = [
    pytest.param(suite, rule.name, id=f"{suite.name}-{rule.name}") for suite in SUITES for rule in suite.expectations
]


def broken(connection: duckdb.DuckDBPyConnection, suite: Suite) -> set[str]:
    result, _ = check(connection, suite.layer, [suite], CONTEXT)
    unevaluated = [row.message for row in result.rows if row.observed == "not evaluated"]
    assert not unevaluated
    return {row.expectation for row in result.rows if not row.success}


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_clean_data_passes(connection: duckdb.DuckDBPyConnection, suite: Suite) -> None:
    assert broken(connection, suite) == set()


@pytest.mark.parametrize(("suite", "rule"), RULES)
def test_planted_fault_breaks_its_expectation_alone(
    connection: duckdb.DuckDBPyConnection, suite: Suite, rule: str
) -> None:
    fault = planted_faults.faults_of(suite)[rule]
    sql = fault.sql
    for name, value in CONTEXT.placeholders.items():
        sql = sql.replace(f"{{{name}}}", value)
    connection.execute("set timezone = 'UTC'")
    connection.execute(sql)
    assert broken(connection, suite) == {rule} | fault.also


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_expectation_has_a_fault_and_every_fault_an_expectation(suite: Suite) -> None:
    assert set(planted_faults.faults_of(suite)) == {rule.name for rule in suite.expectations}


def test_every_file_of_faults_belongs_to_a_suite() -> None:
    named = {(suite.layer, suite.table) for suite in SUITES} | {(suite.layer, "_every_table") for suite in SUITES}
    assert {(path.parent.name, path.stem) for path in planted_faults.files()} <= named
