"""The gate: what it returns, what it lets go of, and what it never tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations import build_data_docs, run_gate
from tests.expectations.clean_company import AS_OF

MAILBOX = "nobody.should.see@this"
ADDRESS = re.compile(rb"[\w.+-]+@[\w-]+\.[a-z]{2,}")


@pytest.fixture
def warehouse(clean_warehouse: Path, tmp_path: Path) -> Path:
    """A copy of the clean warehouse for a test that changes it for good."""
    return Path(shutil.copyfile(clean_warehouse, tmp_path / "warehouse.duckdb"))


def execute(warehouse: Path, sql: str) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(sql)


@pytest.mark.parametrize("layer", ["landing", "raw", "staging", "core", "marts"])
def test_clean_company_passes_every_gate(warehouse: Path, layer: str) -> None:
    result = run_gate(layer, warehouse=warehouse, as_of=AS_OF)
    assert result.success
    assert not result.warnings
    assert {row.layer for row in result.rows} == {layer}
    assert not [row.message for row in result.rows if row.message]


def test_failed_expectation_says_what_is_wrong_how_much_of_it_and_what_to_do(warehouse: Path) -> None:
    execute(warehouse, "update staging.stg_generic__contacts set email = 'n/a' where contact_id in ('c01', 'c02')")
    result = run_gate("staging", warehouse=warehouse, as_of=AS_OF, only={"stg_generic__contacts"})
    (warning,) = result.warnings
    assert result.success
    assert warning.expectation == "email_looks_like_an_address"
    assert warning.unexpected_count == 2
    assert warning.observed == "2 broken of 24 rows"
    assert warning.message.startswith("staging.stg_generic__contacts: A contact's e-mail is no address")
    assert warning.message.endswith("the new version replaces this one.")
    assert warning.seconds > 0


def test_corrected_version_no_longer_warns(warehouse: Path) -> None:
    execute(warehouse, "update staging.stg_generic__contacts set email = 'n/a' where contact_id = 'c01'")
    execute(
        warehouse,
        """
        insert into staging.stg_generic__contacts
        select * replace ('person1@mail.example' as email, updated_at + interval 1 day as updated_at, 'x' as _load_id)
        from staging.stg_generic__contacts where contact_id = 'c01'
        """,
    )
    result = run_gate("staging", warehouse=warehouse, as_of=AS_OF, only={"stg_generic__contacts"})
    assert not result.warnings
    # On the day before the correction it did not exist.
    before = run_gate("staging", warehouse=warehouse, as_of=date(2025, 2, 1), only={"stg_generic__contacts"})
    assert [row.expectation for row in before.warnings] == ["email_looks_like_an_address"]


def test_yesterdays_bad_delivery_is_not_judged_again(warehouse: Path) -> None:
    spoil = "update quality.loaded_files set rows_quarantined = rows_read, rows_loaded = 0 where entity = 'orders'"
    execute(warehouse, spoil)
    assert not run_gate("landing", warehouse=warehouse, as_of=AS_OF, only={"orders"}).success
    execute(
        warehouse,
        """
        insert into quality.loaded_files by name
        select
            vendor, source_system, entity, 'generic/orders/next.csv' as file, 'next' as load_id,
            load_sequence + 100 as load_sequence, 'loaded' as status,
            10 as rows_read, 10 as rows_loaded, 0 as rows_quarantined,
            unknown_columns, loaded_at + interval 1 day as loaded_at
        from quality.loaded_files where entity = 'orders'
        """,
    )
    assert run_gate("landing", warehouse=warehouse, as_of=AS_OF, only={"orders"}).success


def test_missing_table_is_a_critical_failure_with_a_sentence(warehouse: Path) -> None:
    execute(warehouse, "drop table marts.mart_nps")
    result = run_gate("marts", warehouse=warehouse, as_of=AS_OF)
    assert [row.expectation for row in result.critical_failures] == ["table_exists"]
    assert result.critical_failures[0].message.startswith("marts.mart_nps does not exist")


def test_missing_column_fails_what_needs_it_and_nothing_else(warehouse: Path) -> None:
    execute(warehouse, "alter table core.fct_orders drop column margin")
    result = run_gate("core", warehouse=warehouse, as_of=AS_OF, only={"fct_orders"})
    assert [row.expectation for row in result.rows if not row.success] == ["margin_is_plausible"]
    assert "could not be evaluated" in result.warnings[0].message
    assert "margin" in result.warnings[0].message


def test_missing_warehouse_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="load landing first"):
        run_gate("raw", warehouse=tmp_path / "none.duckdb", as_of=AS_OF)


def test_gate_lets_go_of_the_file_for_the_next_writer(warehouse: Path) -> None:
    run_gate("marts", warehouse=warehouse, as_of=AS_OF, only={"mart_nps"})
    # DuckDB lets one process write: another one can only if this one holds nothing.
    write = f"import duckdb; duckdb.connect({str(warehouse)!r}).execute('create table next_writer (x int)')"
    subprocess.run([sys.executable, "-c", write], check=True)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from next_writer").fetchone() == (0,)


def test_gate_runs_beside_an_open_connection_of_this_process(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as other:
        assert run_gate("marts", warehouse=warehouse, as_of=AS_OF, only={"mart_nps"}).success
        other.execute("create table still_writable (x int)")


def test_gate_changes_nothing_in_the_warehouse(warehouse: Path) -> None:
    tables = "select table_schema, table_name, table_type from information_schema.tables order by all"
    with duckdb.connect(str(warehouse)) as connection:
        before = connection.execute(tables).fetchall()
    run_gate("core", warehouse=warehouse, as_of=AS_OF)
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute(tables).fetchall() == before


def test_no_value_of_a_row_reaches_results_logs_or_pages(
    warehouse: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    execute(
        warehouse,
        f"""
        update staging.stg_generic__contacts set email = '{MAILBOX}', phone = '12', external_ids = null;
        update staging.stg_generic__orders set email = '{MAILBOX}', contact_id = '{MAILBOX}';
        update raw.generic__tickets set channel = null, tags = '{MAILBOX}';
        -- An error of the database that quotes a value: 'could not convert ...'.
        update core.dim_customers set country = '{MAILBOX}'
        """,
    )
    docs = tmp_path / "published" / "data_docs"
    layers = ("raw", "staging", "core")
    results = [run_gate(layer, warehouse=warehouse, as_of=AS_OF, data_docs=docs) for layer in layers]
    assert any(not result.success for result in results)
    assert any(result.warnings for result in results)
    start = build_data_docs(docs, as_of=AS_OF)
    assert start.exists()
    told = capfd.readouterr()
    texts = [json.dumps([result.as_records() for result in results]), told.out, told.err, caplog.text]
    for text in texts:
        assert MAILBOX not in text
        assert "mail.example" not in text
    pages = [path for path in docs.rglob("*") if path.suffix in (".html", ".json")]
    assert len(pages) > 100
    for path in pages:
        content = path.read_bytes()
        assert MAILBOX.encode() not in content, path
        assert not [hit for hit in ADDRESS.findall(content) if not _is_of_a_web_address(hit)], path


def _is_of_a_web_address(hit: bytes) -> bool:
    """Pages name style sheets by version: `bootstrap-dark@1.1.0/dist`, `vega@5`."""
    return re.match(rb"[\w-]+@\d", hit) is not None


def test_error_text_of_the_database_is_not_repeated_where_it_quotes_a_value(warehouse: Path, tmp_path: Path) -> None:
    execute(warehouse, f"update core.dim_customers set country = '{MAILBOX}'")
    suite = tmp_path / "core" / "dim_customers.yml"
    suite.parent.mkdir()
    suite.write_text(
        """
        description: A rule that the database cannot evaluate.
        expectations:
          - name: countries_are_numbers
            expectation: expect_no_rows_where
            kwargs: {condition: cast(country as integer) = 1}
            severity: critical
            why: A conversion error quotes the value.
            action: Nothing.
        """,
        encoding="utf-8",
    )
    docs = tmp_path / "docs"
    result = run_gate("core", warehouse=warehouse, as_of=AS_OF, suites_dir=tmp_path, data_docs=docs)
    (failure,) = result.critical_failures
    assert failure.message.endswith("could not be evaluated: The database could not evaluate it.")
    build_data_docs(docs, as_of=AS_OF)
    assert not [path for path in docs.rglob("*.*") if path.is_file() and MAILBOX.encode() in path.read_bytes()]


def test_data_docs_show_every_gate_of_the_run_and_keep_what_was_not_reached(warehouse: Path, tmp_path: Path) -> None:
    docs = tmp_path / "data_docs"
    run_gate("raw", warehouse=warehouse, as_of=AS_OF, data_docs=docs, only={"generic__orders"})
    run_gate("core", warehouse=warehouse, as_of=AS_OF, data_docs=docs, only={"fct_orders"})
    start = build_data_docs(docs, as_of=AS_OF).read_text(encoding="utf-8")
    assert "raw.generic__orders" in start
    assert "core.fct_orders" in start
    execute(warehouse, "update core.fct_orders set ordered_at = ordered_at + interval 10 year")
    result = run_gate("core", warehouse=warehouse, as_of=AS_OF, data_docs=docs, only={"fct_orders", "dim_dates"})
    assert not result.success
    run_gate("core", warehouse=warehouse, as_of=AS_OF, data_docs=docs, only={"dim_dates"})
    build_data_docs(docs, as_of=AS_OF)
    pages = {page.parents[2].name: page for page in (docs / "validations").rglob("*.html")}
    assert set(pages) == {"generic__orders", "fct_orders", "dim_dates"}
    assert "Failed" in pages["fct_orders"].read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".data_docs*"))
