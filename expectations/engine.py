"""Runs suites with Great Expectations inside DuckDB.

Belongs here: everything that touches Great Expectations to get results. Each suite is one query asset and one scan.
Does not: reading suites (`suites`), opening and closing the warehouse, severities and messages (`gate`), pages
(`data_docs`). Importing this module takes seconds; `gate` does it once, when the first gate runs.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations import vocabulary
from expectations.dialect import lend
from expectations.suites import Expectation, Suite

# Great Expectations logs errors with the text of the database, which can hold values of rows; what may be said of them
# is in the results.
logging.getLogger("great_expectations").addHandler(logging.NullHandler())
logging.getLogger("great_expectations").propagate = False

# Without the rows that broke an expectation: they would carry e-mails and names into results and pages.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "include_unexpected_rows": False}

# What DuckDB says about names and syntax is safe to repeat; what it says about values ("could not convert
# 'ann@example.org'") is not.
_ERRORS_ABOUT_NAMES = ("Binder Error", "Catalog Error", "Parser Error")


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation.

    `observed` is the number found (rows, or the value of an expression), None if there was nothing to judge;
    `rows` the rows checked, where known; `error` says why it could not be evaluated, else None.
    """

    name: str
    success: bool
    observed: float | None
    rows: int | None
    error: str | None


@dataclass(frozen=True)
class SuiteOutcome:
    """Results of one suite: one outcome per expectation, in the suite's order, and the record for Data Docs."""

    suite: Suite
    outcomes: tuple[Outcome, ...]
    validation: dict[str, Any]


def run_suites(connection: duckdb.DuckDBPyConnection, suites: Iterable[Suite]) -> Iterator[SuiteOutcome]:
    """Runs the suites one after the other on an open connection; placeholders must be resolved, tables must exist.

    An expectation that cannot be evaluated (a column is missing) fails alone: the others are run again without it.
    """
    with lend(connection) as url:
        context = new_context()
        source = context.data_sources.add_sql("warehouse", connection_string=url)
        for suite in suites:
            batch = source.add_query_asset(suite.name, suite.rows).add_batch_definition_whole_table("all rows")
            validation = _validate(batch, suite.name, suite.expectations)
            if any(_error(result) for result in validation["results"]):
                validation = _validate_one_by_one(batch, suite)
            outcomes = tuple(
                _outcome(rule, result) for rule, result in zip(suite.expectations, validation["results"], strict=True)
            )
            # A new asset saves the whole configuration, the queries of all assets before it included.
            source.assets.clear()
            yield SuiteOutcome(suite, outcomes, validation)


def new_context() -> Any:
    """A Great Expectations context that lives in memory only, without analytics and progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def to_gx(rule: Expectation) -> Any:
    """The expectation as Great Expectations' own object."""
    configuration = ExpectationConfiguration(
        type=rule.expectation,
        kwargs=dict(rule.kwargs),
        meta={"name": rule.name, "action": rule.action},
        description=f"{rule.name.replace('_', ' ')} ({rule.severity}): {rule.why}",
        severity=FailureSeverity(rule.severity),
    )
    return configuration.to_domain_obj()


def _validate(batch: BatchDefinition, name: str, rules: Iterable[Expectation]) -> dict[str, Any]:
    rules = tuple(rules)
    suite = gx.ExpectationSuite(name=name, expectations=[to_gx(rule) for rule in rules])
    validation = batch.get_batch().validate(suite, result_format=RESULT_FORMAT).to_json_dict()
    # Great Expectations groups results by kind; put them back into the suite's order.
    by_name = {result["expectation_config"]["meta"]["name"]: result for result in validation["results"]}
    validation["results"] = [by_name[rule.name] for rule in rules]
    return validation


def _validate_one_by_one(batch: BatchDefinition, suite: Suite) -> dict[str, Any]:
    singles = [_validate(batch, suite.name, [rule]) for rule in suite.expectations]
    validation = singles[0]
    results = [_without_traceback(single["results"][0]) for single in singles]
    successes = sum(result["success"] for result in results)
    validation["results"] = results
    validation["success"] = successes == len(results)
    validation["statistics"] = {
        "evaluated_expectations": len(results),
        "successful_expectations": successes,
        "unsuccessful_expectations": len(results) - successes,
        "success_percent": 100.0 * successes / len(results),
    }
    return validation


def _without_traceback(result: dict[str, Any]) -> dict[str, Any]:
    error = _error(result)
    if error is None:
        return result
    info = {"raised_exception": True, "exception_message": error, "exception_traceback": ""}
    return result | {"exception_info": info}


def _error(result: dict[str, Any]) -> str | None:
    """Why an expectation could not be evaluated, in one sentence without any value of a row; None if it could."""
    info = result.get("exception_info") or {}
    if "raised_exception" not in info:  # one entry per metric that failed
        info = next(iter(info.values()), {})
    if not info.get("raised_exception"):
        return None
    text = str(info.get("exception_message", ""))
    for kind in _ERRORS_ABOUT_NAMES:
        if match := re.search(rf"{kind}: ([^\n]*)", text):
            return match[1].strip()
    return "The database could not evaluate it."


def _outcome(rule: Expectation, result: dict[str, Any]) -> Outcome:
    found = result.get("result") or {}
    observed = found.get("unexpected_count", found.get("observed_value"))
    return Outcome(rule.name, bool(result["success"]), observed, found.get("element_count"), _error(result))


# Importing the vocabulary registers it with Great Expectations.
OWN_EXPECTATIONS = (
    vocabulary.ExpectNoRowsWhere,
    vocabulary.ExpectQueryToReturnNoRows,
    vocabulary.ExpectExpressionToBeBetween,
)
