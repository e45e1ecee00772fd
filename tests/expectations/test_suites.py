"""Suites as data: what they must say, which tables they name, and how errors in them are reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from expectations.gate import prepare
from expectations.suites import CONTRACTS_FOLDER, LAYERS, RunContext, Suite, SuiteError, load_suites, resolve

DBT_MODELS = Path(__file__).parents[2] / "dbt_project" / "models"
SUITES = [suite for layer in LAYERS for suite in load_suites(layer)]

VALID = {
    "name": "amounts_are_given",
    "expectation": "expect_no_rows_where",
    "kwargs": {"condition": "amount is null"},
    "severity": "critical",
    "why": "An amount is missing.",
    "action": "Deliver it.",
}


def write_suite(folder: Path, **changes: object) -> Path:
    path = folder / "core" / "fct_orders.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {key: value for key, value in (VALID | changes).items() if value is not None}
    path.write_text(yaml.safe_dump({"description": "Orders.", "expectations": [entry]}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("layer", ["landing", "raw", "staging"])
def test_every_contract_has_a_suite_at_each_of_the_first_boundaries(layer: str) -> None:
    contracts = {path.stem for path in CONTRACTS_FOLDER.glob("*.yml")}
    assert {suite.entity for suite in load_suites(layer)} == contracts


@pytest.mark.parametrize(("layer", "folders"), [("core", ["core"]), ("marts", ["marts", "quality"])])
def test_every_model_of_the_published_layers_has_a_suite(layer: str, folders: list[str]) -> None:
    paths = [path for folder in folders for path in (DBT_MODELS / folder).rglob("*.sql")]
    # Helpers that live beside the facts they feed are not published under a name of their own.
    models = {path.stem for path in paths if not path.stem.startswith("int_")}
    assert {suite.table for suite in load_suites(layer)} == models


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_suite_names_a_table_and_columns_that_exist(connection: duckdb.DuckDBPyConnection, suite: Suite) -> None:
    # Every expectation is evaluated on the clean company: a wrong name would be an error of the binder.
    suite = resolve(suite, RunContext(date(2026, 6, 30)))
    prepare(connection, [suite])
    for rule in suite.expectations:
        kwargs = rule.kwargs
        if "query" in kwargs:
            connection.execute(f"explain {kwargs['query']}")
        elif "column" in kwargs:
            connection.execute(f"explain select {kwargs['column']} from ({suite.rows}) as checked")
        else:
            expression = kwargs.get("expression") or f"count(*) filter (where {kwargs['condition']})"
            connection.execute(f"explain select {expression} from ({suite.rows}) as checked")


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_expectation_says_why_and_what_to_do_in_sentences(suite: Suite) -> None:
    for rule in suite.expectations:
        assert rule.why[0].isupper() or rule.why.split()[0] in rule.name, rule.name
        assert rule.why.endswith("."), rule.name
        assert rule.action.endswith("."), rule.name
        assert "{" not in rule.why + rule.action, rule.name


def test_floating_point_columns_of_published_tables_are_checked_for_nan(clean_warehouse: Path) -> None:
    with duckdb.connect(str(clean_warehouse)) as connection:
        rows = connection.execute(
            """
            select distinct table_schema || '.' || table_name
            from information_schema.columns
            where table_schema in ('core', 'marts') and data_type in ('DOUBLE', 'FLOAT') and table_name not like 'int_%'
            """
        ).fetchall()
    checked = {suite.relation for suite in SUITES if "numbers_are_finite" in {rule.name for rule in suite.expectations}}
    assert {relation for (relation,) in rows} == checked


def test_the_cut_is_the_end_of_the_day_in_the_reporting_time_zone() -> None:
    # 30 June in New York ends at 04:00 UTC of 1 July; 29 March 2026 in Paris ends in summer time, at 22:00 UTC.
    assert cut_of(date(2026, 6, 30), "America/New_York") == "timestamptz '2026-07-01 04:00:00+00'"
    assert cut_of(date(2026, 3, 29), "Europe/Paris") == "timestamptz '2026-03-29 22:00:00+00'"


def cut_of(as_of: date, timezone: str) -> str:
    return RunContext(as_of, timezone).placeholders["as_of_cut"]


def test_the_versions_checked_are_those_that_the_models_take() -> None:
    # Cases like those of the unit tests of int_versions_judged; the rows marked "yes" hold at the end of 30 June.
    known, later = "2026-02-01 00:00:00+00", "2026-07-01 00:00:00+00"
    versions = [
        ("latest known", "yes", known, False, 1, 2, False),
        ("latest known", "no", later, False, 2, 2, False),
        ("known only later", "yes", later, False, 1, 2, False),
        ("known only later", "no", later, False, 2, 2, False),
        ("deleted", "no", known, True, 1, 2, False),
        ("deleted later", "yes", later, True, 1, 2, False),
        ("gone", "no", known, False, 1, 2, False),
        ("gone", "no", known, True, 2, None, True),
        ("gone and back later", "no", known, False, 1, 2, False),
        ("gone and back later", "no", known, True, 2, None, True),
        ("gone and back later", "no", later, False, 3, 2, False),
        ("gone and back", "yes", known, False, 1, 2, False),
        ("gone and back", "no", known, True, 2, None, True),
        ("gone and back", "no", None, False, 3, 2, False),
    ]
    [suite] = [resolve(suite, RunContext(date(2026, 6, 30))) for suite in SUITES if suite.name == "core.dim_surveys"]
    [(name, query)] = suite.needs.items()
    with duckdb.connect() as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.stg_generic__surveys (source_system varchar default 's', survey_id varchar,"
            " name varchar, updated_at timestamptz, is_deleted boolean, _load_sequence bigint, _row_number bigint,"
            " _is_tombstone boolean)"
        )
        connection.executemany(
            "insert into staging.stg_generic__surveys by position"
            " (survey_id, name, updated_at, is_deleted, _load_sequence, _row_number, _is_tombstone)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            versions,
        )
        connection.execute(f"create temp table {name} as {query}")
        held = connection.execute(
            "select survey_id, name from staging.stg_generic__surveys as versions"
            f" anti join {name} as old on versions.rowid = old.row_id order by all"
        ).fetchall()
    assert held == sorted((key, "yes") for key, holds, *_ in versions if holds == "yes")


def test_unknown_layer_is_refused_with_the_names_of_the_layers() -> None:
    with pytest.raises(SuiteError, match="landing, raw, staging, core, marts"):
        load_suites("gold")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severity": "fatal"}, "severity 'fatal'"),
        ({"why": None}, "why"),
        ({"expectation": "expect_column_values_to_match_regex"}, "not allowed"),
        ({"threshold": 3}, "threshold"),
    ],
)
def test_faulty_suite_is_refused_by_name(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        load_suites("core", suites_folder=write_suite(tmp_path, **changes))


def test_two_expectations_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = write_suite(tmp_path)
    path = folder / "core" / "fct_orders.yml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(document | {"expectations": document["expectations"] * 2}), encoding="utf-8")
    with pytest.raises(SuiteError, match="two expectations are called amounts_are_given"):
        load_suites("core", suites_folder=folder)


def test_unknown_placeholder_is_refused(tmp_path: Path) -> None:
    folder = write_suite(tmp_path, kwargs={"condition": "ordered_on > {today}"})
    (suite,) = load_suites("core", suites_folder=folder)
    with pytest.raises(SuiteError, match=r"\{today\}"):
        resolve(suite, RunContext(date(2026, 6, 30)))


def test_suite_of_a_table_without_contract_is_refused(tmp_path: Path) -> None:
    folder = write_suite(tmp_path)
    (folder / "core").rename(folder / "raw")
    with pytest.raises(SuiteError, match="belong to no contract"):
        load_suites("raw", suites_folder=folder)
