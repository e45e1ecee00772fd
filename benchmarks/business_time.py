"""Business minutes of very many tickets, by the project's own macros.

    python -m benchmarks.business_time [--tickets N] [--memory-gb N]

Makes schedules with time zones, clock changes, a night shift and holidays, and spans of up to ten weeks; computes the
business minutes of each span as `int_ticket_business_minutes` does, in a process of its own, and says how long that
took and how much memory. Two hundred of the shorter spans are held against a walk over their minutes: exit code 1 if
one differs.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import duckdb

from benchmarks.kills import RESULTS
from orchestration.dbt import DbtProject
from orchestration.settings import Settings

AS_OF = "2026-06-30"
CHECKED = 200

#: Weekly hours by schedule: zone, and opening and closing on the wall by weekday (Monday is 1).
SCHEDULES: Mapping[str, tuple[str, Mapping[int, tuple[str, str]]]] = {
    "berlin": ("Europe/Berlin", dict.fromkeys(range(1, 6), ("09:00", "17:30"))),
    "new_york": ("America/New_York", dict.fromkeys(range(1, 7), ("08:00", "20:00"))),
    "night": ("Australia/Lord_Howe", dict.fromkeys(range(1, 8), ("22:00", "06:00"))),
    "kolkata": ("Asia/Kolkata", dict.fromkeys(range(1, 6), ("10:00", "19:00"))),
}
HOLIDAYS = ("2025-12-25", "2026-01-01", "2026-05-01")

_SPANS = """
    create or replace table main.spans as
    select
        range as ticket_key,
        ['berlin', 'new_york', 'night', 'kolkata'][1 + (hash(range) % 4)::integer] as schedule_id,
        timestamptz '2025-01-01 00:00:00+00' + (hash(range + 1) % (400 * 1440))::bigint * interval 1 minute as from_at,
        from_at + (hash(range + 2) % (10 * 7 * 1440))::bigint * interval 1 minute as to_at
    from range({tickets})
"""

_MINUTES = """
    select
        spans.ticket_key,
        {{ business_minutes_between(
            "schedules.schedule_key", "opening_from", "spans.from_at", "opening_to", "spans.to_at"
        ) }} as business_minutes
    from main.spans as spans
    inner join {{ ref("int_schedules") }} as schedules on spans.schedule_id = schedules.schedule_id
    {{ join_last_opening("opening_from", "schedules.schedule_key", "spans.from_at") }}
    {{ join_last_opening("opening_to", "schedules.schedule_key", "spans.to_at") }}
"""


def _prepare(settings: Settings, tickets: int) -> str:
    """Load the schedules, lay out their hours, make the spans; returns the SQL of the minutes."""
    from ingest.lake import register_raw_views
    from ingest.loader import load_landing
    from orchestration.steps import quality

    rows = [
        {"schedule_id": name, "timezone": zone, "weekday": day, "opens_at": opens, "closes_at": closes}
        for name, (zone, week) in SCHEDULES.items()
        for day, (opens, closes) in week.items()
    ]
    _deliver(settings, "schedules", rows)
    _deliver(
        settings, "holidays", [{"schedule_id": name, "holiday_date": day} for name in SCHEDULES for day in HOLIDAYS]
    )
    first = {"ticket_id": "1", "channel": "email", "status": "open", "created_at": "2025-01-01T00:00:00Z"}
    _deliver(settings, "tickets", [first])
    now = datetime.fromisoformat("2026-07-01T00:00:00+00:00")
    load_landing(settings.landing, settings.lake, reporting_timezone="UTC", loaded_at=now)
    with quality.connect(settings.warehouse) as connection:
        register_raw_views(connection, settings.lake)
    results = DbtProject(settings).build(["+int_business_hours"], as_of=datetime.fromisoformat(AS_OF).date())
    if failed := [result.message for result in results if result.is_failed]:
        raise RuntimeError(" ".join(failed))
    with quality.connect(settings.warehouse) as connection:
        connection.execute(_SPANS.format(tickets=tickets))
    compiled = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("--quiet", "compile", "--inline", _MINUTES),
            *("--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)),
            *("--target-path", str(settings.dbt_target), "--log-path", str(settings.logs)),
            *("--vars", json.dumps({"as_of": AS_OF})),
        ],
        env={**os.environ, "CX360_WAREHOUSE": str(settings.warehouse)},
        capture_output=True,
        text=True,
        check=True,
    )
    return compiled.stdout[compiled.stdout.index("select") :]


def _deliver(settings: Settings, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
    folder = settings.landing / "desk" / entity
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _measured(warehouse: Path, sql: str, memory_gb: int) -> dict[str, float]:
    """Runs in a process of its own: wall and CPU seconds of the statement, and the peak memory of the process."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set memory_limit = '{memory_gb}GB'")
        connection.execute("set enable_progress_bar = false")
        connection.execute("set preserve_insertion_order = false")
        began, cpu = time.perf_counter(), time.process_time()
        connection.execute(f"create or replace table main.minutes as {sql}")
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"wall": round(wall, 1), "cpu": round(cpu, 1), "peak_gib": round(peak / 2**30, 2)}


def _differences(warehouse: Path) -> list[str]:
    """The spans of at most two days whose minutes are not those of a walk."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = connection.execute(
            f"""
            select schedule_id, from_at, to_at, business_minutes
            from main.spans inner join main.minutes using (ticket_key)
            where to_at <= from_at + interval 2 day
            order by ticket_key
            limit {CHECKED}
            """
        ).fetchall()
    return [
        f"{schedule} from {began} to {ended}: {minutes}, walked {walked}"
        for schedule, began, ended, minutes in found
        if abs(minutes - (walked := _walk(schedule, began, ended))) > 1e-6
    ]


def _walk(schedule: str, began: datetime, ended: datetime) -> int:
    """Minutes whose clock on the schedule's wall shows a time within a window of its day."""
    zone, week = SCHEDULES[schedule]
    minutes = int((ended - began).total_seconds() // 60)
    return sum(
        _is_open((began + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)), week) for minute in range(minutes)
    )


def _is_open(wall: datetime, week: Mapping[int, tuple[str, str]]) -> bool:
    if wall.date().isoformat() in HOLIDAYS:
        return False
    shown = f"{wall:%H:%M}"
    opens, closes = week.get(wall.isoweekday(), ("", ""))
    if opens < closes:
        return opens <= shown < closes
    before = week.get((wall - timedelta(days=1)).isoweekday(), ("", ""))
    overnight = before[0] > before[1] and shown < before[1]
    return bool(opens and shown >= opens) or overnight


@click.command()
@click.option("--tickets", type=click.IntRange(min=1_000), default=10_000_000, show_default=True)
@click.option("--memory-gb", type=click.IntRange(min=1), default=3, show_default=True)
def main(tickets: int, memory_gb: int) -> None:
    """Time the business minutes of many tickets, and walk through some of them."""
    with tempfile.TemporaryDirectory(prefix="cx360-benchmark-") as folder:
        settings = Settings(home=Path(folder))
        sql = _prepare(settings, tickets)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            result = {"tickets": tickets, **pool.apply(_measured, (settings.warehouse, sql, memory_gb))}
        different = _differences(settings.warehouse)
    (RESULTS / "business_time.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{tickets:,} tickets: {result['wall']} s wall, {result['cpu']} s CPU, {result['peak_gib']} GiB")
    for sentence in different:
        click.echo(f"DIFFERS  {sentence}")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
