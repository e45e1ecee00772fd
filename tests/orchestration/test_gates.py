"""A failed critical check of any layer stops the next layer and the publication: yesterday's file stays as it was."""

import csv
import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.daily import run_daily
from orchestration.settings import Settings
from orchestration.steps import quality

AS_OF = date(2026, 6, 30)  # the demo company's last day

LAYERS = ("landing", "raw", "staging", "intermediate", "core", "marts")


def deliver_tickets_that_break_the_contract(settings: Settings) -> None:
    """Landing: a new file of the help desk with 20 rows, all of them with a status that the contract does not know."""
    [folder] = {path.parent for path in settings.landing.glob("*/tickets/*")}
    with (folder / "2026-07-01.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["ticket_id", "channel", "status", "created_at"])
        writer.writerows([f"broken-{number}", "email", "exploded", "2026-06-30T10:00:00Z"] for number in range(20))


def corrupt_a_loaded_file(settings: Settings) -> None:
    """Raw: a file of the lake whose orders now have a status that the loader would never have let through."""
    file = next(settings.lake.glob("raw/*/orders/*/*.parquet"))
    aside = file.with_suffix(".aside")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * replace ('exploded' as status) from read_parquet('{file}')) to '{aside}' (format parquet)"
        )
    shutil.move(aside, file)


def lose_rows_of_staging(settings: Settings) -> None:
    """Staging: incremental models append new loads only, so what was lost stays lost."""
    with quality.connect(settings.warehouse) as connection:
        connection.execute("delete from staging.stg_generic__orders where order_id like '%7'")


def lose_refunds_in_core(project: Path) -> None:
    """Core: a model that drops every refund whose id ends in 7."""
    append(project / "models" / "core" / "facts" / "fct_refunds.sql", "where refund_id not like '%7'")


def inflate_a_metric(project: Path) -> None:
    """Marts: a headline number that no longer follows from its parts."""
    model = project / "models" / "marts" / "metric_values.sql"
    rename = (
        "select * replace (case when metric = 'csat_ticket' then value / 2 else value end as value) from metric_values"
    )
    text = model.read_text(encoding="utf-8").rstrip()
    assert text.endswith("select * from metric_values")
    model.write_text(text.removesuffix("select * from metric_values") + rename + "\n", encoding="utf-8")


def append(model: Path, line: str) -> None:
    model.write_text(model.read_text(encoding="utf-8").rstrip() + f"\n{line}\n", encoding="utf-8")


def status_of_layers(settings: Settings) -> dict[str, str]:
    with quality.connect(settings.warehouse, read_only=True) as connection:
        return dict(connection.execute("select layer, status from quality.layer_runs").fetchall())


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_stopped_at(layer: str, settings: Settings, *, named: str) -> list[str]:
    """The run fails at `layer`, says which table, builds nothing after it, and leaves the published file alone.

    Returns what it says.
    """
    before = digest(settings.published_file)
    lines: list[str] = []
    assert run_daily(settings, as_of=AS_OF, echo=lines.append) is False
    failures = [line for line in lines if line.startswith("FAILED  ")]
    assert failures, lines
    assert all(named in line for line in failures), failures
    passed = dict.fromkeys(LAYERS[: LAYERS.index(layer)], "passed")
    assert status_of_layers(settings) == {**passed, layer: "failed"}
    assert digest(settings.published_file) == before
    return failures


def test_landing_stops_the_run(home: Settings) -> None:
    deliver_tickets_that_break_the_contract(home)
    assert_stopped_at("landing", home, named="raw/generic/tickets")


def test_raw_stops_the_run(home: Settings) -> None:
    corrupt_a_loaded_file(home)
    assert_stopped_at("raw", home, named="raw/generic/orders")


def test_staging_stops_the_run(home: Settings) -> None:
    lose_rows_of_staging(home)
    assert_stopped_at("staging", home, named="staging/stg_generic__orders")


def test_core_stops_the_run(home: Settings, with_dbt_project: Callable[[Settings], Settings]) -> None:
    settings = with_dbt_project(home)
    lose_refunds_in_core(settings.dbt_project)
    assert_stopped_at("core", settings, named="core/fct_refunds")


def test_marts_stop_the_publication(home: Settings, with_dbt_project: Callable[[Settings], Settings]) -> None:
    settings = with_dbt_project(home)
    inflate_a_metric(settings.dbt_project)
    assert_stopped_at("marts", settings, named="marts/metric_values")


def test_failed_dbt_test_stops_the_run(home: Settings, with_dbt_project: Callable[[Settings], Settings]) -> None:
    settings = with_dbt_project(home)
    test = settings.dbt_project / "tests" / "assert_there_are_no_contacts.sql"
    test.write_text("select contact_id from {{ ref('stg_generic__contacts') }} limit 3\n", encoding="utf-8")
    failures = assert_stopped_at("staging", settings, named="there are no contacts")
    assert "3 rows break it" in failures[-1]


def test_fault_of_a_seed_stops_the_run(home: Settings, with_dbt_project: Callable[[Settings], Settings]) -> None:
    settings = with_dbt_project(home)
    seed = settings.dbt_project / "seeds" / "segments.csv"
    lines = seed.read_text(encoding="utf-8").rstrip().splitlines()
    seed.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    failures = assert_stopped_at("staging", settings, named="segments")
    assert "segments.csv, lines 4 and 5: they are the same segment enterprise; keep one of them." in failures[-1]


@pytest.mark.parametrize("layer", LAYERS)
def test_warehouse_with_a_layer_that_did_not_pass_is_not_published(home: Settings, layer: str) -> None:
    with quality.connect(home.warehouse) as connection:
        assert quality.reason_not_to_publish(connection) is None
        connection.execute("update quality.layer_runs set status = 'failed' where layer = ?", [layer])
        reason = quality.reason_not_to_publish(connection)
        assert reason is not None
        assert layer in reason
        connection.execute("update quality.layer_runs set status = 'running' where layer = ?", [layer])
        reason = quality.reason_not_to_publish(connection)
        assert reason is not None
        assert "not finished" in reason


def test_layer_built_again_makes_those_after_it_stale(home: Settings) -> None:
    with quality.connect(home.warehouse) as connection:
        stamp = quality.RunStamp("again", AS_OF, datetime(2026, 7, 2, tzinfo=UTC))
        quality.begin_layer(connection, "staging", stamp, started_at=stamp.loaded_at)
        quality.end_layer(connection, "staging", finished_at=stamp.loaded_at, passed=True)
        assert quality.reason_not_to_publish(connection) == (
            "Layer intermediate has not been built since what comes before it changed; run again."
        )
