"""A run that is killed is continued by the next, and a run without news changes no number."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.same_rows import LOAD_COLUMNS, differences
from orchestration.daily import run_daily, run_publication
from orchestration.settings import PROJECT_ROOT, Settings

AS_OF = date(2026, 6, 30)  # the demo company's last day

# The end of the step after which the process is killed: while core is written, and while a file is published.
KILLED_AFTER = ["intermediate", "gate marts"]


def test_second_run_without_news_publishes_the_same_rows(tmp_path: Path, home: Settings) -> None:
    before = tmp_path / "before.duckdb"
    shutil.copy(home.published_file, before)
    lines: list[str] = []
    assert run_daily(home, as_of=AS_OF, echo=lines.append), lines
    assert not home.published_file.samefile(before)
    assert differences(home.published_file, before) == []


def test_a_disk_that_is_full_after_the_publication_is_told_and_so_is_what_was_published(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen on a small disk: the system's words alone, and that the file was the one of before, which it was not."""

    def on_a_full_disk(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dashboards.report.build_report", on_a_full_disk)
    before = home.published_file.stat()
    lines: list[str] = []
    assert not run_publication(home, echo=lines.append)
    assert not os.path.samestat(home.published_file.stat(), before)
    advice = (
        f"{home.home} cannot be written (No space left on device): make room there, or mend the disk, and run again"
    )
    assert f"FAILED  published__report: {advice}" in lines
    assert lines[-3].endswith(f" s. {home.published_file} is this run's, the report is not.")


def test_a_home_that_is_removed_during_a_run_is_told(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.report.build_report", lambda *_, **__: shutil.rmtree(home.home))
    with pytest.raises(RuntimeError, match="home was removed or moved while a run worked in it; run again"):
        run_publication(home, echo=lambda line: None)


def later_than(file: Path, as_of: date) -> list[str]:
    """Columns of core and marts that tell of something after the end of that day, in UTC.

    Left out is what may lie ahead: until when a version or a price holds, what is expected or planned, the days of the
    calendar.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        columns = connection.execute(
            """
            select schema_name, table_name, column_name
            from duckdb_columns()
            where
                schema_name in ('core', 'marts')
                and table_name <> 'dim_dates'
                and data_type in ('DATE', 'TIMESTAMP WITH TIME ZONE')
                and column_name not in (
                    'valid_to', 'period_end', 'effective_to', 'renews_on', 'launched_on', 'expected_close_on',
                    'starts_on', 'due_on'
                )
                and not list_contains(?, column_name)
            order by all
            """,
            [sorted(LOAD_COLUMNS)],
        ).fetchall()
        return [
            f"{schema}.{table}.{column}"
            for schema, table, column in columns
            # A period that still holds ends at the cut itself.
            if connection.execute(
                f"select count(*) from {schema}.{table}"
                f" where \"{column}\" {'>' if column == 'ends_at' else '>='} date '{as_of}' + interval 1 day"
            ).fetchone()
            != (0,)
        ]


def test_an_earlier_day_is_published_as_if_nothing_had_happened_since(home: Settings, published_home: Path) -> None:
    earlier = date(2026, 5, 20)
    assert later_than(published_home / "published" / "cx360.duckdb", earlier)
    lines: list[str] = []
    assert run_daily(home, as_of=earlier, echo=lines.append), lines
    assert later_than(home.published_file, earlier) == []
    with duckdb.connect(str(home.published_file), read_only=True) as connection:
        [(as_of, last_period)] = connection.execute(
            "select max(as_of), max(period_start) from marts.metric_values"
        ).fetchall()
        strangers = connection.execute(
            """
            select customer_id
            from core.dim_identity_map
            where
                entity = 'guests'
                and customer_id not in (
                    select customer_id from core.fct_orders
                    union select customer_id from core.fct_tickets
                    union select customer_id from core.fct_survey_responses
                    union select customer_id from core.fct_survey_invitations
                    union select customer_id from core.fct_subscription_periods
                    union select customer_id from core.fct_interactions
                )
            """
        ).fetchall()
    assert as_of == earlier
    assert last_period <= earlier
    assert strangers == []


def test_killed_runs_are_continued_by_the_next_with_the_same_rows(tmp_path: Path, published_home: Path) -> None:
    shutil.copytree(published_home / "landing", tmp_path / "landing")
    # What dbt has parsed, as on any day but the first: three times ten seconds that say nothing about a killed run.
    (tmp_path / "dbt").mkdir()
    shutil.copy(published_home / "dbt" / "partial_parse.msgpack", tmp_path / "dbt")
    environment = {**os.environ, "CX360_HOME": str(tmp_path), "CX360_AS_OF": "2026-06-30"}
    program = [sys.executable, "-u", "-m", "orchestration.cli", "run"]
    # While files are loaded: guests of carts are in the lake, the contacts that they are, mostly not yet.
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, env=environment, cwd=PROJECT_ROOT) as running:
        while not list(tmp_path.glob("lake/raw/*/carts/*/*.parquet")):
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
    for last in KILLED_AFTER:
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment, cwd=PROJECT_ROOT) as running:
            assert running.stdout is not None
            seen = []
            for line in running.stdout:
                seen.append(line)
                if f" s  {last}: " in line:
                    running.send_signal(signal.SIGKILL)
                    break
            else:
                pytest.fail("".join(seen))
        assert not (tmp_path / "published" / "cx360.duckdb").exists()
    again = subprocess.run(program, capture_output=True, text=True, env=environment, cwd=PROJECT_ROOT, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    undisturbed = published_home / "published" / "cx360.duckdb"
    assert differences(tmp_path / "published" / "cx360.duckdb", undisturbed) == []
